"""`vialtrace demo` as a newcomer runs it: it opens, says where, changes nothing twice, and leaves no process behind."""

from __future__ import annotations

import http.cookiejar
import os
import re
import signal
import socket
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from app.demo.people import PEOPLE
from app.demo.sow import sow_folder
from app.people.badges import badge_text
from app.record import sqlite
from tests.serving.running import Running, run

HOME = r"Pharmacist, QA, administrator +(http://127\.0\.0\.1:(\d+)/)"


def demo(folder: Path, *words: str) -> Running:
    return Running(folder, "demo", "--data-dir", str(folder / "demo"), "--no-browser", *words)


def rows(folder: Path) -> dict[str, int]:
    """Return how many rows each table of the demo's record has, but for what its signer adds while it runs."""
    with sqlite.read_only(folder / "demo" / "vialtrace.db") as conn:
        names = (
            conn.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table' AND name != 'checkpoint'")
            .scalars()
            .all()
        )
        return {name: conn.exec_driver_sql(f'SELECT count(*) FROM "{name}"').scalar_one() for name in names}


def signs_in(home: str, user: str, password: str) -> str:
    """Sign in at the desk and return the address of the page that comes."""
    jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
    browser = urllib.request.build_opener(jar)
    with browser.open(home, timeout=30) as form:
        assert form.url == f"{home}sign-in"
        page = form.read().decode()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token, page
    data = urllib.parse.urlencode({"csrf_token": token[1], "user": user, "password": password}).encode()
    with browser.open(form.url, data, timeout=30) as answer:
        return str(answer.url)


def test_it_opens_on_a_free_port_and_a_second_start_changes_nothing(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with demo(tmp_path, "--port", str(port)) as first:
            home = first.says(HOME)
            assert int(home[2]) != port
            assert "NOT FOR CLINICAL USE" in first.out
            assert f"The record lies in {tmp_path / 'demo'} and was made new" in first.out
            for one in PEOPLE:
                told = (
                    f"badge {badge_text(one.id)}  PIN {one.pin}"
                    if one.pin
                    else f"user {one.user}  password: {one.password}"
                )
                assert told in first.out
            pam = next(one for one in PEOPLE if one.user == "pam")
            assert signs_in(home[1], "pam", pam.password) != f"{home[1]}sign-in"
            with pytest.raises(urllib.error.HTTPError, match="422") as refused:
                signs_in(home[1], "pam", "not her password")
            refused.value.close()
            before = rows(tmp_path)
            assert before["ordered"] >= 5
            second = run(tmp_path, "demo", "--data-dir", str(tmp_path / "demo"), "--no-browser")
            assert (second.returncode, second.stdout) == (2, "")
            assert "is in use by another process" in second.stderr
            assert "Traceback" not in second.stderr
            assert first.told(signal.SIGINT) == 0, first.err
            assert first.all_gone(), first.living()
            assert "Everything has stopped" in first.out
            assert first.err == ""
    made = rows(tmp_path)
    with demo(tmp_path, "--port", "0") as again:
        again.says(HOME)
        assert "was there already; nothing was changed" in again.out
        assert rows(tmp_path) == made
        assert again.told(signal.SIGTERM) == 0, again.err
        assert again.all_gone(), again.living()


@pytest.fixture(scope="module")
def sown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo record that was made before, so that each start is a quick one."""
    folder = tmp_path_factory.mktemp("sown")
    assert sow_folder(folder / "demo")
    return folder


def test_when_the_parent_is_killed_its_worker_and_the_simulated_station_end_too(sown: Path) -> None:
    with demo(sown, "--port", "0") as one:
        one.says(HOME)
        assert len(one.living()) == 3
        os.kill(one.process.pid, signal.SIGKILL)
        one.ends()
        assert one.all_gone(), one.living()
    checked = run(sown, "record", "verify", "--data-dir", str(sown / "demo"))
    assert checked.returncode == 0, checked.stdout


def test_when_the_worker_is_killed_the_rest_ends_and_says_so(sown: Path) -> None:
    with demo(sown, "--port", "0") as one:
        one.says(HOME)
        os.kill(one.child(of=one.process.pid), signal.SIGKILL)
        assert one.ends() == 1
        assert "worker was lost (signal 9)" in one.err
        assert one.all_gone(), one.living()


def test_a_closed_terminal_ends_it(sown: Path) -> None:
    with demo(sown, "--port", "0") as one:
        one.says(HOME)
        assert one.told(signal.SIGHUP) == 0, one.err
        assert one.all_gone(), one.living()


@pytest.mark.parametrize("after_s", [0.3, 0.9, 1.4, 1.9, 2.4])
def test_stopped_while_it_starts_it_leaves_nothing_running(sown: Path, after_s: float) -> None:
    with demo(sown, "--port", "0") as one:
        time.sleep(after_s)
        one.told(signal.SIGTERM)
        assert one.all_gone(), one.living()
        assert "Traceback" not in one.err
