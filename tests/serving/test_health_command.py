"""`vialtrace health` asks the running server; and a server needs no other machine to start or to work."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask

from app import create_app
from app.cli.health import health
from app.clock import now
from app.people.secrets import CHEAP
from app.settings import Settings
from app.web.house import house_of
from tests.laid import lay
from tests.people.cast import ADA, seat
from tests.web.conftest import STATIONS, sign_in_desk
from tests.web.serving import serving


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    made = create_app(Settings(data_dir=lay(tmp_path / "data"), stations=STATIONS), cost=CHEAP)  # type: ignore[call-arg]  # the rest has defaults
    house = house_of(made)
    seat(house.door, now())
    with closing(house.store):
        yield made


def ask(url: str, *words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(health, ["--url", url, *words])
    return done.exit_code, done.stdout, done.stderr


def test_health_says_ready_not_ready_and_nobody_there(app: Flask) -> None:
    for url in serving(app):
        code, out, err = ask(url)
        assert (code, out, "look at: " in err) == (0, "Ready for work.\n", True)
        assert json.loads(ask(url, "--json")[1])["database"] is True
        house_of(app).store.close()
        house_of(app).watch.look(0)
        code, out, _ = ask(url)
        assert (code, out) == (1, "NOT READY FOR WORK.\n")
    code, out, err = ask(url)
    assert (code, out, "Is the server running?" in err) == (1, "", True)
    assert ask("file:///etc/passwd")[0] == 1


def test_q82_nothing_is_asked_of_another_machine_at_the_start_or_at_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The network is away: whoever asks for a name or an address is found out."""
    asked: list[object] = []
    connect, resolve = socket.socket.connect, socket.getaddrinfo

    def no_connect(self: socket.socket, address: object) -> None:
        if self.family != socket.AF_UNIX and not str(address).startswith(("('127.", "('::1'")):
            asked.append(address)
            raise OSError("the network is away")
        connect(self, address)  # type: ignore[arg-type]  # as it was given

    def no_resolve(host: object, *more: object, **named: object) -> object:
        if host not in {"127.0.0.1", "::1", "localhost", None}:
            asked.append(host)
            raise OSError("the network is away")
        return resolve(host, *more, **named)  # type: ignore[arg-type]  # as it was given

    monkeypatch.setattr(socket.socket, "connect", no_connect)
    monkeypatch.setattr(socket, "getaddrinfo", no_resolve)
    with pytest.raises(OSError, match="away"):
        socket.create_connection(("pharmacy.example", 443), timeout=1)
    assert asked.pop() == "pharmacy.example"
    made = create_app(Settings(data_dir=lay(tmp_path / "data"), stations=STATIONS, demo=True), cost=CHEAP)  # type: ignore[call-arg]  # the rest has defaults
    house = house_of(made)
    with closing(house.store):
        seat(house.door, now())
        client = made.test_client()
        assert sign_in_desk(client, ADA).status_code == 302
        for page in ("/health", "/readyz", "/terminal/HOOD-1", "/orders", "/people"):
            assert client.get(page).status_code in {200, 403, 404}
    assert asked == []
