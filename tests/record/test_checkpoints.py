"""Signed checkpoints: what they find that a chain alone misses, whose signatures count, and what is not signed."""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli.record import record as record_command
from app.record import log, notes, sqlite
from app.record.engine import open_store
from app.record.keys import Keyring, KeyTrouble, Revoked, parse_public, read_public
from app.record.log import RecordDamaged
from app.record.notes import NoteError, Signature
from app.record.signer import WillNotSign
from app.record.trust import Evidence, gather
from app.record.verify import verify
from app.settings import Settings
from tests.record import rewriting
from tests.record.conftest import NOON, administrator, refuse, write_event
from tests.record.rewriting import Rows
from tests.record.signing import STREAMS, Office, at, write_events


@pytest.fixture(scope="module")
def hundred(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Office:
    """A hundred events, signed at number 90 and at number 100."""
    folder = tmp_path_factory.mktemp("hundred")
    office = Office(made(folder, migrated), folder / "office")
    with closing(open_store(office.settings)) as store:
        write_events(store, 1, 90)
        office.sign(90)
        write_events(store, 91, 100)
        store.write(lambda conn: refuse(conn, "R1"))
        office.sign(100)
    return office


def made(folder: Path, migrated: Path) -> Settings:
    (folder / "data").mkdir()
    shutil.copy(migrated, folder / "data" / "vialtrace.db")
    return Settings(data_dir=folder / "data")


@pytest.fixture
def office(settings: Settings, hundred: Office, tmp_path: Path) -> Office:
    """The same, to do anything with."""
    with closing(sqlite.raw_connection(hundred.settings.data_dir / "vialtrace.db")) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copytree(hundred.settings.data_dir, settings.data_dir, dirs_exist_ok=True)
    return Office(settings, hundred.copy_to(tmp_path / "office").folder)


# --- the nine tamperings ---

TAMPERINGS: dict[str, tuple[Callable[[Rows], Rows], bool, str]] = {
    "edit one body": (rewriting.edited(40), False, "FFFF"),
    "edit number 40 of 100, recompute the rest": (rewriting.edited(40), True, "--FF"),
    "cut off the last 5": (rewriting.cut(5), True, "---F"),
    "cut off the last 20": (rewriting.cut(20), True, "--FF"),
    "delete a whole preparation": (rewriting.without("P2"), False, "-FFF"),
    "delete one and recompute": (rewriting.without_one(40), True, "--FF"),
    "swap events of two preparations": (rewriting.swapped(40, 41), False, "-FFF"),
    "insert a back-dated event, recompute": (rewriting.back_dated(40), True, "--FF"),
    "edit an event newer than the checkpoint, recompute": (rewriting.edited(95), True, "---F"),
}
"""What is done, whether the forger recomputes, and who finds it: each preparation's chain, the site's chain, a
checkpoint ten events old, one that is up to date."""


def whole_streams(path: Path) -> bool:
    """Say whether each preparation by itself reads as written."""
    try:
        with sqlite.read_only(path) as conn:
            for stream in STREAMS:
                log.load(conn, stream)
    except RecordDamaged:
        return False
    return True


@pytest.mark.parametrize("name", TAMPERINGS)
def test_q60_each_of_the_nine_tamperings_is_found_by_what_should_find_it(office: Office, name: str) -> None:
    change, recompute, expected = TAMPERINGS[name]
    path, photos = office.settings.data_dir / "vialtrace.db", office.settings.photos
    shutil.rmtree(office.settings.data_dir / "checkpoints")  # the forger takes away what lies beside
    rewriting.rewrite(path, change, recompute=recompute)
    now = office.evidence()
    old = Evidence({where: text for where, text in now.texts.items() if ".000000000090." in where}, trusted=now.trusted)
    assert (len(now.texts), len(old.texts)) == (2, 1)
    found = [whole_streams(path), *(verify(path, photos, evidence).ok for evidence in (Evidence(), old, now))]
    assert "".join("-" if ok else "F" for ok in found) == expected


def test_an_untouched_record_is_trusted_until_its_newest_checkpoint(office: Office) -> None:
    path = office.settings.data_dir / "vialtrace.db"
    verdict = verify(path, office.settings.photos, office.evidence())
    assert (verdict.faults, verdict.checkpoints, verdict.trusted_until) == ((), 2, "2026-03-02T18:01:40.000250Z")
    assert (
        verify(path, office.settings.photos, gather((office.shelf,), (office.shelf / "keys",), None)).trusted_until
        is None
    )


def test_trust_ends_before_the_first_fault(office: Office) -> None:
    path = office.settings.data_dir / "vialtrace.db"
    rewriting.rewrite(path, rewriting.edited(95), recompute=False)
    verdict = verify(path, office.settings.photos, office.evidence())
    assert (verdict.ok, verdict.trusted_until) == (False, "2026-03-02T18:01:30.000250Z")


def test_a_rolled_back_database_is_found(office: Office, tmp_path: Path) -> None:
    path, before = office.settings.data_dir / "vialtrace.db", tmp_path / "before.db"
    shutil.copy(path, before)
    with closing(open_store(office.settings)) as store:
        write_events(store, 101, 110)
        office.sign(110)
    for leftover in office.settings.data_dir.glob("vialtrace.db*"):
        leftover.unlink()
    shutil.copy(before, path)
    verdict = verify(path, office.settings.photos, office.evidence())
    assert [(fault.kind, fault.where) for fault in verdict.faults] == [("checkpoint", "MAIN 110")]
    with pytest.raises(WillNotSign, match=r"ends at event 100, but event 110 was signed"):
        office.sign(120)


def test_a_rewritten_refusal_is_found_by_the_digest_in_the_checkpoint(office: Office) -> None:
    path = office.settings.data_dir / "vialtrace.db"
    with administrator(path) as raw:
        raw.execute("DELETE FROM refusal")
        raw.execute("DELETE FROM running_head WHERE name = 'refusal'")
    assert verify(path, office.settings.photos).ok
    faults = verify(path, office.settings.photos, office.evidence()).faults
    assert [(fault.where, fault.says) for fault in faults] == [
        ("MAIN 100", "the checkpoint covers row 1 of refusal, but it is missing")
    ]


# --- whose signatures count ---


def test_every_flipped_bit_of_a_checkpoint_is_found(office: Office) -> None:
    path, whole = office.settings.data_dir / "vialtrace.db", office.evidence()
    where, text = sorted(whole.texts.items())[-1]
    raw = text.encode()
    for place in range(0, len(raw), 13):
        spoilt = raw[:place] + bytes([raw[place] ^ 1 << place % 7]) + raw[place + 1 :]
        texts = {**whole.texts, where: spoilt.decode("utf-8", "replace")}
        faults = verify(path, office.settings.photos, Evidence(texts, trusted=whole.trusted)).faults
        assert [fault.kind for fault in faults][:1] == ["checkpoint"], spoilt


def test_a_forged_key_is_found(office: Office, tmp_path: Path) -> None:
    """The forger rewrites the record, makes a key, signs the result and puts everything beside the record."""
    path = office.settings.data_dir / "vialtrace.db"
    rewriting.rewrite(path, rewriting.edited(40), recompute=True)
    shutil.rmtree(office.settings.data_dir / "checkpoints")
    forger = Office(office.settings, tmp_path / "forger")
    forger.sign(200)
    beside = office.settings.data_dir / "checkpoints"
    assert verify(path, office.settings.photos, gather((beside,), (beside / "keys",), None)).ok, (
        "as every self-made proof"
    )
    verdict = verify(
        path, office.settings.photos, gather((beside,), (beside / "keys",), read_public(office.shelf / "keys"))
    )
    assert (verdict.ok, verdict.trusted_until) == (False, None)
    assert "is not among the keys given" in verdict.faults[0].says


def test_q62_a_rotation_is_signed_by_both_keys_and_then_by_the_new_one(office: Office) -> None:
    old = office.keyring.current
    new = office.keyring.rotate()
    both, nothing = office.sign(300), office.sign(301)
    assert both is not None
    assert nothing is None
    assert [one.key for one in both.note.signatures] == [old, new]
    with closing(open_store(office.settings)) as store:
        write_events(store, 101, 101)
    alone = office.sign(302)
    assert alone is not None
    assert [one.key for one in alone.note.signatures] == [new]
    keys = office.shelf.parent / "only the old key"
    keys.mkdir()
    shutil.copy(office.shelf / "keys" / f"{old}.pub", keys)
    known = gather((office.shelf,), (office.shelf / "keys",), read_public(keys))
    verdict = verify(office.settings.data_dir / "vialtrace.db", office.settings.photos, known)
    assert (verdict.faults, verdict.trusted_until) == ((), notes.moment_text(at(302)))


def test_q62_a_new_key_that_the_old_one_did_not_introduce_is_a_fault(office: Office, tmp_path: Path) -> None:
    stranger = Office(office.settings, tmp_path / "stranger")
    stranger.sign(300)
    shutil.copytree(stranger.shelf, office.shelf, dirs_exist_ok=True)
    verdict = verify(office.settings.data_dir / "vialtrace.db", office.settings.photos, office.evidence())
    assert [fault.where for fault in verdict.faults] == ["MAIN 100"]
    assert "signs alone, but no key before it signed its first checkpoint" in verdict.faults[0].says


def test_q62_a_revoked_key_counts_for_nothing_from_its_event_on(office: Office) -> None:
    old = office.keyring.current
    office.keyring.revoke(Revoked(old, "MAIN", 95, "left in a taxi"))
    office.keyring.rotate()
    path, photos = office.settings.data_dir / "vialtrace.db", office.settings.photos
    shutil.copy(office.keyring.public_folder / "revoked", office.shelf / "keys")
    verdict = verify(path, photos, office.evidence())
    assert (verdict.ok, verdict.trusted_until) == (True, notes.moment_text(at(90)))
    assert verdict.notices == (
        f"The checkpoint of MAIN 100 counts for nothing: the key {old} is revoked from event 95 on.",
    )
    signed = office.sign(400)
    assert signed is None, "nothing is new"
    with closing(open_store(office.settings)) as store:
        write_events(store, 101, 101)
    signed = office.sign(401)
    assert signed is not None
    assert [one.key for one in signed.note.signatures] == [office.keyring.current] != [old]
    verdict = verify(path, photos, office.evidence())
    assert (verdict.faults, verdict.trusted_until) == ((), notes.moment_text(at(401)))


def test_a_thief_of_a_revoked_key_cannot_rewrite_what_was_signed_before(office: Office, tmp_path: Path) -> None:
    thief = office.copy_to(tmp_path / "thief")
    office.keyring.revoke(Revoked(office.keyring.current, "MAIN", 95, "stolen"))
    shutil.copy(office.keyring.public_folder / "revoked", office.shelf / "keys")
    path = office.settings.data_dir / "vialtrace.db"
    rewriting.rewrite(path, rewriting.edited(93), recompute=True)
    (thief.folder / "signer" / "last.note").unlink()
    thief.sign(500)
    shutil.copytree(thief.shelf, office.shelf, dirs_exist_ok=True)
    verdict = verify(path, office.settings.photos, office.evidence())
    assert (verdict.ok, verdict.trusted_until) == (False, notes.moment_text(at(90)))


def test_q62_keys_that_others_may_open_are_not_used(office: Office) -> None:
    folder = office.keyring.folder
    key = folder / f"{office.keyring.current}.key"
    assert (stat.S_IMODE(key.stat().st_mode), stat.S_IMODE(folder.stat().st_mode)) == (0o600, 0o700)
    assert key.stat().st_uid == os.geteuid()
    with closing(open_store(office.settings)) as store:
        write_events(store, 101, 101)
    key.chmod(0o640)
    with pytest.raises(KeyTrouble, match="others may open"):
        office.sign(300)
    key.chmod(0o600)
    folder.chmod(0o750)
    with pytest.raises(KeyTrouble, match="others may open"):
        office.keyring.prepare()
    folder.chmod(0o700)
    assert office.sign(300) is not None


# --- what is signed ---


@pytest.mark.parametrize("change", [rewriting.edited(40), rewriting.cut(5), rewriting.back_dated(99)])
def test_a_history_that_does_not_continue_is_not_signed(office: Office, change: Callable[[Rows], Rows]) -> None:
    running = office.signer()
    assert running.turn(at(300)) is None
    rewriting.rewrite(office.settings.data_dir / "vialtrace.db", change, recompute=True)
    for signer in (running, office.signer()):
        with pytest.raises(WillNotSign, match=r"signed|missing|fit"):
            signer.turn(at(301))


def test_a_damaged_event_after_the_last_checkpoint_is_not_signed(office: Office) -> None:
    running = office.signer()
    assert running.turn(at(300)) is None
    with closing(open_store(office.settings)) as store:
        write_events(store, 101, 105)
    rewriting.rewrite(office.settings.data_dir / "vialtrace.db", rewriting.edited(103), recompute=False)
    for signer in (running, office.signer()):
        with pytest.raises(WillNotSign, match=r"event MAIN 103 \(P3 version"):
            signer.turn(at(301))


def test_a_turn_with_nothing_new_signs_nothing_and_a_refusal_alone_is_new(office: Office) -> None:
    signer = office.signer()
    assert signer.turn(at(300)) is None
    with closing(open_store(office.settings)) as store:
        store.write(lambda conn: refuse(conn, "R2"))
        signed = signer.turn(at(301))
        assert signed is not None
        assert (signed.note.site_seq, signed.note.running["refusal"][0]) == (100, 2)
        store.write(lambda conn: write_event(conn, "P9", "C-new", at=NOON))
        signed = signer.turn(at(302))
        assert signed is not None
        assert (signed.note.site_seq, signer.turn(at(303))) == (101, None)
    assert verify(office.settings.data_dir / "vialtrace.db", office.settings.photos, office.evidence()).ok


def test_an_empty_record_is_not_signed(settings: Settings, tmp_path: Path) -> None:
    assert Office(settings, tmp_path / "office").sign() is None


def test_a_copy_that_could_not_be_written_is_written_at_the_next_turn(office: Office) -> None:
    shutil.rmtree(office.shelf)
    office.shelf.write_text("not a folder")
    with closing(open_store(office.settings)) as store:
        write_events(store, 101, 101)
        signed = office.sign(300)
        assert signed is not None
        assert len(signed.troubles) == 1
        assert "no copy in" in signed.troubles[0]
        office.shelf.unlink()
        write_events(store, 102, 102)
        signed = office.sign(301)
    assert signed is not None
    assert (signed.troubles, len(notes.read_folder(office.shelf))) == ((), 4)


def test_the_server_takes_the_checkpoints_into_the_table(office: Office) -> None:
    with closing(open_store(office.settings)) as store:
        write_events(store, 101, 101)
        office.sign(300)
    with closing(open_store(office.settings)) as store, store.reading() as conn:
        rows = conn.exec_driver_sql("SELECT site, epoch, site_seq FROM checkpoint ORDER BY seq").all()
    assert [tuple(row) for row in rows] == [("MAIN", 0, 90), ("MAIN", 0, 100), ("MAIN", 0, 101)]


def test_the_text_of_a_checkpoint_is_fixed() -> None:
    """Whoever writes a verifier can start from this one."""
    note = notes.Note(
        "MAIN", 0, 7, bytes(range(32)), {"refusal": (2, bytes(32))}, NOON, (Signature("0" * 32, bytes(64)),)
    )
    assert note.text == (
        "vialtrace/MAIN\n0\n7\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
        "refusal 2 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n2026-03-02T18:00:00.000250Z\n\n"
        f"ed25519 {'0' * 32} {'A' * 86}==\n"
    )
    assert notes.parse(note.text) == note
    for wrong in ("", "vialtrace/MAIN\n", note.text + "\n", note.text.replace("\n7\n", "\n07\n"), note.text.upper()):
        with pytest.raises(NoteError):
            notes.parse(wrong)


# --- the commands ---


def run(*words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(record_command, list(words))
    return done.exit_code, done.stdout, done.stderr


def test_the_commands_sign_list_rotate_revoke_and_verify(settings: Settings, tmp_path: Path) -> None:
    with closing(open_store(settings)) as store:
        write_events(store, 1, 5)
        folder, shelf = str(tmp_path / "signer"), str(tmp_path / "shelf")
        given = ("--signer", folder, "--data-dir", str(settings.data_dir))
        code, out, err = run("sign", "--once", "--copies", shelf, "--json", *given)
        said = json.loads(out)
        assert (code, said["site"], said["epoch"], said["site_seq"]) == (0, "MAIN", 0, 5)
        public = Keyring(tmp_path / "signer").public.keys[said["keys"][0]]
        assert public.fingerprint in err, "the fingerprint is printed at installation"
        assert parse_public((tmp_path / "shelf" / "keys" / f"{public.id}.pub").read_text()) == public
        assert run("sign", "--once", "--copies", shelf, *given)[:2] == (0, "")
        assert run("keys", *given)[:2] == (0, f"{public.fingerprint}  in use\n")
        assert [line.split("  ")[1] for line in run("keys", "--rotate", *given)[1].splitlines()].count("old") == 1
        assert run("keys", "--revoke", public.id, *given)[0] == 2
        code, out, _ = run("keys", "--revoke", public.id, "--from", "9", "--why", "lost", *given)
        assert (code, "revoked from event 9 of MAIN: lost" in out) == (0, True)
        code, out, _ = run("verify", "--data-dir", str(settings.data_dir), "--keys", f"{shelf}/keys", "--json")
        verdict = json.loads(out)
        assert (code, verdict["checkpoints"], verdict["trusted_until"]) == (0, 1, said["note"].splitlines()[-3])
    rewriting.rewrite(settings.data_dir / "vialtrace.db", rewriting.edited(2), recompute=True)
    code, _, err = run("sign", "--once", "--copies", shelf, *given)
    assert (code, "NOT SIGNED: the record up to event 5 of MAIN is not the one that was signed" in err) == (1, True)
    code, out, _ = run(
        "verify", "--data-dir", str(settings.data_dir), "--keys", f"{shelf}/keys", "--checkpoints", shelf
    )
    assert (code, "FIRST ALTERED ROW: MAIN 5" in out) == (1, True)


def test_the_commands_say_what_is_missing(tmp_path: Path, settings: Settings) -> None:
    code, _, err = run("verify", "--data-dir", str(settings.data_dir), "--keys", str(tmp_path / "nowhere"))
    assert (code, "is not a folder" in err) == (2, True)
    code, _, err = run("sign", "--once", "--data-dir", str(tmp_path / "nowhere"))
    assert (code, "there is no record to sign" in err) == (2, True)
