"""A small pharmacy as tests need it: the cast, the worked example's recipe and shelf, one station, one order. Small functions."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, insert, select

from app import clock, preparations
from app.catalogue import load, recipes
from app.catalogue.tables import package, unit
from app.dispatch import Ask, Dispatcher, Outcome
from app.interfaces.hl7 import read
from app.interfaces.intake import Intake
from app.interfaces.profile import Profile
from app.interfaces.tables import ordered
from app.outbox_worker import LabelPrinter
from app.people import actors, competencies
from app.people.door import Door
from app.people.history import Act
from app.record import blobs
from app.record.blobs import Blobs
from app.record.engine import Store
from app.settings import Settings
from app.station_settings import BalanceSettings, CameraSettings, PrinterSettings, ScannerSettings, StationSettings
from app.stations import gates, register, scanner_gate, scans
from app.stations.gates import TestWeight
from app.stations.scanner_gate import Kind
from devices.scanner.own import check_character
from devices.scanner.selftest import PROBES
from tests.cast import cosigned
from tests.interfaces.cases import PROFILE, S01
from tests.people.cast import ANN, CAST, PAM, Member
from tests.people.cast import seat as seat_cast
from tests.workflows.example import POLICY, RECIPE
from workflows import commands as asked
from workflows.circumstances import BalanceStatus
from workflows.evidence import CabinetCode, Confirmation, Count, Evidence, Photo, Programme, Signature, Weighing
from workflows.instructions import confirms
from workflows.preparation import Preparation
from workflows.recipe import Recipe
from workflows.status import next_slots
from workflows.steps import Slot

STATION, SERIAL = "HOOD-1", "B123456789"
ZONE = ZoneInfo("America/Chicago")
CABINET, CABINET_LABEL = "BSC-2", "BSC00002"
HUMAN = "pharmacy set-up"
WEIGHTS = (("W20", "20 g", "20.00"), ("W200", "200 g", "199.99"))
DEVICES = (
    ("vial adaptor", "00860000000017"),
    ("syringe connector", "00860000000024"),
    ("bag adaptor", "00860000000031"),
)
UNITS = {
    "vial A": ("CYA00001", "00310019955506", "AB123"),
    "vial B": ("CYB00002", "00310019955506", "AB123"),
    "diluent": ("NSV00003", "00304094888507", "NS4471"),
    "bag": ("D5W00004", "00303380017027", "D2207"),
    "wrong strength": ("CYW00011", "00307813529705", "WR5510"),
    "wrong bag": ("NSW00013", "00303380049028", "NS2501"),
}
"""Received containers with our unit labels: name, then label, GTIN and lot."""
STAGED = ("vial A", "vial B", "diluent", "bag")
PARTS = ("vial adaptor", "vial adaptor", "syringe connector", "syringe connector", "bag adaptor")


@dataclass(frozen=True)
class Set:
    """What a pharmacy is built on."""

    store: Store
    dispatcher: Dispatcher
    blobs: Blobs
    door: Door


def own(kind: str, id_: str, copy: int | None = None) -> str:
    """One of our codes as a scanner sends it."""
    tail = f"-{copy}" if copy else ""
    return f"]d1%VT-{kind}-{id_}{check_character(id_)}{tail}%"


def card(word: str) -> str:
    return f"]d1%VT-C-{word}%"


def code_of(name: str, year: int = 2028) -> str:
    """What the scanner sends for something on the shelf, or a closed-system part."""
    if name in UNITS:
        return own("U", UNITS[name][0])
    gtin = dict(DEVICES)[name]
    return f"]d201{gtin}17{year % 100}013110C77"


def cabinet_code() -> str:
    return own("H", CABINET_LABEL)


def station(
    balance_url: str = "", scanner_url: str = "", folder: Path = Path("labels"), camera_url: str = ""
) -> StationSettings:
    """A station's settings; without URLs nothing stands there."""
    return StationSettings(
        balance=BalanceSettings(url=balance_url, serial=SERIAL) if balance_url else None,
        scanner=ScannerSettings(url=scanner_url, suffix="\r") if scanner_url else None,
        camera=CameraSettings(url=camera_url) if camera_url else None,
        cabinets=(CABINET,),
        printer=PrinterSettings(kind="spool", folder=folder),
    )


def seat(door: Door, at: datetime, members: tuple[Member, ...] = CAST) -> None:
    """The cast, with every competency that the policy asks for."""
    seat_cast(door, at, members)
    certify(door, at, members)


def certify(door: Door, at: datetime, members: tuple[Member, ...] = CAST) -> None:
    def rows(act: Act) -> None:
        for member in members:
            lapse = dict.fromkeys(POLICY.competencies, at + timedelta(days=90))
            competencies.certify(act, member.id, lapse, assessor="setup")

    door.write(rows, by="setup", at=at)


def shelve(conn: Connection, at: datetime) -> None:
    """Packages of the shipped tables, closed-system parts, received units."""
    with (load.SEED / "formulary.csv").open(encoding="utf-8") as file:
        load.load_formulary(conn, file, confirmed_by=HUMAN)
    with (load.SEED / "diluents.csv").open(encoding="utf-8") as file:
        load.load_diluents(conn, file, confirmed_by=HUMAN)
    with (load.SEED / "tallman.csv").open(encoding="utf-8") as file:
        load.load_tallman(conn, file, confirmed_by=HUMAN)
    for part, gtin in DEVICES:
        conn.execute(insert(package), _part(part, gtin))
    expiry = date(at.year + 1, 6, 30).isoformat()
    for label, gtin, lot in UNITS.values():
        row = {"label": label, "gtin14": gtin, "lot": lot, "expiry": expiry, "received_at": at, "received_by": HUMAN}
        conn.execute(insert(unit), row)


def _part(part: str, gtin: str) -> dict[str, str | None]:
    blank = dict.fromkeys(("ndc", "drug", "fluid", "level", "single_dose"), "")
    amounts = dict.fromkeys(("concentration_mg_ml", "amount_mg", "volume_ml"))
    item = part.replace(" ", "-")
    return {
        "gtin14": gtin, "item": item, "role": "device", "text": f"Demosafe {part}", "part": part, "confirmed_by": HUMAN,
        **blank, **amounts,
    }  # fmt: skip


def equip(conn: Connection, at: datetime, *, checked: bool = True, last_drug: str = "") -> None:
    """Balance, cabinet and test weights of the station; the balance checked just now unless told otherwise."""
    soon = at + timedelta(days=60)
    scale = BalanceStatus("BAL-1", SERIAL, Decimal("0.01"), Decimal("0.004"), Decimal(4200), None, None, soon)
    register.register_balance(conn, scale, station=STATION, at=at, who=HUMAN)
    found = CabinetCode(CABINET, soon, 2, last_drug, decontaminated=not last_drug)
    register.register_cabinet(conn, found, label=CABINET_LABEL, station=STATION, at=at, who=HUMAN)
    weights = tuple(TestWeight(code, name, Decimal(mass), soon) for code, name, mass in WEIGHTS)
    for weight in weights:
        gates.register_weight(conn, weight, station=STATION, at=at, who=HUMAN)
    if checked:
        check_scale(conn, at)


def check_scale(conn: Connection, at: datetime) -> None:
    """Both weights on the balance, both right, and the empty pan back at zero."""
    for weight in gates.weights_of(conn, STATION):
        gates.take_reading(conn, STATION, weight, checked(weight.certificate_g, at), at=at, who=HUMAN)
    assert gates.take_zero(conn, STATION, checked(Decimal("0.00"), at), at=at, who=HUMAN).passed


def checked(grams: Decimal, at: datetime, **changes: Any) -> Weighing:
    """A reading of the check of the day, with an empty pan at zero before it."""
    return replace(Weighing(grams, "stable", Decimal("0.00"), SERIAL, "1.0.0", at), **changes)


def sign_recipes(conn: Connection, site: str, at: datetime, recipe: Recipe = RECIPE) -> None:
    """The example's recipe, its densities measured and confirmed, and the site's policy."""
    recipes.add_recipe(conn, recipe, effective_from=at - timedelta(days=1))
    recipes.add_policy(conn, site, replace(POLICY, signed_by=RECIPE.signed_by), effective_from=at - timedelta(days=1))


def message(at: datetime, *, number: str = "ORD7700123", priority: str = "R", minutes: int = 60) -> bytes:
    """The sample order, sent now and due in an hour."""
    text = S01.decode("utf-8")
    stamps = {
        "20260311081500-0500": at,
        "20260311081200-0500": at - timedelta(minutes=3),
        "20260311100000-0500": at + timedelta(minutes=minutes),
        "20260310093000-0500": at - timedelta(days=1),
    }
    for old, new in stamps.items():
        text = text.replace(old, f"{new.astimezone(ZONE):%Y%m%d%H%M%S%z}")
    text = text.replace("M000001", f"M{clock.new_id(6)}").replace("ORD7700123", number)
    return text.replace("R^Routine^HL70485", f"{priority}^^HL70485").encode("utf-8")


def order(rooms: Set, raw: bytes, at: datetime, profile: Profile = PROFILE) -> str:
    """Receive an order and return the preparation that it opened."""
    handled, _ = Intake(rooms.dispatcher, rooms.blobs).receive(read(raw, [profile]), at=at, own_id=clock.new_id())
    assert handled.verdict.outcome == "accepted", handled.verdict
    with rooms.store.reading() as conn:
        rows = conn.execute(select(ordered.c.preparation, ordered.c.waits).order_by(ordered.c.received_at)).all()
    assert rows[-1].preparation, rows[-1].waits
    return str(rows[-1].preparation)


def current(rooms: Set, preparation: str) -> Preparation:
    with rooms.store.reading() as conn:
        found = rooms.dispatcher.current(conn, preparation)
    assert found is not None
    return found


def sign(rooms: Set, preparation: str, slot: str, meaning: str, member: Member = PAM) -> Outcome:
    """A pharmacist signs at a desk, every photo seen and every typed code accepted."""
    p = current(rooms, preparation)
    with rooms.store.reading() as conn:
        who = actors.actor(conn, member.id, rooms.dispatcher.settings, clock.now())
    seen = tuple(photo.sha256 for photo in p.photos())
    accepts = tuple(entry.slot for entry in p.typed())
    signature = Signature(meaning, who.name, who.licence, "password", 2, p.digest, seen, accepts)  # type: ignore[arg-type]
    command = asked.Submit(slot, signature)
    outcome = rooms.dispatcher.do(Ask(clock.new_command_id(), preparation, command, who, "", None, p.version))
    assert outcome.kind == "accepted", outcome
    return outcome


def verified_order(rooms: Set, at: datetime, **given: object) -> str:
    """An order that a pharmacist has verified: ready to be claimed."""
    preparation = order(rooms, message(at, **given), at)  # type: ignore[arg-type]
    sign(rooms, preparation, "verify", "order verified")
    return preparation


def furnish(rooms: Set, at: datetime, *, checked: bool = True, last_drug: str = "", recipe: Recipe = RECIPE) -> None:
    """Everything but people and orders."""

    def rows(conn: Connection) -> None:
        shelve(conn, at)
        equip(conn, at, checked=checked, last_drug=last_drug)
        sign_recipes(conn, rooms.dispatcher.settings.site, at, recipe)
        read_the_sheet(conn, rooms.dispatcher.settings, at)

    rooms.store.write(rows)


def read_the_sheet(conn: Connection, settings: Settings, at: datetime) -> None:
    """Both scanners of every station, its own and the tablet's, read each symbol of the printed sheet."""
    for station, set_as in settings.stations.items():
        kinds: tuple[Kind, ...] = ("serial", "wedge") if set_as.scanner else ("wedge",)
        for kind in kinds:
            for probe in PROBES:
                judged, _ = scanner_gate.take(conn, station, kind, set_as, probe.aim + probe.data, at=at, who=HUMAN)
                assert judged.ready, judged


WEIGHED = {
    "recon-before:1": "38.74", "recon-after:1": "63.80", "recon-before:2": "38.61", "recon-after:2": "63.81",
    "syringe-empty:1": "18.42", "syringe-full:1": "42.97", "syringe-empty:2": "18.39", "syringe-full:2": "42.70",
    "bag-before": "287.60", "bag-after": "336.30",
}  # fmt: skip
"""The worked example's readings, by slot."""


def advance(
    rooms: Set,
    preparation: str,
    until: str,
    member: Member = ANN,
    printer: LabelPrinter | None = None,
    epoch: str = "1.0.0",
) -> None:
    """Do every step up to the slot `until` without a browser, so that a test can begin there."""
    if not current(rooms, preparation).claimed_by:
        _ask(rooms, preparation, asked.Claim(), member)
    for _ in range(400):
        p = current(rooms, preparation)
        slots = next_slots(preparations.workflow_of(p), p)
        if not slots or slots[0].name == until:
            return
        if slots[0].step.by == "system":
            if printer is None:
                time.sleep(0.05)  # the label printer's own thread is at work
            else:
                printer.step()
            continue
        if slots[0].step.by == "pharmacist":
            meaning = "pre-mix approved" if slots[0].name == "premix" else "approved for release"
            sign(rooms, preparation, slots[0].name, meaning)
            continue
        _ask(rooms, preparation, asked.Submit(slots[0].name, evidence(rooms, p, slots[0], epoch)), member)
    raise AssertionError(f"{until} was not reached")


def evidence(rooms: Set, p: Preparation, slot: Slot, epoch: str = "1.0.0") -> Evidence:
    """The right evidence for a slot."""
    if slot.name in WEIGHED:
        at = clock.now()
        return Weighing(Decimal(WEIGHED[slot.name]), "stable", Decimal("0.00"), SERIAL, epoch, at)
    if slot.step.needs is Photo:
        kept = rooms.blobs.put(f"picture for {slot.name} of {p.order.key.placer}".encode(), "image/jpeg")
        rooms.store.write(lambda conn: blobs.enter(conn, kept, at=clock.now(), identifying=True))
        return Photo(kept.sha256, 1920, 1080, "good")
    if slot.step.needs is Programme and p.plan.pump is not None:
        pump = p.plan.pump
        return Programme(pump.entry, pump.entry_version, pump.reservoir_ml, pump.rate_ml_h, pump.hours, True)
    if slot.step.needs is Count and p.counts:
        return Count(p.counts.count, "by fives")
    if slot.step.needs is Confirmation:
        return Confirmation(confirms(p, slot))
    with rooms.store.reading() as conn:
        live = p.final_label() if slot.name == "label-scan" else p.in_process
        return scans.read(conn, _raw(p, slot), "serial", as_of=clock.now().date(), live=lambda *_: live).scan


def _raw(p: Preparation, slot: Slot) -> str:
    if slot.name == "cabinet":
        return cabinet_code()
    if slot.name in ("label-scan", "release"):
        label = p.final_label() if slot.name == "label-scan" else p.in_process
        assert label is not None
        return own("F" if slot.name == "label-scan" else "I", label.label_id, label.copy)
    if slot.step.name == "device":
        return code_of(slot.unit.rpartition(":")[0])
    return code_of({"vial:1": "vial A", "vial:2": "vial B", "diluent": "diluent", "base": "bag"}[slot.name])


def _ask(rooms: Set, preparation: str, command: asked.Command, member: Member, second: Member | None = None) -> None:
    with rooms.store.reading() as conn:
        who = actors.actor(conn, member.id, rooms.dispatcher.settings, clock.now())
        other = actors.actor(conn, second.id, rooms.dispatcher.settings, clock.now()) if second else None
    for _ in range(3):  # the label printer reports in between
        p = current(rooms, preparation)
        signs = cosigned(other, p.digest, clock.now()) if other else None
        ask = Ask(clock.new_command_id(), preparation, command, who, STATION, other, p.version, signs)
        outcome = rooms.dispatcher.do(ask)
        if outcome.kind != "conflict":
            break
    assert outcome.kind == "accepted", outcome
