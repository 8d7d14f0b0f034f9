"""Messages of the forgotten: found by whichever door they came, never kept again; no name stays that is told as gone (Q12)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path

import pytest

from app import clock
from app.desk import purging
from app.desk.trying import readings_of
from app.interfaces.csv_orders import read_sheet
from app.interfaces.sheet_file import read_table
from app.people.signing import SignedAs
from app.record import blobs
from app.record.backup import back_up
from app.record.verify import verify
from tests.interfaces.test_fhir_orders import FOLDER
from tests.interfaces.test_order_sheets import row, typed, workbook, written
from tests.people.cast import ADA, UNA, Member
from tests.record.test_blobs import Away
from tests.web.bench import PROFILE
from tests.web.conftest import Pharmacy

Sheet = Callable[[], bytes]
TEN_YEARS = timedelta(days=3655)


def as_text() -> bytes:
    return written([row(3, mrn="MRN-AAA", order_no="A1"), row(5, mrn="MRN-BBB", order_no="B1")])


def as_workbook() -> bytes:
    return workbook([typed(3, mrn="MRN-AAA", order_no="A1"), typed(5, mrn="MRN-BBB", order_no="B1")])


@pytest.fixture
def pharmacy(make_pharmacy: Callable[..., Pharmacy]) -> Pharmacy:
    return make_pharmacy()


def take(pharmacy: Pharmacy, raw: bytes) -> str:
    """Take a sheet in, and return the name of its bytes."""
    pharmacy.house.intake.receive_file(read_sheet(raw, read_table(raw), PROFILE), at=clock.now())
    return blobs.filed(raw, "").sha256


def signed(who: Member) -> SignedAs:
    return SignedAs(who.id, who.name, "", "purge", "0" * 64, "password", ("user name",), clock.now(), "")


def purge(pharmacy: Pharmacy, numbers: Iterable[str]) -> purging.Purged | purging.WillNot:
    """Purge the orders of these numbers, ten years later."""
    house, at = pharmacy.house, clock.now() + TEN_YEARS
    with house.store.reading() as conn:
        known = purging.orders(conn, house.settings.site)
    going = [one for one in known.values() if one.number in numbers]
    stay = [one for one in known.values() if one.number not in numbers]
    by = purging.By(signed(UNA), signed(ADA), "kept for ten years and a day", at)
    return purging.erase(house.store, house.blobs, house.settings, going, stay, by, lambda _: {})


def there(pharmacy: Pharmacy, name: str) -> object:
    with pharmacy.house.store.reading() as conn:
        return pharmacy.house.blobs.get(name, conn)


def faults(pharmacy: Pharmacy) -> list[str]:
    found = verify(pharmacy.house.settings.data_dir / "vialtrace.db", pharmacy.house.settings.photos).faults
    return [f"{one.where}: {one.says}" for one in found]


@pytest.mark.parametrize("sheet", [as_text, as_workbook])
def test_q12_a_sheet_of_two_patients_stays_for_the_second_and_goes_with_them(pharmacy: Pharmacy, sheet: Sheet) -> None:
    raw = sheet()
    name = take(pharmacy, raw)
    assert purge(pharmacy, {"A1"}) == purging.Purged(1, 1, 0, shared=1)
    assert there(pharmacy, name) == raw
    assert purge(pharmacy, {"B1"}) == purging.Purged(1, 1, 1, shared=0)
    assert (there(pharmacy, name), faults(pharmacy)) == (None, [])


def test_q12_a_refused_workbook_goes_with_the_patient_whose_number_it_holds(pharmacy: Pharmacy) -> None:
    take(pharmacy, as_text())
    refused = take(pharmacy, workbook([typed(5, order_no="C1"), typed(3, mrn="MRN-AAA", order_no="A2", dose="?")]))
    assert there(pharmacy, refused)
    purge(pharmacy, {"A1"})
    assert there(pharmacy, refused) is None


def test_q12_an_order_by_fhir_goes_with_its_message(pharmacy: Pharmacy) -> None:
    raw = (FOLDER / "f01_bag_absolute_dose_diluent.json").read_bytes()
    (reading,) = readings_of(raw, pharmacy.house.profiles(clock.now()))
    handled, _ = pharmacy.house.intake.receive(reading, at=clock.now(), own_id="A1")
    assert handled.verdict.effect == "created", handled.verdict
    with pharmacy.house.store.reading() as conn:
        (one,) = purging.orders(conn, pharmacy.house.settings.site).values()
    assert one.messages == {blobs.filed(raw, "").sha256}


def test_q12_a_purged_message_that_comes_again_is_not_kept_and_the_record_is_backed_up(
    pharmacy: Pharmacy, tmp_path: Path
) -> None:
    raw = as_text()
    name = take(pharmacy, raw)
    purge(pharmacy, {"A1", "B1"})
    assert take(pharmacy, raw) == name
    assert (there(pharmacy, name), faults(pharmacy)) == (None, [])
    settings = pharmacy.house.settings
    made = back_up(
        settings.data_dir / "vialtrace.db",
        settings.photos,
        settings.data_dir / "checkpoints",
        tmp_path / "to",
        clock.now(),
    )
    assert made.verdict.ok
    assert b"MRN-AAA" not in (tmp_path / "to" / "vialtrace.db").read_bytes()


def test_a_purge_of_nothing_takes_out_what_came_back_before(pharmacy: Pharmacy) -> None:
    raw = as_text()
    name = take(pharmacy, raw)
    purge(pharmacy, {"A1", "B1"})
    pharmacy.house.store.write(lambda conn: blobs._KEEP.change(conn, {"of": name, "content": raw}))
    assert len(faults(pharmacy)) == 1
    assert purge(pharmacy, ()) == purging.Purged(0, 0, 0)
    assert faults(pharmacy) == []


def test_q12_a_message_that_cannot_be_read_stops_the_purge(pharmacy: Pharmacy) -> None:
    take(pharmacy, as_text())
    large = take(pharmacy, written([row(3, mrn="MRN-AAA", order_no=f"L{n}", dose="?") for n in range(400)]))
    assert there(pharmacy, large)
    shelf = pharmacy.house.blobs.shelf
    pharmacy.house.blobs.shelf = Away(pharmacy.house.settings.data_dir)
    stopped = purge(pharmacy, {"A1"})
    assert isinstance(stopped, purging.WillNot)
    assert large in stopped.says
    pharmacy.house.blobs.shelf = shelf
    assert purge(pharmacy, {"A1"}) == purging.Purged(1, 1, 1, shared=1)
    assert there(pharmacy, large) is None
