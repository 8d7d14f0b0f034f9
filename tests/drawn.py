"""Whatever page a test draws is read, by client or by browser: nothing on it can be misread (N1, N2, N5)."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from flask import Response, request, request_finished

from tests import misreading
from tests.web import reading

NOT_READ = re.compile(
    rf'<({"|".join(sorted(reading.AS_IT_CAME))})\b.*?</\1>|<div id="screen" hidden>.*?</div>|class="reading[^>]*>[^<]*',
    re.DOTALL,
)
WITHIN = re.compile(rf"</?(?:{'|'.join(sorted(reading.INLINE))})\b[^>]*>")
TAG = re.compile(r"<[^>]*>")
SPACE = re.compile(r"\s+")
WORD = re.compile(r"[A-Za-z]{4,}")
SPOKEN = re.compile("|".join(f"(?:{one})" for one in misreading.LINT[1:]))
NUMBERS = re.compile("|".join(f"(?:{one})" for one in misreading.LINT))

_faults: list[str] = []
_clean: set[int] = set()


def look(_app: object, response: Response, **_more: Any) -> None:
    """Read an answer, where it is a page; what can be misread is kept until `found` is asked."""
    if response.is_streamed or response.direct_passthrough:
        return
    if response.mimetype == "application/json" and request.path.startswith("/terminal/"):
        said = reading.OTHER.sub("", misreading.OWN_CODE.sub("", response.get_data(as_text=True)))
        _faults.extend(f"{request.method} {request.path}: said: {one}" for one in _misspoken(said))
    if response.mimetype != "text/html":
        return
    page = response.get_data(as_text=True)
    bare = TAG.sub("\n", WITHIN.sub("", NOT_READ.sub("", SPACE.sub(" ", page))))
    if (sign := hash(bare)) in _clean:
        return
    faults = reading.misread(page) if suspicious(unescape(bare)) else []
    _faults.extend(f"{request.method} {request.path}: {one}" for one in faults)
    if not faults:
        _clean.add(sign)


def _misspoken(text: str) -> list[str]:
    """Return what a screen's script is told that can be misread; a reading keeps its decimals there, as nothing sets it apart."""
    numbers = [text[max(0, one.start() - 30) : one.end() + 10] for one in SPOKEN.finditer(text)]
    return numbers + [
        one for one in set(WORD.findall(text)) if one.lower() in misreading.NAMES and not misreading.is_a_form(one)
    ]


def suspicious(text: str) -> bool:
    """Whether a page must be read closely: a quick look at its bare text, a tenth of the work, that lets nothing through."""
    words = set(WORD.findall(text))
    return bool(NUMBERS.search(text)) or any(
        one.lower() in misreading.NAMES and not misreading.is_a_form(one) for one in words
    )


def found() -> list[str]:
    """Return what was found since the last question."""
    taken = _faults[:]
    del _faults[: len(taken)]
    return taken


def watch() -> None:
    """Read every page from now on."""
    request_finished.connect(look)
