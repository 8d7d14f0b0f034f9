"""FHIR R4 as NDJSON, one resource a line: Task, MedicationDispense with its Medications, Provenance, AuditEvent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import BinaryIO
from zoneinfo import ZoneInfo

from app.export.cases import Case
from app.export.cells import About
from app.export.fhir_values import (
    NDC,
    OURS,
    PARTICIPANTS,
    SIGNATURE_TYPES,
    Json,
    coded,
    instant,
    patient,
    per_container,
    person,
    quantity,
    some,
    written,
)
from app.record import codec
from workflows import budgets, measured
from workflows import events as happened
from workflows.containers import held_in
from workflows.counting import CountPlan
from workflows.entries import Entry
from workflows.evidence import Container, Scan, Sheet, Signature
from workflows.pairs import completing
from workflows.preparation import Preparation
from workflows.rules.dating import beyond_use
from workflows.trials import shown_drug
from workflows.wording import chance_words, rounded, significant

SCHEMA = "vialtrace-fhir/1"
TASK = {
    "ordered": "requested", "ready": "requested", "hold": "on-hold", "paused": "on-hold", "released": "completed",
    "closed": "completed", "aborted": "failed", "remade": "rejected", "downtime": "completed",
}  # fmt: skip
"""Our states as a Task's; every other is in progress."""
OUTCOMES = {
    "released": ("completed", "completed"), "downtime": ("completed", "completed"),
    "aborted": ("failed", "stopped"), "remade": ("rejected", "stopped"),
}  # fmt: skip
"""How it ended, as a Task and as a MedicationDispense say it."""


class FhirFile:
    """Writes the resources of one preparation after the other."""

    def __init__(self, file: BinaryIO, about: About) -> None:
        """Write the first line: what the file says of itself, as Parameters."""
        self._file, self._zone, self._site, self._software = file, about.zone, about.site, about.software
        said = [{"name": name.replace(" ", "-"), "valueString": words} for name, words in about.said()]
        self._line({"resourceType": "Parameters", "id": "about", "parameter": said})

    def add(self, case: Case) -> int:
        """Write a preparation's resources; return how many."""
        count = 0
        for resource in resources(case, self._zone, self._site, self._software):
            self._line(resource)
            count += 1
        return count

    def close(self) -> None:
        """Nothing is left to be written."""

    def _line(self, resource: Json) -> None:
        self._file.write(written(resource) + b"\n")


def resources(case: Case, zone: ZoneInfo, site: str, software: str) -> Iterator[Json]:
    """Yield the resources of one preparation; events one by one only where free text may go along."""
    made = _Making(case, zone)
    yield made.task()
    yield made.dispense()
    yield made.provenance()
    if case.free:
        yield from (made.audit(place, site, software) for place in range(len(case.opened.log)))


@dataclass(frozen=True)
class _Making:
    case: Case
    zone: ZoneInfo

    @property
    def p(self) -> Preparation:
        return self.case.opened.p

    def reference(self, kind: str) -> Json:
        return {"reference": f"{kind}/{kind.lower()}-{self.case.id}"}

    def task(self) -> Json:
        p, case, log = self.p, self.case, self.case.opened.log
        state = case.opened.row.status
        status = OUTCOMES[p.outcome][0] if p.outcome else TASK.get(state, "in-progress")
        ended = log[-1].at if p.outcome else None
        return some(
            resourceType="Task",
            id=f"task-{case.id}",
            identifier=[{"system": f"{OURS}preparation", "value": case.id}],
            basedOn=[self._order()] if case.free else None,
            status=status,
            businessStatus=coded(f"{OURS}state", state, state),
            intent="filler-order",
            code={"text": "compound"},
            **{"for": patient(case)},
            executionPeriod=some(start=instant(log[0].at, self.zone), end=instant(ended, self.zone)),
            lastModified=instant(log[-1].at, self.zone),
            owner=person(case, p.claimed_by) if p.claimed_by else None,
            output=self._outputs(),
        )

    def _order(self) -> Json:
        """Return a reference to the order by the number that its sender gave it."""
        kind = coded(_TABLE_203, "PLAC", "Placer identifier")
        return {"type": "MedicationRequest", "identifier": some(type=kind, value=self.p.order.key.placer)}

    def _outputs(self) -> list[Json]:
        found, account = measured.dispensed(self.p), measured.account(self.p)
        if found is None or account is None:
            return []
        deviation = rounded(account.compounding * 100, 2)
        return [
            {"type": {"text": self._found_how()}, "valueQuantity": quantity(significant(found.mg, 1), "mg")},
            {"type": {"text": "deviation from order"}, "valueQuantity": quantity(deviation, "%")},
            *self._doubt(),
        ]

    def _found_how(self) -> str:
        by_volume = not self.p.counts and self.p.plan.by_volume is not None
        return "drug amount by volume, read by a second person" if by_volume else "measured drug amount"

    def _doubt(self) -> list[Json]:
        """Return how far the dose may be off; nothing where its readings did not state it."""
        guard = None if self.p.counts else budgets.of_dose(self.p)
        if guard is None:
            return []
        expanded = quantity(significant(guard.expanded, 2, 2), "mg")
        return [
            {"type": {"text": "expanded uncertainty of the drug amount, k = 2"}, "valueQuantity": expanded},
            {"type": {"text": "chance that the dose is outside its limit"}, "valueString": chance_words(guard.chance)},
        ]

    def dispense(self) -> Json:
        p, case = self.p, self.case
        met, container, sheet = p.entries.get(completing(p.planned)), p.order.container or "bag", _sheet(case)
        return some(
            resourceType="MedicationDispense",
            id=f"medicationdispense-{case.id}",
            contained=self._medications(container),
            identifier=[{"system": f"{OURS}dose", "value": case.id}],
            status=OUTCOMES[p.outcome][1] if p.outcome else "preparation",
            medicationReference={"reference": "#mix"},
            subject=patient(case),
            authorizingPrescription=[self._order()] if case.free else None,
            performer=self._performers(),
            quantity=quantity(Decimal(p.counts.count if p.counts else 1), container, f"{{{container}}}"),
            whenPrepared=instant(met.at if met else sheet.made_at if sheet else None, self.zone),
            note=self._note(paper=sheet is not None),
        )

    def _note(self, *, paper: bool) -> list[Json] | None:
        made = None if self.p.counts else self.p.plan.by_volume
        if paper:
            return [{"text": "made on paper during a downtime; nothing was weighed or scanned by the system"}]
        return [{"text": f"made by volume, not weighed: {made.why}; {made.reason}"}] if made else None

    def _performers(self) -> list[Json]:
        approve = self.p.entries.get("approve")
        hands = [("compounder", one) for one in sorted(self.p.hands)]
        checkers = [("final checker", approve.who)] if approve else []
        return [{"function": {"text": what}, "actor": person(self.case, one)} for what, one in (*hands, *checkers)]

    def _medications(self, container: str) -> list[Json]:
        """Return the mixture, the solution it was drawn from, and every container with lot and expiry."""
        p, limit = self.p, beyond_use(self.p)
        if p.counts:
            return self._bottle(p.counts, instant(limit.at if limit else None, self.zone))
        found = measured.dispensed(p)
        sheet = _sheet(self.case)
        drug = found.mg if found else sheet.dose_mg if sheet else p.plan.prescribed_mg
        scans = _containers(p)
        inside = {role: [f"c{n}" for n, one in enumerate(scans, 1) if one.role == role] for role in ("drug", "diluent")}
        bases = [f"c{n}" for n, one in enumerate(scans, 1) if one.role == "base"]
        parts = [*inside["drug"], *inside["diluent"]]
        strength = per_container(significant(drug, 1), "mg", container)
        mix = some(
            resourceType="Medication",
            id="mix",
            code={"text": f"{shown_drug(p.master)} {p.planned.ordered_mg:f} mg in {held_in(p.planned)}"},
            amount=per_container(significant(p.plan.base_ml + p.plan.volume_ml, 1), "mL", container),
            ingredient=[
                {"itemReference": {"reference": "#solution"}, "isActive": True, "strength": strength},
                *self._base(bases, container),
            ],
            batch=some(lotNumber=self.case.id, expirationDate=instant(limit.at if limit else None, self.zone)),
        )
        solution = some(
            resourceType="Medication",
            id="solution",
            code={"text": p.recipe.blinded or f"{p.master.drug} {p.recipe.concentration_mg_ml:f} mg/mL"},
            ingredient=[
                {"itemReference": {"reference": f"#{one}"}, "isActive": one in inside["drug"]} for one in parts
            ],
        )
        used = [_component(one, n) for n, one in enumerate(scans, 1) if f"c{n}" in {*parts, *bases[:1]}]
        return [mix, solution, *used]

    def _bottle(self, plan: CountPlan, until: str | None) -> list[Json]:
        """Return what was counted into a bottle, and each stock bottle with lot and expiry (R54)."""
        p, scans = self.p, _containers(self.p)
        mix = some(
            resourceType="Medication",
            id="mix",
            code={"text": f"{shown_drug(p.master)} {held_in(plan)}"},
            amount=per_container(Decimal(plan.count), plan.container, "bottle"),
            ingredient=[{"itemReference": {"reference": f"#c{n}"}, "isActive": True} for n, _ in enumerate(scans, 1)],
            batch=some(lotNumber=self.case.id, expirationDate=until),
        )
        return [mix, *(_component(one, n) for n, one in enumerate(scans, 1))]

    def _base(self, scanned: list[str], container: str) -> list[Json]:
        """Return the base fluid as an ingredient: by the bag that was scanned, else by name; nothing where there is none."""
        p = self.p
        if p.plan.gain is None:
            return []
        named = {"itemCodeableConcept": {"text": p.plan.base}}
        what = {"itemReference": {"reference": f"#{scanned[0]}"}} if scanned else named
        return [{**what, "isActive": False, "strength": per_container(p.plan.base_ml, "mL", container)}]

    def provenance(self) -> Json:
        p, case, log = self.p, self.case, self.case.opened.log
        signed = [(entry, entry.evidence) for entry in p.entries.values() if isinstance(entry.evidence, Signature)]
        agents = [_agent("performer", "Performer", person(case, one)) for one in sorted(p.hands)]
        agents += [_agent("verifier", "Verifier", person(case, one)) for one in dict.fromkeys(e.who for e, _ in signed)]
        return some(
            resourceType="Provenance",
            id=f"provenance-{case.id}",
            target=[self.reference("MedicationDispense"), self.reference("Task")],
            occurredPeriod=some(start=instant(log[0].at, self.zone), end=instant(log[-1].at, self.zone)),
            recorded=instant(log[-1].at, self.zone),
            agent=agents or [_agent("assembler", "Assembler", person(case, log[0].who))],
            entity=[{"role": "source", "what": _source(one)} for one in _containers(p)],
            signature=[self._signature(entry, one) for entry, one in signed],
        )

    def _signature(self, entry: Entry, one: Signature) -> Json:
        who = person(self.case, entry.who)
        if self.case.free:
            who["display"] = one.name
        kinds = [
            {"system": SIGNATURE_TYPES, "code": "1.2.840.10065.1.12.1.5", "display": "Verification Signature"},
            {"system": f"{OURS}meaning", "code": one.meaning.replace(" ", "-"), "display": one.meaning},
        ]
        return {"type": kinds, "when": instant(entry.at, self.zone), "who": who}

    def audit(self, place: int, site: str, software: str) -> Json:
        one = self.case.opened.log[place]
        kind = codec.kind_of(type(one.event))
        detail = [{"type": "sequence", "valueString": str(one.version)}, {"type": "digest", "valueString": one.digest}]
        return some(
            resourceType="AuditEvent",
            id=f"auditevent-{self.case.id}-{one.version}",
            type={"system": _DCM, "code": "110100", "display": "Application Activity"},
            subtype=[{"system": f"{OURS}event", "code": kind, "display": kind.replace("_", " ")}],
            action="C" if one.version == 1 else "U",
            recorded=instant(one.at, self.zone),
            outcome="4" if isinstance(one.event, happened.Rejected) else "0",
            agent=[{"who": person(self.case, one.who), "requestor": True}],
            source=some(site=one.station or site, observer={"display": software}),
            entity=[{"what": self.reference("Task"), "detail": detail}],
        )


_TABLE_203 = "http://terminology.hl7.org/CodeSystem/v2-0203"
_DCM = "http://dicom.nema.org/resources/ontology/DCM"


def _containers(p: Preparation) -> tuple[Container, ...]:
    scans = (entry.evidence for entry in p.entries.values())
    return tuple(one.found for one in scans if isinstance(one, Scan) and isinstance(one.found, Container))


def _component(one: Container, number: int) -> Json:
    coding = [{"system": NDC, "code": one.ndc}] if one.ndc else None
    expiry = one.expiry.isoformat() if one.expiry else None
    return some(
        resourceType="Medication",
        id=f"c{number}",
        code=some(coding=coding, text=one.text),
        manufacturer=some(display=one.maker),
        batch=some(lotNumber=one.lot, expirationDate=expiry),
    )


def _source(one: Container) -> Json:
    expiry = one.expiry.isoformat() if one.expiry else "unknown"
    number = {"system": NDC, "value": one.ndc} if one.ndc else some(system=f"{OURS}item", value=one.item_id)
    return {"identifier": number, "display": f"{one.text} lot {one.lot or 'unknown'} exp {expiry}"}


def _agent(code: str, display: str, who: Json) -> Json:
    return {"type": coded(PARTICIPANTS, code, display), "who": who}


def _sheet(case: Case) -> Sheet | None:
    """Return the downtime sheet that was entered for it, if it was made on paper."""
    return next((one.event.sheet for one in case.opened.log if isinstance(one.event, happened.MadeOnPaper)), None)
