"""The situation board: what is where, late or soon, at which station (SCREENS 12)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from app.clock import now
from app.desk.board import Board, board
from tests.people.cast import ANN, PAM, UNA
from tests.web.bench import Seeded
from tests.web.conftest import Pharmacy
from tests.web.desk import at_desk
from workflows import commands as asked

JSON = {"Accept": "application/json"}


def seen(pharmacy: Pharmacy, later: timedelta = timedelta(0)) -> Board:
    settings = pharmacy.house.settings
    with pharmacy.house.store.reading() as conn:
        return board(conn, settings.site, sorted(settings.stations), now() + later, settings.training_reminder)


def where(found: Board) -> dict[str, list[str]]:
    return {name: [line.preparation for line in lines] for name, _, lines in found.places if lines}


def test_each_preparation_stands_where_it_is_and_leaves_the_board_with_its_dose(pharmacy: Pharmacy) -> None:
    seeded = Seeded(pharmacy.house)
    ordered = seeded.order("DEMO2001")
    closed = seeded.begin("DEMO2004").until_closed()
    checked = seeded.begin("DEMO2002").until_check()
    stopped = seeded.begin("DEMO2003").until_staged()
    stopped.ask(asked.Pause("equipment", "the lamp flickers"))
    found = seen(pharmacy)
    assert where(found) == {"verify": [ordered], "check": [checked.id], "stopped": [stopped.id]}
    assert found.open == 3
    hood = next(one for one in found.stations if one.station == "HOOD-1")
    assert {line.preparation for line in hood.lines} == {checked.id, stopped.id}
    assert {line.technician for line in hood.lines} == {"Ann T."}
    assert closed.id not in at_desk(pharmacy).get("/board").text
    checked.do(checked.sign("approved for release"), PAM)
    assert where(seen(pharmacy))["leaves"] == [checked.id]


def test_soon_and_late_are_said_by_when_it_is_needed_and_stat_stands_first(pharmacy: Pharmacy) -> None:
    seeded = Seeded(pharmacy.house)
    routine = seeded.order("DEMO2001")
    urgent = seeded.order("DEMO2002", **{"R^Routine": "S^Stat"})
    due = seen(pharmacy).places[-1][2][0].due
    assert due is not None
    left = due - now()
    for later, said in ((-timedelta(minutes=31), ""), (-timedelta(minutes=29), "soon"), (timedelta(minutes=1), "late")):
        found = seen(pharmacy, left + later)
        assert [(line.preparation, line.urgency) for line in found.places[-1][2]] == [(urgent, said), (routine, said)]
        assert found.late == (2 if said == "late" else 0)


def test_no_patient_is_on_the_board(pharmacy: Pharmacy) -> None:
    made = Seeded(pharmacy.house).begin().until_check(near_miss=True)
    page = at_desk(pharmacy).get("/board").text
    assert "near miss" in page
    assert made.p.patient not in page
    assert "Example" not in page


def test_the_page_that_asks_again_hears_of_a_change_and_of_nothing_else(pharmacy: Pharmacy) -> None:
    seeded, client = Seeded(pharmacy.house), at_desk(pharmacy, UNA)
    made = seeded.begin().until_check()
    first: Any = client.get("/board/part")
    again = {"If-None-Match": first.headers["ETag"]}
    assert made.id in first.json["html"]
    assert client.get("/board/part", headers=again).status_code == 304
    made.ask(asked.Pause("pharmacist hold", "Photograph the bag again"), PAM)
    assert client.get("/board/part", headers=again).status_code == 200
    assert at_desk(pharmacy, ANN).get("/board").status_code == 403
