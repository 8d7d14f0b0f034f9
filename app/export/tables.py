"""The five tables: a row a preparation, event, ingredient, weighing, line of a claim (R31, R48, R53, R58; INTERFACES 11)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType

from app.desk.story import Told
from app.export.cases import Case
from app.export.cells import Cell, Column, Row, columns
from app.export.wanted import Rows
from app.record.columns import moment_text
from workflows import budgets, measured, sharing
from workflows import events as happened
from workflows.accounts import VialKept, VialSetApart
from workflows.billing import NotBilled
from workflows.events import Event
from workflows.evidence import Container, Scan, Weighing
from workflows.pairs import completing
from workflows.preparation import Preparation
from workflows.rules.dating import beyond_use
from workflows.trials import shown_drug
from workflows.wording import chance_words, rounded, significant


@dataclass(frozen=True)
class Table:
    """One shape of rows."""

    schema: str
    """Name and version of its columns."""
    columns: tuple[Column, ...]
    """In order."""
    rows: Callable[[Case], Iterator[Row]]
    """The rows of one preparation."""


PREPARATIONS = columns(
    "preparation", "order", "patient", "patient_number", "drug", "ordered_mg:number", "found_mg:number",
    "deviation_percent:number", "drug_volume_ml:number", "base", "base_ml:number", "final_mg_per_ml:number", "route",
    "container", "state", "outcome", "station", "cabinet", "technician", "witness", "verified_by", "approved_by",
    "opened:time", "compounding_began:time", "liquids_met:time", "approved:time", "released:time", "use_before:time",
    "needed:time", "near_misses:whole", "near_miss_codes", "values_changed:whole", "waived:whole", "typed_codes:whole",
    "scanned_codes:whole", "reprints:whole", "photo_retakes:whole", "stops:whole", "calls:whole", "reworks:whole",
    "replaces", "vials:whole", "wasted_ml:number", "wasted_mg:number", "kept_mg:number",
    "brought_in_mg:number", "recipe", "recipe_version:whole",
    "policy_version:whole", "procedure", "events:whole", "digest", "dose_expanded_mg:number", "dose_outside_chance",
    "amounts_by", "by_volume_for",
)  # fmt: skip
EVENTS = columns(
    "preparation", "event:whole", "at_utc", "at_site:time", "kind", "what", "details", "mark", "who", "second_person",
    "station", "drug", "dose_mg:number", "order", "patient", "patient_number", "old_value", "new_value",
    "corrects_event:whole", "corrected_by", "taken_back_by:whole", "codes", "photos", "digest",
)  # fmt: skip
INGREDIENTS = columns(
    "preparation", "patient", "slot", "as", "name", "drug", "ndc", "gtin14", "maker", "lot", "expiry:day", "unit",
    "labelled_mg:number", "labelled_ml:number", "mg_per_ml:number", "identified", "code_received", "scanned:time", "who",
    "witness", "fate", "in_it_mg:number", "kept_label", "kept_mg:number", "kept_then",
)  # fmt: skip
WEIGHINGS = columns(
    "preparation", "slot", "event:whole", "at_site:time", "g:number", "mode", "empty_pan_g:number", "balance",
    "settled_in_s:number", "balance_said", "verdict", "codes", "who", "station", "drug",
    "d_g:number", "s_g:number", "s_measured:time",
)  # fmt: skip
BILLING = columns(
    "preparation", "order", "patient", "patient_number", "drug", "service:day", "hcpcs", "modifier", "units:whole",
    "mg:number", "ndc", "prescribed_mg:number", "code_status", "formula", "remark", "not_billed",
)  # fmt: skip


def _preparation(case: Case) -> Iterator[Row]:
    p, log = case.opened.p, case.opened.log
    limit, account, doubt = beyond_use(p), measured.account(p), budgets.of_dose(p)
    events = tuple(one.event for one in log)
    closed = next((one for one in events if isinstance(one, happened.Closed)), None)
    verify, approve, met = p.entries.get("verify"), p.entries.get("approve"), p.entries.get(completing(p.planned))
    scans = [entry.evidence for entry in p.entries.values() if isinstance(entry.evidence, Scan)]
    yield Row((
        case.id, case.text(p.order.key.placer), case.patient, case.number, shown_drug(p.master), p.planned.ordered_mg,
        _found_mg(p), rounded(account.compounding * 100, 2) if account else None,
        *_mixed(p), p.order.route,
        p.order.container or "bag", case.opened.row.status, p.outcome or "open", p.station, p.cabinet.code if p.cabinet else "",
        case.who(p.claimed_by), case.who(*sorted(entry.second for entry in p.entries.values())),
        case.who(verify.who if verify else ""), case.who(approve.who if approve else ""),
        log[0].at, p.started_at, met.at if met else None, approve.at if approve else None, _when(case, happened.Released),
        limit.at if limit else None, p.order.due_at, sum(not one.in_doubt for one in p.near_misses),
        " ".join(sorted({code for miss in p.near_misses for code in miss.codes})),
        sum(bool(line.corrected_by or line.undone_by) for line in case.opened.lines), len(p.waivers),
        sum(scan.how == "typed" for scan in scans), len(scans), _reprints(events),
        max(len(p.pictures) - len(p.photos()), 0), _count(events, happened.Paused), _count(events, happened.PharmacistCalled),
        p.reworks, case.other(p.replaces), p.counts.bottles if p.counts else p.plan.vials, closed.wasted_ml if closed else None,
        closed.wasted_mg if closed else None, closed.kept_mg if closed else None, closed.brought_mg if closed else None,
        p.master.name, p.master.version, p.policy.version,
        f"{p.workflow}/{p.workflow_version}", p.version, case.text(p.digest),
        significant(doubt.expanded, 2, 2) if doubt else None, chance_words(doubt.chance) if doubt else "",
        "count" if p.counts else "volume" if p.plan.by_volume else "weight",
        f"{p.plan.by_volume.why}: {p.plan.by_volume.reason}" if not p.counts and p.plan.by_volume else "",
    ))  # fmt: skip


def _mixed(p: Preparation) -> tuple[Decimal | None, str, Decimal | None, Decimal | None]:
    """Return drawn mL, base, its mL and the final mg/mL; nothing of these of what is counted."""
    if p.counts:
        return None, "", None, None
    return (
        rounded(p.plan.volume_ml, 2),
        p.plan.base,
        p.plan.base_ml if p.plan.gain else None,
        rounded(p.plan.final_mg_ml, 4),
    )


def _prescribed_mg(p: Preparation) -> Decimal:
    return p.counts.total_mg if p.counts else p.plan.prescribed_mg


def _found_mg(p: Preparation) -> Decimal | None:
    """Return mg found: in all draws, or in what was counted twice."""
    if p.counts:
        return p.counts.total_mg if "count-2" in p.entries else None
    found = measured.dispensed(p)
    return significant(found.mg, 1) if found else None


def _when(case: Case, kind: type) -> datetime | None:
    return next((one.at for one in case.opened.log if isinstance(one.event, kind)), None)


def _count(events: tuple[Event, ...], kind: type) -> int:
    return sum(isinstance(one, kind) for one in events)


def _reprints(events: tuple[Event, ...]) -> int:
    return sum(isinstance(one, happened.LabelRecorded) and bool(one.reason) for one in events)


def _events(case: Case) -> Iterator[Row]:
    p = case.opened.p
    drug, dose, order = shown_drug(p.master), p.planned.ordered_mg, case.text(p.order.key.placer)
    people = {one.version: (one.who, one.second) for one in case.opened.log}
    codes = {one.version: _codes(one.event) for one in case.opened.log}
    for line in case.opened.lines:
        who, second = people.get(line.version, ("", ""))
        yield Row((
            case.id, line.version or None, moment_text(line.at), line.at, line.kind, case.text(line.title),
            case.text(" | ".join(line.details)), line.mark,
            line.who if case.free else case.who(who), line.second if case.free else case.who(second), line.station, drug,
            dose, order, case.patient, case.number, case.text(line.old), case.text(line.new), line.of_version or None,
            " ".join(map(str, line.corrected_by)), line.undone_by or None, codes.get(line.version, _refused(line)),
            case.text(" ".join(line.photos)), case.text(line.digest),
        ))  # fmt: skip


def _codes(event: Event) -> str:
    return " ".join(one.code for one in event.findings) if isinstance(event, happened.Rejected) else ""


def _refused(line: Told) -> str:
    return line.details[0].rpartition("(")[2].rstrip(")") if line.mark == "refused" and line.details else ""


def _ingredients(case: Case) -> Iterator[Row]:
    p = case.opened.p
    fates = _fates(p, case)
    for slot, entry in p.entries.items():
        scan = entry.evidence
        if isinstance(scan, Scan) and isinstance(scan.found, Container):
            fate = fates.get((scan.found.unit, scan.found.text, scan.found.lot), "in it")
            yield Row((
                case.id, case.patient, slot, *_container(scan.found), scan.how, scan.raw, entry.at, case.who(entry.who),
                case.who(entry.second), fate, _in_it_mg(scan.found), *_kept_of(case, slot),
            ))  # fmt: skip
            yield from _came_with(case, slot, scan.found)
    for found in p.set_aside:
        fate = fates.get((found.unit, found.text, found.lot), "set aside")
        row = (case.id, case.patient, "", *_container(found), "", "", None, "", "", fate, _in_it_mg(found), *NOT_KEPT)
        yield Row(row)


NOT_KEPT: tuple[Cell, ...] = ("", None, "")


def _in_it_mg(found: Container) -> Decimal | None:
    """Return the mg that a vial brought in: by its label, or what was left in one that another patient's dose came from."""
    if found.opened is None:
        return found.amount_mg
    return None if found.concentration_mg_ml is None else found.opened.left_ml * found.concentration_mg_ml


def _kept_of(case: Case, slot: str) -> tuple[Cell, ...]:
    """Return under which label a vial of it was kept, with how many mg, and what became of it since (R32)."""
    kept = next((one for one in sharing.kept(case.opened.p) if one.slot == slot), None)
    if kept is None:
        return NOT_KEPT
    known = case.kept.get(kept.label)
    if known is None:
        return kept.label, kept.left_mg, ""
    then = f"used for {case.other(known.user)}" if known.user else case.text(known.thrown) or known.word
    return kept.label, kept.left_mg, then


def _came_with(case: Case, slot: str, found: Container) -> Iterator[Row]:
    """Yield what an opened vial brought with it: the diluent it was dissolved in, and the adaptor on it, by lot."""
    for one in found.opened.parts if found.opened else ():
        part = replace(
            Container(one.role, one.item_id, one.text), ndc=one.ndc, gtin14=one.gtin14,
            lot=one.lot, expiry=one.expiry, unit=one.unit,
        )  # fmt: skip
        yield Row((case.id, case.patient, slot, *_container(part), "", "", None, "", "", CAME_WITH, None, *NOT_KEPT))


CAME_WITH = "in or on the opened vial"
"""Fate of a diluent or an adaptor that an opened vial brought with it."""


def _fates(p: Preparation, case: Case) -> dict[tuple[str, str, str], str]:
    closed = next((one.event for one in case.opened.log if isinstance(one.event, happened.Closed)), None)
    return {(one.unit, one.text, one.lot): one.fate for one in closed.accounts} if closed and p.closed else {}


def _container(one: Container) -> tuple[Cell, ...]:
    amounts: tuple[Decimal | None, ...] = (one.amount_mg, one.volume_ml, one.concentration_mg_ml)
    names = (one.role, one.text, one.drug, one.ndc, one.gtin14, one.maker, one.lot)
    return (*names, one.expiry, one.unit, *amounts)


def _weighings(case: Case) -> Iterator[Row]:
    p = case.opened.p
    for one in case.opened.log:
        event = one.event
        seen = _reading(event)
        if seen is None or not isinstance(event, happened.Accepted | happened.Rejected | VialSetApart | VialKept):
            continue
        verdict = "rejected" if isinstance(event, happened.Rejected) else "accepted"
        yield Row((
            case.id, _weighed_as(event), one.version, one.at, seen.g, seen.mode, seen.zero_g, seen.balance, seen.settled_in_s,
            " | ".join(seen.raw), verdict, _codes(event), case.who(one.who), one.station, shown_drug(p.master),
            seen.division_g, seen.repeatability_g, seen.qualified_at,
        ))  # fmt: skip


def _weighed_as(event: happened.Accepted | happened.Rejected | VialSetApart | VialKept) -> str:
    """Return the slot that was weighed; of a vial that is kept which of its two readings, without and with its label."""
    which = {VialSetApart: "vial-set-apart", VialKept: "vial-kept"}.get(type(event))
    return event.slot if which is None else event.slot.replace("vial", which, 1)


def _reading(event: Event) -> Weighing | None:
    """Return the reading of an event, also that of a vial that was weighed to be kept (R32); None where it has none."""
    if isinstance(event, VialSetApart | VialKept):
        return event.weighing
    evidence = event.evidence if isinstance(event, happened.Accepted | happened.Rejected) else None
    return evidence if isinstance(evidence, Weighing) else None


def _billing(case: Case) -> Iterator[Row]:
    """One row a line; a released preparation without one has a row that says why (R58)."""
    p = case.opened.p
    who = (case.id, case.text(p.order.key.placer), case.patient, case.number, shown_drug(p.master))
    if isinstance(case.billed, NotBilled):
        yield Row((*who, None, "", "", None, None, "", _prescribed_mg(p), "", "", "", case.billed.says))
        return
    for one in case.billed:
        status = "confirmed" if one.confirmed else "UNCONFIRMED"
        said = (one.day, one.code, one.modifier, one.units, one.mg, one.ndc, _prescribed_mg(p), status)
        yield Row((*who, *said, one.formula, one.remark, ""))


TABLES: Mapping[Rows, Table] = MappingProxyType(
    {
        "preparations": Table("vialtrace-preparations/3", PREPARATIONS, _preparation),
        "events": Table("vialtrace-events/2", EVENTS, _events),
        "ingredients": Table("vialtrace-ingredients/2", INGREDIENTS, _ingredients),
        "weighings": Table("vialtrace-weighings/2", WEIGHINGS, _weighings),
        "billing": Table("vialtrace-billing/1", BILLING, _billing),
    }
)
"""A new table adds its line."""
