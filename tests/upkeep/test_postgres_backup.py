"""A record on PostgreSQL is carried into an archive, tried, and comes back; what its own tools brought back is recorded."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyrage
import pytest
from click.testing import CliRunner

from app import preparations
from app.cli import main
from app.clock import now
from app.dispatch import Dispatcher
from app.health import checks
from app.health.facts import Facts
from app.record import log
from app.record.backup import CannotDo, brought_back
from app.record.engine import open_store
from app.record.keys import Keyring, read_public
from app.record.place import place_at, place_of, read_only
from app.record.signer import Signer, WillNotSign
from app.record.trust import gather
from app.record.verify import verify
from app.settings import Settings, load_settings
from app.upkeep import archive, chores
from app.upkeep.drill import bring_back, compared, drill
from tests import pharmacy
from tests.laid import lay
from tests.postgres.databases import fresh
from tests.postgres.furnished import Furnished, rooms_of, settings_of
from tests.record.conftest import a_day


@dataclass
class Kept:
    """A bag half made on PostgreSQL, photos and all, and a key that is somewhere else."""

    settings: Settings
    preparation: str
    key: Any


def work_on(settings: Settings, preparation: str, until: str) -> None:
    with closing(open_store(settings)) as store:
        rooms = rooms_of(store, settings)
        pharmacy.advance(rooms, preparation, until)


@pytest.fixture
def kept(tmp_path: Path, copied: Furnished) -> Kept:
    key = pyrage.x25519.Identity.generate()
    made = settings_of(tmp_path / "data", copied.database, copied.photos, pharmacy.STATION)
    given = {"backup_folder": tmp_path / "backups", "backup_recipients": (str(key.to_public()),)}
    settings = made.model_copy(update=given)
    work_on(settings, copied.preparation, "recon-before:1")
    return Kept(settings, copied.preparation, key)


def history(settings: Settings, preparation: str) -> object:
    with closing(open_store(settings)) as store, store.reading() as conn:
        return log.load(conn, preparation), Dispatcher(store, settings).current(conn, preparation)


def test_q75_a_record_on_postgresql_comes_back_from_its_archive_as_a_file_that_serves(
    kept: Kept, tmp_path: Path
) -> None:
    before, at = history(kept.settings, kept.preparation), now()
    recipients = archive.recipients_of(kept.settings.backup_recipients)
    made = archive.write(kept.settings, tmp_path / "away", recipients, at)
    back = bring_back(made.path, [kept.key], tmp_path / "work", kept.settings, at)
    found = compared(made.made, back, 0.0)
    assert (found.photos, found.events, found.lost) == (made.made.verdict.photos, made.made.verdict.events, 0)
    there = load_settings(data_dir=tmp_path / "work" / "restored", site="MAIN", demo=True)
    assert verify(place_of(there), there.photos, lists=preparations.view_faults).faults == ()
    assert history(there, kept.preparation) == before
    with closing(open_store(there)) as store:
        pharmacy.advance(rooms_of(store, there), kept.preparation, "recon-after:1")


def test_q75_the_drill_tries_a_backup_of_a_server_too_and_health_says_when_it_is_late(kept: Kept) -> None:
    assert [one.task for one in chores.chores(kept.settings)] == ["backup", "drill"]
    found = drill(kept.settings, now())
    assert (found.lost, found.photos > 0, found.heads["MAIN"] > 20) == (0, True, True)
    facts = Facts(now(), on_server=True)
    said = [checks.backup(facts, settings).says for settings in (kept.settings, settings_without(kept.settings))]
    assert said[0] == "There has been no good backup yet."
    assert "not seen from here" in said[1]


def settings_without(settings: Settings) -> Settings:
    return settings.model_copy(update={"backup_folder": None})


def run(*words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(main, ["db", *words])
    return done.exit_code, done.stdout, done.stderr


def test_the_commands_back_up_and_drill_a_record_on_postgresql(
    kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve_from_environment(kept.settings, monkeypatch)
    code, out, err = run("backup", "--to", str(tmp_path / "plain"), "--json")
    said = json.loads(out)
    assert (code, said["encrypted"], said["photos"] > 0, said["heads"]["MAIN"] > 20) == (0, False, True, True), err
    code, out, err = run("drill", "--json")
    assert (code, json.loads(out)["ok"], json.loads(out)["events"]) == (0, True, said["events"] + 0), err
    code, out, err = run("restore", "--from", str(tmp_path / "plain"), "--data-dir", str(tmp_path / "new"), "--json")
    assert (code, json.loads(out)["ok"]) == (0, True), err


def serve_from_environment(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(settings.data_dir)
    given = {"DATABASE_URL": settings.database_url, "DATA_DIR": settings.data_dir, "PHOTOS_URL": settings.photos_url}
    for name, value in {**given, "DEMO": "true"}.items():
        monkeypatch.setenv(f"VIALTRACE_{name}", str(value))


# --- what the server's own tools brought back ---


def signer(settings: Settings, folder: Path, accept: int = 0) -> Signer:
    ring = Keyring(folder / "signer")
    ring.prepare()
    notes = settings.data_dir / "checkpoints"
    return Signer(place_of(settings), settings.site, ring, notes, (folder / "elsewhere",), accept)


def test_q75_what_came_back_to_a_point_in_time_is_recorded_with_what_is_missing_and_signed_after_a_person_looked(
    kept: Kept, copied: Furnished, postgres_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = tmp_path / "office"
    with fresh(postgres_folder, like=copied.database) as yesterday:
        work_on(kept.settings, kept.preparation, "recon-after:1")
        signed = signer(kept.settings, office).turn(now())
        assert signed is not None
        settings = kept.settings.model_copy(update={"database_url": yesterday.url})
        with pytest.raises(WillNotSign, match="the end was cut off or the database put back"):
            signer(settings, office).turn(now())
        serve_from_environment(settings, monkeypatch)
        code, out, err = run("restored", "--checkpoints", str(office / "elsewhere"), "--why", "disk failed", "--json")
        said = json.loads(out)
        (lost,) = said["restored"]
        assert (code, lost["missing_to"]) == (0, signed.note.site_seq), err
        assert f"TO {signed.note.site_seq} OF MAIN ARE MISSING" in err
        with pytest.raises(WillNotSign, match="Look at that event; if it is right"):
            signer(settings, office).turn(now())
        again = signer(settings, office, accept=lost["epoch"]).turn(now())
        assert again is not None
        assert again.note.epoch == lost["epoch"] == 1
        shelf = office / "elsewhere"
        verdict = verify(place_of(settings), settings.photos, gather((shelf,), (), read_public(shelf / "keys")))
        assert (verdict.faults, len(verdict.notices)) == ((), 1)
        work_on(settings, kept.preparation, "recon-after:1")


def test_nothing_is_written_of_a_restore_where_there_was_none_to_be_written(kept: Kept, tmp_path: Path) -> None:
    given = {"who": "ada", "why": "a try", "at": now()}
    with pytest.raises(CannotDo, match="is not a folder"):
        brought_back(kept.settings, (tmp_path / "no such",), **given)  # type: ignore[arg-type]  # the three words
    file = load_settings(data_dir=tmp_path / "file")
    with pytest.raises(CannotDo, match="The record is a file"):
        brought_back(file, (), **given)  # type: ignore[arg-type]  # the three words


# --- from a file into a server ---


def test_q75_a_record_that_came_back_as_a_file_is_moved_into_an_empty_database_and_goes_on_there(
    kept: Kept, postgres_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = now()
    made = archive.write(kept.settings, tmp_path / "away", archive.recipients_of(kept.settings.backup_recipients), at)
    bring_back(made.path, [kept.key], tmp_path / "work", kept.settings, at)
    folder, before = tmp_path / "work" / "restored", history(kept.settings, kept.preparation)
    with fresh(postgres_folder) as empty:
        given = {"database_url": empty.url, "photos_url": str(tmp_path / "photos"), "data_dir": kept.settings.data_dir}
        there = kept.settings.model_copy(update=given)
        serve_from_environment(there, monkeypatch)
        code, out, err = run("move", "--from", str(folder), "--json")
        assert (code, "VIALTRACE_DATABASE_OWNER_URL" in err) == (2, True)
        monkeypatch.setenv("VIALTRACE_DATABASE_OWNER_URL", empty.owner_url)
        code, out, err = run("move", "--from", str(folder), "--json")
        found = json.loads(out)
        assert (code, found["ok"], found["photos"]) == (0, True, made.made.verdict.photos), err
        assert history(there, kept.preparation) == before
        work_on(there, kept.preparation, "photo-syringes")
        assert verify(place_of(there), there.photos, lists=preparations.view_faults).faults == ()
        code, _, err = run("move", "--from", str(folder))
        assert (code, "is not empty" in err) == (2, True), err
        with closing(open_store(there)) as store, store.reading() as conn:
            assert [one.kind for one in log.load(conn, "site/MAIN")][-1] == "moved"


@pytest.mark.parametrize(
    ("names", "says"),
    [("no such folder", "does not exist"), ("in a file", "database_url names a file"), ("damaged", "is not whole")],
)
def test_what_cannot_be_moved_is_told_and_leaves_the_database_empty(
    names: str, says: str, tmp_path: Path, postgres_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = lay(tmp_path / "record")
    with closing(open_store(load_settings(data_dir=folder))) as store:
        a_day(store, folder / "blobs")
    with fresh(postgres_folder) as empty:
        url = f"sqlite:///{tmp_path}/other.db" if names == "in a file" else empty.url
        for name, value in {
            "DATABASE_URL": url,
            "DATABASE_OWNER_URL": empty.owner_url,
            "DATA_DIR": tmp_path / "new",
        }.items():
            monkeypatch.setenv(f"VIALTRACE_{name}", str(value))
        monkeypatch.chdir(tmp_path)
        if names == "damaged":
            next((folder / "blobs").glob("??/??/*")).unlink()
        code, _, err = run("move", "--from", str(folder if names != "no such folder" else tmp_path / "nowhere"))
        assert (code, says in err) == (2, True), err
        with read_only(place_at(empty.url, "url")) as conn:
            assert log.head_of(conn, "MAIN")[0] == 0
