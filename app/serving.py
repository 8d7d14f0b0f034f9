"""The server: one parent that listens for signals, one worker that opens the record, the instruments and the web.

Nothing is opened before the worker is forked. The worker follows its parent: told to stop it finishes and closes,
left alone (the parent was killed) it stops by itself.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from multiprocessing.util import Finalize
from types import FrameType
from typing import TYPE_CHECKING

from granian.constants import Interfaces, SSLProtocols
from granian.server.mp import MPServer

from app import clock, logs
from app.settings import Settings, WrongSettings, load_secrets, load_settings

if TYPE_CHECKING:
    from flask import Flask

    from app.record.engine import Store

THREADS = 8
"""Blocking threads of the one worker."""
WRONG = 2
"""Exit code of a worker that cannot serve as asked; the sentence is on stderr by then."""
TIME_TO_CLOSE_S = 10
"""How long a worker that was told to stop may take before it is killed. What was acknowledged is on disk anyway."""
TIME_TO_LISTEN_S = 60.0
"""How long after its start the worker may take until it answers."""


def run(settings: Settings, port: int, ready: Callable[[], None]) -> None:
    """Serve until a signal comes, then end with every process gone; `ready` is called once the worker listens.

    Raises WrongSettings for a certificate that cannot be used, SystemExit with 2 when the worker cannot serve as asked
    and with 1 when it was lost.
    """
    os.environ.update(_handed_down(settings, port))
    logs.start(settings.log_format)
    logging.getLogger("_granian").addFilter(_not_twice)
    try:
        server = _Server(
            "app.serving:make",
            factory=True,
            address="127.0.0.1" if settings.host == "localhost" else settings.host,
            port=port,
            interface=Interfaces.WSGI,
            workers=1,
            blocking_threads=THREADS,
            respawn_failed_workers=False,
            websockets=False,
            log_level="error",  # type: ignore[arg-type]  # granian takes the word
            log_dictconfig=logs.GRANIAN,
            workers_kill_timeout=TIME_TO_CLOSE_S,
            ssl_cert=settings.tls_cert,
            ssl_key=settings.tls_key,
            ssl_protocol_min=SSLProtocols.tls12,
        )
    except OSError as trouble:  # ssl.SSLError is one
        files = f"{settings.tls_cert} and {settings.tls_key}"
        raise WrongSettings(
            (
                f"TLS cannot be set up with {files}: {trouble.strerror or trouble}. Give a PEM certificate and its own key.",
            )
        ) from trouble
    server.ready, server.log_format = ready, settings.log_format
    server.serve()


def make() -> Flask:
    """Make the application in this process; called by the server inside its worker, never before it forks."""
    os.setsid()  # Ctrl-C at the terminal goes to the parent alone, which then tells us
    signal.signal(signal.SIGTERM, _leave)
    threading.Thread(target=_follow_parent, name="parent watch", daemon=True).start()
    from app.demo.sow import NotThisRecord
    from app.record.troubles import CannotOpen

    how = "text"
    try:
        settings = load_settings()
        how = settings.log_format
        logs.start(how)
        return _opened(settings)
    except (CannotOpen, WrongSettings, NotThisRecord) as trouble:
        logs.sentence(how, f"vialtrace cannot serve: {trouble}")
        raise SystemExit(WRONG) from trouble


def _opened(settings: Settings) -> Flask:
    from app import create_app
    from app.demo.sow import refuse_mixed
    from app.record.engine import open_store
    from app.upkeep.changes import note_start
    from app.web.house import house_of

    store = open_store(settings)
    try:
        refuse_mixed(store, settings)
        _refuse_others_stations(store, settings)
        _greet(store, settings.log_format)
        app = create_app(settings, store=store)
    except BaseException:
        store.close()
        raise
    house = house_of(app)
    Finalize(None, house.close, exitpriority=10)
    if not settings.demo:  # a demo's settings are made up anew at each start
        note_start(store, settings, load_secrets(settings), clock.now())
    house.start()
    return app


def _refuse_others_stations(store: Store, settings: Settings) -> None:
    """Refuse a station code that another site of this record has: labels and equipment go by it."""
    from app.record import views

    with store.reading() as conn:
        taken = views.stations_elsewhere(conn, settings.site, settings.stations)
    if taken:
        says = ", ".join(f"{station} stands at site {site}" for station, site in sorted(taken.items()))
        raise WrongSettings((f"Setting stations: {says} of the same record. Give this site's station another code.",))


def _greet(store: Store, how: str) -> None:
    """Say so where nobody could sign in."""
    from app.people import accounts

    with store.reading() as conn:
        empty = not accounts.anybody(conn)
    if empty:
        logs.sentence(how, "Nobody is on the books yet. Stop the server, and take people on with `vialtrace user add`.")


def _leave(_number: int, _frame: FrameType | None) -> None:
    """Stop while the application is still being made; afterwards the server's own handler stands here."""
    raise SystemExit(0)


def _follow_parent() -> None:
    """Wait until the parent is gone, however it went, and stop as if it had told us to."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(TIME_TO_CLOSE_S)
    os.kill(os.getpid(), signal.SIGKILL)


def _not_twice(record: logging.LogRecord) -> bool:
    """Leave out the server's line about a lost worker: `_Server` says it in words, and only where it was not asked for."""
    return not record.getMessage().startswith("Unexpected exit from worker")


def _handed_down(settings: Settings, port: int) -> dict[str, str]:
    """Return what was given on the command line as the worker will read it: from the environment."""
    paths = {"TLS_CERT": settings.tls_cert, "TLS_KEY": settings.tls_key}
    given = {
        "HOST": settings.host,
        "PORT": str(port),
        **{name: str(path.resolve()) for name, path in paths.items() if path},
    }
    return {f"VIALTRACE_{name}": value for name, value in given.items()}


class _Server(MPServer):
    """Granian's parent process, that never starts a second worker and ends with what its one worker said."""

    ready: Callable[[], None]
    log_format: str
    _ended: int | None = None

    signal_handler_reload = MPServer.signal_handler_interrupt
    """A closed terminal (SIGHUP) ends the server; a reload would start a second worker beside the first."""

    def _spawn_workers(self, spawn_target: Callable[..., None], target_loader: Callable[..., object]) -> None:
        super()._spawn_workers(spawn_target, target_loader)  # type: ignore[no-untyped-call]  # granian's parent class carries no types
        threading.Thread(target=self._announce, name="announce", daemon=True).start()

    def _announce(self) -> None:
        """Call `ready` once somebody listens."""
        until = time.monotonic() + TIME_TO_LISTEN_S
        while not self.main_loop_interrupt.is_set() and time.monotonic() < until:
            if listens(self.bind_addr, self.bind_port):
                self.ready()
                return
            time.sleep(0.05)

    def _stop_workers(self) -> None:
        lost = [worker.inner.exitcode for worker in self.wrks if worker.inner.exitcode is not None]
        self._ended = lost[0] if lost else None
        super()._stop_workers()  # type: ignore[no-untyped-call]  # granian's parent class carries no types

    def shutdown(self, exit_code: int = 0) -> None:
        """End; a worker that stopped because it was told to is no fault."""
        try:
            super().shutdown(exit_code)  # type: ignore[no-untyped-call]  # granian's parent class carries no types
        except SystemExit:
            if self.interrupt_signal:
                return
            if self._ended != WRONG:
                says = f"vialtrace's worker was lost ({_how(self._ended)}); the server ends. Start it again."
                logs.sentence(self.log_format, says)
            raise SystemExit(WRONG if self._ended == WRONG else 1) from None


def _how(exit_code: int | None) -> str:
    if exit_code is not None and exit_code < 0:
        return f"signal {-exit_code}"
    return f"exit code {exit_code}; the lines above say why"


def listens(host: str, port: int) -> bool:
    """Say whether somebody takes connections there; for an address that means all, this machine is asked."""
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # compared with, not bound to
    try:
        with socket.create_connection((here, port), timeout=1):
            return True
    except OSError:
        return False
