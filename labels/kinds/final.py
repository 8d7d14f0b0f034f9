"""What the final labels share: until when, with what care, by whom, and the bedside code."""

from __future__ import annotations

from dataclasses import replace

from labels import codes
from labels.final import FinalLabel
from labels.kinds.common import band, glued, lettered, lines, reprinted
from labels.label import PatientLabel
from labels.language import ENGLISH, fixed, said, translated
from labels.layout import Around, Plain, Symbol, Words
from labels.sterile import SterileLabel
from labels.stock import Profile
from labels.wording import bound, quantity, stamp
from labels.wrapping import Piece

_BAR_HEIGHT = 7.0
"""Millimetres."""
_SHORT = 24
"""Characters."""


def in_diluent(label: SterileLabel) -> str:
    """Return what the drug is in, in words: in dextrose 5 %; undiluted."""
    tongue, given = label.language, label.diluent
    if given.casefold() == "undiluted":
        return given if tongue == ENGLISH else said(tongue, "undiluted")
    return given if given.casefold().startswith("undiluted") else said(tongue, "in_diluent", diluent=given)


def until(label: SterileLabel) -> tuple[Plain, ...]:
    """Return the framed beyond-use date and time."""
    return (Words((until_when(label),), 13.0, 9.0, 1.0, "center", "frame"),)


def until_when(label: SterileLabel) -> Piece:
    """Return the words of `until`."""
    return Piece("use_before", f"{fixed('bud', label.language).text} {stamp(label.use_before, label.zone)}", "bold")


def with_care(label: SterileLabel) -> tuple[Plain, ...]:
    """Return how it is kept, for how many doses, and how it is handled."""
    handling = tuple(Piece("handling", translated(label.language, one), "bold") for one in label.handling)
    return lines(_storage(label), Piece("dose_use", glued(_use(label))), *handling, size=9.0, before=0.7)


def _storage(label: SterileLabel) -> Piece:
    return Piece("storage", translated(label.language, label.storage))


def _use(label: SterileLabel) -> str:
    return said(label.language, "single_dose" if label.dose_use == "single dose" else "multiple_dose")


def strength(label: SterileLabel) -> str:
    """Return the concentration with its unit; nothing of a blinded study, whose strength nobody is told (R56)."""
    return "" if label.blinded else quantity(label.concentration, label.concentration_unit, label.language)


def hazard(label: PatientLabel) -> tuple[Plain, ...]:
    """Return the hazard sentence in white on black, if the drug is hazardous."""
    return (band("hazard_line", label.hazard_line, 9.0, 8.0),) if label.hazardous and label.hazard_line else ()


def by_whom(label: FinalLabel) -> tuple[Plain, ...]:
    """Return the order and its cycle, who made and approved it and when, and whom to call."""
    return lines(*people(label), size=8.5, before=0.8)


def people(label: FinalLabel) -> tuple[Piece, ...]:
    """Return the words of `by_whom`, without those that have no content."""
    tongue = label.language
    made = said(tongue, "prepared", who=label.prepared_by, when=stamp(label.prepared_at, label.zone))
    approved = None
    if label.approved_by and label.approved_at:
        text = said(tongue, "approved", who=label.approved_by, when=stamp(label.approved_at, label.zone))
        approved = Piece("approved_by", text, "condensed")
    words = (
        Piece("cycle_day", glued(translated(tongue, label.cycle_day)), "condensed-bold") if label.cycle_day else None,
        Piece("order_number", said(tongue, "order", number=label.order_number), "condensed"),
        Piece("study", label.study, "condensed-bold") if label.study else None,
        Piece("prepared_by", made, "condensed"),
        approved,
        Piece("pharmacy", said(tongue, "pharmacy", name=label.pharmacy, telephone=glued(label.telephone)), "condensed"),
    )
    return tuple(piece for piece in words if piece is not None)


def small(*pieces: Piece, size: float) -> tuple[Words, ...]:
    """Return small print that runs on, if there is any; no number leaves its unit."""
    whole = tuple(replace(piece, text=bound(piece.text)) for piece in pieces)
    return (Words(whole, size, before=0.3, apart=0.8, close=True, run_on=True),) if whole else ()


def who(label: PatientLabel) -> tuple[Words, ...]:
    """Return the patient's name, bold, and the further identifiers as small print."""
    name = Words((Piece("patient_name", label.patient_name, "bold"),), 12.0, 9.0, close=True)
    return name, *small(*identifiers(label), size=8.5)


def identifiers(label: PatientLabel) -> tuple[Piece, ...]:
    """Return the second identifier, and the birth date and place if there are any, as small print."""
    date = label.birth_date.isoformat() if label.birth_date else ""
    born = glued(said(label.language, "born", date=date)) if date else ""
    pieces = (
        Piece("second_identifier", glued(label.second_identifier), "condensed-bold"),
        Piece("birth_date", born, "condensed"),
        Piece("location", label.location or "", "condensed"),
    )
    return tuple(piece for piece in pieces if piece.text)


def kept(label: SterileLabel) -> tuple[Piece, ...]:
    """Return the words of `with_care` as small print."""
    # A short one stays whole: "not liposomal" must not end a line with its "not".
    told = (translated(label.language, one) for one in label.handling)
    whole = (glued(one) if len(one) <= _SHORT else one for one in told)
    handling = (Piece("handling", one, "condensed-bold") for one in whole)
    return replace(_storage(label), face="condensed"), Piece("dose_use", glued(_use(label)), "condensed"), *handling


def hazard_plain(label: PatientLabel) -> tuple[Plain, ...]:
    """Return the hazard sentence in black on white, for stock without room for 8 points."""
    if not (label.hazardous and label.hazard_line):
        return ()
    return (Words((Piece("hazard_line", label.hazard_line, "condensed-bold"),), 8.5, 7.0, 0.3, "center", close=True),)


def small_print(label: FinalLabel, head: tuple[Plain, ...], profile: Profile, *first: Piece) -> Around:
    """Return the label's own code with `head` beside it; beside and under it `first`, by whom, which copy."""
    code = codes.make("F", label.label_id, label.copy)
    side = profile.whole(0.5, least=4)
    letters = Piece("code", glued(", ".join(lettered(code, label.language))), "condensed-bold")
    (words,) = small(*first, *people(label), letters, *reprinted(label), size=8.5)
    return Around(head, words, Symbol(codes.data_matrix("code", code), side, side))


def bedside(admin_code: str, profile: Profile) -> tuple[tuple[Plain, ...], float]:
    """Return the Code 128 of the hospital's bedside system with its letters under it, and its width in millimetres."""
    grid = codes.code_128("admin_code", admin_code)
    # Three dots a module at the least: at two, one dot of print gain makes it unreadable.
    module = profile.whole(0.25, least=3)
    bars = Symbol(grid, module, profile.whole(_BAR_HEIGHT), 0.8)
    letters = Words((Piece("admin_code", admin_code, "condensed"),), 8.0, 7.0, 0.1, "center")
    return (bars, letters), (len(grid.rows[0]) + 2 * grid.quiet) * module + 2 * profile.dot
