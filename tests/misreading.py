"""Ways of writing a number or a drug's name that people have misread, and died of (N1, N2, N5)."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pypdfium2

import app.catalogue

LINT = [
    r"\d\.0+\s?(mg|mL|g)\b",
    r"(^|\s)\.\d",
    r"(?<![.\d])\d{4,}\s?(mg|mL|units)",
    r"\bIU\b|\d\s?U\b|µg|\bcc\b",
    r"\d(mg|mL|mcg)",
]
OWN_CODE = re.compile(r"[PIFUTHSB]-\w{4}-\w{4}-\w")
"""The letters of a code are read as letters, so they are no number to be misread."""
SEED = Path(app.catalogue.__file__).parent / "seed" / "tallman.csv"
NAMES = {row["name"]: row["tallman"] for row in csv.DictReader(SEED.read_text(encoding="utf-8").splitlines())}
NAME = re.compile(rf"\b(?:{'|'.join(sorted(map(re.escape, NAMES), key=len, reverse=True))})\b", re.IGNORECASE)


def in_line(line: str) -> list[str]:
    """Return what of a line can be misread, with what stands round it."""
    found = [one for pattern in LINT for one in re.finditer(pattern, line)]
    numbers = [f"number: {line[max(0, one.start() - 20) : one.end() + 10]}" for one in found]
    return numbers + [f"name: {one}" for one in NAME.findall(line) if not is_a_form(one)]


def is_a_form(name: str) -> bool:
    """Whether a name is written in its tall-man letters, or plain, as at the beginning of a sentence."""
    return name in (NAMES[name.lower()], name.lower(), name.capitalize())


def on_paper(pdf: bytes | Path) -> str:
    """Return the words of a PDF's first page, as whoever holds it reads them."""
    with pypdfium2.PdfDocument(pdf) as document:
        page = document[0]
        text = page.get_textpage()
        found = text.get_text_range()
        text.close()
        page.close()
    return re.sub(r"\s+", " ", found)
