"""Which tasks this house has, by its settings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from app.record import checkpoints
from app.record.blobs import Blobs
from app.record.engine import Store
from app.settings import Settings
from app.upkeep import changes, handed_in
from app.upkeep.demo_signer import DemoSigner
from app.upkeep.keeper import Chore, Keeper, Round, in_a_process

ORPHAN_AGE = timedelta(hours=24)
"""A content that no row names for so long was left by a cut between file and transaction."""


def keeper_of(store: Store, settings: Settings, look: Callable[[], object], now: Callable[[], datetime]) -> Keeper:
    """Return the keeper of this house; `look` is asked every half minute how the house is."""
    rounds = [
        Round("look", 30.0, look),
        Round("checkpoints", 60.0, lambda: take_in(store, settings, now())),
        Round("handed in", 1.0, lambda: handed_in.take(store, settings, now())),
        Round("sweep", 3600.0, lambda: sweep(store, settings, now())),
    ]
    if settings.demo_signer:
        rounds.append(Round("demo signer", 2.0, DemoSigner(store, settings, now).look))
    return Keeper(store, settings, chores(settings), rounds, now)


def chores(settings: Settings) -> list[Chore]:
    """Return the chores that are set."""
    if settings.backup_folder is None:
        return []
    every = timedelta(hours=settings.backup_every)
    made = [Chore("backup", every, in_a_process(settings, "backup"), "backed_up", "backup_failed")]
    if settings.drill_every:
        every = timedelta(days=settings.drill_every)
        made.append(Chore("drill", every, in_a_process(settings, "drill"), "drilled", "drill_failed"))
    return made


def take_in(store: Store, settings: Settings, at: datetime) -> int:
    """Enter the checkpoints that the signer has filed since, and a new key where there is one; return how many."""
    folder = settings.data_dir / "checkpoints"
    count = store.write(lambda conn: checkpoints.take_in(conn, folder)) if folder.is_dir() else 0
    if count:
        store.write(lambda conn: changes.note_signer(conn, settings, at))
    return count


def sweep(store: Store, settings: Settings, at: datetime) -> int:
    """Remove contents that no row names and that nobody touched for a day; return how many."""
    kept = Blobs(settings.photos)
    with store.reading() as conn:
        left = kept.orphans(conn, at - ORPHAN_AGE)
    for name in left:
        kept.erase(name)
    return len(left)
