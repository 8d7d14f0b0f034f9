"""One long-lived process that does dangerous work, with a deadline: silent past it, it is killed and another started.

The process is spawned, never forked: the server has threads. It starts when first needed and ends with close().
"""

from __future__ import annotations

import importlib
import os
import resource
import signal
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from threading import Event, Lock, Timer
from types import TracebackType
from typing import Any, Self

from devices.camera.picture import MOST_PIXELS

AT_DEADLINE = "decoder stopped at its deadline"
CRASHED = "decoder crashed"
NOT_STARTED = "decoder did not start"

START_SECONDS = 30.0
"""How long a new process may take to import its libraries on a busy machine."""
MOST_MEMORY = 1 << 30
"""Bytes of address space the process may use."""


class Worker:
    """Runs one function, named as `module:function`, in a process of its own; safe to call from several threads."""

    def __init__(self, work: str, most_memory: int = MOST_MEMORY) -> None:
        """Keep what to run. `work` takes and returns one picklable value; `most_memory`: bytes of address space."""
        self._work = work
        self._most_memory = most_memory
        self._lock = Lock()
        self._process: SpawnProcess | None = None
        self._pipe: Connection | None = None
        self._said_ready = False

    @property
    def pid(self) -> int | None:
        """The process id, None while none runs."""
        return self._process.pid if self._process else None

    def start(self) -> str | None:
        """Start the process and wait until it is ready; done by ask() too. Return None, or NOT_STARTED."""
        with self._lock:
            return None if self._ready() else NOT_STARTED

    def ask(self, question: object, seconds: float) -> tuple[Any, str | None]:
        """Return `(answer, None)`, or `(None, words)` when the process was silent for `seconds`, crashed, or did not
        start.

        After a failure another process is started at once, so that the next question finds it warm.
        """
        with self._lock:
            pipe = self._ready()
            if pipe is None:
                return None, NOT_STARTED
            answer, trouble = self._exchange(pipe, question, seconds)
            if trouble:
                self._stop()
                self._launch()
            return answer, trouble

    def close(self) -> None:
        """End the process and wait until it is gone; a later ask() starts a new one."""
        with self._lock:
            self._stop()

    def __enter__(self) -> Self:
        """Return the worker; nothing is started yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    def _exchange(self, pipe: Connection, question: object, seconds: float) -> tuple[Any, str | None]:
        """Send and receive under a watchdog that kills the process: neither direction can then block for longer."""
        rang = Event()
        watchdog = Timer(seconds, self._kill, (rang,))
        watchdog.start()
        try:
            pipe.send((question, seconds))
            return pipe.recv(), None
        except (EOFError, OSError):
            return None, AT_DEADLINE if rang.is_set() else CRASHED
        finally:
            watchdog.cancel()
            watchdog.join()

    def _kill(self, rang: Event) -> None:
        rang.set()
        if self._process:
            self._process.kill()

    def _ready(self) -> Connection | None:
        """Return the pipe to a process that said it is ready, starting one if none lives; None if that fails."""
        if self._process is None or not self._process.is_alive():
            self._stop()
            self._launch()
        pipe = self._pipe
        if pipe is None or self._said_ready:
            return pipe
        try:
            self._said_ready = pipe.poll(START_SECONDS) and pipe.recv() == "ready"
        except (EOFError, OSError):
            self._said_ready = False
        if not self._said_ready:
            self._stop()
            return None
        return pipe

    def _launch(self) -> None:
        context = get_context("spawn")
        ours, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, self._work, self._most_memory), daemon=True)
        self._process.start()
        theirs.close()
        self._pipe = ours
        self._said_ready = False

    def _stop(self) -> None:
        if self._pipe:
            self._pipe.close()
        if self._process:
            self._process.kill()
            self._process.join()
            self._process.close()
        self._process = self._pipe = None
        self._said_ready = False


def _serve(pipe: Connection, work: str, most_memory: int) -> None:
    """Be the process: cap memory and pixels before any library loads, then answer until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the server's business; it closes us
    os.environ["OPENCV_IO_MAX_IMAGE_PIXELS"] = str(MOST_PIXELS)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # each thread reserves address space
    resource.setrlimit(resource.RLIMIT_AS, (most_memory, most_memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    module, _, name = work.partition(":")
    function = getattr(importlib.import_module(module), name)
    pipe.send("ready")
    while True:
        try:
            question, seconds = pipe.recv()
        except EOFError:
            return
        signal.alarm(int(seconds) + 10)  # if the server died meanwhile, nobody else would end a hanging decoder
        answer = function(question)
        signal.alarm(0)
        pipe.send(answer)
