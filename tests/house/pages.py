"""What a page may hold: no foreign address, nothing our content security policy would block, vendored files unchanged."""

from __future__ import annotations

import hashlib
import re
import tomllib
from pathlib import Path, PurePosixPath

from tests.house.tree import Tree

VENDOR = "app/web/static/vendor"
SHOWN = (".html", ".jinja", ".j2", ".txt.jinja", ".css", ".js", ".mjs", ".svg", ".json", ".webmanifest")
ADDRESS = re.compile(
    r"(?i)\b(?:https?|wss?|ftp)://[^\s\"'<>)]+|(?:(?:src|href|action)\s*=\s*|url\()[\"']?//[^\s\"'<>)]+"
)
AT_HOME = re.compile(r"(?i)(?:https?|wss?)://(?:127\.0\.0\.1|localhost|\[::1\])(?:[:/]|$)")
NAMESPACES = (
    "http://www.w3.org/2000/svg",
    "http://www.w3.org/1999/xlink",
    "http://www.w3.org/1999/xhtml",
    "http://www.w3.org/XML/1998/namespace",
)
BLOCKED = {
    "a style attribute": re.compile(r"(?i)<[^>]*\sstyle\s*="),
    "a style element": re.compile(r"(?i)<style\b"),
    "an inline script": re.compile(r"(?i)<script\b(?![^>]*\bsrc\s*=)(?![^>]*type=[\"']application/json)[^>]*>"),
    "an inline handler": re.compile(r"(?i)<[^>]*\s(?:on[a-z]+|hx-on[:\w-]*)\s*="),
    "a script address": re.compile(r"(?i)=\s*[\"'](?:javascript|js):"),
}


def no_foreign_address(tree: Tree) -> list[str]:
    """Name each address outside this machine in templates and static files; nothing is fetched at run time (Q82)."""
    faults = []
    for name in tree.ending(*SHOWN):
        if name.startswith(("app/web/", "hardware_mocks/")):
            for place, line in tree.lines(name):
                found = (match.group() for match in ADDRESS.finditer(line))
                faults += [f"{place}: foreign address {a}" for a in found if not (AT_HOME.match(a) or a in NAMESPACES)]
    return faults


def templates_keep_the_policy(tree: Tree) -> list[str]:
    """Name what the content security policy would block in a template: the browser drops it without a word."""
    faults = []
    for name in tree.ending(".html", ".jinja", ".j2"):
        text = (tree.text(name) or "") if name.startswith("app/") else ""
        for says, pattern in BLOCKED.items():
            faults += [f"{name}:{1 + text.count(chr(10), 0, m.start())}: {says}" for m in pattern.finditer(text)]
    return faults


def vendored_files_are_unchanged(tree: Tree) -> list[str]:
    """Compare each file under the vendor folder with VENDORED.toml: all listed, all there, each digest equal."""
    folder = tree.root / VENDOR
    if not folder.exists():
        return []
    listing = folder / "VENDORED.toml"
    if not listing.exists():
        return [f"{VENDOR}: holds files but no VENDORED.toml"]
    listed = _listed(listing)
    found = (p for p in folder.rglob("*") if p.is_file() and not p.name.startswith(("VENDORED", "LICENSE")))
    there = {p.relative_to(folder).as_posix() for p in found}
    faults = [f"{VENDOR}/{name}: not in VENDORED.toml" for name in sorted(there - listed.keys())]
    for name, entry in listed.items():
        wanting = [key for key in ("name", "version", "licence", "sha256") if not entry.get(key)]
        faults += [f"{VENDOR}/{name}: VENDORED.toml does not say its {key}" for key in wanting]
        if name not in there:
            faults.append(f"{VENDOR}/{name}: in VENDORED.toml, but not there")
        elif hashlib.sha256((folder / name).read_bytes()).hexdigest() != entry.get("sha256"):
            faults.append(f"{VENDOR}/{name}: is not the file whose sha256 VENDORED.toml gives")
    return faults


def fonts_have_their_licence(tree: Tree) -> list[str]:
    """Name each font that has no licence text beside it: its licence asks for that."""
    fonts = [PurePosixPath(name) for name in tree.files if name.endswith((".ttf", ".otf", ".woff2", ".woff"))]
    with_text = {PurePosixPath(name).parent for name in tree.files if PurePosixPath(name).name.startswith("LICENSE")}
    return [f"{font}: a font without a LICENSE text beside it" for font in fonts if font.parent not in with_text]


def _listed(listing: Path) -> dict[str, dict[str, str]]:
    tables = tomllib.loads(listing.read_text(encoding="utf-8")).values()
    entries = [entry for table in tables if isinstance(table, list) for entry in table]
    return {entry["path"].removeprefix(f"{VENDOR}/"): entry for entry in entries}
