"""A rule that raises refuses its step, whichever it is: nothing fails open."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.cast import ANN
from tests.workflows.answers import rejected
from tests.workflows.example import IV_BAG, Bench
from workflows import commands as asked
from workflows.circumstances import Actor
from workflows.decide import decide
from workflows.evidence import Evidence, Signature
from workflows.findings import Refused
from workflows.rules.rule import Rule
from workflows.steps import AnyOrder, ForEach, Moved, Step, Workflow


def raises(_: object) -> None:
    raise ZeroDivisionError("a sum that nobody thought of")


def breaking(rule: Rule[Any]) -> Workflow:
    """The i.v. bag in which this one rule raises."""

    def change(step: Step[Any]) -> Step[Any]:
        must = tuple(replace(one, check=raises) if one is rule else one for one in step.must)
        return replace(step, must=must)

    parts: list[Any] = []
    for part in IV_BAG.parts:
        grouped = isinstance(part, AnyOrder | ForEach)
        if isinstance(part, Moved):
            parts.append(part)
        else:
            parts.append(replace(part, steps=tuple(map(change, part.steps))) if grouped else change(part))
    return replace(IV_BAG, parts=tuple(parts))


class Careful(Bench):
    """Makes the bag, and tries each piece of evidence first with each rule of its step broken."""

    tried: set[str]

    def do(self, evidence: Evidence, who: Actor | None = None, slot: str = "", second: Actor | None = None) -> None:
        who = who or ANN
        assert self.p is not None
        (step, *_) = [one.step for one in IV_BAG.open_slots(self.p) if isinstance(evidence, one.step.needs)]
        for rule in step.must:
            answer = decide(breaking(rule), self.p, asked.Submit(slot, evidence), self.now(who, second))
            if isinstance(evidence, Signature):
                assert isinstance(answer, Refused), rule.says
                assert answer.code == "RULE_FAILED", rule.says
            else:
                assert "RULE_FAILED" in rejected(answer), rule.says
            self.tried.add(rule.says)
        super().do(evidence, who, slot, second)


def test_q51_each_rule_that_raises_refuses_its_step_and_is_kept() -> None:
    ann = Careful()
    ann.tried = set()
    ann.until_released()
    here = {slot.step.name: slot.step for slot in IV_BAG.slots(ann.p)}
    used = {rule.says for name, step in here.items() for rule in step.must if name != "premix"}
    assert used - ann.tried <= {rule.says for step in IV_BAG.steps() if step.name == "waste" for rule in step.must}
