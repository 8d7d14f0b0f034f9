"""The demo as its panel offers it: every order can be made to its release with what lies there, and nothing else."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from app import clock, preparations
from app.demo import panel, stock
from app.demo.paper import containers
from app.demo.sow import sow
from app.desk import orders
from app.dispatch import Dispatcher
from app.interfaces.intake import Intake
from app.outbox_worker import LabelPrinter
from app.people.door import Door
from app.people.secrets import CHEAP, Pepper, Secrets
from app.record import views
from app.record.blobs import Blobs
from app.record.engine import open_store
from app.settings import Settings
from app.stations import scans
from app.stations.tables import balance
from hardware_mocks.panel import presets
from labels import codes
from tests import pharmacy
from tests.laid import lay
from tests.misreading import OWN_CODE, in_line, on_paper
from tests.people.cast import ANN, BO
from tests.pharmacy import SERIAL, Set, _ask, current, evidence, sign
from workflows import commands as asked
from workflows.containers import called
from workflows.events import Released
from workflows.evidence import CabinetCode, Container, LabelCode, Scan, Weighing
from workflows.preparation import Preparation
from workflows.rules.counting import TRAY
from workflows.status import next_slots
from workflows.steps import Slot

MAKEABLE = {
    panel.DOXO: "39.9",
    panel.CYCLO: "968.5",
    panel.PACLI: "282.5",
    panel.FLUORO: "1796.6",
    panel.ETOPO: "90.3",
    panel.FU_46: "4321.3",
    panel.CAPE: "56000.0",
    panel.MOUTH: "60.0",
}
"""Each order that can be made, and the dose in mg that the panel's masses come to."""
SIGNED = {"verify": "order verified", "premix": "pre-mix approved", "approve": "approved for release"}


@dataclass
class Demo:
    """The demo pharmacy, sown into a test's folder."""

    rooms: Set
    printer: LabelPrinter
    labels: Path

    def offered(self) -> dict[str, Any]:
        return panel.presets(clock.now().year % 100, self.labels, containers(self.labels.parent / "vialtrace.db"))

    def scan(self, p: Preparation, data: str) -> Scan:
        """What the station makes of a code of the panel."""

        def live(_preparation: str, kind: str) -> object:
            return p.in_process if kind == "in_process" else p.final_label()

        with self.rooms.store.reading() as conn:
            return scans.read(conn, data, "serial", as_of=clock.now().date(), live=live).scan  # type: ignore[arg-type]


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    station = pharmacy.station(folder=Path("labels"))
    settings = Settings(data_dir=lay(tmp_path), stations={stock.STATION: station}, demo=True)  # type: ignore[call-arg]  # the rest has defaults
    store = open_store(settings)
    dispatcher, blobs = Dispatcher(store, settings), Blobs(settings.photos)
    door = Door(store, Secrets((Pepper("test0001", bytes(32)),), pin_cost=CHEAP, password_cost=CHEAP), settings)
    at = clock.now()
    sow(settings, door, Intake(dispatcher, blobs), at)
    checked = {"checked_at": at, "check_valid_until": at + timedelta(hours=9)}
    store.write(lambda conn: conn.execute(update(balance).values(**checked)))
    yield Demo(Set(store, dispatcher, blobs, door), LabelPrinter(dispatcher, blobs, clock.now), tmp_path / "labels")
    store.close()


def codes_for(offered: dict[str, Any], drug: str, slot: Slot) -> list[str]:
    """The panel's codes that a newcomer would try at this step."""
    groups = {"cabinet": "cabinet", "device": "closed-system devices"}
    group = groups.get(slot.step.name, "printed labels" if slot.step.name in ("label-scan", "release") else drug)
    found = [one for one in offered["codes"] if one["group"] == group]
    if slot.step.name == "device":
        found = [one for one in found if one["name"] == slot.unit.rpartition(":")[0]]
    return [one["data"] for one in found]


def weight_for(offered: dict[str, Any], drug: str, number: int) -> Weighing:
    """The next mass of this order's set, as the balance would say it."""
    mine = [one for one in offered["weights"] if one["group"] == drug]
    return Weighing(Decimal(mine[number]["g"]), "stable", Decimal("0.00"), SERIAL, "1.0.0", clock.now())


def fits(found: Scan, slot: Slot, p: Preparation) -> bool:
    """Whether a code of the panel is the thing that this step wants; each unit once."""
    if isinstance(found.found, LabelCode):
        return found.found.label_kind == ("final" if slot.step.name == "label-scan" else "in_process")
    if not isinstance(found.found, Container):
        tray = isinstance(found.found, CabinetCode) and found.found.category == TRAY
        return slot.step.name == "cabinet" and tray == (p.counts is not None)
    roles = {
        "vial": "drug",
        "diluent": "diluent",
        "fluid": "diluent",
        "base": "base",
        "reservoir": "base",
        "device": "device",
        "dispenser": "device",
        "stock": "drug",
    }
    role = roles[slot.step.name]
    seen = [one.evidence.found for one in p.entries.values() if isinstance(one.evidence, Scan)]
    used = {one.unit for one in seen if isinstance(one, Container)}
    return found.found.role == role and (role == "device" or found.found.unit not in used)


def test_n1_a_scanned_vial_is_named_as_the_sites_one_table_prints_it(demo: Demo) -> None:
    with demo.rooms.store.reading() as conn:
        mine = next(row.id for row in views.preparations(conn, site="MAIN") if row.drug == panel.PACLI)
        listed = {line.order.drug: line.drug for line in orders.listing(conn, "MAIN", clock.now(), masked=False)}
    vial = next(one["data"] for one in demo.offered()["codes"] if one["name"].startswith("PACLitaxel vial"))
    found = demo.scan(current(demo.rooms, mine), vial).found
    assert isinstance(found, Container)
    assert (found.text.split()[0], found.drug) == ("PACLitaxel", "paclitaxel")
    assert (listed["paclitaxel"], listed["etoposide"]) == ("PACLitaxel", "etoposide")


@pytest.mark.parametrize("drug", MAKEABLE)
def test_every_order_that_can_be_made_is_made_from_the_panel_without_a_near_miss(demo: Demo, drug: str) -> None:
    number = next(number for number, group in panel.ORDERS if group == drug)
    with demo.rooms.store.reading() as conn:
        rows = [row.id for row in views.preparations(conn, site="MAIN")]
    mine = next(one for one in rows if current(demo.rooms, one).order.key.placer == number)
    weighed = 0
    for _ in range(200):
        p = current(demo.rooms, mine)
        slots = next_slots(preparations.workflow_of(p), p)
        if not slots:
            break
        slot = slots[0]
        if slot.name == "cabinet" and not p.claimed_by:
            _ask(demo.rooms, mine, asked.Claim(), ANN)
            demo.printer.step()
        elif slot.step.by == "system":
            demo.printer.step()
        elif slot.step.by == "pharmacist":
            sign(demo.rooms, mine, slot.name, SIGNED[slot.step.name])
        else:
            what = next_evidence(demo, p, slot, drug, weighed)
            weighed += isinstance(what, Weighing)
            second = replace(BO, id="B0000002") if slot.step.name == "programme-check" else None
            _ask(demo.rooms, mine, asked.Submit(slot.name, what), ANN, second)
    p = current(demo.rooms, mine)
    assert (p.outcome, p.closed, p.near_misses) == ("released", True, ())
    with demo.rooms.store.reading() as conn:
        released = [one.event for one in preparations.history(conn, mine) if isinstance(one.event, Released)]
    assert [f"{one.dose_mg:.1f}" for one in released] == [MAKEABLE[drug]]
    assert weighed == len([one for one in demo.offered()["weights"] if one["group"] == drug])
    finals = [one["shot"] for one in demo.offered()["codes"] if one["name"].startswith("final label")]
    assert [shot.partition(",")[0] for shot in finals] == [called(p.planned).removeprefix("oral ")], (
        "it lies as what it is"
    )
    printed = [OWN_CODE.sub("", on_paper(one)) for one in demo.labels.glob("*.pdf")]
    assert len(printed) >= 2
    assert [fault for one in printed for fault in in_line(one)] == []


def next_evidence(demo: Demo, p: Preparation, slot: Slot, drug: str, weighed: int) -> Any:
    if slot.step.needs is Weighing:
        return weight_for(demo.offered(), drug, weighed)
    if slot.step.needs is not Scan:
        return evidence(demo.rooms, p, slot)
    tried = [demo.scan(p, data) for data in codes_for(demo.offered(), drug, slot)]
    return next(one for one in tried if fits(one, slot, p))


def test_every_received_unit_of_the_demo_is_a_package_of_the_formulary(demo: Demo) -> None:
    """A wrong digit in one of them makes a whole order impossible, as three once did."""
    p = Preparation.__new__(Preparation)
    found = {one.name: demo.scan(p, f"]d1{codes.make('U', one.label)}").found for one in stock.UNITS}
    assert [name for name, one in found.items() if not isinstance(one, Container)] == []


def test_what_the_demo_offers_is_what_the_simulated_panel_reads(tmp_path: Path) -> None:
    folder = tmp_path / "labels"
    folder.mkdir()
    (folder / "in-process-J0TPVACV-1.pdf").touch()
    (folder / "final-TJ5TQYW1-2.pdf").touch()
    (folder / "notes.pdf").touch()
    offered = tmp_path / "panel.json"
    offered.write_text(json.dumps(panel.presets(28, folder)))
    read = presets.load(offered)
    assert {one.data for one in read.codes if one.group == "printed labels"} == {
        f"]d1{codes.make('I', 'J0TPVACV', 1)}",
        f"]d1{codes.make('F', 'TJ5TQYW1', 2)}",
    }
    assert "DEMO" in read.mark
    things = [(one.name, one.shot) for one in (*read.weights, *read.codes) if one.shot]
    assert [name for name, shot in things if not read.scenes(shot)] == []
    names = [one.name for one in read.weights]
    assert len(set(names)) == len(names)


def test_before_the_camera_a_bag_carries_its_final_label_and_the_in_process_label_printed_before_it(
    tmp_path: Path,
) -> None:
    for age, name in enumerate(("in-process-J0TPVACV-1", "final-TJ5TQYW1-1", "in-process-4M8D0ZRW-1")):
        printed = tmp_path / f"{name}.pdf"
        printed.touch()
        os.utime(printed, (age, age))
    offered = panel.presets(28, tmp_path)
    shot_of = {one["data"]: one["shot"] for one in offered["codes"] if one["group"] == "printed labels"}
    shows = {one["name"]: one["shows"] for one in offered["shots"]}
    first, final, second = (
        codes.make("I", "J0TPVACV", 1),
        codes.make("F", "TJ5TQYW1", 1),
        codes.make("I", "4M8D0ZRW", 1),
    )
    code_of = {one["name"]: one["code"] for one in offered["pictures"] if "code" in one}
    seen = {data: [code_of[name] for name in shows[shot_of[f"]d1{data}"]]] for data in (first, final, second)}
    assert seen == {first: [first], final: [final, first], second: [second]}
