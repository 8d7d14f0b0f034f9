"""Everything that `vialtrace bench` measures, in its order; each part names what it is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.bench.rounds import Figure


@dataclass(frozen=True)
class Sizes:
    """How much is measured."""

    writes: int
    """Durable events a round."""
    events: int
    """Of the record that is verified and exported."""
    preparations: tuple[int, ...]
    """Of the records whose lists are opened, one after the other."""
    stations: tuple[int, ...]
    """Tablets at once, one crowd after the other."""
    scans: int
    """Of each tablet in a round."""
    rounds: int
    """Of what runs in processes of its own."""
    pharmacists: int
    """Pages of the queue that ask for news."""
    seconds: float
    """That the stations work at the pace of hands, with and without those pages."""
    messages: int
    """Orders over MLLP, over which the server's memory is watched."""
    postgres: str
    """URL of an empty upgraded database; empty for none."""


def figures(folder: Path, sizes: Sizes, parts: tuple[str, ...]) -> Iterator[Figure]:
    """Measure the parts that are wanted, one after the other, in an empty folder on the disk of the record."""
    if "record" in parts:
        from app.bench import record

        yield from record.figures(_new(folder, "record"), sizes.writes)
    if "large" in parts:
        from app.bench import large

        yield from large.figures(_new(folder, "large"), sizes.events, sizes.rounds)
    if "pages" in parts:
        from app.bench import pages

        for count in sizes.preparations:
            yield from pages.figures(_new(folder, "pages"), count)
    if "weights" in parts:
        from app.bench import weights

        for count in sizes.preparations:
            yield from weights.figures(_new(folder, f"weights-{count}"), count, sizes.rounds)
    if "web" in parts:
        from app.bench import web

        yield from web.figures(_new(folder, "web"), sizes.stations, sizes.scans, sizes.rounds)
    if "day" in parts:
        from app.bench import day

        yield from day.figures(_new(folder, "day"), sizes.events, sizes.pharmacists, sizes.seconds)
    if "messages" in parts:
        from app.bench import messages

        yield from messages.figures(_new(folder, "messages"), sizes.writes, sizes.rounds, sizes.messages)
    if "rules" in parts:
        from app.bench import rules

        yield from rules.figures(_new(folder, "rules"))
    if "instruments" in parts:
        from app.bench import instruments

        yield from instruments.figures(_new(folder, "instruments"), sizes.rounds)
    if "postgres" in parts and sizes.postgres:
        from app.bench import postgres

        yield from postgres.figures(_new(folder, "postgres"), sizes.postgres, sizes.writes)


def _new(folder: Path, name: str) -> Path:
    made = folder / name
    made.mkdir(exist_ok=True)
    return made
