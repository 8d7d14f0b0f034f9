"""The lines of a claim: on the record's page, as CSV of one preparation, and as rows of an export (R58)."""

from __future__ import annotations

import io
import json
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.catalogue import load
from app.catalogue.billing import load_codes
from app.catalogue.tables import billing_code, package
from app.export.wanted import Wanted
from app.record import log
from tests.export.asking import bytes_of, csv_rows
from tests.export.conftest import Kept
from tests.people.cast import ANN, UNA
from tests.web.bench import Making
from tests.web.conftest import Pharmacy
from tests.web.desk import at_desk

CYCLO = "10019-0955-50"
CLAIM = [("J9075", "", "194", "970", CYCLO), ("J9075", "JW", "6", "30", CYCLO)]
HEAD = "ndc,hcpcs,hcpcs_unit_mg,hcpcs_from,hcpcs_until\n"


@pytest.fixture
def stocked(pharmacy: Pharmacy) -> Pharmacy:
    """The shipped formulary on the shelf, unconfirmed."""
    with (load.SEED / "formulary.csv").open(encoding="utf-8") as file:
        text = file.read()
    pharmacy.house.store.write(lambda conn: load.load_formulary(conn, io.StringIO(text)))
    return pharmacy


def lines(content: bytes) -> list[tuple[str, ...]]:
    return [tuple(row[name] for name in ("hcpcs", "modifier", "units", "mg", "ndc")) for row in csv_rows(content)]


def test_r58_the_record_of_what_was_released_shows_its_lines_with_their_formula(
    stocked: Pharmacy, closed: Making
) -> None:
    una = at_desk(stocked, UNA)
    page = una.get(f"/record/{closed.id}").text
    assert "J9075 × 194" in page
    assert "J9075 JW × 6" in page
    assert "least-waste vials 500 + 500 mg: 200 whole units − 194 given is 6" in page
    assert page.count("UNCONFIRMED</span>") == 2
    shown = json.loads(una.get(f"/record/{closed.id}", headers={"Accept": "application/json"}).text)
    assert [(one["code"], one["modifier"], one["units"]) for one in shown["billing"]] == [
        ("J9075", "", 194),
        ("J9075", "JW", 6),
    ]


def test_r58_one_preparation_s_lines_go_as_csv_and_the_taking_is_recorded(stocked: Pharmacy, closed: Making) -> None:
    answer = at_desk(stocked, UNA).get(f"/record/{closed.id}/billing.csv")
    assert answer.status_code == 200
    assert lines(answer.data) == CLAIM
    assert {row["code_status"] for row in csv_rows(answer.data)} == {"UNCONFIRMED"}
    with stocked.house.store.reading() as conn:
        last = list(log.load(conn, f"site/{stocked.house.settings.site}"))[-1]
    assert (last.data["format"], last.data["rows"], last.data["rows_are"]) == ("billing csv", 2, "billing")


def test_r58_an_export_has_a_row_a_line_of_what_was_released_and_nothing_else(
    stocked: Pharmacy, closed: Making, kept: Kept
) -> None:
    rows = csv_rows(bytes_of(stocked, Wanted("csv", "billing")))
    assert {row["preparation"] for row in rows} == {closed.id}
    assert [tuple(row[name] for name in ("hcpcs", "modifier", "units", "mg", "ndc")) for row in rows] == CLAIM
    assert {row["service"] for row in rows} == {
        closed.p.order.due_at.astimezone(stocked.house.settings.zone).date().isoformat()
    }


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [("single_dose", "", "not recorded"), ("ndc", "", "No line."), ("", "", "J9075 × 194")],
)
def test_r58_a_blank_single_dose_flag_blocks_the_line_in_words(
    stocked: Pharmacy, closed: Making, column: str, value: str, says: str
) -> None:
    if column == "single_dose":
        stocked.house.store.write(lambda conn: conn.execute(package.update().values({column: value})))
    elif column:
        stocked.house.store.write(lambda conn: conn.execute(billing_code.delete()))
    assert says in at_desk(stocked, UNA).get(f"/record/{closed.id}").text
    if column == "single_dose":
        (row,) = csv_rows(bytes_of(stocked, Wanted("csv", "billing")))
        assert (row["hcpcs"], says in row["not_billed"]) == ("", True)


def test_r58_nothing_is_billed_before_release(stocked: Pharmacy, waiting: Making) -> None:
    una = at_desk(stocked, UNA)
    assert 'id="billing"' not in una.get(f"/record/{waiting.id}").text
    assert una.get(f"/record/{waiting.id}/billing.csv").status_code == 404


def test_r58_a_technician_takes_no_claim_away(stocked: Pharmacy, closed: Making) -> None:
    assert at_desk(stocked, ANN).get(f"/record/{closed.id}/billing.csv").status_code == 403


def codes(pharmacy: Pharmacy) -> list[tuple[str, str, Decimal, str, str]]:
    with pharmacy.house.store.reading() as conn:
        rows = conn.execute(select(billing_code).order_by(billing_code.c.ndc, billing_code.c.first_day)).all()
    return [(row.ndc, row.code, Decimal(row.unit_mg), row.first_day, row.last_day) for row in rows]


def taken(pharmacy: Pharmacy, text: str) -> tuple[str, ...]:
    return pharmacy.house.store.write(lambda conn: load_codes(conn, io.StringIO(text)))


def test_r58_codes_come_with_their_days_and_a_file_replaces_those_of_its_packages(pharmacy: Pharmacy) -> None:
    rows = "0093-7474-89,J8521,500,,2024-09-30\n0093-7474-89,J8522,50,2024-10-01,\n10019-955-50,J9075,5,,\n"
    assert taken(pharmacy, HEAD + rows) == ()
    assert taken(pharmacy, HEAD + "0093-7474-89,J8522,50,2024-10-01,\n") == ()
    assert codes(pharmacy) == [
        ("00093-7474-89", "J8522", Decimal(50), "2024-10-01", ""),
        (CYCLO, "J9075", Decimal(5), "", ""),
    ]
    assert taken(pharmacy, "ndc,name\n10019-955-50,x\n") == ()
    assert len(codes(pharmacy)) == 2


NO_CODES = (
    ("10019-955-50,9075,5,,", "no HCPCS code"),
    ("10019-955-50,J9075,0,,", "billing unit"),
    ("10019-955-50,J9075,,,", "billing unit"),
    ("10019-955-50,J9075,5,October,", "no day"),
)


def test_r58_a_code_that_is_none_is_left_out_and_named(pharmacy: Pharmacy) -> None:
    for row, says in NO_CODES:
        (left,) = taken(pharmacy, HEAD + row + "\n")
        assert says in left, row
        assert codes(pharmacy) == []
