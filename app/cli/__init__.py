"""The `vialtrace` command: nouns, then verbs. Data on stdout, words on stderr; exit 0 done, 1 wrong, 2 asked wrongly."""

from __future__ import annotations

import importlib
from dataclasses import dataclass

import click


@dataclass(frozen=True)
class Noun:
    """One noun, as the list of all shows it without loading what is behind it."""

    place: str
    """Module and name of its click command."""
    says: str
    """The first sentence of the command's own help."""


COMMANDS: dict[str, Noun] = {
    "serve": Noun("app.cli.serve:serve", "Serve the pharmacy of the current settings."),
    "demo": Noun("app.cli.serve:demo", "Run a fictitious pharmacy with a simulated station."),
    "workflow": Noun("app.cli.workflow:workflow", "Workflows: list them, read them, check them."),
    "barcode": Noun("app.cli.barcode:barcode", "Barcodes: what a reading claims."),
    "image": Noun(
        "app.cli.image:image", "Pictures: the codes in them, and whether they are sharp and rightly exposed."
    ),
    "balance": Noun(
        "app.cli.balance:balance",
        "Balances: register one, watch it, qualify it at its station, replay a transcript or a journal.",
    ),
    "cabinet": Noun(
        "app.cli.cabinet:cabinet",
        "Safety cabinets: register one, its new certificate, or that it is out of service.",
    ),
    "tray": Noun("app.cli.tray:tray", "Counting trays: register one, and show which there are."),
    "scanner": Noun("app.cli.scanner:scanner", "Scanners: how one is set up."),
    "order": Noun("app.cli.order:order", "Orders from other systems."),
    "label": Noun("app.cli.label:label", "Draw labels."),
    "record": Noun("app.cli.record:record", "Check, sign and export the record of everything that was made."),
    "db": Noun("app.cli.db:db", "Look after the database file."),
    "health": Noun(
        "app.cli.health:health", "Ask the server whether work can be done, and what somebody should look at."
    ),
    "bench": Noun("app.cli.bench:bench", "Measure the program on this machine."),
    "user": Noun("app.cli.user:user", "The people of this site."),
    "token": Noun("app.cli.token:token", "Tokens by which other programs use the API."),
    "webhook": Noun("app.cli.webhook:webhook", "Who is told by HTTP what becomes of a preparation."),
    "formulary": Noun("app.cli.formulary:formulary", "Drugs, diluents and bags that may be scanned."),
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
        noun = COMMANDS.get(cmd_name)
        if noun is None:
            return None
        module, name = noun.place.split(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of the nouns from the table: none of them is imported."""
        del ctx  # click's signature
        with formatter.section("Commands"):
            formatter.write_dl([(name, noun.says) for name, noun in COMMANDS.items()])


@click.group(cls=Nouns, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="vialtrace")
def main() -> None:
    """vialtrace: an open hazardous-drug compounding workflow engine."""
