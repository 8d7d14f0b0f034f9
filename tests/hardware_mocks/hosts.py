"""A plain host for the tests: opens a wire, sends, and collects what comes by a deadline. No driver of ours."""

import contextlib
import os
import socket
import termios
import time
import tty
from collections.abc import Iterator


class Host:
    """One end of a wire, with every byte it heard."""

    def __init__(self, url: str) -> None:
        self._socket: socket.socket | None = None
        if url.startswith("socket://"):
            address, port = url.removeprefix("socket://").split(":")
            self._socket = socket.create_connection((address, int(port)), timeout=2)
            self._socket.setblocking(False)
            self._fd = self._socket.fileno()
        else:
            self._fd = os.open(url, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
            tty.setraw(self._fd, termios.TCSANOW)

    def send(self, data: bytes) -> None:
        os.write(self._fd, data)

    def hear(self, seconds: float) -> bytes:
        """Everything that comes within so many seconds."""
        return self.hear_until(None, seconds)

    def hear_until(self, end: bytes | None, seconds: float = 5.0) -> bytes:
        """Up to and with `end`, or what came by the deadline. Raises EOFError when the link is gone."""
        heard = b""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                byte = os.read(self._fd, 1)
            except BlockingIOError:
                time.sleep(0.001)
                continue
            if not byte:
                raise EOFError(heard)
            heard += byte
            if end is not None and heard.endswith(end):
                return heard
        return heard

    def ask(self, command: str, seconds: float = 5.0) -> str:
        """One command, one line."""
        self.send(command.encode() + b"\r\n")
        return self.hear_until(b"\r\n", seconds).decode().removesuffix("\r\n")

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
        else:
            os.close(self._fd)


@contextlib.contextmanager
def host_of(url: str) -> Iterator[Host]:
    host = Host(url)
    try:
        yield host
    finally:
        host.close()
