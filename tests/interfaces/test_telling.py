"""What became of an order is told: each phase, the dispense at release, in sequence, matched by MSA-2, the same bytes again."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import hl7
import pytest
from sqlalchemy import select

from app import clock
from app.clock import new_command_id, now
from app.dispatch import Ask, Dispatcher
from app.interfaces.hl7 import read
from app.interfaces.intake import Intake
from app.interfaces.news import News, news_of
from app.interfaces.opening import key_text
from app.interfaces.outgoing import Letter, Made, write
from app.interfaces.profile import Destination, Profile, ProfileError, read_profile
from app.interfaces.senders import Senders
from app.interfaces.sending import Courier, Line
from app.interfaces.tables import ordered
from app.outbox_worker import LabelPrinter
from app.people import actors
from app.people.door import Door
from app.people.secrets import CHEAP, Pepper, Secrets
from app.record import codec, outbox
from app.record.blobs import Blobs
from app.record.engine import open_store
from app.settings import Settings
from tests import pharmacy
from tests.interfaces.cases import FOLDER, PROFILE, S01
from tests.laid import lay
from tests.people.cast import ANN
from tests.pharmacy import Set
from workflows import commands as asked
from workflows import events as happened
from workflows.order import Person

SB, EB = b"\x0b", b"\x1c\x0d"


class Hospital:
    """The far side: takes messages and answers each as it is told, by its own account of a frame."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.heard: list[bytes] = []
        self.answers: list[str] = []
        """What to do with the next messages: AA, AE, other (another message's AA first), hang up; then AA."""
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self._thread.join(10)

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection, suppress(OSError):  # whoever hangs up in the middle is no fault of this side
                self._converse(connection)

    def _converse(self, connection: socket.socket) -> None:
        left = b""
        while received := connection.recv(65536):
            left += received
            while EB in left:
                frame, _, left = left.partition(EB)
                self.heard.append(frame[1:])
                how = self.answers.pop(0) if self.answers else "AA"
                if how == "hang up":
                    return
                control = frame.split(b"\r")[0].split(b"|")[9].decode()
                if how == "other":
                    connection.sendall(self._answer("AA", "SOMEBODY-ELSES"))
                connection.sendall(self._answer("AA" if how == "other" else how, control))

    @staticmethod
    def _answer(code: str, control: str) -> bytes:
        return SB + f"MSH|^~\\&|A|B|C|D|20260311||ACK|1|P|2.5.1\rMSA|{code}|{control}\r".encode() + EB


@contextmanager
def hospital() -> Iterator[Hospital]:
    far = Hospital()
    try:
        yield far
    finally:
        far.close()


def told_at(port: int, processing_id: str = "P", **changes: bool) -> Profile:
    to = replace(Destination("127.0.0.1", port, True, True, "", "", ""), **changes)
    return replace(PROFILE, destination=to, processing_id=processing_id)


@contextmanager
def pharmacy_of(folder: Path, profile: Profile) -> Iterator[tuple[Set, Intake, Courier]]:
    settings = Settings(data_dir=lay(folder), stations={pharmacy.STATION: pharmacy.station()}, demo=True)  # type: ignore[call-arg]  # the rest has defaults
    store, at = open_store(settings), now()
    door = Door(store, Secrets((Pepper("test0001", bytes(32)),), pin_cost=CHEAP, password_cost=CHEAP), settings)
    rooms = Set(store, Dispatcher(store, settings), Blobs(settings.photos), door)
    pharmacy.seat(door, at)
    pharmacy.furnish(rooms, at)
    intake = Intake(rooms.dispatcher, rooms.blobs, [profile])
    courier = Courier(rooms.dispatcher, rooms.blobs, Senders([profile]), profile.name, now)
    try:
        yield rooms, intake, courier
    finally:
        courier.close()
        store.close()


def receive(intake: Intake, raw: bytes) -> None:
    handled, _ = intake.receive(read(raw, [PROFILE]), at=now(), own_id=clock.new_id())
    assert handled.verdict.outcome == "accepted", handled.verdict


def opened(rooms: Set, intake: Intake, raw: bytes) -> str:
    receive(intake, raw)
    with rooms.store.reading() as conn:
        return str(conn.execute(select(ordered.c.preparation)).scalar_one())


def do(rooms: Set, preparation: str, command: asked.Command) -> None:
    with rooms.store.reading() as conn:
        who = actors.actor(conn, ANN.id, rooms.dispatcher.settings, now())
    version = pharmacy.current(rooms, preparation).version
    outcome = rooms.dispatcher.do(Ask(new_command_id(), preparation, command, who, pharmacy.STATION, None, version))
    assert outcome.kind == "accepted", outcome


def said(message: bytes) -> tuple[str, ...]:
    """Type, ORC-1, ORC-5 and ORC-16.1 of a message, as python-hl7 reads it."""
    found = hl7.parse(message.decode())
    orc = found.segment("ORC")
    reason = str(orc[16][0][0]) if len(orc) > 16 else ""
    return (str(found.segment("MSH")[9][0][0]), str(orc[1]), str(orc[5]), reason)


def whole(message: bytes, ordered_mg: Decimal) -> None:
    """Hold a dispense to what a bedside system needs: window and flag, quantity, coded route, visit; no class made up."""
    found = hl7.parse(message.decode())
    measured = next(one for one in found.segments("OBX") if str(one[3][0][0]) == "VT-MEAS")
    assert (str(measured[7]), str(measured[8])) == (f"{ordered_mg * 95 / 100:.1f}-{ordered_mg * 105 / 100:.1f}", "N")
    assert str(found.segment("MSH")[11]) == "T"
    assert [str(part) for part in found.segment("RXR")[1][0]] == ["IV", "Intravenous", "HL70162"]
    assert (str(found.segment("PV1")[2]), str(found.segment("PV1")[19])) == ("U", "V20260311")
    assert (str(found.segment("RXD")[4]), str(found.segment("RXD")[5][0][0])) == ("1", "BAG")
    assert (str(found.segment("RXE")[23]), str(found.segment("RXE")[24])) == ("597", "mL/h")
    names = [str(one[0]) for one in found]
    assert names.index("PV1") < names.index("ORC") < names.index("RXE") < names.index("RXD") < names.index("OBX")


def test_each_phase_and_the_dispense_are_told_in_sequence(tmp_path: Path) -> None:
    with hospital() as far, pharmacy_of(tmp_path, told_at(far.port, processing_id="T")) as (rooms, intake, courier):
        preparation = opened(rooms, intake, pharmacy.message(now()))
        pharmacy.sign(rooms, preparation, "verify", "order verified")
        do(rooms, preparation, asked.Claim())
        do(rooms, preparation, asked.Pause("equipment", "the lamp of Marta Example flickers"))
        do(rooms, preparation, asked.Resume("the lamp is mended"))
        pharmacy.advance(rooms, preparation, "waste", printer=LabelPrinter(rooms.dispatcher, rooms.blobs, now))
        while courier.step():
            pass
        assert [said(one) for one in far.heard] == [
            ("ORM", "SC", "SC", "CONFIRMED"),
            ("ORM", "SC", "IP", "STARTED"),
            ("ORM", "SC", "HD", "PAUSED"),
            ("ORM", "SC", "IP", "RESUMED"),
            ("ORM", "SC", "IP", "CHECKING"),
            ("RDS", "RE", "CM", ""),
        ]
        assert all(b"lamp" not in one for one in far.heard)
        dispense = hl7.parse(far.heard[-1].decode())
        rxd = dispense.segment("RXD")
        p = pharmacy.current(rooms, preparation)
        assert (str(dispense.segment("PID")[3][0][0]), str(dispense.segment("ORC")[2][0][0])) == (
            "10234567",
            "ORD7700123",
        )
        assert (str(rxd[18]), str(rxd[10][0][0])) == ("AB123", ANN.id)
        assert 921 < float(str(rxd[16])) < 1019
        assert str(rxd[19])[:8].isdigit()
        observed = {str(one[3][0][0]): str(one[5]) for one in dispense.segments("OBX")}
        label = p.final_label()
        assert label is not None
        assert observed["VT-MEAS"] == str(rxd[16])
        assert label.label_id in observed["VT-BARCODE"]
        components = [str(one[2][0][0]) for one in dispense.segments("RXC")]
        assert components == ["D5W-250", "CYCLO-20"]
        whole(far.heard[-1], p.planned.ordered_mg)


def rows(rooms: Set) -> list[tuple[str, int]]:
    with rooms.store.reading() as conn:
        entries = outbox.unfinished(conn)
    return [(one.status, one.attempts) for one in entries if one.kind.startswith("tell/")]


def test_an_answer_to_another_message_counts_for_nothing_and_a_refusal_is_a_dead_letter(tmp_path: Path) -> None:
    with hospital() as far, pharmacy_of(tmp_path, told_at(far.port)) as (rooms, intake, courier):
        preparation = opened(rooms, intake, pharmacy.message(now()))
        pharmacy.sign(rooms, preparation, "verify", "order verified")
        do(rooms, preparation, asked.Claim())
        far.answers = ["other", "AE"]
        assert (courier.step(), courier.line.dropped) == (True, 1)
        assert courier.step()
        assert rows(rooms) == [("stuck", 1)]
        do(rooms, preparation, asked.Pause("equipment", "the lamp flickers"))
        assert not courier.step()
        with rooms.store.reading() as conn:
            first = next(one for one in outbox.unfinished(conn) if one.status == "stuck")
        assert rooms.store.write(lambda conn: outbox.retry(conn, first.id, at=now()))
        assert courier.step()
        assert courier.step()
        assert [said(one)[3] for one in far.heard] == ["CONFIRMED", "STARTED", "STARTED", "PAUSED"]
        assert far.heard[1] == far.heard[2]


def test_nobody_there_is_tried_again_with_the_same_bytes(tmp_path: Path) -> None:
    with hospital() as far, pharmacy_of(tmp_path, told_at(far.port)) as (rooms, intake, courier):
        at = now()
        courier._now = lambda: at
        preparation = opened(rooms, intake, pharmacy.message(now()))
        pharmacy.sign(rooms, preparation, "verify", "order verified")
        far.answers = ["hang up"]
        at = now()
        assert courier.step()
        assert rows(rooms) == [("waiting", 1)]
        assert not courier.step()
        at += timedelta(seconds=2)
        assert courier.step()
        assert rows(rooms) == []
        assert len(far.heard) == 2
        assert far.heard[0] == far.heard[1]


def test_a_cancel_is_answered_as_asked(tmp_path: Path) -> None:
    with hospital() as far, pharmacy_of(tmp_path, told_at(far.port)) as (rooms, intake, courier):
        raw = pharmacy.message(now())
        opened(rooms, intake, raw)
        receive(intake, raw.replace(b"ORC|NW|", b"ORC|CA|").replace(b"RDE_O11|M", b"RDE_O11|N"))
        while courier.step():
            pass
        assert [said(one) for one in far.heard] == [("ORM", "CR", "CA", "CANCELLED")]


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (happened.Reworked, ("SC", "IP", "REWORK")),
        (happened.Remade, ("SC", "IP", "REMAKE")),
        (happened.Aborted, ("SC", "SC", "ABORTED")),
        (happened.MadeOnPaper, ("SC", "CM", "ON_PAPER")),
    ],
)
def test_each_other_phase_has_its_words(event: type[happened.Event], told: tuple[str, str, str]) -> None:
    made = event(**dict.fromkeys((field.name for field in fields(event)), "x"))  # type: ignore[arg-type]
    (news,) = news_of(made, None, "active", "", "")
    assert (news.control, news.status, news.code) == told


def test_a_hold_and_its_end_are_answered_as_asked() -> None:
    held, ended = (happened.OrderChanged(change, 2, False) for change in ("held", "released"))  # type: ignore[arg-type]
    assert [(one.control, one.status) for one in news_of(held, None, "held", "", "")] == [("HR", "HD")]
    assert [(one.control, one.status) for one in news_of(ended, None, "active", "", "")] == [("OR", "SC")]


def test_a_destination_hears_the_phases_it_chose_and_every_answer_to_a_cancel(tmp_path: Path) -> None:
    with hospital() as far:
        profile = told_at(far.port)
        chosen = replace(profile, destination=replace(profile.destination, phases=frozenset({"STARTED"})))  # type: ignore[type-var]
        with pharmacy_of(tmp_path, chosen) as (rooms, intake, courier):
            raw = pharmacy.message(now())
            preparation = opened(rooms, intake, raw)
            pharmacy.sign(rooms, preparation, "verify", "order verified")
            do(rooms, preparation, asked.Claim())
            receive(intake, raw.replace(b"ORC|NW|", b"ORC|CA|").replace(b"RDE_O11|M", b"RDE_O11|N"))
            do(rooms, preparation, asked.Abort("order cancelled"))
            while courier.step():
                pass
    assert [said(one)[3] for one in far.heard] == ["STARTED", "CANCELLED"]


def at_east(rooms: Set, profiles: list[Profile]) -> tuple[Dispatcher, Courier]:
    """The process of another site over the same record, with these sender profiles."""
    east = Dispatcher(rooms.store, rooms.dispatcher.settings.model_copy(update={"site": "EAST"}))
    Intake(east, rooms.blobs, profiles)
    return east, Courier(east, rooms.blobs, Senders(profiles), PROFILE.name, now)


def test_a_site_tells_of_its_own_orders_only(tmp_path: Path) -> None:
    with hospital() as far, pharmacy_of(tmp_path, told_at(far.port)) as (rooms, intake, courier):
        preparation = opened(rooms, intake, pharmacy.message(now()))
        pharmacy.sign(rooms, preparation, "verify", "order verified")
        _, elsewhere = at_east(rooms, [told_at(far.port)])
        assert not elsewhere.step()
        assert courier.step()
        assert [said(one)[3] for one in far.heard] == ["CONFIRMED"]


@pytest.mark.parametrize(("status", "heard"), [(True, ["CONFIRMED", "STARTED"]), (False, [])])
def test_what_is_done_from_another_site_is_told_as_the_site_where_it_is_made_tells(
    tmp_path: Path, status: bool, heard: list[str]
) -> None:
    with hospital() as far, pharmacy_of(tmp_path, told_at(far.port, status=status)) as (rooms, intake, courier):
        preparation = opened(rooms, intake, pharmacy.message(now()))
        pharmacy.sign(rooms, preparation, "verify", "order verified")
        east, elsewhere = at_east(rooms, [])
        there = replace(rooms, dispatcher=east.at_site(rooms.dispatcher.settings))
        do(there, preparation, asked.Claim())
        assert not elsewhere.step()
        while courier.step():
            pass
        assert [said(one)[3] for one in far.heard] == heard
        assert rows(rooms) == []


@pytest.mark.parametrize("before", [False, True])
def test_a_dispense_of_which_nothing_was_released_never_leaves_as_anything_else(tmp_path: Path, before: bool) -> None:
    with hospital() as far, pharmacy_of(tmp_path, told_at(far.port, status=False)) as (rooms, intake, courier):
        preparation = opened(rooms, intake, pharmacy.message(now()))
        key = pharmacy.current(rooms, preparation).order.key
        news = News("dispense", "RE", "CM", "", "")
        payload = {"key": key_text(key).split("\x1f"), "news": codec.encode(news), "preparation": preparation}
        payload |= {"at": now().isoformat(), "who": ANN.id, "id": "X1"}
        kind = f"tell/{PROFILE.name}" if before else outbox.teller("MAIN", PROFILE.name)
        rooms.store.write(
            lambda conn: outbox.put(conn, kind=kind, lane="x", payload=payload, at=now(), command_id=new_command_id())
        )
        assert courier.step()
        assert (far.heard, rows(rooms)) == ([], [("stuck", 1)])


def test_whoever_wants_only_the_dispense_hears_only_that(tmp_path: Path) -> None:
    with hospital() as far, pharmacy_of(tmp_path, told_at(far.port, status=False)) as (rooms, intake, courier):
        preparation = opened(rooms, intake, pharmacy.message(now()))
        pharmacy.sign(rooms, preparation, "verify", "order verified")
        assert not courier.step()


@pytest.mark.parametrize(
    ("dose", "measured", "said_mg", "off", "window", "flag"),
    [
        ("0.12", "0.12", "0.1200", "+0.00", "0.1140-0.1260", "N"),
        ("0.12", "0.11396", "0.1140", "-5.03", "0.1140-0.1260", "L"),
        ("970", "968.4512", "968.5", "-0.16", "921.5-1018.5", "N"),
        ("4321", "4320.04", "4320.0", "-0.02", "4105.0-4537.0", "N"),
    ],
)
def test_a_small_dose_is_told_to_four_figures_and_judged_by_what_was_measured(
    dose: str, measured: str, said_mg: str, off: str, window: str, flag: str
) -> None:
    reading = read(S01, [PROFILE])
    order, patient = reading.orders[0].order, reading.patient
    assert order is not None
    assert patient is not None
    order, at, ordered_mg = replace(order, dose=Decimal(dose)), now(), Decimal(dose)
    limits = (ordered_mg * 95 / 100, ordered_mg * 105 / 100)
    made = Made(at, Decimal(measured), limits, Decimal(1), at, Person("A", "A"), None, "", ())
    text = write(Letter(News("dispense", "RE", "CM"), order, patient, "P1", at, Person("A", "A"), "X1", PROFILE, made))
    found = hl7.parse(text)
    assert str(found.segment("RXD")[16]) == said_mg
    assert f"{said_mg} mg measured ({off} percent)" in str(found.segment("RXD")[9])
    observed = next(one for one in found.segments("OBX") if str(one[3][0][0]) == "VT-MEAS")
    assert (str(observed[5]), str(observed[7]), str(observed[8])) == (said_mg, window, flag)


def test_beyond_this_machine_a_destination_needs_tls() -> None:
    text = json.loads((FOLDER / "profile_oncehr.json").read_text("utf-8"))
    text["destinations"] = {"host": "ehr.example", "port": 2575}
    with pytest.raises(ProfileError, match="tls_ca"):
        read_profile(json.dumps(text))


def test_a_line_whose_other_side_says_nothing_gives_up_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        line = Line(Destination("127.0.0.1", silent.getsockname()[1], True, True, "", "", ""), answer_within=0.2)
        assert line.ask(S01.decode(), "M000001").code == ""
        line.close()
