"""The lines of the pharmacist's table that only a dose by volume has: why it is none by weight, and what was read (R13)."""

from __future__ import annotations

from collections.abc import Iterator

from workflows import measured
from workflows.lines import Line
from workflows.preparation import Preparation
from workflows.standing import READS_A_SYRINGE, SHOWS_A_SYRINGE
from workflows.target_words import drawn_as
from workflows.wording import amount, percent, reading

NOT_WEIGHED = "read off a scale, not weighed"
"""What stands beside an amount where a weighed one states its uncertainty."""


def lines(p: Preparation) -> Iterator[Line]:
    """Yield that it is made by volume and why, then each syringe: planned, read by whom, how far apart."""
    made = p.plan.by_volume
    if made is None:
        return
    yield Line("MADE BY VOLUME", made.why, made.reason, "", "a pharmacist's word", True)
    aim = p.plan.draw
    limit = percent(aim.tolerance, 0).replace("+", "±")
    for unit, one in enumerate(measured.draws(p), start=1):
        wanted = f"{drawn_as(aim)} mL"
        formula = f"{amount(p.plan.prescribed_mg)} mg ÷ {amount(p.recipe.concentration_mg_ml)} mg/mL"
        formula += f" ÷ {len(p.plan.syringes_ml)} syringes" if len(p.plan.syringes_ml) > 1 else ""
        slots = f"{SHOWS_A_SYRINGE}:{unit}", f"{READS_A_SYRINGE}:{unit}"
        if one is None:
            yield Line(f"syringe {unit}, read", wanted, "", "", limit, None, formula, readings=slots)
            continue
        found, off = one.volume.ml, one.volume.ml / aim.volume_ml - 1
        inside = abs(off) <= aim.tolerance
        formula += f"; read {reading(found)} mL = {reading(one.dose.mg, 1)} mg"
        yield Line(
            *(f"syringe {unit}, read", wanted, f"{reading(found)} mL", percent(off), limit, inside, formula),
            readings=slots,
            expanded=NOT_WEIGHED,
        )
