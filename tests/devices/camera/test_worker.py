"""The process that may hang, crash or run out of memory, so that the server never does (B33)."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from devices.camera.worker import AT_DEADLINE, CRASHED, NOT_STARTED, Worker

HERE = "tests.devices.camera.misbehaving"


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_nothing_runs_before_the_first_question_and_nothing_after_close():
    worker = Worker(f"{HERE}:echo")
    assert worker.pid is None
    assert worker.ask("hello", 30) == ("hello", None)
    pid = worker.pid
    assert pid is not None
    assert pid != os.getpid()
    worker.close()
    assert worker.pid is None
    assert not runs(pid)
    worker.close()


def test_one_process_answers_many_questions_and_large_ones():
    with Worker(f"{HERE}:echo") as worker:
        pictures = [bytes([n]) * 5_000_000 for n in range(4)]
        assert [worker.ask(picture, 30) for picture in pictures] == [(picture, None) for picture in pictures]
        first = worker.pid
        worker.ask("again", 30)
        assert worker.pid == first


def test_a_silent_process_is_killed_at_its_deadline_and_the_next_answers():
    with Worker(f"{HERE}:sleeps") as worker:
        assert worker.ask(0.0, 30) == (0.0, None)
        first = worker.pid
        assert first is not None
        started = time.monotonic()
        assert worker.ask(3600.0, 0.5) == (None, AT_DEADLINE)
        assert 0.5 <= time.monotonic() - started < 5
        assert not runs(first)
        assert worker.ask(0.01, 30) == (0.01, None)
        assert worker.pid != first


def test_a_process_that_hangs_outside_python_is_killed_too():
    with Worker(f"{HERE}:stays_alone") as worker:
        assert worker.start() is None
        assert worker.ask("x", 0.3) == (None, AT_DEADLINE)


@pytest.mark.parametrize("work", ["crashes", "raises"])
def test_a_process_that_ends_is_replaced(work: str):
    with Worker(f"{HERE}:{work}") as worker:
        assert worker.ask("x", 30) == (None, CRASHED)
        assert worker.ask("x", 30) == (None, CRASHED)


def test_a_process_killed_between_questions_is_replaced():
    with Worker(f"{HERE}:echo") as worker:
        worker.ask("x", 30)
        assert worker.pid is not None
        os.kill(worker.pid, 9)
        answers = [worker.ask("y", 30) for _ in range(2)]
        assert answers[1] == ("y", None)


def test_a_decoder_that_cannot_be_loaded_says_so():
    with Worker(f"{HERE}:no_such_function") as worker:
        assert worker.ask("x", 30) == (None, NOT_STARTED)
        assert worker.start() == NOT_STARTED


def test_memory_is_limited():
    with Worker(f"{HERE}:memory_used_up", most_memory=400_000_000) as worker:
        assert worker.ask(1_000, 30) == ("had 1000", None)
        assert worker.ask(1_000_000_000, 30) == ("refused", None)


def test_threads_take_turns_and_each_hears_its_own_answer():
    heard: dict[int, object] = {}
    with Worker(f"{HERE}:echo") as worker:
        threads = [threading.Thread(target=lambda n=n: heard.update({n: worker.ask(n, 30)})) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert heard == {n: (n, None) for n in range(8)}


def test_it_is_back_after_a_kill_in_about_the_time_its_libraries_take_to_load():
    bare = []
    for _ in range(2):
        started = time.monotonic()
        subprocess.run([sys.executable, "-c", "import cv2, zxingcpp, pyzbar.pyzbar"], check=True)
        bare.append(time.monotonic() - started)
    back = []
    with Worker("devices.camera.passes:look") as worker:
        assert worker.start() is None
        for _ in range(2):
            assert worker.pid is not None
            os.kill(worker.pid, 9)
            worker.close()
            started = time.monotonic()
            assert worker.start() is None
            back.append(time.monotonic() - started)
    assert min(back) < 3 * max(bare) + 0.5
