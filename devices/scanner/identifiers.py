"""GS1 application identifiers: what each value may be made of. A table, checked by a test against biip's.

Not here: reading an element string (gs1.py). Source: GS1 General Specifications, section 3, by way of biip 5.2.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_X = r"[!\"%-?A-Z_a-z]"  # CSET 82
_Y = r"[#\-/0-9A-Z]"  # CSET 39, without the blank
_Z = r"[\-0-9A-Z_a-z]"  # file-safe base 64
_CHARACTERS = {"N": "[0-9]", "X": _X, "Y": _Y, "Z": _Z, "D": ".", "T": "."}

# One line a format, then the identifiers that have it; a-b is a range. N digits, X CSET 82, D a date YYMMDD, T an
# hour and minute.
_TABLE = """
N18        00 8017 8018
N14        01-03
D6         11-13 15-17
N2         20 7241
X1..20     10 21 22 243 254 420 710-717 7020-7022 7240 8002 8012 4318
X1..28     235
X1..30     240 241 250 251 400 401 403 4308 4319 7002 7023 8004 90
N1..6      242
N13X0..17  253
N13N0..12  255
N1..8      30 37
N6         3100-3105 3110-3115 3120-3125 3130-3135 3140-3145 3150-3155 3160-3165
N6         3200-3205 3210-3215 3220-3225 3230-3235 3240-3245 3250-3255 3260-3265 3270-3275 3280-3285 3290-3295
N6         3300-3305 3310-3315 3320-3325 3330-3335 3340-3345 3350-3355 3360-3365 3370-3375
N6         3400-3405 3410-3415 3420-3425 3430-3435 3440-3445 3450-3455 3460-3465 3470-3475 3480-3485 3490-3495
N6         3500-3505 3510-3515 3520-3525 3530-3535 3540-3545 3550-3555 3560-3565 3570-3575
N6         3600-3605 3610-3615 3620-3625 3630-3635 3640-3645 3650-3655 3660-3665 3670-3675 3680-3685 3690-3695
N6         3950-3955 8005
N1..15     3900-3909 3920-3929
N3N1..15   3910-3919 3930-3939
N4         3940-3943 8111
N17        402
N13        410-417 7001
N3X1..9    421
N3         422 424 426
N3..15     423 425
X1..3      427 7008
X1..35     4300 4301 4310 4311 4320
X1..70     4302-4306 4312-4316 7257 8110 8112 8200
X2         4307 4317
N20        4309
N1         4321-4323 7252
N10        4324 4325
D6         4326 7006
N6X0..1    4330-4333
D6T4       7003
N1..4      7004
X1..12     7005
N6N0..6    7007
X1..10     7009 7255
X1..2      7010
N6N0..4    7011
N3X1..27   7030-7039
N1X3       7040
X1..4      7041
X3..30     7230-7239
X1..25     7242 8013 8014 8020
N8         7250
N12        7251
X1..40     7253 7254 7259
X1..90     7256 91-99
N1X1N1     7258
N14        8001
N14X0..16  8003
N18        8006 8026
X1..34     8007
N8N0..4    8008
X1..50     8009
Y5..30     8010
N1..12     8011
N1..10     8019
Z1..90     8030
N15        8040 8041
N32        8042
N18..20    8043
"""

_PREDEFINED = frozenset(f"{n:02d}" for n in (*range(5), *range(11, 21), *range(31, 37), 41))
"""First two digits of the identifiers whose value needs no separator behind it."""


@dataclass(frozen=True)
class Identifier:
    """One application identifier and what its value may be."""

    ai: str
    """Two to four digits."""
    shortest: int
    """Fewest characters of a value, at least 1."""
    longest: int
    """Most characters of a value, 1 to 90."""
    predefined: bool
    """True when the value ends by its length alone; every other value ends at GS or at the end of the data."""
    characters: re.Pattern[str]
    """Matches a whole value of allowed length if every character is allowed at its place; dates match anything."""
    is_date: bool
    """True when the value begins with a date YYMMDD."""

    @property
    def variable(self) -> bool:
        """True when values of more than one length are allowed: only those can swallow what follows."""
        return self.shortest < self.longest


def _of(ai: str, format_: str) -> Identifier:
    shortest = longest = 0
    pattern = ""
    for kind, low_text, high_text in re.findall(r"([NXYZDT])(\d+)(?:\.\.(\d+))?", format_):
        low, high = int(low_text), int(high_text or low_text)
        shortest, longest = shortest + low, longest + high
        pattern += f"{_CHARACTERS[kind]}{{{low},{high}}}"
    return Identifier(ai, shortest, longest, ai[:2] in _PREDEFINED, re.compile(pattern, re.DOTALL), format_[0] == "D")


def _numbers(span: str) -> list[str]:
    first, _, last = span.partition("-")
    return [str(n).zfill(len(first)) for n in range(int(first), int(last or first) + 1)]


def _table() -> dict[str, Identifier]:
    rows = [line.split() for line in _TABLE.strip().splitlines()]
    return {ai: _of(ai, format_) for format_, *spans in rows for span in spans for ai in _numbers(span)}


IDENTIFIERS = _table()


def find(data: str) -> Identifier | None:
    """Return the identifier with which `data` begins, or None. No identifier is the beginning of another."""
    for digits in (2, 3, 4):
        found = IDENTIFIERS.get(data[:digits])
        if found:
            return found
    return None
