"""A process that acts on a record as it is told, line by line, and answers only what is on disk: to be killed at any moment.

It reads JSON lines from a socket. `{"make": n}` is answered with the n-th command of the worked example as it must be asked
now (null after the last); `{"do": ask}` with what became of that command, which is never said where it is told to be `silent`.
The first line it writes is its process number, the second says where the preparation is. `python -m tests.serving.clerk SOCKET`
brings such processes into the world: a fork for each caller, before anything of a record is open, so that a life costs no start
of Python.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any, TextIO

from app.dispatch import Ask
from app.record import codec, log
from app.record.columns import moment, moment_text
from tests.cast import ANN, EVERYBODY, PRINTER
from tests.dispatch.counter import Counter, open_counter
from tests.workflows import example
from workflows import commands as asked
from workflows.circumstances import Actor

PEOPLE = {one.id: one for one in EVERYBODY}
BETWEEN = timedelta(seconds=20)


def nth(counter: Counter, number: int) -> dict[str, Any] | None:
    """Return the command of this number, made from the preparation as it stands; None after the last."""
    counter.clock.at = example.START + number * BETWEEN
    command: asked.Command = asked.Open(example.order(), example.RECIPE, example.POLICY)
    who, version = PRINTER, 0
    if number:
        found = next_of(counter.steps(), number)
        if found is None:
            return None
        (command, who), version = found, counter.p.version
    return {
        "command_id": f"{counter.id}-{number}",
        "preparation": counter.id,
        "command": codec.encode(command, asked.Command),
        "who": who.id,
        "station": "" if "pharmacist" in who.roles else counter.station,
        "expected_version": version,
        "at": moment_text(counter.clock.at + BETWEEN),
    }


def next_of(steps: Iterator[tuple[asked.Command, Actor]], number: int) -> tuple[asked.Command, Actor] | None:
    """Return the step of this number, counted from 1."""
    for _ in range(number - 1):
        if next(steps, None) is None:
            return None
    return next(steps, None)


def do(counter: Counter, told: dict[str, Any]) -> dict[str, Any]:
    """Ask for it and return the answer, which is on disk by then."""
    counter.clock.at = moment(told["at"])
    command: asked.Command = codec.decode(asked.Command, told["command"])
    who = PEOPLE.get(told["who"], ANN)
    version = told["expected_version"] or None
    ask = Ask(told["command_id"], told["preparation"], command, who, told["station"], expected_version=version)
    outcome = counter.dispatcher.do(ask)
    return {
        "done": told["command_id"],
        "kind": outcome.kind,
        "says": f"{outcome.code} {outcome.says}",
        "version": outcome.version,
        "replayed": outcome.replayed,
    }


def work(folder: Path, preparation: str, url: str, lines: TextIO) -> None:
    """Work until there is nothing more to read."""
    store, dispatcher, clock = open_counter(folder, database_url=url)
    with closing(store):
        counter = Counter(dispatcher, preparation, clock=clock)
        with store.reading() as conn:
            answer(lines, {"ready": log.version_of(conn, preparation)})
        for line in lines:
            told = json.loads(line)
            said = do(counter, told["do"]) if "do" in told else {"made": nth(counter, told["make"])}
            if told.get("silent"):
                signal.pause()
            answer(lines, said)


def answer(lines: TextIO, words: dict[str, Any]) -> None:
    lines.write(json.dumps(words) + "\n")
    lines.flush()


def main(place: str) -> None:
    """Listen there, and fork a clerk for each caller until standard input ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    threading.Thread(target=_end_with_input, daemon=True).start()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(place)
        listener.listen()
        while True:
            caller, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                lines = caller.makefile("rw", encoding="utf-8")
                answer(lines, {"pid": os.getpid()})
                told = json.loads(lines.readline())
                work(Path(told["folder"]), told["preparation"], told["url"], lines)
                os._exit(0)
            caller.close()


def _end_with_input() -> None:
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
