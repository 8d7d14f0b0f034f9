"""`vialtrace health`: asks the running server how it is, for a container's or a monitor's check."""

from __future__ import annotations

import json
import ssl
import sys
import urllib.error
import urllib.request
from http import HTTPStatus
from typing import Any

import click


@click.command(epilog="Example: vialtrace health --url http://127.0.0.1:8000/")
@click.option("--url", default="http://127.0.0.1:8000/", show_default=True, help="Where the server is.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def health(url: str, as_json: bool) -> None:
    """Ask the server whether work can be done, and what somebody should look at.

    Exit 0: work can be done. 1: it cannot, or nobody answers.
    """
    said = _asked(f"{url.rstrip('/')}/readyz")
    if as_json:
        click.echo(json.dumps(said))
    elif "says" in said:
        click.echo(said["says"], err=True)
    else:
        look = ", ".join(said["look_at"])
        click.echo("Ready for work." if said["ok"] else "NOT READY FOR WORK.")
        if look:
            click.echo(f"Somebody should look at: {look} (page Health).", err=True)
    sys.exit(0 if said["ok"] else 1)


def _asked(url: str) -> dict[str, Any]:
    if not url.startswith(("http://", "https://")):
        return {"ok": False, "says": f"{url} is no address of a server. Give --url with http:// or https://."}
    try:
        with urllib.request.urlopen(url, timeout=10, context=_context(url)) as answer:  # noqa: S310  # http only, see above
            return dict(json.load(answer))
    except urllib.error.HTTPError as error:
        if error.code == HTTPStatus.SERVICE_UNAVAILABLE:
            return dict(json.load(error))
        return {"ok": False, "says": f"The server answered {error.code}. Is this the address of vialtrace?"}
    except (OSError, ValueError) as error:
        return {"ok": False, "says": f"Nobody answers at {url} ({error}). Is the server running?"}


def _context(url: str) -> ssl.SSLContext | None:
    """Trust what this machine trusts; a plain connection needs none."""
    return ssl.create_default_context() if url.startswith("https") else None
