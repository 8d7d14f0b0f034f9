"""One row of an order sheet to one order with one active drug, by the rules of every door; mixtures come by HL7 or FHIR."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, cast, get_args

from app.interfaces.components import (
    TABLETS_DISAGREE,
    Dose,
    Places,
    Tablets,
    complete,
    content_of,
    hard_stop,
    judge_rows,
    note_what_blocks,
    quantities_disagree,
)
from app.interfaces.components import Row as Component
from app.interfaces.hl7_reader import INVISIBLE
from app.interfaces.notes import Notes, number_hint
from app.interfaces.products import Named, name_product
from app.interfaces.profile import Product, Profile, Unit
from app.interfaces.reading import Header, OrderAct, Reading
from app.interfaces.reasons import Fault
from app.interfaces.sheet_file import Row, Table
from app.interfaces.values import from_local, number, unit_reason
from workflows.order import (
    Active,
    Allergy,
    Code,
    Container,
    Instruction,
    Order,
    OrderKey,
    PatientText,
    Person,
    PerUnit,
    Priority,
    Received,
    Route,
)
from workflows.wording import amount

ACTIONS = {"NEW": "NW", "CHANGE": "XO", "CANCEL": "CA", "HOLD": "HD", "RELEASE": "RL"}
MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2})?(Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])?")
MEASURES = ("weight_kg", "height_cm", "bsa_m2")
VOLUME_LIMIT = Decimal("0.01")
MG = Unit("mg", "mass", Decimal(1))
ML = Unit("mL", "volume", Decimal(1))


class Line(Notes):
    """What is noted while one row is read; its places are the names of columns."""

    __slots__ = ("cells",)

    def __init__(self, profile: Profile, row: Row) -> None:
        """Read one row by the tables of a profile."""
        super().__init__(profile)
        self.cells = row.cells
        self.faults += row.faults

    def amount(self, column: str) -> Decimal | None:
        """Return the number above zero of a column that must have one, or note why there is none (I32)."""
        said = self.cells[column]
        if not said:
            self.fault("AMOUNT_MISSING", column)
            return None
        self.received.append(Received(column, said, column))
        found = number(said)
        if found is None:
            self.fault("NOT_A_NUMBER", column, said, number_hint(said))
        elif found <= 0:
            self.fault("NOT_POSITIVE", column, said, "it must be greater than zero")
            return None
        return found

    def optional(self, column: str) -> Decimal | None:
        """Return the number above zero of a column that may be empty; what cannot be read is a fault: sheets are mended."""
        return self.amount(column) if self.cells[column] else None

    def count(self, column: str) -> int | None:
        """Return a whole number above zero of a column that may be empty."""
        found = self.optional(column)
        if found is not None and found != found.to_integral_value():
            self.fault("NOT_A_NUMBER", column, self.cells[column], "send a whole number")
            return None
        return None if found is None else int(found)

    def day(self, column: str) -> date | None:
        """Return a date written YYYY-MM-DD of a column that may be empty."""
        said = self.cells[column]
        try:
            found = date.fromisoformat(said) if len(said) == 10 else None
        except ValueError:
            found = None
        if said and found is None:
            self.fault("DATE_INVALID", column, hint="write it YYYY-MM-DD")
        return found


def sender_of(profile: Profile) -> str:
    """Return the sender as part of the key of an order that came by a sheet."""
    return f"csv:{profile.name}"


def read_sheet(raw: bytes, table: Table, profile: Profile) -> list[Reading]:
    """Return what each row says; a file that is no sheet is one reading that says why."""
    empty = Reading(raw, "", Header(app=sender_of(profile)), profile, source="csv")
    if table.faults:
        return [_digested(empty, {}, table.faults)]
    if not table.rows:
        return [_digested(empty, {}, (Fault("NO_ORDER", "file", hint="the sheet has no row below its header"),))]
    return [_read(empty, row, profile) for row in table.rows]


def _digested(empty: Reading, cells: object, errors: tuple[Fault, ...]) -> Reading:
    digest = hashlib.sha256(json.dumps(cells, sort_keys=True).encode()).hexdigest()
    return Reading(empty.raw, digest, empty.header, empty.profile, errors, source="csv")


def _read(empty: Reading, row: Row, profile: Profile) -> Reading:
    line, cells = Line(profile, row), row.cells
    control = ACTIONS.get(cells["action"], "")
    if not cells["order_no"]:
        line.fault("NO_PLACER_NUMBER", "order_no")
    if not control:
        line.fault("ORDER_CONTROL", "action", cells["action"], f"write one of {', '.join(ACTIONS)}")
    revision = line.count("revision")
    key = OrderKey(sender_of(profile), cells["order_no"], "")
    patient = _patient(line) if cells["mrn"] or control in ("NW", "XO", "") else None
    order = _order(line, key, control) if control in ("NW", "XO") else None
    if any(INVISIBLE.search(said) for said in cells.values()):
        line.note("TEXT_INVISIBLE", "A cell holds control, zero-width or direction-changing characters")
    act = OrderAct(
        control,
        key,
        "order_no",
        "action",
        None,
        "revision",
        order,
        tuple(line.findings),
        received=tuple(line.received),
        revision=revision,
    )
    digest = hashlib.sha256(json.dumps(cells, sort_keys=True).encode()).hexdigest()
    return Reading(empty.raw, digest, empty.header, profile, tuple(line.faults), patient, (), (act,), source="csv")


def _patient(line: Line) -> PatientText | None:
    cells = line.cells
    birth = line.day("birth_date")
    if not cells["mrn"]:
        line.fault("NO_PATIENT", "mrn")
        return None
    if cells["sex"] not in ("", "F", "M", "O", "U"):
        line.unreadable("sex", "is not F, M, O or U")
    if not cells["family_name"] or birth is None:
        line.note("PATIENT_INCOMPLETE", "The patient's name or birth date is missing")
    words = [word.strip() for word in cells["allergies"].split(";")]
    return PatientText(
        mrn=cells["mrn"],
        authority=cells["mrn_authority"] or line.profile.authority,
        family=cells["family_name"],
        given=cells["given_name"],
        birth_date=birth,
        sex=cells["sex"],
        location=cells["location"],
        allergies=tuple(Allergy(word) for word in words if word),
    )


def _unit(line: Line, column: str) -> Unit | None:
    said = line.cells[column]
    found = line.profile.units.get(said)
    reason = unit_reason(said, found)
    if reason:
        line.fault(reason, column, said, "write the unit of an absolute amount exactly, e.g. mg")
        return None
    return found


def _drug(line: Line) -> Named | None:
    cells = line.cells
    system, colon, code = cells["drug_code"].partition(":")
    if cells["drug_code"] and not (colon and system and code):
        line.fault("CODE_NAME_CONFLICT", "drug_code", cells["drug_code"], "write it SYSTEM:code, e.g. RXNORM:3002")
    codes = (Code(system, code, cells["drug"]),) if code else ()
    found = name_product(codes, (cells["drug"],), line.profile) if cells["drug"] else None
    if found is None:
        line.fault("NO_DRUG", "drug")
    elif found.conflict or (found.product and found.product.kind != "drug"):
        line.fault("CODE_NAME_CONFLICT", "drug_code")
    return found


def _components(line: Line, drug: Named | None, dose: Dose, route: str) -> list[Component]:
    """Return the drug and its base as components; an oral order has none."""
    cells = line.cells
    if route == "PO":
        if cells["base"] or cells["base_ml"]:
            line.fault("BASE_ADDITIVE_SWAPPED", "base", hint="an oral order has no base")
        line.optional("base_ml")
        line.optional("concentration_mg_ml")
        return []
    active = Component(Places("drug", "drug", "drug", "dose", "dose_unit"), "active", drug, dose.amount, dose.unit)
    strength = line.optional("concentration_mg_ml")
    if strength is not None:
        active.per_ml, active.concentration = strength, f"{strength:f} mg/mL"
        if dose.unit and dose.unit.dimension != "mass":
            active.per_ml = None
            line.unreadable("concentration_mg_ml", "measures the strength differently from the dose")
    if not (cells["base"] or cells["base_ml"]):
        return [active]
    if not cells["base"]:
        line.fault("NO_BASE", "base", hint="base_ml is given, but no base")
    known = {one.maps_to for one in line.profile.codes.values() if one.kind == "base"}
    product = Product("base", cells["base"], None, None) if cells["base"] in known else None
    fluid = Named(cells["base"], product, (), (cells["base"],), False)
    return [
        active,
        Component(Places("base", "base", "base", "base_ml", "base_ml"), "base", fluid, line.amount("base_ml"), ML),
    ]


def _due(line: Line) -> datetime | None:
    said = line.cells["due_at"]
    match = MOMENT.fullmatch(said)
    line.received.append(Received("due_at", said, "due_at"))
    if match is None or match[1] is None:
        short = match is None and (not said or re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", said))
        hint = "write it with the time of day and the offset, e.g. 2026-03-11T10:00:00-05:00"
        line.fault("DATE_NO_TIME" if short else "DATE_INVALID", "due_at", said, hint)
        return None
    try:
        found = datetime.fromisoformat(said.replace("Z", "+00:00"))
    except ValueError:
        line.fault("DATE_INVALID", "due_at", said)
        return None
    if not 1900 <= found.year <= 2200:
        line.fault("DATE_INVALID", "due_at", said)
        return None
    return found.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Parts:
    """What one row says of what is to be made, as far as it could be read."""

    drug: Named | None
    """The one active drug."""
    dose: Dose
    """How much of it."""
    rows: list[Component]
    """Drug and base; none for an oral order."""
    route: Route | None
    """The one route."""
    container: Container | None
    """In what."""
    tablets: Tablets
    """Units to dispense."""
    total_ml: Decimal | None
    """As stated."""
    due: datetime | None
    """When it starts."""


def _order(line: Line, key: OrderKey, control: str) -> Order | None:
    """Read every column, so that every fault is found; return the order if there was none."""
    drug = _drug(line)
    dose = Dose(line.amount("dose"), _unit(line, "dose_unit"), "dose")
    route, container = _route(line), _container(line)
    rows = _components(line, drug, dose, route or "")
    tablets = Tablets(line.optional("dispense_quantity"), line.optional("strength_mg"), MG, line.count("doses_total"))
    parts = Parts(drug, dose, rows, route, container, tablets, line.optional("total_ml"), _due(line))
    judge_rows(line, rows, drug, dose)
    complete(line, rows, route, container, "drug")
    if route and drug:
        hard_stop(line, frozenset({route}), [drug], "route")
    if route == "PO" and quantities_disagree(tablets, dose):
        line.fault("AMOUNTS_DISAGREE", "dispense_quantity", hint=TABLETS_DISAGREE)
    checks = _for_checks(line)
    order = _assembled(line, key, control, parts)
    return replace(order, **checks, received=tuple(line.received)) if order else None


def _for_checks(line: Line) -> dict[str, Any]:
    """Return the columns that only checks and people use, by field of the order."""
    cells, measured = line.cells, line.day("measured_on")
    found: dict[str, Any] = {name: line.optional(name) for name in ("rate_ml_h", "duration_min", *MEASURES)}
    found |= {name: line.count(name) for name in ("cycle", "day")}
    found["per_unit_dose"], found["per_unit"] = line.optional("per_unit_dose"), cells["per_unit"] or None
    if cells["per_unit"] not in ("", *get_args(PerUnit)):
        line.fault("UNIT_UNKNOWN", "per_unit", cells["per_unit"], f"write one of {', '.join(get_args(PerUnit))}")
    if cells["priority"] not in ("", *get_args(Priority)):
        line.fault("ORDER_CONTROL", "priority", cells["priority"], "write S, A, T or R")
    if measured:
        noon = datetime(measured.year, measured.month, measured.day, 12)  # noqa: DTZ001 - a day without a time
        taken = from_local(noon, line.profile.zone)
        found["measured_at"] = taken if isinstance(taken, datetime) else None
    return found


def _assembled(line: Line, key: OrderKey, control: str, parts: Parts) -> Order | None:
    cells, drug, dose, tablets = line.cells, parts.drug, parts.dose, parts.tablets
    if line.faults or drug is None or dose.amount is None or dose.unit is None or not parts.route or not parts.due:
        return None
    content, total = content_of(line, parts.rows), parts.total_ml
    if not parts.rows:
        content.actives.append(Active(drug.name, dose.amount, dose.unit.ucum, None, drug.first_code))
        content.names.append(drug)
    if total and content.total_ml and abs(total - content.total_ml) > VOLUME_LIMIT * total:
        line.note(
            "VOLUME_MISMATCH", f"total_ml is {amount(total)} mL, drug and base add up to {amount(content.total_ml)} mL"
        )
    note_what_blocks(line, content, drug, parts.route)
    if not cells["verified_by"]:
        line.note("UNVERIFIED", "No pharmacist of the sender has verified this order")
    return Order(
        key=key,
        version=1,
        control=control,
        status="active",
        group="",
        drug=drug.name,
        drug_codes=drug.codes,
        dose=dose.amount,
        dose_unit=dose.unit.ucum,
        actives=tuple(content.actives),
        base=content.base,
        others=(),
        container=parts.container,
        route=parts.route,
        rate_ml_h=None,
        duration_min=None,
        total_volume_ml=total or content.total_ml,
        due_at=parts.due,
        due_text=cells["due_at"],
        priority=cast(Priority, cells["priority"] or "R"),
        frequency=cells["frequency"],
        doses_total=tablets.doses,
        dispense_quantity=tablets.quantity,
        dispense_unit=cells["dispense_unit"],
        strength=f"{tablets.strength:f} mg" if tablets.strength else "",
        protocol=cells["protocol"],
        prescriber=Person(cells["prescriber"]) if cells["prescriber"] else None,
        verified_by=Person(cells["verified_by"]) if cells["verified_by"] else None,
        instructions=(Instruction("admin", cells["instructions"]),) if cells["instructions"] else (),
        source="csv",
        profile_version=line.profile.version,
    )


def _route(line: Line) -> Route | None:
    said = line.cells["route"]
    if said not in get_args(Route):
        line.fault("ROUTE_UNKNOWN" if said else "NO_ROUTE", "route", said, f"write one of {', '.join(get_args(Route))}")
        return None
    line.received.append(Received("route", said, "route"))
    return cast(Route, said)


def _container(line: Line) -> Container | None:
    said = line.cells["container"]
    if said in get_args(Container):
        return cast(Container, said)
    if said:
        line.note("CONTAINER_UNKNOWN", "container is not a word of the order sheet")
    return None
