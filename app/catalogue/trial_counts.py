"""The shelf of a trial counted against its record: what is there, what lacks, in two people's names (R56)."""

from __future__ import annotations

from collections.abc import Sequence

from app.catalogue.names import folded
from app.catalogue.trial_lines import LEAST_REASON, Act, Kept, Line, NotAccountedError, as_written, in_stock, lines
from app.catalogue.trials import taken_out, write
from app.record import views


def count(act: Act, protocol: str, product: str, kits: Sequence[str], note: str) -> None:
    """Keep what was found on the shelf, a line of its own, and one for each unit that lacks. Raises NotAccountedError.

    What is staged for a preparation stands in its cabinet, not on the shelf, and does not lack. A unit that is found again is
    stock once its line is struck out.
    """
    here = [one for one in in_stock(lines(act.conn, act.settings.site, protocol)) if one.line.product == product]
    known = {folded(one.line.kit): one for one in here}
    seen = _seen(kits, known)
    staged = {number for number, one in known.items() if views.user_of(act.conn, f"U/{one.line.unit}")}
    lacking = [one for number, one in known.items() if number not in seen | staged]
    if lacking and len(note.strip()) < LEAST_REASON:
        says = f"Not on the shelf: kit {', '.join(one.line.kit for one in lacking)}."
        raise NotAccountedError(f"{says} Look again, then say what was done to find it, in ten letters at least.")
    told = f"{len(seen)} on the shelf, {len(staged - seen)} staged, {len(here)} by the record"
    told += f". {note.strip()}" if note.strip() else ""
    write(act, Line("shelf count", protocol, product, "", "", "", 0, 0, note=told))
    for one in lacking:
        taken_out(act, one, "missing", note)


def _seen(kits: Sequence[str], known: dict[str, Kept]) -> set[str]:
    seen = [folded(as_written(one)) for one in kits]
    if len(set(seen)) < len(seen):
        raise NotAccountedError("A number stands there twice.")
    if strange := [kit for kit, number in zip(kits, seen, strict=True) if number not in known]:
        says = f"Not in stock by the record: kit {', '.join(strange)}."
        raise NotAccountedError(f"{says} Look why it left, or receive it; then count again.")
    return set(seen)
