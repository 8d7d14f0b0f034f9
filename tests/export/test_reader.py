"""The page inside a bundle opens from disk, says what happened in plain words, and says that it proves nothing."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from playwright.sync_api import BrowserContext

from app.cli.record import record as record_command
from app.record import bundle_alone
from app.record.bundle_check import verify_bundle
from app.record.keys import read_public
from tests.export.test_recorded import bundle
from tests.people.cast import UNA
from tests.record.signing import Office
from tests.record.test_bundle import Packed, flipped, packed, unpacked
from tests.web import conftest as web
from tests.web.bench import Making
from tests.web.conftest import Pharmacy
from tests.web.desk import at_desk

browser, context = web.browser, web.context


@pytest.fixture
def file(pharmacy: Pharmacy, closed: Making, office: Office, tmp_path: Path) -> Path:
    office.sign()
    return bundle(at_desk(pharmacy), closed, tmp_path / "bundle.zip")


def page_of(path: Path) -> str:
    with zipfile.ZipFile(path) as box:
        return box.read("index.html").decode()


@pytest.mark.browser
def test_the_page_opens_from_disk_alone_in_a_browser(
    file: Path, closed: Making, context: BrowserContext, tmp_path: Path
) -> None:
    alone = tmp_path / "elsewhere" / "index.html"
    alone.parent.mkdir()
    alone.write_text(page_of(file), encoding="utf-8")
    asked: list[str] = []
    context.set_offline(True)
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.goto(alone.as_uri())
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert page.locator("h1").inner_text().startswith(f"Preparation {closed.id}: cyclophosphamide 970 mg")
    assert page.locator("ol.events > li").count() == len(closed.p.near_misses) + closed.p.version
    loaded = page.eval_on_selector_all("figure img", "all => all.map(one => one.naturalWidth)")
    assert len(loaded) == 4
    assert all(width > 100 for width in loaded)


def test_the_page_tells_events_signatures_near_misses_corrections_and_digests(file: Path, closed: Making) -> None:
    text = re.sub(r"<[^>]+>", " ", page_of(file))
    for words in (
        "This page helps to read. It proves nothing",
        "python verify.py bundle-",
        "Signed: approved for release",
        "RPH-1001",
        "WRONG STRENGTH",
        "Baxter",
        "968.5 mg",
        "BSC-2, left side",
        "changed since first entry",
        closed.p.digest,
        "Example, Marta Jean",
    ):
        assert words in text, words
    with zipfile.ZipFile(file) as box:
        links = [json.loads(line) for line in box.read("chain.jsonl").splitlines()]
    digests = [link["digest"] for link in links if "site_digest" in link]
    assert re.findall(r'<code class="digest">([0-9a-f]{64})', page_of(file)) == digests


def test_the_page_holds_no_script_and_nothing_from_elsewhere(file: Path) -> None:
    page = page_of(file)
    assert not re.search(r"(?i)<script|javascript:|\son\w+\s*=|https?://", page)
    assert "default-src 'none'" in page


def test_names_and_notes_cannot_break_out_of_the_page(pharmacy: Pharmacy, waiting: Making, tmp_path: Path) -> None:
    from workflows import commands as asked

    waiting.ask(asked.Call("</p><script>alert(1)</script>\u202e\0BODY\0"))
    page = page_of(bundle(at_desk(pharmacy), waiting, tmp_path / "w.zip"))
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "\\u202e\\u0000BODY" in page
    assert page.rstrip().endswith("</html>")


def test_quality_assurance_gets_a_page_without_name_and_without_the_photo_that_shows_one(
    pharmacy: Pharmacy, closed: Making, tmp_path: Path
) -> None:
    page = page_of(bundle(at_desk(pharmacy, UNA), closed, tmp_path / "m.zip"))
    assert "Marta" not in page
    assert "Left out: it may show the patient's name." in page
    assert page.count("data:image/jpeg") == 3


def test_q9_a_bundle_made_here_verifies_on_a_machine_without_database_server_or_package(
    file: Path, office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another folder, no record in it: the script with Python alone, and the command of a clone."""
    other = tmp_path / "other-machine"
    other.mkdir()
    (other / "verify.py").write_bytes(Path(bundle_alone.__file__).read_bytes())
    (other / "b.zip").write_bytes(file.read_bytes())
    marks = [key.fingerprint for key in read_public(office.shelf / "keys").keys.values()]
    done = subprocess.run(
        [sys.executable, "-I", "-S", "verify.py", "b.zip", *marks],
        cwd=other, env={}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    said = json.loads(done.stdout)
    assert (done.returncode, said["ok"], bool(said["trusted_until"])) == (0, True, True)
    monkeypatch.chdir(other)
    monkeypatch.setenv("VIALTRACE_DATA_DIR", str(other / "no-such-folder"))
    keys = str(office.shelf / "keys")
    ours = CliRunner().invoke(record_command, ["verify", "b.zip", "--keys", keys, "--json"])
    assert (ours.exit_code, json.loads(ours.stdout)["trusted_until"]) == (0, said["trusted_until"])
    assert not (other / "no-such-folder").exists()


def spoilt(path: Path) -> bool:
    """Whether both verifiers, which share no line, find fault with it."""
    ours, theirs = verify_bundle(path), bundle_alone.verify(path)
    assert ours.ok == theirs["ok"], (ours.faults, theirs["faults"])
    return not ours.ok


def flips(files: Packed, some: Callable[[str, int], list[int]]) -> list[tuple[str, int]]:
    return [(name, place) for name, content in files.items() for place in some(name, len(content))]


def hurt(file: Path, tmp_path: Path, places: list[tuple[str, int]]) -> None:
    files = unpacked(file)
    assert not spoilt(file)
    for name, place in places:
        made = packed({**files, name: flipped(files[name], place)}, tmp_path / "spoilt.zip")
        assert spoilt(made), (name, place)


def test_one_flipped_bit_in_any_member_is_found_a_seeded_sample(file: Path, tmp_path: Path) -> None:
    """Packed anew with a seal that fits: first, last and one byte of each file, the manifest included."""
    chance = random.Random(20261129)
    hurt(file, tmp_path, flips(unpacked(file), lambda _, size: sorted({0, size - 1, chance.randrange(size)})))


def test_one_flipped_bit_in_the_archives_own_bytes_is_found_a_seeded_sample(file: Path, tmp_path: Path) -> None:
    raw, chance = file.read_bytes(), random.Random(20261130)
    made = tmp_path / "spoilt.zip"
    for place in sorted(chance.randrange(len(raw)) for _ in range(40)):
        made.write_bytes(flipped(raw, place))
        assert spoilt(made), place


PAGES = ("index.html", "README.txt", "verify.py")
"""What people read and run; the seal holds their digests."""


@pytest.mark.soak
@pytest.mark.parametrize("part", range(16))
def test_every_byte_of_the_record_is_found_and_every_eighth_of_the_pages(
    file: Path, tmp_path: Path, part: int, counted: Callable[..., None]
) -> None:
    """In sixteen parts. A photo's bytes are all under one digest: its first and one in the middle."""

    def some(name: str, size: int) -> list[int]:
        if name.startswith("blobs/"):
            return [0, size // 2]
        return list(range(0, size, 8 if name in PAGES else 1))

    places = flips(unpacked(file), some)[part::16]
    hurt(file, tmp_path, places)
    counted("bytes of a bundle's members changed, each found", bytes_changed=len(places))
