"""The form of the record as it is published: program, stand-alone script and bare SHA-256 agree on every vector."""

from __future__ import annotations

import io
import json
import re
import zipfile
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from app.record import bundle_alone, canonical, ordertext
from app.record.bundle import FORMAT

PAGE = Path(__file__).parents[2] / "docs" / "record-format.md"


@pytest.fixture(scope="module")
def vectors() -> dict[str, Any]:
    block = re.search(r"```json\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert block is not None
    found: dict[str, Any] = json.loads(block[1])
    return found


def test_q58_the_program_makes_the_published_digests(vectors: dict[str, Any]) -> None:
    streams: dict[str, bytes] = {}
    site = row = canonical.NOTHING_BEFORE
    for one in vectors["events"]:
        body = one["body"].encode()
        said: Any = canonical.parse(body)
        digest = canonical.event_digest(streams.get(said["preparation"], canonical.NOTHING_BEFORE), body)
        streams[said["preparation"]] = digest
        site = canonical.site_digest(site, digest)
        assert (digest.hex(), site.hex()) == (one["digest"], one["site_digest"])
    for one in vectors["rows"]:
        row = canonical.row_digest(row, canonical.dump(canonical.parse(one["row"])))
        assert row.hex() == one["digest"]
    text = vectors["order_text"]
    assert ordertext.digest_of_text(text["salt"], text["fields"]) == text["digest"]


def test_q58_bare_sha256_makes_them_as_the_page_says(vectors: dict[str, Any]) -> None:
    first, second, third = vectors["events"]
    begin = b"vialtrace/event/1\x00"
    assert sha256(begin + bytes(32) + first["body"].encode()).hexdigest() == first["digest"]
    assert sha256(begin + bytes(32) + second["body"].encode()).hexdigest() == second["digest"]
    assert sha256(begin + bytes.fromhex(first["digest"]) + third["body"].encode()).hexdigest() == third["digest"]
    before, digest = bytes.fromhex(second["site_digest"]), bytes.fromhex(third["digest"])
    assert sha256(b"vialtrace/site/1\x00" + before + digest).hexdigest() == third["site_digest"]
    text = vectors["order_text"]
    salted = b"vialtrace/order-text/1\x00" + text["salt"].encode() + b"\x00" + text["fields"].encode()
    assert sha256(salted).hexdigest() == text["digest"]


def bundle_of(vectors: dict[str, Any], path: Path) -> Path:
    """The vectors as a bundle, packed by hand."""
    counts: dict[str, int] = {}
    bodies, links = [], []
    for one in vectors["events"]:
        command = json.loads(one["body"])["command_id"]
        link = {"site": "MAIN", "seq": one["site_seq"], "ordinal": counts.get(command, 0)}
        links.append({**link, **{name: one[name] for name in ("site_seq", "digest", "site_digest")}})
        bodies.append(one["body"])
    rows = [{"row": json.loads(one["row"]), "digest": one["digest"]} for one in vectors["rows"]]
    files = {
        "events.jsonl": "".join(f"{body}\n" for body in bodies),
        "chain.jsonl": "".join(f"{canonical.dump(link).decode()}\n" for link in links),
        "rows/refusal.jsonl": "".join(f"{canonical.dump(row).decode()}\n" for row in rows),
        "blobs.jsonl": "",
        "README.txt": "Made at 2026-03-02T19:00:00.000000Z by vialtrace 0 for site MAIN.\n",
    }
    said = {
        name: {"sha256": sha256(text.encode()).hexdigest(), "size": len(text.encode())} for name, text in files.items()
    }
    start = {"MAIN": {"site_seq": 0, "site_digest": "00" * 32}}
    counted = {"events": 3, "blobs": 0, "checkpoints": 0}
    about = {"format": FORMAT, "site": "MAIN", "software": "vialtrace 0", "at": "2026-03-02T19:00:00.000000Z"}
    manifest = {**about, "preparation": None, "start": start, "counts": counted, "files": said}
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as box:
        for name, text in {**files, "manifest.json": canonical.dump(manifest).decode() + "\n"}.items():
            box.writestr(name, text)
        box.comment = b"sha256 " + b"0" * 64
    raw = made.getvalue()[:-64]
    path.write_bytes(raw + sha256(raw).hexdigest().encode())
    return path


def test_q58_the_stand_alone_script_agrees_with_them(vectors: dict[str, Any], tmp_path: Path) -> None:
    verdict = bundle_alone.verify(bundle_of(vectors, tmp_path / "vectors.zip"))
    assert (verdict["ok"], verdict["events"], verdict["faults"]) == (True, 3, [])
    for part, name in (("events", "body"), ("rows", "row")):
        other = json.loads(json.dumps(vectors))
        other[part][1][name] = other[part][1][name].replace('"2026', '"2027')
        assert not bundle_alone.verify(bundle_of(other, tmp_path / "other.zip"))["ok"]
