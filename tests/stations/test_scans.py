"""A reading is told apart by our own tables: what it is, never what it should be."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

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
