"""Every history that only grows is chained: a row altered, added or removed in the database is named."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from app.clock import now
from app.dispatch import Dispatcher
from app.people import entry
from app.people.door import Door
from app.people.secrets import CHEAP, Pepper, Secrets
from app.record.blobs import Blobs
from app.record.engine import open_store
from app.record.schema import whole_metadata
from app.record.verify import verify
from app.settings import Settings
from tests import pharmacy
from tests.laid import lay
from tests.people.cast import ANN
from tests.pharmacy import Set
from tests.record.conftest import administrator
from tests.record.signing import Office

HISTORIES = ("attempt", "equipment_event", "message", "person_history", "policy", "recipe", "user_name")
TEXTS = {
    "attempt": "outcome", "equipment_event": "detail", "message": "reply", "person_history": "body", "policy": "body",
    "recipe": "body", "user_name": "shown",
}  # fmt: skip


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """People, equipment, recipes, a policy, an order, and Ann's PIN mistyped twice; made once, copied for each test."""
    folder = lay(tmp_path_factory.mktemp("pharmacy") / "data")
    settings = Settings(data_dir=folder, stations={pharmacy.STATION: pharmacy.station()}, demo=True)  # type: ignore[call-arg]  # the rest has defaults
    store, at = open_store(settings), now()
    door = Door(store, Secrets((Pepper("test0001", bytes(32)),), pin_cost=CHEAP, password_cost=CHEAP), settings)
    rooms = Set(store, Dispatcher(store, settings), Blobs(settings.photos), door)
    pharmacy.seat(door, at)
    pharmacy.furnish(rooms, at)
    pharmacy.order(rooms, pharmacy.message(at), at)
    for _ in range(2):
        entry.with_badge(door, ANN.badge, "000000", station=pharmacy.STATION, at=at)
    store.close()
    return folder


@pytest.fixture
def a_pharmacy(kept: Path, tmp_path: Path) -> Settings:
    shutil.copytree(kept, tmp_path / "data")
    return Settings(data_dir=tmp_path / "data", demo=True)  # type: ignore[call-arg]  # the rest has defaults


def faults(settings: Settings) -> list[tuple[str, str]]:
    return [(one.kind, one.where) for one in verify(settings.data_dir / "vialtrace.db", settings.photos).faults]


def alter(settings: Settings, *statements: str) -> list[tuple[str, str]]:
    with administrator(settings.data_dir / "vialtrace.db") as raw:
        for statement in statements:
            raw.execute(statement)
    return faults(settings)


def test_every_table_that_only_grows_is_chained() -> None:
    grows = {table.name for table in whole_metadata().tables.values() if table.info.get("append_only")}
    chained = {table.name for table in whole_metadata().tables.values() if table.info.get("running")}
    assert grows - chained == {"event", "checkpoint"}, "the log has its own chains, checkpoints their signatures"
    assert set(HISTORIES) <= chained


def rows_of(settings: Settings, table: str) -> int:
    with administrator(settings.data_dir / "vialtrace.db") as raw:
        return int(raw.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


@pytest.mark.parametrize("table", HISTORIES)
def test_a_row_of_a_history_altered_added_or_removed_is_named(kept: Path, a_pharmacy: Settings, table: str) -> None:
    last = rows_of(a_pharmacy, table)
    assert last > 0
    more = {"seq": last + 1, "digest": b"d" * 32, "version": 99, "folded": "decoy"}
    with administrator(a_pharmacy.data_dir / "vialtrace.db") as raw:
        columns = [row[1] for row in raw.execute(f"PRAGMA table_info({table})")]
        first = dict(zip(columns, raw.execute(f"SELECT * FROM {table} WHERE seq = 1").fetchone(), strict=True))
        row = {**first, **{name: more[name] for name in columns if name in more}}
        marks = ", ".join("?" for _ in columns)
        raw.execute(f"INSERT INTO {table} VALUES ({marks})", list(row.values()))
    assert faults(a_pharmacy)[0] == ("row", f"{table} {last + 1}")
    shutil.copy(kept / "vialtrace.db", a_pharmacy.data_dir / "vialtrace.db")
    text = TEXTS[table]
    assert alter(a_pharmacy, f"UPDATE {table} SET {text} = {text} || ' ' WHERE seq = 1")[0] == ("row", f"{table} 1")
    shutil.copy(kept / "vialtrace.db", a_pharmacy.data_dir / "vialtrace.db")
    assert alter(a_pharmacy, f"DELETE FROM {table} WHERE seq = {last}")[0] == ("row", f"{table} {last}")


def test_a_history_cut_off_with_its_head_put_back_is_found_by_the_checkpoint_alone(
    a_pharmacy: Settings, tmp_path: Path
) -> None:
    """The second wrong try is taken out, and the head says that there was one."""
    assert faults(a_pharmacy) == []
    office = Office(a_pharmacy, tmp_path / "office")
    office.sign()
    last = rows_of(a_pharmacy, "attempt")
    back = "(seq, digest) = (SELECT seq, digest FROM attempt ORDER BY seq DESC LIMIT 1)"
    cut = f"DELETE FROM attempt WHERE seq = {last}"
    assert alter(a_pharmacy, cut, f"UPDATE running_head SET {back} WHERE name = 'attempt'") == []
    verdict = verify(a_pharmacy.data_dir / "vialtrace.db", a_pharmacy.photos, office.evidence())
    assert [one.says for one in verdict.faults] == [f"the checkpoint covers row {last} of attempt, but it is missing"]
