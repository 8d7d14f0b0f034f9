"""`vialtrace image decode`: which barcodes a picture shows, what they settle, and whether a person could read it."""

from __future__ import annotations

import json
from pathlib import Path

import click

from devices.camera.decode import Decoder, Still


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
