"""What two other keyboard layouts make of the keys that a scanner presses: key, place, shift."""

from __future__ import annotations

PLACES = (
    ("Digit0", 0),
    ("Digit1", 0),
    ("KeyA", 0),
    ("KeyA", 1),
    ("Minus", 0),
    ("Slash", 0),
    ("KeyW", 0),
    ("BracketLeft", 0),
)
FRENCH = [
    (key, code, bool(shift))
    for key, (code, shift) in zip(("à", "&", "q", "Q", ")", "!", "z", "Dead"), PLACES, strict=True)
]
GERMAN = [
    (key, code, bool(shift))
    for key, (code, shift) in zip(("0", "1", "a", "A", "ß", "-", "w", "ü"), PLACES, strict=True)
]
