"""A port that is really listened on, a sender that shares no code with it, and messages without number."""

from __future__ import annotations

import random
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from app.dispatch import Dispatcher
from app.interface_settings import MllpSettings
from app.interfaces.book import MemoryBook
from app.interfaces.intake import Intake
from app.interfaces.judge import Handled, handle
from app.interfaces.mllp import Receiver
from app.interfaces.profile import Profile, load_profile
from app.interfaces.reading import Reading
from app.record.blobs import Blobs
from app.record.engine import open_store
from app.settings import Settings
from tests.interfaces.cases import AT, FOLDER, S01
from tests.laid import lay

PROFILE_FILE = str(FOLDER / "profile_oncehr.json")
PATIENCE_S = 60.0
SB, EB = b"\x0b", b"\x1c\x0d"


class InMemory:
    """Takes messages in without a database, at the hour of the samples."""

    def __init__(self) -> None:
        self.book = MemoryBook()
        self.unread: list[bytes] = []

    def receive(
        self, reading: Reading, *, at: datetime, own_id: str, as_kept: bool = True
    ) -> tuple[Handled, tuple[()]]:
        return handle(reading, self.book, AT, own_id), ()

    def admitting(self, wanted: Iterable[str]) -> Callable[[], tuple[Profile, ...]]:
        profiles = tuple(load_profile(one) for one in wanted)
        return lambda: profiles

    def keep_unread(self, raw: bytes, *, at: datetime) -> str:
        self.unread.append(raw)
        return ""


@contextmanager
def listening(intake: object, **wanted: object) -> Iterator[Receiver]:
    settings = MllpSettings.model_validate({"port": 0, "profiles": (PROFILE_FILE,), **wanted})
    receiver = Receiver("test", settings, intake)  # type: ignore[arg-type]  # or one that only remembers
    receiver.start()
    try:
        yield receiver
    finally:
        receiver.close()


@contextmanager
def recording(folder: Path) -> Iterator[Intake]:
    """Yield what takes messages into a record of its own."""
    settings = Settings(data_dir=lay(folder), demo=True)  # type: ignore[call-arg]  # the rest has defaults
    store = open_store(settings)
    try:
        yield Intake(Dispatcher(store, settings), Blobs(settings.photos))
    finally:
        store.close()


def numbered(number: int, dose: str = "970") -> bytes:
    """The reference order under numbers of its own, for a patient of its own."""
    text = S01.replace(b"M000001", b"M%06d" % number).replace(b"ORD7700123", b"ORD%07d" % number)
    text = text.replace(b"10234567^^^MAINHOSP^MR", b"9%07d^^^MAINHOSP^MR" % (number % 1000))
    return text.replace(b"|970|", f"|{dose}|".encode())


class Sender:
    """A raw socket: sends as it is told and reads answers by its own account of a frame."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._left = b""

    def __enter__(self) -> Sender:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, payload: bytes) -> None:
        self.socket.sendall(SB + payload + EB)

    def answer(self) -> bytes:
        """Return the next answer; empty where the other side has closed."""
        while EB not in self._left:
            received = self.socket.recv(65536)
            if not received:
                assert self._left == b"", "half an answer"
                return b""
            self._left += received
        frame, _, self._left = self._left.partition(EB)
        assert frame[:1] == SB
        return frame[1:]

    def closed(self) -> bool:
        try:
            return self.socket.recv(1) == b""
        except ConnectionError:
            return True


def msa(answer: bytes) -> tuple[str, str]:
    """Return code and control id of an answer."""
    line = next(line for line in answer.decode().split("\r") if line.startswith("MSA"))
    fields = line.split("|")
    return fields[1], fields[2]


def torn(stream: bytes, chance: random.Random) -> Iterator[bytes]:
    """Yield the bytes in pieces of any size, some of one byte."""
    place = 0
    while place < len(stream):
        size = chance.choice((1, 2, 7, 100, 1448, 5000))
        yield stream[place : place + size]
        place += size
