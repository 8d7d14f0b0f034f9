"""The final label of a bottle of tablets or capsules: how much, how often, on which days, and how to keep others safe."""

from __future__ import annotations

from decimal import Decimal

from labels.drawing import Drawing
from labels.kinds.common import doubts, drug_and_dose, glued, marks
from labels.kinds.final import hazard_plain, small_print, who
from labels.language import fixed, said, translated, wholly
from labels.layout import LEAST_POINTS, Block, Spring, Words, first_that_fits
from labels.oral import OralBottleLabel
from labels.stock import Profile, Stock
from labels.trouble import LabelRefused
from labels.wording import NBSP, amount, bound, quantity
from labels.wrapping import Piece, WidthOf


def draw(label: OralBottleLabel, stock: Stock, profile: Profile, width_of: WidthOf) -> Drawing:
    """Set the label: who, what, how to take it, until when, with what care, by whom.

    Each thing about the taking on a line of its own; where there is no room for that, one after the other, and smaller.
    """
    if not wholly(label.language, label.directions):
        says = "cannot all be said in the label's language, and a patient reads one: print it in English"
        raise LabelRefused("directions", says)
    what, *how = _taking(label)
    apart = tuple(Words((piece,), 10.5, 8.0, 0.4, close=True) for piece in (what, *how))
    arrangements = (apart, _running(what, how, 8.0), _running(what, how, LEAST_POINTS))
    blocks = tuple(_blocks(label, taking, profile) for taking in arrangements)
    return first_that_fits(blocks, stock, profile, width_of)


def _running(what: Piece, how: list[Piece], least: float) -> tuple[Words, ...]:
    return (
        Words((what,), 9.5, least, 0.4, close=True),
        Words(tuple(how), 9.5, least, 0.3, apart=0.8, close=True, run_on=True),
    )


def _blocks(label: OralBottleLabel, taking: tuple[Words, ...], profile: Profile) -> tuple[Block, ...]:
    words = f"{fixed('discard', label.language).text}{NBSP}{label.discard_after.isoformat()}"
    discard = Words((Piece("discard_after", words, "bold"),), 12.0, 9.0, align="center", close=True)
    whole = Piece("swallow_whole", fixed("swallow_whole", label.language).text, "condensed-bold")
    return (
        *marks(label, 9.0, 8.0),
        *who(label),
        drug_and_dose(label, 16.0, close=True),
        *taking,
        *((Words((whole,), 9.5, 7.0, 0.4, close=True),) if label.swallow_whole else ()),
        Spring(),
        small_print(label, (discard,), profile, *_supply(label), *_kept(label)),
        *doubts(label),
        *hazard_plain(label),
    )


def _taking(label: OralBottleLabel) -> tuple[Piece, ...]:
    """Return what is taken, how, on which days, and what must not be mistaken about it."""
    tongue = label.language
    one = quantity(label.strength, label.dose_unit, tongue)
    what = f"{bound(translated(tongue, label.form))} {one}, {glued(said(tongue, 'each_time', number=label.each_time))}"
    how = bound(f"{fixed('by_mouth', tongue).text}: {translated(tongue, label.directions)}")
    told = (
        Piece("form", what, "condensed-bold"),
        Piece("directions", how, "condensed-bold"),
        Piece("days_on", _days(label), "condensed-bold"),
        *(Piece("warnings", translated(tongue, one), "bold") for one in label.warnings),
    )
    return tuple(piece for piece in told if piece.text)


def _days(label: OralBottleLabel) -> str:
    """Return the days on and off in words; nothing for a drug that is taken every day or by an irregular cycle."""
    if label.days_on is None or label.days_off is None:
        return ""
    tongue = label.language
    on = said(tongue, "days_on" if label.days_on > 1 else "day_on", number=label.days_on)
    return glued(said(tongue, "on_off", on=on, off=_so_many(tongue, label.days_off)))


def _so_many(tongue: str, days: int) -> str:
    return said(tongue, "day" if days == 1 else "days", number=days)


def _supply(label: OralBottleLabel) -> tuple[Piece, ...]:
    tongue, days = label.language, _so_many(label.language, label.days_supply)
    refills = said(tongue, "refills" if label.refills else "no_refills", number=label.refills)
    return (
        Piece("count", glued(said(tongue, "quantity", number=amount(Decimal(label.count), tongue))), "condensed-bold"),
        Piece("days_supply", glued(said(tongue, "for_days", days=days)), "condensed-bold"),
        Piece("refills", glued(refills), "condensed"),
        Piece("lot", ", ".join(map(glued, said(tongue, "lot", lot=label.lot).split(", "))), "condensed"),
    )


def _kept(label: OralBottleLabel) -> tuple[Piece, ...]:
    closure = fixed("child_resistant" if label.child_resistant else "not_child_resistant", label.language).text
    return (
        Piece("storage", translated(label.language, label.storage), "condensed"),
        Piece("child_resistant", closure, "condensed" if label.child_resistant else "condensed-bold"),
        Piece("gloves", fixed("oral_gloves", label.language).text, "condensed"),
        *(Piece("handling", translated(label.language, one), "condensed-bold") for one in label.handling),
        Piece("prescriber", said(label.language, "prescriber", name=label.prescriber), "condensed"),
    )
