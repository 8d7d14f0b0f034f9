"""A lost server comes back by PostgreSQL's own base backup and log archive, to a moment; vialtrace says what is missing since."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
import yaml

from app.clock import now
from app.record import log, postgres_upgrade
from app.record.backup import brought_back
from app.record.keys import Keyring, read_public
from app.record.place import place_at, read_only
from app.record.signer import Signer, WillNotSign
from app.record.trust import gather
from app.record.verify import verify
from tests.dispatch.counter import Counter, equip, open_counter, settings_in
from tests.faults.ordeal import kinds_of
from tests.house.tree import ROOT
from tests.postgres import keeper
from tests.postgres.cluster import Cluster
from tests.postgres.databases import APP, OWNER, Database, administer, creation, plain
from workflows import commands as asked


@dataclass
class House:
    """A server that archives its log, and a record on it."""

    cluster: Cluster
    database: Database
    archive: Path
    backup: Path


def archive_command(archive: Path) -> str:
    """As compose.yaml has it: whole or not at all, and no trouble when it is asked for the same file again."""
    words = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]["database"]["command"]
    return next(str(word) for word in words if str(word).startswith("archive_command=")).replace(
        "/archive/", f"{archive}/"
    )


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    home = Path(keeper._quick() or tmp_path) / f"vialtrace-recovery-{secrets.token_hex(4)}"
    cluster = Cluster.make(home)
    try:
        archive = home / "archive"
        archive.mkdir()
        os.chown(archive, *cluster._ids)
        cluster.options = ("archive_mode=on", archive_command(archive))
        cluster.start()
        made = Database("vialtrace", cluster.url())
        for role in (OWNER, APP):
            administer(made.super_url, f"CREATE ROLE {role} LOGIN")
        administer(made.super_url, creation(made.name))
        postgres_upgrade.run(place_at(made.owner_url, "url"), place_at(made.url, "url"))  # type: ignore[arg-type]  # URLs
        yield House(cluster, made, archive, home / "backup")
    finally:
        cluster.remove()


def archived(house: House) -> None:
    """Wait until all that was written lies in the archive."""
    with psycopg.connect(plain(house.database.super_url), autocommit=True) as conn:
        (last,) = conn.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone() or ("",)
    until = time.monotonic() + 60
    while not (house.archive / last).exists():
        assert time.monotonic() < until, "the log was never archived"
        time.sleep(0.02)


def moment(house: House) -> str:
    with psycopg.connect(plain(house.database.super_url)) as conn:
        return str((conn.execute("SELECT clock_timestamp()").fetchone() or ("",))[0])


def test_q75_a_server_that_was_lost_comes_back_to_a_moment_and_says_what_is_missing(
    house: House, tmp_path: Path
) -> None:
    settings, url = settings_in(tmp_path / "data", house.database.url), place_at(house.database.url, "url")
    shelf, ring = tmp_path / "elsewhere", Keyring(tmp_path / "signer")
    ring.prepare()

    def sign(accept: int = 0) -> int:
        made = Signer(url, "MAIN", ring, settings.data_dir / "checkpoints", (shelf,), accept).turn(now())
        assert made is not None
        return made.note.site_seq

    store, dispatcher, clock = open_counter(settings.data_dir, database_url=house.database.url)
    with closing(store):
        equip(store)
        counter = Counter(dispatcher, clock=clock)
        steps = counter.steps()
        counter.open()
        house.cluster.base_backup(house.backup)
        for _ in range(5):
            assert counter.ask(*next(steps)).kind == "accepted"
        kept, then = kinds_of(counter), moment(house)
        for _ in range(3):
            assert counter.ask(*next(steps)).kind == "accepted"
        signed = sign()
    archived(house)
    house.cluster.kill()
    house.cluster.put_back(house.backup, house.archive, then)
    with pytest.raises(WillNotSign, match="the end was cut off or the database put back"):
        sign()
    came_back = brought_back(settings, (shelf,), who="ada", why="disk failed", at=clock())
    (lost,) = came_back.lost
    assert (came_back.verdict.faults, lost.restored_to, lost.missing_to) == ((), signed - 3, signed)
    assert sign(accept=lost.epoch) == signed - 2, "the event of the restore follows the last that came back"
    evidence = gather((shelf,), (), read_public(shelf / "keys"))
    assert verify(url, settings.photos, evidence).faults == ()
    store, dispatcher, _ = open_counter(settings.data_dir, clock, house.database.url)
    with closing(store):
        again = Counter(dispatcher, clock=clock, count=counter.count)
        assert kinds_of(again) == kept
        assert again.ask(asked.Call("what was lost?")).kind == "accepted"
    with read_only(url) as conn:
        assert log.head_of(conn, "MAIN")[0] == signed - 1
