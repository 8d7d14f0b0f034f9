"""Messages out: the status of an order (ORM^O01) and the dispense at its release (RDS^O13); every value escaped (I12)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from app.interfaces.ack import OURS, escape
from app.interfaces.news import News
from app.interfaces.profile import Profile
from workflows.evidence import Container
from workflows.order import Code, Order, PatientText, Person
from workflows.wording import significant

NAMESPACE = "VIALTRACE"
ROUTES = {
    "IV": ("Intravenous", "HL70162"), "IT": ("Intrathecal", "HL70162"), "PO": ("Oral", "HL70162"),
    "SC": ("Subcutaneous", "HL70162"), "IM": ("Intramuscular", "HL70162"), "IP": ("Intraperitoneal", "HL70162"),
    "TOP": ("Topical", "99VT"), "IVES": ("Intravesical", "99VT"), "IPL": ("Intrapleural", "99VT"),
}  # fmt: skip
"""Route to its name and the table that its code stands in: HL7's, or ours."""
UNITS = {
    "mg": "milligram",
    "mL": "milliliter",
    "g": "gram",
    "ug": "microgram",
    "[iU]": "international unit",
    "mmol": "millimole",
}


@dataclass(frozen=True, slots=True)
class Made:
    """What a release says of the product."""

    released_at: datetime
    """UTC."""
    measured: Decimal | None
    """Measured amount of the ordered drug in mg, unrounded; None where nothing was weighed."""
    window: tuple[Decimal, Decimal] | None
    """Least and most mg that the measured amount may be, unrounded; None where nothing was weighed."""
    quantity: Decimal
    """How many containers, or how many tablets or capsules."""
    beyond_use: datetime
    """Administration must begin before it, UTC."""
    prepared_by: Person
    """Who compounded it."""
    approved_by: Person | None
    """Who approved it."""
    barcode: str
    """Content of the dose's barcode."""
    parts: tuple[Container, ...]
    """Every container that went in."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One message to be written."""

    news: News
    """What it tells."""
    order: Order
    """As it now stands."""
    patient: PatientText
    """Whose it is."""
    preparation: str
    """Our number; empty where none was opened."""
    at: datetime
    """When it happened, UTC."""
    who: Person
    """Who did it."""
    id: str
    """Our MSH-10: the same however often it is sent."""
    profile: Profile
    """Of the receiver: its zone, and the processing id it works under."""
    made: Made | None = None
    """For a dispense."""


def line(name: str, *fields: str) -> str:
    """Return one segment; empty fields at its end are left out."""
    return "|".join((name, *fields)).rstrip("|")


def parts(*components: str) -> str:
    """Return components, each escaped; empty ones at the end are left out."""
    return "^".join(escape(one) for one in components).rstrip("^")


def when(at: datetime, zone: ZoneInfo) -> str:
    """Return a moment in the receiver's zone with its offset."""
    return f"{at.astimezone(zone):%Y%m%d%H%M%S%z}"


def write(letter: Letter) -> str:
    """Return the message, segments ended by CR. Raises ValueError for a dispense that says nothing of the product."""
    dispense = letter.news.kind == "dispense"
    segments = [_msh(letter, "RDS^O13^RDS_O13" if dispense else "ORM^O01^ORM_O01"), _pid(letter.patient)]
    if dispense:
        if letter.made is None:
            raise ValueError("a dispense says what was made")
        segments += [_pv1(letter.patient), _orc(letter), *_ordered(letter), *_dispensed(letter, letter.made)]
    else:
        segments.append(_orc(letter))
    return "".join(f"{one}\r" for one in segments)


def _msh(letter: Letter, kind: str) -> str:
    app, _, facility = letter.order.key.sender.partition("|")
    ends = (*OURS, app, facility)
    head = "|".join(
        (
            *map(escape, ends),
            when(letter.at, letter.profile.zone),
            "",
            kind,
            escape(letter.id),
            letter.profile.processing_id,
            "2.5.1",
        )
    )
    return f"MSH|^~\\&|{head}||||||UNICODE UTF-8"


def _pid(patient: PatientText) -> str:
    number = f"{parts(patient.mrn, '', '', patient.authority, 'MR')}"
    birth = f"{patient.birth_date:%Y%m%d}" if patient.birth_date else ""
    return line(
        "PID", "1", "", number, "", parts(patient.family, *patient.given.split(" ", 1)), "", birth, escape(patient.sex)
    )


def _pv1(patient: PatientText) -> str:
    """Return where the patient is and the visit; the class is unknown here, so it is said to be (U)."""
    place = parts(*patient.location.split(" "))
    return line("PV1", "1", "U", place, *[""] * 15, escape(patient.visit))


def _person(who: Person | None) -> str:
    return parts(who.id, who.name, "", "", "", "", who.role) if who else ""


def _orc(letter: Letter) -> str:
    order, news = letter.order, letter.news
    fields = [news.control, parts(order.key.placer, order.key.placer_ns)]
    fields += [parts(letter.preparation, NAMESPACE) if letter.preparation else "", escape(order.group), news.status]
    fields += ["", "", "", when(letter.at, letter.profile.zone), _person(letter.who)]
    fields += [_person(letter.made.approved_by if letter.made else None), _person(order.prescriber), "", "", ""]
    return line("ORC", *fields, parts(news.code, news.words, "L") if news.code else "")


def _coded(code: Code | None, text: str) -> str:
    return parts(code.code, code.text or text, code.system) if code else parts("", text)


def _unit(unit: str) -> str:
    return parts(unit, UNITS.get(unit, unit), "UCUM")


def _amount(value: Decimal) -> str:
    return f"{value:f}"


def _measure(mg: Decimal) -> str:
    """Return what was measured, in mg: four figures, so that a small dose says as much as a large one."""
    return _amount(significant(mg, 1))


def _ordered(letter: Letter) -> list[str]:
    """Return the order as it was received: RXE, TQ1, RXR, RXC."""
    order = letter.order
    drug = _coded(order.drug_codes[0] if order.drug_codes else None, order.drug)
    form = _container(order)
    rxe = [
        "",
        drug,
        _amount(order.dose),
        "",
        _unit(order.dose_unit),
        form,
        "",
        "",
        "",
        _optional(order.dispense_quantity),
    ]
    rxe += [
        escape(order.dispense_unit),
        *[""] * 11,
        _optional(order.rate_ml_h),
        "mL/h" if order.rate_ml_h is not None else "",
    ]
    found = [line("RXE", *rxe)]
    length = parts(_amount(order.duration_min), "min") if order.duration_min is not None else ""
    count = str(order.doses_total or "")
    due = when(order.due_at, letter.profile.zone)
    found.append(
        line("TQ1", "1", "", escape(order.frequency), "", "", "", due, "", order.priority, "", "", "", length, count)
    )
    found.append(_route(order))
    if order.base:
        base = order.base
        found.append(line("RXC", "B", _coded(base.code, base.fluid), _amount(base.volume_ml), _unit("mL")))
    actives = ((one.code, one.drug, one.amount, one.unit) for one in order.actives)
    found += [line("RXC", "A", _coded(code, drug), _amount(value), _unit(unit)) for code, drug, value, unit in actives]
    others = ((one.code, one.text, one.amount, one.unit) for one in order.others if one.kind == "additive")
    found += [line("RXC", "A", _coded(code, text), _amount(value), _unit(unit)) for code, text, value, unit in others]
    return found


def _optional(value: Decimal | None) -> str:
    return "" if value is None else _amount(value)


def _container(order: Order) -> str:
    return parts(order.container.upper(), order.container, "99VT") if order.container else ""


def _route(order: Order) -> str:
    name, table = ROUTES[order.route]
    return line("RXR", parts(order.route, name, table))


def _dispensed(letter: Letter, made: Made) -> list[str]:
    """Return RXD with what was measured, and OBX with measured amount, dose barcode and each lot."""
    order = letter.order
    lots = dict.fromkeys(escape(one.lot) for one in made.parts if one.role == "drug" and one.lot)
    measured = made.measured
    fields = [
        str(order.dose_no or 1),
        _coded(order.drug_codes[0] if order.drug_codes else None, order.drug),
        when(made.released_at, letter.profile.zone),
        _amount(made.quantity),
        _container(order),
        "",
        escape(order.key.placer),
        "",
        escape(_note(order, measured)),
        _person(made.prepared_by),
        *("", "", "", "", ""),
        _measure(measured) if measured is not None else "",
        _unit("mg") if measured is not None else "",
        "~".join(lots),
        when(made.beyond_use, letter.profile.zone),
        *("", ""),
        _amount(order.total_volume_ml) if order.total_volume_ml is not None else "",
        _unit("mL") if order.total_volume_ml is not None else "",
    ]
    return [line("RXD", *fields), _route(order), *_observed(letter, made)]


def _note(order: Order, measured: Decimal | None) -> str:
    """Return the note of RXD-9: what was measured, and how far from the order."""
    scale = {"mg": Decimal(1), "g": Decimal(1000), "ug": Decimal("0.001")}.get(order.dose_unit)
    if measured is None or scale is None:
        return ""
    off = (measured / (order.dose * scale) - 1) * 100
    return f"Gravimetric: {_measure(measured)} mg measured ({off:+.2f} percent)"


def _observed(letter: Letter, made: Made) -> list[str]:
    rows: list[tuple[str, str, str, str, str, str, str]] = []
    if made.measured is not None:
        found, unit = _measure(made.measured), _unit("mg")
        rows.append(("NM", "VT-MEAS", "Measured drug amount", found, unit, *_range(made.measured, made.window)))
    if made.barcode:
        rows.append(("ST", "VT-BARCODE", "Dose label barcode", escape(made.barcode), "", "", ""))
    for one in made.parts:
        expiry = f" exp {one.expiry:%Y-%m-%d}" if one.expiry else ""
        text = f"{one.ndc or one.item_id} lot {one.lot or 'unknown'}{expiry}"
        rows.append(("ST", "VT-LOT", "Component lot", escape(text), "", "", ""))
    return [
        line("OBX", str(n), kind, parts(code, name, "99VT"), "", value, unit, window, flag, "", "", "F", "", "",
             when(made.released_at, letter.profile.zone))
        for n, (kind, code, name, value, unit, window, flag) in enumerate(rows, 1)
    ]  # fmt: skip


def _range(measured: Decimal, window: tuple[Decimal, Decimal] | None) -> tuple[str, str]:
    """Return OBX-7 and OBX-8: the window, and N inside it, L or H beyond."""
    if window is None:
        return "", ""
    low, high = window
    return f"{_measure(low)}-{_measure(high)}", "L" if measured < low else "H" if measured > high else "N"
