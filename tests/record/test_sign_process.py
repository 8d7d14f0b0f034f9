"""The signer as its own process: it signs beside a server that goes on working, and ends when told to."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from app.record.engine import open_store
from app.settings import Settings
from tests.record.signing import write_events

SIGN = "from app.cli import main; main()"


def test_the_signer_signs_beside_the_server_and_ends_on_a_signal(settings: Settings, tmp_path: Path) -> None:
    words = ["record", "sign", "--every", "1", "--json", "--data-dir", str(settings.data_dir)]
    words += ["--signer", str(tmp_path / "signer"), "--copies", str(tmp_path / "shelf")]
    with closing(open_store(settings)) as store:
        write_events(store, 1, 3)
        with subprocess.Popen([sys.executable, "-c", SIGN, *words], stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                first = json.loads(process.stdout.readline())
                write_events(store, 4, 5)
                second = json.loads(process.stdout.readline())
                process.send_signal(signal.SIGTERM)
                assert process.wait(30) == 0
            finally:
                process.kill()
    assert (first["site_seq"], second["site_seq"]) in {(3, 5), (3, 4)}
    assert {first["file"], second["file"], "keys"} <= set(os.listdir(tmp_path / "shelf"))
