"""The door of the API: who is let in, what is answered, what is done once, and what no program can do."""

from __future__ import annotations

import json
import typing
from datetime import timedelta
from unittest.mock import patch

import pytest
from sqlalchemy import select

from app.api import commands as told
from app.api import once
from app.api.operations import OPERATIONS
from app.clock import now
from app.desk.tables import access_log
from app.people import accounts, history, tokens
from app.people.accounts import NotDoneError
from app.people.tables import attempt
from app.record import log, refusals
from app.web import visit as visits
from tests import pharmacy as small
from tests.people.cast import ADA, ANN, BO, PAM, QUIN
from tests.pharmacy import STATION
from tests.web.api.program import BASE, Program, token_of
from tests.web.bench import Making
from tests.web.conftest import Pharmacy
from workflows import commands as asked
from workflows.evidence import Evidence


@pytest.fixture
def pam(pharmacy: Pharmacy, clean: Making) -> Program:
    """Pam's program, with nobody signed in through it."""
    return Program(pharmacy.client(), token_of(pharmacy.house, PAM))


@pytest.fixture
def station(pharmacy: Pharmacy, clean: Making) -> Program:
    """Ann at the station, through a program with Pam's token; the scanner has passed its test."""
    house = pharmacy.house
    house.store.write(lambda conn: small.read_the_sheet(conn, house.settings, now()))
    small.certify(house.door, now())
    program = Program(pharmacy.client(), token_of(house, PAM))
    assert program.sign_in(ANN, STATION).status_code == 201
    return program


def commands(preparation: str) -> str:
    return f"/stations/{STATION}/preparations/{preparation}/commands"


def call(p: dict[str, typing.Any], note: str = "the bag looks cloudy") -> dict[str, typing.Any]:
    return {"expected_version": p["version"], "command": {"kind": "call", "note": note}}


# who is let in


def test_nobody_gets_anything_without_a_token_that_counts_now(pharmacy: Pharmacy, clean: Making) -> None:
    house = pharmacy.house
    good = token_of(house, PAM, days=1)
    revoked = token_of(house, PAM)
    house.door.write(lambda act: tokens.end(act, revoked.token, why=""), by=PAM.id, at=now())
    later = now() + timedelta(days=2)
    shown = ("", "Bearer", "Bearer wrong", f"Basic {good.secret}", f"Bearer {revoked.secret}")
    for one in OPERATIONS:
        path = BASE + one.path.format(**dict.fromkeys(one.places, clean.id))
        for header in shown:
            answer = pharmacy.client().open(path, method=one.method, headers={"Authorization": header})
            assert (answer.status_code, answer.mimetype) == (401, "application/problem+json"), one
            assert answer.headers["WWW-Authenticate"] == "Bearer"
    program = Program(pharmacy.client(), good)
    assert program.get("/token").status_code == 200
    with patch.object(visits, "now", return_value=later):
        assert program.get("/token").status_code == 401


def test_a_token_of_somebody_who_left_or_lost_the_role_opens_nothing(pharmacy: Pharmacy, clean: Making) -> None:
    door, made = pharmacy.house.door, token_of(pharmacy.house, QUIN)
    program = Program(pharmacy.client(), made)
    assert program.get("/queue").status_code == 200
    door.write(lambda act: accounts.change_roles(act, QUIN.id, ("qa",), why="moved to quality"), by=ADA.id, at=now())
    assert program.get("/queue").get_json()["code"] == "NOT_ALLOWED"
    door.write(lambda act: accounts.leave(act, QUIN.id, why="retired"), by=ADA.id, at=now())
    assert program.get("/token").status_code == 401


def test_a_token_opens_its_scopes_and_its_station_alone_and_what_was_denied_is_kept(
    pharmacy: Pharmacy, clean: Making
) -> None:
    narrow = Program(pharmacy.client(), token_of(pharmacy.house, PAM, "stations:read", station="HOOD-2"))
    assert narrow.get("/stations").status_code == 200
    assert narrow.get("/stations/HOOD-1").get_json()["detail"] == "This token is for station HOOD-2 alone."
    assert narrow.get("/queue").get_json()["detail"] == "This token is not for review."
    assert narrow.sign_in(PAM).status_code == 403, "a desk is not that station"
    assert narrow.sign_in(ANN, STATION).status_code == 403
    with pharmacy.house.store.reading() as conn:
        denied = conn.execute(select(attempt.c.person, attempt.c.outcome).order_by(attempt.c.seq.desc())).first()
    assert tuple(denied or ()) == (PAM.id, "no right")


def test_a_person_makes_no_token_beyond_their_roles(pharmacy: Pharmacy) -> None:
    with pytest.raises(NotDoneError, match="do not cover review"):
        token_of(pharmacy.house, ANN, "review")


def test_the_record_says_that_a_token_is_used_and_what_patients_it_was_shown(pam: Program, pharmacy: Pharmacy) -> None:
    assert pam.get("/orders").get_json()["items"][0]["patient"]["masked"] is False
    pam.get("/orders")
    with pharmacy.house.store.reading() as conn:
        kinds = [one.what for one in history.of(conn, PAM.id)]
        seen = conn.execute(select(access_log.c.who, access_log.c.what)).all()
    assert kinds.count("api_token_used") == 1
    assert [tuple(one) for one in seen] == [(PAM.id, "API orders")] * 2


# sessions and signatures


def test_a_token_alone_does_nothing_and_signs_nothing(pam: Program, clean: Making) -> None:
    assert pam.sign(clean.id, "approve", PAM).get_json()["code"] == "SESSION_NEEDED"
    assert pam.post(commands(clean.id), call({"version": 1})).get_json()["code"] == "SESSION_NEEDED"
    pam.session = "made-up"
    assert pam.post(commands(clean.id), call({"version": 1})).get_json()["code"] == "SESSION_ENDED"


def test_a_signature_is_asked_for_with_both_parts_and_over_what_was_shown(pam: Program, clean: Making) -> None:
    pam.sign_in(PAM)
    assert pam.sign(clean.id, "approve", PAM, user="").status_code == 403
    assert pam.sign(clean.id, "approve", PAM, password="wrong every time").get_json()["code"] == "NOT_SIGNED"
    assert pam.sign(clean.id, "approve", PAM, over="0" * 64).get_json()["code"] == "STALE"
    unseen = pam.sign(clean.id, "approve", PAM, photos_seen=[])
    assert (unseen.status_code, unseen.get_json()["version"]) == (409, clean.p.version)
    assert pam.sign(clean.id, "approve", PAM).get_json()["outcome"] == "accepted"


def test_a_session_opens_nothing_on_a_screen_and_nothing_with_another_token(
    pam: Program, pharmacy: Pharmacy, clean: Making
) -> None:
    pam.sign_in(PAM)
    client = pharmacy.client()
    for key in (pam.session, f"api/{pam.made.token.id}/{pam.session}"):
        client.set_cookie("vialtrace", key)
        assert client.get("/review", headers={"Accept": "application/json"}).status_code == 401
    other = Program(pharmacy.client(), token_of(pharmacy.house, PAM), session=pam.session)
    assert other.get("/token").get_json()["code"] == "SESSION_ENDED"


def test_a_session_locks_when_nothing_is_asked_and_ends_when_signed_out(pam: Program, clean: Making) -> None:
    pam.sign_in(PAM)
    with patch.object(visits, "now", return_value=now() + timedelta(minutes=16)):
        assert pam.post(commands(clean.id), call({"version": 1})).get_json()["code"] == "SESSION_LOCKED"
    pam.sign_in(PAM)
    assert pam.client.delete(f"{BASE}/sessions/current", headers=pam.headers).status_code == 204
    assert pam.get("/token").get_json()["code"] == "SESSION_ENDED"


def test_what_a_program_reads_by_itself_keeps_nobody_signed_in(pam: Program, clean: Making) -> None:
    pam.sign_in(PAM)
    for minutes in (10, 14):
        with patch.object(visits, "now", return_value=now() + timedelta(minutes=minutes)):
            assert pam.get("/preparations").status_code == 200
    with patch.object(visits, "now", return_value=now() + timedelta(minutes=16)):
        assert pam.post(commands(clean.id), call({"version": 1})).get_json()["code"] == "SESSION_LOCKED"


def test_who_acts_at_a_station_is_signed_in_there_and_not_at_a_desk(station: Program, clean: Making) -> None:
    before = station.get(f"/preparations/{clean.id}").get_json()
    assert station.sign_in(ANN).status_code == 201
    assert station.post(commands(clean.id), call(before)).get_json()["code"] == "NOT_ALLOWED"
    station.sign_in(ANN, STATION)
    assert station.post(commands(clean.id), call(before)).get_json()["outcome"] == "accepted"


def test_a_key_tells_one_finding_that_is_accepted_from_another() -> None:
    def asked_for(code: str) -> object:
        command = {"kind": "waive", "slot": "device:1", "code": code, "reason": "seen by me"}
        return once._plain(told.ReviewAct.model_validate({"expected_version": 3, "command": command}))

    assert asked_for("WRONG_DEVICE") != asked_for("TYPED")


def test_whoever_prepared_cannot_approve_by_any_token(pharmacy: Pharmacy, clean: Making) -> None:
    program = Program(pharmacy.client(), token_of(pharmacy.house, PAM))
    assert program.sign_in(ANN).status_code == 201
    assert program.sign(clean.id, "approve", ANN).get_json()["code"] == "NOT_ALLOWED"
    program.sign_in(ANN, STATION)
    assert program.sign(clean.id, "approve", ANN, user=ANN.badge, password=ANN.pin).status_code == 403


# acts


def test_the_same_key_is_answered_the_same_and_another_body_is_refused(station: Program, clean: Making) -> None:
    before = station.get(f"/preparations/{clean.id}").get_json()
    first = station.post(commands(clean.id), call(before), key="one-call-of-ann")
    again = station.post(commands(clean.id), call(before), key="one-call-of-ann")
    assert (first.status_code, first.get_json()) == (200, again.get_json())
    assert ("Idempotency-Replayed" in first.headers, again.headers["Idempotency-Replayed"]) == (False, "true")
    other = station.post(commands(clean.id), call(before, "another note"), key="one-call-of-ann")
    assert (other.status_code, other.get_json()["code"]) == (422, "KEY_USED")
    assert station.get(f"/preparations/{clean.id}").get_json()["version"] == before["version"] + 1
    no_key = station.client.post(f"{BASE}{commands(clean.id)}", json=call(before), headers=station.headers)
    assert no_key.status_code == 428


def test_an_act_on_another_state_is_refused_and_the_key_is_free_for_the_right_one(
    station: Program, clean: Making
) -> None:
    p = station.get(f"/preparations/{clean.id}").get_json()
    stale = station.post(commands(clean.id), call({"version": p["version"] - 1}), key="call-number-1")
    assert (stale.status_code, stale.get_json()["code"], stale.get_json()["version"]) == (409, "STALE", p["version"])
    assert station.post(commands(clean.id), call(p), key="call-number-1").status_code == 200


def test_the_event_names_the_program_and_the_person(station: Program, pharmacy: Pharmacy, clean: Making) -> None:
    p = station.get(f"/preparations/{clean.id}").get_json()
    station.post(commands(clean.id), call(p))
    made = Program(pharmacy.client(), token_of(pharmacy.house, PAM)).get(f"/preparations/{clean.id}/events", limit=200)
    last = made.get_json()["items"][-1]
    assert (last["kind"], last["who"], last["station"]) == ("pharmacist_called", ANN.id, STATION)
    assert last["command"].startswith(f"api.{station.made.token.id}.")


def test_no_program_says_a_weight_and_none_without_the_balance_is_taken(station: Program, clean: Making) -> None:
    said = {"kind": "weigh", "slot": "bag-after", "g": "336.30", "mode": "stable"}
    invented = station.post(commands(clean.id), {"expected_version": clean.p.version, "command": said})
    assert (invented.status_code, invented.get_json()["faults"][0]["says"]) == (422, "Extra inputs are not permitted")
    asked_for = station.post(
        commands(clean.id), {"expected_version": clean.p.version, "command": {"kind": "weigh", "slot": "bag-after"}}
    )
    assert (asked_for.status_code, asked_for.get_json()["code"]) == (409, "NO_WEIGHT")


def test_what_is_refused_is_in_the_record_with_its_reason(station: Program, pharmacy: Pharmacy, clean: Making) -> None:
    label = {"kind": "scan", "raw": small.own("I", clean.id[::-1], 1)}
    refused = station.post(commands(clean.id), {"expected_version": clean.p.version, "command": label}).get_json()
    with pharmacy.house.store.reading() as conn:
        kept = refusals.of_stream(conn, clean.id)[-1]
    assert (refused["status"], refused["code"], kept.who) == (409, kept.code, ANN.id)


def test_a_second_person_signs_a_hand_over(pharmacy: Pharmacy, clean: Making, station: Program) -> None:
    body = {"expected_version": clean.p.version, "command": {"kind": "hand_over"}}
    same = {"badge": ANN.badge, "pin": ANN.pin}
    assert station.post(commands(clean.id), body | {"second": same}).get_json()["code"] == "NOT_SIGNED"
    wrong = {"badge": BO.badge, "pin": "000000"}
    assert station.post(commands(clean.id), body | {"second": wrong}).status_code == 403
    given = station.post(commands(clean.id), body | {"second": {"badge": BO.badge, "pin": BO.pin}})
    assert given.get_json()["outcome"] == "accepted", given.text
    with pharmacy.house.store.reading() as conn:
        kept = log.load(conn, clean.id)[-1]
    assert (kept.kind, kept.who, kept.second_person) == ("handed_over", ANN.id, BO.id)
    assert BO.pin not in given.text


# reading


def test_lists_go_on_where_the_last_part_ended_whatever_came_meanwhile(pam: Program, pharmacy: Pharmacy) -> None:
    boss = Program(pharmacy.client(), token_of(pharmacy.house, ADA))
    seen, cursor = [], ""
    while True:
        part = boss.get("/people", limit=2, **({"cursor": cursor} if cursor else {})).get_json()
        seen += [one["id"] for one in part["items"]]
        cursor = part["next"]
        if not cursor:
            break
    assert seen == sorted(seen)
    assert len(seen) == len(set(seen)) >= 7
    assert not any(word in json.dumps(part) for word in ("hash", "pin", "secret", "password"))


def test_the_last_cursor_of_the_preparations_brings_what_changed_since(station: Program, clean: Making) -> None:
    cursor = station.get("/preparations").get_json()["next"]
    assert station.get("/preparations", cursor=cursor).get_json()["items"] == []
    p = station.get(f"/preparations/{clean.id}").get_json()
    station.post(commands(clean.id), call(p))
    changed = station.get("/preparations", cursor=cursor).get_json()["items"]
    assert [(one["id"], one["version"]) for one in changed] == [(clean.id, p["version"] + 1)]


def test_a_cursor_that_is_none_of_ours_is_told_so(pam: Program) -> None:
    for path in ("/orders", "/preparations", "/messages"):
        for cursor in ("nonsense", "WzFd", "WyJhIiwiYiJd", "bnVsbA"):
            found = pam.get(path, cursor=cursor)
            assert found.status_code in (200, 404), (path, cursor, found.text)
            if found.status_code == 404:
                assert found.get_json()["code"] == "NO_SUCH_CURSOR"


def test_q46_another_site_s_preparation_is_not_there(pam: Program, pharmacy: Pharmacy, clean: Making) -> None:
    pam.sign_in(PAM, STATION)
    house, before = pharmacy.house, clean.p.version
    elsewhere = house.settings.model_copy(update={"site": "NORTH"})
    object.__setattr__(house, "settings", elsewhere)
    house.dispatcher.settings = elsewhere
    body = {"expected_version": before, "command": {"kind": "hold", "note": "ten letters or more"}}
    for answer in (
        pam.get(f"/preparations/{clean.id}"),
        pam.get(f"/preparations/{clean.id}/events"),
        pam.post(f"/preparations/{clean.id}/review", body),
        pam.post(commands(clean.id), call({"version": before})),
    ):
        assert answer.status_code == 404, answer.text
    assert pam.get("/preparations").get_json()["items"] == []


def test_every_command_that_the_rules_know_is_offered_or_it_is_said_why_not() -> None:
    def members(union: object) -> set[type]:
        return set(typing.get_args(typing.get_args(union)[0]))

    offered = {
        told.Claim: asked.Claim, told.Back: asked.Back, told.Redo: asked.Redo, told.Pause: asked.Pause,
        told.Resume: asked.Resume, told.HandOver: asked.HandOver, told.TakeOver: asked.TakeOver,
        told.CallPharmacist: asked.Call, told.ChangeGloves: asked.ChangeGloves, told.Abort: asked.Abort,
        told.Rework: asked.Rework, told.Remake: asked.Remake, told.Hold: asked.Pause, told.LetGoOn: asked.Resume,
        told.Answer: asked.Answer, told.Waive: asked.Waive,
    }  # fmt: skip
    evidence = {"Scan", "ScanReading", "Weigh", "Confirm", "CountUnits", "EnterProgramme", "EnterVolume", "Sign"}
    shapes = members(told.AtStation) | members(told.AtReview)
    assert {one.__name__ for one in shapes - set(offered)} == evidence
    assert set(offered.values()) | {asked.Submit} | set(told.NOT_OFFERED) == set(typing.get_args(asked.Command))
    assert {one.__name__ for one in typing.get_args(Evidence)} == {
        "Scan", "Weighing", "Photo", "Confirmation", "Count", "Programme", "VolumeRead", "Printed", "Signature"
    }, "a new kind of evidence needs its way in, or its reason"  # fmt: skip


def test_wrong_methods_and_addresses_are_answered_as_problems(pam: Program) -> None:
    answer = pam.client.put(f"{BASE}/orders", headers=pam.headers)
    assert (answer.status_code, answer.mimetype, "GET" in answer.headers["Allow"]) == (
        405,
        "application/problem+json",
        True,
    )
    assert pam.get("/nothing").get_json()["code"] == "NOT_FOUND"


def test_the_page_of_the_document_fetches_nothing_from_elsewhere(pharmacy: Pharmacy) -> None:
    shown = pharmacy.client().get(f"{BASE}/")
    assert shown.status_code == 200
    assert all(one.path in shown.text for one in OPERATIONS)
    assert "https://" not in shown.text.replace("https://www.w3.org", "")
