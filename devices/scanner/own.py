"""Our own printed codes: `%VT-F-4M8D0ZRWP-1%` and the command cards. Closed by `%`: half a scan is no id (B40)."""

from __future__ import annotations

import re

from devices.scanner.answer import CodeAnswer, OwnCode, Refusal, refused

CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

_CARD = re.compile(r"%VT-C-([A-Z][A-Z0-9-]{0,19})%")
_CODE = re.compile(r"%VT-([PIFUTHSB])-([0-9A-HJKMNP-TV-Z]{8})([0-9A-Z])(?:-([1-9][0-9]{0,3}))?%")


_WRITTEN = re.compile(
    r"([PIFUTHSB])-?([0-9A-HJKMNP-TV-Z]{4})-?([0-9A-HJKMNP-TV-Z]{4})-?([0-9A-Z])(?:,? *COPY *([1-9][0-9]{0,3}))?"
)


def from_writing(text: str) -> str | None:
    """Return the code that the letters beside a symbol stand for (`F-4M8D-0ZRW-P, copy 1`), in any case, or None.

    The copy may be left out, as it stands on a line of its own. Whoever gives the letters has not read the symbol.
    """
    found = _WRITTEN.fullmatch(text.strip().upper())
    if found is None:
        return None
    kind, first, second, check, copy = found.groups()
    if check_character(first + second) != check:
        return None
    return f"%VT-{kind}-{first}{second}{check}{f'-{copy}' if copy else ''}%"


def is_own(data: str) -> bool:
    """Return True if `data` begins like one of our codes, in any case: then it is ours, right or wrong."""
    return data[:4].upper() == "%VT-"


def answer(data: str, aim: str | None) -> CodeAnswer:
    """Return what one of our codes says, or why it is refused."""
    card = _CARD.fullmatch(data)
    if card:
        return CodeAnswer("ok", "own", aim, own=OwnCode("C", word=card[1]))
    code = _CODE.fullmatch(data)
    if code is None:
        return refused(
            Refusal("FORMAT", "This is only part of one of our codes, or caps lock is wrong. Scan it again."), aim
        )
    kind, id_, check, copy = code.groups()
    if check_character(id_) != check:
        return refused(Refusal("CHECK_DIGIT", "The check character of this code is wrong. Scan it again."), aim)
    return CodeAnswer("ok", "own", aim, own=OwnCode(kind, id_, int(copy) if copy else None))


def check_character(text: str) -> str:
    """Return the ISO 7064 MOD 37,36 check character of `text` (0-9, A-Z)."""
    product = 36
    for character in text:
        total = (product + CHARACTERS.index(character)) % 36 or 36
        product = total * 2 % 37
    return CHARACTERS[(37 - product) % 36]
