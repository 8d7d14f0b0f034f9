"""Letters of another script than Latin where they could pass for Latin ones: a name that looks right and is another text.

Nothing is folded: what the letters were meant to be is for a pharmacist to say.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

ALONE = re.compile(r"(?<![^\W\d_])(?:[\u0391-\u03c9](?![^\W\d_])|[\u03bc\u00b5][gGlLm](?![^\W\d_]))")
"""A Greek letter that stands alone, as in interferon-\u03b1, and the sign of micro before its unit."""
LIKE_LATIN = ("CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "FULLWIDTH", "MATHEMATICAL")
"""How the names of letters begin that can pass for Latin ones."""
WORD = re.compile(r"[^\W\d_]+")


@lru_cache(maxsize=4096)
def of_another_script(text: str) -> bool:
    """Say whether a name or number holds a letter that is not Latin, or a digit that is not 0 to 9."""
    if text.isascii():
        return False
    said = ALONE.sub("", text)
    return any(
        not unicodedata.name(letter, "").startswith("LATIN ") if letter.isalpha() else not letter.isascii()
        for letter in said
        if letter.isalpha() or letter.isdecimal()
    )


def of_two_scripts(text: str) -> bool:
    """Say whether one word of a person's name has Latin letters beside others that look like them."""
    if text.isascii():
        return False
    return any(len({_script(letter) for letter in word} & {"LATIN", *LIKE_LATIN}) > 1 for word in WORD.findall(text))


def _script(letter: str) -> str:
    return unicodedata.name(letter, "?").partition(" ")[0]
