"""The lines of the pharmacist's table for what a site's policy added: each sentence at its point, and whether it is confirmed."""

from __future__ import annotations

from collections.abc import Iterator

from workflows.added import STEPS
from workflows.additions import addition
from workflows.library import LIBRARY
from workflows.lines import Line
from workflows.preparation import Preparation


def lines(p: Preparation) -> Iterator[Line]:
    """Yield a line for each sentence that the policy it was opened with adds, in the order of the procedure."""
    for slot in LIBRARY[p.workflow].slots(p):
        asked = addition(p, slot.name) if slot.step.name in STEPS else None
        if asked is None:
            continue
        done = p.entries.get(slot.name)
        how = "confirmed, with a second person" if done and done.second else "confirmed" if done else ""
        by = f"asked by the site's policy, version {p.policy.version}; answered by {asked.by}"
        yield Line(asked.at, asked.says, how, "", f"by {asked.by}", bool(done) or None, by)
