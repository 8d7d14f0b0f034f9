"""Orders over a real connection: frames however torn, one answer a message, on disk first, and a bad one ends nothing."""

from __future__ import annotations

import random
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hl7.client import MLLPClient
from pydantic import ValidationError
from sqlalchemy import func, select

from app import create_app
from app.interfaces.book import MemoryBook
from app.interfaces.framing import Frames, TooLongError
from app.interfaces.mllp import Receiver
from app.interfaces.opening import blocked, make_anew
from app.interfaces.tables import message, ordered
from app.people.secrets import CHEAP
from app.record.troubles import NotSaved
from app.settings import Settings
from app.web.house import house_of
from tests.interfaces.cases import CASES, S01, sample
from tests.interfaces.senders import (
    EB,
    SB,
    InMemory,
    Sender,
    listening,
    msa,
    numbered,
    recording,
    torn,
)
from tests.laid import lay

LONG = b"x" * (64 * 1024 + 1)


def test_i1_a_frame_is_the_same_wherever_the_reads_split_it() -> None:
    stream = b"noise" + SB + b"one\x1ctwo" + EB + b"\r\n" + SB + EB + SB + b"three" + EB + b"\x1c\x0d"
    wanted = [b"one\x1ctwo", b"", b"three"]
    for cut in range(len(stream) + 1):
        frames = Frames(100)
        assert frames.feed(stream[:cut]) + frames.feed(stream[cut:]) == wanted
        assert (frames.skipped, frames.inside, frames.number) == (9, False, 3)
    frames = Frames(100)
    assert [one for byte in stream for one in frames.feed(bytes([byte]))] == wanted


def test_a_frame_over_the_limit_is_said_as_soon_as_it_is() -> None:
    frames = Frames(10)
    assert frames.feed(SB + b"0123456789" + EB) == [b"0123456789"]
    with pytest.raises(TooLongError) as long:
        frames.feed(SB + b"fits" + EB + SB + b"01234567890")
    assert (long.value.before, long.value.begun) == ([b"fits"], b"01234567890")
    with pytest.raises(TooLongError):
        Frames(10).feed(SB + b"01234567890" + EB)


@pytest.fixture(scope="module")
def open_port() -> Iterator[tuple[Receiver, InMemory]]:
    intake = InMemory()
    with listening(intake) as port:
        yield port, intake


@pytest.mark.parametrize("name", CASES)
def test_every_sample_is_answered_over_the_wire_as_the_index_says(
    name: str, open_port: tuple[Receiver, InMemory]
) -> None:
    case, (port, intake) = CASES[name], open_port
    intake.book = MemoryBook()
    with MLLPClient("127.0.0.1", port.port) as client:
        for before in case.get("given", ()):
            client.send_message(sample(before))
        client.socket.sendall(SB + sample(name) + EB)
        answer = client.socket.recv(65536)
    assert msa(answer.strip(SB + EB))[0] == case["ack"]
    for error in case["errors"]:
        assert f"|{error['err']}^".encode() in answer
        assert f"|{error['reason']}^".encode() in answer


def test_i2_two_messages_that_ran_together_are_refused_and_the_next_is_read() -> None:
    with listening(InMemory()) as port, Sender(port.port) as sender:
        sender.socket.sendall(SB + S01[:300] + SB + S01 + EB)
        sender.send(numbered(2))
        first = sender.answer()
        assert (msa(first), b"MERGED_FRAMES" in first) == (("AR", "M000001"), True)
        assert msa(sender.answer()) == ("AA", "M000002")


def test_i3_a_bad_message_ends_nothing_and_one_too_long_ends_its_own_connection() -> None:
    intake = InMemory()
    with listening(intake, most_kib=64) as port, Sender(port.port) as other, Sender(port.port) as sender:
        for bad in (b"", b"\xff\xfe", b"PID|1", b"MSH|", S01.replace(b"|970|", b"|970,0|")):
            sender.send(bad)
            assert msa(sender.answer())[0] in ("AE", "AR")
        sender.send(numbered(3))
        assert msa(sender.answer()) == ("AA", "M000003")
        sender.socket.sendall(SB + S01 + LONG)
        answer = sender.answer()
        assert (msa(answer), b"TOO_LARGE" in answer) == (("AR", "M000001"), True)
        assert sender.closed()
        other.send(numbered(4))
        assert msa(other.answer()) == ("AA", "M000004")


def test_i8_trouble_of_ours_closes_without_an_answer_and_the_port_lives_on() -> None:
    class Broken(InMemory):
        sick = True

        def receive(self, *args: object, **named: object) -> object:  # type: ignore[override]
            if self.sick:
                raise NotSaved("the disk is full")
            return super().receive(*args, **named)  # type: ignore[arg-type]

    intake = Broken()
    with listening(intake) as port:
        with Sender(port.port) as sender:
            sender.send(S01)
            assert sender.answer() == b""
        intake.sick = False
        with Sender(port.port) as sender:
            sender.send(S01)
            assert msa(sender.answer()) == ("AA", "M000001")


def test_half_a_message_is_kept_and_judged_by_nobody() -> None:
    intake = InMemory()
    with listening(intake) as port, Sender(port.port) as sender:
        sender.send(S01)
        assert msa(sender.answer())[0] == "AA"
        sender.socket.sendall(SB + numbered(9)[:700])
        sender.socket.shutdown(socket.SHUT_WR)
        assert sender.answer() == b""
    assert intake.unread == [numbered(9)[:700]]
    assert [key.placer for key in intake.book.orders] == ["ORD7700123"]


def test_a_message_that_never_ends_is_given_up_and_the_connection_closed() -> None:
    intake = InMemory()
    with listening(intake, frame_s=1) as port, Sender(port.port) as sender:
        sender.socket.sendall(SB + b"MSH|")
        assert sender.answer() == b""
    assert intake.unread == [b"MSH|"]


def test_a_peer_that_is_not_listed_hears_nothing() -> None:
    with listening(InMemory(), peers=("192.0.2.0/24",)) as port, Sender(port.port) as sender:
        assert sender.closed()


def test_a_port_for_other_machines_needs_tls_with_certificates_of_its_senders() -> None:
    with (
        pytest.raises(ValidationError, match="TLS with client certificates is needed"),
        listening(None, host="192.0.2.1"),
    ):
        pass


def test_enhanced_mode_withholds_the_answer_that_is_not_wanted() -> None:
    never = S01.replace(b"|P|2.5.1|||", b"|P|2.5.1|||NE|NE", 1)
    assert never != S01
    with listening(InMemory()) as port, Sender(port.port) as sender:
        sender.send(never)
        sender.send(numbered(5))
        assert msa(sender.answer()) == ("AA", "M000005")


def flood(folder: Path, count: int, connections: int, seed: int) -> None:
    """Send `count` valid orders over several connections at once, torn, joined, with noise, halved and reset between."""
    heard: Counter[tuple[str, str]] = Counter()
    guard, failures = threading.Lock(), []

    def work(which: int) -> None:
        chance = random.Random(seed + which)
        waiting = [number for number in range(1, count + 1) if number % connections == which]
        chance.shuffle(waiting)
        try:
            while waiting:
                some, waiting = waiting[:10], waiting[10:]
                if chance.random() < 0.3:
                    drop(port.port, numbered(some[0]), chance)
                with Sender(port.port) as sender:
                    noise = bytes(chance.choice(b"\r\n\x00MSH|") for _ in range(chance.randrange(20)))
                    stream = b"".join(noise + SB + numbered(one) + EB for one in some)
                    for piece in torn(stream, chance):
                        sender.socket.sendall(piece)
                    answers = [msa(sender.answer()) for _ in some]
                assert [one[1] for one in answers] == [f"M{one:06}" for one in some]
                with guard:
                    heard.update(answers)
        except Exception as trouble:  # noqa: BLE001 - shown by the test that waits
            failures.append(trouble)

    with recording(folder) as intake, listening(intake, connections=2 * connections) as port:
        threads = [threading.Thread(target=work, args=(which,)) for which in range(connections)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        assert failures == []
        assert heard == Counter({("AA", f"M{number:06}"): 1 for number in range(1, count + 1)})
        with intake.dispatcher.store.reading() as conn:
            stored = conn.execute(select(func.count()).select_from(ordered)).scalar_one()
            accepted = select(message.c.control_id, func.count().label("times")).where(message.c.outcome == "accepted")
            each = {row.control_id: row.times for row in conn.execute(accepted.group_by(message.c.control_id))}
    assert stored == count
    assert each == {f"M{number:06}": 1 for number in range(1, count + 1)}


def drop(port: int, payload: bytes, chance: random.Random) -> None:
    """Send half a message, or a whole one whose answer nobody hears, and go without a word."""
    with Sender(port) as sender:
        whole = SB + payload + EB
        sender.socket.sendall(whole[: chance.choice((len(whole), len(whole) // 2))])
        if chance.random() < 0.5:
            sender.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


def test_every_valid_message_is_answered_and_stored_exactly_once(tmp_path: Path) -> None:
    flood(tmp_path, 120, 4, seed=7)


@pytest.mark.soak
def test_ten_thousand_messages_over_four_connections(tmp_path: Path) -> None:
    flood(tmp_path, 10_000, 4, seed=11)


def test_the_program_that_serves_asks_what_is_still_to_be_cleared_on_an_order(tmp_path: Path) -> None:
    house = house_of(create_app(Settings(data_dir=lay(tmp_path)), cost=CHEAP))  # type: ignore[call-arg]  # the rest has defaults
    try:
        assert house.dispatcher.order_blocked is blocked
        assert house.dispatcher.after_end is make_anew
    finally:
        house.close()


def test_a_resend_hears_the_same_answer_and_nothing_is_done_twice(tmp_path: Path) -> None:
    with recording(tmp_path) as intake, listening(intake) as port, Sender(port.port) as sender:
        sender.send(numbered(1))
        first = sender.answer()
        sender.send(numbered(1).replace(b"20260311081500-0500", b"20260311081700-0500"))
        assert sender.answer() == first
        sender.send(numbered(1, dose="960"))
        assert b"DUPLICATE_CONTROL_ID" in sender.answer()
        with intake.dispatcher.store.reading() as conn:
            assert conn.execute(select(func.count()).select_from(ordered)).scalar_one() == 1
