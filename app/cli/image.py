"""`vialtrace image decode`: which barcodes a picture shows, what they settle, and whether a person could read it."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import click

from devices.camera.decode import Decoder, Still

if TYPE_CHECKING:
    from app.bench.decoding import Row


@click.group()
def image() -> None:
    """Pictures: the codes in them, and whether they are sharp and rightly exposed."""


@image.command("decode", epilog="Example: vialtrace image decode tray.jpg --json")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a file instead of words.")
@click.option(
    "--deadline", type=click.FloatRange(0.1, 600), default=5.0, show_default=True, help="Seconds a picture may take."
)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.pass_context
def decode_command(ctx: click.Context, as_json: bool, deadline: float, files: tuple[Path, ...]) -> None:
    """Decode each FILE (JPEG, PNG or WebP) by itself and say what it settles.

    Exit status: 0 all decoded without trouble, 1 a file is unreadable, 2 the command could not work.
    """
    trouble = False
    with Decoder() as decoder:
        failed = decoder.start()
        if failed:
            raise click.UsageError(f"{failed}: check that zxing-cpp, opencv and libzbar are installed.")
        for file in files:
            still = _decode(decoder, file, deadline)
            trouble = trouble or still.verdict == "unreadable"
            click.echo(json.dumps({"file": str(file), **still.to_json()}) if as_json else f"{file}: {_words(still)}")
    ctx.exit(1 if trouble else 0)


@image.command("bench", epilog="Example: vialtrace image bench --pictures 1700 --json")
@click.option("--pictures", type=click.IntRange(1, 1_000_000), default=1700, show_default=True, help="How many.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed draws the same pictures.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a kind of picture instead of a table.")
@click.pass_context
def bench_command(ctx: click.Context, pictures: int, seed: int, as_json: bool) -> None:
    """Draw pictures of every symbology, size, turn, blur, noise and light; read them with zxing-cpp, pyzbar and ours.

    `right` counts the pictures whose code was read, `wrong` those of which a value was handed on that is not in them, and
    ms is the median of one picture. Exit status: 1 if ours handed on a wrong value.
    """
    from app.bench.decoding import rows
    from app.bench.photographs import photographs

    with Decoder() as decoder:
        found = rows(photographs(seed, pictures), decoder)
    if not as_json:
        click.echo(f"{'':24}{'':9}" + "".join(f"{name:>24}" for name in found[0].by))
        click.echo(f"{'picture of':24}{'pictures':>9}" + f"{'right %  wrong     ms':>24}" * 3)
    for row in found:
        click.echo(json.dumps(row.to_json()) if as_json else _row(row))
    ctx.exit(1 if any(row.by["ours"].wrong for row in found) else 0)


def _row(row: Row) -> str:
    said = (f"{100 * one.right / row.pictures:9.1f} {one.wrong:6} {median(one.ms):7.1f}" for one in row.by.values())
    return f"{row.kind:24}{row.pictures:>9}" + "".join(said)


def _decode(decoder: Decoder, file: Path, deadline: float) -> Still:
    try:
        data = file.read_bytes()
    except OSError as wrong:
        return Still("unreadable", 0.0, error=f"cannot be opened: {wrong.strerror}")
    return decoder.decode(data, seconds=deadline)


def _words(still: Still) -> str:
    if still.error or still.quality is None:
        return f"unreadable, {still.error}"
    codes = [f"{code.symbology} {code.aim} {code.text!r} ({', '.join(code.decoders)})" for code in still.codes]
    return "; ".join([still.verdict, *codes, f"quality {still.quality.verdict}", *still.quality.why])
