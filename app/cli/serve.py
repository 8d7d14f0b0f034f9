"""`vialtrace serve` and `vialtrace demo`: one worker, eight threads, TLS by two files; the demo brings its own station."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import webbrowser
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType

import click

from app.settings import Settings, WrongSettings, load_settings

THREADS = 8
"""Blocking threads of the one worker."""
PATIENCE_S = 30.0
"""How long the simulated station may take to answer."""


@click.command(epilog="Example: vialtrace serve --host 0.0.0.0 --tls-cert site.pem --tls-key site.key")
@click.option("--host", help="Address to listen on; anything but loopback needs TLS.")
@click.option("--port", type=int, help="Port; 0 takes a free one.")
@click.option("--tls-cert", type=click.Path(path_type=Path, exists=True), help="Certificate chain, PEM.")
@click.option("--tls-key", type=click.Path(path_type=Path, exists=True), help="Its private key, PEM.")
def serve(host: str | None, port: int | None, tls_cert: Path | None, tls_key: Path | None) -> None:
    """Serve the pharmacy of the current settings."""
    given = {"host": host, "port": port, "tls_cert": tls_cert, "tls_key": tls_key}
    settings = _settings(**{name: value for name, value in given.items() if value is not None})
    if settings.host not in ("127.0.0.1", "::1", "localhost") and settings.tls_cert is None:
        raise click.UsageError("beyond this machine TLS is needed: give --tls-cert and --tls-key")
    chosen = free_port(settings.host, settings.port)
    click.echo(f"vialtrace is at {address(settings, chosen)}  (Ctrl-C stops it)")
    run(settings, chosen)


@click.command(epilog="Example: vialtrace demo --port 8000")
@click.option("--port", type=int, default=8000, show_default=True, help="Port; a free one is taken if it is in use.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Folder of the demo's record. Default: ./data/demo")
@click.option("--no-browser", is_flag=True, help="Only print the addresses.")
@click.option("--speed", type=float, default=1.0, help="How much faster than life the simulated balance settles.")
def demo(port: int, data_dir: Path | None, no_browser: bool, speed: float) -> None:
    """Run a fictitious pharmacy with a simulated station. NOT FOR CLINICAL USE."""
    folder = data_dir or Path("data") / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    known = sow(folder)
    with SimulatedStation(folder, speed) as station:
        os.environ.update(environment(folder, station.urls))
        settings = _settings()
        chosen = free_port("127.0.0.1", port)
        _welcome(settings, chosen, station.urls["panel"], folder, known)
        if not no_browser and (
            os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or sys.platform == "darwin"
        ):
            webbrowser.open(address(settings, chosen))
            webbrowser.open(station.urls["panel"])
        run(settings, chosen)


def run(settings: Settings, port: int) -> None:
    """Serve until a signal comes; the worker is the only process that opens files, ports and threads."""
    from granian import Granian
    from granian.constants import Interfaces

    os.environ["VIALTRACE_PORT"] = str(port)
    Granian(
        "app.serving:make",
        factory=True,
        address=settings.host,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=THREADS,
        respawn_failed_workers=False,
        websockets=False,
        log_level="warning",  # type: ignore[arg-type]  # granian takes the word
        ssl_cert=settings.tls_cert,
        ssl_key=settings.tls_key,
        process_name="vialtrace",
    ).serve()


def free_port(host: str, wanted: int) -> int:
    """Return `wanted` if nobody listens there, else a free port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for candidate in (wanted, 0):
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, candidate))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise click.ClickException(f"no port of {host} can be used")


def address(settings: Settings, port: int) -> str:
    """Return the address a person types."""
    return f"{'https' if settings.tls_cert else 'http'}://{settings.host}:{port}/"


def environment(folder: Path, urls: dict[str, str]) -> dict[str, str]:
    """Return the settings of the demo's worker: one station, its instruments at the simulated station's addresses."""
    from app.demo.stock import CABINET, SERIAL, STATION

    station = {
        "balance": {"protocol": "mt-sics", "url": urls["balance"], "serial": SERIAL},
        "scanner": {"url": urls["scanner"], "suffix": "\r"},
        "cabinets": [CABINET],
        "printer": {"kind": "pdf", "folder": "labels"},
    }
    return {
        "VIALTRACE_DATA_DIR": str(folder),
        "VIALTRACE_DATABASE_URL": "",
        "VIALTRACE_DEMO": "true",
        "VIALTRACE_SITE_NAME": "Demo pharmacy",
        "VIALTRACE_STATIONS": json.dumps({STATION: station}),
    }


def sow(folder: Path) -> bool:
    """Make the demo pharmacy where there is none, in a process of its own; return whether it was there already."""
    from app.demo.sow import sow_folder

    return not sow_folder(folder)


class SimulatedStation(AbstractContextManager["SimulatedStation"]):
    """The pretend balance, scanner and panel as a child process; gone when the block ends."""

    def __init__(self, folder: Path, speed: float) -> None:
        """Say where its files go."""
        self._folder, self._speed = folder, speed
        self.urls: dict[str, str] = {}

    def __enter__(self) -> SimulatedStation:
        """Start it and wait until it answers."""
        from app import clock
        from app.demo.stock import SERIAL, presets

        ready, offered = self._folder / "station.json", self._folder / "panel.json"
        ready.unlink(missing_ok=True)
        offered.write_text(json.dumps(presets(clock.now().year % 100)), encoding="utf-8")
        command = [sys.executable, "-m", "hardware_mocks", "--station", "HOOD-1", "--presets", str(offered)]
        command += ["--ready-file", str(ready), "--speed", str(self._speed)]
        self._child = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
        until = time.monotonic() + PATIENCE_S
        while not ready.exists():
            if self._child.poll() is not None or time.monotonic() > until:
                self.__exit__(None, None, None)
                raise click.ClickException("the simulated station did not start; see the lines above")
            time.sleep(0.05)
        self.urls = json.loads(ready.read_text(encoding="utf-8"))
        if self.urls["serial"] != SERIAL:
            raise click.ClickException("the simulated balance has another serial number than the demo expects")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it."""
        self._child.terminate()
        try:
            self._child.wait(5)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()


def _settings(**given: object) -> Settings:
    try:
        return load_settings(**given)
    except WrongSettings as trouble:
        raise click.ClickException("\n".join(trouble.sentences)) from trouble


def _welcome(settings: Settings, port: int, panel: str, folder: Path, known: bool) -> None:
    from app.demo.people import PEOPLE
    from app.people.accounts import badge_text

    say = click.echo
    say("")
    say("  vialtrace DEMO - NOT FOR CLINICAL USE. Every clinical value is unconfirmed outside this demo.")
    say("")
    say(f"  Pharmacist, QA, administrator   {address(settings, port)}")
    say(f"  Technician's tablet             {address(settings, port)}terminal/HOOD-1")
    say(f"  Simulated balance and scanner   {panel}")
    say("")
    for one in PEOPLE:
        secret = (
            f"badge {badge_text(one.id)}  PIN {one.pin}" if one.pin else f"user {one.user}  password: {one.password}"
        )
        say(f"  {one.name:17} {', '.join(one.roles):16} {secret}")
    say("")
    words = "was there already; nothing was changed" if known else "was made new; delete the folder to begin again"
    say(f"  The record lies in {folder} and {words}.")
    say("  Ctrl-C stops everything.")
    say("")
