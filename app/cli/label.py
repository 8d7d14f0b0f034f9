"""`vialtrace label`: draws any label from its fields, without a server or a printer."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import NoReturn

import click

from labels import KINDS, LabelTroubleError, Rendered, render
from labels.reading import from_json
from labels.rendering import Out
from labels.stock import PROFILES, STOCKS

OUTPUTS: dict[str, Out] = {".pdf": "pdf", ".png": "png", ".zpl": "zpl"}


@click.group()
def label() -> None:
    """Draw labels."""


@label.command("render", epilog="Example: vialtrace label render iv_bag --from bag.json --out bag.pdf")
@click.argument("kind", type=click.Choice(list(KINDS)))
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    required=True,
    help="JSON file of the fields.",
)
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="File to write: .pdf, .png or .zpl."
)
@click.option("--stock", type=click.Choice(list(STOCKS)), help="Millimetres; the kind's own stock if left out.")
@click.option(
    "--dpi",
    type=click.Choice([str(dpi) for dpi in PROFILES]),
    default="203",
    show_default=True,
    help="The printer's dots an inch.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def render_label(kind: str, source: Path, out: Path, stock: str | None, dpi: str, as_json: bool) -> None:
    """Draw one label of KIND, read its symbols back, and write it."""
    wanted = OUTPUTS.get(out.suffix.lower())
    if wanted is None:
        raise click.UsageError(f"--out must end in {', '.join(OUTPUTS)}")
    try:
        text = source.read_bytes().decode("utf-8-sig")
        drawn = render(from_json(kind, text), stock, int(dpi), wanted)
        out.write_bytes(drawn.body)
    except LabelTroubleError as trouble:
        _fail(trouble.field, type(trouble).__name__, trouble.says, as_json=as_json)
    except UnicodeDecodeError:
        _fail("json", "LabelRefused", "the file is not UTF-8 text", as_json=as_json)
    except OSError as trouble:
        _fail("file", "OSError", f"could not read or write {trouble.filename}: {trouble.strerror}", as_json=as_json)
    else:
        _say(kind, out, drawn, as_json=as_json)


def _say(kind: str, out: Path, drawn: Rendered, *, as_json: bool) -> None:
    read = [{"field": code.field, "data": code.data.decode("ascii"), "aim": code.aim} for code in drawn.codes]
    if as_json:
        answer = {
            "ok": True,
            "kind": kind,
            "out": str(out),
            "sha256": hashlib.sha256(drawn.body).hexdigest(),
            "codes": read,
        }
        click.echo(json.dumps(answer, ensure_ascii=False))
        return
    click.echo(f"{out}: {kind}, {len(read)} symbols read back: {', '.join(one['data'] for one in read)}")


def _fail(field: str, kind: str, says: str, *, as_json: bool) -> NoReturn:
    if as_json:
        click.echo(json.dumps({"ok": False, "error": kind, "field": field, "says": says}, ensure_ascii=False))
    click.echo(f"No label was made. {field}: {says}", err=True)
    raise SystemExit(1)
