"""`vialtrace db backup, restore, drill` with archives that only a secret key opens."""

from __future__ import annotations

import json
from pathlib import Path

import pyrage
import pytest
from click.testing import CliRunner

from app.cli.db import db
from app.record.verify import verify
from tests.upkeep.test_backups import Kept, kept

__all__ = ["kept"]


def run(*words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(db, list(words))
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture
def identity(kept: Kept, tmp_path: Path) -> str:
    """What `age-keygen -o` writes."""
    file = tmp_path / "key.txt"
    file.write_text(f"# created: 2026-11-24\n# public key: {kept.key.to_public()}\n{kept.key}\n")
    return str(file)


def test_an_archive_is_made_tried_and_restored_by_its_secret_key(kept: Kept, identity: str, tmp_path: Path) -> None:
    folder, to, new = str(kept.settings.data_dir), str(tmp_path / "away"), str(tmp_path / "new")
    words = ("backup", "--to", to, "--recipient", str(kept.key.to_public()), "--data-dir", folder, "--json")
    code, out, err = run(*words)
    said = json.loads(out)
    assert (code, said["encrypted"], said["photos_copied"], "NOT ENCRYPTED" in err) == (0, True, 2, False)
    made = said["folder"]
    code, out, err = run("drill", "--from", made, "--identity", identity, "--in", str(tmp_path), "--json")
    assert (code, json.loads(out)["ok"], json.loads(out)["events"]) == (0, True, said["events"]), err
    assert not list(tmp_path.glob("vialtrace-drill-*"))
    code, out, err = run("restore", "--from", made, "--data-dir", new)
    assert (code, "is encrypted. Give --identity" in err) == (2, True)
    code, out, err = run("restore", "--from", made, "--identity", identity, "--data-dir", new, "--json")
    assert (code, json.loads(out)["events"], json.loads(out)["photos"]) == (0, said["events"] + 1, 2), err
    assert verify(tmp_path / "new" / "vialtrace.db", tmp_path / "new" / "blobs").faults == ()
    assert not list(tmp_path.glob("vialtrace-opened-*")), "the plain copy is cleared up"


def test_a_wrong_key_a_missing_file_and_a_file_that_is_no_key_are_told_and_nothing_is_restored(
    kept: Kept, tmp_path: Path
) -> None:
    made, new = kept.made(), tmp_path / "new"
    stranger = tmp_path / "stranger"
    stranger.write_text(str(pyrage.x25519.Identity.generate()))
    (tmp_path / "nonsense").write_text("open sesame")
    for file, says in (
        (stranger, "does not open"),
        (tmp_path / "nonsense", "no identity file"),
        (tmp_path / "x", "no identity"),
    ):
        code, _, err = run("restore", "--from", str(made.path), "--identity", str(file), "--data-dir", str(new))
        assert (code, says in err, (new / "vialtrace.db").exists()) == (2, True, False), err
    code, _, err = run("drill", "--from", str(made.path), "--identity", str(stranger))
    assert (code, "THE DRILL FAILED" in err) == (1, True)
    code, _, err = run("restore", "--from", str(tmp_path / "typo.age"), "--data-dir", str(new))
    assert (code, "does not exist" in err) == (2, True)


def test_a_plain_backup_says_that_it_is_not_encrypted(kept: Kept, tmp_path: Path) -> None:
    code, out, err = run("backup", "--to", str(tmp_path / "plain"), "--data-dir", str(kept.settings.data_dir), "--json")
    assert (code, json.loads(out)["encrypted"], "NOT ENCRYPTED" in err) == (0, False, True)
