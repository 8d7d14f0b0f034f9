"""A bundle proves itself without the server: whole it verifies twice, with one bit flipped it fails twice."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Connection

from app.cli.options import account
from app.cli.record import record as record_command
from app.export import recorded
from app.export.reader import INDEX
from app.record import acts, bundle_alone, canonical, sqlite
from app.record import blobs as contents
from app.record.blobs import Blobs
from app.record.bundle import SEAL, Asked, export
from app.record.bundle_check import verify_bundle
from app.record.engine import open_store
from app.record.keys import PublicKeys, read_public
from app.record.trust import Evidence, gather
from app.record.verify import Verdict
from app.settings import Settings
from tests.record import rewriting
from tests.record.conftest import NOON, write_event
from tests.record.signing import Office, at, write_events

Packed = dict[str, bytes]


@pytest.fixture
def office(settings: Settings, tmp_path: Path) -> Office:
    """Signed at 10, 20 and 30; P1 (numbers 4, 8, 12 … in turn) has a photo; a new key since 20."""
    office = Office(settings, tmp_path / "office")
    photo = Blobs(settings.photos).put(b"a photo of a syringe", "image/jpeg")
    other = Blobs(settings.photos).put(b"a photo of another", "image/jpeg")

    def enter(conn: Connection) -> None:
        for kept in (photo, other):
            contents.enter(conn, kept, at=NOON, identifying=False)

    with closing(open_store(settings)) as store:
        store.write(enter)
        write_events(store, 1, 10)
        office.sign(10)
        write_events(store, 11, 13)
        store.write(lambda conn: write_event(conn, "P4", "C-photo", data={"photo": photo.sha256}, at=at(14)))
        write_events(store, 15, 20)
        office.keyring.rotate()
        office.sign(20)
        write_events(store, 21, 30)
        office.sign(30)
    return office


def evidence(office: Office) -> Evidence:
    return gather((office.shelf,), (office.shelf / "keys",), None)


def given(office: Office) -> PublicKeys:
    return read_public(office.shelf / "keys")


def make(office: Office, out: Path, preparation: str | None = None) -> Path:
    asked = Asked("MAIN", preparation, "vialtrace 0", NOON)
    with sqlite.read_only(office.settings.data_dir / "vialtrace.db") as conn, conn.begin():
        page = {INDEX: [b"<!doctype html><title>the same in plain words</title>"]}
        export(conn, Blobs(office.settings.photos), evidence(office), asked, out, page)
    return out


def both(path: Path, keys: PublicKeys | None = None) -> tuple[Verdict, dict[str, object]]:
    """Ask both verifiers, which share no line, and see that they agree."""
    ours = verify_bundle(path, keys)
    marks = () if keys is None else [key.fingerprint for key in keys.keys.values()]
    theirs = bundle_alone.verify(path, marks)
    assert ours.ok == theirs["ok"], (ours.faults, theirs["faults"])
    if ours.ok:
        said = (theirs["events"], theirs["checkpoints"], theirs["photos"], theirs["trusted_until"])
        assert said == (ours.events, ours.checkpoints, ours.photos, ours.trusted_until)
    return ours, theirs


def unpacked(path: Path) -> Packed:
    with zipfile.ZipFile(path) as box:
        return {name: box.read(name) for name in box.namelist()}


def packed(files: Packed, path: Path, *, refit: bool = False) -> Path:
    """Pack as the exporter does, with a seal that fits; with `refit` the manifest fits too."""
    if refit:
        manifest = json.loads(files["manifest.json"])
        manifest["files"] = {
            name: {"sha256": sha256(content).hexdigest(), "size": len(content)}
            for name, content in files.items()
            if name != "manifest.json"
        }
        files = {**files, "manifest.json": canonical.dump(manifest) + b"\n"}
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as box:
        for name, content in files.items():
            box.writestr(name, content)
        box.comment = (SEAL + "0" * 64).encode()
    raw = held.getvalue()[:-64]
    path.write_bytes(raw + sha256(raw).hexdigest().encode())
    return path


def test_q9_a_bundle_of_everything_verifies_twice_without_the_server(office: Office, tmp_path: Path) -> None:
    out = make(office, tmp_path / "all.zip")
    ours, theirs = both(out)
    assert (ours.ok, ours.events, ours.preparations, ours.checkpoints, ours.photos) == (True, 30, 4, 3, 2)
    assert ours.trusted_until is None
    assert both(out, given(office))[0].trusted_until == "2026-03-02T18:00:30.000250Z"
    assert theirs["keys"] == sorted(key.fingerprint for key in given(office).keys.values())


def test_q9_a_bundle_of_one_preparation_shows_no_other_and_is_proven_by_the_checkpoints_around_it(
    office: Office, tmp_path: Path
) -> None:
    out = make(office, tmp_path / "p4.zip", "P4")
    files = unpacked(out)
    bodies = [json.loads(line) for line in files["events.jsonl"].splitlines()]
    assert [body["preparation"] for body in bodies] == ["P4"]
    assert len(files["chain.jsonl"].splitlines()) == 10, "from the checkpoint at 10 to the one at 20"
    assert [name for name in files if name.startswith("blobs/")] == [f"blobs/{bodies[0]['data']['photo']}"]
    assert not any(f'"{name}"' in str(files) for name in ("P1", "P2", "C11"))
    assert both(out, given(office))[0] == Verdict(1, 1, 2, 1, (), "2026-03-02T18:00:20.000250Z")


def test_a_preparation_after_the_last_checkpoint_is_exported_and_not_yet_trusted(
    office: Office, tmp_path: Path
) -> None:
    with closing(open_store(office.settings)) as store:
        store.write(lambda conn: write_event(conn, "P9", "C-late", at=at(40)))
    verdict, _ = both(make(office, tmp_path / "p9.zip", "P9"), given(office))
    assert (verdict.ok, verdict.events, verdict.trusted_until) == (True, 1, "2026-03-02T18:00:30.000250Z")


def flipped(raw: bytes, place: int) -> bytes:
    return raw[:place] + bytes([raw[place] ^ 1 << place % 8]) + raw[place + 1 :]


@pytest.mark.parametrize("preparation", [None, "P4"])
def test_one_flipped_bit_in_any_file_is_found(office: Office, tmp_path: Path, preparation: str | None) -> None:
    """Each file inside, packed again with a seal that fits."""
    files = unpacked(make(office, tmp_path / "whole.zip", preparation))
    kinds = {name.partition("/")[0] for name in files}
    assert kinds >= {"events.jsonl", "chain.jsonl", "blobs", "checkpoints", "keys", "README.txt", "verify.py", INDEX}
    for name, content in files.items():
        for place in {0, len(content) // 3, len(content) - 1}:
            if name == "manifest.json":
                continue  # its own bits are under the seal, below
            spoilt = packed({**files, name: flipped(content, place)}, tmp_path / "spoilt.zip")
            assert not both(spoilt)[0].ok, (name, place)


def test_one_flipped_bit_anywhere_in_the_file_is_found(office: Office, tmp_path: Path) -> None:
    raw = make(office, tmp_path / "whole.zip", "P4").read_bytes()
    spoilt = tmp_path / "spoilt.zip"
    for place in {*range(0, len(raw), len(raw) // 60), len(raw) - 1, len(raw) - 70}:
        spoilt.write_bytes(flipped(raw, place))
        assert not both(spoilt)[0].ok, place


@pytest.mark.soak
@pytest.mark.parametrize("part", range(4))
def test_every_byte_of_the_file_is_found(
    office: Office, tmp_path: Path, part: int, counted: Callable[..., None]
) -> None:
    """In four parts, every fourth byte each."""
    raw = make(office, tmp_path / "whole.zip", "P4").read_bytes()
    spoilt = tmp_path / "spoilt.zip"
    places = range(part, len(raw), 4)
    for place in places:
        spoilt.write_bytes(flipped(raw, place))
        assert not both(spoilt)[0].ok, place
    counted("every byte of a bundle changed, each found", bytes_changed=len(places))


def no_line(files: Packed) -> Packed:
    return {**files, "events.jsonl": files["events.jsonl"].split(b"\n", 1)[1]}


def no_end(files: Packed) -> Packed:
    cut = {name: b"".join(files[name].splitlines(True)[:-3]) for name in ("events.jsonl", "chain.jsonl")}
    return {**files, **cut}


def other_body(files: Packed) -> Packed:
    return {**files, "events.jsonl": files["events.jsonl"].replace(b'"mass_mg":"0.50"', b'"mass_mg":"5.00"', 1)}


def no_photo(files: Packed) -> Packed:
    return {name: content for name, content in files.items() if not name.startswith("blobs/")}


def no_keys(files: Packed) -> Packed:
    return {name: content for name, content in files.items() if not name.startswith("keys/")}


def no_table(files: Packed) -> Packed:
    return {name: content for name, content in files.items() if not name.startswith("rows/")}


def no_last_row(files: Packed) -> Packed:
    return {**files, "rows/blob.jsonl": b"".join(files["rows/blob.jsonl"].splitlines(True)[:-1])}


def other_row(files: Packed) -> Packed:
    return {**files, "rows/blob.jsonl": files["rows/blob.jsonl"].replace(b'"identifying":0', b'"identifying":1', 1)}


def other_row_with_its_digest(files: Packed) -> Packed:
    """The row is another and the chain is worked out anew: the checkpoint alone tells."""
    before, lines = bytes(32), []
    for line in other_row(files)["rows/blob.jsonl"].splitlines():
        row = json.loads(line)["row"]
        before = canonical.row_digest(before, canonical.dump(row))
        lines.append(canonical.dump({"row": row, "digest": before.hex()}) + b"\n")
    return {**files, "rows/blob.jsonl": b"".join(lines)}


ROWS = [no_table, no_last_row, other_row, other_row_with_its_digest]


@pytest.mark.parametrize("change", [no_line, no_end, other_body, no_photo, no_keys, *ROWS])
def test_a_bundle_packed_anew_with_a_manifest_that_fits_is_found(
    office: Office, tmp_path: Path, change: Callable[[Packed], Packed]
) -> None:
    files = unpacked(make(office, tmp_path / "whole.zip"))
    assert both(packed(files, tmp_path / "same.zip", refit=True))[0].ok
    assert not both(packed(change(files), tmp_path / "spoilt.zip", refit=True))[0].ok


def test_a_forger_who_signs_anew_is_found_against_the_keys_given(office: Office, tmp_path: Path) -> None:
    forger = Office(office.settings, tmp_path / "forger")
    forger.sign(50)
    forged = make(forger, tmp_path / "forged.zip")
    assert both(forged)[0].ok, "as every self-made proof"
    verdict, _ = both(forged, given(office))
    assert (verdict.ok, verdict.trusted_until) == (False, None)


def test_a_restore_that_nobody_signed_excuses_no_missing_event(office: Office, tmp_path: Path) -> None:
    rewriting.rewrite(office.settings.data_dir / "vialtrace.db", rewriting.cut(5), recompute=True)
    lost = {"epoch": 1, "restored_to": 25, "missing_to": 30, "running": {}}
    acts.enter(office.settings, "restored", lost, who="mallory", at=at(60))
    out = make(office, tmp_path / "cut.zip")
    assert both(out)[0].ok, "without keys nobody can tell"
    assert not both(out, given(office))[0].ok
    office.sign(70, accept=1)
    verdict, _ = both(make(office, tmp_path / "signed.zip"), given(office))
    assert (verdict.ok, verdict.trusted_until) == (True, "2026-03-02T18:01:10.000250Z")


def test_the_script_inside_runs_alone(office: Office, tmp_path: Path) -> None:
    out = make(office, tmp_path / "all.zip")
    script = tmp_path / "verify.py"
    script.write_bytes(unpacked(out)["verify.py"])
    marks = [key.fingerprint for key in given(office).keys.values()]
    done = subprocess.run([sys.executable, "-I", script, out, *marks], capture_output=True, text=True, check=False)
    assert (done.returncode, json.loads(done.stdout)["trusted_until"]) == (0, "2026-03-02T18:00:30.000250Z")
    out.write_bytes(flipped(out.read_bytes(), 200))
    done = subprocess.run([sys.executable, "-I", script, out], capture_output=True, text=True, check=False)
    assert (done.returncode, json.loads(done.stdout)["ok"]) == (1, False)


def test_the_signature_check_of_the_script_agrees_with_published_vectors() -> None:
    """RFC 8032, 7.1, tests 1 and 2."""
    empty = (
        bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"),
        bytes.fromhex(
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        ),
    )
    one = (
        bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"),
        bytes.fromhex(
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
    )
    assert bundle_alone.fits(*empty, b"")
    assert bundle_alone.fits(*one, b"\x72")
    assert not bundle_alone.fits(*one, b"\x73")
    assert not bundle_alone.fits(one[0], flipped(one[1], 40), b"\x72")
    assert not bundle_alone.fits(empty[0], one[1], b"\x72")


# --- the commands ---


def run(*words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(record_command, list(words))
    return done.exit_code, done.stdout, done.stderr


def site_events(settings: Settings) -> list[tuple[str, str]]:
    with sqlite.read_only(settings.data_dir / "vialtrace.db") as conn:
        rows = conn.exec_driver_sql("SELECT kind, who FROM event WHERE preparation = 'site/MAIN' ORDER BY seq").all()
    return [(row[0], row[1]) for row in rows if row[0] != "dose_drawn"]


def test_an_export_while_the_server_is_stopped_is_an_event_of_the_record(office: Office, tmp_path: Path) -> None:
    folder, out = str(office.settings.data_dir), str(tmp_path / "all.zip")
    code, said, err = run("export", "--out", out, "--data-dir", folder, "--json")
    assert (code, json.loads(said)["events"], err) == (0, 30, "")
    assert site_events(office.settings) == [("record_exported", account())]
    with sqlite.read_only(office.settings.data_dir / "vialtrace.db") as conn:
        (_, last), *_ = recorded.exports(conn, "MAIN")
    assert (last.who, last.export.format, last.export.filter) == (account(), "bundle", "everything")
    assert last.export.sha256 == sha256((tmp_path / "all.zip").read_bytes()).hexdigest()
    code, said, _ = run("verify", out, "--keys", str(office.shelf / "keys"), "--json")
    assert (code, json.loads(said)["trusted_until"]) == (0, "2026-03-02T18:00:30.000250Z")
    code, _, err = run("export", "--out", out, "--data-dir", folder)
    assert (code, "exists already" in err) == (2, True)


def test_what_nobody_can_record_is_exported_of_a_copy_alone_and_says_so_itself(office: Office, tmp_path: Path) -> None:
    folder, out = str(office.settings.data_dir), str(tmp_path / "p1.zip")
    words = ("export", "--out", out, "--preparation", "P1", "--data-dir", folder)
    why = ("--unrecorded", "the auditor's copy is read-only")
    code, _, err = run(*words, *why)
    assert (code, "Leave --unrecorded out" in err) == (2, True), "this record can be written to"
    with closing(open_store(office.settings)):
        code, _, err = run(*words)
        assert (code, "what is not recorded is not made" in err, list(tmp_path.glob("*p1.zip*"))) == (2, True, [])
        assert run(*words, "--unrecorded", "because")[0] == 2
        code, _, err = run(*words, *why)
    assert (code, "NOT in the record" in err, site_events(office.settings)) == (0, True, [])
    with zipfile.ZipFile(out) as box:
        page = box.read("README.txt").decode()
    assert f"NOT AN EVENT OF THE RECORD: exported by {account()} from a copy" in page
    assert page.endswith("the auditor's copy is read-only\n")
    assert run("verify", out)[0] == 0


def test_nothing_is_exported_of_a_preparation_that_is_not_there_or_a_record_that_is_not_whole(
    office: Office, tmp_path: Path
) -> None:
    folder, out = str(office.settings.data_dir), tmp_path / "x.zip"
    code, _, err = run("export", "--out", str(out), "--preparation", "P77", "--data-dir", folder)
    assert (code, "there is no preparation 'P77'" in err, site_events(office.settings)) == (2, True, [])
    next(path for path in office.settings.photos.glob("??/??/*")).unlink()
    code, _, err = run("export", "--out", str(out), "--data-dir", folder)
    assert (code, "not whole" in err, out.exists()) == (2, True, False)
