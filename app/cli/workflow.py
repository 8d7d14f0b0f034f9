"""`vialtrace workflow`: which workflows there are, the procedure in words, and the exhaustive walk."""

from __future__ import annotations

import json
import sys

import click

from app import clock
from app.catalogue import procedures
from app.catalogue.walked import walked
from app.record import acts
from app.settings import load_settings
from workflows.library import LIBRARY
from workflows.procedure import fingerprint, not_approved, procedure
from workflows.small_pharmacies import SHOWN
from workflows.steps import Workflow
from workflows.summary import summary
from workflows.walk import Report
from workflows.worlds import DEPARTURES, EVERYWHERE

SETTINGS = {"help_option_names": ["-h", "--help"]}


@click.group(context_settings=SETTINGS)
def workflow() -> None:
    """Workflows: list them, read them, check them."""


@workflow.command(name="list", epilog="Example: vialtrace workflow list --json")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def list_(as_json: bool) -> None:
    """Names and versions."""
    for one in LIBRARY.values():
        text = json.dumps({"name": one.name, "version": one.version}, ensure_ascii=False)
        click.echo(text if as_json else f"{one.name}, version {one.version}: {one.says}")


@workflow.command(epilog="Example: vialtrace workflow show iv-bag-gravimetric")
@click.argument("name")
@click.option(
    "--all", "whole", is_flag=True, help="The whole page that is signed: every step with its rules and ways out."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def show(name: str, whole: bool, as_json: bool) -> None:
    """The procedure of NAME, a line a rule, with the numbers of the recipe and policy that the walk uses.

    Compare each line with its rule, then read the whole page with --all: that page is what is signed.
    """
    found = _named(name)
    made_by = SHOWN[name].opening
    lines = procedure(found, made_by.recipe, made_by.policy)
    if as_json:
        shown = {"name": found.name, "version": found.version, "lines": lines, "fingerprint": fingerprint(lines)}
        click.echo(json.dumps(shown, ensure_ascii=False))
        return
    short = summary(found, made_by.recipe, made_by.policy)
    click.echo("\n".join(lines if whole else (*short, "Every step with its rules: vialtrace workflow show --all")))
    click.echo(f"fingerprint of the words: {fingerprint(lines)}", err=True)


@workflow.command(epilog="Example: vialtrace workflow check iv-bag-gravimetric --json")
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a workflow.")
@click.pass_context
def check(ctx: click.Context, name: str | None, as_json: bool) -> None:
    """Walk every reachable state of small worlds; exit 1 if a property does not hold. Takes up to a minute."""
    chosen = [_named(name)] if name else list(LIBRARY.values())
    held = True
    for one in chosen:
        report = walked(one)
        held = held and report.held
        click.echo(json.dumps(_as_json(report), ensure_ascii=False) if as_json else _as_text(one, report))
    ctx.exit(0 if held else 1)


@workflow.command(epilog='Example: vialtrace workflow sign iv-bag-gravimetric --by "Pam Specimen, PharmD"')
@click.argument("name")
@click.option("--by", required=True, help="Printed name of the pharmacist who read the page and the walk's answer.")
def sign(name: str, by: str) -> None:
    """Sign NAME for this site: read `workflow show --all NAME` first. Walks every state, then keeps both fingerprints.

    Outside the demo nothing is made by a procedure that no pharmacist of the site has signed. Stop the server first.
    Exit 1: a property does not hold, or the server runs; nothing was signed.
    """
    found, settings = _named(name), load_settings()
    if len(by.split()) < 2:
        raise click.UsageError("give the pharmacist's printed name, first and last")
    report = walked(found)
    if not report.held:
        click.echo(_as_text(found, report))
        sys.exit(1)
    data = {"name": name, "version": found.version, "words": procedures.words_of(found), "behaviour": report.behaviour}
    if not acts.enter(settings, "procedure_signed", {**data, "signed_by": by}, who="command line", at=clock.now()):
        click.echo("The server runs. Stop it, then sign: the signature is kept in the record.", err=True)
        sys.exit(1)
    procedures.sign(settings, found, report.behaviour, by)
    click.echo(f"{by} signed {name}, version {found.version}: {report.states:,} states, every property holds.")


def _named(name: str) -> Workflow:
    if name not in LIBRARY:
        raise click.UsageError(f"there is no workflow {name}; there are: {', '.join(LIBRARY)}")
    return LIBRARY[name]


def _as_json(report: Report) -> dict[str, object]:
    return {
        "workflow": report.workflow,
        "version": report.version,
        "states": report.states,
        "attempts": report.attempts,
        "released": report.released,
        "properties": [{"id": one.id, "says": one.says, "held": one.held} for one in report.properties],
        "seconds": report.seconds,
    }


def _as_text(found: Workflow, report: Report) -> str:
    count = f"{report.states:,} states, {report.attempts:,} attempts, {report.released:,} releases"
    lines = [f"{report.workflow}, version {report.version}: {count}, {report.seconds} s"]
    lines.append("  every reachable state of these worlds, each within its cut:")
    lines += [f"    {one.world}: {one.states:,} states; cut: {one.cut}" for one in report.worlds]
    lines.append(f"  A departure is: {'; '.join(DEPARTURES)}.")
    lines.append(f"  Cut everywhere: {'; '.join(EVERYWHERE)}.")
    for one in report.properties:
        lines.append(f"  {'holds ' if one.held else 'BROKEN'} {one.id}. {one.says}")
        lines += [f"         {step}" for step in one.counterexample]
    lines.append(f"  words {procedures.words_of(found)}, behaviour {report.behaviour}")
    lines.append(f"  {_unsigned(found, report) or 'signed as it is'}")
    return "\n".join(lines)


def _unsigned(found: Workflow, report: Report) -> str:
    return not_approved(found, procedures.words_of(found), report.behaviour)
