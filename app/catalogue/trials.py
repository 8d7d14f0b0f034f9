"""The accountability record of a trial's stock: each unit that came, was dispensed or left, with the balance after it (R56)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import Connection, select

from app import clock
from app.catalogue.trial_tables import trial_assignment, trial_line
from app.record import canonical, codec, views
from app.record.running import append_row
from app.settings import Settings
from workflows import trials
from workflows.assigned import Assigned
from workflows.evidence import Container, Found, OtherCode
from workflows.recipe import Recipe
from workflows.wording import amount

What = Literal[
    "received",
    "dispensed",
    "used up",
    "returned by subject",
    "returned to sponsor",
    "destroyed",
    "transferred",
    "struck",
]
LEAVES: tuple[What, ...] = ("returned to sponsor", "destroyed", "transferred")
"""How a unit leaves the stock by people's word."""
OUT: tuple[What, ...] = ("dispensed", "used up", *LEAVES)
"""Lines after which a unit is no stock."""
LEAST_REASON = 10
"""Letters that a reason or a place must have."""
MOST = 200
"""Units of one delivery."""


class NotAccountedError(ValueError):
    """A line cannot be written; the text says why."""


@dataclass(frozen=True)
class Line:
    """One line of an accountability record."""

    what: What
    """What happened to the unit."""
    protocol: str
    """Number of the trial."""
    product: str
    """Drug and strength, each a record of its own."""
    unit: str
    """Eight characters of its unit label."""
    kit: str
    """Its kit, bottle or vial number; empty for none."""
    lot: str
    """Lot, verbatim."""
    change: int
    """By how much the balance changes: 1, 0 or -1."""
    balance: int
    """Units in stock after it, of this protocol and product at this site."""
    subject: str = ""
    """The subject's number, where it was dispensed."""
    dose: str = ""
    """The dose dispensed, with its unit."""
    preparation: str = ""
    """For which preparation."""
    note: str = ""
    """From or to whom, why, under which shipment."""
    strikes: int = 0
    """Number of the line that this one strikes out; 0 for none."""
    held: Container | None = None
    """What the unit is, where it was received."""
    retest: date | None = None
    """Re-test date, where the sponsor states one in place of an expiry date."""


@dataclass(frozen=True)
class Kept:
    """A line as it stands in the record."""

    seq: int
    """Its number."""
    line: Line
    """What it says."""
    at: datetime
    """UTC."""
    who: str
    """Person id."""
    second: str
    """Person id of whoever stood beside; empty where nobody has to."""
    struck: bool
    """Whether a later line strikes it out: it is read and counts for nothing."""


@dataclass(frozen=True)
class Delivery:
    """What came in one shipment, of one lot."""

    kits: tuple[str, ...]
    """Number of each unit, one a unit, as they stand on them."""
    lot: str
    """Lot, verbatim."""
    expiry: date | None
    """Last day of use; None where only a re-test date is stated."""
    retest: date | None
    """Re-test date; None for none."""
    note: str
    """Shipment and sender."""


@dataclass(frozen=True)
class Entered:
    """For which subject an order is, and what that was entered of: it says nothing of another trial or version of the order."""

    assigned: Assigned
    """Subject and kits."""
    protocol: str
    """Number of the trial whose recipe would make it."""
    version: int
    """Version of the order as it was read."""


@dataclass(frozen=True)
class Act:
    """In whose transaction a line is written, by whom, beside whom, when."""

    conn: Connection
    """The caller's transaction."""
    settings: Settings
    """Site and software."""
    who: str
    """Person id."""
    second: str
    """Person id of the second person; empty for what a preparation tells by itself."""
    at: datetime
    """The command's one clock reading."""


def product_of(recipe: Recipe) -> str:
    """Return what a trial's record is kept of: drug and contents of one unit, or the study's own text."""
    return (
        recipe.blinded
        or f"{recipe.printed_drug} {amount(recipe.vial_mg)} mg, {amount(recipe.concentration_mg_ml)} mg/mL"
    )


def is_of(line: Line, recipe: Recipe) -> bool:
    """Say whether a line is of the very product that a trial's recipe takes: protocol, drug and contents."""
    drug = line.held.drug if line.held is not None else recipe.drug
    return (line.protocol, line.product, drug) == (recipe.protocol, product_of(recipe), recipe.drug)


def lines(conn: Connection, site: str, protocol: str = "") -> tuple[Kept, ...]:
    """Return the lines of a site, or of one protocol there, as they were written."""
    wanted = trial_line.c.site == site
    if protocol:
        wanted &= trial_line.c.protocol == protocol
    return _kept(conn.execute(select(trial_line).where(wanted).order_by(trial_line.c.seq)))


def in_stock(kept: Iterable[Kept]) -> tuple[Kept, ...]:
    """Return the line of receipt of each unit that is in stock by these lines."""
    here: dict[str, Kept] = {}
    for one in kept:
        if one.struck or one.line.what == "struck":
            continue
        if one.line.what == "received":
            here[one.line.unit] = one
        elif one.line.what in OUT:
            here.pop(one.line.unit, None)
    return tuple(here.values())


def receive(act: Act, recipe: Recipe, came: Delivery) -> tuple[str, ...]:
    """Take units of a trial into its stock, a line and a unit label each; return the labels. Raises NotAccountedError."""
    offered()
    _two(act)
    if not recipe.protocol or not recipe.protocol_stock:
        raise NotAccountedError(f"The recipe {recipe.name} takes no stock of a trial.")
    if not 0 < len(came.kits) <= MOST or not all(one.strip() for one in came.kits):
        raise NotAccountedError(f"Write 1 to {MOST} numbers, one a unit.")
    product, here = product_of(recipe), lines(act.conn, act.settings.site, recipe.protocol)
    known = {one.line.kit for one in here if one.line.what == "received" and not one.struck}
    if twice := sorted({one for one in came.kits if came.kits.count(one) > 1 or one in known}):
        raise NotAccountedError(f"A number is received once: {', '.join(twice)}.")
    day = min((one for one in (came.expiry, came.retest) if one is not None), default=None)
    if day is None or not came.lot.strip():
        raise NotAccountedError("Write the lot, and the expiry or re-test date.")
    if len(came.note.strip()) < LEAST_REASON:
        raise NotAccountedError("Write from whom it came, and the shipment's number.")
    labels = []
    for kit in came.kits:
        label = clock.new_id()
        held = Container(
            "drug", recipe.items[0], f"{product}, kit {kit}", recipe.drug, recipe.ndcs[0],
            concentration_mg_ml=recipe.concentration_mg_ml, amount_mg=recipe.vial_mg, lot=came.lot.strip(), expiry=day,
            unit=f"U/{label}", maker=recipe.sponsor, protocol=recipe.protocol, kit=kit,
        )  # fmt: skip
        said = Line("received", recipe.protocol, product, label, kit, came.lot.strip(), 1, 0, note=came.note.strip())
        _write(act, replace(said, held=held, retest=came.retest))
        labels.append(label)
    return tuple(labels)


def leave(act: Act, label: str, what: What, note: str) -> None:
    """Take a unit out of its stock: returned to the sponsor, destroyed, transferred. Raises NotAccountedError."""
    _two(act)
    came = _in_stock(act, label)
    if what not in LEAVES or len(note.strip()) < LEAST_REASON:
        raise NotAccountedError("Say what becomes of it, and to whom or how, in ten letters at least.")
    if user := views.user_of(act.conn, f"U/{label}"):
        raise NotAccountedError(f"It is staged for preparation {user}.")
    _write(act, replace(_of(came), what=what, change=-1, note=note.strip()))


def come_back(act: Act, label: str, note: str) -> None:
    """Keep that a subject brought a dispensed unit back: it is written down and never stock again. Raises NotAccountedError."""
    _two(act)
    mine = [one for one in _unit(act.conn, label) if not one.struck and one.line.what == "dispensed"]
    if not mine or mine[-1].line.protocol == "":
        raise NotAccountedError("Only what was dispensed comes back from a subject.")
    if len(note.strip()) < LEAST_REASON:
        raise NotAccountedError("Say what came back, in ten letters at least.")
    _write(act, replace(mine[-1].line, what="returned by subject", change=0, note=note.strip(), dose=""))


def strike(act: Act, seq: int, note: str) -> None:
    """Strike a line out: it stays and is read, and counts for nothing. Raises NotAccountedError for one that must stand."""
    _two(act)
    found = next((one for one in lines(act.conn, act.settings.site) if one.seq == seq), None)
    if found is None or found.struck or found.line.what == "struck":
        raise NotAccountedError("There is no such line to be struck out.")
    if found.line.preparation and found.line.what != "returned by subject":
        raise NotAccountedError("What a preparation used stands in its own record: it is not struck out here.")
    newest = _unit(act.conn, found.line.unit)[-1]
    if newest.seq != seq:
        raise NotAccountedError("More happened to that unit since. Strike out the newest line first.")
    if views.user_of(act.conn, f"U/{found.line.unit}") and found.line.what == "received":
        raise NotAccountedError("It is staged for a preparation: it was received.")
    if len(note.strip()) < LEAST_REASON:
        raise NotAccountedError("Say what was wrong with the line, in ten letters at least.")
    undone = replace(found.line, what="struck", change=-found.line.change, strikes=seq, note=note.strip(), held=None)
    _write(act, undone)


def used(act: Act, what: What, container: Container, *, preparation: str, subject: str, dose: str) -> None:
    """Write that a preparation took a unit: dispensed to a subject, or used up without a dose. It leaves the stock."""
    label = container.unit.removeprefix("U/")
    came = next(iter(in_stock(_unit(act.conn, label))), None)
    if came is not None:
        said = replace(_of(came), what=what, change=-1, preparation=preparation, subject=subject)
        _write(act, replace(said, dose=dose if what == "dispensed" else ""))


def by_label(conn: Connection, label: str) -> Found | None:
    """Return the unit that carries this label; in words where it is no stock any more; None where it is no trial's."""
    every = _unit(conn, label)
    if not every:
        return None
    here = in_stock(every)
    if here and here[0].line.held is not None:
        return here[0].line.held
    last = every[-1].line
    return OtherCode(f"kit {last.kit} of the trial {last.protocol}, which is no stock: {last.what}")


def assign(act: Act, key: str, entered: Entered) -> None:
    """Keep for which subject an order of a trial is, and which kits. Raises NotAccountedError."""
    assigned = entered.assigned
    offered()
    _two(act)
    if not assigned.subject.strip() or len(assigned.subject) > 40:
        raise NotAccountedError("Write the subject's number in the trial.")
    body = canonical.dump(codec.encode(entered)).decode()
    row = {"site": act.settings.site, "order_key": key, "body": body, "at": act.at, "who": act.who}
    append_row(act.conn, trial_assignment, row)


def assigned_to(conn: Connection, site: str, key: str, recipe: Recipe, version: int) -> Assigned | None:
    """Return subject and kits as they were entered last for this version of an order, and the recipe's trial.

    None where nobody did, also where the order was changed since or is of another trial now. What stands for an order that is of
    no trial any more is returned, so that nothing is made of it unseen.
    """
    mine = (trial_assignment.c.order_key == key) & (trial_assignment.c.site == site)
    newest = select(trial_assignment.c.body).where(mine).order_by(trial_assignment.c.seq.desc()).limit(1)
    body = conn.execute(newest).scalar_one_or_none()
    if body is None:
        return None
    entered = codec.decode(Entered, canonical.parse(body))
    same = (entered.protocol, entered.version) == (recipe.protocol, version)
    return entered.assigned if same or not recipe.protocol else None


def offered() -> None:
    """Raise NotAccountedError where clinical trials are not offered: nothing of one comes in and nobody is entered for one."""
    if not trials.OFFERED:
        raise NotAccountedError(trials.NOT_YET)


def _two(act: Act) -> None:
    if not act.second or act.second == act.who:
        raise NotAccountedError("A second person stands beside, and gives badge and PIN.")


def _of(came: Kept) -> Line:
    return replace(came.line, held=None, retest=None, note="")


def _in_stock(act: Act, label: str) -> Kept:
    here = in_stock(_unit(act.conn, label))
    if not here:
        raise NotAccountedError("That unit is not in stock.")
    return here[0]


def _unit(conn: Connection, label: str) -> tuple[Kept, ...]:
    return _kept(conn.execute(select(trial_line).where(trial_line.c.unit == label).order_by(trial_line.c.seq)))


def _kept(rows: Iterable[Any]) -> tuple[Kept, ...]:
    every = list(_read(rows))
    gone = {one.line.strikes for one in every if one.line.what == "struck"}
    return tuple(replace(one, struck=one.seq in gone) for one in every)


def _read(rows: Iterable[Any]) -> Iterator[Kept]:
    for row in rows:
        yield Kept(row.seq, codec.decode(Line, canonical.parse(row.body)), row.at, row.who, row.second, struck=False)


def _write(act: Act, line: Line) -> None:
    here = [one for one in lines(act.conn, act.settings.site, line.protocol) if one.line.product == line.product]
    said = replace(line, balance=sum(one.line.change for one in here) + line.change)
    row = {
        "site": act.settings.site,
        "protocol": line.protocol,
        "product": line.product,
        "unit": line.unit,
        "what": line.what,
        "body": canonical.dump(codec.encode(said)).decode(),
    }
    append_row(act.conn, trial_line, {**row, "at": act.at, "who": act.who, "second": act.second})


def dose_words(mg: Decimal | None) -> str:
    """Return a dose as the record says it; empty for none."""
    return "" if mg is None else f"{amount(mg)} mg"
