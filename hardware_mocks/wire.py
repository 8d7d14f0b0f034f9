"""The wires: a pty or a TCP port on 127.0.0.1 that a driver opens; bytes may be paced, the plug pulled and put back."""

import contextlib
import os
import select
import socket
import tempfile
import threading
import time
import tty
from pathlib import Path
from typing import Protocol

CHUNK = 4096


class Wire(Protocol):
    """What an instrument knows of its plug."""

    pace: float
    """Seconds from one byte to the next; 0 writes at once. 9600 8N1 is 10/9600."""

    @property
    def url(self) -> str:
        """What a driver is configured with; it stays the same over unplug and replug."""
        ...

    @property
    def plugged(self) -> bool: ...

    @property
    def connected(self) -> bool:
        """A host is at the other end, as far as can be told."""
        ...

    def read(self, timeout: float) -> bytes:
        """What the host sent within `timeout` seconds, or nothing."""
        ...

    def write(self, data: bytes) -> bool:
        """False if nobody was there to hear all of it."""
        ...

    def unplug(self) -> None: ...

    def replug(self) -> None: ...

    def close(self) -> None: ...


class TcpWire:
    """A serial device server with one port and one host at a time; unplugged, it refuses and keeps its number."""

    def __init__(self, port: int = 0) -> None:
        self.pace = 0.0
        self._lock = threading.Lock()
        self._client: socket.socket | None = None
        self._listener: socket.socket | None = None
        self._kept = _bound(port)
        self.port: int = self._kept.getsockname()[1]
        self.replug()

    @property
    def url(self) -> str:
        return f"socket://127.0.0.1:{self.port}"

    @property
    def plugged(self) -> bool:
        return self._listener is not None

    @property
    def connected(self) -> bool:
        return self._client is not None

    def replug(self) -> None:
        with self._lock:
            if self._listener is None:
                self._kept.listen(1)
                self._listener = self._kept

    def unplug(self) -> None:
        """Hang up and refuse. A bound socket that does not listen keeps the number from being given away."""
        with self._lock:
            self._hang_up()
            if self._listener is not None:
                _end(self._listener)
                self._listener = None
                self._kept = _bound(self.port)

    def close(self) -> None:
        with self._lock:
            self._hang_up()
            self._listener = None
            _end(self._kept)

    def read(self, timeout: float) -> bytes:
        ends = [end for end in (self._client, self._listener) if end is not None]
        if not ends:
            time.sleep(timeout)
            return b""
        try:
            ready = select.select(ends, [], [], timeout)[0]
        except (OSError, ValueError):  # unplugged by another thread while we listened
            return b""
        with self._lock:
            heard = self._receive() if self._client in ready else b""
            if self._listener in ready:
                self._accept()
            return heard

    def write(self, data: bytes) -> bool:
        if not self.pace:
            return self._send(data)
        return all(self._send_after(self.pace, byte) for byte in _bytes(data))

    def _send_after(self, seconds: float, byte: bytes) -> bool:
        time.sleep(seconds)
        return self._send(byte)

    def _send(self, data: bytes) -> bool:
        client = self._client
        if client is None:
            return False
        try:
            client.sendall(data)
        except OSError:
            with self._lock:
                if self._client is client:
                    self._hang_up()
            return False
        return True

    def _receive(self) -> bytes:
        if self._client is None:
            return b""
        try:
            heard = self._client.recv(CHUNK, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return b""
        except OSError:
            heard = b""
        if not heard:
            self._hang_up()
        return heard

    def _accept(self) -> None:
        if self._listener is None:
            return
        try:
            client = self._listener.accept()[0]
        except OSError:
            return
        client.settimeout(2.0)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._client is None:
            self._client = client
        else:  # one host only, as a serial device server does
            _end(client)

    def _hang_up(self) -> None:
        if self._client is not None:
            _end(self._client)
            self._client = None


class PtyWire:
    """A pseudo terminal under a stable by-id name. Unplugged, the name is gone and the driver's end fails."""

    def __init__(self, by_id: str = "usb-mock-if00-port0") -> None:
        self.pace = 0.0
        self._lock = threading.Lock()
        self._folder = tempfile.TemporaryDirectory(prefix="bench-")
        self._link = Path(self._folder.name) / by_id
        self._master = self._slave = -1
        self.replug()

    @property
    def url(self) -> str:
        return str(self._link)

    @property
    def plugged(self) -> bool:
        return self._master >= 0

    @property
    def connected(self) -> bool:
        return self.plugged

    def replug(self) -> None:
        """A new node, the by-id name moved to it. Raw before anyone opens it, else it echoes; the slave stays open."""
        with self._lock:
            if self._master >= 0:
                return
            self._master, self._slave = os.openpty()
            tty.setraw(self._slave)
            os.set_blocking(self._master, False)
            self._link.symlink_to(os.ttyname(self._slave))

    def unplug(self) -> None:
        with self._lock:
            self._link.unlink(missing_ok=True)
            for end in (self._slave, self._master):
                if end >= 0:
                    os.close(end)
            self._master = self._slave = -1

    def close(self) -> None:
        self.unplug()
        self._folder.cleanup()

    def read(self, timeout: float) -> bytes:
        master = self._master
        if master < 0:
            time.sleep(timeout)
            return b""
        try:
            if not select.select([master], [], [], timeout)[0]:
                return b""
        except (OSError, ValueError):  # unplugged by another thread while we listened
            return b""
        with self._lock:
            if master != self._master:
                return b""
            with contextlib.suppress(OSError):
                return os.read(master, CHUNK)
        return b""

    def write(self, data: bytes) -> bool:
        if not self.pace:
            return self._send(data)
        for byte in _bytes(data):
            time.sleep(self.pace)
            if not self._send(byte):
                return False
        return True

    def _send(self, data: bytes) -> bool:
        """What a full buffer cannot take is lost, as on a real line without handshake."""
        with self._lock:
            if self._master < 0:
                return False
            try:
                return os.write(self._master, data) == len(data)
            except OSError:
                return False


def _bytes(data: bytes) -> list[bytes]:
    return [data[i : i + 1] for i in range(len(data))]


def _bound(port: int) -> socket.socket:
    end = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    end.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        end.bind(("127.0.0.1", port))
    except OSError:
        end.close()
        raise
    return end


def _end(end: socket.socket) -> None:
    """Shut down first: a close alone waits for a select of another thread to let go."""
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
