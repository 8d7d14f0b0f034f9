"""One ORC and its segments to one order: who asks, what, when, and every fault that stands in the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import cast, get_args

from app.interfaces.components import (
    TABLETS_DISAGREE,
    Content,
    Dose,
    Row,
    Tablets,
    complete,
    content_of,
    hard_stop,
    judge_rows,
    note_what_blocks,
    quantities_disagree,
)
from app.interfaces.hl7_coded import leaves, once
from app.interfaces.hl7_components import read_dose, read_route, read_rows, two_units
from app.interfaces.hl7_group import RXE, RXO, Group, Sheet, drug_segment
from app.interfaces.hl7_measures import Measures, z_values
from app.interfaces.hl7_prescribed import Pharmacy, compare, read_prescribed
from app.interfaces.hl7_reader import Segment
from app.interfaces.hl7_timing import Timing, rate_and_duration, read_timing
from app.interfaces.products import Named, named, names_another
from app.interfaces.profile import LABEL
from app.interfaces.reading import Header, OrderAct
from app.interfaces.spellings import containers_meant
from app.interfaces.values import moment, number
from workflows.order import Active, Container, Instruction, Order, OrderKey, Person, Received, Route

WITH_CONTENT = frozenset({"NW", "XO", "RP"})
AGAINST_AN_ORDER = frozenset({"CA", "DC", "HD", "ER", "CM", "RP"})
"""ORC-5 of what nobody wants made: cancelled, discontinued, held, in error, done, replaced."""
ALIKE = (frozenset({"bag", "minibag"}), frozenset({"syringe", "oral syringe"}))
"""Containers that a device's short word cannot tell apart."""
ANY_PUMP = containers_meant("pump")
"""What the bare word pump may be: what runs a bag or a syringe as well."""
ORC_ONLY = frozenset({"CA", "DC", "HD", "RL", "SC"})


def read_act(group: Group, sheet: Sheet, header: Header, measures: Measures) -> OrderAct:
    """Return what one ORC asks; faults and findings are on the sheet."""
    orc, profile = group.orc, sheet.profile
    control, placer = orc.value(1), orc.value(2, 1)
    if not placer:
        sheet.fault("NO_PLACER_NUMBER", sheet.place(orc, 2))
    for number_ in (2, 4) if profile.group_in_key else (2,):
        if not once(orc, number_):
            sheet.fault("SEVERAL_VALUES", sheet.place(orc, number_))
    if len(leaves(orc, 1)) > 1:
        control = "?"
    plan = orc.value(4, 1)
    key = OrderKey(header.sender, placer, orc.value(2, 2), plan if profile.group_in_key else "")
    order = None
    if control in WITH_CONTENT:
        order = _order(group, sheet, header, measures, key)
    elif control not in ORC_ONLY:
        sheet.fault("ORDER_CONTROL", sheet.place(orc, 1))
    changed = _changed_at(sheet, orc)
    if order:
        order = replace(order, changed_at=changed, received=tuple(sheet.received))
    reason = orc.value(16, 2) or orc.value(16, 1)
    places = (sheet.place(orc, 2), sheet.place(orc, 1), sheet.place(orc, 9))
    act = OrderAct(control, key, places[0], places[1], changed, places[2], order, tuple(sheet.findings), reason)
    return replace(act, received=tuple(sheet.received))


def _changed_at(sheet: Sheet, orc: Segment) -> datetime | None:
    text = orc.value(9)
    found: datetime | str | None = moment(text, sheet.profile.zone) if text else None
    if len(leaves(orc, 9)) > 1:
        found = "DATE_INVALID"
    if isinstance(found, str):
        sheet.unreadable(sheet.place(orc, 9), "is not a date and time")
        return None
    return found


def _order(group: Group, sheet: Sheet, header: Header, measures: Measures, key: OrderKey) -> Order | None:
    """Read every part, so that every fault is found; return the order if there was none."""
    if group.orc.value(5) in AGAINST_AN_ORDER:
        sheet.unreadable(sheet.place(group.orc, 5), "says that the order is ended or held, and ORC-1 that it is wanted")
    drug = drug_segment(group, sheet, header.type)
    if drug is None:
        return None
    columns = RXE if drug.name == "RXE" else RXO
    _label(group, sheet, drug)
    thing = _drug(sheet, drug, columns["drug"])
    thing, rows, dose = _dose_and_rows(group, sheet, drug, thing)
    routes = group.under(drug.name, "RXR")
    read = read_route(sheet, routes, drug)
    route = read.route
    form = _form(sheet, drug, columns["form"])
    judge_rows(sheet, rows, thing, dose)
    complete(sheet, rows, route, form, rows[0].at.all if rows else "RXC")
    timing = read_timing(group, sheet, drug, dose)
    rate, duration = rate_and_duration(group, sheet, drug, columns)
    made = Pharmacy(thing, dose, rows, read.said, timing, duration, drug)
    _beside_the_prescriber(group, sheet, made, sheet.place(routes[0], 1) if routes else "RXR")
    oral = _oral(sheet, drug, columns, route, dose, timing)
    if sheet.faults or thing is None or dose.amount is None or dose.unit is None or route is None:
        return None
    if timing.due_at is None:
        return None
    content = _content(sheet, rows, routes, form)
    if not rows:
        content.actives.append(Active(thing.name, dose.amount, dose.unit.ucum, None, thing.first_code))
        content.names.append(thing)
    note_what_blocks(sheet, content, thing, route)
    order = Order(
        key=key,
        version=1,
        control=group.orc.value(1),
        status="active",
        group=group.orc.value(4, 1),
        drug=thing.name,
        drug_codes=thing.codes,
        dose=dose.amount,
        dose_unit=dose.unit.ucum,
        actives=tuple(content.actives),
        base=content.base,
        others=tuple(content.others),
        container=content.container,
        route=route,
        rate_ml_h=rate,
        duration_min=duration,
        total_volume_ml=content.total_ml,
        due_at=timing.due_at,
        due_text=timing.due_text,
        dispense_quantity=oral[0],
        dispense_unit=oral[1],
        strength=oral[2],
        message_id=header.control_id,
        profile_version=sheet.profile.version,
    )
    order = replace(order, priority=timing.priority, frequency=timing.frequency, doses_total=timing.doses_total)
    return _with_people(_with_measures(order, group, sheet, measures), group, sheet, header, drug)


def _content(sheet: Sheet, rows: list[Row], routes: list[Segment], form: Container | None) -> Content:
    """Return the components with their container; what RXR-3 gives the dose out of is noted where it is another.

    A pump runs a bag or a syringe as well.
    """
    content = content_of(sheet, rows)
    content.container = container = content.container or form
    for segment in routes:
        held = frozenset().union(*map(containers_meant, leaves(segment, 3)))
        alike = next((one for one in ALIKE if container in one), frozenset({container}))
        if container and held and not held >= ANY_PUMP and not held & alike:
            sheet.note("CONTAINER_UNKNOWN", f"{sheet.place(segment, 3)} names another container than the order's")
    return content


def _label(group: Group, sheet: Sheet, drug: Segment) -> None:
    """Keep the sender's own number of the label with the order, where its profile says where that stands."""
    if match := LABEL.fullmatch(sheet.profile.label_id):
        segment = group.orc if match[1] == "ORC" else drug
        if segment.name == match[1] and (said := segment.value(int(match[2]), int(match[3] or 1))):
            sheet.received.append(Received("label_id", said, sheet.place(segment, int(match[2]))))


def _beside_the_prescriber(group: Group, sheet: Sheet, made: Pharmacy, at: str) -> None:
    """Stop what is fatal by any route that anybody names (I41), and note what the prescriber asked for otherwise (I23)."""
    asked = read_prescribed(group, sheet) if made.segment.name == "RXE" else None
    every = (made.drug, *(row.named for row in made.rows), *(asked.named if asked else ()))
    said = made.routes | (asked.routes if asked else frozenset())
    hard_stop(sheet, said, [one for one in every if one], at)
    if asked:
        compare(sheet, asked, made)


def _with_measures(order: Order, group: Group, sheet: Sheet, measures: Measures) -> Order:
    """Add how the prescriber got to the dose, and the measures to check it with."""
    basis = z_values(group, sheet, measures)
    return replace(
        order,
        protocol=basis.protocol,
        cycle=basis.cycle,
        day=basis.day,
        per_unit_dose=basis.per_unit_dose,
        per_unit=basis.per_unit,
        reduction_percent=basis.reduction_percent,
        weight_kg=measures.weight_kg,
        height_cm=measures.height_cm,
        bsa_m2=measures.bsa_m2 or basis.bsa_m2,
        bsa_method=measures.bsa_method,
        measured_at=measures.measured_at,
        indication=basis.diagnosis,
    )


def _with_people(order: Order, group: Group, sheet: Sheet, header: Header, drug: Segment) -> Order:
    """Add who ordered, verified and typed it, and the sentences that came with it."""
    columns = RXE if drug.name == "RXE" else RXO
    return replace(
        order,
        prescriber=person(group.orc, 12),
        verified_by=_verifier(group, sheet, header, drug),
        entered_by=person(group.orc, 10),
        indication=order.indication or _words(drug, columns["indication"]),
        instructions=tuple(_instructions(group, drug)),
    )


def _drug(sheet: Sheet, drug: Segment, field_number: int) -> Named | None:
    thing = named(drug, field_number, sheet.profile)
    sheet.keep("drug", drug, field_number)
    if thing is None:
        sheet.fault("NO_DRUG", sheet.place(drug, field_number))
    elif thing.conflict:
        sheet.fault("CODE_NAME_CONFLICT", sheet.place(drug, field_number))
    beside = RXE["beside"] if drug.name == "RXE" else RXO["beside"]
    if thing and names_another(thing, leaves(drug, beside), sheet.profile):
        sheet.fault("CODE_NAME_CONFLICT", sheet.place(drug, beside))
    return thing


def _dose_and_rows(
    group: Group, sheet: Sheet, drug: Segment, thing: Named | None
) -> tuple[Named | None, list[Row], Dose]:
    """Return drug, component rows and dose; from the one active component where the profile says so (I21)."""
    dummies = sheet.profile.dummy_codes

    def is_dummy(one: Named | None) -> bool:
        return one is not None and any((code.system, code.code) in dummies for code in one.codes)

    if not (sheet.profile.dose_from_components or is_dummy(thing)):
        dose = read_dose(sheet, drug, RXE if drug.name == "RXE" else RXO)
        return thing, read_rows(sheet, group.under(drug.name, "RXC")), dose
    rows = read_rows(sheet, group.under(drug.name, "RXC"))
    repeated = {place for row in rows if is_dummy(row.named) for place in row.at.fields}
    sheet.faults[:] = [fault for fault in sheet.faults if fault.at not in repeated]
    kept = [row for row in rows if not is_dummy(row.named)]
    actives = [row for row in kept if row.role == "active"]
    if len(actives) != 1:
        sheet.fault("TWO_DRUGS" if actives else "NO_COMPONENTS", rows[0].at.all if rows else "RXC")
        return thing, kept, Dose(None, None, "RXC")
    row = actives[0]
    sheet.received += [replace(one, field="dose") for one in sheet.received if one.at == row.at.amount]
    return row.named, kept, Dose(row.amount, row.unit, row.at.amount)


def _form(sheet: Sheet, drug: Segment, field_number: int) -> Container | None:
    codes = [code for code in (drug.value(field_number, 1), drug.value(field_number, 4)) if code]
    sheet.keep("container", drug, field_number)
    found = {sheet.profile.forms[code] for code in codes if code in sheet.profile.forms}
    if len(found) == 1 and once(drug, field_number):
        word = found.pop()
        return cast(Container, word) if word in get_args(Container) else None
    if codes or drug.value(field_number, 2):
        sheet.note("CONTAINER_UNKNOWN", f"{sheet.place(drug, field_number)} is not in the sender's table of forms")
    return None


def _oral(
    sheet: Sheet, drug: Segment, columns: Mapping[str, int], route: Route | None, dose: Dose, timing: Timing
) -> tuple[Decimal | None, str, str]:
    """Return quantity, its unit and the strength of one unit; all three and the doses must agree where all are given."""
    quantity = sheet.optional(drug, columns["dispense"], "dispense_quantity")
    strength = sheet.optional(drug, columns["strength"], "strength")
    unit_text = drug.value(columns["strength_unit"])
    if two_units(sheet.profile, drug, columns["strength_unit"]):
        sheet.unreadable(sheet.place(drug, columns["strength_unit"]), "holds more than one unit")
        unit_text = ""
    words = f"{strength:f} {unit_text}".strip() if strength is not None else ""
    unit = sheet.profile.units.get(unit_text)
    tablets = Tablets(quantity, strength, unit, timing.doses_total)
    refills = drug.value(columns["refills"])
    if refills and number(refills) != 0:
        sheet.unreadable(sheet.place(drug, columns["refills"]), "asks for refills")
    if route not in (None, "PO") and quantity is not None:
        _one_a_dose(sheet, drug, columns, quantity, (dose, timing))
    if route == "PO" and quantities_disagree(tablets, dose):
        sheet.fault("AMOUNTS_DISAGREE", sheet.place(drug, columns["dispense"]), hint=TABLETS_DISAGREE)
    return quantity, drug.value(columns["dispense_unit"]), words


def _one_a_dose(
    sheet: Sheet, drug: Segment, columns: Mapping[str, int], quantity: Decimal, said: tuple[Dose, Timing]
) -> None:
    """Hold the quantity to dispense against the doses: one container each, or the whole amount; a volume is neither."""
    dose, doses = said[0], said[1].doses_total or 1
    unit = sheet.profile.units.get(drug.value(columns["dispense_unit"]))
    if unit is None or unit.dimension == "count":
        agrees = quantity == doses
    elif dose.unit and dose.amount and unit.dimension == dose.unit.dimension:
        agrees = quantity * unit.factor == dose.amount * dose.unit.factor * doses
    else:
        agrees = unit.dimension == "volume"
    if not agrees:
        sheet.unreadable(sheet.place(drug, columns["dispense"]), "is not one container, or the dose, for each dose")


def _verifier(group: Group, sheet: Sheet, header: Header, drug: Segment) -> Person | None:
    """Return who verified the order, or note that nobody did; a prescriber's order never is."""
    for place in sheet.profile.verified_fields if header.type == "RDE" else ():
        name, field_number = place.split("-")
        segment = {"ORC": group.orc, drug.name: drug}.get(name)
        found = person(segment, int(field_number)) if segment else None
        if found:
            return found
    sheet.note("UNVERIFIED", "No pharmacist of the sender has verified this order")
    return None


def person(segment: Segment, field_number: int) -> Person | None:
    """Return the person of an XCN field, or None."""
    number_, family, given, degree = (segment.value(field_number, component) for component in (1, 2, 3, 7))
    if not (number_ or family):
        return None
    return Person(number_, " ".join(part for part in (given, family) if part), degree)


def _words(segment: Segment, field_number: int) -> str:
    return segment.value(field_number, 2) or segment.value(field_number, 1)


def _sentences(segment: Segment, field_number: int) -> list[str]:
    texts = (
        segment.part(raw, 2).strip(" ") or segment.part(raw, 1).strip(" ") for raw in segment.repetitions(field_number)
    )
    return [text for text in texts if text and text != '""']


def _instructions(group: Group, drug: Segment) -> list[Instruction]:
    found = []
    if drug.name == "RXE":
        asked = group.drugs["RXO"]
        found += [Instruction("admin", text) for text in _sentences(drug, RXE["admin"])]
        found += [Instruction("pharmacy", text) for segment in asked for text in _sentences(segment, RXO["pharmacy"])]
        found += [Instruction("dispensing", text) for text in _sentences(drug, RXE["dispensing"])]
    else:
        found += [Instruction("admin", text) for text in _sentences(drug, RXO["admin"])]
        found += [Instruction("pharmacy", text) for text in _sentences(drug, RXO["pharmacy"])]
    for timing in (*group.under(drug.name, "TQ1"), *group.under("ORC", "TQ1")):
        found += [Instruction("admin", text) for text in (timing.value(11),) if text]
    for note in group.rest:
        if note.name == "NTE":
            texts = [note.marks.plain(raw) for raw in note.repetitions(3)]
            found += [Instruction("note", "\n".join(text for text in texts if text))] if any(texts) else []
    return found
