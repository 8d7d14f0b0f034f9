"""How a product is to be made: the signed master formulation record and the site's policy, both frozen (R49)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from workflows.added import AddedConfirmation
from workflows.clearances import Requirement
from workflows.fatal import VINCAS, named
from workflows.order import Container

LONGEST_H = 90 * 24
"""Hours: the longest for which anything is kept that is made here. More is a slipped digit, and counts as this."""


@dataclass(frozen=True, slots=True)
class DensityOf:
    """A density with where it comes from: without a good basis it never gates a weight (R12, U7)."""

    g_per_ml: Decimal | None
    """g/mL at room temperature; None if nobody has entered one."""
    basis: Literal["measured", "SDS", "calculated", "vendor", "estimated", "assumed 1.0", "unknown"]
    """How it was found."""
    uncertainty_g_per_ml: Decimal
    """Standard uncertainty in g/mL."""
    confirmed: bool
    """Signed by this site's pharmacist and a second signer (U2)."""

    @property
    def gates(self) -> bool:
        """Whether a weight may be judged with it (R12, U7)."""
        return (
            self.g_per_ml is not None and self.confirmed and self.basis in ("measured", "SDS", "calculated", "vendor")
        )


@dataclass(frozen=True, slots=True)
class Reconstitution:
    """How a powder is dissolved (R5)."""

    diluent: str
    """Name of the fluid as the order and the catalogue write it: sodium chloride 0.9 %."""
    volume_ml: Decimal
    """mL added to each vial."""
    diluent_density: DensityOf
    """Of the diluent."""
    displacement_ml: Decimal | None
    """Powder displacement V_disp in mL a vial; None is unknown, never zero."""
    mode: Literal["A", "B"]
    """A keeps the label concentration inside 5 %; B recomputes the draw with the actual one."""
    tolerance: Decimal
    """Relative tolerance of the diluent's mass: 0.05, or 0.03 for narrow drugs."""
    inspect: str
    """What the person confirms after mixing, e.g. "dissolved and clear"."""


@dataclass(frozen=True, slots=True)
class Reservoir:
    """How the reservoir of a pump is filled (R55): up to a volume that its rate runs in the hours ordered."""

    fluid: str
    """Name of the fluid that it is filled up with, as the order and the catalogue write it."""
    fluid_density: DensityOf
    """Of that fluid."""
    volumes_ml: tuple[Decimal, ...]
    """Nominal mL of the reservoirs that may be used."""
    prime_ml: Decimal = Decimal(0)
    """mL filled in besides, for the line."""
    residual_ml: Decimal = Decimal(0)
    """mL filled in besides, that stay behind."""
    rate_step_ml_h: Decimal = Decimal("0.1")
    """mL/h: what the pump can be set to in steps of."""
    volume_step_ml: Decimal = Decimal("0.1")
    """mL: what the pump shows its reservoir's volume in steps of."""
    running_h: Decimal | None = None
    """Hours of stability while it runs, at room or body temperature; None where `stability_h` at 20 to 25 °C stands for it."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """One master formulation record, as signed; a preparation carries its own frozen copy (DESIGN 11)."""

    name: str
    """E.g. cyclophosphamide-20-bag."""
    version: int
    """From 1; a change is a new version."""
    signed_by: tuple[str, ...]
    """Two printed names; fewer, and nothing opens outside training."""
    drug: str
    """Generic name in lower case."""
    printed_drug: str
    """The same name as labels and screens print it (tall-man by the site's table)."""
    items: tuple[str, ...]
    """Products (item_id) that may be used."""
    ndcs: tuple[str, ...]
    """Package codes allowed, with dashes (R17)."""
    concentration_mg_ml: Decimal
    """mg/mL of the liquid that is drawn."""
    density: DensityOf
    """Of that liquid."""
    vial_mg: Decimal
    """Labelled mg of drug in one vial."""
    vial_ml: Decimal
    """mL of liquid in one vial, after reconstitution where there is one."""
    reconstitution: Reconstitution | None
    """None for a drug that comes as a liquid."""
    bases: tuple[str, ...]
    """Fluids allowed in the final container, by name; one not named is a stop. Empty where the drug is given undiluted."""
    final_min_mg_ml: Decimal | None
    """Lowest final concentration."""
    final_max_mg_ml: Decimal | None
    """Highest final concentration."""
    routes: tuple[str, ...]
    """Routes allowed: IV …"""
    cstd_brand: str
    """Brand of closed-system device; empty if any."""
    hold: bool
    """A pharmacist must approve before mixing (R22)."""
    stability_h: Decimal | None
    """Hours of stability in the final container at `storage`; None: no known limit, a pharmacist decides."""
    storage: Literal["20 to 25 °C", "2 to 8 °C"]
    """Where the finished bag is kept."""
    light_protect: bool
    """Whether it is kept from light."""
    overfill: Literal["ignore", "exact volume"]
    """What is done about the bag's overfill (R51)."""
    narrow: bool = False
    """Narrow therapeutic index."""
    tolerance: Decimal | None = None
    """Replaces the policy's draw tolerance where set; never wider than it."""
    bag: str = ""
    """Material the bag must be of, e.g. non-PVC; empty for any."""
    containers: tuple[Container, ...] = ("bag", "minibag")
    """Final containers it may be made in; one not named is a stop."""
    reservoir: Reservoir | None = None
    """How a pump's reservoir is filled; None where the drug is given by no pump."""
    vinca: bool = False
    """Fatal by any route but intravenous: never a syringe, fixed warning (L3). See `is_vinca`."""
    hazardous: bool = True
    """On the site's hazardous-drug list (R38)."""
    warnings: tuple[str, ...] = ()
    """Sentences for screen and label: filter, line, vesicant."""
    opened_h: Decimal | None = None
    """Hours after a vial was entered within which it is in the bag, where the label says less than 12 (R31). Nothing is
    shared where it is blank: the label of a bulk package or multiple-dose vial says it, of a single-dose vial in its cabinet it
    is at most 12, and an ampoule has none."""
    may_be_shared: bool = False
    """Whether an opened vial may be kept for another patient, within its in-use limit (R31, R32)."""
    waste_unit_mg: Decimal | None = None
    """Billing unit in mg, for the discarded amount (R58)."""
    single_dose: bool | None = None
    """Whether vials are single-dose containers; None is not recorded."""
    unconfirmed: tuple[str, ...] = ()
    """Names of the values that no pharmacist of the site has signed (U5)."""
    preservative_free: bool = False
    """Whether every package it allows is free of preservative, as an intrathecal dose has to be."""
    keeps_from: tuple[str, ...] = ()
    """Materials that no device, bag or reservoir may be made of where the drug touches it: polycarbonate, ABS, PVC (R46)."""
    mixing: str = ""
    """Order of mixing and what else matters while it is mixed, a sentence for the screen: invert gently, never shake (R49)."""
    looks: str = ""
    """What the finished product looks like: clear, colourless (R49)."""
    protocol: str = ""
    """Number of the clinical trial it is for, as orders write it; empty for none (R56)."""
    stable_through_infusion: bool | None = None
    """Whether the hours of stability include the infusion, which then has to end within them; no: it has to begin within them
    (R30). None is not stated: as no, and the record says so."""
    sponsor: str = ""
    """Who sponsors that trial."""
    protocol_stock: bool = True
    """Whether a trial's vials come from that protocol's own stock; no: from normal stock. Without a protocol it says nothing."""
    assigned_kits: bool = False
    """Whether the trial's system assigns a kit to each subject: no other is taken."""
    blinded: str = ""
    """The study's text that stands on labels in place of name and strength; empty where the study is not blinded."""

    @property
    def is_vinca(self) -> bool:
        """Whether it is a vinca drug: by the recipe's own word or by its name, so that no unset flag hides one (L3)."""
        return self.vinca or named(self.drug, VINCAS)


@dataclass(frozen=True, slots=True)
class CountRecipe:
    """One master formulation record of whole tablets or capsules that are counted, as signed (R54)."""

    name: str
    """E.g. capecitabine-500-tablets."""
    version: int
    """From 1; a change is a new version."""
    signed_by: tuple[str, ...]
    """Two printed names; fewer, and nothing opens outside training."""
    drug: str
    """Generic name in lower case."""
    printed_drug: str
    """The same name as labels and screens print it (tall-man by the site's table)."""
    form: str
    """In words, in the plural, as the label says it: film-coated tablets."""
    items: tuple[str, ...]
    """Products (item_id) that may be used."""
    ndcs: tuple[str, ...]
    """Package codes allowed, with dashes (R17)."""
    strength_mg: Decimal
    """mg in one unit; one strength a recipe."""
    bottle_holds: int
    """Units in a full stock bottle."""
    storage: Literal["20 to 25 °C", "2 to 8 °C"]
    """Where the filled bottle is kept."""
    containers: tuple[Container, ...] = ("tablets",)
    """What may be ordered of it."""
    routes: tuple[str, ...] = ("PO",)
    """Routes allowed."""
    most_days: int | None = None
    """Longest supply in days of taking that may be given out at once, e.g. 28 under a REMS (R57); None for no such limit."""
    light_protect: bool = False
    """Whether it is kept from light."""
    hazardous: bool = True
    """On the site's hazardous-drug list (R38)."""
    child_resistant: bool = True
    """Whether its bottle has a child-resistant closure."""
    unit_spread: Decimal | None = None
    """Relative standard deviation of one unit's mass, e.g. 0.005, from 30 or more of it that were weighed one by one. With it,
    what was counted twice is weighed too (R54); None: counted only."""
    warnings: tuple[str, ...] = ()
    """Sentences for screen and label."""
    unconfirmed: tuple[str, ...] = ()
    """Names of the values that no pharmacist of the site has signed (U5)."""


@dataclass(frozen=True, slots=True)
class Counting:
    """What the site asks for where tablets and capsules are counted (R35, R44, R21)."""

    ppe: tuple[str, ...]
    """Items confirmed one by one: gloves, single at least, double advised."""
    competencies: tuple[str, ...]
    """Codes a technician needs: HD-ORAL."""
    photos: tuple[str, ...]
    """Which pictures are taken: stock, tray, final."""


@dataclass(frozen=True, slots=True)
class ToleranceBand:
    """The draw tolerance for volumes above a limit (R11)."""

    above_ml: Decimal
    """Volumes greater than this, in mL."""
    tolerance: Decimal | None
    """Relative tolerance; None: a weight is not accepted alone."""


@dataclass(frozen=True, slots=True)
class LibraryEntry:
    """One line of the register of the pumps' drug library, kept right by a pharmacist and a nurse together (R55, G32)."""

    entry: str
    """Id as the pump shows it."""
    version: str
    """Version as the pump shows it."""
    drug: str
    """Generic name in lower case."""
    least_mg_ml: Decimal
    """Lowest concentration it is for."""
    most_mg_ml: Decimal
    """Highest concentration it is for."""
    most_ml_h: Decimal
    """Fastest rate it lets the pump run at, in mL/h."""
    pharmacist: str
    """Printed name of the pharmacist who signed it; empty: nobody."""
    nurse: str
    """Printed name of the nurse who signed it; empty: nobody."""

    @property
    def signed(self) -> bool:
        """Whether a pharmacist and a nurse, two people, signed it."""
        names = {self.pharmacist.strip().casefold(), self.nurse.strip().casefold()}
        return len(names) == 2 and "" not in names  # two people


@dataclass(frozen=True, slots=True)
class Worn:
    """What is put on for the activities besides compounding and counting, each item confirmed on its own (R35, R37)."""

    receive: tuple[str, ...]
    """To receive and unpack hazardous drugs, intact in plastic."""
    clean: tuple[str, ...]
    """To deactivate, decontaminate and clean a cabinet: confirmed before the first act (R42). A counting tray is cleaned in
    what counting itself asks for."""
    spill: tuple[str, ...]
    """To clean up a spill: what of it was not worn is said with the reason, or its record stays open (R45)."""
    waste: tuple[str, ...]
    """To discard leftovers: confirmed before a preparation closes."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What the site has decided, signed by two people, with a version that every preparation keeps."""

    version: int
    """From 1."""
    signed_by: tuple[str, ...]
    """Two printed names."""
    bands: tuple[ToleranceBand, ...]
    """From the largest volume down (R11)."""
    dose_tolerance: Decimal
    """Of the summed dose against the prescribed one (R11, R7)."""
    dispensed_ceiling: Decimal
    """Of the dispensed against the ordered dose, rounding and compounding together (R11)."""
    weigh_gate: Decimal
    """Greatest relative error that the scale's repeatability may cause (R13): 0.005."""
    max_attempts: int
    """Weighings of one draw before a new syringe or a discard (R14)."""
    ppe: tuple[str, ...]
    """Items confirmed one by one (R35, R37)."""
    glove_minutes: int
    """After this no new step starts (R36)."""
    gown_minutes: int
    """The same for the gown."""
    competencies: tuple[str, ...]
    """Codes a technician needs to claim: HD-STERILE, GRAV, CSTD (R44)."""
    photos: tuple[str, ...]
    """Which pictures are taken: staged, syringes, empty vials, final (R21)."""
    cstd: bool
    """Closed-system devices are scanned (R46)."""
    syringes_ml: tuple[Decimal, ...]
    """Nominal sizes in stock, ascending."""
    zone: str = "UTC"
    """IANA name of the time zone: an expiry date ends with its day there."""
    pair_minutes: int = 30
    """How long a before-weight is good (DESIGN 11)."""
    weigh_vials: bool = False
    """Every vial is weighed again after the draws (R4); without it only after a draw of more than its vials held."""
    weigh_used_syringes: bool = False
    """Every used syringe is weighed before the bag (R3)."""
    requires: tuple[Requirement, ...] = ()
    """What must be confirmed of an order before work begins, by drug and payer (R57)."""
    counting: Counting | None = None
    """What counting asks for; None: the site counts nothing."""
    filled_tolerance: Decimal = Decimal("0.03")
    """Of all that is in a pump's reservoir against what was planned."""
    pump_competencies: tuple[str, ...] = ("PUMP-CADD",)
    """Codes a technician needs besides, to fill a cassette and set its pump (R44, G33)."""
    pump_library: tuple[LibraryEntry, ...] = ()
    """The register of the pumps' drug library (G32)."""
    share_vials: bool = False
    """Opened vials may be kept for other patients, where their recipe lets them be (R32)."""
    dead_ml: Decimal = Decimal("0.2")
    """mL that cannot be drawn out of an opened vial (R32)."""
    label_g: Decimal = Decimal("0.30")
    """g that a unit label weighs: the mean of ten of the site's own, weighed off their liner (R32)."""
    label_within_g: Decimal = Decimal("0.10")
    """g by which one label may weigh more or less than that: what is laid on an opened vial besides is seen (R32)."""
    by_volume: tuple[str, ...] = ()
    """For what a pharmacist may have one preparation made by volume, a line each: draw too small to weigh; density not known
    well enough; balance away. None: never (R13)."""
    volume_tolerance: Decimal = Decimal("0.05")
    """Of a volume that a second person reads off a syringe's scale against the planned one (R13)."""
    worn: Worn | None = None
    """What is put on for receiving, cleaning, spills and waste; None: the site has not signed it, and no gate asks (R35)."""
    adds: tuple[AddedConfirmation, ...] = ()
    """What is confirmed besides, at named points of the procedure."""
    moves: tuple[str, ...] = ()
    """Pictures that are taken at another place than usual, a line each: empty vials after labelling; syringes before the vials
    are weighed again. Nothing but a picture ever changes its place."""


DEFAULT_POLICY = Policy(
    version=1,
    signed_by=(),
    bands=(
        ToleranceBand(Decimal(2), Decimal("0.05")),
        ToleranceBand(Decimal("0.5"), Decimal("0.08")),
        ToleranceBand(Decimal(0), None),
    ),
    dose_tolerance=Decimal("0.05"),
    dispensed_ceiling=Decimal("0.10"),
    weigh_gate=Decimal("0.005"),
    max_attempts=3,
    ppe=(
        "hair cover",
        "mask",
        "two pairs of shoe covers",
        "inner chemotherapy gloves",
        "gown",
        "outer sterile chemotherapy gloves",
    ),
    glove_minutes=30,
    gown_minutes=120,
    competencies=("HD-STERILE", "GRAV", "CSTD"),
    photos=("staged", "syringes", "empty vials", "final"),
    cstd=True,
    syringes_ml=tuple(Decimal(size) for size in (1, 3, 5, 10, 20, 35, 60)),
    counting=Counting(
        ppe=("two pairs of chemotherapy gloves",), competencies=("HD-ORAL",), photos=("stock", "tray", "final")
    ),
)
"""The project's proposals (D), unsigned: a site signs its own."""
