"""Reads a page that was drawn: no number and no name on it can be misread (N1, N2, N5)."""

from __future__ import annotations

import csv
import re
from html.parser import HTMLParser
from pathlib import Path

import app.catalogue
from tests.labels.test_words import LINT, OWN_CODE

INLINE = frozenset(
    {"a", "abbr", "b", "bdi", "em", "i", "kbd", "label", "mark", "small", "span", "strong", "sub", "sup", "time"}
)
AS_IT_CAME = frozenset({"pre", "code", "textarea", "script", "style", "title"})
"""Elements whose words are somebody else's, letter for letter: a message, what was typed; and what nobody reads."""
VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
OTHER = re.compile(r"\b[a-z]{3,}(?:-[a-z0-9.]+)+\b|(?:empty pan|certified) -?\d+\.\d+ g")
"""A recipe's or product's name, such as cyclophosphamide-500mg-powder; and a reading or a weight's certificate in a sentence."""
SEED = Path(app.catalogue.__file__).parent / "seed" / "tallman.csv"
NAMES = {row["name"]: row["tallman"] for row in csv.DictReader(SEED.open(encoding="utf-8"))}
NAME = re.compile(rf"\b(?:{'|'.join(sorted(map(re.escape, NAMES), key=len, reverse=True))})\b", re.IGNORECASE)


class _Words(HTMLParser):
    """The words of a page, but for readings, for what came from elsewhere, and for the JSON that its script reads."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in INLINE:
            self.found.append("\n")
        if tag not in VOID:
            given = dict(attrs)
            reading = "reading" in (given.get("class") or "").split() or given.get("id") == "screen"
            hidden = tag in AS_IT_CAME or reading or bool(self._open and self._open[-1][1])
            self._open.append((tag, hidden))

    def handle_endtag(self, tag: str) -> None:
        if tag not in INLINE:
            self.found.append("\n")
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not (self._open and self._open[-1][1]):
            self.found.append(data)


def words_of(page: str) -> str:
    """Return what a person reads of a page, a line for each block."""
    reader = _Words()
    reader.feed(page)
    return "\n".join(" ".join(line.split()) for line in "".join(reader.found).splitlines() if line.strip())


def misread(page: str) -> list[str]:
    """Return what of a page can be misread, with what stands round it."""
    faults = set[str]()
    for line in OTHER.sub("", OWN_CODE.sub("", words_of(page))).splitlines():
        found = [one for pattern in LINT for one in re.finditer(pattern, line)]
        faults |= {f"number: {line[max(0, one.start() - 20) : one.end() + 10]}" for one in found}
        faults |= {f"name: {one}" for one in NAME.findall(line) if not is_a_form(one)}
    return sorted(faults)


def is_a_form(name: str) -> bool:
    """Whether a name is written in its tall-man letters, or plain, as at the beginning of a sentence."""
    return name in (NAMES[name.lower()], name.lower(), name.capitalize())
