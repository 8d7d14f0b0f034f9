"""An order changed, cancelled or held at each step: work stops at once, the record says why, nothing stale leaves.

One bag is made to its end. Before each step every message is tried on it in a transaction that is then taken back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Connection

from app import preparations
from app.clock import new_command_id, now
from app.dispatch import Ask, Dispatcher
from app.interfaces.book import Verdict
from app.interfaces.hl7 import read
from app.interfaces.judge import handle
from app.interfaces.stored_book import Book
from app.outbox_worker import LabelPrinter
from app.people import actors
from app.people.door import Door
from app.people.secrets import CHEAP, Pepper, Secrets
from app.record import log
from app.record.blobs import Blobs
from app.record.engine import open_store
from app.settings import Settings
from tests import pharmacy
from tests.interfaces.cases import PROFILE
from tests.laid import lay
from tests.people.cast import ANN, PAM
from tests.pharmacy import Set
from workflows import commands as asked
from workflows import events as happened
from workflows.evidence import Signature
from workflows.status import next_slots, status

STOPPED = {"XO": "changed", "RP": "changed", "CA": "cancelled", "DC": "cancelled", "HD": "held"}


@pytest.fixture
def rooms(tmp_path: Path) -> Iterator[Set]:
    """A pharmacy with people, recipes, shelf and a checked scale."""
    settings = Settings(data_dir=lay(tmp_path), stations={pharmacy.STATION: pharmacy.station()}, demo=True)  # type: ignore[call-arg]  # the rest has defaults
    store, at = open_store(settings), now()
    door = Door(store, Secrets((Pepper("test0001", bytes(32)),), pin_cost=CHEAP, password_cost=CHEAP), settings)
    made = Set(store, Dispatcher(store, settings), Blobs(settings.photos), door)
    pharmacy.seat(door, at)
    pharmacy.furnish(made, at)
    yield made
    store.close()


class TakenBackError(Exception):
    """Ends a trial: nothing of it stays."""


@dataclass
class Trial:
    """What one message did, and what the tablet heard afterwards."""

    verdict: Verdict
    events: list[happened.Event]
    """Written on the preparation by the message."""
    told: dict[str, object]
    """The newest act on the site's own stream."""
    next_kind: str
    """Answer to the right evidence for the step that was due."""
    state: str
    """Of the preparation afterwards."""


def message(raw: bytes, control: str, dose: str = "") -> bytes:
    """The order's own message again, under another control and number."""
    text = raw.decode().replace("ORC|NW|", f"ORC|{control}|").replace("RDE_O11|M", "RDE_O11|N")
    return (text.replace("|970|", f"|{dose}|") if dose else text).encode()


def allergy(raw: bytes) -> bytes:
    """News that the order's patient does not bear its drug."""
    lines = {line[:3]: line for line in raw.decode().split("\r")}
    head = lines["MSH"].replace("RDE^O11^RDE_O11|M", "ADT^A60|N")
    return "\r".join([head, lines["PID"], "IAM|1|DA|3002^cyclophosphamide^RXNORM|SV||A"]).encode()


def tried(rooms: Set, preparation: str, raw: bytes, then: asked.Submit | None) -> Trial:
    at, found = now(), []

    def work(conn: Connection) -> None:
        before = len(preparations.history(conn, preparation))
        book = Book(conn, rooms.dispatcher, at, new_command_id())
        handled = handle(read(raw, [PROFILE]), book, at, "A1")
        events = [one.event for one in preparations.history(conn, preparation)[before:]]
        told = log.load(conn, rooms.dispatcher.settings.site_stream)[-1].data
        p = rooms.dispatcher.current(conn, preparation)
        assert p is not None
        kind = ""
        if then is not None:
            member = PAM if isinstance(then.evidence, Signature) else ANN
            who = actors.actor(conn, member.id, rooms.dispatcher.settings, at)
            station = "" if member is PAM else pharmacy.STATION
            ask = Ask(new_command_id(), preparation, then, who, station, None, p.version)
            kind = rooms.dispatcher.within(conn, ask, at).kind
        found.append(Trial(handled.verdict, events, told, kind, status(preparations.workflow_of(p), p)))
        raise TakenBackError

    with pytest.raises(TakenBackError):
        rooms.store.write(work)
    return found[0]


def due(rooms: Set, preparation: str) -> asked.Submit | None:
    """The right evidence for the step that is due, or None where a machine does it."""
    p = pharmacy.current(rooms, preparation)
    slot = next_slots(preparations.workflow_of(p), p)[0]
    if slot.step.by == "system":
        return None
    if slot.step.by != "pharmacist":
        return asked.Submit(slot.name, pharmacy.evidence(rooms, p, slot))
    with rooms.store.reading() as conn:
        who = actors.actor(conn, PAM.id, rooms.dispatcher.settings, now())
    meaning = {"verify": "order verified", "premix": "pre-mix approved"}.get(slot.name, "approved for release")
    seen = tuple(photo.sha256 for photo in p.photos())
    accepts = tuple(entry.slot for entry in p.typed())
    signature = Signature(meaning, who.name, who.licence, "password", 2, p.digest, seen, accepts)  # type: ignore[arg-type]
    return asked.Submit(slot.name, signature)


def steps(rooms: Set, preparation: str, printer: LabelPrinter) -> Iterator[str]:
    """Yield each step that is due, and do it when asked for the next."""
    for _ in range(100):
        p = pharmacy.current(rooms, preparation)
        slots = next_slots(preparations.workflow_of(p), p)
        if not slots:
            return
        name = slots[0].name
        yield name
        if name == "verify":
            pharmacy.sign(rooms, preparation, "verify", "order verified")
            done(rooms, preparation, asked.Claim())
        elif (then := due(rooms, preparation)) is None:
            printer.step()
        elif isinstance(then.evidence, Signature):
            meaning = "pre-mix approved" if name == "premix" else "approved for release"
            pharmacy.sign(rooms, preparation, name, meaning)
        else:
            done(rooms, preparation, then)


def done(rooms: Set, preparation: str, command: asked.Command) -> None:
    with rooms.store.reading() as conn:
        who = actors.actor(conn, ANN.id, rooms.dispatcher.settings, now())
    version = pharmacy.current(rooms, preparation).version
    ask = Ask(new_command_id(), preparation, command, who, pharmacy.STATION, None, version)
    outcome = rooms.dispatcher.do(ask)
    assert outcome.kind == "accepted", outcome


@pytest.mark.parametrize("every", [5, pytest.param(1, marks=pytest.mark.soak)])
def test_every_message_stops_every_step_and_what_is_stale_never_leaves(rooms: Set, every: int) -> None:
    at = now()
    raw = pharmacy.message(at)
    preparation = pharmacy.order(rooms, raw, at)
    printer = LabelPrinter(rooms.dispatcher, rooms.blobs, now)
    seen: list[str] = []
    for name in steps(rooms, preparation, printer):
        if pharmacy.current(rooms, preparation).outcome:
            break
        seen.append(name)
        if name not in ("verify", "approve", "release") and len(seen) % every:
            continue
        then, claimed = due(rooms, preparation), bool(pharmacy.current(rooms, preparation).claimed_by)
        for control, effect in STOPPED.items():
            dose = "960" if effect == "changed" else ""
            trial = tried(rooms, preparation, message(raw, control, dose), then)
            assert (trial.verdict.outcome, trial.verdict.effect) == ("accepted", effect), (name, control, trial.verdict)
            changes = [one for one in trial.events if isinstance(one, happened.OrderChanged)]
            assert [one.change for one in changes] == [effect], (name, control)
            assert (trial.told["effect"], changes[0].equal) == (effect, effect != "changed")
            if then is not None:
                assert trial.next_kind == "refused", (name, control)
            wanted = "paused" if claimed or effect == "held" else "aborted"
            assert trial.state == wanted or (not claimed and effect == "held"), (name, control, trial.state)
        news = tried(rooms, preparation, allergy(raw), then)
        assert "ALLERGY_MATCH" in {one.code for one in news.verdict.findings}, name
        assert then is None or news.next_kind == "refused", name
        assert not claimed or news.state == "paused", (name, news.state)
        status_only = tried(rooms, preparation, message(raw, "SC"), then)
        assert status_only.events == []
        if then is not None and claimed:
            assert status_only.next_kind == "accepted", name
    assert len(seen) > 25
    assert {"verify", "cabinet", "bag-after", "approve", "release"} <= set(seen)
    assert pharmacy.current(rooms, preparation).outcome == "released"
    for control in STOPPED:
        trial = tried(rooms, preparation, message(raw, control, "960"), None)
        assert [fault.reason for fault in trial.verdict.errors] == ["STATE_REFUSES"]
        assert (trial.events, bool(trial.verdict.alerts)) == ([], True)
