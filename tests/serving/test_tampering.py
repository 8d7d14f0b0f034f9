"""`vialtrace record verify` as a user runs it, on the whole record of the worked example, tampered with in fifty ways."""

from __future__ import annotations

import json
import random
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from app.cli import main
from app.record import sqlite
from tests.dispatch.counter import Counter, equip, open_counter
from tests.serving.running import run

COLUMNS = (
    "preparation",
    "version",
    "kind",
    "shape",
    "body",
    "who",
    "at",
    "command_id",
    "ordinal",
    "digest",
    "site_digest",
)
"""What an alteration touches; the numbers of the order are what a reordering touches."""
TAMPERINGS = 50


@dataclass(frozen=True)
class Tampered:
    """One tampering and where it must be seen."""

    did: str
    rows: frozenset[int]
    """Numbers within the site, one of which the first faults must name."""


@contextmanager
def by_hand(path: Path, *, tidy: bool) -> Iterator[Any]:
    """Yield a connection of somebody with every right; where they are tidy they put the triggers back as they were."""
    with closing(sqlite.raw_connection(path)) as raw:
        triggers = raw.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            raw.execute(f"DROP TRIGGER {name}")
        raw.execute("PRAGMA ignore_check_constraints=ON")
        yield raw
        for _, sql in triggers if tidy else ():
            raw.execute(sql)


def changed(value: Any, chance: random.Random) -> Any:
    """Return another value of the same type: one character, byte or step away."""
    if isinstance(value, int):
        return value + chance.choice((1, 7))
    place = chance.randrange(len(value))
    if isinstance(value, bytes):
        return value[:place] + bytes([value[place] ^ (1 << chance.randrange(8))]) + value[place + 1 :]
    other = chance.choice([one for one in "0123456789abcxyz" if one != value[place]])
    return value[:place] + other + value[place + 1 :]


def alter(raw: Any, last: int, chance: random.Random) -> Tampered:
    row, column = chance.randint(1, last), chance.choice(COLUMNS)
    old = raw.execute(f"SELECT {column} FROM event WHERE site_seq = ?", (row,)).fetchone()[0]
    new = changed(old, chance)
    if column == "version":
        new += 1000  # the next numbers are taken
    try:
        raw.execute(f"UPDATE event SET {column} = ? WHERE site_seq = ?", (new, row))
    except raw.IntegrityError:  # the database itself refuses to give two events one number
        return alter(raw, last, chance)
    return Tampered(f"altered {column} of {row}: {old!r} to {new!r}"[:300], frozenset({row}))


def delete(raw: Any, last: int, chance: random.Random) -> Tampered:
    row = chance.randint(1, last - 1)
    raw.execute("DELETE FROM event WHERE site_seq = ?", (row,))
    return Tampered(f"deleted {row}", frozenset({row}))


def insert(raw: Any, last: int, chance: random.Random) -> Tampered:
    """Copy an event to the end, or move all later ones on by one and put the copy behind it."""
    row = chance.randint(1, last)
    at = chance.choice((row + 1, last + 1))
    for number in range(last, at - 1, -1):
        move(raw, number, number + 1)
    names = [one[1] for one in raw.execute("PRAGMA table_info(event)").fetchall()]
    copy = dict(zip(names, raw.execute("SELECT * FROM event WHERE site_seq = ?", (row,)).fetchone(), strict=True))
    copy |= {"seq": at, "site_seq": at, "version": 1000 + at, "command_id": f"forged-{at}"}
    raw.execute(f"INSERT INTO event VALUES ({', '.join('?' for _ in names)})", [copy[name] for name in names])
    return Tampered(f"inserted a copy of {row} as {at}", frozenset({at}))


def reorder(raw: Any, last: int, chance: random.Random) -> Tampered:
    one, other = sorted(chance.sample(range(1, last + 1), 2))
    move(raw, one, 10_000)
    move(raw, other, one)
    move(raw, 10_000, other)
    return Tampered(f"swapped {one} and {other}", frozenset({one}))


def cut(raw: Any, last: int, chance: random.Random) -> Tampered:
    first = last - chance.randint(0, 5)
    raw.execute("DELETE FROM event WHERE site_seq >= ?", (first,))
    return Tampered(f"cut off from {first}", frozenset({first}))


def move(raw: Any, number: int, to: int) -> None:
    raw.execute("UPDATE event SET seq = ?, site_seq = ? WHERE site_seq = ?", (to, to, number))


WAYS: tuple[Callable[[Any, int, random.Random], Tampered], ...] = (alter, alter, alter, delete, insert, reorder, cut)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The record of the worked example, closed."""
    folder = tmp_path_factory.mktemp("made") / "data"
    store, dispatcher, clock = open_counter(folder)
    equip(store)
    Counter(dispatcher, clock=clock).make()
    store.close()
    assert not (folder / "vialtrace.db-wal").exists()
    return folder


def tamper(made: Path, folder: Path, chance: random.Random, way: int) -> Tampered:
    shutil.copytree(made, folder)
    with by_hand(folder / "vialtrace.db", tidy=way % 2 == 0) as raw:
        last = raw.execute("SELECT max(site_seq) FROM event").fetchone()[0]
        return WAYS[way % len(WAYS)](raw, last, chance)


def test_the_untouched_record_verifies(made: Path, tmp_path: Path) -> None:
    checked = run(tmp_path, "record", "verify", "--json", "--data-dir", str(made))
    verdict = json.loads(checked.stdout)
    assert (checked.returncode, verdict["ok"], verdict["faults"]) == (0, True, [])
    assert (verdict["events"], verdict["preparations"]) == (len_of(made), 1)


def len_of(folder: Path) -> int:
    with closing(sqlite.raw_connection(folder / "vialtrace.db")) as raw:
        return int(raw.execute("SELECT count(*) FROM event").fetchone()[0])


def test_each_of_fifty_tamperings_is_found_and_the_row_named(made: Path, tmp_path: Path) -> None:
    """Every tenth in a process of its own, the others through the same command here."""
    chance = random.Random(50)
    for number in range(TAMPERINGS):
        was = tamper(made, tmp_path / str(number), chance, number)
        words = ("record", "verify", "--json", "--data-dir", str(tmp_path / str(number)))
        code, text = alone(tmp_path, words) if number % 10 == 0 else here(words)
        assert code == 1, was
        verdict = json.loads(text)
        assert verdict["ok"] is False, was
        found = [fault["kind"] for fault in verdict["faults"]]
        assert ("schema" in found) is (number % 2 == 1), "triggers left dropped are said, beside the row and after it"
        assert found[0] != "schema", was
        assert numbers(verdict["faults"][:3]) & was.rows, (was, verdict["faults"][:3])


def numbers(faults: list[dict[str, str]]) -> set[int]:
    """Return the rows that these faults name, by their number within the site."""
    says = " ".join(f"{fault['where']} {fault['says']}" for fault in faults)
    return {int(number) for number in re.findall(r"(?:MAIN|event) (\d+)", says)}


def alone(folder: Path, words: tuple[str, ...]) -> tuple[int, str]:
    ended = run(folder, *words)
    return ended.returncode, ended.stdout


def here(words: tuple[str, ...]) -> tuple[int, str]:
    ended = CliRunner().invoke(main, words)
    return ended.exit_code, ended.stdout
