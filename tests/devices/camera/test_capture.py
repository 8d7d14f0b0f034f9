"""A still from a camera at an address: the picture as it came, or in words why there is none (F40)."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from devices.camera import capture
from devices.errors import Garbled, Silent
from tests.devices.camera.pictures import FORMATS, encoded, laid, symbol

Serve = Callable[[int, bytes], str]
PICTURE = encoded(laid(symbol("%VT-U-CYA00001X%", FORMATS.DataMatrix, 6)))


@pytest.fixture
def serve() -> Iterator[Serve]:
    """A camera that answers each time the same; returns its address."""
    started: list[HTTPServer] = []

    def start(status: int, body: bytes) -> str:
        class Camera(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        server = HTTPServer(("127.0.0.1", 0), Camera)
        started.append(server)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return f"http://127.0.0.1:{server.server_address[1]}/still.jpg"

    yield start
    for server in started:
        server.shutdown()
        server.server_close()


def test_the_picture_is_handed_on_byte_for_byte(serve: Serve) -> None:
    assert capture.still(serve(200, PICTURE)) == PICTURE


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (503, b"", Silent, "gives no picture (503)"),
        (401, b"", Silent, "gives no picture (401)"),
        (200, b"<html>log in</html>", Garbled, "no whole picture"),
        (200, b"", Garbled, "no whole picture"),
    ],
)
def test_a_camera_that_gives_no_picture_is_trouble_in_words(
    serve: Serve, status: int, body: bytes, kind: type, words: str
) -> None:
    found = capture.still(serve(status, body))
    assert isinstance(found, kind)
    assert words in found.says  # type: ignore[union-attr]  # either kind of trouble says something


def test_half_a_picture_is_no_picture(serve: Serve) -> None:
    assert isinstance(capture.still(serve(200, PICTURE[:-900])), Garbled)


def test_nobody_there_is_silence() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    found = capture.still(f"http://127.0.0.1:{port}/still.jpg")
    assert found == Silent("No camera answers. Look at its cable.", link_lost=True)


def test_an_address_that_is_no_web_address_is_a_fault_of_the_settings() -> None:
    with pytest.raises(ValueError, match="http:// or https://"):
        capture.still("file:///etc/passwd")
