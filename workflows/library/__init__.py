"""The workflows that can run: an explicit table, one file each."""

from __future__ import annotations

from workflows.findings import Refused
from workflows.library.by_volume import BAG_BY_VOLUME, SYRINGE_BY_VOLUME
from workflows.library.cadd_cassette import CADD_CASSETTE
from workflows.library.elastomeric_pump import ELASTOMERIC_PUMP
from workflows.library.iv_bag import IV_BAG
from workflows.library.iv_syringe import IV_SYRINGE
from workflows.library.oral_count import ORAL_COUNT
from workflows.library.oral_liquid import ORAL_LIQUID
from workflows.order import Container
from workflows.steps import Workflow

LIBRARY: dict[str, Workflow] = {
    one.name: one
    for one in (
        *(IV_BAG, IV_SYRINGE, CADD_CASSETTE, ELASTOMERIC_PUMP, ORAL_COUNT, ORAL_LIQUID),
        *(BAG_BY_VOLUME, SYRINGE_BY_VOLUME),
    )
}
"""Every workflow by name; nothing else can be opened."""


def making(container: Container | None, *, by_volume: bool = False) -> Workflow | Refused:
    """Return the workflow that fills this final container, or why no order for it is made."""
    able = [one for one in LIBRARY.values() if one.by_volume == by_volume]
    found = next((one for one in able if container in one.makes), None)
    made = ", ".join(one for workflow in able for one in workflow.makes)
    how = " by volume" if by_volume else ""
    says = f"The order asks for {container or 'no container'}; what can be made here{how}: {made}."
    return found or Refused("CANNOT_BE_MADE", says)
