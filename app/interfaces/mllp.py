"""Receives HL7 v2 messages over MLLP: one thread a connection, one answer a frame, on disk before the answer leaves (I50).

A bad message is answered and ends nothing. Only two things close a connection: a message over the size limit, after its
answer, and trouble of our own, without one: the sender keeps the message and sends it again (I3, I8).
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable
from ipaddress import ip_address, ip_network

from app import clock, logs
from app.interface_settings import MllpSettings
from app.interfaces.framing import Frames, TooLongError, framed
from app.interfaces.hl7 import read
from app.interfaces.intake import Intake
from app.interfaces.profile import Profile, ProfileError
from app.interfaces.reading import Reading
from app.settings import WrongSettings

log = logs.of("mllp")
READS = 65536
"""Bytes of one read."""
ANSWERS_WITHIN_S = 30.0
"""How long a sender may take to take its answer."""
CLOSES_WITHIN_S = 5.0
LOOKS_EVERY_S = 0.5
"""How soon a thread that waits for a sender notices that it is to end."""


class Receiver:
    """One port: who may send there, and what becomes of each message."""

    def __init__(self, name: str, wanted: MllpSettings, intake: Intake) -> None:
        """Receive as `wanted`; nothing listens before `start`. Raises ProfileError for a profile that cannot be read."""
        self.name, self._wanted, self._intake = name, wanted, intake
        self._senders = intake.admitting(wanted.profiles)
        self._peers = [ip_network(one) for one in wanted.peers or ("127.0.0.0/8", "::1/128")]
        self._context = _context(wanted)
        self._ends = threading.Event()
        self._places = threading.BoundedSemaphore(wanted.connections)
        self._threads: set[threading.Thread] = set()
        self._sockets: set[socket.socket] = set()
        self._guard = threading.Lock()
        self._listener: socket.socket | None = None
        self.port = wanted.port

    def start(self) -> None:
        """Listen; returns at once. Raises OSError where the port cannot be had."""
        family = socket.AF_INET6 if ":" in self._wanted.host else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((self._wanted.host, self._wanted.port))
            listener.listen(self._wanted.connections)
        except OSError:
            listener.close()
            raise
        listener.settimeout(LOOKS_EVERY_S)
        self._listener, self.port = listener, int(listener.getsockname()[1])
        self._begin(self._accept)

    def close(self) -> None:
        """Take no more, finish the message in hand of each connection, and close them all. A second call does nothing."""
        self._ends.set()
        with self._guard:
            threads, waiting = list(self._threads), list(self._sockets)
        for place in (self._listener, *waiting):
            if place is not None:
                _wake(place)
        for one in threads:
            one.join(CLOSES_WITHIN_S)
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        with self._guard:
            left = list(self._sockets)
        for connection in left:
            connection.close()

    def _begin(self, work: Callable[[], None]) -> None:
        def run() -> None:
            try:
                work()
            finally:
                with self._guard:
                    self._threads.discard(threading.current_thread())

        thread = threading.Thread(target=run, name=f"mllp {self.name}", daemon=True)
        with self._guard:
            self._threads.add(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._ends.is_set():
            listener = self._listener
            if listener is None:
                return
            try:
                connection, peer = listener.accept()
            except TimeoutError:
                continue
            except OSError:
                self._ends.wait(LOOKS_EVERY_S)
                continue
            if not self._admitted(str(peer[0])) or not self._places.acquire(blocking=False):
                log.warning("connection refused", station=self.name)
                connection.close()
                continue
            self._begin(lambda connection=connection: self._serve(connection))  # type: ignore[misc]

    def _admitted(self, peer: str) -> bool:
        address = ip_address(peer.partition("%")[0])
        address = getattr(address, "ipv4_mapped", None) or address
        return any(address in network for network in self._peers)

    def _serve(self, connection: socket.socket) -> None:
        """Answer one sender until it goes, or until something of ours is in the way."""
        try:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._context is not None:
                connection.settimeout(ANSWERS_WITHIN_S)
                connection = self._context.wrap_socket(connection, server_side=True)
            with self._guard:
                self._sockets.add(connection)
            Conversation(connection, self._wanted, self._senders, self._intake, self._ends).hold()
        except OSError:
            log.info("connection lost", station=self.name)
        except Exception:
            log.exception("message not received", station=self.name)
        finally:
            with self._guard:
                self._sockets.discard(connection)
            connection.close()
            self._places.release()


class Conversation:
    """One connection: frames in, answers out, in order."""

    def __init__(
        self,
        connection: socket.socket,
        wanted: MllpSettings,
        profiles: Callable[[], tuple[Profile, ...]],
        intake: Intake,
        ends: threading.Event,
    ) -> None:
        """Speak over `connection` until `ends`."""
        self._connection, self._wanted = connection, wanted
        self._profiles, self._intake, self._ends = profiles, intake, ends
        self._frames = Frames(wanted.most_kib * 1024)
        self._log = log.bind()  # once a connection: made anew for each line it costs as much as the line

    def hold(self) -> None:
        """Read and answer until the sender goes. Raises what the record raises: the connection closes without an answer."""
        heard = began = time.monotonic()
        self._connection.settimeout(LOOKS_EVERY_S)
        while not self._ends.is_set():
            number = self._frames.number
            limit = began + self._wanted.frame_s if self._frames.inside else heard + self._wanted.idle_s
            if time.monotonic() > limit:
                self._keep_begun()
                return
            try:
                received = self._connection.recv(READS)
            except TimeoutError:
                continue
            except ConnectionError:
                self._keep_begun()
                raise
            heard = time.monotonic()
            if not received:
                self._keep_begun()
                return
            if not self._take(received):
                return
            began = began if self._frames.number == number else heard

    def _take(self, received: bytes) -> bool:
        """Answer every message that ends with these bytes; False after one that is too long."""
        try:
            payloads = self._frames.feed(received)
        except TooLongError as long:
            payloads, begun = long.before, long.begun
            for payload in payloads:
                self._answer(read(payload, self._profiles(), self._frames.most))
            self._answer(read(begun, self._profiles(), min(self._frames.most, len(begun) - 1)))
            return False
        for payload in payloads:
            self._answer(read(payload, self._profiles(), self._frames.most))
        return True

    def _answer(self, reading: Reading) -> None:
        """Store a message with what it does, then answer; nothing leaves before it is on disk."""
        handled, _ = self._intake.receive(reading, at=clock.now(), own_id=clock.new_id(), as_kept=False)
        verdict = handled.verdict
        self._log.info("message", outcome=verdict.outcome, kind=verdict.effect, count=len(verdict.errors))
        for _alert in verdict.alerts:
            log.warning("message alert", outcome=verdict.outcome, code=",".join(one.reason for one in verdict.errors))
        if handled.reply:
            self._connection.settimeout(ANSWERS_WITHIN_S)
            self._connection.sendall(framed(handled.reply))
            self._connection.settimeout(LOOKS_EVERY_S)

    def _keep_begun(self) -> None:
        """Keep half a message for people; nothing of it is judged (I1)."""
        if begun := self._frames.begun:
            self._intake.keep_unread(begun, at=clock.now())
            log.warning("message cut off", count=len(begun))


class Receivers:
    """Every port of this site."""

    def __init__(self, wanted: dict[str, MllpSettings], intake: Intake) -> None:
        """Make a receiver a port; nothing listens before `start`. Raises WrongSettings for what cannot be read."""
        try:
            self._ports = [Receiver(name, one, intake) for name, one in wanted.items()]
        except (ProfileError, OSError) as trouble:  # ssl.SSLError is one
            raise WrongSettings((f"Setting mllp: {trouble}.",)) from trouble

    def start(self) -> None:
        """Listen on every port. Raises WrongSettings where one cannot be had."""
        for one in self._ports:
            try:
                one.start()
            except OSError as trouble:
                says = f"Setting mllp.{one.name}: port {one.port} cannot be listened on: {trouble.strerror or trouble}."
                raise WrongSettings((says,)) from trouble

    def close(self) -> None:
        """Close every port."""
        for one in self._ports:
            one.close()


def _wake(place: socket.socket) -> None:
    """Let a thread that waits to read hear that nothing more will come; what it still has to say it can say."""
    with contextlib.suppress(OSError):
        place.shutdown(socket.SHUT_RD)


def _context(wanted: MllpSettings) -> ssl.SSLContext | None:
    """Return TLS 1.2 or newer that asks for a client's certificate; None on loopback without TLS."""
    if wanted.tls_cert is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(wanted.tls_cert, wanted.tls_key)
    context.load_verify_locations(wanted.tls_clients)
    context.verify_mode = ssl.CERT_REQUIRED
    return context
