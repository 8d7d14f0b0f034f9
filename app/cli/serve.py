"""`vialtrace serve` and `vialtrace demo`: one worker, eight threads, TLS by two files; the demo brings its own station."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import click

from app.settings import Settings, WrongSettings, load_settings

LOOPBACK = ("127.0.0.1", "::1", "localhost")


class AskedWrongly(click.ClickException):
    """What was asked cannot be done; each line says what to change."""

    exit_code = 2


@click.command(epilog="Example: vialtrace serve --host 0.0.0.0 --port 8443 --tls-cert site.pem --tls-key site.key")
@click.option("--host", help="Address to listen on; anything but loopback needs TLS.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port; 0 takes a free one.")
@click.option("--tls-cert", type=click.Path(path_type=Path), help="Certificate chain, PEM.")
@click.option("--tls-key", type=click.Path(path_type=Path), help="Its private key, PEM.")
def serve(host: str | None, port: int | None, tls_cert: Path | None, tls_key: Path | None) -> None:
    """Serve the pharmacy of the current settings. Ctrl-C stops it."""
    from app.serving import run

    given = {"host": host, "port": port, "tls_cert": tls_cert, "tls_key": tls_key}
    with _in_words():
        settings = load_settings(**{name: value for name, value in given.items() if value is not None})
        if settings.host not in LOOPBACK and settings.tls_cert is None:
            raise AskedWrongly(
                f"{settings.host} is reached from other machines, and there TLS is needed: give --tls-cert and --tls-key."
            )
        chosen = free_port(settings.host, settings.port)
        if chosen is None:
            raise AskedWrongly(
                f"Port {settings.port} of {settings.host} is in use or may not be used. Stop what listens there, "
                "or give another --port (0 takes a free one)."
            )
        run(settings, chosen, lambda: click.echo(f"vialtrace is at {address(settings, chosen)}  (Ctrl-C stops it)"))


@click.command(epilog="Example: vialtrace demo --port 8000 --no-browser")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="Port; a free one is taken if it is in use.",
)
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the demo's record. Default: VIALTRACE_DATA_DIR, or data/demo.",
)
@click.option("--no-browser", is_flag=True, help="Only print the addresses.")
@click.option(
    "--speed",
    type=float,
    default=1.0,
    show_default=True,
    help="How much faster than life the simulated balance settles.",
)
@click.option(
    "--balance",
    default="mt-sics",
    show_default=True,
    help="Protocol that the simulated balance speaks, as in a station's settings.",
)
def demo(port: int, data_dir: Path | None, no_browser: bool, speed: float, balance: str) -> None:
    """Run a fictitious pharmacy with a simulated station. NOT FOR CLINICAL USE. Ctrl-C stops everything."""
    from app.demo.scanner_sheet import read_the_sheet
    from app.demo.station import SimulatedStation
    from app.serving import run

    folder = data_dir or Path(os.environ.get("VIALTRACE_DATA_DIR") or "data/demo")
    with _in_words():
        known = _sow(folder)
        with SimulatedStation(folder, speed, balance) as station:
            os.environ.update(environment(folder, station.urls))
            settings = load_settings()
            read_the_sheet(settings, station.urls)
            chosen = free_port(settings.host, port) or free_port(settings.host, 0)
            if chosen is None:
                raise AskedWrongly(f"No port of {settings.host} can be used.")
            panel = station.urls["panel"]

            def ready() -> None:
                click.echo(welcome(address(settings, chosen), panel, folder, known))
                if not no_browser and _has_display():
                    webbrowser.open(address(settings, chosen))
                    webbrowser.open(panel)

            run(settings, chosen, ready)
    click.echo("Everything has stopped. The record stays where it is.")


def free_port(host: str, wanted: int) -> int | None:
    """Return `wanted` if nobody listens there, any free port for 0, or None."""
    try:
        place = socket.getaddrinfo(host, wanted, type=socket.SOCK_STREAM)[0]
        with socket.socket(place[0], socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(place[4])
            return int(probe.getsockname()[1])
    except OSError:
        return None


def address(settings: Settings, port: int) -> str:
    """Return the address a person types."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"{'https' if settings.tls_cert else 'http'}://{host}:{port}/"


def environment(folder: Path, urls: dict[str, str]) -> dict[str, str]:
    """Return the settings of the demo's worker: one station, its instruments at the simulated station's addresses."""
    from app.demo.stock import CABINET, SERIAL, STATION

    station = {
        "balance": {
            "protocol": urls.get("protocol", "mt-sics"),
            "url": urls["balance"],
            "serial": SERIAL,
            "warm_up_minutes": 1,
        },
        "scanner": {"url": urls["scanner"], "suffix": "\r"},
        "camera": {"url": urls["camera"]},
        "cabinets": [CABINET],
        "printer": {"kind": "raw9100", "url": urls["printer"], "roll_mm": 76.2},
    }
    return {
        "VIALTRACE_DATA_DIR": str(folder),
        "VIALTRACE_DATABASE_URL": "",
        "VIALTRACE_PHOTOS_URL": "",
        "VIALTRACE_DEMO": "true",
        "VIALTRACE_DEMO_SIGNER": "true",
        "VIALTRACE_HOST": "127.0.0.1",
        "VIALTRACE_LOG_REQUESTS": os.environ.get("VIALTRACE_LOG_REQUESTS", "false"),
        "VIALTRACE_SITE_NAME": "Demo pharmacy",
        "VIALTRACE_SITE_TELEPHONE": "555 010 0199",
        "VIALTRACE_STATIONS": json.dumps({STATION: station}),
    }


def welcome(home: str, panel: str, folder: Path, known: bool) -> str:
    """Return what a newcomer needs: addresses, people with their secrets, and where the record lies."""
    from app.demo.people import PEOPLE
    from app.demo.stock import STATION
    from app.people.badges import badge_text

    people = [
        f"  {one.name:17} {', '.join(one.roles):16} "
        + (f"badge {badge_text(one.id)}  PIN {one.pin}" if one.pin else f"user {one.user}  password: {one.password}")
        for one in PEOPLE
    ]
    words = "was there already; nothing was changed" if known else "was made new; delete the folder to begin again"
    lines = [
        "",
        "  vialtrace DEMO - NOT FOR CLINICAL USE. Every clinical value is unconfirmed outside this demo.",
        "",
        f"  Pharmacist, QA, administrator   {home}",
        f"  Technician's tablet             {home}terminal/{STATION}",
        f"  Simulated station's panel       {panel}",
        "",
        *people,
        "",
        f"  The record lies in {folder.resolve()} and {words}.",
        "  Ctrl-C stops everything.",
        "",
    ]
    return "\n".join(lines)


def _sow(folder: Path) -> bool:
    """Make the demo pharmacy where there is none; return whether it was there. Nothing stays open behind it."""
    from app.demo.sow import sow_folder

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as trouble:
        raise AskedWrongly(
            f"The folder {folder} cannot be made: {trouble.strerror}. Give another --data-dir."
        ) from trouble
    return not sow_folder(folder)


def _has_display() -> bool:
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or sys.platform == "darwin")


@contextmanager
def _in_words() -> Iterator[None]:
    """Turn what is wrong with the asking into sentences, and a signal before the server stands into an ordinary end."""
    from app.demo.sow import NotThisRecord
    from app.demo.station import DidNotStart
    from app.record.troubles import CannotOpen

    before = [(number, signal.signal(number, _leave)) for number in (signal.SIGTERM, signal.SIGHUP)]
    try:
        yield
    except (WrongSettings, CannotOpen, NotThisRecord) as trouble:
        raise AskedWrongly(str(trouble)) from trouble
    except DidNotStart as trouble:
        raise click.ClickException(str(trouble)) from trouble
    finally:
        for number, action in before:
            signal.signal(number, action)


def _leave(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)
