"""A large record of many sites, written in one go with chains, heads, photos and a signed checkpoint of each; and its forger."""

from __future__ import annotations

import json
import random
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from app.record import blobs, canonical
from app.record.blobs import Blobs
from app.record.columns import moment_text
from app.record.engine import open_store
from app.record.keys import Keyring, PublicKeys
from app.record.notes import Note, Signature
from app.record.trust import Evidence
from app.record.verify import Fault, verify
from app.settings import load_settings
from tests.record import rewriting
from tests.record.conftest import NOON, administrator
from tests.record.rewriting import COLUMNS, Rows

SPAN = 40
"""Events of one preparation; two are made beside each other."""
INSERT = f"INSERT INTO event ({', '.join(COLUMNS)}) VALUES ({', '.join('?' for _ in COLUMNS)})"
NEWEST = 10
"""Events that a checkpoint of a moment ago did not cover yet."""


@dataclass(frozen=True)
class Large:
    """Where it lies, and what quality assurance has of it."""

    path: Path
    photos: Path
    sites: tuple[str, ...]
    each: int
    texts: dict[str, str]
    trusted: PublicKeys


def lay(folder: Path, migrated: Path, sites: int, each: int) -> Large:
    """`sites` sites with `each` events, forty photos, and one checkpoint of each site's last event."""
    path, photos = folder / "vialtrace.db", folder / "blobs"
    shutil.copy(migrated, path)
    codes = tuple(f"S{number}" for number in range(sites))
    with administrator(path) as raw:
        raw.execute("BEGIN")
        heads = _events(raw, codes, each)
        raw.executemany("INSERT INTO site_head (site, site_seq, site_digest, last_at) VALUES (?, ?, ?, ?)", heads)
        raw.execute("COMMIT")
    store, kept = open_store(load_settings(data_dir=folder)), Blobs(photos)
    pictures = [kept.put(f"photo {number}".encode(), "image/jpeg") for number in range(40)]
    store.write(lambda conn: [blobs.enter(conn, one, at=NOON, identifying=False) for one in pictures])
    store.close()
    ring = Keyring(folder / "signer")
    ring.prepare()
    texts = {site: _note(ring, site, seq, digest) for site, seq, digest, _ in heads}
    return Large(path, photos, codes, each, texts, ring.public)


def _events(raw: Any, codes: tuple[str, ...], each: int) -> list[tuple[str, int, bytes, str]]:
    """Write the events of all sites in turn; return the heads."""
    streams: dict[str, tuple[int, bytes]] = {}
    links = dict.fromkeys(codes, canonical.NOTHING_BEFORE)
    seq, rows, at = 0, [], ""
    for number in range(each):
        at = moment_text(NOON + timedelta(seconds=number))
        for site in codes:
            seq += 1
            stream = f"{site}P{number // (2 * SPAN) * 2 + number % 2}"
            version, before = streams.get(stream, (0, canonical.NOTHING_BEFORE))
            said = {
                "at": at, "command_id": f"C{seq}", "data": {"mass_mg": f"{seq % 977}.50"}, "kind": "dose_drawn",
                "preparation": stream, "second_person": None, "shape": 1, "site": site, "software": "vialtrace 0",
                "station": "IV-1", "version": version + 1, "who": "ann",
            }  # fmt: skip
            body = canonical.dump(said)
            digest = canonical.event_digest(before, body)
            links[site] = canonical.site_digest(links[site], digest)
            streams[stream] = (version + 1, digest)
            rows.append(
                (seq, stream, version + 1, "dose_drawn", 1, body.decode(), "ann", None, at, "IV-1", f"C{seq}", 0,
                 digest, site, number + 1, links[site])
            )  # fmt: skip
    raw.executemany(INSERT, rows)
    return [(site, each, links[site], at) for site in codes]


def _note(ring: Keyring, site: str, seq: int, digest: bytes) -> str:
    note = Note(site, 0, seq, digest, {}, NOON + timedelta(days=1), ())
    return note.signed([Signature(ring.current, ring.sign(ring.current, note.signed_bytes))]).text


# --- what a forger does to one site ---


def _stream(rows: Rows, chance: random.Random) -> Callable[[Rows], Rows]:
    return rewriting.without(chance.choice(rows)["preparation"])


def _swap(rows: Rows, chance: random.Random) -> Callable[[Rows], Rows]:
    one = chance.randrange(1, len(rows) - 1)
    return rewriting.swapped(one, one + 1)


def _middle(rows: Rows, chance: random.Random) -> int:
    return chance.randrange(1, len(rows) - NEWEST)


KINDS: dict[str, tuple[Callable[[Rows, random.Random], Callable[[Rows], Rows]], bool]] = {
    "edit one body": (lambda rows, chance: rewriting.edited(_middle(rows, chance)), False),
    "edit one and recompute the rest": (lambda rows, chance: rewriting.edited(_middle(rows, chance)), True),
    "cut off the last few": (lambda _rows, chance: rewriting.cut(chance.randint(1, NEWEST)), True),
    "cut off many": (lambda rows, chance: rewriting.cut(chance.randint(NEWEST, len(rows) // 2)), True),
    "delete a whole preparation": (_stream, False),
    "delete one and recompute": (lambda rows, chance: rewriting.without_one(_middle(rows, chance)), True),
    "swap events of two preparations": (_swap, False),
    "insert a back-dated event and recompute": (lambda rows, chance: rewriting.back_dated(_middle(rows, chance)), True),
    "edit a newest event and recompute": (
        lambda rows, chance: rewriting.edited(len(rows) - chance.randrange(NEWEST)), True,
    ),
    "recompute, and sign with a key of one's own": (
        lambda rows, chance: rewriting.edited(_middle(rows, chance)), True,
    ),
}  # fmt: skip
"""The nine of RECORD's table, and the forged key; whether the forger makes everything fit again."""
OWN_KEY = "recompute, and sign with a key of one's own"


def read(raw: Any, site: str) -> Rows:
    found = raw.execute(f"SELECT {', '.join(COLUMNS)} FROM event WHERE site = ? ORDER BY site_seq", (site,)).fetchall()
    return [dict(zip(COLUMNS, row, strict=True)) for row in found]


def forge(raw: Any, site: str, kind: str, chance: random.Random, ring: Keyring) -> str | None:
    """Do it to one site; return the checkpoint that the forger signed, where the kind is that."""
    before = read(raw, site)
    make, recompute = KINDS[kind]
    rows = make(before, chance)([dict(row) for row in before])
    if recompute:
        _refit(rows, before, site)
        last = rows[-1]
        raw.execute(
            "UPDATE site_head SET site_seq = ?, site_digest = ?, last_at = ? WHERE site = ?",
            (last["site_seq"], last["site_digest"], last["at"], site),
        )
    _put(raw, before, rows)
    return _note(ring, site, rows[-1]["site_seq"], rows[-1]["site_digest"]) if kind == OWN_KEY else None


def _refit(rows: Rows, before: Rows, site: str) -> None:
    """Make numbers and digests fit; the places in the table stay those of the site, and one more at its end."""
    for row in rows:
        if row["command_id"] == "FORGED":
            said = json.loads(row["body"]) | {"command_id": f"FORGED {site}"}
            row |= {"command_id": f"FORGED {site}", "body": canonical.dump(said).decode()}
    rewriting.refit(rows)
    places = [row["seq"] for row in before] + [10_000_000 + before[-1]["seq"]]
    for row, seq in zip(rows, places, strict=False):
        row["seq"] = seq


def _put(raw: Any, before: Rows, after: Rows) -> None:
    """Write what is otherwise now."""
    old = {tuple(row.values()) for row in before}
    new = {tuple(row.values()) for row in after}
    raw.executemany("DELETE FROM event WHERE seq = ?", [(values[0],) for values in old - new])
    raw.executemany(INSERT, sorted(new - old))


ROW_GAP = re.compile(r"row \d+ comes after row \d+")
"""A hole in the table's own numbers. A forger could number all rows of all sites anew: it does not count as finding him."""


# --- a round: many sites and photos at once, one look ---


@dataclass(frozen=True)
class Round:
    """What was done, by site and by photo, and what one look found."""

    did: dict[str, str]
    """Site: kind."""
    photos: tuple[str, ...]
    """Photos that were swapped, changed or taken away."""
    faults: tuple[Fault, ...]

    def misses(self) -> list[str]:
        """Return what was done and not found, and what was found where nothing was done."""
        chained = [one for one in self.faults if one.kind != "photo" and not ROW_GAP.match(one.says)]
        named = {one.where.split(" ")[0] for one in chained}
        seen = {one.where.removeprefix("photo ") for one in self.faults if one.kind == "photo"}
        missed = [f"{site}: {kind}" for site, kind in self.did.items() if site not in named]
        return missed + [f"photo {one}" for one in set(self.photos) ^ seen] + sorted(named - self.did.keys())


def tampered(large: Large, work: Path, chance: random.Random, forger: Keyring, untouched: int) -> Round:
    """Copy the record, tamper with all sites but some and with some photos, and look once with `record verify`'s code."""
    shutil.copyfile(large.path, work)
    sites = list(large.sites)
    chance.shuffle(sites)
    did = {site: chance.choice(list(KINDS)) for site in sites[untouched:]}
    texts = {f"shelf/{site}": text for site, text in large.texts.items() if did.get(site) != OWN_KEY}
    with administrator(work) as raw:
        raw.execute("BEGIN")
        for site, kind in did.items():
            forged = forge(raw, site, kind, chance, forger)
            if forged is not None:
                texts[f"beside/{site}"] = forged  # the true one is gone, and theirs lies in its place
        raw.execute("COMMIT")
    with _wrong_photos(large.photos, chance) as wrong:
        verdict = verify(work, large.photos, Evidence(texts, trusted=large.trusted))
    return Round(did, wrong, verdict.faults)


class _wrong_photos:  # reads as a block of its own
    """Two photos change places, one loses a bit, one is taken away; put back at the end."""

    def __init__(self, folder: Path, chance: random.Random) -> None:
        self._files = chance.sample(sorted(folder.glob("??/??/*")), 4)
        self._before = {path: path.read_bytes() for path in self._files}

    def __enter__(self) -> tuple[str, ...]:
        one, other, flipped, gone = self._files
        for path, content in ((one, self._before[other]), (other, self._before[one])):
            self._write(path, content)
        content = self._before[flipped]
        self._write(flipped, bytes([content[0] ^ 1]) + content[1:])
        gone.unlink()
        return tuple(path.name for path in self._files)

    def __exit__(self, *_: object) -> None:
        for path, content in self._before.items():
            self._write(path, content)

    @staticmethod
    def _write(path: Path, content: bytes) -> None:
        path.unlink(missing_ok=True)
        path.write_bytes(content)


def rolled_back(large: Large, work: Path, chance: random.Random) -> Round:
    """Put back yesterday's copy of the whole database: every site ends earlier, with everything in order."""
    shutil.copyfile(large.path, work)
    with administrator(work) as raw:
        raw.execute("BEGIN")
        last = chance.randrange(1, large.each)
        raw.execute("DELETE FROM event WHERE site_seq > ?", (last,))
        raw.execute(
            "UPDATE site_head SET (site_seq, site_digest, last_at) = (SELECT site_seq, site_digest, at FROM event "
            "WHERE event.site = site_head.site ORDER BY site_seq DESC LIMIT 1)"
        )
        raw.execute("COMMIT")
    verdict = verify(
        work,
        large.photos,
        Evidence({f"shelf/{site}": text for site, text in large.texts.items()}, trusted=large.trusted),
    )
    return Round(dict.fromkeys(large.sites, "rolled back"), (), verdict.faults)


def untouched(large: Large) -> tuple[Fault, ...]:
    texts = {f"shelf/{site}": text for site, text in large.texts.items()}
    return verify(large.path, large.photos, Evidence(texts, trusted=large.trusted)).faults
