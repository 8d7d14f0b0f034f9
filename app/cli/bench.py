"""`vialtrace bench`: what this machine does, each figure beside a bare baseline in the same run."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from pathlib import Path

import click

from app.bench.record import figures
from app.bench.rounds import Figure
from app.cli.options import FOLDER, json_option


@click.command(epilog="Example: vialtrace bench --writes 200 --events 2000 --json")
@click.option(
    "--folder", type=FOLDER, help="Where to measure: a folder on the disk of the record. Default: the temporary one."
)
@click.option(
    "--writes", type=click.IntRange(50, 1_000_000), default=2000, show_default=True, help="Durable writes a round."
)
@click.option(
    "--events",
    type=click.IntRange(200, 20_000_000),
    default=50_000,
    show_default=True,
    help="Events of the record that is verified.",
)
@json_option
def bench(folder: Path | None, writes: int, events: int, as_json: bool) -> None:
    """Measure the record on this machine. Nothing of yours is read or written; stop other work first.

    A ratio says how much of the bare rate is left. A figure marked noisy means nothing: the disk was busy with something
    else. Nothing here is a promise.
    """
    with tempfile.TemporaryDirectory(prefix="vialtrace-bench-", dir=folder) as made:
        for figure in figures(Path(made), writes, events):
            click.echo(json.dumps(asdict(figure)) if as_json else _in_words(figure))


def _in_words(figure: Figure) -> str:
    mark = "noisy" if figure.noisy else "met" if figure.met else "NOT MET"
    return (
        f"{figure.name}: {figure.ours:,.0f} {figure.unit}/s, {figure.ratio:.2f} of bare {figure.raw:,.0f} "
        f"(goal {figure.goal}: {mark}); p50 {figure.p50_ms} ms, p99 {figure.p99_ms} ms; "
        f"{figure.cpu_us:,.0f} µs of processor each, bare {figure.raw_cpu_us:,.0f}"
    )
