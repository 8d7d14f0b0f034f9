"""The `vialtrace` command: nouns, then verbs. Data on stdout, words on stderr; exit 0 done, 1 wrong, 2 asked wrongly."""

from __future__ import annotations

import importlib

import click

COMMANDS: dict[str, str] = {
    "serve": "app.cli.serve:serve",
    "demo": "app.cli.serve:demo",
    "workflow": "app.cli.workflow:workflow",
    "barcode": "app.cli.barcode:barcode",
    "image": "app.cli.image:image",
    "balance": "app.cli.balance:balance",
    "scanner": "app.cli.scanner:scanner",
    "order": "app.cli.order:order",
    "label": "app.cli.label:label",
    "record": "app.cli.record:record",
    "db": "app.cli.db:db",
    "health": "app.cli.health:health",
    "bench": "app.cli.bench:bench",
    "user": "app.cli.user:user",
    "formulary": "app.cli.formulary:formulary",
}


class Nouns(click.Group):
    """Imports a noun only when it is asked for, so that `label render` opens no database and no port."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the nouns in the order of the table."""
        del ctx  # click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the noun's click command, or None for an unknown one."""
        del ctx  # click's signature
        place = COMMANDS.get(cmd_name)
        if place is None:
            return None
        module, name = place.split(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.group(cls=Nouns, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="vialtrace")
def main() -> None:
    """vialtrace: an open hazardous-drug compounding workflow engine."""
