"""Random tamperings: alter, delete, insert, reorder a row of any append-only table; cut off the end. Each is found and named."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.record.verify import Verdict, verify
from tests.record import second_verifier
from tests.record.conftest import administrator, every_byte, settled

Record = Callable[[], tuple[Path, Path]]


CHAINED = ("event", "receipt", "refusal", "blob")


def numbers(raw: Any, table: str) -> list[int]:
    return [row[0] for row in raw.execute(f"SELECT seq FROM {table} ORDER BY seq").fetchall()]


def columns(raw: Any, table: str) -> list[str]:
    return [row[1] for row in raw.execute(f"PRAGMA table_info({table})").fetchall()]


def alter(raw: Any, table: str, chance: random.Random) -> str:
    seq = chance.choice(numbers(raw, table))
    column = chance.choice([name for name in columns(raw, table) if name != "seq"])
    value = raw.execute(f"SELECT {column} FROM {table} WHERE seq = ?", (seq,)).fetchone()[0]
    wrong: Any = chance.choice(list(every_byte(value)))
    text = "CAST(? AS TEXT)" if isinstance(wrong, bytes) and not isinstance(value, bytes) else "?"
    raw.execute(f"UPDATE {table} SET {column} = {text} WHERE seq = ?", (wrong, seq))
    return place(raw, table, seq)


def delete(raw: Any, table: str, chance: random.Random) -> str:
    seq = chance.choice(numbers(raw, table))
    found = place(raw, table, seq)
    raw.execute(f"DELETE FROM {table} WHERE seq = ?", (seq,))
    return found


def insert(raw: Any, table: str, chance: random.Random) -> str:
    """Add a copy of a row at the end, with keys of its own."""
    last, seq = numbers(raw, table)[-1], chance.choice(numbers(raw, table))
    row = dict(
        zip(columns(raw, table), raw.execute(f"SELECT * FROM {table} WHERE seq = ?", (seq,)).fetchone(), strict=True)
    )
    row["seq"] = last + 1
    if table == "event":
        row["site_seq"] = last + 1
        row["version"] += 100
    if "command_id" in row:
        row["command_id"] = f"FORGED{chance.randrange(10**6)}"
    if table == "blob":
        row["sha256"] = f"{chance.randrange(2**250):064x}"
    marks = ", ".join("?" for _ in row)
    raw.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", tuple(row.values()))
    return place(raw, table, last + 1)


def reorder(raw: Any, table: str, chance: random.Random) -> str:
    """Let two rows change places."""
    one, other = sorted(chance.sample(numbers(raw, table), 2))
    for number, to in ((one, -1), (other, one), (-1, other)):
        raw.execute(f"UPDATE {table} SET seq = ? WHERE seq = ?", (to, number))
    return place(raw, table, one)


def cut(raw: Any, table: str, chance: random.Random) -> str:
    last = numbers(raw, table)
    first_gone = chance.choice(last[len(last) // 2 :])
    found = place(raw, table, first_gone)
    raw.execute(f"DELETE FROM {table} WHERE seq >= ?", (first_gone,))
    return found


def place(raw: Any, table: str, seq: int) -> str:
    """Return how the verdict would name this row, as a pattern."""
    if table != "event":
        return rf"^{table} {seq}$"
    row = raw.execute("SELECT site, site_seq, preparation, version FROM event WHERE seq = ?", (seq,)).fetchone()
    return rf"^{row[0]} {row[1]}\b" if isinstance(row[0], str) else r"^\S+ "


def tamper(path: Path, photos: Path, chance: random.Random) -> tuple[str, Verdict]:
    how = chance.choice((alter, delete, insert, reorder, cut))
    table = chance.choice(CHAINED + ("event",) * 3)
    for _ in range(100):
        with administrator(path) as raw:
            raw.execute("PRAGMA ignore_check_constraints=ON")
            raw.text_factory = lambda text: text.decode("utf-8", "surrogateescape")
            try:
                where = how(raw, table, chance)
            except raw.IntegrityError:
                continue
        return f"{how.__name__} {table}: {where}", verify(path, photos)
    raise AssertionError(f"{how.__name__} {table} never worked")


def tamper_often(path: Path, photos: Path, folder: Path, seeds: range) -> None:
    whole = settled(path, folder / "whole.db")
    for seed in seeds:
        copy = folder / f"{seed}.db"
        shutil.copy(whole, copy)
        what, verdict = tamper(copy, photos, random.Random(seed))
        assert not verdict.ok, f"seed {seed}: {what} was not found"
        pattern = what.split(": ", 1)[1]
        said = [fault.where for fault in verdict.faults] + re.findall(
            r"events? (\d+(?: to \d+)? of site \S+) (?:is|are) missing", str(verdict.faults)
        )
        gone = [f"{' '.join(reversed(text.split(' of site ')))}" for text in said if " of site " in text]
        assert any(re.search(pattern, where) for where in [*said, *gone]), (
            f"seed {seed}: {what} is not named in {verdict.faults}"
        )
        for leftover in folder.glob(f"{seed}.db*"):
            leftover.unlink()


def test_fifty_random_tamperings_are_found_and_named(a_record: Record, tmp_path: Path) -> None:
    tamper_often(*a_record(), tmp_path, range(50))


@pytest.mark.soak
@pytest.mark.parametrize("part", range(10))
def test_five_thousand_random_tamperings_are_found_and_named(
    a_record: Record, tmp_path: Path, part: int, counted: Callable[..., None]
) -> None:
    """Ten parts of five hundred."""
    first = 50 + 500 * part
    tamper_often(*a_record(), tmp_path, range(first, first + 500))
    counted("tampered with, each found and named", tamperings=500)


def test_the_second_verifier_agrees_on_tampered_events(a_record: Record, tmp_path: Path) -> None:
    path, photos = a_record()
    whole = settled(path, tmp_path / "whole.db")
    for seed in range(25):
        copy = tmp_path / f"{seed}.db"
        shutil.copy(whole, copy)
        chance = random.Random(seed)
        how = (alter, delete, insert, reorder, cut)[seed % 5]
        with administrator(copy) as raw:
            raw.execute("PRAGMA ignore_check_constraints=ON")
            try:
                how(raw, "event", chance)
            except raw.IntegrityError:
                continue
        ours = verify(copy, photos)
        theirs = second_verifier.first_fault(settled(copy, tmp_path / "theirs.db"))
        assert (ours.ok, theirs is None) == (False, False), (seed, ours.faults, theirs)
        copy.unlink()


def test_the_second_verifier_runs_alone(a_record: Record, tmp_path: Path) -> None:
    path, _ = a_record()
    copy = settled(path, tmp_path / "copy.db")
    script = shutil.copy(second_verifier.__file__, tmp_path / "alone.py")
    done = subprocess.run([sys.executable, "-I", script, copy], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    with administrator(copy) as raw:
        raw.execute("UPDATE event SET who = 'bo' WHERE seq = 5")
    settled(copy, tmp_path / "copy2.db")
    done = subprocess.run(
        [sys.executable, "-I", script, tmp_path / "copy2.db"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, "MAIN 5: body and columns differ\n")
