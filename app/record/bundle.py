"""The verifiable bundle: events as stored, photos, checkpoints and public keys in one file that needs no server."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, Table, select

from app.record import canonical, running
from app.record.blobs import Blobs
from app.record.columns import moment_text
from app.record.keys import PUBLIC_ENDING, REVOKED, PublicKeys
from app.record.notes import Note
from app.record.schema import whole_metadata
from app.record.tables import blob, checkpoint, event, purge
from app.record.trust import Evidence, read_notes

FORMAT = "vialtrace-bundle/2"
SEAL = "sha256 "
"""The file ends in a comment of these letters and 64 hex digits over every byte before the digits."""
_NAMED = re.compile(r"[0-9a-f]{64}")
_EARLIEST = (1980, 1, 1, 0, 0, 0)
PAGE = """vialtrace bundle of {what}
Made at {at} by {software} for site {site}.

events.jsonl   each event as it was stored, one a line, in the order in which they were written
chain.jsonl    the links: for each event above its number and digests; for events of other preparations the digest alone
rows/          in a bundle of the whole record: every other table that only grows, each row with its running digest
blobs.jsonl    photos and other contents that belong to these events; blobs/ holds them by their SHA-256
checkpoints/   signed statements: up to this event the record had this digest
keys/          the public keys that signed them
index.html     where there is one: the same in plain words, to be opened in a browser; it helps to read and proves nothing
manifest.json  the SHA-256 of every file

To check it, with Python 3.9 or later and nothing else:

    python verify.py BUNDLE.zip [FINGERPRINT ...]

(take verify.py from a source you trust), or: vialtrace record verify BUNDLE.zip --keys FOLDER

A bundle proves itself only against keys that you know from elsewhere: compare the fingerprints it names with those that
the pharmacy's quality assurance keeps. {names}
"""


NAMED = """Labels, photos and raw messages may show a patient's name: treat this file as a
patient's record."""
WITHHELD = """Labels, photos and raw messages that may show a patient's name were left
out for whoever asked; their digests are in the list, so that they can be compared with a whole bundle."""


class CannotExport(Exception):  # noqa: N818  # named as the answer the caller hears
    """There is nothing to export, or the record is not whole; the sentence says what to do."""


@dataclass(frozen=True)
class Asked:
    """What is exported, and by whom it is labelled."""

    site: str  # code of the site that exports
    preparation: str | None  # id of one preparation, None for everything
    software: str  # name and version of the program
    at: datetime  # UTC
    names: bool = True  # whether contents that show a patient's name go along
    note: str = ""  # a line for README.txt, such as why this export is no event


@dataclass(frozen=True)
class Exported:
    """What went into the file."""

    events: int  # events with their bodies
    photos: int  # contents
    checkpoints: int  # signed statements
    sha256: str  # hex, over the whole file


def export(
    conn: Connection,
    blobs: Blobs,
    evidence: Evidence,
    asked: Asked,
    out: Path,
    pages: Mapping[str, Iterable[bytes]] = MappingProxyType({}),
) -> Exported:
    """Write the bundle; raise CannotExport, and leave no file, when there is no such preparation.

    `pages` are further files by name, for people to read.
    """
    table = {f"row {row.seq}": row.note for row in conn.execute(select(checkpoint))}
    ordered, _ = read_notes({**table, **evidence.texts})
    span = _everything(conn) if asked.preparation is None else _around(conn, asked.preparation, ordered)
    kept = ordered if asked.preparation is None else _needed(ordered, span)
    draft = out.with_name(f".{out.name}.draft")
    out.parent.mkdir(parents=True, exist_ok=True)
    try:
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as box:
            writing = _Writing(box)
            counts = _contents(conn, blobs, evidence.known, span, kept, writing, names=asked.names)
            for name, parts in pages.items():
                writing.put(name, parts)
            _papers(asked, span, counts, writing)
            box.comment = (SEAL + "0" * 64).encode()
        digest = _seal(draft)
        draft.rename(out)
    finally:
        draft.unlink(missing_ok=True)
    return Exported(counts["events"], counts["blobs"], counts["checkpoints"], digest)


def must_exist(conn: Connection, preparation: str | None) -> None:
    """Raise CannotExport for a preparation that the record does not have."""
    query = select(event.c.seq).where(event.c.preparation == preparation).limit(1)
    if preparation is not None and conn.execute(query).one_or_none() is None:
        raise CannotExport(
            f"there is no preparation {preparation!r} in this record. Look its id up on the label or the list."
        )


@dataclass(frozen=True)
class _Span:
    """Which part of each site's chain goes along: from after `start` to `end`."""

    start: Mapping[str, tuple[int, bytes]]  # by site: the event before the first, and its site digest
    end: Mapping[str, int]  # by site: the last event; empty when everything goes
    preparation: str | None


@dataclass
class _Writing:
    box: zipfile.ZipFile

    def __post_init__(self) -> None:
        self.files: dict[str, dict[str, Any]] = {}

    def put(self, name: str, parts: Iterable[bytes]) -> None:
        """Write one file and remember its digest."""
        info = zipfile.ZipInfo(name, _EARLIEST)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = 0o644 << 16
        digest, size = sha256(), 0
        with self.box.open(info, "w", force_zip64=True) as file:
            for part in parts:
                file.write(part)
                digest.update(part)
                size += len(part)
        self.files[name] = {"sha256": digest.hexdigest(), "size": size}


def _everything(conn: Connection) -> _Span:
    sites = conn.execute(select(event.c.site).distinct()).scalars()
    return _Span(dict.fromkeys(sites, (0, canonical.NOTHING_BEFORE)), {}, None)


def _around(conn: Connection, preparation: str, ordered: Iterable[Note]) -> _Span:
    """Take the chain from the last checkpoint before the first event to the first one after the last."""
    must_exist(conn, preparation)
    query = select(event.c.site, event.c.site_seq).where(event.c.preparation == preparation)
    rows = conn.execute(query.order_by(event.c.seq)).all()
    site, first, last = rows[0].site, rows[0].site_seq, rows[-1].site_seq
    digests = {row.site_seq: row.site_digest for row in conn.execute(
        select(event.c.site_seq, event.c.site_digest).where(
            event.c.site == site, event.c.site_seq.in_({note.site_seq for note in ordered if note.site == site})
        )
    )}  # fmt: skip
    fitting = [note for note in ordered if note.site == site and digests.get(note.site_seq) == note.site_digest]
    start = max((note.site_seq for note in fitting if note.site_seq < first), default=0)
    end = min((note.site_seq for note in fitting if note.site_seq >= last), default=0)
    if end == 0:
        end = conn.execute(
            select(event.c.site_seq).where(event.c.site == site).order_by(event.c.site_seq.desc()).limit(1)
        ).scalar_one()
    return _Span({site: (start, digests.get(start, canonical.NOTHING_BEFORE))}, {site: end}, preparation)


def _needed(ordered: Iterable[Note], span: _Span) -> tuple[Note, ...]:
    """Keep the checkpoints at both ends, and each that introduces a key."""
    (site, (start, _)), end = next(iter(span.start.items())), next(iter(span.end.values()))
    seen: set[str] = set()
    kept = []
    for note in (note for note in ordered if note.site == site):
        keys = {one.key for one in note.signatures}
        if note.site_seq in (start, end) or not keys <= seen:
            kept.append(note)
        seen |= keys
    return tuple(kept)


def _contents(
    conn: Connection, blobs: Blobs, keys: PublicKeys, span: _Span, kept: tuple[Note, ...], to: _Writing, *, names: bool
) -> dict[str, int]:
    counts = {"events": 0, "checkpoints": len(kept)}
    named: set[str] = set()

    def bodies() -> Iterator[bytes]:
        for row in _rows(conn, span):
            if span.preparation in (None, row.preparation):
                counts["events"] += 1
                named.update(_NAMED.findall(row.body))
                yield row.body.encode() + b"\n"

    to.put("events.jsonl", bodies())
    to.put("chain.jsonl", (canonical.dump(_link(row, span)) + b"\n" for row in _rows(conn, span)))
    if span.preparation is None:
        for name, table in sorted(whole_metadata().tables.items()):
            if table.info.get("running") and conn.execute(select(table.c.seq).limit(1)).first():
                to.put(f"rows/{name}.jsonl", _table(conn, table))
    gone = frozenset(conn.execute(select(purge.c.ref).where(purge.c.what == "blob")).scalars())
    listed = [
        row
        for row in conn.execute(select(blob).order_by(blob.c.seq))
        if span.preparation is None or row.sha256 in named
    ]
    held = frozenset(row.sha256 for row in listed if row.identifying and not names)
    to.put("blobs.jsonl", (_blob_line(row, gone, held) for row in listed))
    for row in listed:
        if row.sha256 not in gone | held:
            to.put(f"blobs/{row.sha256}", [_content(blobs, row.sha256, conn)])
    for note in kept:
        to.put(f"checkpoints/{note.file_name}", [note.text.encode()])
    signers = {one.key for note in kept for one in note.signatures}
    for key in keys.keys.values():
        if key.id in signers or span.preparation is None:
            to.put(f"keys/{key.id}{PUBLIC_ENDING}", [key.line.encode()])
    if keys.revoked:
        lines = [f"{one.key} {one.site} {one.site_seq} {one.why}\n".encode() for one in keys.revoked]
        to.put(f"keys/{REVOKED}", lines)
    return counts | {"blobs": len(listed)}


def _papers(asked: Asked, span: _Span, counts: dict[str, int], to: _Writing) -> None:
    """Write the page, the verifier, and last the manifest over everything."""
    what = "the whole record" if asked.preparation is None else f"preparation {asked.preparation}"
    names = NAMED if asked.names else WITHHELD
    page = PAGE.format(what=what, at=moment_text(asked.at), software=asked.software, site=asked.site, names=names)
    page += f"\n{' '.join(asked.note.split())}\n" if asked.note else ""
    to.put("README.txt", [page.encode()])
    to.put("verify.py", [Path(__file__).with_name("bundle_alone.py").read_bytes()])
    start = {site: {"site_seq": seq, "site_digest": digest.hex()} for site, (seq, digest) in span.start.items()}
    manifest = {
        "format": FORMAT, "site": asked.site, "at": moment_text(asked.at), "software": asked.software,
        "preparation": asked.preparation, "start": start, "counts": counts, "files": dict(to.files),
    }  # fmt: skip
    to.put("manifest.json", [canonical.dump(manifest) + b"\n"])


def _rows(conn: Connection, span: _Span) -> Iterator[Any]:
    query = select(event).order_by(event.c.seq)
    if span.end:
        (site, end), (start, _) = next(iter(span.end.items())), next(iter(span.start.values()))
        query = query.where(event.c.site == site, event.c.site_seq > start, event.c.site_seq <= end)
    yield from conn.execute(query.execution_options(yield_per=2000))


def _link(row: Any, span: _Span) -> dict[str, Any]:
    link = {"site": row.site, "site_seq": row.site_seq, "digest": row.digest.hex()}
    if span.preparation in (None, row.preparation):
        link |= {"seq": row.seq, "ordinal": row.ordinal, "site_digest": row.site_digest.hex()}
    return link


def _table(conn: Connection, table: Table) -> Iterator[bytes]:
    """Write each row as its running digest covers it, and that digest."""
    for row in conn.execute(select(table).order_by(table.c.seq).execution_options(yield_per=2000)).mappings():
        content = {str(name): value for name, value in row.items() if name != "digest"}
        yield canonical.dump({"row": running.stored(content), "digest": row["digest"].hex()}) + b"\n"


def _blob_line(row: Any, gone: frozenset[str], held: frozenset[str]) -> bytes:
    said = {"sha256": row.sha256, "media_type": row.media_type, "size": row.size, "purged": row.sha256 in gone}
    withheld = row.sha256 in held - gone
    return canonical.dump(said | {"identifying": bool(row.identifying), "withheld": withheld}) + b"\n"


def _content(blobs: Blobs, name: str, conn: Connection) -> bytes:
    content = blobs.get(name, conn)
    if not isinstance(content, bytes):
        raise CannotExport(f"the photo {name} is missing or damaged; run `vialtrace record verify`")
    return content


def _seal(path: Path) -> str:
    """Replace the zeros at the end by the digest of everything before them; return the digest of the whole file."""
    with path.open("r+b") as file:
        left = path.stat().st_size - 64
        digest = sha256()
        while left:
            part = file.read(min(left, 1 << 20))
            digest.update(part)
            left -= len(part)
        seal = digest.hexdigest().encode()
        file.seek(-64, 2)
        file.write(seal)
        file.flush()
        whole = digest.copy()
        whole.update(seal)
    return whole.hexdigest()
