"""What an administrator changes is in the record: settings, releases, keys; never a secret."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from app.record import log
from app.record.engine import Store, open_store
from app.settings import Secrets, Settings, load_settings
from app.upkeep import changes, chores
from tests.laid import lay
from tests.record.conftest import NOON, write_event
from tests.record.signing import Office

SECRETS = Secrets("key", b"p" * 32, "pepper01", b"c" * 32, "codes001")


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(tmp_path)
    return load_settings(data_dir=lay(tmp_path / "data"))


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    with closing(open_store(settings)) as opened:
        yield opened


def told(store: Store) -> list[tuple[str, Any]]:
    with store.reading() as conn:
        return [(one.kind, one.data) for one in log.load(conn, "site/MAIN") if one.kind != "dose_drawn"]


def test_q8_a_setting_that_changed_is_in_the_record_and_one_that_did_not_is_not(
    store: Store, settings: Settings
) -> None:
    changes.note_start(store, settings, SECRETS, NOON)
    first = told(store)
    assert [kind for kind, _ in first] == ["settings_changed", "key_changed", "key_changed"]
    assert (first[0][1]["first"], first[0][1]["settings"]["site_zone"]) == (True, "America/Chicago")
    changes.note_start(store, settings, SECRETS, NOON)
    assert told(store) == first
    other = settings.model_copy(update={"site_zone": "Europe/Vienna", "checkpoint_alarm": 20})
    changes.note_start(store, other, SECRETS, NOON)
    kind, data = told(store)[-1]
    assert (kind, data["changed"], data["first"]) == ("settings_changed", ["checkpoint_alarm", "site_zone"], False)


def test_q8_each_of_two_machines_is_compared_with_itself(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = settings.model_copy(update={"idle_minutes": 5})
    for name, its in (("one", settings), ("two", other), ("one", settings), ("two", other)):
        monkeypatch.setattr(changes.platform, "node", lambda name=name: name)
        changes.note_start(store, its, SECRETS, NOON)
    said = [(data["node"], data["first"]) for kind, data in told(store) if kind == "settings_changed"]
    assert said == [("one", True), ("two", True)]
    changes.note_start(store, settings.model_copy(update={"idle_minutes": 4}), SECRETS, NOON)
    assert told(store)[-1][1]["changed"] == ["idle_minutes"]


def test_q8_of_a_secret_the_record_knows_only_whether_it_is_set(store: Store, settings: Settings) -> None:
    update = {
        "metrics_token": SecretStr("long enough to be a secret"),
        "database_url": "postgresql+psycopg://app:hunter2@db.example/vialtrace",
    }
    shown = changes.shown(settings.model_copy(update=update))
    assert shown["metrics_token"] == "set"
    assert "hunter2" not in str(shown)
    assert "db.example" in shown["database_url"]
    assert "long enough" not in str(shown)


def test_q8_a_new_release_is_in_the_record(store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    changes.note_start(store, settings, SECRETS, NOON)
    before = settings.software
    monkeypatch.setattr("app.settings.software", lambda: "vialtrace 9.9.9")
    changes.note_start(store, settings, SECRETS, NOON)
    assert [data for kind, data in told(store) if kind == "upgraded"] == [{"from": before, "to": "vialtrace 9.9.9"}]


def test_q8_q62_a_key_that_changed_is_in_the_record(settings: Settings, tmp_path: Path) -> None:
    office = Office(settings, tmp_path / "office")
    with closing(open_store(settings)) as store:
        changes.note_start(store, settings, SECRETS, NOON)
        changes.note_start(store, settings, replace(SECRETS, pepper_id="pepper02"), NOON)
        store.write(lambda conn: write_event(conn, "P1", "C1"))
        office.sign(1)
        assert chores.take_in(store, settings, NOON) == 1
        assert chores.take_in(store, settings, NOON) == 0
        first = office.keyring.current
        office.keyring.rotate()
        store.write(lambda conn: write_event(conn, "P1", "C2"))
        office.sign(2)
        chores.take_in(store, settings, NOON)
        keys = [(data["what"], data["from"], data["to"]) for kind, data in told(store) if kind == "key_changed"]
    assert keys == [
        ("pepper", "", "pepper01"),
        ("one-time code key", "", "codes001"),
        ("pepper", "pepper01", "pepper02"),
        ("checkpoint key", "", first),
        ("checkpoint key", first, office.keyring.current),
    ]
