"""What can have happened to a preparation: past tense, one frozen value each, and `Recorded`: who, when and where."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from workflows import accounts
from workflows.clearances import Clearance
from workflows.commands import AbortReason, OrderChange, PauseReason, RejectReason
from workflows.counting import CountPlan
from workflows.evidence import CoSignature, Evidence, Printed, Sheet, Signature
from workflows.findings import Finding
from workflows.order import Order
from workflows.plan import Plan
from workflows.recipe import CountRecipe, Policy, Recipe


@dataclass(frozen=True, slots=True)
class Opened:
    """A preparation began; everything it is made by is in here, so that later changes elsewhere do not touch it."""

    workflow: str
    """Name in the library."""
    workflow_version: int
    """Its version."""
    order: Order
    """The clinical half of the order."""
    recipe: Recipe
    """As signed at that moment."""
    policy: Policy
    """As signed at that moment."""
    plan: Plan
    """As worked out at that moment."""
    patient: str
    """Id of the patient's text, which is kept apart so that it can be purged."""
    patient_digest: str
    """Salted digest of that text, hex: a purge breaks no chain."""
    replaces: str
    """The preparation it remakes; empty for none."""


@dataclass(frozen=True, slots=True)
class CountOpened:
    """A preparation began whose units are counted (R54): as `Opened`, by the other kind of recipe and plan."""

    workflow: str
    """Name in the library."""
    workflow_version: int
    """Its version."""
    order: Order
    """The clinical half of the order."""
    recipe: CountRecipe
    """As signed at that moment."""
    policy: Policy
    """As signed at that moment, with what it asks for where units are counted in its place."""
    plan: CountPlan
    """As worked out at that moment."""
    patient: str
    """Id of the patient's text, which is kept apart so that it can be purged."""
    patient_digest: str
    """Salted digest of that text, hex: a purge breaks no chain."""
    replaces: str
    """The preparation it remakes; empty for none."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A technician took it to a station."""

    station: str
    """Station code."""
    clearances: tuple[Clearance, ...] = ()
    """What had been confirmed of the order by then: what the policy requires is among it (R57)."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """Evidence was judged right for a slot."""

    slot: str
    """E.g. syringe-full:2."""
    evidence: Evidence
    """As judged."""
    cosigned: CoSignature | None = None
    """The second person's signature; None where nobody else signed."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """Evidence was tried and something is wrong with it: a near miss, counted for ever."""

    slot: str
    """The slot it was tried for."""
    evidence: Evidence
    """As judged."""
    findings: tuple[Finding, ...]
    """What was wrong."""
    cosigned: CoSignature | None = None
    """The second person's signature; None where nobody else signed."""


@dataclass(frozen=True, slots=True)
class Waived:
    """Somebody entitled accepted a finding; the slot counts as done without evidence."""

    slot: str
    """The slot."""
    code: str
    """The finding's code."""
    reason: str
    """Why."""


@dataclass(frozen=True, slots=True)
class SteppedBack:
    """The last accepted evidence was taken back."""

    slot: str
    """The slot that is open again."""
    reason: str
    """Words, maybe empty."""


@dataclass(frozen=True, slots=True)
class Redone:
    """A syringe or vial is done again from empty."""

    slots: tuple[str, ...]
    """The slots that are open again."""
    reason: str
    """Why."""


@dataclass(frozen=True, slots=True)
class Paused:
    """Work stopped."""

    why: PauseReason
    """Coded."""
    note: str
    """Words."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """Work goes on."""

    note: str
    """Words."""


@dataclass(frozen=True, slots=True)
class HandedOver:
    """Another technician has it now."""

    to: str
    """Person id."""
    to_name: str
    """Printed name."""
    station: str
    """Station code."""
    reopened: tuple[str, ...]
    """Slots that the new person fills anew: protective equipment, and at another station the cabinet."""
    emergency: str = ""
    """Why they took it in emergency access; empty where they did not (Q30)."""
    cosigned: CoSignature | None = None
    """The second person's signature; None where nobody else signed."""


@dataclass(frozen=True, slots=True)
class PharmacistCalled:
    """The technician asked for a pharmacist."""

    note: str
    """What about."""


@dataclass(frozen=True, slots=True)
class CallAnswered:
    """A pharmacist answered."""

    note: str
    """The answer."""


@dataclass(frozen=True, slots=True)
class GlovesChanged:
    """The glove clock started anew, the gown clock too where `gown` says so."""

    gown: bool
    """Whether the gown was changed."""


@dataclass(frozen=True, slots=True)
class Reworked:
    """A pharmacist sent it back to an earlier step."""

    slots: tuple[str, ...]
    """The slots that are open again."""
    to_step: str
    """The step it goes back to."""
    reason: RejectReason
    """Coded."""
    note: str
    """Words."""
    signature: Signature
    """Whose act it is."""


@dataclass(frozen=True, slots=True)
class Remade:
    """A pharmacist had it destroyed, to be made again as a new preparation."""

    reason: RejectReason
    """Coded."""
    note: str
    """Words."""
    signature: Signature
    """Whose act it is."""


@dataclass(frozen=True, slots=True)
class Change:
    """One value of a recipe that is another one now."""

    name: str
    """Field of the recipe."""
    old: str
    """What it said, in words; empty for nothing."""
    new: str
    """What it says."""


@dataclass(frozen=True, slots=True)
class RecipeAmended:
    """A pharmacist had this one preparation made by another signed recipe; what was done by the old one is open again."""

    was: str
    """Name and version of the recipe before."""
    changes: tuple[Change, ...]
    """Every value that differs."""
    recipe: Recipe
    """As signed at that moment."""
    plan: Plan
    """As worked out by it."""
    slots: tuple[str, ...]
    """The slots that are open again."""
    reason: str
    """Why."""
    signature: Signature
    """Whose act it is."""


@dataclass(frozen=True, slots=True)
class Aborted:
    """The run ended without a product."""

    reason: AbortReason
    """Coded."""
    note: str
    """Words."""


@dataclass(frozen=True, slots=True)
class Corrected:
    """A note of an earlier event was corrected; the old one stays readable."""

    of_version: int
    """The event corrected."""
    old: str
    """Old words."""
    new: str
    """New words."""
    reason: str
    """Why."""


@dataclass(frozen=True, slots=True)
class OrderChanged:
    """The order was changed, cancelled, held or released by its sender."""

    change: OrderChange
    """What happened."""
    order_version: int
    """Version of the order after it."""
    equal: bool
    """Dose, drug, base, route and container are as before."""


@dataclass(frozen=True, slots=True)
class LabelRecorded:
    """A label came out of a printer outside the printing step."""

    printed: Printed
    """Which."""
    reason: str
    """Why it was printed again; empty for the first in-process label."""


@dataclass(frozen=True, slots=True)
class Released:
    """The dose left quarantine: approved, and its in-process label scanned off."""

    dose_mg: Decimal
    """Dispensed mg: the sum of the weighed draws, or strength × number of what was counted."""
    beyond_use: datetime
    """Administration must begin before this, UTC."""
    clearances: tuple[Clearance, ...] = ()
    """What had been confirmed of the order by then: what must stand until release is among it (R57)."""


@dataclass(frozen=True, slots=True)
class MadeOnPaper:
    """It was made outside the system during an outage, and entered afterwards by two people (R60)."""

    sheet: Sheet
    """What the signed sheet says."""
    signature: Signature
    """The pharmacist who entered it."""
    cosigned: CoSignature | None = None
    """The second person's signature."""


VialSetApart = accounts.VialSetApart
VialKept = accounts.VialKept
ContainerAccount = accounts.ContainerAccount
Closed = accounts.Closed
Event = (
    Opened
    | CountOpened
    | Claimed
    | Accepted
    | Rejected
    | Waived
    | SteppedBack
    | Redone
    | Paused
    | Resumed
    | HandedOver
    | PharmacistCalled
    | CallAnswered
    | GlovesChanged
    | Reworked
    | Remade
    | RecipeAmended
    | Aborted
    | Corrected
    | OrderChanged
    | LabelRecorded
    | Released
    | MadeOnPaper
    | VialSetApart
    | VialKept
    | Closed
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event as it stands in the log."""

    version: int
    """Its number in the preparation, from 1."""
    event: Event
    """What happened."""
    who: str
    """Person id of the one who did it."""
    second: str
    """Person id of the second person; empty for none."""
    at: datetime
    """UTC."""
    station: str
    """Station code; empty at a desk."""
    digest: str = ""
    """The preparation's chain digest after this event, hex; empty before it is stored."""
