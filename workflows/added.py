"""What a site adds to a procedure by its signed policy: sentences that are confirmed at named points of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Point = Literal["before staging", "before drawing", "before mixing", "before the label", "before the final check"]
Group = Literal["every drug", "vinca drugs", "intrathecal doses"]
Answers = Literal["technician", "second person"]
AT: dict[Point, str] = {
    "before staging": "added-staging",
    "before drawing": "added-drawing",
    "before mixing": "added-mixing",
    "before the label": "added-label",
    "before the final check": "added-check",
}
"""The named points of a procedure, and the step in which is confirmed what a site added there."""
STEPS = frozenset(AT.values())
"""Those steps."""


@dataclass(frozen=True, slots=True)
class AddedConfirmation:
    """One sentence that a site has confirmed besides what the workflow asks for; nothing of the workflow is ever left out."""

    says: str
    """What is confirmed, in so many words, as: the label was read aloud."""
    at: Point
    """At which point of the procedure. A workflow that has no such point does not ask it."""
    by: Answers = "technician"
    """Who answers: the technician who has it, by a card; or a second person, a technician or pharmacist, with badge and PIN. A
    pharmacist who answers took part, and does not approve it (R25)."""
    group: Group = "every drug"
    """For which group of drugs."""
    drugs: tuple[str, ...] = ()
    """Generic names; empty for every drug of the group."""
    workflows: tuple[str, ...] = ()
    """Names of the workflows it is added to; empty for every one that has the point."""

    @property
    def whose(self) -> str:
        """For which preparations it is, in words: vinca drugs, vincristine, in iv-bag-gravimetric."""
        where = f"in {', '.join(self.workflows)}" if self.workflows else "in every workflow that has the point"
        return ", ".join((self.group, *self.drugs, where))

    def asked_of(self, workflow: str, drug: str, *, vinca: bool, route: str) -> bool:
        """Say whether it is added to a preparation of `drug` by `workflow`, given by `route`."""
        fits = {"every drug": True, "vinca drugs": vinca, "intrathecal doses": route == "IT"}
        named = {one.strip().casefold() for one in self.drugs}
        wanted = {one.strip() for one in self.workflows}
        return fits[self.group] and (not named or drug.casefold() in named) and (not wanted or workflow in wanted)
