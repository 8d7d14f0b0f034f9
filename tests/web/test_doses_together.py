"""Several doses of one order made together: planned by a pharmacist, each a preparation of its own (R30, R50)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal as D

import pytest
from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import IntegrityError

from app import clock
from app.desk.orders import link_of
from app.desk.queue import Waiting, in_order
from app.dispatch import Ask
from app.interfaces import batches, doses
from app.interfaces.tables import dose_made, ordered
from app.labelling import every_final, trial
from tests.people.cast import PAM
from tests.web.bench import Making, Seeded
from tests.web.conftest import Pharmacy
from tests.web.desk import at_desk, form_of, loaded, state
from tests.web.test_by_volume import page_of
from tests.workflows.example import RECIPE
from workflows import commands as asked
from workflows.order import PatientText

NINE = datetime(2026, 3, 6, 9, tzinfo=UTC)
FOUR_DAYS = replace(RECIPE, stability_h=D(90), storage="2 to 8 °C")
DAILY = {"||ONCE&Once&HL70335|": "||QD|", "|30^min|1": "|30^min|5", "|N|1|BAG^": "|N|5|BAG^"}


@pytest.fixture(autouse=True)
def offered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have doses made together, which this release does not offer."""
    monkeypatch.setattr(batches, "OFFERED", True)


@pytest.fixture
def five(pharmacy: Pharmacy) -> Making:
    """An order for five days, a dose a day; the recipe keeps a dose for ninety hours."""
    return Seeded(pharmacy.house, recipe=FOUR_DAYS).begin(**DAILY)


def together(pharmacy: Pharmacy, five: Making, count: int) -> tuple[Making, ...]:
    """Pam has so many made together, on the order's page."""
    desk, page = at_desk(pharmacy), page_of(five)
    answer = desk.post(f"{page}/together", data={**form_of(desk.get(page).text, "/together"), "count": str(count)})
    assert answer.status_code == 303, answer.text
    return of_order(pharmacy, five)


def of_order(pharmacy: Pharmacy, five: Making) -> tuple[Making, ...]:
    with pharmacy.house.store.reading() as conn:
        made = doses.made_of(conn, key_of(conn))
    return tuple(Making(five.seeded, one.preparation, five.seeded.started + timedelta(minutes=1)) for one in made)


def key_of(conn: Connection) -> str:
    return str(conn.execute(select(ordered.c.key)).scalar_one())


def test_r30_as_many_doses_are_offered_as_the_recipe_keeps_them_and_each_is_opened_by_itself(
    pharmacy: Pharmacy, five: Making
) -> None:
    page = at_desk(pharmacy).get(page_of(five)).text
    assert "Doses 1 to 4 of 5 may be made now." in page
    assert "stable for 90 h at 2 to 8 °C, from when each is begun" in page
    made = together(pharmacy, five, 3)
    first = five.p.order.due_at
    assert [(one.p.order.dose_no, one.p.order.due_at - first, one.p.order.doses_total) for one in made] == [
        (number, timedelta(days=number - 1), 5) for number in (1, 2, 3)
    ]
    assert {one.p.planned for one in made} == {five.p.planned}
    assert state(pharmacy, five.id) == "aborted"
    assert [state(pharmacy, one.id) for one in made] == ["ordered"] * 3
    with pharmacy.house.store.reading() as conn:
        assert {one.batch for one in doses.made_of(conn, key_of(conn))} != {""}


def test_r52_each_dose_is_verified_by_itself_and_the_page_goes_on_to_the_next(pharmacy: Pharmacy, five: Making) -> None:
    made = together(pharmacy, five, 2)
    desk, page = at_desk(pharmacy), page_of(made[0])
    assert "Verify: cyclophosphamide 970 mg, dose 1 of 5" in desk.get(page).text.replace("\u00a0", " ")
    made[0].do(made[0].sign("order verified"), PAM)
    assert [state(pharmacy, one.id) for one in made] == ["ready", "ordered"]
    shown = desk.get(page).text
    assert 'id="verify"' in shown
    assert form_of(shown, "/verify")["over"] == made[1].p.digest


def test_r50_lists_screen_and_label_say_which_dose_it_is(pharmacy: Pharmacy, five: Making) -> None:
    _, second = together(pharmacy, five, 2)
    p = second.p
    said = every_final(
        p.order, p.recipe, PatientText("1", "", "Example", "Marta", None), pharmacy.house.settings,
        trial(p.planned, p.recipe, second.at, "Ann"),
    )  # fmt: skip
    assert said["cycle_day"] == "Cycle 3, day 2, dose 2 of 5"
    assert "dose 2 of 5" in at_desk(pharmacy).get("/board").text


def test_no_dose_beyond_the_order_none_twice_and_none_past_its_stability(pharmacy: Pharmacy, five: Making) -> None:
    desk, page = at_desk(pharmacy), page_of(five)
    form = form_of(desk.get(page).text, "/together")
    for count in ("0", "1", "5", "6", "900", "-2", ""):
        assert desk.post(f"{page}/together", data={**form, "count": count}).status_code == 422
    assert state(pharmacy, five.id) == "ordered"
    made = together(pharmacy, five, 4)
    assert desk.post(f"{page}/together", data={**form, "count": "2"}).status_code == 422  # of the order as it was read
    assert len(of_order(pharmacy, five)) == 4
    with pharmacy.house.store.reading() as conn:
        row = dict(conn.execute(select(dose_made).where(dose_made.c.dose_no == 4)).mappings().one())
    for wrong in ({"preparation": "SECOND", "dose_no": 4}, {"preparation": "SIXTH", "dose_no": 6}, {"dose_no": 5}):
        other = {**row, "seq": 99, **wrong}
        with pytest.raises(IntegrityError):
            pharmacy.house.store.write(lambda conn, one=other: conn.execute(insert(dose_made).values(one)))
    assert made[3].p.order.dose_no == 4


def test_r27_a_dose_that_is_discarded_is_opened_anew_and_leaves_the_others(pharmacy: Pharmacy, five: Making) -> None:
    made = together(pharmacy, five, 3)
    made[1].do(made[1].sign("order verified"), PAM)
    abort = asked.Abort("integrity or particulates", "the bag leaks at its port")
    one, pam = made[1], made[1].who(PAM)
    asks = Ask(clock.new_command_id(), one.id, abort, pam, expected_version=one.p.version)
    assert pharmacy.house.dispatcher.do(asks).kind == "accepted"
    now = of_order(pharmacy, five)
    assert [one.id for one in now][::2] == [made[0].id, made[2].id]
    assert (now[1].p.replaces, now[1].p.order.dose_no) == (made[1].id, 2)
    assert [state(pharmacy, one.id) for one in (*made, now[1])] == ["ordered", "aborted", "ordered", "ordered"]


def test_an_order_that_is_cancelled_or_changed_stops_every_dose(pharmacy: Pharmacy, five: Making) -> None:
    made = together(pharmacy, five, 3)
    made[2].until_claimed()
    changed = {**DAILY, "|970|": "|960|", "ORC|NW|": "ORC|XO|", "DEMO000001": "LATER"}
    five.seeded.receive(five.seeded.message(0, **changed))
    assert [loaded(pharmacy, one.id).order_state for one in made] == ["changed"] * 3
    assert [state(pharmacy, one.id) for one in made] == ["aborted", "aborted", "paused"]
    now = of_order(pharmacy, five)
    assert [(one.p.order.dose_no, one.p.order.dose) for one in now] == [(1, D(960)), (2, D(960)), (3, D(970))]
    five.seeded.receive(
        five.seeded.message(0, **{**changed, "ORC|XO|": "ORC|CA|", "ORC|NW|": "ORC|CA|", "LATER": "LAST"})
    )
    assert [loaded(pharmacy, one.id).order_state for one in now] == ["cancelled"] * 3
    assert [state(pharmacy, one.id) for one in now] == ["aborted", "aborted", "paused"]
    assert [one.id for one in of_order(pharmacy, five)] == [one.id for one in now]


def test_what_somebody_has_taken_is_not_planned_anew(pharmacy: Pharmacy, five: Making) -> None:
    five.until_claimed()
    page = at_desk(pharmacy).get(page_of(five)).text
    assert "Make doses together" not in page


def test_r26_doses_made_together_stand_together_in_the_queue_each_on_a_line_of_its_own() -> None:
    def waits(name: str, due: int, together: str = "", *, stat: bool = False) -> Waiting:
        of = ("bag", "release", "", (), NINE)
        return Waiting(name, "S", 9, stat, NINE + timedelta(hours=due), "", "drug", "1 mg", *of, together)

    found = [
        waits("c", 30, "T"),
        waits("other", 10),
        waits("a", 6, "T"),
        waits("stat", 40, stat=True),
        waits("b", 18, "T"),
    ]
    assert [one.preparation for one in in_order(found)] == ["stat", "a", "b", "c", "other"]


def test_r30_no_doses_are_made_together_in_this_release(
    pharmacy: Pharmacy, five: Making, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "OFFERED", False)
    with pharmacy.house.store.reading() as conn:
        link = link_of(key_of(conn))
    page = at_desk(pharmacy).get(f"/orders/{link}")
    assert (page.status_code, "Make doses together" in page.text) == (200, False)
    assert five.p.outcome == ""
