"""The keys that sign checkpoints: private ones of the signing account alone (0600), public ones for everybody."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

PUBLIC_ENDING = ".pub"
REVOKED = "revoked"
"""File of the lost keys: one line each, `<key id> <site> <first site_seq it no longer counts for> <why>`."""


class KeyTrouble(Exception):  # noqa: N818  # named as the answer the caller hears
    """A key cannot be used; the sentence says why and what to do."""


@dataclass(frozen=True)
class PublicKey:
    """What checks a signature."""

    raw: bytes  # 32 bytes

    @property
    def fingerprint(self) -> str:
        """64 hex digits, printed at installation and kept by quality assurance."""
        return sha256(self.raw).hexdigest()

    @property
    def id(self) -> str:
        """The first 32 digits of the fingerprint, as checkpoints name the key."""
        return self.fingerprint[:32]

    @property
    def line(self) -> str:
        """What its file says."""
        return f"vialtrace-key ed25519 {base64.b64encode(self.raw).decode()} {self.fingerprint}\n"

    def fits(self, signature: bytes, content: bytes) -> bool:
        """Say whether this key made the signature over the content."""
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, content)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class Revoked:
    """A key that was lost or is suspected."""

    key: str  # its id
    site: str  # code of the site it signed for
    site_seq: int  # from this event on its signature counts for nothing
    why: str  # in words


@dataclass(frozen=True)
class PublicKeys:
    """A folder of public keys, as an auditor or a bundle has it."""

    keys: Mapping[str, PublicKey]  # by id
    revoked: tuple[Revoked, ...]  # as the folder says

    def __or__(self, other: PublicKeys) -> PublicKeys:
        """Return both together."""
        return PublicKeys({**self.keys, **other.keys}, tuple(dict.fromkeys((*self.revoked, *other.revoked))))


NO_KEYS = PublicKeys({}, ())


def parse_public(text: str) -> PublicKey:
    """Read a public key's line; raise KeyTrouble where it is not exactly one."""
    parts = text.split()
    try:
        key = PublicKey(base64.b64decode(parts[2], validate=True))
        Ed25519PublicKey.from_public_bytes(key.raw)
    except (IndexError, ValueError) as error:
        raise KeyTrouble(f"{text.strip()[:80]!r} is not a public key of vialtrace") from error
    if key.line != text:
        raise KeyTrouble(f"the public key with the fingerprint {key.fingerprint} is not written as vialtrace writes it")
    return key


def parse_revoked(text: str) -> tuple[Revoked, ...]:
    """Read the list of lost keys; raise KeyTrouble for a line that is none."""
    found = []
    for line in text.splitlines():
        try:
            key, site, seq, why = line.split(" ", 3)
            found.append(Revoked(key, site, int(seq), why))
        except ValueError as error:
            raise KeyTrouble(f"{line!r} in the list of revoked keys says no key, site, number and reason") from error
    return tuple(found)


def read_public(folder: Path) -> PublicKeys:
    """Read the public keys of a folder; raise KeyTrouble for one that cannot be read."""
    try:
        found = [parse_public(path.read_text("utf-8")) for path in sorted(folder.glob(f"*{PUBLIC_ENDING}"))]
        lost = folder / REVOKED
        revoked = parse_revoked(lost.read_text("utf-8")) if lost.exists() else ()
    except (OSError, UnicodeDecodeError) as error:
        raise KeyTrouble(f"the public keys in {folder} cannot be read: {error}") from error
    return PublicKeys({key.id: key for key in found}, revoked)


class Keyring:
    """The private folder of the signing account. Nothing in it belongs into a backup of the database."""

    def __init__(self, folder: Path) -> None:
        """Use this folder; `prepare` makes it, with a first key."""
        self.folder = folder
        self.public_folder = folder / "public"

    def prepare(self) -> str | None:
        """Make folder and first key where there are none; return the new key's id, None when there was one already."""
        if not self.folder.exists():
            self.folder.mkdir(parents=True, mode=0o700)
        self._belongs_to_us(self.folder)
        self.public_folder.mkdir(exist_ok=True)
        return None if (self.folder / "current").exists() else self._new()

    @property
    def public(self) -> PublicKeys:
        """The public keys of all private ones, old ones too, and what was revoked."""
        return read_public(self.public_folder)

    @property
    def signers(self) -> tuple[str, ...]:
        """The ids that sign the next checkpoint: the key in use, and before it the old one while a rotation is open."""
        pending = self.folder / "rotating"
        old = (pending.read_text().strip(),) if pending.exists() else ()
        return (*old, self.current)

    @property
    def current(self) -> str:
        """The id of the key in use."""
        return (self.folder / "current").read_text().strip()

    def sign(self, key: str, content: bytes) -> bytes:
        """Sign; raise KeyTrouble when the file is missing, is another's, or may be read by others."""
        path = self.folder / f"{key}.key"
        self._belongs_to_us(path)
        private = load_pem_private_key(path.read_bytes(), None)
        if not isinstance(private, Ed25519PrivateKey) or _public(private).id != key:
            raise KeyTrouble(f"{path} is not the key {key}. Restore it from its own copy, or revoke it and rotate.")
        return private.sign(content)

    def rotate(self) -> str:
        """Make a new key; unless the old one is revoked, it signs the next checkpoint too. Return the new key's id."""
        old = self.current
        new = self._new()
        if old not in {lost.key for lost in self.public.revoked}:
            write_file(self.folder / "rotating", old + "\n", 0o600)
        return new

    def rotated(self) -> None:
        """Close the rotation, after the checkpoint with both signatures is filed."""
        (self.folder / "rotating").unlink(missing_ok=True)

    def revoke(self, lost: Revoked) -> None:
        """Write down that a key no longer counts from an event on; raise KeyTrouble for a key that is not ours."""
        if lost.key not in self.public.keys:
            raise KeyTrouble(f"there is no key {lost.key} in {self.public_folder}; `vialtrace record keys` lists them")
        path = self.public_folder / REVOKED
        before = path.read_text("utf-8") if path.exists() else ""
        why = " ".join(lost.why.split())
        write_file(path, f"{before}{lost.key} {lost.site} {lost.site_seq} {why}\n", 0o644)
        if (self.folder / "rotating").exists() and lost.key in self.signers[:-1]:
            self.rotated()

    def _new(self) -> str:
        private = Ed25519PrivateKey.generate()
        pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        public = _public(private)
        write_file(self.folder / f"{public.id}.key", pem.decode(), 0o600)
        write_file(self.public_folder / f"{public.id}{PUBLIC_ENDING}", public.line, 0o444)
        write_file(self.folder / "current", public.id + "\n", 0o600)
        return public.id

    @staticmethod
    def _belongs_to_us(path: Path) -> None:
        try:
            state = path.stat()
        except OSError as error:
            raise KeyTrouble(f"{path} cannot be looked at: {error.strerror}") from error
        if state.st_uid != os.geteuid():
            raise KeyTrouble(f"{path} belongs to another account. Run the signer as the account that owns its keys.")
        if state.st_mode & 0o077:
            raise KeyTrouble(
                f"others may open {path}. Run `chmod go= {path}`; if anyone did, revoke the key and rotate."
            )


def _public(private: Ed25519PrivateKey) -> PublicKey:
    return PublicKey(private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))


def write_file(path: Path, text: str, mode: int) -> None:
    """Write beside the final place, sync, rename, sync the folder: a power cut leaves the old file or the new one."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        draft.rename(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
