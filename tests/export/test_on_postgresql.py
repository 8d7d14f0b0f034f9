"""Exports, papers, the access log and a purge on PostgreSQL: the same questions, the same answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from app import clock, create_app
from app.desk import purging
from app.desk.access import Asked, search
from app.desk.records import Filter
from app.export.recorded import exports
from app.export.wanted import Wanted
from app.people.secrets import CHEAP
from app.people.signing import SignedAs
from app.record.tables import order_text
from app.settings import Settings
from app.web.house import house_of
from tests.export.asking import bytes_of, csv_rows
from tests.export.conftest import pdf_text
from tests.people.cast import ADA, PAM, UNA, Member, seat
from tests.postgres.databases import Database
from tests.web.bench import Making, Seeded
from tests.web.conftest import STATIONS, Pharmacy
from tests.web.desk import at_desk


@pytest.fixture
def closed_there(database: Database, tmp_path: Path) -> Iterator[tuple[Pharmacy, Making]]:
    """One bag, from order to closing, in a PostgreSQL database."""
    settings = Settings(data_dir=tmp_path / "data", database_url=database.url, stations=STATIONS, demo=True)  # type: ignore[call-arg]  # the rest has defaults
    app = create_app(settings, cost=CHEAP)
    house = house_of(app)
    seat(house.door, clock.now())
    yield Pharmacy(app, house), Seeded(house).begin().until_closed(near_miss=True)
    house.store.close()


def signed(member: Member) -> SignedAs:
    return SignedAs(
        member.id, member.name, "", "purge", "00" * 32, "password", ("user name", "password"), clock.now(), ""
    )


def test_exports_papers_access_log_and_purge_hold_on_postgresql_too(closed_there: tuple[Pharmacy, Making]) -> None:
    pharmacy, made = closed_there
    store, settings = pharmacy.house.store, pharmacy.house.settings
    day = made.p.order.due_at.astimezone(settings.zone).date()
    wanted = Filter("closed", "CYCLO", day, day, "HOOD-1", "released")
    (row,) = csv_rows(bytes_of(pharmacy, Wanted("csv", filter=wanted, patients="named")))
    assert (row["preparation"], row["found_mg"], row["patient"]) == (made.id, "968.5", "Example, Marta Jean")
    assert bytes_of(pharmacy, Wanted("fhir")).count(b"\n") == made.p.version + 4
    client = at_desk(pharmacy)
    assert "968.5 mg" in pdf_text(client.get(f"/record/{made.id}/pdf").data)
    assert client.get(f"/record/{made.id}/bundle").status_code == 200
    with store.reading() as conn:
        assert [one.export.format for _, one in exports(conn, "MAIN")] == ["bundle", "pdf", "fhir", "csv"]
        seen = [
            one.what for one in search(conn, "MAIN", Asked(who=PAM.id, preparation=made.id, first=day), settings.zone)
        ]
        known = purging.orders(conn, "MAIN")
    assert seen == ["record bundle", "record pdf", "export csv"]
    later = clock.now() + timedelta(days=3655)
    going = purging.chosen(known, settings, later, later - timedelta(days=3654))
    assert isinstance(going, list)
    by = purging.By(signed(UNA), signed(ADA), "kept for ten years and a day", later)
    done = purging.erase(store, pharmacy.house.blobs, settings, going, [], by, lambda _: {"quality": "P-X"})
    assert isinstance(done, purging.Purged)
    assert (done.orders, done.texts) == (1, 1)
    with store.reading() as conn:
        assert conn.execute(select(order_text.c.fields)).scalars().all() == [None]
    (row,) = csv_rows(bytes_of(pharmacy, Wanted("csv")))
    assert row["patient"] == "P-X"
