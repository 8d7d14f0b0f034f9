"""`python -m hardware_mocks` prints where it listens, works, and ends with a signal or with its parent."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request

import pytest

from tests.hardware_mocks.hosts import host_of

COMMAND = [sys.executable, "-m", "hardware_mocks"]


def begin(*arguments):
    process = subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, text=True)
    return process, json.loads(process.stdout.readline())


@pytest.mark.parametrize("pty", [False, True], ids=["tcp", "pty"])
@pytest.mark.parametrize("ends_by", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_listens_and_ends_when_told(tmp_path, pty, ends_by):
    ready = tmp_path / "ready.json"
    process, urls = begin(
        "--station", "hood9", "--ready-file", str(ready), "--speed", "20", *(["--pty"] if pty else [])
    )
    with process:
        assert json.loads(ready.read_text()) == urls
        assert urls["station"] == "hood9"
        assert urls["balance"].startswith("/" if pty else "socket://127.0.0.1:")
        body = json.dumps({"g": "24.55"}).encode()
        urllib.request.urlopen(f"{urls['panel']}/load", data=body, timeout=5).close()
        with host_of(urls["balance"]) as host:
            assert host.ask("S") == "S S      24.55 g"
        process.send_signal(ends_by)
        assert process.wait(timeout=5) == 0
    with pytest.raises(OSError, match=r"refused|No such file"):
        host_of(urls["balance"]).__enter__()


def test_its_balance_speaks_what_it_is_told_to():
    process, urls = begin("--protocol", "radwag:r2", "--speed", "20")
    with process:
        assert urls["protocol"] == "radwag:r2"
        with host_of(urls["balance"]) as host:
            assert host.ask("NB") == 'NB A "B123456789"'
        process.terminate()
    unknown = subprocess.run([*COMMAND, "--protocol", "xbpi"], check=False, capture_output=True, text=True, timeout=20)
    assert (unknown.returncode, "these can be: mt-sics" in unknown.stderr) == (2, True)


def test_it_ends_when_its_parent_is_gone(tmp_path):
    ready = tmp_path / "ready.json"
    code = f"import subprocess, sys, time; subprocess.Popen({[*COMMAND, '--ready-file', str(ready)]!r}); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL) as parent:
        wait_for(ready.exists)
        urls = json.loads(ready.read_text())
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait(timeout=5)

    def refused():
        try:
            host_of(urls["scanner"]).__enter__().close()
        except OSError:
            return True
        return False

    wait_for(refused)


def test_a_taken_port_and_bad_presets_are_said_plainly(tmp_path):
    process, urls = begin()
    with process:
        taken = subprocess.run(
            [*COMMAND, "--balance-port", urls["balance"].rsplit(":", 1)[1]],
            check=False,
            capture_output=True,
            text=True,
            timeout=20,
        )
        assert (taken.returncode, "cannot start the station" in taken.stderr) == (2, True)
        taken = subprocess.run(
            [*COMMAND, "--panel-port", urls["panel"].rsplit(":", 1)[1]],
            check=False,
            capture_output=True,
            text=True,
            timeout=20,
        )
        assert (taken.returncode, "cannot start the panel" in taken.stderr) == (2, True)
        process.terminate()
    bad = subprocess.run(
        [*COMMAND, "--presets", str(tmp_path / "no.json")], check=False, capture_output=True, text=True, timeout=20
    )
    assert (bad.returncode, "cannot read presets" in bad.stderr, bad.stdout) == (2, True, "")


def wait_for(comes_true, seconds=10.0):
    deadline = time.monotonic() + seconds
    while not comes_true():
        assert time.monotonic() < deadline
        time.sleep(0.05)
