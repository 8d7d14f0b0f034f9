"""Encrypted backups: one archive a time, never changed once written; photos beside it, each encrypted once, by its digest.

age encrypts to public keys, the recipients; the identities that open an archive are never on the machine that makes it.
"""

from __future__ import annotations

import os
import re
import shutil
import tarfile
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any

import orjson
import pyrage

from app.record import canonical
from app.record.backup import BackedUp, CannotDo, back_up, contents_of
from app.record.blobs import Blobs
from app.record.columns import moment_text
from app.record.keys import Keyring, KeyTrouble, PublicKeys, read_public, write_file
from app.record.place import place_of
from app.settings import Settings

FORMAT = "vialtrace-archive/1"
ENDING = ".vialtrace.age"
PHOTOS, KEYS = "photos", "keys"
TAG = b"vialtrace/archive/1\x00"
"""Stands before what a manifest's signature covers."""
NAME = re.compile(r"^[A-Z0-9-]+\.(\d{8}T\d{6}Z)\.\d{12}\.vialtrace\.age$")


@dataclass(frozen=True)
class Archived:
    """An archive that was written and read back."""

    path: Path  # the archive
    manifest: Path  # what is in it, signed, in clear
    manifest_sha256: str  # as the record's event names it
    made: BackedUp  # the copy in it, verified before it was encrypted
    photos_new: int  # photos that the folder did not have before


def recipients_of(texts: Sequence[str]) -> list[Any]:
    """Read the public keys that may open an archive; raise CannotDo for one that is none."""
    found = []
    for text in texts:
        kind = pyrage.ssh.Recipient if text.startswith("ssh-") else pyrage.x25519.Recipient
        try:
            found.append(kind.from_str(text.strip()))
        except pyrage.RecipientError as error:
            raise CannotDo(f"{text[:24]!r} is no public key of age (age1… or ssh-…): {error}.") from error
    if not found:
        raise CannotDo("no recipient is set; without one nobody could open the backup. Set backup_recipients.")
    return found


def identities_of(file: Path) -> list[Any]:
    """Read the secret keys of an age identity file; raise CannotDo where there are none."""
    try:
        lines = [line.strip() for line in file.read_text("utf-8").splitlines()]
        return [pyrage.x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")]
    except (OSError, ValueError, pyrage.IdentityError) as error:
        raise CannotDo(f"{file} is no identity file of age (made by age-keygen); it cannot be read.") from error


def write(settings: Settings, folder: Path, recipients: Sequence[Any], at: datetime) -> Archived:
    """Copy the record while the server works, check the copy, encrypt it into `folder`. Raises CannotDo."""
    with workroom(settings) as work:
        copy = work / "copy"
        made = back_up(
            place_of(settings), settings.photos, settings.data_dir / "checkpoints", copy, at, photos_too=False
        )
        folder.mkdir(parents=True, exist_ok=True)
        new = _write_photos(copy / "vialtrace.db", Blobs(settings.photos), folder / PHOTOS, recipients)
        path = folder / _name(settings.site, at, made.heads.get(settings.site, 0))
        if path.exists():
            raise CannotDo(f"{path} exists already: an archive is never written over. Wait a second and try again.")
        _seal(copy, work / "copy.tar.gz", path, recipients)
    said = _manifest(settings, path, made, new, at)
    manifest = path.with_name(path.name.removesuffix(ENDING) + ".json")
    _sign(settings, manifest, said)
    return Archived(path, manifest, sha256(manifest.read_bytes()).hexdigest(), made, new)


def unpack(archive: Path, identities: Sequence[Any], into: Path) -> dict[str, Any]:
    """Decrypt an archive and its photos into a new folder that `restore` takes. Raises CannotDo for anything amiss.

    Returns what the manifest beside it says.
    """
    said = read(archive)
    into.mkdir(parents=True)
    plain = into / ".plain"
    try:
        pyrage.decrypt_file(str(archive), str(plain), identities)
        with tarfile.open(plain) as tar:
            tar.extractall(into, filter="data")
    except pyrage.DecryptError as error:
        raise CannotDo(
            f"{archive} does not open with this identity ({error}). Take the one it was made for."
        ) from error
    except (tarfile.TarError, OSError) as error:
        raise CannotDo(f"{archive} cannot be unpacked ({error}). Take an earlier one.") from error
    finally:
        plain.unlink(missing_ok=True)
    names, _ = contents_of(into / "vialtrace.db")
    for name in names:
        _open_photo(archive.parent / PHOTOS / name[:2] / name[2:4] / f"{name}.age", identities, into / "blobs", name)
    return said


def read(archive: Path, keys: PublicKeys | None = None) -> dict[str, Any]:
    """Compare an archive with its signed manifest, by the keys beside it or those given; raise CannotDo."""
    manifest = archive.with_name(archive.name.removesuffix(ENDING) + ".json")
    try:
        raw = manifest.read_bytes()
        said: dict[str, Any] = orjson.loads(raw)
        key, value = manifest.with_suffix(".sig").read_text("ascii").split()
        known = read_public(archive.parent / KEYS) if keys is None else keys
        signed = key in known.keys and known.keys[key].fits(bytes.fromhex(value), TAG + raw)
        with archive.open("rb") as file:
            same = file_digest(file, "sha256").hexdigest() == said["archive_sha256"]
    except (OSError, ValueError, KeyError, TypeError, KeyTrouble) as error:
        raise CannotDo(f"{archive} has no manifest that can be read ({error}). Take another archive.") from error
    if said.get("format") != FORMAT:
        raise CannotDo(f"{archive} has a form that this release does not know. Use the release that made it.")
    if not signed:
        raise CannotDo(f"the manifest of {archive} was not signed by a key at hand: it may be forged.")
    if not same:
        raise CannotDo(f"{archive} is not what its manifest says: it was changed or is damaged. Take an earlier one.")
    return said


def archives(folder: Path) -> list[tuple[datetime, Path]]:
    """Return the archives of a folder with their times, oldest first."""
    found = []
    for path in folder.glob(f"*{ENDING}"):
        if match := NAME.match(path.name):
            found.append((datetime.strptime(match[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC), path))
    return sorted(found)


@contextmanager
def workroom(settings: Settings) -> Iterator[Path]:
    """Give a private folder on the disk of the record, for what is not encrypted yet, and clear it up."""
    parent = settings.data_dir / "upkeep"
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=parent, prefix="work-") as folder:
        yield Path(folder)


def clear_up(settings: Settings) -> None:
    """Remove what a process that was killed left in the workroom. Only at the start, while no task runs."""
    for left in (settings.data_dir / "upkeep").glob("work-*"):
        shutil.rmtree(left, ignore_errors=True)


def _name(site: str, at: datetime, head: int) -> str:
    return f"{site}.{at.astimezone(UTC):%Y%m%dT%H%M%SZ}.{head:012d}{ENDING}"


def _write_photos(database: Path, photos: Blobs, to: Path, recipients: Sequence[Any]) -> int:
    """Encrypt each photo that is not there yet; take away those that were purged."""
    names, gone = contents_of(database)
    for name in gone:
        (to / name[:2] / name[2:4] / f"{name}.age").unlink(missing_ok=True)
    new = 0
    for name in names:
        path = to / name[:2] / name[2:4] / f"{name}.age"
        content = None if path.exists() else photos.get(name)
        if isinstance(content, bytes):
            path.parent.mkdir(parents=True, exist_ok=True)
            _write_whole(path, pyrage.encrypt(content, recipients))
            new += 1
    return new


def _open_photo(path: Path, identities: Sequence[Any], to: Path, name: str) -> None:
    try:
        content = pyrage.decrypt(path.read_bytes(), identities)
    except (OSError, pyrage.DecryptError) as error:
        raise CannotDo(f"the photo {name} is missing in the backup or does not open ({error}).") from error
    if sha256(content).hexdigest() != name:
        raise CannotDo(f"the photo {name} in the backup is not what was filed.")
    Blobs(to).put(content, "")


def _seal(copy: Path, plain: Path, to: Path, recipients: Sequence[Any]) -> None:
    with tarfile.open(plain, "w:gz", compresslevel=3) as tar:
        for path in sorted(copy.iterdir()):
            tar.add(path, arcname=path.name)
    draft = to.with_name(f".{to.name}.draft")
    try:
        pyrage.encrypt_file(str(plain), str(draft), recipients)
        draft.chmod(0o440)
        _sync(draft)
        draft.rename(to)
        _sync(to.parent)
    finally:
        draft.unlink(missing_ok=True)


def _manifest(settings: Settings, path: Path, made: BackedUp, new: int, at: datetime) -> Mapping[str, Any]:
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    found = made.verdict
    return {
        "format": FORMAT, "at": moment_text(at), "site": settings.site, "software": settings.software,
        "archive": path.name, "archive_sha256": digest, "bytes": path.stat().st_size, "heads": dict(made.heads),
        "events": found.events, "preparations": found.preparations, "photos": found.photos, "photos_new": new,
        "checkpoints": found.checkpoints,
    }  # fmt: skip


def _sign(settings: Settings, manifest: Path, said: Mapping[str, Any]) -> None:
    """Write the manifest and its signature by the backup key, and the public key beside them."""
    text = canonical.dump(dict(said)).decode() + "\n"
    keyring = Keyring(settings.data_dir / "backup-keys")
    keyring.prepare()
    write_file(manifest, text, 0o444)
    key = keyring.current
    write_file(manifest.with_suffix(".sig"), f"{key} {keyring.sign(key, TAG + text.encode()).hex()}\n", 0o444)
    public = manifest.parent / KEYS / f"{key}.pub"
    if not public.exists():
        public.parent.mkdir(exist_ok=True)
        write_file(public, keyring.public.keys[key].line, 0o444)


def _write_whole(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name}.draft")
    try:
        draft.write_bytes(content)
        draft.chmod(0o440)
        _sync(draft)
        draft.rename(path)
    finally:
        draft.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
