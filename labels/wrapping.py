"""Breaks words into lines by measured width: between pieces, at dashes, at spaces, after hyphens; nothing else."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias

from labels.trouble import DoesNotFit
from labels.typefaces import MM_PER_POINT

WidthOf: TypeAlias = Callable[[str, str, float], float]
"""(text, face, points) -> millimetres."""


@dataclass(frozen=True)
class Piece:
    field: str
    """The field of the label the words come from."""
    text: str
    """The words. A no-break space holds a number to its unit."""
    face: str = "sans"
    """sans, bold, condensed or condensed-bold."""

    def __post_init__(self) -> None:
        """Compose the letters (NFC), so that an accent sent as its own character is set with its letter."""
        object.__setattr__(self, "text", unicodedata.normalize("NFC", self.text))


@dataclass(frozen=True)
class Line:
    runs: tuple[tuple[Piece, float], ...]
    """Pieces and where each begins, in millimetres."""
    width: float
    """Millimetres."""


def wrap(
    pieces: tuple[Piece, ...], size: float, room: float, width_of: WidthOf, apart: float, *, balanced: bool
) -> list[Line]:
    """Return the lines; raise DoesNotFit(field, by) when a word that cannot be broken is wider than the room.

    Pieces share a line where they fit whole; a piece that had to be broken is followed by a new line, so that a dose
    stands either on its drug's one line or at the start of the next.
    """
    gap = apart * size * MM_PER_POINT
    lines: list[Line] = []
    runs: list[tuple[Piece, float]] = []
    at = 0.0

    def close() -> None:
        nonlocal runs, at
        if runs:
            lines.append(Line(tuple(runs), at))
        runs, at = [], 0.0

    for piece in pieces:
        wide = width_of(piece.text, piece.face, size)
        start = at + gap if runs else 0.0
        if start + wide <= room:
            runs.append((piece, start))
            at = start + wide
            continue
        close()
        parts = [piece.text] if wide <= room else broken(piece, size, room, width_of, balanced=balanced)
        for part in parts:
            runs.append((replace(piece, text=part), 0.0))
            at = width_of(part, piece.face, size)
            if len(parts) > 1:
                close()
    close()
    return lines


def flow(
    pieces: tuple[Piece, ...], size: float, room_of: Callable[[int], float], width_of: WidthOf, apart: float
) -> list[Line]:
    """Return the lines of pieces that run on, broken wherever a line is full; raise DoesNotFit as `wrap` does.

    `room_of` says how wide each line may be, so that words can run beside something and then under it.
    """
    gap = apart * size * MM_PER_POINT
    lines: list[Line] = []
    runs: list[tuple[Piece, float]] = []
    at = 0.0
    for piece in pieces:
        start, part = (at + gap if runs else 0.0), ""
        for atom in _atoms(piece, room_of(0), partial(_measured, width_of, piece.face, size)):
            longer = part + atom if part else atom.lstrip(" ")
            if start + width_of(longer, piece.face, size) <= room_of(len(lines)):
                part = longer
                continue
            runs += [(replace(piece, text=part), start)] if part else []
            lines.append(Line(tuple(runs), room_of(len(lines))))
            runs, start, part = [], 0.0, atom.lstrip(" ")
        runs.append((replace(piece, text=part), start))
        at = start + width_of(part, piece.face, size)
    return [*lines, Line(tuple(runs), at)]


def _measured(width_of: WidthOf, face: str, size: float, text: str) -> float:
    return width_of(text, face, size)


def broken(piece: Piece, size: float, room: float, width_of: WidthOf, *, balanced: bool) -> list[str]:
    """Break one piece that is wider than the room into lines, at its dashes if they give lines that fit."""
    measure = partial(_measured, width_of, piece.face, size)
    clauses = re.split(r"(?<=\s–)(?=\s)", piece.text)
    if balanced and all(measure(clause.strip(" ")) <= room for clause in clauses):
        return _evened(clauses, room, measure)
    atoms = _atoms(piece, room, measure)
    return _evened(atoms, room, measure) if balanced else _filled(atoms, room, measure)


def _atoms(piece: Piece, room: float, measure: Callable[[str], float]) -> list[str]:
    """Return the words, each with the space before it; only a word too wide for a line is broken after its hyphens."""
    atoms: list[str] = []
    for word in re.split(r"(?<=[^ ])(?= )", piece.text):
        atoms += [word] if measure(word.strip(" ")) <= room else [part for part in re.split(r"(?<=-)", word) if part]
    widest = max(measure(atom.strip(" ")) for atom in atoms)
    if widest > room:
        raise DoesNotFit(piece.field, widest - room)
    return atoms


def _filled(atoms: list[str], room: float, measure: Callable[[str], float]) -> list[str]:
    lines = [atoms[0].lstrip(" ")]
    for atom in atoms[1:]:
        if measure(lines[-1] + atom) <= room:
            lines[-1] += atom
        else:
            lines.append(atom.lstrip(" "))
    return lines


def _evened(atoms: list[str], room: float, measure: Callable[[str], float]) -> list[str]:
    """Fill as few lines as possible, then narrow the room while it stays as few: lines of like length."""
    best = _filled(atoms, room, measure)
    widest = max(measure(atom.lstrip(" ")) for atom in atoms)
    for step in range(1, 20):
        narrower = _filled(atoms, max(widest, room * (1 - step / 20)), measure)
        if len(narrower) > len(best):
            break
        best = narrower
    return best
