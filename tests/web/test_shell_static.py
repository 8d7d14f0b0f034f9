"""What the pages are made of: own files only, vendored files as they were, colours that can be read."""

from __future__ import annotations

import hashlib
import re
import tomllib
from pathlib import Path

import pytest

import app.web

WEB = Path(app.web.__file__).parent
STATIC = WEB / "static"
VENDOR = STATIC / "vendor"
OWN = [p for p in (*STATIC.rglob("*"), *(WEB / "templates").rglob("*")) if p.is_file() and VENDOR not in p.parents]
AXE = Path(__file__).parents[1] / "vendor" / "axe-4.14.1.min.js"


def test_vendored_files_are_the_ones_listed_byte_for_byte() -> None:
    listed = tomllib.loads((VENDOR / "VENDORED.toml").read_text())["file"]
    found = {p.name for p in VENDOR.iterdir()} - {"VENDORED.toml"}
    assert {one["path"] for one in listed} == {name for name in found if not name.startswith("LICENSE-")}
    for one in listed:
        assert hashlib.sha256((VENDOR / one["path"]).read_bytes()).hexdigest() == one["sha256"], one["path"]
        assert one["licence"] in {"MIT", "OFL-1.1"}


def test_the_checker_of_pages_is_the_one_agreed() -> None:
    assert (
        hashlib.sha256(AXE.read_bytes()).hexdigest()
        == "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"
    )


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.name)
def test_own_files_name_no_foreign_address_and_templates_no_inline_style(path: Path) -> None:
    text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
    text = text.replace("Open the https:// address", "")
    assert not re.search(r"https?://|//cdn|@import", text)
    if path.suffix == ".html":
        assert not re.search(r"\sstyle\s*=|\shx-on|\son[a-z]+\s*=|javascript:|js:|<script(?![^>]*\ssrc=)", text)


@pytest.mark.parametrize("path", [one for one in OWN if one.suffix == ".css"], ids=lambda path: path.name)
def test_n2_no_style_sheet_recases_a_name(path: Path) -> None:
    assert "text-transform" not in path.read_text(encoding="utf-8")


def tokens(theme: str = "light") -> dict[str, str]:
    """The colours of a theme: the dark one changes some of the light one's."""
    light, dark = (STATIC / "css" / "tokens.css").read_text().split(':root[data-bs-theme="dark"]')
    named = dict(re.findall(r"--([a-z0-9-]+):\s*(#[0-9a-f]{6})\b", light))
    return named | (dict(re.findall(r"--([a-z0-9-]+):\s*(#[0-9a-f]{6})\b", dark)) if theme == "dark" else {})


both_themes = pytest.mark.parametrize("theme", ["light", "dark"])


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_computed_as_published() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#ffffff", "#777777") == pytest.approx(4.48, abs=0.01)


@both_themes
def test_every_pair_of_colours_reaches_seven_to_one(theme: str) -> None:
    named = tokens(theme)
    grounds = [name.removesuffix("-bg") for name in named if name.endswith("-bg")]
    assert {"right", "wrong", "check", "waiting", "page", "card", "demo"} <= set(grounds)
    assert {name for name in grounds if contrast(named[f"{name}-bg"], named[f"{name}-fg"]) < 7} == set()


@both_themes
@pytest.mark.parametrize("ground", ["card", "page", "soft"])
def test_words_in_a_verdicts_colour_reach_seven_to_one_where_they_stand(theme: str, ground: str) -> None:
    named = tokens(theme)
    inks = ("right-ink", "wrong-ink", "waiting-ink", "brand-ink", "link")
    assert {
        ink for ink in inks if contrast(named[ink], named[f"{ground}-bg"]) < (7 if ground != "soft" else 6)
    } == set()
    assert contrast(named["check-ink"], named[f"{ground}-bg"]) >= 3, "a line of a chart"


@both_themes
def test_verdicts_are_the_colours_agreed(theme: str) -> None:
    named = tokens(theme)
    assert [named[f"{v}-bg"] for v in ("right", "wrong", "check", "waiting")] == [
        "#00604a",
        "#a30000",
        "#ffc400",
        "#1b4f8f",
    ]


EDGES = ("edge card-bg", "edge page-bg", "edge soft-bg", "ring card-bg", "ring page-bg", "ring-on-dark brand-bg")


@both_themes
@pytest.mark.parametrize(("line", "ground"), [pair.split() for pair in EDGES])
def test_edges_and_focus_rings_reach_three_to_one(line: str, ground: str, theme: str) -> None:
    named = tokens(theme)
    assert contrast(named[line], named[ground]) >= 3


def test_other_style_sheets_use_tokens_for_text_and_ground() -> None:
    for name in ("shared.css", "terminal.css"):
        text = (STATIC / "css" / name).read_text()
        assert re.findall(r"(?<![-\w])(?:color|background(?:-color)?):\s*#[0-9a-f]+", text) == [], name


def test_the_regions_of_a_terminal_screen_are_as_high_as_agreed() -> None:
    text = (STATIC / "css" / "terminal.css").read_text()
    rows = re.search(r"\.glass \{[^}]*grid-template-rows: ([^;]+);", text)
    assert rows is not None
    assert rows[1] == "96px 56px 80px minmax(0, 1fr) max(118px, var(--tap)) 48px"


def test_sizes_are_multiples_of_a_millimetre() -> None:
    text = (STATIC / "css" / "tokens.css").read_text()
    for name, millimetres in (("tap", 20), ("tap-min", 15), ("gap", 5)):
        assert f"--{name}: calc({millimetres} * var(--mm));" in text
    assert "--mm: 5.9px;" in text


def test_modules_import_only_their_neighbours() -> None:
    for path in (STATIC / "js").glob("*.js"):
        for source in re.findall(r"""(?:from|import\()\s*["']([^"']+)["']""", path.read_text()):
            assert source.startswith("./"), (path.name, source)
            assert (STATIC / "js" / source).exists(), (path.name, source)


def test_bytes_of_a_first_page_stay_in_budget() -> None:
    import gzip

    def packed(*names: str) -> int:
        return sum(len(gzip.compress((STATIC / name).read_bytes())) for name in names)

    fonts = sum((VENDOR / f"atkinson-hyperlegible-latin-{w}-normal.woff2").stat().st_size for w in (400, 700))
    terminal = packed(
        "css/tokens.css",
        "css/shared.css",
        "css/terminal.css",
        "js/scan.js",
        "js/verdict.js",
        "js/poll.js",
        "js/network.js",
        "js/kept.js",
        "js/shell.js",
        "js/reached.js",
        "js/terminal_idle.js",
    )
    office = packed(
        "vendor/bootstrap-5.3.9.min.css",
        "css/tokens.css",
        "css/shared.css",
        "css/office.css",
    )
    assert terminal + fonts <= 60 * 1024
    assert office + fonts <= 110 * 1024
