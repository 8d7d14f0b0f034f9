"""What the tablet draws where a liquid by mouth is filled into an oral syringe (R54)."""

from __future__ import annotations

from decimal import Decimal

from app.web.station.screen import Picture
from workflows import measured, oral
from workflows.preparation import Preparation
from workflows.target_words import drawn_as
from workflows.trials import shown_drug
from workflows.wording import amount


def picture(p: Preparation, step: str) -> Picture | None:
    """Return the drawing of what is wanted; None for a step that looks as in every other workflow."""
    recipe, size = p.recipe, p.plan.syringes_ml[0]
    name, aim = oral.part(size), measured.draw_target(p)
    bottle = (f"{amount(recipe.concentration_mg_ml)} mg/mL, {amount(recipe.vial_ml)} mL",)
    full = int(aim.volume_ml / size * Decimal(100))
    known = {
        "vial": Picture("bottle", shown_drug(recipe), (*bottle, *(f"NDC {ndc}" for ndc in recipe.ndcs))),
        "dispenser": Picture("oral syringe", name, ("for the mouth alone", "fits no needle and no line")),
        "syringe-empty": Picture("oral syringe", name, ("empty", "with its cap")),
        "shaken": Picture("bottle", shown_drug(recipe), (*bottle, "nothing left on its bottom")),
        "syringe-full": Picture("oral syringe", name, ("capped", "plunger at the mark"), full, f"{drawn_as(aim)} mL"),
    }
    return known.get(step)
