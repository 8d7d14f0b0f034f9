"""A process that asks at random, with several threads, and writes down every answer with the moments before and after it.

Run as `python -m tests.dispatch.player FOLDER URL SEED THREADS COMMANDS`; what it heard lies in FOLDER/SEED.jsonl.
"""

from __future__ import annotations

import json
import random
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.dispatch import Ask, Dispatcher
from app.record import codec
from app.record.engine import Store, open_store
from tests.cast import ANN, BO, EVERYBODY, PAM, PRINTER, QUIN
from tests.dispatch.counter import Clock, settings_in
from tests.workflows import example
from workflows import commands as asked
from workflows.circumstances import Actor
from workflows.evidence import Confirmation, Printed, Signature
from workflows.preparation import Preparation

READY = "P0000001"
"""A bag that only its release is missing of: everybody tries."""
OTHERS = tuple(f"P100000{number}" for number in range(2, 8))
"""Preparations that nobody has opened yet."""
STATIONS = tuple(f"HOOD-{number}" for number in range(1, 8))
PEOPLE = {one.id: one for one in EVERYBODY}
WHEN = example.START.replace(hour=18)
"""All of it happens in one instant of the pharmacy's clock: an answer depends on what was written, and on nothing else."""


def station_of(preparation: str) -> str:
    return f"HOOD-{preparation[-1]}"


def command_of(chance: random.Random, p: Preparation | None, preparation: str) -> tuple[asked.Command, Actor]:
    """Something that somebody might ask for now, or too late, or twice."""
    if p is None:
        return asked.Open(example.order(), example.RECIPE, example.POLICY), PRINTER
    cabinet = example.replace(example.CABINET, code=f"BSC-{preparation[-1]}")
    pharmacist = chance.choice((PAM, QUIN))
    technician = chance.choice((ANN, BO))
    usual: tuple[tuple[asked.Command, Actor], ...] = (
        (asked.Submit("", signature(p, preparation, pharmacist)), pharmacist),
        (asked.Submit("", signature(p, preparation, pharmacist)), pharmacist),
        (asked.Claim(), technician),
        (asked.Submit("", example.scan(cabinet)), technician),
        (asked.Submit("", Confirmation(chance.choice(example.POLICY.ppe))), technician),
        (asked.Call(f"question {chance.randrange(9)}"), technician),
        (asked.Answer("go on as planned"), pharmacist),
        (asked.RecordLabel(Printed("in_process", f"INPR000{preparation[-1]}", 1, "aa" * 32, "spool")), PRINTER),
    )
    return chance.choice(usual)


def signature(p: Preparation, preparation: str, who: Actor) -> Signature:
    meaning = "approved for release" if preparation == READY else "order verified"
    seen = tuple(photo.sha256 for photo in p.photos())
    return Signature(meaning, who.name, who.licence, "password", 2, p.digest, seen)  # type: ignore[arg-type]  # a meaning


@dataclass
class Player:
    """One thread of one process."""

    name: str
    store: Store
    dispatcher: Dispatcher
    chance: random.Random
    say: Callable[[dict[str, Any]], None]

    def play(self, commands: int) -> None:
        before: list[Ask] = []
        for number in range(commands):
            ask = self.next(number, before)
            before.append(ask)
            began = time.monotonic_ns()
            outcome = self.dispatcher.do(ask)
            ended = time.monotonic_ns()
            self.say(
                {
                    "ask": told(ask), "began": began, "ended": ended, "kind": outcome.kind, "code": outcome.code,
                    "version": outcome.version, "status": outcome.status, "replayed": outcome.replayed,
                }
            )  # fmt: skip

    def next(self, number: int, before: list[Ask]) -> Ask:
        turn = self.chance.random() if number else 0.5
        if before and turn < 0.1:
            return self.chance.choice(before)
        preparation = self.chance.choice((READY, *OTHERS)) if number else READY
        with self.store.reading() as conn:
            p = self.dispatcher.current(conn, preparation)
        command, who = command_of(self.chance, p, preparation)
        if number == 0 and p is not None:  # everybody begins by releasing the same bag
            who = self.chance.choice((PAM, QUIN))
            command = asked.Submit("", signature(p, preparation, who))
        version = p.version if p else 0
        expected = None if who is PRINTER else version - (turn > 0.9)
        used = self.chance.choice(before).command_id if before and 0.1 < turn < 0.15 else f"{self.name}-{number}"
        station = "" if "pharmacist" in who.roles else station_of(preparation)
        return Ask(used, preparation, command, who, station, expected_version=expected)


def told(ask: Ask) -> dict[str, Any]:
    return {
        "command_id": ask.command_id, "preparation": ask.preparation, "who": ask.who.id, "station": ask.station,
        "expected": ask.expected_version, "command": codec.encode(ask.command, asked.Command),
    }  # fmt: skip


def heard(told: dict[str, Any]) -> Ask:
    """Read it back."""
    command = codec.decode(asked.Command, told["command"])
    return Ask(
        told["command_id"], told["preparation"], command, PEOPLE[told["who"]], told["station"],
        expected_version=told["expected"],
    )  # fmt: skip


def main(folder: Path, url: str, seed: str, threads: int, commands: int) -> None:
    settings = settings_in(folder, url)
    store, saying = open_store(settings), threading.Lock()
    with (folder / f"{seed}.jsonl").open("w", encoding="utf-8") as file:

        def say(words: dict[str, Any]) -> None:
            with saying:
                file.write(json.dumps(words) + "\n")

        players = [
            Player(
                f"{seed}-{one}", store, Dispatcher(store, settings, Clock(WHEN)), random.Random(f"{seed}-{one}"), say
            )
            for one in range(threads)
        ]
        at_work = [threading.Thread(target=one.play, args=(commands,)) for one in players]
        for one in at_work:
            one.start()
        for one in at_work:
            one.join()
    store.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
