"""The cast and the small pharmacies in which the walk takes place: people, orders, recipes, a balance. All fictitious."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from workflows.circumstances import Actor, BalanceStatus, Emergency
from workflows.clearances import Clearance, Requirement
from workflows.commands import Open
from workflows.evidence import CabinetCode, Container
from workflows.order import Active, Base, Order, OrderKey
from workflows.recipe import DEFAULT_POLICY, DensityOf, Policy, Recipe, Reconstitution

START = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)
FAR_OFF = datetime(2028, 6, 30, tzinfo=UTC)
CODES = ("HD-STERILE", "GRAV", "CSTD")
NO_PUMPS = tuple((code, FAR_OFF) for code in CODES)
CURRENT = (*NO_PUMPS, ("PUMP-CADD", FAR_OFF))
LAPSED = tuple((code, datetime(2025, 6, 30, tzinfo=UTC)) for code in CODES)

ANN = Actor("ann", "Ann Tester", frozenset({"technician"}), CURRENT)
BO = Actor("bo", "Bo Tester", frozenset({"technician"}), CURRENT)
CY = Actor("cy", "Cy Lapsed", frozenset({"technician", "lead_technician"}), LAPSED)
LEE = Actor("lee", "Lee Lead", frozenset({"lead_technician"}), NO_PUMPS)
PAM = Actor("pam", "Pam Pharmacist", frozenset({"pharmacist"}), (), "RPH-1001")
DANA = Actor("dana", "Dana Double", frozenset({"technician", "pharmacist"}), CURRENT, "RPH-1003")
RAE = Actor("rae", "Rae Unlicensed", frozenset({"pharmacist"}))
EVE = Actor("eve", "Eve Urgent", frozenset({"pharmacist"}), (), "RPH-1009", emergency=Emergency("taken ill", FAR_OFF))
NED = Actor("ned", "Ned Nextdoor", frozenset({"technician"}), CURRENT)
IDA = Actor("ida", "Ida Over", frozenset({"technician"}), LAPSED, emergency=Emergency("taken ill", LONG_AGO))
VERA = Actor("vera", "Vera Quality", frozenset({"qa"}))
MACHINE = Actor("system", "printer and order interface", frozenset({"system"}))
CAST = (ANN, BO, CY, LEE, PAM, DANA, RAE, EVE, VERA, MACHINE)
"""Two technicians, one lapsed, one lead who sets no pumps, a pharmacist, one who is both, one without licence, one in
emergency access, quality, the machines. Whose emergency access is over (Ida) only tries to take over: she has nothing
to go on with. Ned never has a preparation: he confirms for whoever has it, where the other two have both had it."""
PEOPLE = {one.id: one for one in CAST}

SALINE, DEXTROSE = "sodium chloride 0.9 %", "dextrose 5 %"
LATER = date(2027, 8, 31)
CABINET = CabinetCode("BSC-2", datetime(2027, 1, 1, tzinfo=UTC), 2)
FINE = BalanceStatus(
    "BAL-1",
    "B123456789",
    Decimal("0.001"),
    Decimal("0.0004"),
    Decimal(4200),
    START - timedelta(minutes=20),
    START + timedelta(days=2),
    datetime(2027, 1, 1, tzinfo=UTC),
)


STOP = "work stopped"
ORDER = "the order changed, held or cancelled"
CALL = "a call not answered"
CLOCK = "a clock run out"
ENTRY = "a typed, short-dated or waived entry"
LIMIT = "a reading at its limit"
OUTSIDE = "a reading that was not accepted"
PERSON = "a hand in it of somebody who may approve"
AGAIN = "something done again, out of its turn, or by another technician"
UNMARKED = "no in-process label yet"
DEPARTURES = (STOP, ORDER, CALL, CLOCK, ENTRY, LIMIT, OUTSIDE, PERSON, AGAIN, UNMARKED)
"""What counts as a departure from a straight run."""
EVERYWHERE = (
    "what may be staged in any order is scanned from its first piece and from its last",
    "time jumps from the end of one clock to the end of the next",
)
"""What is left out in every world."""


@dataclass(frozen=True, slots=True)
class World:
    """One small configuration, real enough to be signed."""

    name: str
    """In words."""
    opening: Open
    """Order, recipe and policy."""
    goods: tuple[Container, ...]
    """The right vial, bag and diluent, without a unit number."""
    balance: BalanceStatus
    """The station's balance, checked today."""
    departures: int
    """How many departures from a straight run may stand at once."""
    only: frozenset[str] = frozenset()
    """Which kinds of departure; empty for every kind."""
    in_order: bool = False
    """Whether everything is staged in one order."""
    doubts: bool = False
    """Whether readings too close to a limit are tried, and loads weighed again until they are not."""
    never_opened: str = ""
    """Code of the one finding for which nothing may ever be made of this order; the walk goes on if it is opened after all."""
    others: tuple[Recipe, ...] = ()
    """Other signed recipes of the drug, which a pharmacist may exchange for the one it was opened with."""
    cleared: tuple[Clearance, ...] = ()
    """What was confirmed of its order: all that its policy requires."""
    trials: bool = False
    """Whether there is stock of clinical trials, which is tried besides."""
    cabinets: tuple[CabinetCode, ...] = (CABINET,)
    """The cabinets there are, the usual one first."""

    @property
    def cut(self) -> str:
        """How its endless runs are cut, in words."""
        if self.never_opened:
            return "nothing may be opened"
        order = "; staged in one order" if self.in_order else ""
        if not self.departures:
            return f"no departure from a straight run stands while work goes on{order}"
        many = "one departure" if self.departures == 1 else f"{self.departures} departures"
        kinds = f", of these kinds: {', or '.join(sorted(self.only))}" if self.only else ""
        return f"{many} from a straight run at a time{kinds}{order}"


def _density(value: str) -> DensityOf:
    return DensityOf(Decimal(value), "measured", Decimal("0.0005"), True)


SIGNED = ("Pam Pharmacist", "Quin Pharmacist")
POLICY = replace(
    DEFAULT_POLICY,
    signed_by=SIGNED,
    zone="America/Chicago",
    ppe=("two pairs of gloves",),
    photos=("final",),
    cstd=False,
)
LIQUID = Recipe(
    name="demomycin-1-minibag",
    version=3,
    signed_by=SIGNED,
    drug="demomycin",
    printed_drug="demomycin",
    items=("demomycin-2mg",),
    ndcs=("99999-001-02",),
    concentration_mg_ml=Decimal(1),
    density=_density("1.006"),
    vial_mg=Decimal(2),
    vial_ml=Decimal(2),
    reconstitution=None,
    bases=(SALINE,),
    final_min_mg_ml=None,
    final_max_mg_ml=None,
    routes=("IV",),
    cstd_brand="",
    hold=False,
    stability_h=Decimal(6),
    storage="20 to 25 °C",
    light_protect=False,
    overfill="ignore",
)
MAKING = Reconstitution(
    SALINE, Decimal(25), _density("1.0046"), Decimal("0.3"), "A", Decimal("0.05"), "dissolved and clear"
)
POWDER = replace(
    LIQUID,
    name="demophamide-20-bag",
    drug="demophamide",
    printed_drug="demophamide",
    items=("demophamide-500mg",),
    ndcs=("99999-002-01",),
    concentration_mg_ml=Decimal(20),
    density=_density("1.009"),
    vial_mg=Decimal(500),
    vial_ml=Decimal(25),
    reconstitution=MAKING,
    bases=(DEXTROSE,),
    hold=True,
    bag="non-PVC",
)


def order_of(drug: str, dose: str, fluid: str, volume: str) -> Order:
    """Return an order for `dose` mg in a bag of `volume` mL of `fluid`."""
    active = Active(drug, Decimal(dose), "mg")
    return Order(
        key=OrderKey("DEMO", "1", "DEMO"),
        version=1,
        control="NW",
        status="active",
        group="",
        drug=drug,
        drug_codes=(),
        dose=Decimal(dose),
        dose_unit="mg",
        actives=(active,),
        base=Base(fluid, Decimal(volume)),
        others=(),
        container="bag",
        route="IV",
        rate_ml_h=Decimal("597"),
        duration_min=Decimal(30),
        total_volume_ml=None,
        due_at=START + timedelta(hours=1),
        due_text="",
    )


def vial_of(recipe: Recipe) -> Container:
    """Return the right vial for a recipe, without a unit number."""
    return Container(
        "drug",
        recipe.items[0],
        f"{recipe.drug} {recipe.vial_mg} mg vial",
        recipe.drug,
        recipe.ndcs[0],
        concentration_mg_ml=recipe.concentration_mg_ml,
        amount_mg=recipe.vial_mg,
        lot="V1",
        expiry=LATER,
    )


KEPT_FROM = ("polycarbonate",)
"""What a drug may be kept from."""
HARMLESS = ("polypropylene",)
"""What bags, reservoirs and devices are made of, which no drug is kept from."""


def bag_of(fluid: str, volume: str, part: str) -> Container:
    """Return the right bag of `volume` mL of a fluid, without a unit number."""
    name = f"{fluid} {volume} mL bag"
    known = Container("base", "bag", name, fluid=fluid, volume_ml=Decimal(volume), part=part, lot="B1", expiry=LATER)
    return replace(known, materials=HARMLESS)


DILUENT = Container(
    "diluent", "ns", f"{SALINE} 50 mL vial", fluid=SALINE, volume_ml=Decimal(50), lot="N1", expiry=LATER
)


def _world(name: str, recipe: Recipe, policy: Policy, dose: str, departures: int, volume: str = "25") -> World:
    fluid = recipe.bases[0]
    goods = (vial_of(recipe), bag_of(fluid, volume, recipe.bag), DILUENT)
    return World(name, Open(order_of(recipe.drug, dose, fluid, volume), recipe, policy), goods, FINE, departures)


OK_TO_TREAT = Requirement("OK to treat", "OK to treat", anew=True, until_release=True)
PROGRAMME = Requirement(
    "demomycin safety programme",
    "safety programme",
    drugs=("demomycin",),
    payers=("Demo Plan",),
    numbered=True,
    dated=True,
    hours=24,
    most_days=28,
    no_refills=True,
)
TOLD = Clearance("OK to treat", 1, "Dr Demo", START - timedelta(hours=1), "pam", "Pam Pharmacist")
NUMBERED = replace(
    TOLD,
    requirement=PROGRAMME.name,
    number="C-1",
    until=datetime(2027, 6, 30, tzinfo=UTC),
    days_supply=28,
    refills=0,
)
CLEARED = (TOLD, NUMBERED)
ONE_OF_EACH = replace(
    _world("a liquid, one vial, one syringe", LIQUID, replace(POLICY, requires=(OK_TO_TREAT, PROGRAMME)), "1.5", 1),
    cleared=CLEARED,
)
HELD = replace(
    _world("a powder with a hold", POWDER, replace(POLICY, photos=("syringes", "final")), "400", 1, "250"),
    only=frozenset(DEPARTURES) - {AGAIN},
    in_order=True,
)
WITH_DEVICES = _world(
    "a powder with a hold and closed-system devices",
    replace(POWDER, keeps_from=KEPT_FROM),
    replace(POLICY, cstd=True, photos=("syringes", "final")),
    "400",
    0,
    "250",
)
DEVICES_MISSING = replace(
    _world("a liquid with closed-system devices, some missing", LIQUID, replace(POLICY, cstd=True), "1.5", 1),
    only=frozenset({ENTRY}),
    in_order=True,
)
TWO_VIALS = replace(
    _world(
        "two vials of a powder, drawn by their actual strength",
        replace(POWDER, hold=False, reconstitution=replace(MAKING, mode="B")),
        POLICY,
        "900",
        1,
        "250",
    ),
    only=frozenset({AGAIN, OUTSIDE, LIMIT}),
    in_order=True,
    doubts=True,
)
WEIGHED_AGAIN = replace(
    _world(
        "a liquid whose vial and used syringe are weighed again",
        LIQUID,
        replace(POLICY, weigh_vials=True, weigh_used_syringes=True, photos=("syringes", "final")),
        "1.5",
        1,
    ),
    only=frozenset({OUTSIDE, LIMIT, CLOCK}),
    in_order=True,
)
TWO_SYRINGES = replace(
    _world(
        "a liquid in two syringes with a hold, all pictures",
        replace(LIQUID, hold=True),
        replace(POLICY, syringes_ml=(Decimal(1),), photos=DEFAULT_POLICY.photos),
        "1.3",
        1,
    ),
    only=frozenset({AGAIN}),
)
TWO_CABINETS = replace(
    _world(
        "a stable liquid in a category 2 or a category 1 cabinet",
        replace(LIQUID, stability_h=Decimal(48)),
        POLICY,
        "1.5",
        1,
    ),
    only=frozenset({AGAIN, CLOCK}),
    cabinets=(CABINET, replace(CABINET, code="BSC-1", category=1)),
)
COARSE = replace(
    _world("a liquid on a balance that is just fine enough", LIQUID, POLICY, "1.5", 1),
    only=frozenset({OUTSIDE, LIMIT}),
    in_order=True,
    doubts=True,
    balance=replace(FINE, repeatability_g=Decimal("0.0026")),
)
NEAR = replace(
    _world(
        "a liquid near the limit of its final concentration, stable until its infusion ends",
        replace(LIQUID, tolerance=Decimal("0.05"), final_max_mg_ml=Decimal("0.058"), stable_through_infusion=True),
        POLICY,
        "1.5",
        1,
    ),
    only=frozenset({LIMIT}),
    in_order=True,
)
STRONGER = replace(
    LIQUID,
    name="demomycin-2-minibag",
    items=("demomycin-10mg",),
    ndcs=("99999-001-10",),
    concentration_mg_ml=Decimal(2),
    vial_mg=Decimal(10),
    vial_ml=Decimal(5),
    hold=True,
    bag="non-PVC",
)
AMENDED = replace(
    _world(
        "a liquid that a pharmacist has made by another recipe",
        LIQUID,
        replace(POLICY, photos=("syringes", "final")),
        "3",
        1,
    ),
    only=frozenset({AGAIN}),
    in_order=True,
    others=(STRONGER,),
)
WORLDS = (
    ONE_OF_EACH,
    HELD,
    WITH_DEVICES,
    DEVICES_MISSING,
    TWO_VIALS,
    WEIGHED_AGAIN,
    TWO_SYRINGES,
    TWO_CABINETS,
    COARSE,
    NEAR,
    AMENDED,
)
"""What is walked of an i.v. bag: each world small, each for a question of its own."""
DEEPER = (replace(ONE_OF_EACH, departures=2),)
"""Two departures at once, which takes minutes."""
