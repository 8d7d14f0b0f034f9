"""What is made is what was received: an order or a patient's text that was changed in the database opens nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, select, update

from app.clock import new_id, now
from app.dispatch import Dispatcher
from app.interfaces.hl7 import read
from app.interfaces.intake import Intake
from app.interfaces.opening import open_if_ready
from app.interfaces.tables import ordered
from app.people.door import Door
from app.people.secrets import CHEAP, Pepper, Secrets
from app.record import ordertext
from app.record.blobs import Blobs
from app.record.engine import open_store
from app.record.tables import order_text
from app.settings import Settings
from tests import pharmacy
from tests.interfaces.cases import PROFILE
from tests.laid import lay
from tests.pharmacy import Set

SALT = "another salt of at least 22"


@pytest.fixture
def rooms(tmp_path: Path) -> Iterator[Set]:
    """A pharmacy whose recipes are not signed yet, with Marta Example's order in the book."""
    settings = Settings(data_dir=lay(tmp_path), stations={pharmacy.STATION: pharmacy.station()}, demo=True)  # type: ignore[call-arg]  # the rest has defaults
    store, at = open_store(settings), now()
    door = Door(store, Secrets((Pepper("test0001", bytes(32)),), pin_cost=CHEAP, password_cost=CHEAP), settings)
    made = Set(store, Dispatcher(store, settings), Blobs(settings.photos), door)
    message = read(pharmacy.message(at), [PROFILE])
    handled, _ = Intake(made.dispatcher, made.blobs).receive(message, at=at, own_id=new_id())
    assert handled.verdict.outcome == "accepted"
    yield made
    store.close()


def ready(rooms: Set) -> str:
    """Sign the recipes, try to open, and return what the order waits for."""

    def work(conn: Connection) -> str:
        pharmacy.sign_recipes(conn, rooms.dispatcher.settings.site, now())
        return open_if_ready(conn, rooms.dispatcher, conn.execute(select(ordered.c.key)).scalar_one(), at=now())

    return rooms.store.write(work)


def another_name(conn: Connection) -> None:
    row = conn.execute(select(order_text)).one()
    conn.execute(update(order_text).values(fields=row.fields.replace("Example", "Decoy")))


def another_name_with_its_digest(conn: Connection) -> None:
    row = conn.execute(select(order_text)).one()
    fields = row.fields.replace("Example", "Decoy")
    conn.execute(update(order_text).values(fields=fields, salt=SALT, digest=ordertext.digest_of_text(SALT, fields)))


def another_patient(conn: Connection) -> None:
    ordertext.put(conn, id="OT-DECOY", fields={"family": "Decoy"}, salt=SALT)
    conn.execute(update(ordered).values(patient="OT-DECOY"))


def no_patient(conn: Connection) -> None:
    conn.execute(update(order_text).values(fields=None, salt=None))


def ten_times_the_dose(conn: Connection) -> None:
    body = conn.execute(select(ordered.c.body)).scalar_one()
    conn.execute(update(ordered).values(body=body.replace('"dose":"970"', '"dose":"9700"')))


@pytest.mark.parametrize(
    "change", [another_name, another_name_with_its_digest, another_patient, no_patient, ten_times_the_dose]
)
def test_an_order_changed_in_the_database_is_not_made(rooms: Set, change: Callable[[Connection], None]) -> None:
    rooms.store.write(change)
    assert "not what was received" in ready(rooms)
    with rooms.store.reading() as conn:
        assert conn.execute(select(ordered.c.preparation)).scalar_one() == ""


def test_the_same_order_untouched_is_made(rooms: Set) -> None:
    assert ready(rooms) == ""
    with rooms.store.reading() as conn:
        made = rooms.dispatcher.current(conn, conn.execute(select(ordered.c.preparation)).scalar_one())
        assert made is not None
        kept = ordertext.get(conn, made.patient, made.patient_digest)
    assert isinstance(kept, ordertext.OrderText)
    assert kept.fields["family"] == "Example"
