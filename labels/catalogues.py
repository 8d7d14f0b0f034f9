"""Whether a catalogue of words says all that a label has to: a site may edit one, and no edit may take a number off a label.

Not here: whether a sentence says in another language what it says in English. That a pharmacist reads and signs.
"""

from __future__ import annotations

import hashlib
import json
import re
import string
from collections.abc import Iterator, Mapping
from typing import Any

ELSEWHERE = frozenset({"intrathecal", "oral", "demo", "training"})
"""Fixed sentences whose English stands in the code."""
HELD = {
    "en": {"vinca": "3d252815143b20db3d963a6590b3bb7d56b85a5be8bb51b74111e5a3fbfc678e"},
    "de": {
        "vinca": "f2d64c034ada523da126001fc6764789d0728155bf7d3ef64dac39804b92f9c2",
        "intrathecal": "cfac721c42f08898a92f37e5f98ac4785a57edf1e1ddf0b6b3f19db730aeb5df",
        "oral": "d040cde47eba9b2f0ab6af198db9218c1313f76eec34c054cf53b91e12e78c78",
    },
}
"""SHA-256 of the sentences that keep a patient alive, as they ship: they are changed by a release and by nobody else."""
ENGLISH_PLACES = {
    "born": "date",
    "unconfirmed": "what",
    "in_diluent": "diluent",
    "prepared": "when who",
    "approved": "when who",
    "order": "number",
    "study": "protocol subject",
    "kit": "number",
    "pharmacy": "name telephone",
    "plus_overfill": "bag",
    "exact_volume": "bag",
    "total_volume": "volume",
    "pace": "rate time",
    "nominal": "pace",
    "push_over": "time",
    "pump_at": "rate",
    "pump_over": "time",
    "pump_for": "rate time",
    "in_container": "container",
    "to_infuse": "volume",
    "reservoir": "volume",
    "fill_the_line": "volume",
    "stay_behind": "volume",
    "total_in_device": "dose volume",
    "start": "when",
    "end": "when",
    "library": "entry",
    "each_time": "number",
    "days_on": "number",
    "days": "number",
    "on_off": "off on",
    "quantity": "number",
    "for_days": "days",
    "refills": "number",
    "lot": "lot",
    "expires": "date",
    "prescriber": "name",
    "opened": "when where",
    "use_by": "when",
    "left": "volume",
    "steps": "number",
    "types": "what",
    "copy": "number",
    "million": "number",
}
"""Words of the English catalogue and what stands in each: nothing else says what the other languages are held against."""


TABLES = ("fixed", "words", "phrases", "cards")
"""The tables of a catalogue."""
Found = Mapping[str, Any]


def digest(found: Found) -> str:
    """Return the SHA-256 of a catalogue's texts, in whatever order they stand: what a signature is given for."""
    return _sum(json.dumps([found.get(one, {}) for one in TABLES], sort_keys=True))


def unreadable(found: Found) -> str:
    """Say what of a catalogue is no table of texts; empty if all of it is one."""
    tables = [found.get(one, {}) for one in TABLES]
    if all(isinstance(one, dict) and all(isinstance(text, str) for text in one.values()) for one in tables):
        return ""
    return f"{', '.join(TABLES)} are tables of texts in quotation marks"


def trouble(language: str, found: Found, english: Found, sentences: Found) -> str:
    """Say what keeps a catalogue from being printed by; empty if nothing does.

    `english`: the words of the English catalogue, and the names of the cards.
    `sentences`: the fixed sentences in English, by their keys.
    """
    own = language == "en"
    fixed = {key: sentences[key] for key in HELD["en"]} if own else found.get("fixed", {})
    checks = (
        _held(language, fixed),
        _english(found) if own else _same(found, english, frozenset(sentences) | ELSEWHERE),
    )
    return next((says for one in checks for says in one), "")


def _held(language: str, fixed: Found) -> Iterator[str]:
    for key, sum_ in HELD.get(language, {"vinca": ""}).items():
        if _sum(str(fixed.get(key, ""))) != sum_:
            yield f"the sentence {key!r} is not the one that came with this release"


def _english(found: Found) -> Iterator[str]:
    words = found.get("words", {})
    for key, places in ENGLISH_PLACES.items():
        if " ".join(_places(words.get(key, ""))) != places:
            yield f"{key!r} has not the places that came with this release: {places}"


def _same(found: Found, english: Found, sentences: frozenset[str]) -> Iterator[str]:
    words, fixed, cards = found.get("words", {}), found.get("fixed", {}), found.get("cards", {})
    missing = (sentences ^ fixed.keys(), english["words"].keys() ^ words.keys(), english["cards"] ^ cards.keys())
    for key in [one for part in missing for one in sorted(part)]:
        yield f"{key!r} is missing, or is no text of a label"
    for key, text in (fixed | cards).items():
        if not str(text).strip() or _numbers(str(text)):
            yield f"the sentence {key!r} is empty or has a number"
    for key, text in english["words"].items():
        if _places(words[key]) != _places(text) or _numbers(words[key]) != _numbers(text):
            yield f"{key!r} has other places or numbers than in English: {text}"
    for ours, other in found.get("phrases", {}).items():
        wanted = [f"${n}" for n in range(1, ours.count("#") + 1)]
        if (
            not other.strip()
            or sorted(re.findall(r"\$[0-9]*", other)) != wanted
            or _numbers(_bare(other)) != _numbers(ours)
        ):
            yield f"the phrase {ours!r} has other numbers in {other!r}"


def _bare(text: str) -> str:
    return re.sub(r"\$[0-9]*", "", text)


def _numbers(text: str) -> list[str]:
    return sorted(re.findall(r"[0-9]+", _literal(text)))


def _literal(text: str) -> str:
    return re.sub(r"\{[^}]*\}", "", text)


def _places(text: str) -> list[str]:
    """Return the places of a text as they are written, {volume} and nothing shorter: {volume:.2} would cut what stands in it."""
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError as error:
        return [f"? {error}"]
    return sorted(
        name if not spec and not conversion else f"{name}!{conversion}:{spec}"
        for _, name, spec, conversion in parts
        if name is not None
    )


def _sum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
