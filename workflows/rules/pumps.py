"""Is the pump right: its reservoir, what fills it up, the dose in what it infuses, its programme read by two (R55, G32)."""

from __future__ import annotations

from collections.abc import Iterator

from workflows import events as happened
from workflows import measured
from workflows.containers import called
from workflows.evidence import Confirmation, Container, Programme, Scan, Weighing
from workflows.findings import Finding
from workflows.preparation import Preparation
from workflows.rules.identity import SET_ASIDE, words
from workflows.rules.people import entitled, may_judge
from workflows.rules.rule import Case, Rule
from workflows.rules.weighing import with_reading
from workflows.standing import READS_THE_PUMP, SETS_THE_PUMP, SHOWS_THE_PUMP
from workflows.wording import amount

SHUT = "air out and clamp closed"
"""What is confirmed of a filled reservoir."""
UNLIKE = frozenset({"LIBRARY_DIFFERS", "PROGRAMME_DIFFERS"})
"""What is found of a programme that is not the planned one."""


def set_anew(p: Preparation, slot: str, findings: tuple[Finding, ...]) -> tuple[happened.Redone, ...]:
    """Return the event that opens a pump's setting and its picture again where the second reading finds another one.

    What was set is then not what stands on record, whoever misread it: it is set, photographed and read anew, by two.
    """
    again = tuple(one for one in (SETS_THE_PUMP, SHOWS_THE_PUMP) if one in p.entries)
    if slot != READS_THE_PUMP or not again or UNLIKE.isdisjoint(finding.code for finding in findings):
        return ()
    return (happened.Redone(again, "the pump's screen was read otherwise than it was set"),)


def _reservoir(case: Case[Scan]) -> Finding | None:
    found, pump, plan = case.evidence.found, case.preparation.plan.pump, case.preparation.plan
    if pump is None:
        return Finding("NO_PUMP", "This preparation is for no pump.", "Call the pharmacist.")
    wanted = f"{pump.part}, {amount(pump.capacity_ml)} mL"
    if not isinstance(found, Container):
        return Finding("WRONG_KIND", f"Scanned {words(found)}. Needed the {called(plan)}: {wanted}.", "Scan it.")
    if found.role != "base" or found.part != pump.part:
        return Finding("WRONG_RESERVOIR", f"Scanned {words(found)}. Needed {wanted}.", SET_ASIDE)
    if found.volume_ml != pump.capacity_ml:
        return Finding("WRONG_VOLUME", f"Scanned {words(found)}. Needed {wanted}.", SET_ASIDE)
    return None


def _fluid(case: Case[Scan]) -> Finding | None:
    found, pump = case.evidence.found, case.preparation.plan.pump
    fluid = pump.fluid if pump else "no diluent"
    if not isinstance(found, Container):
        return Finding("WRONG_KIND", f"Scanned {words(found)}. Needed {fluid}.", "Scan what the screen asks for.")
    if found.role not in ("diluent", "base") or found.fluid != fluid:
        return Finding("WRONG_DILUENT", f"Scanned {words(found)}. Needed {fluid}.", SET_ASIDE)
    if pump is not None and (found.volume_ml is None or found.volume_ml < pump.fluid_ml):
        says = f"Scanned {words(found)}. {pump.fluid_ml:.1f} mL of {fluid} are needed from one container."
        return Finding("TOO_SMALL", says, SET_ASIDE)
    return None


def _shut(case: Case[Confirmation]) -> Finding | None:
    if case.evidence.item == SHUT:
        return None
    says = f"Confirmed {case.evidence.item}; asked for {SHUT}."
    return Finding("OTHER_ITEM", says, "Confirm what the screen shows.")


def _dose(case: Case[Weighing]) -> Finding | None:
    """Judge what all draws together make of the strength: each may be right, and drug and diluent off in opposite ways."""
    p = with_reading(case.preparation, case.slot, case.evidence)
    given, pump = measured.infused(p), p.pump
    if given is None or pump is None or abs(given.mg / p.plan.prescribed_mg - 1) <= p.policy.dose_tolerance:
        return None
    off = f"{(given.mg / p.plan.prescribed_mg - 1) * 100:+.1f} %"
    wanted = f"{amount(p.plan.prescribed_mg)} mg are needed ({off})"
    says = f"{amount(pump.infuse_ml)} mL would hold {given.mg:.1f} mg; {wanted}."
    return Finding("DOSE_NOT_IN_VOLUME", says, "Do not inject. Correct this syringe, or REDO one of the others.")


def _programme(case: Case[Programme]) -> Finding | None:
    pump, read = case.preparation.plan.pump, case.evidence
    if pump is None:
        return Finding("NO_PUMP", "This preparation is for no pump.", "Call the pharmacist.")
    if (read.entry, read.version) != (pump.entry, pump.entry_version):
        says = (
            f"The pump shows library entry {read.entry or 'none'}, version {read.version or 'none'}; "
            f"signed is {pump.entry}, version {pump.entry_version}."
        )
        do = "Choose the right entry. If the pump has another version, do not use it: call the pharmacist."
        return Finding("LIBRARY_DIFFERS", says, do)
    off = "; ".join(_differences(case))
    if off:
        return Finding("PROGRAMME_DIFFERS", f"The pump is set wrong: {off}.", "Set the pump anew, then read it anew.")
    return None


def _differences(case: Case[Programme]) -> Iterator[str]:
    pump, read = case.preparation.plan.pump, case.evidence
    if pump is None:
        return
    for what, shown, wanted, unit in (
        ("reservoir volume", read.reservoir_ml, pump.reservoir_ml, "mL"),
        ("rate", read.rate_ml_h, pump.rate_ml_h, "mL/h"),
        ("time", read.hours, pump.hours, "h"),
    ):
        if shown != wanted:
            yield f"{what} {amount(shown)} {unit}, not {amount(wanted)} {unit}"
    if not read.locked:
        yield "the programme is not locked"


def _second(case: Case[Programme]) -> Finding | None:
    """Judge who read it: somebody who never set this pump, right or wrong, and does not hand the reading in (R29)."""
    p, second = case.preparation, case.now.second
    if second is None or second.id in {case.now.who.id, *p.set_by}:
        says = "A second person, who never set this pump, reads its screen and gives badge and PIN."
        return Finding("SECOND_PERSON", says, "Ask a colleague.")
    if may_judge(second) and entitled(p, second, case.now):
        says = f"{second.name} may not check a pump's programme."
        return Finding("SECOND_PERSON", says, "Ask a technician with the competency, or a pharmacist.")
    return None


IS_THE_RESERVOIR = Rule[Scan](
    "It is the reservoir that was planned: its kind, its size, and its own flow where no pump is set (R55).",
    _reservoir,
    edges=("other reservoir", "other bag size", "badge"),
)
IS_THE_FLUID = Rule[Scan](
    "It is the fluid that fills up the reservoir, and enough of it in one container (R16).",
    _fluid,
    edges=("other fluid", "too little of it"),
)
IS_SHUT = Rule[Confirmation](
    "The person says that its air is out and its clamp closed (R55).", _shut, edges=("other item",)
)
DOSE_IS_IN_THE_VOLUME = Rule[Weighing](
    "What the weighed draws make of its strength, times the volume to infuse, is the dose within its limits (R55).",
    _dose,
    edges=("each at its upper limit",),
)
PROGRAMME_IS_AS_PLANNED = Rule[Programme](
    "Library entry and version are the register's, which a pharmacist and a nurse signed; reservoir volume, rate and hours "
    "are the plan's, which the label bears; it is locked. Read otherwise by the second person, it is set, photographed and "
    "read anew (R55, G32).",
    _programme,
    edges=("other entry", "other version", "ten times the rate", "other hours", "other reservoir volume", "not locked"),
)
IS_READ_BY_A_SECOND = Rule[Programme](
    "A second person, who never set this pump, not before it was set anew either, read it from the screen: a technician "
    "with the competency, or a pharmacist (R29, R55).",
    _second,
    edges=("checked alone", "checked by whom it may not"),
)
