"""The signer as its own process: it signs beside a server that goes on working, and ends when told to."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

from app.record import acts
from app.record.engine import open_store
from app.settings import Settings
from tests.record.conftest import NOON
from tests.record.signing import write_events

SIGN = "from app.cli import main; main()"


def said(process: subprocess.Popen[str]) -> dict[str, Any]:
    """The next checkpoint that it tells of; it has two minutes."""
    assert process.stdout is not None
    assert select.select([process.stdout], [], [], 120)[0], "no checkpoint came"
    told: dict[str, Any] = json.loads(process.stdout.readline())
    return told


def test_the_signer_signs_beside_the_server_and_ends_on_a_signal(settings: Settings, tmp_path: Path) -> None:
    words = ["record", "sign", "--every", "1", "--json", "--data-dir", str(settings.data_dir)]
    words += ["--signer", str(tmp_path / "signer"), "--copies", str(tmp_path / "shelf")]
    with closing(open_store(settings)) as store:
        write_events(store, 1, 3)
        with subprocess.Popen([sys.executable, "-c", SIGN, *words], stdout=subprocess.PIPE, text=True) as process:
            try:
                first = said(process)
                write_events(store, 4, 5)
                second = said(process)
                process.send_signal(signal.SIGTERM)
                assert process.wait(120) == 0
            finally:
                process.kill()
    assert (first["site_seq"], second["site_seq"]) in {(3, 5), (3, 4)}
    assert {first["file"], second["file"], "keys"} <= set(os.listdir(tmp_path / "shelf"))


def test_a_release_is_signed_at_once_whatever_the_rhythm(settings: Settings, tmp_path: Path) -> None:
    words = ["record", "sign", "--every", "3600", "--json", "--data-dir", str(settings.data_dir)]
    words += ["--signer", str(tmp_path / "signer"), "--copies", str(tmp_path / "shelf")]
    with closing(open_store(settings)) as store:
        write_events(store, 1, 3)
        with subprocess.Popen([sys.executable, "-c", SIGN, *words], stdout=subprocess.PIPE, text=True) as process:
            try:
                assert said(process)["site_seq"] == 3
                write_events(store, 4, 5)
                store.write(
                    lambda conn: acts.append(conn, settings, settings.site, "released", {}, who="system", at=NOON)
                )
                assert said(process)["site_seq"] == 6
                process.send_signal(signal.SIGTERM)
                assert process.wait(120) == 0
            finally:
                process.kill()
