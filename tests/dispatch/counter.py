"""A record with equipment on its register, and the worked example made through the dispatcher, command by command."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from app import preparations
from app.dispatch import Ask, Dispatcher, Outcome
from app.record.engine import Store, open_store
from app.record.place import place_of
from app.record.verify import verify
from app.settings import Settings, load_settings
from app.stations import register
from tests.cast import ANN, PAM, PRINTER, cosigned
from tests.laid import lay
from tests.workflows import example
from workflows import commands as asked
from workflows.circumstances import Actor
from workflows.evidence import Confirmation, Evidence, LabelCode, Printed, Signature, Weighing
from workflows.preparation import Preparation


@dataclass
class Clock:
    """A clock that a test moves."""

    at: datetime = example.START

    def __call__(self) -> datetime:
        return self.at

    def on(self, **by: float) -> None:
        self.at += timedelta(**by)


def settings_in(folder: Path, database_url: str = "") -> Settings:
    return load_settings(data_dir=folder, database_url=database_url, demo=True, stations={}, site="MAIN")


def back(serial: str) -> Weighing:
    """The empty pan after the weights of the check of the day."""
    return Weighing(Decimal("0.00"), "stable", Decimal("0.00"), serial, "1", example.START)


def equip(store: Store, stations: tuple[str, ...] = ("HOOD-1",), first: int = 1) -> None:
    """Register a checked balance and a clean cabinet at each station; `first` is the number of the first of them."""
    at = example.START
    weights = (
        register.CheckWeight("W-20", Decimal("20.00"), Decimal("20.00"), Decimal("0.00"), "1"),
        register.CheckWeight("W-200", Decimal("200.00"), Decimal("199.99"), Decimal("0.00"), "1"),
    )

    def rows(conn: object) -> None:
        for number, station in enumerate(stations, start=first):
            scale = example.replace(example.BALANCE, name=f"BAL-{number}", checked_at=None, check_valid_until=None)
            register.register_balance(conn, scale, station=station, at=at, who="ada")  # type: ignore[arg-type]
            cabinet = example.replace(example.CABINET, code=f"BSC-{number}")
            register.register_cabinet(conn, cabinet, label=f"BSC0000{number}", station=station, at=at, who="ada")  # type: ignore[arg-type]
            passed = register.record_check(
                conn, station, weights, back(scale.serial), serial=scale.serial, at=at, who="ann"
            )  # type: ignore[arg-type]
            assert passed.passed, passed.says

    store.write(rows)


@dataclass
class Counter:
    """One preparation, asked for through the dispatcher."""

    dispatcher: Dispatcher
    id: str = "P0000001"
    station: str = "HOOD-1"
    clock: Clock = field(default_factory=Clock)
    count: int = 0

    @property
    def p(self) -> Preparation:
        with self.dispatcher.store.reading() as conn:
            found = self.dispatcher.current(conn, self.id)
        assert found is not None
        return found

    def ask(
        self, command: asked.Command, who: Actor = ANN, second: Actor | None = None, version: int | None = None
    ) -> Outcome:
        self.count += 1
        self.clock.on(seconds=20)
        station = self.station if "pharmacist" not in who.roles else ""
        if version is None and "system" not in who.roles:
            version = self.p.version
        signed = cosigned(second, self.p.digest, self.clock()) if second else None
        ask = Ask(f"{self.id}-{self.count}", self.id, command, who, station, second, version, signed)
        return self.dispatcher.do(ask)

    def open(self) -> Outcome:
        return self.ask(asked.Open(example.order(), example.RECIPE, example.POLICY), PRINTER)

    def sign(self, meaning: str, who: Actor = PAM) -> Signature:
        p = self.p
        seen = tuple(photo.sha256 for photo in p.photos())
        return Signature(meaning, who.name, who.licence, "password", 2, p.digest, seen)  # type: ignore[arg-type]

    def steps(self) -> Iterator[tuple[asked.Command, Actor]]:
        """Yield the worked example from the open preparation to its closing; each is made when it is asked for."""
        yield asked.Submit("", self.sign("order verified")), PAM
        yield asked.Claim(), ANN
        yield asked.RecordLabel(Printed("in_process", "INPR0001", 1, "aa" * 32, "spool")), PRINTER
        yield self.submit(example.scan(example.CABINET))
        for item in example.POLICY.ppe:
            yield self.submit(Confirmation(item))
        for found in (example.vial("A"), example.vial("B"), example.DILUENT, example.BAG):
            yield self.submit(example.scan(found))
        for part in self.p.plan.devices:
            yield self.submit(example.scan(example.device(part)))
        yield self.submit(example.photo("staged"))
        for before, after in (("30.11", "55.17"), ("30.05", "55.25")):
            yield self.submit(example.weigh(before, self.clock.at))
            yield self.submit(example.weigh(after, self.clock.at))
            yield self.submit(Confirmation("dissolved and clear"))
        for before, after in (("18.42", "42.97"), ("18.40", "42.71")):
            yield self.submit(example.weigh(before, self.clock.at))
            yield self.submit(example.weigh(after, self.clock.at))
        yield self.submit(example.photo("syringes"))
        yield self.submit(example.weigh("287.60", self.clock.at))
        yield self.submit(example.weigh("336.30", self.clock.at))
        yield self.submit(example.photo("empty"))
        yield asked.Submit("", Printed("final", "FINA0001", 1, "bb" * 32, "spool")), PRINTER
        yield self.submit(example.scan(LabelCode("final", "FINA0001", 1, self.id, False)))
        yield self.submit(example.photo("final"))
        yield asked.Submit("", self.sign("approved for release")), PAM
        yield self.submit(example.scan(LabelCode("in_process", "INPR0001", 1, self.id, False)))
        yield self.submit(Confirmation("leftovers discarded"))

    def submit(self, evidence: Evidence) -> tuple[asked.Command, Actor]:
        return asked.Submit("", evidence), ANN

    def make(self, until: int | None = None) -> None:
        """Make it, or its first `until` steps; every one must be accepted."""
        assert self.open().kind == "accepted"
        for number, (command, who) in enumerate(self.steps()):
            if until is not None and number >= until:
                return
            outcome = self.ask(command, who)
            assert outcome.kind == "accepted", (number, command, outcome)


def open_counter(folder: Path, clock: Clock | None = None, database_url: str = "") -> tuple[Store, Dispatcher, Clock]:
    """Open the record in `folder`, or the one at the URL, with a clock that a test moves."""
    ticking = clock or Clock()
    settings = settings_in(folder, database_url)
    if not database_url and not (folder / "vialtrace.db").exists():
        lay(folder)
    store = open_store(settings)
    return store, Dispatcher(store, settings, ticking), ticking


def sound(counter: Counter) -> bool:
    """Say whether the whole record verifies: chains, heads, columns, views."""
    settings = counter.dispatcher.settings
    verdict = verify(place_of(settings), settings.photos, lists=preparations.view_faults)
    assert not verdict.faults, verdict.faults
    return verdict.ok
