"""Which procedures this site may work by: those whose words and behaviour one of its pharmacists has signed.

Behaviour cannot be worked out while somebody waits: the walk takes a minute. So a signature names the fingerprint of the
shipped behaviour, and what ships is signed by its makers' tests; a release whose behaviour is another needs signing anew.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from app.record.keys import write_file
from app.settings import Settings
from workflows.procedure import Approval, approvals, fingerprint, not_approved, procedure
from workflows.small_pharmacies import SHOWN
from workflows.steps import Workflow

FILE = "approved.json"
"""In the data folder: what pharmacists of this site have signed, the newest last."""


def words_of(workflow: Workflow) -> str:
    """Return the fingerprint of the procedure's page."""
    shown = SHOWN[workflow.name].opening
    return fingerprint(procedure(workflow, shown.recipe, shown.policy))


def signed_here(settings: Settings) -> tuple[Approval, ...]:
    """Return what counts at this site: the shipped fictitious signatures in the demo alone, a site's own everywhere."""
    shipped = tuple(one for one in approvals() if settings.demo or not one.demo)
    return (*shipped, *_own(settings))


def why_not(settings: Settings, workflow: Workflow) -> str:
    """Say why nothing may be made by this workflow here, or nothing."""
    try:
        signed = signed_here(settings)
    except (ValueError, TypeError, KeyError) as error:
        return f"{settings.data_dir / FILE} cannot be read ({error}): no procedure counts as signed."
    behaviour = next((one.behaviour for one in approvals() if _same(one, workflow)), "")
    says = not_approved(workflow, words_of(workflow), behaviour, signed)
    return f"{says} A pharmacist reads it and signs: vialtrace workflow sign {workflow.name}." if says else ""


def sign(settings: Settings, workflow: Workflow, behaviour: str, by: str) -> Approval:
    """Keep a pharmacist's signature over words and behaviour, beside what was signed before."""
    signed = Approval(workflow.name, workflow.version, words_of(workflow), behaviour, by, demo=False)
    lines = [asdict(one) for one in (*_own(settings), signed)]
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    write_file(settings.data_dir / FILE, json.dumps({"approved": lines}, ensure_ascii=False, indent=2) + "\n", 0o644)
    return signed


def _own(settings: Settings) -> tuple[Approval, ...]:
    path = settings.data_dir / FILE
    if not path.exists():
        return ()
    said: Any = json.loads(path.read_text("utf-8"))
    return tuple(Approval(**line) for line in said["approved"])


def _same(approval: Approval, workflow: Workflow) -> bool:
    return (approval.name, approval.version) == (workflow.name, workflow.version)
