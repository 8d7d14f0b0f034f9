"""Serves an application to the web's tests."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from flask import Flask
from werkzeug.serving import make_server


def serving(app: Flask) -> Iterator[str]:
    """Serve on a free port of 127.0.0.1 for as long as the iterator lives."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
