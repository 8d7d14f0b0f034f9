"""A child process that writes and says what was acknowledged, until it is killed. Run by test_power.py."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from app.record.engine import open_store
from app.settings import load_settings
from tests.record.conftest import write_event

THREADS = 4


def main(folder: str, prefix: str) -> None:
    """Append from several threads; after each answer print the command's id, so that the parent knows it was promised."""
    store = open_store(load_settings(data_dir=Path(folder)))
    say = threading.Lock()

    def act(stream: str, command: str, events: int) -> None:
        store.write(lambda conn: write_event(conn, stream, command, events=events))

    def work(number: int) -> None:
        for turn in range(100_000):
            command = f"{prefix}-{number}-{turn}"
            act(f"P{number}", command, 1 + turn % 3)
            with say:
                sys.stdout.write(command + "\n")
                sys.stdout.flush()

    people = [threading.Thread(target=work, args=(number,)) for number in range(THREADS)]
    for person in people:
        person.start()
    for person in people:
        person.join()


if __name__ == "__main__":
    main(*sys.argv[1:])
