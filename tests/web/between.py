"""What stands between a tablet and the server in a test: it hands on, answers 502 as a proxy does, or swallows."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

OF_THE_WAY = {"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"}


class Between:
    """The way to a server, which a test opens and closes."""

    def __init__(self, server: str) -> None:
        self.server = urlsplit(server).netloc
        self.url = ""
        self.refuses = False
        self.breaks = False
        """Whether forms come through and what is answered to them does not."""
        self.posts: list[str] = []
        """The addresses of the forms that came through."""
        self.passes = threading.Event()
        """Where it is not set, what comes waits here and goes on later, as packets do that are sent again."""
        self.passes.set()

    def hand_on(self, asked: BaseHTTPRequestHandler) -> None:
        body = asked.rfile.read(int(asked.headers.get("Content-Length") or 0))
        self.passes.wait()
        if self.refuses:
            asked.send_error(502)
            return
        if asked.command == "POST":
            self.posts.append(asked.path)
        way = HTTPConnection(self.server)
        way.request(asked.command, asked.path, body or None, dict(asked.headers.items()))
        answer = way.getresponse()
        told = answer.read()
        if self.breaks and asked.command == "POST":
            asked.send_error(502)
            return
        asked.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in OF_THE_WAY:
                asked.send_header(name, value)
        asked.send_header("Content-Length", str(len(told)))
        with suppress(ConnectionError):  # whoever asked waits no longer
            asked.end_headers()
            asked.wfile.write(told)
        way.close()


@contextmanager
def standing_before(server: str) -> Iterator[Between]:
    """Stand on a free port of 127.0.0.1 before `server`."""
    between = Between(server)

    class Asked(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            between.hand_on(self)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    door = ThreadingHTTPServer(("127.0.0.1", 0), Asked)
    door.daemon_threads = True
    between.url = f"http://127.0.0.1:{door.server_port}"
    thread = threading.Thread(target=door.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield between
    finally:
        between.passes.set()
        door.shutdown()
        thread.join()
        door.server_close()
