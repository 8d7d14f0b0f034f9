"""A demo signs its own checkpoints: at once after an end, else each minute; and only a demo does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from app.record import acts
from app.record.engine import Store, database_file, open_store
from app.record.keys import read_public
from app.record.trust import gather
from app.record.verify import verify
from app.settings import Settings, WrongSettings, load_settings
from app.upkeep.demo_signer import DemoSigner
from tests.laid import lay
from tests.record.conftest import NOON, write_event


@dataclass
class Watchmaker:
    at: datetime = field(default=NOON)

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(tmp_path)
    return load_settings(data_dir=lay(tmp_path / "data"), demo=True, demo_signer=True)


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    with closing(open_store(settings)) as opened:
        yield opened


def write(store: Store, command: str) -> None:
    store.write(lambda conn: write_event(conn, "P1", command))


def end(store: Store, settings: Settings, kind: str) -> None:
    """An end as the log keeps it; the signer asks for its kind alone."""
    store.write(
        lambda conn: acts.append(conn, settings, settings.site, kind, {"dose_mg": "970"}, who="system", at=NOON)
    )


def test_an_end_is_signed_at_once_and_anything_else_within_the_minute(store: Store, settings: Settings) -> None:
    time = Watchmaker()
    signer = DemoSigner(store, settings, time)
    write(store, "C1")
    assert signer.look()
    write(store, "C2")
    time.at += timedelta(seconds=2)
    assert not signer.look()
    end(store, settings, "released")
    assert signer.look()
    time.at += timedelta(seconds=61)
    write(store, "C4")
    assert signer.look()
    keys = read_public(settings.data_dir / "checkpoints" / "keys")
    verdict = verify(database_file(settings), settings.photos, gather((settings.data_dir / "checkpoints",), (), keys))
    assert (verdict.ok, verdict.checkpoints, verdict.faults) == (True, 3, ())


def test_a_pharmacy_that_is_no_demo_signs_under_an_account_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(WrongSettings, match="record sign"):
        load_settings(data_dir=tmp_path, demo_signer=True)
