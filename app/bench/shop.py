"""A pharmacy to measure on: the demo's people and recipes, preparations made by the dispatcher, and any number of their like.

What is filled in bulk is true: each preparation's events are those of one that the dispatcher made, under its own id and
linked in both chains; the lists say what the log adds up to. `record verify` finds nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, select, update

from app import clock
from app.demo.sow import sow_folder
from app.dispatch import Ask, Dispatcher
from app.outbox_worker import PRINTER
from app.people import actors
from app.record import canonical, log, views
from app.record.columns import moment_text
from app.record.engine import Store, open_store
from app.record.log import StoredEvent
from app.record.tables import event, found_by, preparation, printed_label, site_head
from app.settings import Settings, load_settings
from app.station_settings import StationSettings
from app.stations import register, scanner_gate
from devices.scanner.selftest import PROBES
from workflows import commands as asked
from workflows.circumstances import Actor, BalanceStatus
from workflows.evidence import OtherCode, Printed, Scan, Signature, Weighing
from workflows.preparation import Preparation

ANN, PAM = "ANN00001", "PAM00004"
"""The demo's technician and pharmacist."""
WRONG = Scan("]C0NOTACABINET", "serial", OtherCode("another code"))
"""A scan that is kept as a near miss: a durable event that leaves the step as it was, so that it can be asked for ever."""
ELSEWHERE = "HOOD-0"
"""A station that is never served: what only fills the record up was made there."""
WEIGHTS = (("W20", "20.00"), ("W200", "199.99"))
AS_IT_COMES = StationSettings.model_validate({})
"""A station with nothing set."""
YEAR = timedelta(days=365)
TOGETHER = 250
"""Preparations a commit when many are filled in."""


@dataclass(frozen=True)
class Shop:
    """An open record with people, recipes and a first order in it."""

    settings: Settings
    store: Store
    dispatcher: Dispatcher
    pattern: Preparation
    """A preparation of the demo, whose order, recipe and policy every other has."""

    def do(self, preparation: str, command: asked.Command, person: str = "", station: str = "") -> None:
        """Ask for one command; anything but an answer kept as an event is our mistake."""
        with self.store.reading() as conn:
            p = self.dispatcher.current(conn, preparation)
            who: Actor = actors.actor(conn, person, self.settings, clock.now(), station) if person else PRINTER
        version = p.version if p and person else None
        ask = Ask(clock.new_command_id(), preparation, command, who, station, expected_version=version)
        outcome = self.dispatcher.do(ask)
        if outcome.kind not in ("accepted", "rejected"):
            raise RuntimeError(f"the bench could not make its own preparation: {outcome.says}")

    def current(self, preparation: str) -> Preparation:
        with self.store.reading() as conn:
            found = self.dispatcher.current(conn, preparation)
        if found is None:
            raise RuntimeError(f"the bench's preparation {preparation} is gone")
        return found

    def equip(self, stations: Iterable[str]) -> None:
        """Put a balance at each station, checked just now: nothing is claimed where there is none."""
        at, zero = clock.now(), Decimal("0.00")
        weights = tuple(register.CheckWeight(one, Decimal(g), Decimal(g), zero, "1") for one, g in WEIGHTS)

        def rows(conn: Connection) -> None:
            for station in stations:
                serial = f"BENCH-{station}"
                scale = BalanceStatus(
                    serial, serial, Decimal("0.01"), Decimal("0.004"), Decimal(4200), None, None, at + YEAR
                )
                register.register_balance(conn, scale, station=station, at=at, who=ANN)
                back = Weighing(zero, "stable", zero, serial, "1", at)
                done = register.record_check(conn, station, weights, back, serial=serial, at=at, who=ANN)
                if not done.passed:
                    raise RuntimeError(f"the bench's own balance did not pass: {done.says}")
                _read_the_sheet(conn, station, at)

        self.store.write(rows)

    def claimed(self, preparation: str, station: str, person: str = ANN) -> None:
        """Make one up to its first scan: ordered, verified, claimed at a station, its label printed."""
        order = replace(self.pattern.order, key=replace(self.pattern.order.key, placer=preparation))
        self.do(preparation, asked.Open(order, self.pattern.recipe, self.pattern.policy))
        with self.store.reading() as conn:
            pam = actors.actor(conn, PAM, self.settings, clock.now())
        seen = self.current(preparation).digest
        signature = Signature("order verified", pam.name, pam.licence, "password", 2, seen, ())
        self.do(preparation, asked.Submit("verify", signature), PAM)
        self.do(preparation, asked.Claim(), person, station)
        self.do(preparation, asked.RecordLabel(Printed("in_process", preparation, 1, "aa" * 32, "spool")))

    def ended(self, preparation: str, scans: int) -> None:
        """Make one with so many wrong scans, and end it without a product."""
        self.claimed(preparation, ELSEWHERE)
        for _ in range(scans):
            self.do(preparation, asked.Submit("", WRONG), ANN, ELSEWHERE)
        self.do(preparation, asked.Abort("other", "made to be measured"), PAM)

    def waiting(self, preparation: str) -> None:
        """Make one that waits in the pharmacist's queue."""
        self.claimed(preparation, ELSEWHERE)
        self.do(preparation, asked.Pause("pharmacist hold", "made to be measured"), PAM)

    def fill(self, like: str, names: Iterable[str], at: datetime | None = None) -> int:
        """Write preparations with the events of `like`, each under its own id, as of now or of a day before.

        Returns how many events that was.
        """
        with self.store.reading() as conn:
            events, row = log.load(conn, like), views.get_preparation(conn, like)
        if row is None:
            raise RuntimeError(f"{like} is in no list")
        pattern, written, ids = Pattern(like, row, events, _in_order()), 0, list(names)
        for start in range(0, len(ids), TOGETHER):
            written += self.store.write(partial(pattern.copy, ids[start : start + TOGETHER], at or clock.now()))
        return written


@dataclass(frozen=True)
class Pattern:
    """A preparation that others are made after: the same bodies but for id, time and command, linked anew in both chains."""

    like: str
    """Its id."""
    row: views.PreparationRow
    """Its line in the lists."""
    events: tuple[StoredEvent, ...]
    """Its whole log."""
    commands: Iterator[str]
    """Ids for the commands of the copies."""

    def copy(self, names: Sequence[str], day: datetime, conn: Connection) -> int:
        """Write one more under each name: all their events, lines and labels in a statement each."""
        seq, link = log.head_of(conn, self.row.site)
        rows, lines, labels = list[dict[str, Any]](), list[dict[str, Any]](), list[dict[str, Any]]()
        line = {**vars(self.row), "flags": canonical.dump(list(self.row.flags)).decode()}
        at = moment_text(day)
        for name in names:
            for one in self._events(name, at):
                link = canonical.site_digest(link, one["digest"])
                seq += 1
                rows.append(one | {"site_seq": seq, "site_digest": link})
            lines.append(line | {"id": name, "updated_site_seq": seq})
            if any(one.kind == "label_recorded" for one in self.events):
                labels.append({"label": name, "copy": 1, "kind": "in_process", "preparation": name})
        conn.execute(insert(event), rows)
        conn.execute(insert(preparation), lines)
        if labels:
            conn.execute(insert(printed_label), labels)
        named = conn.execute(select(found_by.c.kind, found_by.c.value).where(found_by.c.preparation == self.like)).all()
        conn.execute(insert(found_by), [{**one._mapping, "preparation": name} for name in names for one in named])
        conn.execute(
            update(site_head).where(site_head.c.site == self.row.site),
            {"site_seq": seq, "site_digest": link, "last_at": at},
        )
        return len(rows)

    def _events(self, name: str, at: str) -> Iterator[dict[str, Any]]:
        """Yield the rows of one copy, linked in its own chain: ids are of one length, so a canonical body stays one."""
        link, commands = canonical.NOTHING_BEFORE, dict[str, str]()
        for one in self.events:
            command = commands.get(one.command_id) or commands.setdefault(one.command_id, next(self.commands))
            body = one.body.replace(self.like, name).replace(one.command_id, command)
            body = body.replace(moment_text(one.at), at, 1)
            link = canonical.event_digest(link, body.encode())
            yield {
                "preparation": name, "version": one.version, "kind": one.kind, "shape": one.shape, "body": body,
                "who": one.who, "second_person": one.second_person, "at": at, "station": one.station,
                "command_id": command, "ordinal": one.ordinal, "digest": link, "site": one.site,
            }  # fmt: skip


def _in_order() -> Iterator[str]:
    """Yield ids of commands, each after the last: where they come in any order, a large index is read and written all over."""
    first = clock.new_id(10)
    return (f"{first}{number:016}" for number in count())


def names(prefix: str, count: int) -> Iterator[str]:
    """Yield ids of eight characters."""
    return (f"{prefix}{number:0{8 - len(prefix)}}" for number in range(count))


@contextmanager
def open_shop(folder: Path) -> Iterator[Shop]:
    """Make the demo's pharmacy in a folder, or open the one that is there, and close it again."""
    sow_folder(folder)
    settings = load_settings(data_dir=folder, database_url="", photos_url="", demo=True, stations={})
    store = open_store(settings)
    try:
        dispatcher = Dispatcher(store, settings)
        with store.reading() as conn:
            first = next(iter(views.preparations(conn))).id
            pattern = dispatcher.current(conn, first)
        if pattern is None:
            raise RuntimeError("the demo has no order")
        shop = Shop(settings, store, dispatcher, pattern)
        with store.reading() as conn:
            there = register.balance_status(conn, ELSEWHERE)
        if there is None:
            shop.equip((ELSEWHERE,))
        yield shop
    finally:
        store.close()


def _read_the_sheet(conn: Connection, station: str, at: datetime) -> None:
    """Have the bench's tablet, which types its scans as no site set it up, read every symbol of the scanner's test."""
    for probe in PROBES:
        raw = probe.aim + probe.data
        judged, _ = scanner_gate.take(conn, station, "wedge", AS_IT_COMES, raw, at=at, who=ANN)
        if not judged.ready:
            raise RuntimeError(f"the bench's own scanner did not pass: {judged.says}")
