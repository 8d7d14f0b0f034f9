"""`vialtrace serve` receives orders, and a kill in the middle loses none that was acknowledged and doubles none (I50)."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import time
from pathlib import Path

import pytest
from sqlalchemy import select

from app.interfaces.tables import message, ordered
from app.record.engine import open_store
from app.settings import load_settings
from tests.interfaces.senders import PROFILE_FILE, Sender, msa, numbered
from tests.serving.running import PATIENCE_S, Running


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def killed_in_the_middle(folder: Path, lives: int, each: int, seed: int) -> None:
    """Send orders to a server that is killed between an order and its answer, and send what was not answered again."""
    chance, port = random.Random(seed), free_port()
    wanted = json.dumps({"ehr": {"port": port, "profiles": [PROFILE_FILE]}})
    settings = {"DATA_DIR": str(folder / "data"), "MLLP": wanted, "PORT": "0"}
    everything = list(range(1, (lives + 1) * each + 1))
    waiting = everything.copy()
    for life in range(lives + 1):
        with Running(folder, "serve", **settings) as server:
            server.says("vialtrace is at")
            with Sender(port) as sender:
                for _ in range(each):
                    sender.send(numbered(waiting[0]))
                    assert msa(sender.answer()) == ("AA", f"M{waiting.pop(0):06}")
                for number in waiting[: chance.randrange(1, 4)]:
                    sender.send(numbered(number))
                if life < lives:
                    for process in server.living():
                        os.kill(process, signal.SIGKILL)
            if life < lives:
                server.ends()
            else:
                server.told(signal.SIGTERM)
            assert _all_gone(server)
    assert waiting == []
    store = open_store(load_settings(data_dir=folder / "data"))
    try:
        with store.reading() as conn:
            keys = [key.split("\x1f")[1] for key in conn.execute(select(ordered.c.key)).scalars()]
            accepted = conn.execute(select(message.c.control_id).where(message.c.outcome == "accepted")).scalars().all()
    finally:
        store.close()
    assert sorted(keys) == [f"ORD{number:07}" for number in everything]
    assert sorted(accepted) == [f"M{number:06}" for number in everything]


def _all_gone(server: Running) -> bool:
    """Wait until the last process of a server has left the record to the next."""
    until = time.monotonic() + PATIENCE_S
    while server.living() and time.monotonic() < until:
        time.sleep(0.05)
    return not server.living()


def test_i50_a_killed_server_has_every_order_that_it_acknowledged_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    killed_in_the_middle(tmp_path, lives=1, each=8, seed=3)


@pytest.mark.soak
def test_i50_twenty_kills(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    killed_in_the_middle(tmp_path, lives=20, each=50, seed=5)


def test_a_port_that_is_taken_is_said_in_a_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        wanted = json.dumps({"ehr": {"port": taken.getsockname()[1]}})
        with Running(tmp_path, "serve", DATA_DIR=str(tmp_path / "data"), MLLP=wanted, PORT="0") as server:
            assert server.ends() == 2
            assert "Setting mllp.ehr: port" in server.err
