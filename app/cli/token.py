"""`vialtrace token`: which programs may come in by the API; a token is made by its person on a page, or here for them."""

from __future__ import annotations

import getpass
import json
from typing import TYPE_CHECKING

import click

from app.cli.user import opened_door
from app.people.accounts import NotDoneError
from app.people.tokens import SCOPES

if TYPE_CHECKING:
    from app.people.history import Act
    from app.people.tokens import Made, Token


@click.group()
def token() -> None:
    """Tokens by which other programs use the API."""


@token.command(
    "make", epilog="Example: vialtrace token make --user pam --name 'ward board' --scope preparations:read --days 90"
)
@click.option("--user", "user_name", required=True, help="Who answers for it; their roles bound what it may open.")
@click.option("--name", required=True, help="Which program it is for.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    type=click.Choice(list(SCOPES)),
    help="May be given several times.",
)
@click.option("--sender", "senders", multiple=True, help="Sender profile whose orders it may send; several times.")
@click.option("--station", default="", help="The one station where it may be used. Default: any.")
@click.option("--days", default=90, show_default=True, type=click.IntRange(1, 366), help="How long it lasts.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def make(
    user_name: str, name: str, scopes: tuple[str, ...], senders: tuple[str, ...], station: str, days: int, as_json: bool
) -> None:
    """Make a token and print it, this once. Stop the server first: one process writes a record."""
    from app.clock import new_id, new_token, now
    from app.people import accounts, tokens

    def work(act: Act) -> Made:
        person = accounts.by_user(act.conn, user_name)
        if person is None or not person.active:
            raise NotDoneError(f"There is no user {user_name}.")
        return tokens.make(
            act, person, id=new_id(), secret=new_token(), name=name, scopes=scopes, station=station, days=days,
            senders=senders,
        )  # fmt: skip

    with opened_door() as door:
        made = door.write(work, by=_by(), at=now())
    if as_json:
        click.echo(json.dumps({**_plain(made.token), "secret": made.secret}))
        return
    click.echo(
        f"Token {made.token.id} for {made.token.name}, until {made.token.expires:%Y-%m-%d}. It is shown this once:"
    )
    click.echo(made.secret)


@token.command("list", epilog="Example: vialtrace token list --json")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def list_(as_json: bool) -> None:
    """List the tokens that are not revoked, the newest first."""
    from app.people import accounts, tokens

    with opened_door() as door, door.store.reading() as conn:
        found = [(one, accounts.by_id(conn, one.person)) for one in tokens.everybodys(conn)]
    for one, person in found:
        used = f"{one.used:%Y-%m-%d}" if one.used else "never"
        words = f"{one.id}  {person.user}  {one.name}  until {one.expires:%Y-%m-%d}  used {used}  {' '.join(sorted(one.scopes))}"
        click.echo(json.dumps(_plain(one)) if as_json else words)


@token.command("revoke", epilog="Example: vialtrace token revoke 7F3K2Q9X --why 'the board was replaced'")
@click.argument("id")
@click.option("--why", required=True, help="Reason.")
def revoke(id: str, why: str) -> None:
    """Revoke a token: the program that shows it is turned away from then on."""
    from app.clock import now
    from app.people import tokens

    def work(act: Act) -> str:
        found = tokens.by_id(act.conn, id)
        if found is None or not tokens.end(act, found, why=why):
            raise NotDoneError(f"There is no token {id} in use.")
        return found.name

    with opened_door() as door:
        name = door.write(work, by=_by(), at=now())
    click.echo(f"The token for {name} opens nothing any more.")


def _by() -> str:
    return f"command line ({getpass.getuser()})"


def _plain(one: Token) -> dict[str, object]:
    return {
        "token": one.id,
        "person": one.person,
        "name": one.name,
        "scopes": sorted(one.scopes),
        "senders": sorted(one.senders),
        "station": one.station,
        "expires": one.expires.isoformat(),
        "used": one.used.isoformat() if one.used else None,
    }
