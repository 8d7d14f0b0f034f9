"""A reading is told apart by our own tables: what it is, never what it should be."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Connection, update

from app.catalogue import identify, load
from app.catalogue.tables import package
from app.record import views
from app.record.engine import Store
from app.stations import scans
from app.stations.scans import Read
from tests import pharmacy
from tests.people.cast import ANN
from workflows.evidence import CabinetCode, Container, LabelCode, OtherCode, Printed

AT = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
LIVE = Printed("in_process", "4M8D0ZRW", 2, "aa", "labels")


@pytest.fixture
def shelf(store: Store) -> Store:
    def rows(conn) -> None:  # type: ignore[no-untyped-def]  # a connection
        pharmacy.shelve(conn, AT)
        pharmacy.equip(conn, AT)
        for copy in (1, 2):
            views.put_label(conn, label=LIVE.label_id, copy=copy, kind="in_process", preparation="PREP0001")

    store.write(rows)
    return store


def read(store: Store, raw: str) -> Read:
    with store.reading() as conn:
        return scans.read(conn, raw, "serial", as_of=date(2026, 11, 23), live=lambda *_: LIVE)


def test_a_unit_label_is_exactly_one_container_with_lot_and_expiry(shelf: Store) -> None:
    found = read(shelf, pharmacy.code_of("vial A")).scan.found
    assert isinstance(found, Container)
    assert (found.role, found.ndc, found.lot, found.expiry, found.unit) == (
        "drug", "10019-955-50", "AB123", date(2027, 6, 30), "U/CYA00001",
    )  # fmt: skip


def test_a_makers_code_with_serial_is_one_unit_and_without_one_is_not(shelf: Store) -> None:
    whole = read(shelf, "]d201003100199555061728063010AB123\x1d21A7K2M9").scan.found
    bare = read(shelf, "]d201003100199555061728063010AB123").scan.found
    assert isinstance(whole, Container)
    assert isinstance(bare, Container)
    assert (whole.unit, bare.unit) == ("00310019955506/AB123/A7K2M9", "")


def test_the_cabinets_own_code_is_the_cabinet(shelf: Store) -> None:
    found = read(shelf, pharmacy.cabinet_code()).scan.found
    assert isinstance(found, CabinetCode)
    assert found.code == pharmacy.CABINET


@pytest.mark.parametrize(("copy", "void"), [(1, True), (2, False)])
def test_an_older_copy_of_a_label_is_void(shelf: Store, copy: int, void: bool) -> None:
    got = read(shelf, pharmacy.own("I", LIVE.label_id, copy))
    assert got.preparation == "PREP0001"
    assert got.scan.found == LabelCode("in_process", LIVE.label_id, copy, "PREP0001", void)


def test_cards_and_badges_are_known_as_such_and_are_no_evidence(shelf: Store) -> None:
    card = read(shelf, pharmacy.card("NEXT"))
    badge = read(shelf, f"]d1{ANN.badge}")
    assert (card.word, card.scan.found) == ("NEXT", OtherCode("the command card NEXT"))
    assert (badge.badge, badge.scan.found) == (ANN.id, OtherCode("a badge"))


@pytest.mark.parametrize(
    ("raw", "what"),
    [
        ("]d201003123456789061728063010X1", "UNKNOWN PRODUCT"),
        (pharmacy.own("U", "0000000Z"), "an unknown unit label"),
        (pharmacy.own("H", "0000000Z"), "an unknown cabinet code"),
        (pharmacy.own("F", "0000000Z", 1), "an unknown label"),
        ("]C0HELLO WORLD", "a code that names no product"),
    ],
)
def test_what_is_not_known_is_said_to_be_so_never_guessed(shelf: Store, raw: str, what: str) -> None:
    found = read(shelf, raw).scan.found
    assert isinstance(found, OtherCode)
    assert what in found.what


@pytest.mark.parametrize("raw", ["]d1%VT-C-NE", "]d1%VT-U-CYA00001X%", "]d20100310019955507172806"])
def test_half_a_code_or_a_wrong_check_character_cannot_be_used(shelf: Store, raw: str) -> None:
    got = read(shelf, raw)
    assert got.refused
    assert isinstance(got.scan.found, OtherCode)


NATIONAL = {
    "00310019955018": (
        "PZN 01580241",
        ["]A0-01580241", "]d1[)>\x1e06\x1d9N110158024184\x1d1TB77\x1dD280131\x1dS9\x1e\x04"],
    ),
    "00310019955506": ("AIC 023390014", ["]A0A023390014", "A023390014"]),
    "00303380049028": ("HIBC A123/BJC5D6E7/1", ["]C0+A123BJC5D6E71G"]),
}
"""Numbers that three packages on the shelf are given, and readings that carry them."""


@pytest.fixture
def numbered(shelf: Store) -> Store:
    def rows(conn: Connection) -> None:
        for gtin, (number, _) in NATIONAL.items():
            conn.execute(update(package).where(package.c.gtin14 == gtin).values(national=number))

    shelf.write(rows)
    return shelf


@pytest.mark.parametrize(("gtin", "raw"), [(gtin, raw) for gtin, (_, raws) in NATIONAL.items() for raw in raws])
def test_a_national_number_is_the_package_whose_own_column_has_it_and_no_other(
    shelf: Store, numbered: Store, gtin: str, raw: str
) -> None:
    found = read(numbered, raw).scan.found
    assert isinstance(found, Container), found
    assert found.gtin14 == gtin
    if "1T" in raw:
        assert (found.lot, found.expiry, found.unit) == ("B77", date(2028, 1, 31), f"{gtin}/B77/9")


def test_b5_a_national_number_that_nobody_or_two_packages_have_names_nothing(numbered: Store) -> None:
    def twice(conn: Connection) -> None:
        conn.execute(update(package).where(package.c.gtin14 == "00310019955506").values(national="PZN 01580241"))

    numbered.write(twice)
    for raw in ("]A0-01580241", "]A0A023390014"):
        found = read(numbered, raw).scan.found
        assert isinstance(found, OtherCode)
        assert found.what.startswith("UNKNOWN PRODUCT")


@pytest.mark.parametrize(
    ("beside", "known"),
    [("1001995550", True), ("10019095550", True), ("010019095550", True), ("1001995501", False), ("6332312345", False)],
)
def test_b28_an_ndc_beside_the_gtin_that_is_not_the_formularys_is_refused(
    shelf: Store, beside: str, known: bool
) -> None:
    found = read(shelf, f"]d201003100199555061728063010AB123\x1d715{beside}").scan.found
    assert isinstance(found, Container) == known
    assert known or "another NDC" in getattr(found, "what", "")


@pytest.mark.parametrize(
    "number", ["PZN 01580242", "PZN 1580241", "AIC 023390015", "HIBC a123/B/1", "CIP 3400938123456", "01580241", " "]
)
def test_a_national_number_that_is_none_leaves_its_row_out(store: Store, number: str) -> None:
    header = "item_id,drug,brand,form,strength_text,ndc,gtin14,package_level,single_dose,amount_mg,volume_ml,conc_mg_ml"
    row = "x,cyclophosphamide,,powder,500 mg,,00310019955506,inner,yes,500,,20"
    for given, taken in ((number, 0), ("PZN 01580241", 1), ("", 1)):
        file = io.StringIO(f"{header},national\n{row},{given}\n")
        loaded = store.write(lambda conn, file=file: load.load_formulary(conn, file))
        assert loaded.packages == taken, (given, loaded)


@pytest.mark.parametrize(
    ("number", "gtin"),
    [
        ("00310019955506", "00310019955506"),
        ("10019-955-50", "00310019955506"),
        ("10019-0955-50", "00310019955506"),
        ("010019-0955-50", "00310019955506"),
        ("10019095550", "00310019955506"),
        ("10019-955-01", "00310019955018"),
        ("10019-955-5", ""),
        ("10019-955", ""),
        ("99999-999-99", ""),
        ("", ""),
        ("１0019-955-50", ""),
    ],
)
def test_b25_b26_a_typed_number_names_the_one_package_that_it_can_be_and_a_carton_is_not_its_vial(
    shelf: Store, number: str, gtin: str
) -> None:
    with shelf.reading() as conn:
        assert identify.by_written(conn, number) == gtin


def test_b25_digits_that_fit_two_packages_name_neither(shelf: Store) -> None:
    def twins(conn: Connection) -> None:
        for gtin, ndc in (("00310019955506", "1234-5678-90"), ("00310019955018", "12345-678-90")):
            conn.execute(update(package).where(package.c.gtin14 == gtin).values(ndc=ndc))

    shelf.write(twins)
    with shelf.reading() as conn:
        assert identify.by_written(conn, "1234567890") == ""
        assert identify.by_written(conn, "1234-5678-90") == "00310019955506"
