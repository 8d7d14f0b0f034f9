"""Reads a page that was drawn: no number and no name on it can be misread (N1, N2, N5)."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from tests.misreading import OWN_CODE, in_line

INLINE = frozenset(
    {"a", "abbr", "b", "bdi", "em", "i", "kbd", "label", "mark", "small", "span", "strong", "sub", "sup", "time"}
)
AS_IT_CAME = frozenset({"pre", "code", "textarea", "script", "style", "title"})
"""Elements whose words are somebody else's, letter for letter: a message, what was typed; and what nobody reads."""
VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
OTHER = re.compile(r"\b[a-z]{3,}(?:-[a-z0-9.]+)+\b|(?:empty pan|certified) -?\d+\.\d+ g")
"""A recipe's or product's name, such as cyclophosphamide-500mg-powder; and a reading or a weight's certificate in a sentence."""


class _Words(HTMLParser):
    """A page's words, but for readings, secrets drawn by chance (`letters`), what came from elsewhere, and a script's JSON."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in INLINE:
            self.found.append("\n")
        if tag not in VOID:
            given = dict(attrs)
            classes = set((given.get("class") or "").split())
            reading = bool(classes & {"reading", "letters"}) or given.get("id") == "screen"
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


def bare(page: str) -> str:
    """Return a page without its elements: its words as they follow each other, readings and all."""
    return re.sub(r"<[^>]*>", "", page)


def misread(page: str) -> list[str]:
    """Return what of a page can be misread, with what stands round it."""
    lines = OTHER.sub("", OWN_CODE.sub("", words_of(page))).splitlines()
    return sorted({fault for line in lines for fault in in_line(line)})
