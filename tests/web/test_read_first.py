"""What Pam reads first: the gravest thing on top, pictures that were taken again as one line, the readings behind a number."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from app.desk.read_first import AT_ONCE, to_read
from app.desk.story import Mark, Told
from app.web.station.panels import WORN, _worn
from tests.web.bench import Making
from tests.web.conftest import Pharmacy
from tests.web.test_review import at_desk
from tests.workflows.example import scan
from workflows import commands as asked
from workflows.evidence import LabelCode
from workflows.recipe import DEFAULT_POLICY

NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)


def line(minute: int, where: str, *codes: str, mark: Mark = "near miss") -> Told:
    title = f"Near miss at {where}" if mark == "near miss" else where
    return Told(
        minute, NINE + timedelta(minutes=minute), "Ann T.", "", "HOOD-1", "Rejected", title, mark=mark, codes=codes
    )


def test_ten_blurred_pictures_are_one_line_below_the_wrong_strength() -> None:
    blurred = [line(number, "staged ingredients", "POOR_PHOTO") for number in range(9)]
    lines = (
        *blurred,
        line(9, "finished bag", "SAME_PHOTO"),
        line(10, "Taken back: vial A", mark="taken back"),
        line(11, "the cabinet", "WRONG_KIND"),
        line(12, "syringe 1 filled", "TOO_MUCH"),
        line(13, "vial B", "WRONG_STRENGTH"),
    )
    read = to_read(lines)
    assert [one.version for one in read] == [13, 12, 11, 10, 9]
    assert (read[-1].mark, read[-1].title) == ("retaken", "Photo taken again 10 ×")
    assert read[-1].details == ("staged ingredients 9 ×, finished bag 1 ×",)


def test_a_picture_that_also_broke_another_rule_is_not_folded_away() -> None:
    found = to_read((line(1, "staged ingredients", "POOR_PHOTO", "RULE_FAILED"),))
    assert found[0].mark == "near miss"


def test_a_long_list_leaves_the_table_in_sight(pharmacy: Pharmacy, checked: Making) -> None:
    made = checked
    page = at_desk(pharmacy).get(f"/review/{made.id}").text
    assert page.count("<li>") >= 1
    assert "Show all" not in page
    assert AT_ONCE < 6


def test_r2_each_weighed_line_shows_both_readings_with_balance_and_time(pharmacy: Pharmacy, checked: Making) -> None:
    client = at_desk(pharmacy)
    page = client.get(f"/review/{checked.id}").text
    row = page[page.index(">syringe 1</th>") :][:900]
    assert "before 18.42 g at " in row
    assert "after 42.97 g at " in row
    assert row.count("balance B123456789") == 2
    body = client.get(f"/review/{checked.id}", headers={"Accept": "application/json"}).json
    drug = next(one["line"]["found"] for one in body["rows"] if one["line"]["what"] == "drug")
    assert drug.startswith("cyclophosphamide")
    assert drug.endswith("10019-955-50 × 2")


def test_r35_what_is_put_on_over_something_comes_after_it_and_each_has_its_own_picture() -> None:
    order = DEFAULT_POLICY.ppe
    hair, gown = order.index("hair cover"), order.index("gown")
    inner, outer = order.index("inner chemotherapy gloves"), order.index("outer sterile chemotherapy gloves")
    assert hair < inner < gown < outer
    assert {_worn(item) for item in order} == set(WORN.values()) - {"eyes"}
    assert _worn("apron") == "hand"


def test_q15_steps_faster_than_hands_stand_before_the_pharmacist(pharmacy: Pharmacy, checked: Making) -> None:
    page = at_desk(pharmacy).get(f"/review/{checked.id}").text
    assert "faster than hands can do them" not in page
    hurried = replace(checked, step=timedelta(milliseconds=100))
    for _ in ("the last photo", "the label"):
        assert hurried.ask(asked.Back("smeared")).kind == "accepted"
    hurried.do(scan(LabelCode("final", checked.id, 1, checked.id, False)))
    hurried.do(hurried.shoot("final again"))
    page = at_desk(pharmacy).get(f"/review/{checked.id}").text
    assert "2 steps in 0.1 s: faster than hands can do them" in page
