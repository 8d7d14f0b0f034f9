"""Makes the demo pharmacy in an empty record: people, shelf, recipes, policy, and orders from HL7 files."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from app import clock
from app.catalogue import recipes as kept
from app.demo import people, recipes, stock
from app.dispatch import Dispatcher
from app.interfaces.demo import demo_orders
from app.interfaces.hl7 import read
from app.interfaces.intake import Intake
from app.interfaces.profile import load_profile
from app.people import accounts
from app.people.door import Door, door_of
from app.record.blobs import Blobs
from app.record.engine import Store, open_store
from app.settings import Settings, load_secrets, load_settings


class NotThisRecord(Exception):  # noqa: N818  # named as the answer the caller hears
    """A demo was to be run on a pharmacy's record, or the other way round; the sentence says which."""


def refuse_mixed(store: Store, settings: Settings) -> None:
    """Raise NotThisRecord where demo people and demo mode do not belong together (Q29)."""
    invented = {one.id for one in people.PEOPLE}
    with store.reading() as conn:
        ids = {one.id for one in accounts.everybody(conn)}
    if ids & invented and not settings.demo:
        raise NotThisRecord(
            f"{store.name} holds the demo's people, whose passwords everybody knows. "
            "It is served by `vialtrace demo` only; set VIALTRACE_DATA_DIR to the pharmacy's own folder."
        )
    if settings.demo and ids and not ids & invented:
        raise NotThisRecord(f"{store.name} is a pharmacy's own record; a demo is not run on it. Give another folder.")


def _quarter(at: datetime) -> datetime:
    """Return the last whole quarter of an hour, so that due times look like a pharmacy's."""
    return at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0)


def is_sown(door: Door) -> bool:
    """Say whether anybody is on the books already."""
    with door.store.reading() as conn:
        return accounts.anybody(conn)


def sow(settings: Settings, door: Door, intake: Intake, at: datetime) -> tuple[str, ...]:
    """Make everything; returns the acknowledgement code of each order. Raises ValueError outside demo mode."""
    if not settings.demo:
        raise ValueError("the demo pharmacy is made in demo mode only")
    people.seat(door, at)

    def rows(conn: Connection) -> None:
        stock.shelve(conn, at)
        for recipe in recipes.RECIPES:
            kept.add_recipe(conn, recipe, effective_from=at)
        kept.add_policy(conn, settings.site, recipes.policy(settings.site_zone), effective_from=at)

    door.store.write(rows)
    return tuple(_receive(intake, raw, at) for _, raw in demo_orders(_quarter(at), settings.zone))


def _receive(intake: Intake, raw: bytes, at: datetime) -> str:
    reading = read(raw, [load_profile("oncehr")])
    handled, _ = intake.receive(reading, at=at, own_id=clock.new_id())
    return handled.verdict.outcome


def sow_folder(folder: Path) -> bool:
    """Make the demo pharmacy in a folder's record; False if somebody is on its books already. The record is closed again."""
    settings = load_settings(
        data_dir=folder, database_url="", photos_url="", demo=True, site_name="Demo pharmacy", stations={}
    )
    secrets = load_secrets(settings)
    with closing(open_store(settings)) as store:
        door = door_of(settings, secrets, store)
        refuse_mixed(store, settings)
        if is_sown(door):
            return False
        intake = Intake(Dispatcher(store, settings), Blobs(settings.photos))
        sow(settings, door, intake, clock.now())
        return True
