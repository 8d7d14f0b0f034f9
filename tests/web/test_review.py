"""The queue and the review over HTTP: who may, what is refused, what changed, what follows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.clock import now
from app.desk import claims, queue
from app.people.tables import attempt
from app.preparations import history
from app.record.views import PreparationRow
from tests.people.cast import ANN, BO, PAM, QUIN
from tests.pharmacy import ZONE
from tests.web.bench import PRINTER, Making, Seeded
from tests.web.conftest import Pharmacy, sign_in_station
from tests.web.desk import (
    DANA,
    RAE,
    approve,
    at_desk,
    claim,
    codes,
    form_of,
    form_token,
    loaded,
    photos_of,
    sign_form,
    state,
)
from tests.workflows.example import RECIPE
from workflows import commands as asked
from workflows import events as happened
from workflows.evidence import Signature

# the queue


def test_the_queue_puts_calls_first_then_stat_then_needed_by(pharmacy: Pharmacy, seeded: Seeded) -> None:
    late = seeded.begin("DEMO2001").until_check()
    stat = seeded.begin("DEMO2002", **{"R^Routine": "S^Stat"}).until_check(typed=True, witness=BO)
    held = seeded.begin("DEMO2003").until_check(near_miss=True)
    held.ask(asked.Pause("pharmacist hold", "Photograph the bag again"), PAM)
    called = seeded.begin("DEMO2004").until_drawn()
    called.ask(asked.Call("Foam in vial B"))
    lines = at_desk(pharmacy).get("/review", headers={"Accept": "application/json"}).json["lines"]
    told = [(line["waiting"]["preparation"], line["waiting"]["reason"], line["waiting"]["about"]) for line in lines]
    assert told[0] == (called.id, "called", "Foam in vial B")
    assert told[1] == (stat.id, "release", "")
    assert {told[2], told[3]} == {(late.id, "release", ""), (held.id, "held", "Photograph the bag again")}
    look = {line["waiting"]["preparation"]: line["waiting"]["look_at"] for line in lines}
    assert look[stat.id] == ["1 typed code"]
    assert look[held.id] == ["1 near miss"]
    assert look[late.id] == []


def test_one_preparation_that_cannot_be_read_hides_no_other_from_queue_and_board(
    pharmacy: Pharmacy, seeded: Seeded, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound, spoilt = (seeded.begin(f"DEMO200{number}").until_check() for number in (1, 2))
    worked_out = queue.waiting_of

    def refusing(row: PreparationRow, *rest: Any) -> Any:
        if row.id == spoilt.id:
            raise OverflowError("date value out of range")
        return worked_out(row, *rest)

    monkeypatch.setattr(queue, "waiting_of", refusing)
    pam = at_desk(pharmacy)
    lines = pam.get("/review", headers={"Accept": "application/json"}).json["lines"]
    told = {line["waiting"]["preparation"]: line["waiting"]["reason"] for line in lines}
    assert told == {sound.id: "release", spoilt.id: "cannot be read"}
    for path in ("/review", "/review/rows", "/board"):
        page = pam.get(path)
        assert (page.status_code, path == "/board" or "cannot be read" in page.text) == (200, True), path


def test_what_is_being_made_or_done_is_not_in_the_queue(pharmacy: Pharmacy, seeded: Seeded) -> None:
    seeded.begin("DEMO2001")
    seeded.begin("DEMO2002").until_closed()
    seeded.begin("DEMO2003").until_staged()
    page = at_desk(pharmacy).get("/review")
    assert "Nothing waits for you" in page.text
    assert "data-preparation" not in page.text


def test_the_filter_shows_one_reason_only(pharmacy: Pharmacy, checked: Making) -> None:
    client = at_desk(pharmacy)
    assert checked.id in client.get("/review?for=release").text
    assert checked.id not in client.get("/review?for=held").text
    assert checked.id in client.get("/review?for=nonsense").text


def test_a_poll_of_an_unchanged_queue_is_304_and_a_change_is_seen(
    pharmacy: Pharmacy, seeded: Seeded, checked: Making
) -> None:
    client = at_desk(pharmacy)
    first = client.get("/review/rows")
    again = client.get("/review/rows", headers={"If-None-Match": first.headers["ETag"]})
    assert (first.status_code, again.status_code, again.data) == (200, 304, b"")
    seeded.begin("DEMO2002").until_check()
    news = client.get("/review/rows", headers={"If-None-Match": first.headers["ETag"]})
    assert (news.status_code, news.json["waiting"]) == (200, 2)
    claim(client, checked.id)
    assert client.get("/review/rows", headers={"If-None-Match": news.headers["ETag"]}).status_code == 200


def test_minutes_are_counted_from_the_moment_it_was_ready(pharmacy: Pharmacy, checked: Making) -> None:
    line = at_desk(pharmacy).get("/review", headers={"Accept": "application/json"}).json["lines"][0]
    waited = now() - max(entry.at for entry in checked.p.entries.values())
    assert line["minutes"] == int(waited.total_seconds() // 60)
    assert line["minutes"] >= 5
    assert line["late"] is True


def test_r26_ten_minutes_unopened_the_line_and_the_waiting_tablet_say_so_until_somebody_opens_it(
    pharmacy: Pharmacy, checked: Making
) -> None:
    ann, pam = pharmacy.client(), at_desk(pharmacy)
    sign_in_station(ann, ANN)
    tablet = f"/terminal/HOOD-1/p/{checked.id}"
    sent = max(entry.at for entry in checked.p.entries.values())
    with pharmacy.house.store.reading() as conn:
        for seconds, overdue in ((599, False), (600, True)):
            at = sent + timedelta(seconds=seconds)
            lines = queue.queue(
                conn, queue.Lines(), sites=[pharmacy.house.settings.site], viewer=PAM.id, known={}, at=at
            )
            assert [one.overdue for one in lines] == [overdue], seconds
    assert "No pharmacist has it open, 10 minutes after it was sent. Call one." in ann.get(tablet).text
    assert "nobody opened it" in pam.get("/review").text
    claim(pam, checked.id)
    assert "Call one." not in ann.get(tablet).text
    assert "nobody opened it" not in pam.get("/review").text


def test_next_leads_to_the_most_urgent_that_nobody_else_has(
    pharmacy: Pharmacy, seeded: Seeded, checked: Making
) -> None:
    stat = seeded.begin("DEMO2002", **{"R^Routine": "S^Stat"}).until_check()
    pam, quin = at_desk(pharmacy), at_desk(pharmacy, QUIN)
    assert pam.get("/review/next").location == f"/review/{stat.id}"
    claim(quin, stat.id)
    assert pam.get("/review/next").location == f"/review/{checked.id}"
    assert pam.get(f"/review/next?but={checked.id}").location == "/review"


# claims


def test_r26_opening_holds_it_for_three_minutes_and_others_may_only_look(pharmacy: Pharmacy, checked: Making) -> None:
    pam, quin = at_desk(pharmacy), at_desk(pharmacy, QUIN)
    form = sign_form(quin, checked, QUIN)
    assert claim(pam, checked.id) == {"mine": True, "holder": ""}
    assert claim(quin, checked.id) == {"mine": False, "holder": "Pam Q."}
    page = quin.get(f"/review/{checked.id}").text
    assert "Pam Q. has it" in page
    assert 'id="approve"' not in page
    assert "dialog-reject" not in page
    refused = quin.post(f"/review/{checked.id}/sign", data=form)
    assert (refused.status_code, "Pam Q. has it open" in refused.text) == (409, True)
    assert state(pharmacy, checked.id) == "awaiting-check"


def test_r26_a_claim_ends_by_itself_and_by_leaving(pharmacy: Pharmacy, checked: Making) -> None:
    pam, quin = at_desk(pharmacy), at_desk(pharmacy, QUIN)
    claim(pam, checked.id)
    with pharmacy.house.store.reading() as conn:
        held = claims.holder(conn, checked.id, now())
        assert held is not None
        assert claims.holder(conn, checked.id, held.until) is None
        assert held.until - now() <= timedelta(minutes=3)
    quin.post(f"/review/{checked.id}/leave", headers={"X-CSRFToken": form_token(quin, checked.id)})
    assert claim(quin, checked.id)["holder"] == "Pam Q."
    pam.post(f"/review/{checked.id}/leave", headers={"X-CSRFToken": form_token(pam, checked.id)})
    assert claim(quin, checked.id)["mine"] is True


def test_q48_looking_claims_nothing(pharmacy: Pharmacy, checked: Making) -> None:
    at_desk(pharmacy).get(f"/review/{checked.id}")
    with pharmacy.house.store.reading() as conn:
        assert claims.holders(conn, now()) == {}


# approving


def test_a_clean_review_is_approved_with_name_meaning_and_what_was_seen(pharmacy: Pharmacy, checked: Making) -> None:
    head = checked.p.digest
    answer = approve(at_desk(pharmacy), checked)
    assert (answer.status_code, answer.location) == (303, f"/review/{checked.id}")
    assert state(pharmacy, checked.id) == "approved"
    signed = loaded(pharmacy, checked.id).signature("approve")
    assert signed == Signature(
        "approved for release", "Pam Q.", "RPH-1001", "password", 2, head, tuple(photos_of(checked)), ()
    )


def test_what_was_signed_stands_on_the_page_that_comes_after_it_until_work_goes_on(
    pharmacy: Pharmacy, checked: Making
) -> None:
    client = at_desk(pharmacy)
    assert "data-decided" not in client.get(f"/review/{checked.id}").text
    after = client.get(approve(client, checked).location).text
    banner = after[after.index('data-decided="yes"') :][:700]
    assert "APPROVED FOR RELEASE</b> signed by Pam Q.," in banner
    assert f"{loaded(pharmacy, checked.id).entries['approve'].at.astimezone(ZONE):%Y-%m-%d %H:%M}" in banner
    checked.release()
    assert "data-decided" not in client.get(f"/review/{checked.id}").text


def test_near_misses_come_before_the_table_and_the_numbers_have_their_formulas(
    pharmacy: Pharmacy, checked: Making
) -> None:
    page = at_desk(pharmacy).get(f"/review/{checked.id}").text
    assert page.index("WRONG STRENGTH") < page.index("968.5 mg") < page.index('id="pictures"')
    assert "48.42 mL × 20 mg/mL" in page
    assert "compounding −0.16 %" in page
    assert "rounding +0.00 %" in page


def test_r24_the_codes_read_in_each_photo_stand_beside_it_and_in_the_record(
    pharmacy: Pharmacy, checked: Making
) -> None:
    page = at_desk(pharmacy).get(f"/review/{checked.id}").text
    beside = page[page.index('data-beside="1"') :][:1500]
    assert "a vial beside staged: as scanned" in beside
    assert "a code that names nothing here: not scanned here" in beside
    assert "shows a vial beside final: as scanned" in at_desk(pharmacy).get(f"/record/{checked.id}").text


@pytest.mark.parametrize("password", ["", "wrong words entirely"])
def test_without_the_right_password_nothing_is_signed(pharmacy: Pharmacy, checked: Making, password: str) -> None:
    answer = approve(at_desk(pharmacy), checked, password=password)
    assert answer.status_code == 422
    assert 'id="dialog-sign" aria-labelledby="sign-title" data-reopen' in answer.text
    assert state(pharmacy, checked.id) == "awaiting-check"


def test_q20_the_first_signature_asks_for_both_the_next_for_the_password_alone(
    pharmacy: Pharmacy, seeded: Seeded, checked: Making
) -> None:
    other = seeded.begin("DEMO2002").until_check()
    client = at_desk(pharmacy)
    assert 'name="user"' in client.get(f"/review/{checked.id}").text
    assert approve(client, checked, user="").status_code == 422
    assert approve(client, checked).status_code == 303
    assert 'name="user"' not in client.get(f"/review/{other.id}").text
    assert approve(client, other, user="").status_code == 303
    signed = loaded(pharmacy, other.id).signature("approve")
    assert signed is not None
    assert signed.components == 1


def test_five_wrong_passwords_lock_and_are_kept(pharmacy: Pharmacy, checked: Making) -> None:
    client = at_desk(pharmacy)
    form = {**sign_form(client, checked), "password": "guess"}
    answers = [client.post(f"/review/{checked.id}/sign", data=form).status_code for _ in range(5)]
    assert answers == [422, 422, 422, 422, 429]
    with pharmacy.house.store.reading() as conn:
        tried = conn.execute(select(attempt.c.outcome).where(attempt.c.purpose == "signature")).scalars().all()
    assert len(tried) == 5
    assert state(pharmacy, checked.id) == "awaiting-check"


def test_r25_a_photo_not_seen_is_refused_by_the_server_too(pharmacy: Pharmacy, checked: Making) -> None:
    answer = approve(at_desk(pharmacy), checked, seen=photos_of(checked)[:3])
    assert answer.status_code == 422
    assert "1 of 4 photos were not looked at" in answer.text
    assert codes(pharmacy, checked.id) == ["PHOTOS_NOT_SEEN"]
    assert f'data-sha="{photos_of(checked)[0]}"' in answer.text


def test_r19_a_typed_code_is_ticked_or_nothing_is_signed(pharmacy: Pharmacy, seeded: Seeded) -> None:
    made = seeded.begin().until_check(typed=True, witness=BO)
    client = at_desk(pharmacy)
    page = client.get(f"/review/{made.id}").text
    assert 'data-accepts="vial:1"' in page
    assert 'data-accepts="vial:1" checked' not in page
    assert made.shots["label of vial A"] in page
    refused = approve(client, made)
    assert (refused.status_code, "typed by hand: vial:1" in refused.text) == (422, True)
    assert approve(client, made, accepts=["vial:1"]).status_code == 303
    signed = loaded(pharmacy, made.id).signature("approve")
    assert signed is not None
    assert signed.accepts == ("vial:1",)


def test_q25_whoever_prepared_sees_no_approve_and_is_refused_by_any_route(pharmacy: Pharmacy, seeded: Seeded) -> None:
    at_desk(pharmacy, DANA)
    made = seeded.begin()
    made.maker = DANA
    made.until_check()
    client = at_desk_again(pharmacy)
    page = client.get(f"/review/{made.id}").text
    assert "Dana D. took part in preparing this" in page
    assert 'id="approve"' not in page
    assert 'id="reject"' not in page
    assert f"/review/{made.id}/sign" not in page
    form = {**sign_form(at_desk(pharmacy), made), "user": DANA.user, "password": DANA.password}
    form["csrf_token"] = form_of(client.get("/me").text, "/sign-out")["csrf_token"]
    refused = client.post(f"/review/{made.id}/sign", data=form)
    assert (refused.status_code, "took part in preparing" in refused.text) == (422, True)
    rejected = client.post(
        f"/review/{made.id}/reject", data={**form, "reason": "label", "how": "remake", "note": "Label is torn"}
    )
    assert rejected.status_code == 422
    assert codes(pharmacy, made.id) == ["OWN_WORK", "OWN_WORK"]
    assert state(pharmacy, made.id) == "awaiting-check"


def at_desk_again(pharmacy: Pharmacy) -> object:
    from tests.web.conftest import sign_in_desk

    client = pharmacy.client()
    sign_in_desk(client, DANA)
    return client


def test_r25_without_a_licence_there_is_no_approve_and_the_reason_stands_there(
    pharmacy: Pharmacy, checked: Making
) -> None:
    page = at_desk(pharmacy, RAE).get(f"/review/{checked.id}").text
    assert "Rae N. has no licence on record" in page
    assert 'id="approve"' not in page


def test_r33_past_its_beyond_use_time_there_is_no_approve(pharmacy: Pharmacy) -> None:
    short = Seeded(pharmacy.house, started=now() - timedelta(hours=30))
    made = short.begin().until_check()
    page = at_desk(pharmacy).get(f"/review/{made.id}").text
    assert "The beyond-use time" in page
    assert "has passed" in page
    assert 'id="approve"' not in page
    assert 'id="reject"' in page


def test_a_stopped_or_changed_order_leaves_no_approve(pharmacy: Pharmacy, seeded: Seeded, checked: Making) -> None:
    changed = seeded.message(
        0, DEMO000001="M-CHANGE", **{"ORC|NW|": "ORC|XO|", "|970||mg": "|900||mg", "|970|mg": "|900|mg"}
    )
    seeded.receive(changed)
    page = at_desk(pharmacy).get(f"/review/{checked.id}").text
    assert loaded(pharmacy, checked.id).order_state == "changed"
    assert "order change" in page
    assert 'id="approve"' not in page
    assert 'id="reject"' in page


def test_q26_a_stale_page_is_409_and_marks_what_changed(pharmacy: Pharmacy, checked: Making) -> None:
    client = at_desk(pharmacy)
    form = sign_form(client, checked)
    reprint = replace(checked.label("final"), copy=2)
    assert checked.ask(asked.RecordLabel(reprint, "smeared in the printer"), PRINTER).kind == "accepted"
    answer = client.post(f"/review/{checked.id}/sign", data=form)
    assert answer.status_code == 409
    assert "CHANGED SINCE YOU LOOKED" in answer.text
    assert "printed again: smeared in the printer" in answer.text
    assert '<tr class="changed">' in answer.text
    assert f'data-sha="{photos_of(checked)[0]}"' in answer.text
    with pharmacy.house.store.reading() as conn:
        assert "approve" not in loaded(pharmacy, checked.id).entries
        assert not any(
            isinstance(one.event, happened.Accepted) and one.event.slot == "approve"
            for one in history(conn, checked.id)
        )


def test_q70_the_same_form_twice_is_one_signature(pharmacy: Pharmacy, checked: Making) -> None:
    client = at_desk(pharmacy)
    form = sign_form(client, checked)
    first = client.post(f"/review/{checked.id}/sign", data=form)
    second = client.post(f"/review/{checked.id}/sign", data=form)
    assert (first.status_code, second.status_code) == (303, 303)
    with pharmacy.house.store.reading() as conn:
        events = [one.event for one in history(conn, checked.id)]
    assert sum(isinstance(one, happened.Accepted) and one.slot == "approve" for one in events) == 1


def test_r22_a_hold_before_mixing_is_approved_in_the_same_place(pharmacy: Pharmacy) -> None:
    seeded = Seeded(pharmacy.house, recipe=replace(RECIPE, hold=True))
    made = seeded.begin().until_drawn()
    client = at_desk(pharmacy)
    line = client.get("/review", headers={"Accept": "application/json"}).json["lines"][0]
    assert (line["waiting"]["preparation"], line["waiting"]["reason"]) == (made.id, "pre-mix")
    assert approve(client, made).status_code == 303
    signed = loaded(pharmacy, made.id).signature("premix")
    assert signed is not None
    assert (signed.meaning, len(signed.photos_seen)) == ("pre-mix approved", 2)
    made.at = now()
    made.ask(asked.ChangeGloves(gown=True))
    made.mix()
    assert state(pharmacy, made.id) == "awaiting-check"
