"""What the rules know and this house does not offer yet: opened vials as stock. Commands come to the rules through here."""

from __future__ import annotations

from workflows import commands as asked
from workflows import events as happened
from workflows import sharing
from workflows.circumstances import Circumstances
from workflows.decide import decide as by_the_rules
from workflows.evidence import Container, Scan
from workflows.findings import Refused
from workflows.preparation import Preparation
from workflows.steps import Workflow


def decide(
    workflow: Workflow, p: Preparation, command: asked.Command, now: Circumstances
) -> tuple[happened.Event, ...] | Refused:
    """Judge a command by the rules; refuse what keeps an opened vial, or brings one in, while that is not offered (R32)."""
    if not sharing.OFFERED and _of_an_opened_vial(command):
        return Refused("NOT_SHARED", f"{sharing.NOT_YET} Discard it as hazardous waste.")
    return by_the_rules(workflow, p, command, now)


def _of_an_opened_vial(command: asked.Command) -> bool:
    evidence = command.evidence if isinstance(command, asked.Submit) else None
    found = evidence.found if isinstance(evidence, Scan) else None
    return isinstance(command, asked.Keep) or (isinstance(found, Container) and found.opened is not None)
