"""The downtime sheet: one preparation on paper, every step with room for what was done, by whom, checked by whom (R60)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from reportlab.lib.units import mm

from app.desk.patients import Patient
from app.desk.shown import ROUTES
from app.export.paper_drawing import (
    BODY,
    HEAD,
    SMALL,
    TITLE,
    WARNING,
    ParagraphStyle,
    Print,
    Symbol,
    bold,
    flow,
    table,
    text,
)
from app.export.paper_pages import Running, laid_out
from labels import codes
from workflows.containers import called, held_in, run
from workflows.count_words import WEIGHED, taken
from workflows.counting import CountPlan, must_last
from workflows.instructions import instruction
from workflows.preparation import Preparation
from workflows.pumping import PumpPlan
from workflows.recipe import CountRecipe
from workflows.steps import Slot, Workflow
from workflows.trials import own_stock, shown_drug
from workflows.wording import amount, unit

RULES = (
    "Use this sheet only while the system, its balance, its scanner or its network is away, and for this dose alone.",
    "Two people: one makes it, the other looks at every vial, volume and weight before it goes on, and signs beside it.",
    "A balance that works is used, after its check weights: write both readings. Without one, the second person reads every "
    "syringe before it is emptied, and a photo is taken of it beside its vial, plunger at the mark.",
    "Outside its limits, or not as printed here: stop, and telephone the pharmacist. Nobody accepts it.",
    "Nothing leaves before a pharmacist compared this sheet, the pictures, the empty containers and the label, and signed below.",
    "Correct by a single line through what was written, initials and time. Erase nothing. Keep the original.",
)
OUTAGES = ("balance", "scanner", "network or server", "power", "pharmacist away", "other")
LOOSE = ParagraphStyle("loose", parent=HEAD, keepWithNext=0)
"""Heading of a table that is longer than a page."""
ROOM = flow.Spacer(1, 8 * mm)
"""Room for handwriting."""
ENDS = (
    "dose in the container, mg",
    "begun (date, time)",
    "use before (date, time)",
    "pictures taken, and with what",
    "made by (name, signature)",
    "checked by (name, signature)",
    "pharmacist who let it go (name, licence, signature, time)",
)
ON_PAPER = {
    "cabinet": "Write the cabinet's code. Is its certificate in date, and was it cleaned since another drug?",
    "label-print": "Write the label by hand: patient, drug, dose, base, route, beyond use, hazard, this sheet's number.",
    "label-scan": "Put the label on the {container}. The second person reads it aloud against this sheet.",
    "photo-final": "Photograph the {container} with its label and this sheet.",
    "approve": "Compare everything, then sign below.",
}
"""What a step is where nothing scans, prints or judges; {container} is what the final container is called."""
OF_COUNTS = {
    "cabinet": "Write the tray's code. Was it decontaminated since another drug?",
    "stock": "Write the letters of each bottle's unit label, its lot, its expiry, and how many you take out of it.",
}
"""The same where units are counted: afterwards the record takes them out of those bottles."""
OF_A_TRIAL = "Trial {trial}: write the letters of the unit label, the kit, the lot and the expiry. {detail}"
"""Of a vial where a trial's own stock is taken: afterwards the record takes the unit out of it (R56)."""
NOT_ON_PAPER = ("verify", "release", *WEIGHED)
"""Steps that were done before the sheet was printed, or that paper does not have: on it two counts are the proof."""


def downtime_sheet(p: Preparation, id: str, workflow: Workflow, patient: Patient, made: Print) -> bytes:
    """Return the sheet as a PDF, on the paper that is usual where the site is."""
    running = Running(f"DOWNTIME SHEET {id}", f"Printed from version {p.version} of the record, digest {p.digest}")
    return laid_out(list(_story(p, id, workflow, patient, made)), running, made)


def _story(p: Preparation, id: str, workflow: Workflow, patient: Patient, made: Print) -> Iterator[Any]:
    symbol = Symbol(codes.data_matrix("sheet", codes.make("P", id)), 22)
    head = [
        text(f"Downtime sheet {id}", TITLE),
        text("NOT A RECORD OF THE SYSTEM: to be entered afterwards by two people", WARNING),
    ]
    yield flow.Table([[head, symbol]], colWidths=[150 * mm, 28 * mm], style=[("VALIGN", (0, 0), (-1, -1), "TOP")])
    yield table(_what(p, patient, made), (32, 146), head=False)
    yield text("How it is used", HEAD)
    yield from (text(f"{number}. {rule}", BODY) for number, rule in enumerate(RULES, 1))
    yield text("What is away", HEAD)
    boxes = "\u2003".join(f"[\u00a0\u00a0\u00a0] {one}" for one in OUTAGES)
    yield text(boxes)
    yield table([["since (date, time)", ROOM, "told to (pharmacist)", ""]], (34, 55, 34, 55), head=False)
    yield text("Steps", LOOSE)
    yield table([["", "what", "should be", "lot and expiry, or reading", "made by, time", "checked by"], *_steps(p, workflow)],
                (7, 52, 38, 41, 22, 18))  # fmt: skip
    yield text("What it became", HEAD)
    yield table(_result(), (60, 118), head=False)
    yield text(
        "Enter it when the system is back: open this order, “Enter from paper”, with a picture of every page of this sheet. "
        "A pharmacist and a second person sign. The preparation then ends as downtime, never as released.",
        SMALL,
    )


def _pump(pump: PumpPlan) -> str:
    """Return how a pump is run, and by which entry of its library it is set."""
    entry = (
        f"; library entry {pump.entry}, version {pump.entry_version}, second person reads the screen"
        if pump.entry
        else ""
    )
    return f"{run(pump)}, reservoir {amount(pump.reservoir_ml)} mL{entry}"


def _what(p: Preparation, patient: Patient, made: Print) -> list[list[Any]]:
    if p.counts and p.counted_by:
        return _counted(p, p.counts, p.counted_by, patient, made)
    order, recipe = p.order, p.recipe
    components = held_in(p.planned) + (f" {recipe.bag} bag" if recipe.bag and p.plan.gain else "")
    stable = f"stable {amount(recipe.stability_h or Decimal(0))} h at {recipe.storage} from the first draw"
    signed, route = " and ".join(recipe.signed_by), ROUTES.get(order.route, order.route)
    return [
        ["patient", bold(f"{patient.name}, {patient.number}{', born ' + patient.born if patient.born else ''}")],
        ["allergies", ", ".join(patient.allergies) or "none sent"],
        ["order", bold(f"{shown_drug(recipe)} {amount(order.dose)} {unit(order.dose_unit)}, {route}")],
        ["", f"order {order.key.placer}, version {order.version}, needed by {made.time(order.due_at)} {made.zone.key}"],
        ["to be made", f"{amount(p.plan.volume_ml)} mL of {amount(recipe.concentration_mg_ml)} mg/mL in {components}"],
        *([["by volume", f"{p.plan.by_volume.why}: {p.plan.by_volume.reason}"]] if p.plan.by_volume else []),
        *([["pump", _pump(p.pump)]] if p.pump else []),
        ["recipe", f"{recipe.name}, version {recipe.version}, signed by {signed}"],
        ["beyond use", f"{stable}, or the cabinet's sterility limit, or the first expiry of what goes in: the earliest counts"],
    ]  # fmt: skip


def _counted(p: Preparation, plan: CountPlan, recipe: CountRecipe, patient: Patient, made: Print) -> list[list[Any]]:
    order, route = p.order, ROUTES.get(p.order.route, p.order.route)
    return [
        ["patient", bold(f"{patient.name}, {patient.number}{', born ' + patient.born if patient.born else ''}")],
        ["allergies", ", ".join(patient.allergies) or "none sent"],
        ["order", bold(f"{shown_drug(recipe)} {amount(order.dose)} {unit(order.dose_unit)}, {route}, {taken(plan)}")],
        ["", f"order {order.key.placer}, version {order.version}, needed by {made.time(order.due_at)} {made.zone.key}"],
        ["to be counted", bold(f"{plan.count:,} {recipe.form} of {amount(plan.strength_mg)} mg, twice, by hand")],
        *([["by weight", "not on paper: how far a weight can tell is not worked out by hand. The two counts are the proof."]]
          if recipe.unit_spread is not None else []),
        ["recipe", f"{recipe.name}, version {recipe.version}, signed by {' and '.join(recipe.signed_by)}"],
        ["beyond use", f"the stock's expiry: not before {must_last(plan, made.at, p.policy.zone):%Y-%m-%d}, when all is taken"],
    ]  # fmt: skip


def _steps(p: Preparation, workflow: Workflow) -> Iterator[list[Any]]:
    slots = [slot for slot in workflow.slots(p) if slot.step.name not in NOT_ON_PAPER]
    for number, slot in enumerate(slots, 1):
        yield [str(number), *_words(p, slot), ROOM, "", ""]


def _words(p: Preparation, slot: Slot) -> tuple[Any, str]:
    said = instruction(p, slot)
    words = ON_PAPER | OF_COUNTS if p.counts else ON_PAPER
    on_paper = words.get(slot.step.name, "").format(container=called(p.planned))
    if slot.step.name == "vial" and (trial := own_stock(p.master)):
        return text(OF_A_TRIAL.format(trial=trial, detail=said.detail)), said.name
    if slot.step.by == "pharmacist":
        return bold(f"PHARMACIST: {on_paper or said.task}"), said.name
    task = on_paper or said.task.replace("Scan", "Read", 1)
    if said.kind == "scan":
        return text(task), f"{said.name} ({said.detail})" if said.detail else said.name
    return text(task), said.detail if said.kind == "weigh" else said.name


def _result() -> list[list[Any]]:
    return [[one, ROOM] for one in ENDS]
