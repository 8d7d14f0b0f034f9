"""Prints what the record asks for: takes outbox rows one by one, draws the label, delivers it, and reports it as printed.

A row may be interrupted anywhere and is taken up again: the label's id and copy, and the drawn document, are kept with
the row before anything leaves the house, and the report carries the row's own command id. Where several processes share the
record, each prints the labels of its own stations, into its own folders. A label that may have come out is never sent
again by itself: its row is stuck until a person says whether it did.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection

from app import clock, logs, preparations, station_printers
from app.dispatch import Ask, Dispatcher
from app.label_documents import UNIT, Document, Documents
from app.people import accounts
from app.printers import SENDS, Cannot, hand_over, mark, was_delivered
from app.record import outbox, print_jobs, receipts
from app.record.blobs import Blobs
from app.record.engine import Busy, Closed, NotSaved, PerhapsSaved
from app.record.outbox import Entry
from app.station_printers import Printing
from app.station_settings import PrinterSettings
from devices.journal import Journal
from labels import DEMO, LabelTroubleError
from workflows import commands as asked
from workflows.circumstances import Actor
from workflows.evidence import Printed
from workflows.gates import may_print
from workflows.preparation import Preparation
from workflows.status import next_slots

T = TypeVar("T")
log = logs.of("printing")

PRINTER = Actor("system:printer", "label printer", frozenset({"system"}))
"""Who reports that a label came out."""
KIND = "print_label"
HOLD = timedelta(seconds=60)
"""How long a row may be in work before another worker takes it over."""
AGAIN = (2, 5, 15, 60)
"""Seconds until the next try after trouble with the printer's folder; after the last the row is stuck for a person."""
LOOKS_EVERY_S = 0.2
CONFIRMS = {"lp": print_jobs.TAKEN, "raw9100": print_jobs.CONFIRMED}
"""How far a printer that a label is sent to confirms it: CUPS says that it took it, never that it came out."""
AWAY = (Busy, NotSaved, PerhapsSaved, Closed)
"""The record takes nothing at the moment. Nothing is wrong with the label: its row is taken up again."""
WAITS_S = 3
"""Seconds until a label that waits for people is looked at again."""
INTERRUPTED = "The program ended while this label was being sent. It may have come out."


class LabelPrinter:
    """One thread that looks for rows, and two hands for each station: a printer that hangs holds up its own station's alone.

    `step` does one row and may be called without the thread.
    """

    def __init__(self, dispatcher: Dispatcher, kept: Blobs, now: Callable[[], datetime]) -> None:
        """Print for the stations of the dispatcher's settings; documents go to `kept`."""
        self._dispatcher = dispatcher
        self._store, self._settings = dispatcher.store, dispatcher.settings
        self._now = now
        self._worker = f"printer-{clock.new_id(6)}"
        self._documents = Documents(self._store, self._settings, kept, now, self._worker)
        self._journals: dict[str, Journal] = {}
        self._ends = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to print; returns at once."""
        if self._thread is None:
            self._ends.clear()
            self._thread = threading.Thread(target=self._run, name="label printer", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """End the thread after the row in work. A second call does nothing."""
        self._ends.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        for journal in self._journals.values():
            journal.close()
        self._journals.clear()

    def _run(self) -> None:
        hands = max(1, 2 * len(self._settings.stations))
        with ThreadPoolExecutor(hands, thread_name_prefix="label printer") as pool:
            while not self._ends.is_set():
                entry = self._minded(self._take)
                if entry is None:
                    self._ends.wait(LOOKS_EVERY_S)
                else:
                    pool.submit(self._minded, partial(self._do, entry))

    def _minded(self, work: Callable[[], T]) -> T | None:
        """Do something; what goes wrong is logged, and the row is taken up again when its hold is over."""
        try:
            return work()
        except AWAY:
            log.warning("outbox not worked", exc_info=True)
        except Exception:
            log.exception("label not printed")
        return None

    def step(self) -> bool:
        """Take one due row and do it; False when there was none."""
        entry = self._take()
        if entry is not None:
            self._do(entry)
        return entry is not None

    def _do(self, entry: Entry) -> None:
        try:
            trouble = self._print(entry)
        except AWAY as away:
            trouble = Cannot(f"The record could not be reached: {away}", waits=True)
        except Exception as error:
            says, given_up = f"The label could not be made ({type(error).__name__}).", _is_test(entry)
            self._settle(entry, Cannot(says, for_good=True, given_up=given_up))
            raise
        self._settle(entry, trouble)

    @property
    def lanes(self) -> frozenset[str] | None:
        """What this process prints: where others write to the record too, the labels of its own stations alone."""
        if not self._store.is_shared:
            return None
        stations = self._settings.stations
        return frozenset(map(outbox.printer_lane, stations)) | frozenset(map(outbox.test_lane, stations))

    def _take(self) -> Entry | None:
        """Take a row and, the first time, choose the label's id and copy for good.

        Five times a second there is nothing to take: that is seen without a turn of the writer's, which all processes share.
        """
        at = self._now()
        with self._store.reading() as conn:
            if not outbox.is_due(conn, kinds=[KIND], at=at, lanes=self.lanes):
                return None

        def work(conn: Connection) -> Entry | None:
            entry = outbox.take(conn, kinds=[KIND], worker=self._worker, at=at, hold=HOLD, lanes=self.lanes)
            if entry is None or "label" in entry.payload:
                return entry
            p = self._dispatcher.current(conn, entry.payload["preparation"])
            return self._keep(conn, entry, _named(p, entry.payload["kind"]))

        return self._store.write(work)

    def _keep(self, conn: Connection, entry: Entry, more: dict[str, Any]) -> Entry:
        outbox.remember(conn, entry.id, more, worker=self._worker)
        kept = outbox.get(conn, entry.id)
        if kept is None:
            raise LookupError(f"outbox row {entry.id} is gone")
        return kept

    def _settle(self, entry: Entry, trouble: Cannot | None) -> None:
        if trouble is None:
            self._store.write(lambda conn: outbox.done(conn, entry.id, worker=self._worker))
            mark(self._folder(entry.lane.partition("/")[2]), _file_name(entry)).unlink(missing_ok=True)
            return
        wait = AGAIN[entry.attempts - 1] if entry.attempts <= len(AGAIN) and not trouble.for_good else None
        if trouble.waits:
            wait = WAITS_S
        if trouble.unknown:
            wait = None
        retry_at = None if wait is None or trouble.given_up else self._now() + timedelta(seconds=wait)
        log.warning("label not printed", row=entry.id, kind=entry.payload["kind"], station=entry.lane.partition("/")[2])

        def work(conn: Connection) -> None:
            outbox.failed(conn, entry.id, worker=self._worker, says=trouble.says, retry_at=retry_at)
            if trouble.given_up:
                outbox.dismiss(conn, entry.id, says=trouble.says)

        self._store.write(work)

    def _print(self, entry: Entry) -> Cannot | None:
        """Draw, deliver and report one label, each only where that was not done before."""
        if _is_test(entry):
            return self._print_test(entry, entry.lane.partition("/")[2])
        with self._store.reading() as conn:
            p = self._dispatcher.current(conn, entry.payload["preparation"])
            reported = receipts.find(conn, command_id(entry)) is not None
            blocked = self._dispatcher.order_blocked(conn, entry.payload["preparation"], p, self._now()) if p else ""
        if reported:
            return None
        if self._was_interrupted(entry):
            return Cannot(INTERRUPTED, unknown=True)
        if p is None:
            return Cannot("There is no such preparation.", for_good=True)
        held = _held(p, entry, blocked, self._now())
        station = entry.lane.partition("/")[2]
        document = held or self._documents.of(entry, p, self._printing(station))
        if isinstance(document, Cannot):
            return document
        return self._hand_over(entry, station, document.content) or self._report(entry, p, document, station)

    def _print_test(self, entry: Entry, station: str) -> Cannot | None:
        """Print a station's test label. Whatever is in the way is said, and no label of a patient waits behind it."""
        from labels import printer_test  # it draws and reads pictures, which a server needs with its first label only

        how, said = self._printing(station), entry.payload
        label = printer_test.PrinterTest(
            mark=DEMO if self._settings.demo else None,
            code_id=said["label"],
            station=station,
            printer=how.printer.named,
            at=datetime.fromisoformat(said["at"]),
            zone=self._settings.site_zone,
        )
        try:
            content = printer_test.draw(label, how.test_stock, how.printer.dpi)
        except LabelTroubleError as trouble:
            return Cannot(f"The test label cannot be drawn: {trouble}", given_up=True)
        stopped = self._hand_over(entry, station, content)
        return stopped and replace(stopped, given_up=not stopped.waits, unknown=False)

    def _hand_over(self, entry: Entry, station: str, content: bytes) -> Cannot | None:
        """Let the label leave the house, unless it did before or this row was lost to another process meanwhile."""
        printer, folder, name = self._printing(station).printer, self._folder(station), _file_name(entry)
        if entry.payload.get("job") in print_jobs.LEFT or was_delivered(folder, name):
            return None
        if self._was_interrupted(entry):
            return Cannot(INTERRUPTED, unknown=True)
        with self._store.reading() as conn:
            withheld = station_printers.withheld(conn, station, self._settings, entry.payload["kind"])
        if withheld:
            return Cannot(withheld, waits=not _is_test(entry))
        until = self._now() + HOLD

        def begin(conn: Connection) -> bool:
            """Remember that it leaves, before it does: whoever is killed from here on may have printed it."""
            mine = outbox.renew(conn, entry.id, worker=self._worker, until=until)
            leaves = {"job": print_jobs.SENT, "printer_kind": printer.kind, "printer": printer.named}
            return mine and outbox.remember(conn, entry.id, leaves, worker=self._worker)

        if not self._store.write(begin):
            return Cannot("Another process prints this label by now.", waits=True)
        trouble = hand_over(printer, folder, name, content, self._journal(station, printer))
        if trouble is None and printer.kind in SENDS:
            self._store.write(lambda conn: self._keep(conn, entry, {"job": CONFIRMS[printer.kind]}))
        if trouble is not None and not trouble.unknown:
            # The printer itself says that nothing came out: nothing else takes the mark away.
            self._store.write(lambda conn: self._keep(conn, entry, {"job": ""}))
        return trouble

    def _was_interrupted(self, entry: Entry) -> bool:
        """Say whether it was under way to a printer when the program ended: it may have come out."""
        kind = entry.payload.get("printer_kind") or self._printing(entry.lane.partition("/")[2]).printer.kind
        return entry.payload.get("job") == print_jobs.SENT and kind in SENDS

    def _journal(self, station: str, printer: PrinterSettings) -> Journal | None:
        """Return where this station's printer is written down, byte by byte; what it prints is not."""
        if printer.kind != "raw9100":
            return None
        if station not in self._journals:
            folder = self._settings.data_dir / "journals"
            folder.mkdir(parents=True, exist_ok=True)
            self._journals[station] = Journal(folder / f"{station}-printer.journal", self._now)
        return self._journals[station]

    def _report(self, entry: Entry, p: Preparation, document: Document, station: str) -> Cannot | None:
        """Tell the preparation that its label came out."""
        kind = entry.payload["kind"]
        if kind == UNIT:
            return None  # the vial was kept under this label's code before it was printed
        label, copy, named = entry.payload["label"], entry.payload["copy"], self._named(entry, station)
        printed = Printed(kind, label, copy, document.sha256, named, document.language, document.texts)
        waited_for = any(slot.name == "label-print" for slot in next_slots(preparations.workflow_of(p), p))
        command: asked.Command = asked.RecordLabel(printed, entry.payload.get("reason", ""))
        if kind == "final" and waited_for:
            command = asked.Submit("label-print", printed)
        outcome = self._dispatcher.do(Ask(command_id(entry), entry.payload["preparation"], command, PRINTER, station))
        if outcome.kind == "accepted":
            return None
        return Cannot(f"The label came out, but the record refused it: {outcome.says}", for_good=True)

    def _named(self, entry: Entry, station: str) -> str:
        """Return the printer as the record names it, and who confirmed that the label came out where somebody did."""
        with self._store.reading() as conn:
            kept = outbox.get(conn, entry.id) or entry
            named = kept.payload.get("printer") or self._printing(station).printer.named
            if seen_by := kept.payload.get("seen_by", ""):
                return f"{named}: seen by {accounts.by_id(conn, seen_by).name}"
        return f"{named}: {print_jobs.state_of(kept)}" if kept.payload.get("job") in print_jobs.LEFT else named

    def _printing(self, station: str) -> Printing:
        with self._store.reading() as conn:
            return station_printers.printing(conn, station, self._settings)

    def _folder(self, station: str) -> Path:
        """Return where its files go: the settings' own folder, whatever was set up since."""
        stands = self._settings.stations.get(station)
        return self._settings.data_dir / (stands.printer if stands else PrinterSettings.model_construct()).folder


def _held(p: Preparation, entry: Entry, order_blocked: str, at: datetime) -> Cannot | None:
    """Say why a label does not leave the house now: a final one waits for people, and one of an ended run for nobody.

    What was released has its final label printed once more where a pharmacist asked for it, inside its beyond-use time.
    """
    kind, job = entry.payload["kind"], entry.payload.get("job")
    if kind == UNIT:
        return None
    if p.outcome and not (kind == "final" and p.outcome == "released"):
        became = f"{print_jobs.name_of(entry)} came out" if job in print_jobs.LEFT else "no label is printed"
        return Cannot(f"The preparation was {p.outcome} meanwhile: {became}.", given_up=True)
    waits = may_print(p, order_blocked, at) if kind == "final" else None
    return Cannot(waits.says, waits=not p.outcome, given_up=bool(p.outcome)) if waits else None


def _is_test(entry: Entry) -> bool:
    return bool(entry.payload["kind"] == station_printers.TEST)


def command_id(entry: Entry) -> str:
    """Return the id under which a row is reported: the same however often it is taken up."""
    return f"outbox-{entry.id:019d}"


def _file_name(entry: Entry) -> str:
    kind = entry.payload["kind"].replace("_", "-")
    return f"{kind}-{entry.payload['label']}-{entry.payload['copy']}.pdf"


def _named(p: Preparation | None, kind: str) -> dict[str, Any]:
    """Return a new label id with copy 1, or the label that is live now with its next copy, in the language it was printed in."""
    printed = [one for one in p.labels if one.label_kind == kind] if p else []
    if not printed:
        return {"label": clock.new_id(8), "copy": 1}
    return {
        "label": printed[-1].label_id,
        "copy": max(one.copy for one in printed) + 1,
        "language": printed[-1].language,
    }
