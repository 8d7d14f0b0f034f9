"""What comes before work: today's scale check, weight by weight, and the cleaning of a cabinet, act by act (R15, R42).

Both are read from the equipment's own append-only history, so that a step once done is never asked for twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from app.record import canonical
from app.stations import register
from app.stations.register import CheckResult, CheckWeight
from app.stations.tables import equipment_event
from workflows.evidence import CabinetCode, Weighing
from workflows.site_policy import CLEANING

ACTS = CLEANING
"""What is done to a cabinet between two hazardous drugs, in this order (R42)."""
ACT_WORDS = {
    "deactivated": "Deactivate: wet every surface, wait as long as the agent needs.",
    "decontaminated": "Decontaminate: wipe it all off with fresh wipes.",
    "cleaned": "Clean with detergent, from clean to dirty.",
    "disinfected": "Disinfect with sterile 70 % alcohol and let it dry.",
}
ONE_SITTING = timedelta(minutes=15)
"""Both weights of a check are read within this time."""
SAME_WEIGHT = Decimal("0.10")
"""A reading further than this share from a certificate is another weight, not a fault of the balance."""


@dataclass(frozen=True)
class TestWeight:
    """One external weight of a station."""

    code: str
    """What is read from its box, without an AIM identifier."""
    name: str
    """What people call it: 20 g."""
    certificate_g: Decimal
    """Its certified mass in g."""
    certified_until: datetime
    """End of its certificate."""


@dataclass(frozen=True)
class Reading:
    """What a weight read in the check under way."""

    weight: TestWeight
    reading_g: Decimal
    zero_g: Decimal | None
    """What the empty pan read before it."""
    epoch: str
    """The balance's epoch then."""

    @property
    def judged(self) -> CheckWeight:
        """As the register judges it."""
        return CheckWeight(self.weight.name, self.weight.certificate_g, self.reading_g, self.zero_g, self.epoch)


@dataclass(frozen=True)
class Warming:
    """A balance that has to warm up before its check."""

    until: datetime
    """When it is warm."""
    sure: bool
    """Whether it said itself that it was switched off; else a person may say that it stayed on."""


def register_weight(conn: Connection, weight: TestWeight, *, station: str, at: datetime, who: str) -> None:
    """Put a test weight on a station's register; a later line of the same code replaces it."""
    detail = {
        "name": weight.name,
        "certificate_g": str(weight.certificate_g),
        "until": weight.certified_until.isoformat(),
    }
    register.note(conn, weight.code, "weight registered", at=at, who=who, station=station, detail=detail)


def weights_of(conn: Connection, station: str) -> tuple[TestWeight, ...]:
    """Return the station's test weights, the lightest first."""
    found: dict[str, TestWeight] = {}
    for row in _lines(conn, station=station, what=("weight registered",)):
        detail: Any = canonical.parse(row.detail)
        until = datetime.fromisoformat(detail["until"])
        found[row.equipment] = TestWeight(row.equipment, detail["name"], Decimal(detail["certificate_g"]), until)
    return tuple(sorted(found.values(), key=lambda one: one.certificate_g))


def _lines(
    conn: Connection, *, station: str = "", equipment: str = "", what: Sequence[str], since: datetime | None = None
) -> Sequence[Any]:
    where: list[ColumnElement[bool]] = [equipment_event.c.what.in_(list(what))]
    where += [equipment_event.c.at > since] if since else []
    where += [equipment_event.c.station == station] if station else []
    where += [equipment_event.c.equipment == equipment] if equipment else []
    return conn.execute(select(equipment_event).where(*where).order_by(equipment_event.c.seq)).all()


def warming(conn: Connection, station: str, at: datetime, warm_up: timedelta) -> Warming | None:
    """Return what the balance still waits for after a restart; None once it is warm (R15, F13)."""
    status = register.balance_status(conn, station)
    if status is None:
        return None
    sure: datetime | None = None
    perhaps: datetime | None = None
    for row in _lines(conn, equipment=status.name, what=("restarted", "stayed on"), since=at - warm_up):
        detail: Any = canonical.parse(row.detail)
        if row.what == "stayed on":
            perhaps = None
        elif detail["sure"] == "yes":
            sure = row.at
        else:
            perhaps = row.at
    last = max((one for one in (sure, perhaps) if one is not None), default=None)
    return Warming(last + warm_up, sure=sure is not None) if last else None


def stayed_on(conn: Connection, station: str, at: datetime, warm_up: timedelta, *, who: str) -> bool:
    """Keep a person's word that the balance was not switched off; False where it said itself that it was."""
    status, waits = register.balance_status(conn, station), warming(conn, station, at, warm_up)
    if status is None or waits is None or waits.sure:
        return False
    register.note(conn, status.name, "stayed on", at=at, who=who, station=station, detail={})
    return True


def check_so_far(conn: Connection, station: str, at: datetime) -> tuple[Reading, ...]:
    """Return the readings of the check under way: those since the last one ended, and not older than one sitting."""
    status = register.balance_status(conn, station)
    if status is None:
        return ()
    known = {weight.code: weight for weight in weights_of(conn, station)}
    what = ("check reading", "check passed", "check failed", "check ended", "restarted")
    taken: dict[str, Reading] = {}
    for row in _lines(conn, equipment=status.name, what=what):
        if row.what != "check reading":
            taken.clear()
        elif at - row.at <= ONE_SITTING:
            detail: Any = canonical.parse(row.detail)
            if detail["weight"] in known:
                zero = detail.get("zero_g", "")
                taken[detail["weight"]] = Reading(
                    known[detail["weight"]],
                    Decimal(detail["reading_g"]),
                    Decimal(zero) if zero else None,
                    detail.get("epoch", ""),
                )
    return tuple(taken.values())


def confirm_level(conn: Connection, station: str, *, at: datetime, who: str) -> None:
    """Keep a person's word that the balance stands level: its bubble is in the ring (R15)."""
    status = register.balance_status(conn, station)
    if status is not None:
        register.note(conn, status.name, "level confirmed", at=at, who=who, station=station, detail={})


def levelled(conn: Connection, station: str, at: datetime) -> bool:
    """Say whether somebody looked at its bubble for the check under way: each check begins with it."""
    status = register.balance_status(conn, station)
    if status is None:
        return False
    what = ("level confirmed", "check passed", "check failed", "check ended", "restarted")
    lines = _lines(conn, equipment=status.name, what=what, since=at - ONE_SITTING)
    return bool(lines) and lines[-1].what == "level confirmed"


def adjust(conn: Connection, station: str, *, at: datetime, who: str) -> None:
    """Keep a person's word that the balance has adjusted itself inside, which its check of the day begins with (R15)."""
    status = register.balance_status(conn, station)
    if status is not None:
        register.note(conn, status.name, "adjusted", at=at, who=who, station=station, detail={})


def adjusted(conn: Connection, station: str, at: datetime) -> bool:
    """Say whether it adjusted itself in this sitting."""
    status = register.balance_status(conn, station)
    if status is None:
        return False
    what = ("adjusted", "adjustment failed", "check passed", "check failed", "check ended", "restarted")
    lines = _lines(conn, equipment=status.name, what=what, since=at - ONE_SITTING)
    return bool(lines) and lines[-1].what == "adjusted"


def adjustment_failed(conn: Connection, station: str, says: str, *, at: datetime, who: str) -> None:
    """Keep that it did not adjust itself: nothing is weighed until it has, and a check has passed (F29)."""
    status = register.balance_status(conn, station)
    if status is not None:
        register.note(conn, status.name, "adjustment failed", at=at, who=who, station=station, detail={"says": says})


def why_not_adjusted(conn: Connection, station: str, at: datetime) -> str:
    """Say why the last adjustment of this sitting failed; empty where none did since."""
    status = register.balance_status(conn, station)
    what = ("adjusted", "adjustment failed", "check passed")
    lines = _lines(conn, equipment=status.name, what=what, since=at - ONE_SITTING) if status else ()
    detail: Any = canonical.parse(lines[-1].detail) if lines and lines[-1].what == "adjustment failed" else {}
    return str(detail.get("says", ""))


def wanted_weight(weights: tuple[TestWeight, ...], taken: tuple[Reading, ...]) -> TestWeight | None:
    """Return the weight that comes next: two different ones make a check; None when both are read or not registered."""
    done = {one.weight.code for one in taken}
    return next((one for one in _both(weights) if one.code not in done), None)


def _both(weights: tuple[TestWeight, ...]) -> tuple[TestWeight, ...]:
    """Return the lightest and the heaviest, so that the range is covered; nothing where there are not two."""
    return (weights[0], weights[-1]) if len(weights) > 1 else ()


def is_that_weight(weight: TestWeight, reading_g: Decimal) -> bool:
    """Say whether a reading can be this weight at all."""
    return abs(reading_g - weight.certificate_g) <= weight.certificate_g * SAME_WEIGHT


def take_reading(
    conn: Connection, station: str, weight: TestWeight, got: Weighing, *, at: datetime, who: str
) -> CheckResult | None:
    """Keep one reading and judge it at once: None while the check goes well, else why it failed (R15)."""
    status = register.balance_status(conn, station)
    if status is None:
        return CheckResult(False, "This station has no balance on its register.")
    if weight.certified_until <= at:
        return CheckResult(False, f"The certificate of {weight.name} has run out. Use another weight.")
    if len(weights_of(conn, station)) < 2:
        return CheckResult(False, "Two check weights must be registered for this station first.")
    zero = "" if got.zero_g is None else str(got.zero_g)
    detail = {"weight": weight.code, "reading_g": str(got.g), "zero_g": zero, "epoch": got.epoch}
    register.note(conn, status.name, "check reading", at=at, who=who, station=station, detail=detail)
    taken = check_so_far(conn, station, at)
    read = tuple(one.judged for one in taken)
    if not register.fault_of(status, read, got.balance):
        return None
    return register.record_check(conn, station, read, None, serial=got.balance, at=at, who=who)


def take_zero(
    conn: Connection, station: str, got: Weighing, *, at: datetime, who: str, has_adjustment: bool = False
) -> CheckResult:
    """Keep the empty pan after both weights, and judge the whole check (R15)."""
    if has_adjustment and not adjusted(conn, station, at):
        return CheckResult(False, "The balance has not adjusted itself inside yet. Let it, then begin the check.")
    level = "confirmed" if levelled(conn, station, at) else "not confirmed"
    became = "done" if has_adjustment else "none: this balance is set up as one that has none"
    read = tuple(one.judged for one in check_so_far(conn, station, at))
    return register.record_check(
        conn, station, read, got, serial=got.balance, at=at, who=who, adjustment=became, level=level
    )


def cabinet(conn: Connection, station: str, code: str) -> CabinetCode | None:
    """Return a cabinet or counting tray of this station, or None."""
    found = next((one for one in register.cabinets_at(conn, station) if one.code == code), None)
    return found or register.tray(conn, station, code)


def acts_done(conn: Connection, code: str) -> tuple[str, ...]:
    """Return the acts of the cleaning under way: those since a drug was last opened, or the last cleaning was finished."""
    what = ("cleaning act", "drug opened", "decontaminated", "registered")
    done: list[str] = []
    for row in _lines(conn, equipment=code, what=what):
        if row.what != "cleaning act":
            done.clear()
        else:
            detail: Any = canonical.parse(row.detail)
            done.append(detail["act"])
    return tuple(one for one in done if one in ACTS)


@dataclass(frozen=True)
class Dress:
    """What a site's policy has put on to clean a cabinet (R35)."""

    items: tuple[str, ...] = ()
    """Each item, in the policy's order."""
    minutes: int = 30
    """How long it counts: as long as a pair of gloves (R36)."""


def put_on(conn: Connection, code: str, dress: Dress, *, at: datetime, who: str) -> tuple[str, ...]:
    """Return what of it this person has put on for the cleaning under way, and not longer ago than it counts."""
    on: dict[str, datetime] = {}
    for row in _lines(conn, equipment=code, what=("cleaning dress", "drug opened", "decontaminated", "registered")):
        if row.what != "cleaning dress":
            on.clear()
        elif row.who == who:
            detail: Any = canonical.parse(row.detail)
            on[detail["item"]] = row.at
    return tuple(one for one in dress.items if one in on and at - on[one] < timedelta(minutes=dress.minutes))


def next_act(done: tuple[str, ...], on: tuple[str, ...], dress: Dress) -> str:
    """Return what comes next of a cleaning: what is to be put on and is not, then the acts; empty when all is done."""
    undone = [act for act in ACTS if act not in done]
    return next(iter((*(one for one in dress.items if one not in on), *undone)), "") if undone else ""


def do_act(
    conn: Connection, station: str, code: str, act: str, *, at: datetime, who: str, dress: Dress | None = None
) -> bool:
    """Keep that the next act was done, or the next item put on; False if `act` is not the next one. The last act ends it.

    What is put on is no act: it counts for whoever put it on alone, and as long as `dress` says.
    """
    wanted, done = dress or Dress(), acts_done(conn, code)
    on = put_on(conn, code, wanted, at=at, who=who)
    if act != next_act(done, on, wanted):
        return False
    if act in wanted.items and act not in on:
        register.note(conn, code, "cleaning dress", at=at, who=who, station=station, detail={"item": act})
        return True
    register.note(conn, code, "cleaning act", at=at, who=who, station=station, detail={"act": act})
    if act == ACTS[-1]:
        register.record_decontamination(conn, code, (*on, *done, act), at=at, who=who)
    return True
