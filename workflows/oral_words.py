"""What the technician reads where a liquid by mouth is drawn: one task a screen, with this preparation's numbers (SCREENS 8)."""

from __future__ import annotations

from workflows import measured, oral
from workflows.preparation import Preparation
from workflows.rules.oral import SHAKEN
from workflows.target_words import drawn_as, limits
from workflows.trials import shown_drug
from workflows.wording import amount


def words(p: Preparation, step: str) -> tuple[str, str, str] | None:
    """Return task, name and detail of a step that only a liquid by mouth has so; None for every other step."""
    recipe, plan = p.recipe, p.plan
    size = oral.part(plan.syringes_ml[0])
    aim = measured.draw_target(p)
    bottle = f"{shown_drug(recipe)} {amount(recipe.concentration_mg_ml)} mg/mL, {amount(recipe.vial_ml)} mL"
    return {
        "vial": ("Scan the bottle.", f"bottle: {bottle}", " or ".join(recipe.ndcs)),
        "dispenser": ("Scan the oral syringe.", size, "for the mouth alone, no Luer tip"),
        "photo-staged": ("Photograph bottle and oral syringe, labels in view.", "staged ingredients", "all readable"),
        "syringe-empty": ("Weigh the empty oral syringe with its cap.", size, "empty, with its cap"),
        "shaken": ("Shake the bottle well. Look at its bottom.", SHAKEN, "confirm with NEXT, then draw at once"),
        "syringe-full": (f"Draw {drawn_as(aim)} mL. Cap the oral syringe. Weigh it.", size, limits(aim)),
        "vial-before": ("Weigh the bottle, closed.", "bottle", "before anything is drawn"),
        "vial-after": ("Weigh the bottle again, closed.", "bottle", "after the draw"),
        "photo-syringes": ("Photograph the oral syringe beside its bottle.", "filled oral syringe", "plunger in view"),
        "photo-empty": ("Photograph the bottle after the draw.", "bottle after the draw", ""),
        "premix": ("Leave it as it is. A pharmacist looks first.", "approval of the oral syringe", ""),
    }.get(step)
