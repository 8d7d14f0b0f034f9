"""The worked example: cyclophosphamide 970 mg from two 500 mg vials in 250 mL dextrose 5 %, as values and as a script."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D

from tests.cast import ANN, PAM, PRINTER
from workflows import commands as asked
from workflows.assigned import Assigned
from workflows.circumstances import Actor, BalanceStatus, Circumstances
from workflows.clearances import Clearance
from workflows.decide import decide, open_preparation
from workflows.events import Recorded, Rejected
from workflows.evidence import (
    CabinetCode,
    Confirmation,
    Container,
    Evidence,
    LabelCode,
    Photo,
    Printed,
    Scan,
    Signature,
    Weighing,
)
from workflows.findings import Refused
from workflows.library import LIBRARY
from workflows.made_by import Master
from workflows.order import Active, Base, Order, OrderKey
from workflows.preparation import Preparation, evolve
from workflows.recipe import DEFAULT_POLICY, DensityOf, Policy, Recipe, Reconstitution
from workflows.steps import Workflow

IV_BAG = LIBRARY["iv-bag-gravimetric"]
START = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
D5W, NS = "dextrose 5 %", "sodium chloride 0.9 %"


def order(dose: str = "970", base: str = D5W, base_ml: str = "250") -> Order:
    return Order(
        key=OrderKey("ONCEHR", "ORD7700123", "ONCEHR"),
        version=1,
        control="NW",
        status="active",
        group="PLAN5531",
        drug="cyclophosphamide",
        drug_codes=(),
        dose=D(dose),
        dose_unit="mg",
        actives=(Active("cyclophosphamide", D(dose), "mg", "20 mg/mL"),),
        base=Base(base, D(base_ml)),
        others=(),
        container="bag",
        route="IV",
        rate_ml_h=D("597"),
        duration_min=D("30"),
        total_volume_ml=D("298.5"),
        due_at=START + timedelta(hours=1),
        due_text="20261123100000-0600",
    )


def measured_density(value: str) -> DensityOf:
    return DensityOf(D(value), "measured", D("0.0005"), True)


RECIPE = Recipe(
    name="cyclophosphamide-20-bag",
    version=7,
    signed_by=("Pam Pharmacist", "Quin Pharmacist"),
    drug="cyclophosphamide",
    printed_drug="cyclophosphamide",
    items=("cyclophosphamide-500mg-powder",),
    ndcs=("10019-955-01", "10019-955-50"),
    concentration_mg_ml=D("20"),
    density=measured_density("1.009"),
    vial_mg=D("500"),
    vial_ml=D("25"),
    reconstitution=Reconstitution(NS, D("25"), measured_density("1.0046"), None, "A", D("0.05"), "dissolved and clear"),
    bases=(D5W,),
    final_min_mg_ml=D("2"),
    final_max_mg_ml=None,
    routes=("IV",),
    cstd_brand="",
    hold=False,
    stability_h=D("24"),
    storage="20 to 25 °C",
    light_protect=False,
    overfill="ignore",
    waste_unit_mg=D("5"),
    single_dose=True,
)
POLICY = replace(DEFAULT_POLICY, signed_by=("Pam Pharmacist", "Quin Pharmacist"), zone="America/Chicago")
BALANCE = BalanceStatus(
    "BAL-1",
    "B123456789",
    D("0.01"),
    D("0.004"),
    D("4200"),
    START - timedelta(minutes=20),
    START + timedelta(hours=12),
    datetime(2027, 1, 1, tzinfo=UTC),
)
CABINET = CabinetCode("BSC-2", datetime(2027, 1, 1, tzinfo=UTC), 2)


def vial(unit: str, **changes: object) -> Container:
    known = Container(
        "drug",
        "cyclophosphamide-500mg-powder",
        "cyclophosphamide 500 mg powder",
        "cyclophosphamide",
        "10019-955-50",
        "00310019955506",
        D("20"),
        D("500"),
        lot="AB123",
        expiry=date(2027, 3, 31),
        unit=unit,
        maker="Baxter",
    )
    return replace(known, **changes)


DILUENT = Container(
    "diluent",
    "ns-50",
    "sodium chloride 0.9 % 50 mL vial",
    fluid=NS,
    volume_ml=D(50),
    lot="N1",
    expiry=date(2027, 5, 31),
    unit="NS-1",
)
BAG = Container(
    "base",
    "d5w-250",
    "dextrose 5 % 250 mL bag",
    ndc="0338-0017-02",
    fluid=D5W,
    volume_ml=D(250),
    lot="D2207",
    expiry=date(2027, 8, 31),
    unit="D5W-1",
)


def device(part: str, unit: str = "") -> Container:
    return Container(
        "device", part.replace(" ", "-"), f"Demosafe {part}", part=part, lot="C77", expiry=date(2028, 1, 31), unit=unit
    )


def scan(found: object, how: str = "serial", photo: str = "") -> Scan:
    return Scan("raw", how, found, photo)  # type: ignore[arg-type]


def weigh(grams: str, at: datetime = START, **changes: object) -> Weighing:
    return replace(Weighing(D(grams), "stable", D("0.00"), "B123456789", "1.0.0", at), **changes)


def photo(name: str) -> Photo:
    return Photo(name.encode().hex().ljust(64, "0"), 1920, 1080, "good")


@dataclass
class Bench:
    """One preparation being made in a test: asks, notes what happened, keeps the time."""

    recipe: Master = RECIPE
    policy: Policy = POLICY
    order: Order = field(default_factory=order)
    at: datetime = START
    balance: BalanceStatus | None = BALANCE
    station: str = "HOOD-1"
    diluent: Container = DILUENT
    workflow: Workflow = IV_BAG
    cleared: tuple[Clearance, ...] = ()
    trial: Assigned | None = None
    log: list[Recorded] = field(default_factory=list)
    p: Preparation | None = None

    def now(self, who: Actor, second: Actor | None = None) -> Circumstances:
        head = self.p.digest if self.p else ""
        return Circumstances(self.at, who, self.station, second, self.balance, "", head, clearances=self.cleared)

    def ask(
        self, command: asked.Command, who: Actor = ANN, second: Actor | None = None
    ) -> Refused | tuple[object, ...]:
        now = self.now(who, second)
        if self.p is None:
            assert isinstance(command, asked.Open)
            decision = open_preparation(self.workflow, command)
        else:
            decision = decide(self.workflow, self.p, command, now)
        if isinstance(decision, Refused):
            return decision
        for event in decision:
            version = len(self.log) + 1
            recorded = Recorded(
                version, event, who.id, second.id if second else "", self.at, now.station, f"{version:064x}"
            )
            self.log.append(recorded)
            self.p = evolve(self.p, recorded)
        self.at += timedelta(seconds=20)
        return decision

    def do(self, evidence: Evidence, who: Actor = ANN, slot: str = "", second: Actor | None = None) -> None:
        decision = self.ask(asked.Submit(slot, evidence), who, second)
        assert not isinstance(decision, Refused), decision
        assert not isinstance(decision[0], Rejected), decision

    def sign(self, meaning: str, who: Actor = PAM) -> Signature:
        assert self.p is not None
        seen = tuple(picture.sha256 for picture in self.p.photos())
        accepts = tuple(entry.slot for entry in self.p.typed())
        return Signature(meaning, who.name, who.licence, "password", 2, self.p.digest, seen, accepts)  # type: ignore[arg-type]

    def open(self) -> None:
        decision = self.ask(asked.Open(self.order, self.recipe, self.policy, trial=self.trial), PAM)
        assert not isinstance(decision, Refused), decision

    def until_claimed(self) -> None:
        self.open()
        self.do(self.sign("order verified"), PAM)
        assert not isinstance(self.ask(asked.Claim()), Refused)
        self.ask(asked.RecordLabel(Printed("in_process", "INPROC01", 1, "aa", "spool")), PRINTER)

    def until_dressed(self) -> None:
        self.until_claimed()
        self.do(scan(CABINET))
        for item in self.policy.ppe:
            self.do(Confirmation(item))

    def until_staged(self) -> None:
        self.until_dressed()
        for found in (vial("A"), vial("B"), self.diluent, BAG):
            self.do(scan(found))
        for part in self.p.plan.devices:  # type: ignore[union-attr]
            self.do(scan(device(part)))
        self.do(photo("staged"))

    def until_reconstituted(self) -> None:
        self.until_staged()
        for before, after in (("30.11", "55.17"), ("30.05", "55.25")):
            self.do(weigh(before, self.at))
            self.do(weigh(after, self.at))
            self.do(Confirmation("dissolved and clear"))

    def until_drawn(self) -> None:
        self.until_reconstituted()
        for before, after in (("18.42", "42.97"), ("18.40", "42.71")):
            self.do(weigh(before, self.at))
            self.do(weigh(after, self.at))
        self.do(photo("syringes"))

    def until_check(self) -> None:
        self.until_drawn()
        if self.p.recipe.hold:  # type: ignore[union-attr]  # it is open
            self.do(self.sign("pre-mix approved"), PAM)
        self.do(weigh("287.60", self.at))
        self.do(weigh("336.30", self.at))
        self.do(photo("empty"))
        self.do(Printed("final", "FINAL001", 1, "bb", "spool"), PRINTER)
        self.do(scan(LabelCode("final", "FINAL001", 1, "P1", False)))
        self.do(photo("final"))

    def until_released(self) -> None:
        self.until_check()
        self.do(self.sign("approved for release"), PAM)
        self.do(scan(LabelCode("in_process", "INPROC01", 1, "P1", False)))
