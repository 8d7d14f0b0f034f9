"""The four tables in three formats: what stands in them, what no cell may do, and how little is held in memory."""

from __future__ import annotations

import io
import sys
import weakref
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import openpyxl
import pyarrow.parquet
import pytest

from app.desk.records import Filter
from app.export import cells, parquet_file, run, xlsx_file
from app.export.cells import About, Row, columns
from app.export.csv_file import CsvFile
from app.export.run import Made, NotMade
from app.export.tables import TABLES
from app.export.wanted import Wanted
from tests.export.asking import ask, bytes_of, csv_rows
from tests.export.conftest import Kept
from tests.web.bench import Making
from tests.web.conftest import Pharmacy
from workflows import commands as asked

ABOUT = About("test/1", "everything", "pseudonym", ZoneInfo("America/Chicago"), "MAIN", "vialtrace 0", 7, demo=False)


def test_r48_one_row_a_preparation_says_what_was_made_by_whom_and_how_well(
    pharmacy: Pharmacy, closed: Making, waiting: Making, kept: Kept
) -> None:
    rows = csv_rows(bytes_of(pharmacy, Wanted("csv", patients="named")))
    assert [row["preparation"] for row in rows] == sorted(
        (closed.id, waiting.id, kept.ordered), key=lambda one: (due(pharmacy, one), one)
    )
    row = next(row for row in rows if row["preparation"] == closed.id)
    assert {name: row[name] for name in SAID} == SAID
    assert datetime.fromisoformat(row["released"]).utcoffset() == timedelta(hours=-6)
    assert datetime.fromisoformat(row["released"]) > datetime.fromisoformat(row["compounding_began"])
    assert row["digest"] == closed.p.digest
    other = next(row for row in rows if row["preparation"] == waiting.id)
    assert (other["outcome"], other["values_changed"], other["released"]) == ("open", "1", "")
    fresh = next(row for row in rows if row["preparation"] == kept.ordered)
    assert (fresh["state"], fresh["found_mg"], fresh["technician"]) == ("ordered", "", "")


SAID = {
    "order": "DEMO1001",
    "patient": "Example, Marta Jean",
    "patient_number": "MRN 90000101",
    "drug": "cyclophosphamide",
    "ordered_mg": "970",
    "found_mg": "968.5",
    "deviation_percent": "-0.16",
    "base": "dextrose 5 %",
    "outcome": "released",
    "state": "closed",
    "station": "HOOD-1",
    "technician": "Ann T.",
    "verified_by": "Pam Q.",
    "approved_by": "Pam Q.",
    "near_misses": "1",
    "values_changed": "1",
    "kept_mg": "0",
    "brought_in_mg": "1000",
    "scanned_codes": "12",
    "typed_codes": "0",
    "schema": "vialtrace-preparations/3",
    "filter": "everything",
    "patients": "named",
    "time zone": "America/Chicago",
    "software": "vialtrace 0.1.0",
}


def due(pharmacy: Pharmacy, preparation: str) -> datetime:
    from app.record import views

    with pharmacy.house.store.reading() as conn:
        row = views.get_preparation(conn, preparation)
    assert row is not None
    assert row.due is not None
    return row.due


def test_r53_one_row_an_event_with_both_values_of_a_correction(pharmacy: Pharmacy, closed: Making) -> None:
    rows = csv_rows(bytes_of(pharmacy, Wanted("csv", "events", Filter(status="closed"))))
    assert [row["event"] for row in rows if row["event"]] == [str(n) for n in range(1, closed.p.version + 1)]
    assert [row["digest"] for row in rows if row["event"]][-1] == closed.p.digest
    corrected = next(row for row in rows if row["kind"] == "Corrected")
    assert (corrected["old_value"], corrected["new_value"], corrected["corrects_event"]) == (
        "BSC-2",
        "BSC-2, left side",
        "5",
    )
    assert rows[4]["corrected_by"] == corrected["event"]
    refused = next(row for row in rows if row["mark"] == "refused")
    assert (refused["event"], refused["codes"], refused["who"]) == ("", "CLOSED", "Ann T.")
    assert {row["filter"] for row in rows} == {"state closed"}


def test_one_row_an_ingredient_and_one_a_weighing_raw_and_parsed(pharmacy: Pharmacy, closed: Making) -> None:
    only = Filter(status="closed")
    rows = csv_rows(bytes_of(pharmacy, Wanted("csv", "ingredients", only)))
    assert [(row["as"], row["lot"], row["fate"]) for row in rows if row["as"] != "device"] == [
        ("drug", "AB123", "used, rest wasted"),
        ("drug", "AB123", "used, rest wasted"),
        ("diluent", "N1", "used, rest wasted"),
        ("base", "D2207", "dispensed"),
    ]
    first = rows[0]
    assert (first["maker"], first["ndc"], first["expiry"], first["labelled_mg"], first["identified"]) == (
        "Baxter",
        "10019-955-50",
        "2027-03-31",
        "500",
        "serial",
    )
    weighed = csv_rows(bytes_of(pharmacy, Wanted("csv", "weighings", only)))
    assert [(row["slot"], row["g"], row["verdict"]) for row in weighed if row["slot"].startswith("bag")] == [
        ("bag-before", "287.60", "accepted"),
        ("bag-after", "336.30", "accepted"),
    ]


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_text_runs_in_a_spreadsheet(cell: str) -> None:
    out = io.BytesIO()
    file = CsvFile(out, columns("what", "plain", "g:number"), ABOUT)
    file.add(Row((cell, "plain", Decimal("-0.16"))))
    (row,) = csv_rows(out.getvalue())
    assert (row["what"], row["plain"]) == (f"'{cell}", "plain")
    assert row["g"] == "-0.16", "a number is no text: it stays a number"


def test_a_note_that_looks_like_a_formula_is_text_in_every_format(pharmacy: Pharmacy, waiting: Making) -> None:
    waiting.ask(asked.Call('=HYPERLINK("x")'))
    only = Filter(status="awaiting-check")
    (row,) = (row for row in csv_rows(bytes_of(pharmacy, Wanted("csv", "events", only))) if row["mark"] == "called")
    assert row["details"] == '\'=HYPERLINK("x")'
    book = openpyxl.load_workbook(io.BytesIO(bytes_of(pharmacy, Wanted("xlsx", "events", only))))
    cells = [cell for line in book["rows"].iter_rows() for cell in line]
    (found,) = (cell for cell in cells if cell.value == '=HYPERLINK("x")')
    assert found.data_type == "s"
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}
    assert all(cell.hyperlink is None for cell in cells)


def test_an_excel_file_has_real_numbers_times_and_texts(pharmacy: Pharmacy, closed: Making) -> None:
    book = openpyxl.load_workbook(io.BytesIO(bytes_of(pharmacy, Wanted("xlsx", filter=Filter(status="closed")))))
    names, values = (list(line) for line in book["rows"].iter_rows(values_only=True))
    row = dict(zip(names, values, strict=True))
    assert (row["found_mg"], row["deviation_percent"], row["near_misses"]) == (968.5, -0.16, 1)
    began = closed.p.started_at
    assert began is not None
    local = began.astimezone(pharmacy.house.settings.zone).replace(tzinfo=None)
    assert abs(row["compounding_began (America/Chicago)"] - local) < timedelta(milliseconds=1)
    assert row["order"] == "DEMO1001"
    said = dict(book["about"].iter_rows(values_only=True))
    assert (said["schema"], said["filter"], said["time zone"], said["software"], said["demo"]) == (
        "vialtrace-preparations/3",
        "state closed",
        "America/Chicago",
        pharmacy.house.settings.software,
        "NOT FOR CLINICAL USE",
    )
    lots = openpyxl.load_workbook(io.BytesIO(bytes_of(pharmacy, Wanted("xlsx", "ingredients"))))["rows"]
    ndc = [line[6] for line in lots.iter_rows(values_only=True)]
    assert "10019-955-50" in ndc


def test_too_many_rows_for_excel_is_a_sentence_and_nothing_is_recorded(
    pharmacy: Pharmacy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlsx_file, "MOST_ROWS", 2)
    before = head(pharmacy)
    refused = ask(pharmacy, Wanted("xlsx"))
    assert isinstance(refused, NotMade)
    assert "at most 2 rows" in refused.says
    assert "CSV or Parquet" in refused.says
    assert head(pharmacy) == before
    monkeypatch.setattr(xlsx_file, "MOST_ROWS", 3)
    assert bytes_of(pharmacy, Wanted("xlsx"))


def head(pharmacy: Pharmacy) -> int:
    from app.record import log

    with pharmacy.house.store.reading() as conn:
        return log.head_of(conn, pharmacy.house.settings.site)[0]


def test_parquet_keeps_types_and_says_what_it_is(pharmacy: Pharmacy, closed: Making) -> None:
    content = bytes_of(pharmacy, Wanted("parquet", filter=Filter(status="closed")))
    table = pyarrow.parquet.read_table(io.BytesIO(content))
    (row,) = table.to_pylist()
    assert (row["found_mg"], row["deviation_percent"]) == (Decimal("968.5"), Decimal("-0.16"))
    assert row["compounding_began"] == closed.p.started_at
    said = {key.decode(): value.decode() for key, value in table.schema.metadata.items()}
    assert (said["schema"], said["patients"]) == ("vialtrace-preparations/3", "pseudonym")
    lots = pyarrow.parquet.read_table(io.BytesIO(bytes_of(pharmacy, Wanted("parquet", "ingredients"))))
    assert date(2027, 3, 31) in lots["expiry"].to_pylist()


def test_without_pyarrow_parquet_is_a_sentence_and_csv_goes_on(
    pharmacy: Pharmacy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    refused = ask(pharmacy, Wanted("parquet"))
    assert isinstance(refused, NotMade)
    assert "pip install 'vialtrace[analytics]'" in refused.says
    assert bytes_of(pharmacy, Wanted("csv"))


@pytest.mark.parametrize("format", ["csv", "xlsx", "parquet", "fhir"])
def test_the_same_question_gives_the_same_bytes(pharmacy: Pharmacy, format: str) -> None:
    wanted = Wanted(format, "events", Filter(status="closed"))  # type: ignore[arg-type]  # one of the formats
    one, two = ask(pharmacy, wanted), ask(pharmacy, wanted)
    assert isinstance(one, Made)
    assert isinstance(two, Made)
    assert b"".join(one.parts()) == b"".join(two.parts())
    assert one.sha256 == two.sha256


def test_filters_by_period_drug_station_and_outcome(pharmacy: Pharmacy, closed: Making, waiting: Making) -> None:
    def found(**wanted: object) -> set[str]:
        return {row["preparation"] for row in csv_rows(bytes_of(pharmacy, Wanted("csv", filter=Filter(**wanted))))}  # type: ignore[arg-type]  # as the filter has them

    day = closed.p.order.due_at.astimezone(pharmacy.house.settings.zone).date()
    assert closed.id in found(first=day, last=day)
    assert found(first=day + timedelta(days=2)) == set()
    assert found(last=day - timedelta(days=2)) == set()
    assert {closed.id, waiting.id} <= found(drug="CYCLO")
    assert found(drug="pacli") == set()
    assert found(station="HOOD-1") == {closed.id, waiting.id}
    assert found(station="HOOD-2") == set()
    assert found(outcome="released") == {closed.id}
    assert closed.id not in found(outcome="open")


class Counted:
    """Counts how many preparations and rows are alive at once."""

    def __init__(self) -> None:
        self.alive = self.most = 0

    def born(self, one: object) -> None:
        self.alive += 1
        self.most = max(self.most, self.alive)
        weakref.finalize(one, self.gone)

    def gone(self) -> None:
        self.alive -= 1


@pytest.mark.parametrize(("format", "rows_held"), [("csv", 2), ("xlsx", 2), ("parquet", 6), ("fhir", 0)])
def test_memory_stays_flat_however_many_preparations_there_are(
    pharmacy: Pharmacy, closed: Making, monkeypatch: pytest.MonkeyPatch, format: str, rows_held: int
) -> None:
    """Twelve preparations of 45 events go by; never more than two of them, and no more rows than a batch, are held."""
    opened, rows, load = Counted(), Counted(), run.load
    monkeypatch.setattr(parquet_file, "BATCH", 5)
    monkeypatch.setattr(run, "NOTED", 4)
    monkeypatch.setattr(run.records, "ids", twelve(closed.id))

    def loading(*given: object) -> object:
        found = load(*given)  # type: ignore[arg-type]  # handed on
        opened.born(found)
        return found

    def counting(row: Row, given: tuple[cells.Cell, ...]) -> None:
        object.__setattr__(row, "cells", given)
        rows.born(row)

    monkeypatch.setattr(run, "load", loading)
    monkeypatch.setattr(Row, "__init__", counting)
    made = ask(pharmacy, Wanted(format, "events"))  # type: ignore[arg-type]  # one of the formats
    assert isinstance(made, Made)
    made.file.close()
    assert (made.preparations, made.rows >= 12 * 45) == (12, True)
    assert 1 <= opened.most <= 2
    assert rows.most <= rows_held


def twelve(id: str) -> object:
    """A walk that finds the same preparation twelve times, in chunks."""
    from app.desk.records import START, Place

    places = [Place(f"{number:02d}", id) for number in range(1, 13)]

    def ids(*given: object) -> tuple[Place, ...]:
        after, most = given[4], given[5]
        assert isinstance(after, Place)
        assert isinstance(most, int)
        begun = 0 if after == START else places.index(after) + 1
        return tuple(places[begun : begun + most])

    return ids


def test_a_walk_in_small_chunks_meets_each_preparation_once(
    pharmacy: Pharmacy, closed: Making, waiting: Making, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "NOTED", 1)
    rows = csv_rows(bytes_of(pharmacy, Wanted("csv")))
    assert sorted(row["preparation"] for row in rows) == sorted((closed.id, waiting.id, kept.ordered))


def test_every_row_has_a_cell_for_every_column(pharmacy: Pharmacy, closed: Making) -> None:
    from app.desk.opened import load
    from app.desk.patients import NOBODY
    from app.export.cases import Case
    from app.export.pseudonyms import Pseudonyms

    with pharmacy.house.store.reading() as conn:
        opened = load(conn, "MAIN", closed.id, lambda _: NOBODY)
    assert opened is not None
    kinds = {"text": str, "whole": int, "number": Decimal, "time": datetime, "day": date}
    for table in TABLES.values():
        for row in table.rows(Case(opened, "P", "", "pseudonym", Pseudonyms(b"k"))):
            assert len(row.cells) == len(table.columns)
            for cell, column in zip(row.cells, table.columns, strict=True):
                assert cell is None or isinstance(cell, kinds[column.kind]), (column, cell)


def test_a_second_site_is_in_no_export(pharmacy: Pharmacy, closed: Making, waiting: Making) -> None:
    from app.record import views

    def move(conn: object) -> None:
        row = views.get_preparation(conn, waiting.id)  # type: ignore[arg-type]  # a connection
        assert row is not None
        views.put_preparation(conn, replace(row, site="EAST"))  # type: ignore[arg-type]  # as above

    pharmacy.house.store.write(move)
    for format in ("csv", "fhir"):
        content = bytes_of(pharmacy, Wanted(format, "events"))  # type: ignore[arg-type]  # one of the formats
        assert waiting.id.encode() not in content
        assert closed.id.encode() in content


def test_times_are_utc_in_the_record_and_of_the_site_in_the_file() -> None:
    out = io.BytesIO()
    CsvFile(out, columns("at:time"), ABOUT).add(Row((datetime(2026, 7, 1, 12, 0, 0, 250, tzinfo=UTC),)))
    assert csv_rows(out.getvalue())[0]["at"] == "2026-07-01T07:00:00.000250-05:00"
