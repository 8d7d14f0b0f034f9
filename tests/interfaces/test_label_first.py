"""Nothing is opened whose final label could never be printed: the pharmacist hears it before anything is made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from app.clock import new_id, now
from app.dispatch import Dispatcher
from app.interfaces.hl7 import read
from app.interfaces.intake import Intake
from app.interfaces.opening import clear_finding, read_as
from app.interfaces.tables import ordered
from app.people import actors
from app.people.door import Door
from app.people.secrets import CHEAP, Pepper, Secrets
from app.record.blobs import Blobs
from app.record.engine import open_store
from app.settings import Settings
from tests import pharmacy
from tests.interfaces.cases import PROFILE
from tests.laid import lay
from tests.people.cast import PAM
from tests.pharmacy import Set

RATE = b"||597|mL/h^milliliter per hour^UCUM"


@pytest.fixture
def rooms(tmp_path: Path) -> Iterator[Set]:
    """A pharmacy with its people and signed recipes, and no order yet."""
    settings = Settings(data_dir=lay(tmp_path), stations={pharmacy.STATION: pharmacy.station()}, demo=True)  # type: ignore[call-arg]  # the rest has defaults
    store, at = open_store(settings), now()
    door = Door(store, Secrets((Pepper("test0001", bytes(32)),), pin_cost=CHEAP, password_cost=CHEAP), settings)
    made = Set(store, Dispatcher(store, settings), Blobs(settings.photos), door)
    pharmacy.seat(door, at)
    store.write(lambda conn: pharmacy.sign_recipes(conn, settings.site, at))
    yield made
    store.close()


def receive(rooms: Set, old: bytes, new: bytes) -> tuple[str, str]:
    """Receive the sample order with one text replaced; return the preparation that was opened and what it waits for."""
    raw, at = pharmacy.message(now()), now()
    assert raw.count(old) == 1
    reading = read(raw.replace(old, new), [PROFILE])
    handled, _ = Intake(rooms.dispatcher, rooms.blobs).receive(reading, at=at, own_id=new_id())
    assert handled.verdict.outcome == "accepted", handled.verdict.errors
    return stands(rooms)


def stands(rooms: Set) -> tuple[str, str]:
    with rooms.store.reading() as conn:
        row = conn.execute(select(ordered.c.preparation, ordered.c.waits)).one()
    return row.preparation, row.waits


def test_an_order_whose_label_fits_is_opened(rooms: Set) -> None:
    preparation, waits = receive(rooms, b"Example^Marta", b"Examples^Marta")
    assert preparation
    assert waits == ""


def test_a_name_that_fits_on_no_label_waits_for_the_pharmacist(rooms: Set) -> None:
    preparation, waits = receive(rooms, b"Example^Marta", b"Example" * 40 + b"^Marta")
    assert preparation == ""
    assert waits.startswith("Its final label cannot be printed: ")


def test_an_order_without_a_rate_is_not_opened_by_clearing_the_finding(rooms: Set) -> None:
    receive(rooms, RATE, b"|||")

    def clear(conn: Connection) -> str:
        row = conn.execute(select(ordered)).one()
        pam = actors.actor(conn, PAM.id, rooms.dispatcher.settings, now())
        how = {"over": read_as(row), "reason": "a push, as the ward said", "who": pam, "at": now()}
        return clear_finding(conn, rooms.dispatcher, row.key, "VOLUME_UNCHECKED", **how)

    assert rooms.store.write(clear) == ""
    preparation, waits = stands(rooms)
    assert preparation == ""
    assert "gives no rate" in waits
