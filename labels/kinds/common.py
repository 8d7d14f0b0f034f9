"""What several kinds share: the patient's lines, the marks, the own code with its letters."""

from __future__ import annotations

from labels import codes
from labels.final import FinalLabel
from labels.label import DEMO, InProcessLabel, Label, PatientLabel
from labels.language import ENGLISH, fixed, said, translated
from labels.layout import Plain, Symbol, Words
from labels.sterile import BY_MOUTH, INTRATHECAL, SterileLabel
from labels.stock import Profile
from labels.wording import NBSP, quantity
from labels.wrapping import Piece

CODE_COLUMN = 22.0
"""Millimetres: a DataMatrix of 9 mm with its quiet zone, and its letters at 7 pt."""


def lines(*pieces: Piece | None, size: float, least: float = 7.0, before: float = 0.5) -> tuple[Words, ...]:
    """Return one block of the pieces that have content, or none: an empty field is left out, never printed empty."""
    kept = tuple(piece for piece in pieces if piece is not None and piece.text.strip())
    return (Words(kept, size, least, before),) if kept else ()


def glued(text: str) -> str:
    """Return a short text as one unbreakable word."""
    return text.replace(" ", NBSP)


def band(field: str, text: str, size: float, least: float, before: float = 0.8) -> Words:
    """Return a warning in white on black across the whole width."""
    return Words((Piece(field, text, "bold"),), size, max(least, 8.0), before, "center", "band")


def into_a_vein(label: InProcessLabel | SterileLabel, size: float = 10.0, least: float = 9.0) -> tuple[Words, ...]:
    """Return the sentence of a drug that kills by any other route (L3), if the label is of one."""
    return (band("vinca", fixed("vinca", label.language).text, size, least),) if label.vinca else ()


def marks(label: Label, size: float = 12.0, least: float = 9.0) -> tuple[Words, ...]:
    """Return the DEMO or TRAINING band, if the label has one."""
    return (band("mark", mark_words(label), size, least),) if label.mark else ()


def mark_words(label: Label) -> str:
    """Return the mark in the label's language."""
    if label.mark is None or label.language == ENGLISH:
        return label.mark or ""
    return fixed("demo" if label.mark == DEMO else "training", label.language).text


def doubts(label: Label) -> tuple[Words, ...]:
    """Return the line of what nobody has confirmed yet, behind its triangle (U4)."""
    if not label.doubtful:
        return ()
    what = translated(label.language, ", ".join(label.doubtful))
    words = Piece("unconfirmed", f"⚠{NBSP}{said(label.language, 'unconfirmed', what=what)}", "condensed-bold")
    return (Words((words,), 8.5, 7.0, 0.6),)


def patient(label: PatientLabel) -> tuple[Words, ...]:
    """Return the patient's name, bold, and the further identifiers."""
    born = None
    if label.birth_date:
        born = Piece("birth_date", glued(said(label.language, "born", date=label.birth_date.isoformat())))
    where = Piece("location", label.location) if label.location else None
    return (
        Words((Piece("patient_name", label.patient_name, "bold"),), 13.0, 9.0, 0.8),
        *lines(Piece("second_identifier", glued(label.second_identifier), "bold"), born, where, size=9.5, before=0.2),
    )


def drug_and_dose(label: PatientLabel, size: float, least: float = 12.0, *, close: bool = False) -> Words:
    """Return drug and dose, largest of all: on one line, or the dose starts the next."""
    dose = Piece("dose", quantity(label.dose, label.dose_unit, label.language), "bold")
    return Words((Piece("drug", label.drug, "bold"), dose), size, least, 1.2, apart=0.45, close=close)


def own_code(
    field: str, code: str, profile: Profile, module: float = 0.5, language: str = ENGLISH
) -> tuple[Plain, ...]:
    """Return the DataMatrix of one of our codes with its letters under it, and the copy in the label's language."""
    side = profile.whole(module, least=4)
    letters, copy = lettered(code, language)
    caption = (Piece(field, letters, "condensed-bold"), *((Piece(field, glued(copy), "condensed"),) if copy else ()))
    return Symbol(codes.data_matrix(field, code), side, side), *(
        Words((piece,), 7.0, 7.0, 0.1, "center") for piece in caption
    )


def lettered(code: str, language: str) -> tuple[str, str]:
    """Return the letters of one of our codes, and which copy it is in words; empty for a code without copies."""
    letters, _, copy = codes.spoken(code).partition(", copy ")
    return letters, said(language, "copy", number=copy) if copy else ""


def reprint(label: PatientLabel) -> tuple[Plain, ...]:
    """Return REPRINT and its number on every copy after the first."""
    return tuple(Words((words,), 9.0, 7.0, 0.3, "center") for words in reprinted(label))


def reprinted(label: PatientLabel) -> tuple[Piece, ...]:
    """Return the words of `reprint`."""
    words = f"{fixed('reprint', label.language).text}{NBSP}{label.copy - 1}"
    return (Piece("copy", words, "bold"),) if label.copy > 1 else ()


def warnings(
    label: FinalLabel, size: float, before: float, *, close: bool = False, least: float = 8.0
) -> tuple[Words, ...]:
    """Return the further warnings, each on a line of its own; one that tells the way in the label's language."""
    texts = (warned(label, one) for one in label.warnings)
    return tuple(Words((Piece("warnings", one, "bold"),), size, least, before, close=close) for one in texts)


def warned(label: FinalLabel, text: str) -> str:
    """Return a warning in the label's language."""
    only = {INTRATHECAL: "intrathecal", BY_MOUTH: "oral"}.get(text, "")
    own = only and label.language != ENGLISH
    return fixed(only, label.language).text if own else translated(label.language, text)


def route(label: SterileLabel) -> Piece:
    """Return the route in full words."""
    return Piece("route", translated(label.language, label.route), "bold")
