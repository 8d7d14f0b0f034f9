"""What the technician reads at the steps that only a pump has (SCREENS 8, R55)."""

from __future__ import annotations

from workflows.containers import called
from workflows.preparation import Preparation
from workflows.pumping import PumpPlan
from workflows.rules.pumps import SHUT
from workflows.target_words import drawn_as, limits
from workflows.wording import amount, reading

STEPS = frozenset(
    {"fluid", "fluid-empty", "fluid-full", "reservoir", "reservoir-empty", "reservoir-full", "reservoir-closed"}
    | {"programme", "programme-check"}
)
"""Steps with words here."""


def words(p: Preparation, pump: PumpPlan, step: str, number: int) -> tuple[str, str, str]:
    """Return task, name and detail of a step of `STEPS`; `number` is the syringe's, from 1."""
    container = called(p.plan)
    if step == "fluid":
        return f"Scan the {pump.fluid}.", pump.fluid, f"at least {reading(pump.fluid_ml, 1)} mL"
    if step.startswith("fluid-"):
        return _syringe(pump, step, number)
    if step == "reservoir":
        return f"Scan the empty {container}.", f"{pump.part}, {amount(pump.capacity_ml)} mL", "final container"
    if step == "reservoir-empty":
        return f"Weigh the empty {container}.", container, "before anything is injected"
    if step == "reservoir-full":
        task = "Take the air out." if p.policy.weigh_used_syringes else "Inject every syringe, take the air out."
        return f"{task} Weigh the {container}.", container, limits(p.plan.gain)
    if step == "reservoir-closed":
        return "Is no air left? Close the clamp.", SHUT, "confirm with NEXT"
    if step == "programme":
        return (
            "Set the pump. Type what its screen shows.",
            "pump programme",
            f"{pump.entry}, version {pump.entry_version}",
        )
    return "A second person reads the screen and types it.", "programme verified", "badge and PIN of the second person"


def _syringe(pump: PumpPlan, step: str, number: int) -> tuple[str, str, str]:
    name = f"diluent syringe {number}"
    sized = f"{name}, {amount(pump.fluid_syringes_ml[number - 1])} mL"
    if step == "fluid-empty" or pump.fluid_draw is None:
        return f"Weigh empty {name}.", sized, "empty, for the diluent"
    return f"Draw {drawn_as(pump.fluid_draw)} mL {pump.fluid}. Weigh {name}.", sized, limits(pump.fluid_draw)
