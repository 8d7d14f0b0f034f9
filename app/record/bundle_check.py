"""Checks a bundle without any database. The script inside each bundle says the same by other means."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from app.record import assertions, canonical
from app.record.bundle import FORMAT, SEAL
from app.record.chain import COPIES
from app.record.checkpoints import RESTORED
from app.record.columns import moment_text
from app.record.gaps import missing
from app.record.keys import PUBLIC_ENDING, REVOKED, KeyTrouble, PublicKeys, parse_public, parse_revoked
from app.record.notes import Note
from app.record.trust import Evidence, Judged, judge, read_notes
from app.record.verify import Fault, Verdict

MANIFEST = {"format", "site", "at", "software", "preparation", "start", "counts", "files"}
"""What a manifest says, and nothing else."""
UNREADABLE = (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError, RuntimeError, NotImplementedError,
              EOFError, zipfile.BadZipFile, zlib.error, KeyTrouble)  # fmt: skip
"""What a spoilt file can raise on its way through the unpacker and the readers; each is a fault of the bundle."""


def verify_bundle(path: Path, trusted: PublicKeys | None = None) -> Verdict:
    """Check everything in a bundle; with `trusted`, public keys from elsewhere, say until when it is trusted."""
    found = _Bundle(path, trusted)
    faults: list[Fault] = []
    try:
        faults.extend(found.faults())
    except UNREADABLE as error:
        faults.append(Fault("file", path.name, f"the bundle cannot be read: {type(error).__name__}: {error}"))
    until = None if faults else found.until
    preparations = sum(not stream.startswith("site/") for stream in found.streams)
    return Verdict(found.events, preparations, found.notes, found.photos, tuple(faults), until, tuple(found.notices))


@dataclass
class _Bundle:
    path: Path
    trusted: PublicKeys | None
    events: int = 0
    notes: int = 0
    photos: int = 0
    until: str | None = None
    notices: list[str] = field(default_factory=list)
    streams: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    _files: dict[str, bytes] = field(default_factory=dict)
    _manifest: dict[str, Any] = field(default_factory=dict)
    _links: dict[tuple[str, int], bytes] = field(default_factory=dict)
    _first: dict[str, int] = field(default_factory=dict)
    _last: dict[str, int] = field(default_factory=dict)
    _rows: dict[tuple[str, int], bytes] = field(default_factory=dict)
    _lost: list[tuple[str, int, int, int]] = field(default_factory=list)
    _kept: list[tuple[str, int, Mapping[str, int]]] = field(default_factory=list)
    _accepted: list[tuple[str, int]] = field(default_factory=list)

    def faults(self) -> Iterator[Fault]:
        raw = self.path.read_bytes()
        seal = SEAL.encode() + sha256(raw[:-64]).hexdigest().encode()
        if not raw.endswith(seal):
            yield Fault("file", self.path.name, "it is not as it was written: the seal at its end does not fit")
        yield from self._unpack()
        yield from self._chain()
        yield from self._tables()
        yield from self._blobs()
        yield from self._checkpoints()
        yield from self._said()

    def _said(self) -> Iterator[Fault]:
        """Compare what the manifest says of the whole with what is there."""
        said = self._manifest
        if said["counts"] != {"events": self.events, "checkpoints": self.notes, "blobs": self.photos}:
            yield Fault("file", "manifest.json", "it counts other events, checkpoints or contents than are there")
        made = f"Made at {said['at']} by {said['software']} for site {said['site']}."
        if made not in self._files["README.txt"].decode().splitlines():
            yield Fault("file", "manifest.json", "it names another time, program or site than README.txt")

    def _unpack(self) -> Iterator[Fault]:
        with zipfile.ZipFile(self.path) as box:
            names = box.namelist()
            self._files = {name: box.read(name) for name in names}
        if len(self._files) != len(names):
            yield Fault("file", self.path.name, "a file is in it twice")
        listing = self._files.pop("manifest.json")
        self._manifest = orjson.loads(listing)
        if canonical.rewrite(self._manifest) + b"\n" != listing or self._manifest.keys() != MANIFEST:
            yield Fault("file", "manifest.json", "it is not written as vialtrace writes it")
        if self._manifest["format"] != FORMAT:
            yield Fault(
                "file", "manifest.json", "this release does not know the format; use the verifier in the bundle"
            )
        said: dict[str, Any] = self._manifest["files"]
        for name in sorted(said.keys() | self._files.keys()):
            content = self._files.get(name)
            is_so = None if content is None else {"sha256": sha256(content).hexdigest(), "size": len(content)}
            if is_so != said.get(name):
                yield Fault("file", name, "it is not what the manifest says")

    def _lines(self, name: str) -> list[bytes]:
        return self._files[name].split(b"\n")[:-1]

    def _chain(self) -> Iterator[Fault]:
        one = self._manifest["preparation"]
        for site, at in self._manifest["start"].items():
            self._links[site, at["site_seq"]] = bytes.fromhex(at["site_digest"])
            self._first[site] = self._last[site] = at["site_seq"]
            if at["site_seq"] == 0 and self._links[site, 0] != canonical.NOTHING_BEFORE:
                yield Fault("gap", f"{site} 0", "the chain does not begin at its beginning")
        bodies = iter(self._lines("events.jsonl"))
        check = _Events(one is None, self.streams, keys=assertions.Keys(whole=one is None))
        for line in self._lines("chain.jsonl"):
            link = orjson.loads(line)
            site, number = link["site"], link["site_seq"]
            where = f"{site} {number}"
            if number != self._last[site] + 1:
                gone = missing("event", self._last[site], number, f" of site {site}")
                yield Fault("gap", where, f"it comes after {self._last[site]}: {gone}")
            digest = bytes.fromhex(link["digest"])
            made = canonical.site_digest(self._links[site, self._last[site]], digest)
            if one is None or "site_digest" in link:
                self.events += 1
                for says in (*check.next(link, next(bodies, b""), digest), *_in_place(link, made)):
                    yield Fault("event", where, says)
                self._restore(site, check.said)
            self._links[site, number], self._last[site] = made, number
        if next(bodies, None) is not None or (one is not None and list(self.streams) != [one]):
            yield Fault("event", "events.jsonl", "it holds events that the chain does not name")

    def _restore(self, site: str, said: Mapping[str, Any]) -> None:
        if said["kind"] == RESTORED and said["preparation"] == f"site/{site}":
            data = said["data"]
            self._lost.append((site, data["epoch"], data["restored_to"], data["missing_to"] or 0))
            self._kept.append((site, data["epoch"], data["running"]))

    def _tables(self) -> Iterator[Fault]:
        """Follow the running digests of the tables that only grow."""
        for name in sorted(name for name in self._files if name.startswith("rows/")):
            table, before = name.removeprefix("rows/").removesuffix(".jsonl"), canonical.NOTHING_BEFORE
            for number, line in enumerate(self._lines(name), 1):
                said = orjson.loads(line)
                before = canonical.row_digest(before, canonical.dump(said["row"]))
                self._rows[table, number] = before
                if said["row"]["seq"] != number or said["digest"] != before.hex():
                    yield Fault("row", f"{table} {number}", "the row is missing or not what was written")

    def _blobs(self) -> Iterator[Fault]:
        rows = [orjson.loads(line) for line in self._lines("blobs.jsonl")]
        self.photos = len(rows)
        left_out = sum(row.get("withheld", False) for row in rows)
        if left_out:
            self.notices.append(
                f"{left_out} contents that may show a patient's name were left out; only digests are here."
            )
        there = {name.removeprefix("blobs/") for name in self._files if name.startswith("blobs/")}
        for row in rows:
            content = self._files.get(f"blobs/{row['sha256']}")
            if (row["purged"] or row.get("withheld", False)) is not (content is None):
                yield Fault("photo", f"photo {row['sha256']}", "it is missing, or left out and still there")
            elif content is not None and (sha256(content).hexdigest(), len(content)) != (row["sha256"], row["size"]):
                yield Fault("photo", f"photo {row['sha256']}", "it is not what was filed")
        for name in sorted(there - {row["sha256"] for row in rows}):
            yield Fault("photo", f"photo {name}", "it is not in the list")

    def _checkpoints(self) -> Iterator[Fault]:
        known = [
            text for name, text in self._files.items() if name.startswith("keys/") and name.endswith(PUBLIC_ENDING)
        ]
        keys = {key.id: key for key in (parse_public(text.decode()) for text in known)}
        public = PublicKeys(keys, parse_revoked(self._files.get(f"keys/{REVOKED}", b"").decode()))
        texts = {name: text.decode() for name, text in self._files.items() if name.startswith("checkpoints/")}
        ordered, unread = read_notes(texts)
        self.notes = len(texts)
        for where, says in unread:
            yield Fault("checkpoint", where, says)
        signed = {(note.site, note.site_seq) for note in ordered}
        for site, first in self._first.items():
            if first > 0 and (site, first) not in signed:
                yield Fault("gap", f"{site} {first}", "the chain begins in the middle, where no checkpoint is")
        judged = judge(ordered, Evidence(known=public, trusted=self.trusted))
        self._accepted = [
            (one.note.site, one.note.epoch)
            for one in judged
            if one.trusted and self._links.get((one.note.site, one.note.site_seq)) == one.note.site_digest
        ]
        for one in judged:
            for says in (*one.faults, *_unlisted(one, public), *self._compared(one), *self._tables_differ(one.note)):
                yield Fault("checkpoint", one.note.where, says)

    def _compared(self, one: Judged) -> Iterator[str]:
        note = one.note
        link = self._links.get((note.site, note.site_seq))
        if link == note.site_digest:
            self.until = moment_text(note.at) if one.trusted else self.until
        elif self._was_lost(note):
            return
        elif link is not None:
            yield "the record up to here is not the one the checkpoint was made over"
        elif self._manifest["preparation"] is None or (
            self._first.get(note.site, 0) < note.site_seq <= self._last.get(note.site, 0)
        ):
            yield "a checkpoint covers this event, but it is missing"

    def _tables_differ(self, note: Note) -> Iterator[str]:
        """In a bundle of everything, compare the running digests, but for rows that a restore lost."""
        if self._manifest["preparation"] is not None:
            return
        later = next((kept for site, epoch, kept in self._kept if site == note.site and epoch > note.epoch), None)
        for name, (seq, digest) in note.running.items():
            lost = later is not None and seq > later.get(name, 0)
            if not lost and self._rows.get((name, seq)) != digest:
                yield f"the table {name} up to row {seq} is not the one the checkpoint was made over, or it is missing"

    def _was_lost(self, note: Note) -> bool:
        """Say whether a restore names the event as lost, and a checkpoint that counts was made over that restore."""
        return any(
            site == note.site
            and epoch > note.epoch
            and to < note.site_seq <= lost
            and (self.trusted is None or any(where == site and since >= epoch for where, since in self._accepted))
            for site, epoch, to, lost in self._lost
        )


@dataclass
class _Events:
    """Judges the events that go along with their bodies, one after the other."""

    whole: bool
    streams: dict[str, tuple[int, bytes]]
    said: Mapping[str, Any] = field(default_factory=dict)
    keys: assertions.Keys = field(default_factory=lambda: assertions.Keys(whole=False))
    _seq: int = 0
    _ordinals: dict[str, int] = field(default_factory=dict)

    def next(self, link: Mapping[str, Any], body: bytes, digest: bytes) -> Iterator[str]:
        said: Any = canonical.parse(body)
        self.said = said
        if said.keys() != {*COPIES, "data", "software"} or said["site"] != link["site"]:
            yield "its body does not have the parts of an event of this site"
        version, before = self.streams.get(said["preparation"], (0, canonical.NOTHING_BEFORE))
        if said["version"] != version + 1:
            yield f"version {said['version']} of {said['preparation']} comes after {version}"
        if canonical.event_digest(before, body) != digest:
            yield "its body is not what was written: its digest does not fit"
        ordinal = self._ordinals.get(said["command_id"], 0)
        if link["seq"] <= self._seq or (self.whole and (link["seq"], link["ordinal"]) != (self._seq + 1, ordinal)):
            yield "its number or ordinal does not fit"
        self._seq, self._ordinals[said["command_id"]] = link["seq"], ordinal + 1
        self.streams[said["preparation"]] = said["version"], digest
        if assertions.worth_a_look(said["kind"], body) and (wrong := self.keys.wrong(said)):
            yield wrong


def _in_place(link: Mapping[str, Any], made: bytes) -> Iterator[str]:
    if link.get("site_digest") != made.hex():
        yield "it is not in its place: its site digest does not fit"


def _unlisted(one: Judged, public: PublicKeys) -> Iterator[str]:
    """A bundle carries every key that signed in it."""
    for signature in one.note.signatures:
        if signature.key not in public.keys:
            yield f"the public key {signature.key} is not in the bundle"
