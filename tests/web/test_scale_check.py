"""The balance's check of the day as its page answers, without a browser."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.test import TestResponse

from app.clock import now
from app.stations import gates, history, register
from app.stations.pan import Glance, Pan, Zeroed
from app.stations.tables import balance
from app.web.station import adjustment, scale_check
from tests import pharmacy
from tests.people.cast import ANN
from tests.pharmacy import STATION
from tests.web.at_station import JSON, Hood, patience, token_in

PAGE = f"/terminal/{STATION}/scale-check"


@pytest.fixture
def hood(hood: Hood) -> Hood:
    """The station with a balance that Ann has just seen to stand level."""
    hood.house.store.write(lambda conn: gates.confirm_level(conn, STATION, at=now(), who=ANN.id))
    return hood


def restarted(hood: Hood, *, sure: bool, minutes_ago: int = 0) -> None:
    at = now() - timedelta(minutes=minutes_ago)
    hood.house.store.write(
        lambda conn: register.note_restart(conn, STATION, "off", sure=sure, at=at, who="system:stations")
    )


def post(hood: Hood, client: FlaskClient, what: str, **fields: str) -> TestResponse:
    token = token_in(client.get(f"{hood.path}/more").text)
    return client.post(f"{PAGE}/{what}", data={"csrf_token": token, **fields}, headers=JSON)


def test_f13_a_balance_that_was_switched_off_warms_up_before_a_weight_is_wanted(hood: Hood) -> None:
    ann = hood.client()
    restarted(hood, sure=True)
    shown = ann.get(PAGE).text
    assert "The balance was switched off. It warms up until" in shown
    assert "IT STAYED ON" not in shown
    answer = post(hood, ann, "weigh")
    assert (answer.status_code, "warms up until" in answer.get_json()["verdict"]["says"]) == (422, True)
    refused = post(hood, ann, "do", word="STAYED ON")
    assert (refused.status_code, refused.get_json()["verdict"]["word"]) == (422, "CHECK")
    assert "20 g weight on the pan" not in ann.get(PAGE).text


def test_f13_ann_says_that_a_balance_nobody_could_hear_stayed_on_and_checks_it_with_both_weights(hood: Hood) -> None:
    ann = hood.client()
    restarted(hood, sure=False)
    shown = ann.get(PAGE).text
    assert "Was the balance switched off? Then it warms up until" in shown
    assert "IT STAYED ON" in shown
    noted = post(hood, ann, "do", word="STAYED ON")
    assert (noted.status_code, noted.get_json()["verdict"]["says"]) == (200, "Ann T. says that the balance stayed on.")
    assert "Is the balance level?" in ann.get(PAGE).text
    post(hood, ann, "do", word="LEVEL")
    assert "Put the 20 g weight on the pan." in ann.get(PAGE).text


def test_f13_once_it_is_warm_the_balance_is_checked_as_on_any_day(hood: Hood) -> None:
    restarted(hood, sure=True, minutes_ago=31)
    assert "Put the 20 g weight on the pan." in hood.client().get(PAGE).text


@pytest.mark.parametrize(
    ("came", "status", "kind", "word"),
    [
        (Zeroed(True, "The balance is zeroed.", True), 200, "right", "ZERO"),
        (Zeroed(False, "The load is outside the zero range.", False), 422, "check", "NOT ZEROED"),
    ],
)
def test_f25_a_zero_that_failed_is_never_shown_as_right(
    hood: Hood, monkeypatch: pytest.MonkeyPatch, came: Zeroed, status: int, kind: str, word: str
) -> None:
    hood.advance("recon-before:1")
    ann = hood.client()
    pan = hood.house.benches.at(STATION).pan  # type: ignore[union-attr]  # the station is set
    with patience() as may_wait:
        while may_wait() and not pan.glance().empty:  # type: ignore[union-attr]  # started with the house
            time.sleep(0.1)
    monkeypatch.setattr(Pan, "zero", lambda _: came)
    answer = hood.post(ann, "do", word="ZERO")
    said = answer.get_json()["verdict"]
    assert (answer.status_code, said["kind"], said["word"], said["says"]) == (status, kind, word, came.says)


def lie(monkeypatch: pytest.MonkeyPatch, grams: str, **changes: object) -> None:
    """What lies on the pan from now on, as the balance says it."""
    got = pharmacy.checked(Decimal(grams), now(), **changes)
    monkeypatch.setattr(Pan, "capture", lambda _: got)
    monkeypatch.setattr(Pan, "capture_empty", lambda _: got)
    monkeypatch.setattr(
        Pan, "glance", lambda _: Glance("ready", "settled", grams, "g", True, 3.0, armed=True, empty=False)
    )


@pytest.mark.parametrize("hood", [{"checked": False}], indirect=True)
def test_r15_the_check_ends_with_the_empty_pan_and_says_what_was_read(
    hood: Hood, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = hood.client()
    shown = ann.get(PAGE).text
    assert "this balance is set up as one that has none" in shown
    assert "at most 0.02 g from zero" in shown
    for grams in ("20.01", "199.99"):
        lie(monkeypatch, grams)
        assert post(hood, ann, "weigh").get_json()["verdict"]["word"] == "RIGHT"
    assert "Take the weight off. The empty pan is read." in ann.get(PAGE).text
    assert "read 20.01 g, empty pan 0.00 g before" in ann.get(PAGE).text
    lie(monkeypatch, "0.03")
    failed = post(hood, ann, "weigh").get_json()["verdict"]
    assert failed["word"] == "CHECK FAILED"
    assert failed["says"] == "The empty pan read 0.03 g after the weights; 0.02 g is allowed."
    lie(monkeypatch, "20.01")
    assert post(hood, ann, "weigh").status_code == 422, "each check begins with the level"
    post(hood, ann, "do", word="LEVEL")
    for grams in ("20.01", "199.99"):
        lie(monkeypatch, grams)
        post(hood, ann, "weigh")
    lie(monkeypatch, "0.01")
    assert post(hood, ann, "weigh").get_json()["verdict"]["word"] == "BALANCE CHECKED"


@pytest.mark.parametrize("hood", [{"checked": False}], indirect=True)
def test_r15_a_balance_that_can_adjusts_itself_first_and_ann_says_so(
    hood: Hood, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = hood.client()
    monkeypatch.setattr(scale_check, "_has_adjustment", lambda _: True)
    monkeypatch.setattr(adjustment, "offered", lambda _: False)
    assert "Let the balance adjust itself. Then press ADJUSTED." in ann.get(PAGE).text
    lie(monkeypatch, "20.00")
    assert post(hood, ann, "weigh").status_code == 422
    noted = post(hood, ann, "do", word="ADJUSTED")
    assert noted.get_json()["verdict"]["says"] == "Ann T. says that the balance has adjusted itself."
    assert "Put the 20 g weight on the pan." in ann.get(PAGE).text
    for grams in ("20.00", "199.99", "0.00"):
        lie(monkeypatch, grams)
        answer = post(hood, ann, "weigh")
    assert answer.get_json()["verdict"]["word"] == "BALANCE CHECKED"


@pytest.mark.parametrize("hood", [{"checked": False}], indirect=True)
def test_q70_a_reading_that_is_pressed_twice_is_kept_once_and_answered_as_it_was(
    hood: Hood, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = hood.client()
    lie(monkeypatch, "20.00")
    first = post(hood, ann, "weigh", command_id="press-1").get_json()["verdict"]
    assert first["says"] == "20 g weight: 20.00 g"
    lie(monkeypatch, "199.99")
    again = post(hood, ann, "weigh", command_id="press-1")
    assert (again.status_code, again.get_json()["verdict"]) == (200, first)
    assert "Put the 200 g weight on the pan." in ann.get(PAGE).text
    assert post(hood, ann, "weigh", command_id="press-2").get_json()["verdict"]["says"] == "200 g weight: 199.99 g"


def test_q17_the_check_names_the_balance_and_says_that_its_driver_was_never_tried_on_one(hood: Hood) -> None:
    pan = hood.house.benches.at(STATION).pan  # type: ignore[union-attr]  # the station is set
    with patience() as may_wait:
        while may_wait() and not pan.introduction():  # type: ignore[union-attr]  # started with the house
            time.sleep(0.1)
    shown = hood.client().get(PAGE).text
    assert f"serial number {pharmacy.SERIAL}. Driver not yet verified on this instrument." in shown


def test_r15_a_checked_balance_whose_certificate_ran_out_says_that_it_weighs_no_dose(hood: Hood) -> None:
    ran_out = now() - timedelta(days=1)
    hood.house.store.write(lambda conn: conn.execute(update(balance).values(calibrated_until=ran_out)))
    shown = hood.client().get(PAGE).text
    assert "The check passed, but no dose is weighed here. The calibration certificate of BAL-1 ran out on" in shown


@pytest.mark.parametrize("hood", [{"checked": False}], indirect=True)
def test_r15_nothing_is_read_before_ann_has_seen_that_the_balance_stands_level(
    hood: Hood, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = hood.client()
    hood.house.store.write(lambda conn: register.note_restart(conn, STATION, "moved", sure=False, at=now(), who="x"))
    post(hood, ann, "do", word="STAYED ON")
    shown = ann.get(PAGE).text
    assert "Is the balance level? Its bubble is in the ring: then NEXT." in shown
    assert "20 g weight on the pan" not in shown
    lie(monkeypatch, "20.01")
    assert post(hood, ann, "weigh").status_code == 422
    noted = post(hood, ann, "do", word="LEVEL").get_json()["verdict"]
    assert noted["says"] == "Ann T. says that the balance stands level."
    for grams in ("20.01", "199.99", "0.00"):
        lie(monkeypatch, grams)
        post(hood, ann, "weigh")
    with hood.house.store.reading() as conn:
        lines = history.lines(conn, STATION)
    passed = next(line for line in lines if line.what == "check of the day passed")
    assert dict(passed.detail)["level"] == "confirmed"
    assert next(line.who for line in lines if line.what == "level confirmed") == ANN.id


def adjusting(hood: Hood, monkeypatch: pytest.MonkeyPatch, seconds: float) -> FlaskClient:
    """Ann before a balance that the program can adjust, which takes so many seconds of the bench."""
    monkeypatch.setattr(scale_check, "_has_adjustment", lambda _: True)
    hood.station.balance.become(replace(hood.station.balance.profile, adjustment=seconds))
    client = hood.client()
    with patience() as may_wait:
        while may_wait() and "ADJUST NOW" not in client.get(PAGE).text:
            time.sleep(0.05)
    seen_empty(client)
    return client


def seen_empty(client: FlaskClient) -> None:
    with patience() as may_wait:
        while may_wait() and not (seen := client.get(f"{PAGE}/live").get_json())["settled"]:
            time.sleep(0.05)
    assert seen["value"] == "0.00"


def ends(client: FlaskClient) -> None:
    with patience() as may_wait:
        while may_wait() and client.get(f"{PAGE}/live").get_json()["version"]:
            time.sleep(0.05)


def deeds(hood: Hood) -> list[str]:
    with hood.house.store.reading() as conn:
        return [line.what for line in history.lines(conn, STATION)]


@pytest.mark.parametrize("hood", [{"checked": False}], indirect=True)
def test_f28_ann_has_the_balance_adjust_itself_sees_it_going_on_and_goes_on_when_it_is_done(
    hood: Hood, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = adjusting(hood, monkeypatch, 2000.0)
    assert post(hood, ann, "do", word="ADJUSTED").status_code == 422, "her word is not asked for where it is not needed"
    begun = post(hood, ann, "do", word="ADJUST").get_json()
    assert (begun["verdict"]["word"], begun["screen"]["stop"]) == ("ADJUSTING", True)
    with patience() as may_wait:
        while may_wait() and (going := ann.get(f"{PAGE}/live").get_json())["trouble_word"] != "ADJUSTING":
            time.sleep(0.05)
    assert going["trouble"].startswith("The balance adjusts itself: ")
    assert (going["trouble_word"], going["ready"], going["version"]) == ("ADJUSTING", False, 1)
    assert post(hood, ann, "weigh").status_code == 422
    hood.station.settle_speed(1000)
    ends(ann)
    with patience() as may_wait:
        while may_wait() and "20 g weight on the pan" not in ann.get(PAGE).text:
            time.sleep(0.05)
    assert "adjusted itself" in deeds(hood)


@pytest.mark.parametrize("hood", [{"checked": False}], indirect=True)
def test_f29_one_that_fails_is_kept_said_and_nothing_is_weighed(hood: Hood, monkeypatch: pytest.MonkeyPatch) -> None:
    ann = adjusting(hood, monkeypatch, 2.0)
    hood.station.fault("F29")
    post(hood, ann, "do", word="ADJUST")
    ends(ann)
    with patience() as may_wait:
        while may_wait() and "adjustment FAILED" not in deeds(hood):
            time.sleep(0.05)
    assert (
        "The adjustment failed. The balance must pass a check. Empty the pan, then ADJUST NOW again."
        in ann.get(PAGE).text
    )
    lie(monkeypatch, "20.00")
    assert post(hood, ann, "weigh").status_code == 422


@pytest.mark.parametrize("hood", [{"checked": False}], indirect=True)
def test_f29_ann_stops_it_and_it_has_to_be_done_anew(hood: Hood, monkeypatch: pytest.MonkeyPatch) -> None:
    ann = adjusting(hood, monkeypatch, 6000.0)
    post(hood, ann, "do", word="ADJUST")
    with patience() as may_wait:
        while may_wait() and "C3" not in hood.station.commands:
            time.sleep(0.05)
    assert post(hood, ann, "do", word="STOP").get_json()["verdict"]["word"] == "STOPPED"
    ends(ann)
    assert "adjusted itself" not in deeds(hood)
    assert post(hood, ann, "do", word="STOP").status_code == 422
    assert "warms up" not in ann.get(PAGE).text


@pytest.mark.parametrize("hood", [{"checked": False}], indirect=True)
def test_f28_nothing_is_adjusted_with_something_on_the_pan(hood: Hood, monkeypatch: pytest.MonkeyPatch) -> None:
    ann = adjusting(hood, monkeypatch, 2.0)
    hood.station.put("50")
    with patience() as may_wait:
        while may_wait() and ann.get(f"{PAGE}/live").get_json()["value"] != "50.00":
            time.sleep(0.05)
    refused = post(hood, ann, "do", word="ADJUST").get_json()["verdict"]
    assert refused["says"] == "Take everything off the pan first."
    assert "C3" not in hood.station.commands
