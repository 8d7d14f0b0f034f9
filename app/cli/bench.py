"""`vialtrace bench`: what this machine does, each figure beside a bare baseline in the same run."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.cli.options import FOLDER, json_option

if TYPE_CHECKING:
    from app.bench.rounds import Figure

PARTS = ("record", "large", "pages", "weights", "web", "day", "messages", "rules", "instruments", "postgres")
COUNTS = click.IntRange(1, 20_000_000)


@click.command(epilog="Example: vialtrace bench --only record --writes 200 --json")
@click.option(
    "--folder", type=FOLDER, help="Where to measure: a folder on the disk of the record. Default: the temporary one."
)
@click.option("--only", type=click.Choice(PARTS), multiple=True, help="Measure this part; may be given again.")
@click.option("--writes", type=click.IntRange(50), default=1000, show_default=True, help="Durable writes a round.")
@click.option("--events", type=COUNTS, default=5000, show_default=True, help="Events verified and exported.")
@click.option(
    "--preparations",
    type=COUNTS,
    multiple=True,
    default=(1000,),
    show_default=True,
    help="Preparations in the lists that are opened; may be given again.",
)
@click.option(
    "--stations",
    type=click.IntRange(1, 500),
    multiple=True,
    default=(1, 5),
    show_default=True,
    help="Stations at once; may be given again.",
)
@click.option("--scans", type=COUNTS, default=10, show_default=True, help="Scans of each station in a round.")
@click.option(
    "--rounds", type=click.IntRange(1, 100), default=5, show_default=True, help="Rounds of what has its own process."
)
@click.option(
    "--pharmacists", type=click.IntRange(1, 1000), default=20, show_default=True, help="Pages that ask for news."
)
@click.option(
    "--seconds", type=click.FloatRange(0.5, 3600), default=12, show_default=True, help="Of work at the pace of hands."
)
@click.option("--messages", type=COUNTS, default=500, show_default=True, help="Orders over which memory is watched.")
@click.option("--postgres", default="", metavar="URL", help="An upgraded database that nobody wants: it is written to.")
@json_option
def bench(
    folder: Path | None,
    only: tuple[str, ...],
    writes: int,
    events: int,
    preparations: tuple[int, ...],
    stations: tuple[int, ...],
    scans: int,
    rounds: int,
    pharmacists: int,
    seconds: float,
    messages: int,
    postgres: str,
    as_json: bool,
) -> None:
    """Measure the program on this machine. Nothing of yours is read or written; stop other work first.

    A ratio says how much of the bare rate is left. A figure marked noisy means nothing: disk or processor were busy
    with something else. Nothing here is a promise. As it stands it takes some minutes on a quiet machine; a long run takes
    --events 1000000 --preparations 1000 --preparations 100000 --stations 1 --stations 20 --stations 200 --pharmacists 200.
    """
    from app.bench.whole import Sizes, figures

    sizes = Sizes(writes, events, preparations, stations, scans, rounds, pharmacists, seconds, messages, postgres)
    with tempfile.TemporaryDirectory(prefix="vialtrace-bench-", dir=folder) as made:
        for figure in figures(Path(made), sizes, only or PARTS):
            click.echo(json.dumps(asdict(figure)) if as_json else in_words(figure))
    if not postgres and (not only or "postgres" in only):
        click.echo("PostgreSQL was not measured: no --postgres URL was given.", err=True)


def in_words(figure: Figure) -> str:
    """Return a figure as a person reads it."""
    says = f"{figure.name}: {_number(figure.ours)} {figure.unit}"
    if figure.raw is not None:
        says += f", {figure.ratio:.2f} of bare {_number(figure.raw)}"
    if figure.goal is not None:
        says += f" (goal {_number(figure.goal)}: {'met' if figure.met else 'NOT MET'})"
    if figure.p50_ms is not None:
        says += f"; p50 {figure.p50_ms} ms, p99 {figure.p99_ms} ms"
    if figure.cpu_us is not None:
        says += f"; {figure.cpu_us:,.0f} µs of processor each, bare {figure.raw_cpu_us:,.0f}"
    return says + (" - noisy" if figure.noisy else "")


def _number(value: float) -> str:
    return f"{value:,.3f}".rstrip("0").rstrip(".")
