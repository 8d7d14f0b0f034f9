"""Whose checkpoints count: signatures, introduced keys, revoked keys. Knows no database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from app.record import notes
from app.record.keys import NO_KEYS, PublicKeys, read_public
from app.record.notes import Note, NoteError


@dataclass(frozen=True)
class Evidence:
    """What is at hand beside the database."""

    texts: Mapping[str, str] = field(default_factory=dict)  # checkpoints by where they were found
    known: PublicKeys = NO_KEYS  # public keys found beside the record: they show forgery, they prove nothing
    trusted: PublicKeys | None = None  # public keys from elsewhere; only with them a signature says anything


@dataclass(frozen=True)
class Judged:
    """One checkpoint and what its signatures are worth."""

    note: Note  # what it states
    trusted: bool  # whether a key counts that somebody outside vouches for
    faults: tuple[str, ...]  # what is wrong with its signatures, in words
    void: str  # why it counts for nothing although nothing is wrong with it; empty when it counts


@dataclass
class _Site:
    introduced: set[str] = field(default_factory=set)  # keys that may sign alone


def gather(folders: Iterable[Path], key_folders: Iterable[Path], trusted: PublicKeys | None) -> Evidence:
    """Collect checkpoints and public keys from folders; raise KeyTrouble for a key that cannot be read."""
    texts = {f"{folder / name}": text for folder in folders for name, text in notes.read_folder(folder).items()}
    known = NO_KEYS
    for folder in key_folders:
        known |= read_public(folder)
    return Evidence(texts, known, trusted)


def read_notes(texts: Mapping[str, str]) -> tuple[tuple[Note, ...], tuple[tuple[str, str], ...]]:
    """Return the checkpoints in order, each once, and (where, fault) for each text that is none."""
    found: dict[str, Note] = {}
    faults = []
    for where, text in texts.items():
        try:
            found.setdefault(text, notes.parse(text))
        except NoteError as error:
            faults.append((where, str(error)))
    return tuple(sorted(found.values(), key=lambda note: (note.site, note.order))), tuple(faults)


def judge(ordered: Iterable[Note], evidence: Evidence) -> tuple[Judged, ...]:
    """Judge the checkpoints in their order: each signature, and that each new key was introduced by one before it."""
    pool = evidence.known | (evidence.trusted or NO_KEYS)
    revoked: dict[tuple[str, str], int] = {}
    for lost in pool.revoked:
        revoked[lost.key, lost.site] = min(lost.site_seq, revoked.get((lost.key, lost.site), lost.site_seq))
    sites: dict[str, _Site] = {}
    return tuple(_judge(note, sites.setdefault(note.site, _Site()), evidence, pool, revoked) for note in ordered)


def _judge(
    note: Note, site: _Site, evidence: Evidence, pool: PublicKeys, revoked: Mapping[tuple[str, str], int]
) -> Judged:
    valid, unknown, faults = _valid(note, pool)
    if evidence.trusted is not None:
        faults += [f"it is signed by the key {key}, which nobody has listed" for key in unknown]

    def lost(key: str) -> bool:
        return (key, note.site) in revoked and note.site_seq >= revoked[key, note.site]

    live = [key for key in valid if not lost(key)]
    vouched = live if evidence.trusted is None else [key for key in live if key in evidence.trusted.keys]
    by, void = [key for key in live if key in site.introduced], ""
    if not by and vouched and (not site.introduced or all(lost(key) for key in site.introduced)):
        by = vouched  # the first key of all, or the one after a key that was lost
    if by:
        site.introduced.update(live)
    elif live and not vouched:
        faults.append(f"it is signed by the key {live[0]}, which is not among the keys given")
    elif live:
        faults.append(f"the key {live[0]} signs alone, but no key before it signed its first checkpoint beside it")
    elif valid:
        void = f"the key {valid[0]} is revoked from event {revoked[valid[0], note.site]} on"
    elif unknown and not faults:
        void = f"no public key {unknown[0]} is at hand"
    return Judged(note, bool(by) and not faults and evidence.trusted is not None, tuple(faults), void)


def _valid(note: Note, pool: PublicKeys) -> tuple[list[str], list[str], list[str]]:
    """Return the keys whose signature fits, those that are not at hand, and what is wrong with the others."""
    valid, unknown, faults = [], [], []
    for signature in note.signatures:
        key = pool.keys.get(signature.key)
        if key is None:
            unknown.append(signature.key)
        elif not key.fits(signature.value, note.signed_bytes):
            faults.append(f"the signature of the key {signature.key} does not fit: it was changed or forged")
        else:
            valid.append(signature.key)
    if not note.signatures:
        faults.append("it bears no signature")
    return valid, unknown, faults
