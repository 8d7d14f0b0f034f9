"""Writes docs/compliance.md: each rule of the record, and the tests named after it. `python -m tests.compliance`."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass

from tests.house.tree import ROOT, Tree

RULES = "docs/record-rules.toml"
PAGE = "docs/compliance.md"
NAMED = re.compile(r"^test_((?:q\d+_)+)")
HEAD = """# The rules of the record, and the tests that hold them

Made by `make compliance` from [record-rules.toml](record-rules.toml) and the names of the tests; `make check` refuses
any other page. The rules were drawn from 21 CFR 11, EU GMP Annex 11, the HIPAA technical safeguards, ASVS 5.0.0 and
IEC 62304 as summaries: read the originals before you rely on one. vialtrace is *built to support* these; it claims no compliance,
which is a site's to establish.

{met} of {all} rules have a test that names them.
"""


@dataclass(frozen=True)
class Rule:
    """One rule, as its file says it."""

    id: str
    """Such as Q39."""
    group: str
    """Heading it stands under."""
    says: str
    """What must hold."""
    shown_by: str
    """How it is shown."""
    source: str
    """Where it was drawn from."""
    open: str = ""
    """Why no test names it yet; empty when one does."""


def rules(tree: Tree) -> tuple[Rule, ...]:
    return tuple(Rule(**row) for row in tomllib.loads(tree.text(RULES) or "")["rule"])


def tests_by_rule(tree: Tree) -> dict[str, list[str]]:
    """Return for each rule the tests named after it, as file::test."""
    found: dict[str, list[str]] = {}
    for name in tree.ending(".py"):
        if name.startswith("tests/"):
            for rule, test in _named(tree.text(name) or ""):
                found.setdefault(rule, []).append(f"{name.removeprefix('tests/')}::{test}")
    return found


def _named(text: str) -> Iterator[tuple[str, str]]:
    if "def test_q" not in text:
        return
    for node in ast.walk(ast.parse(text)):
        named = NAMED.match(node.name) if isinstance(node, ast.FunctionDef) else None
        if named is not None and isinstance(node, ast.FunctionDef):
            for number in re.findall(r"\d+", named[1]):
                yield f"Q{number}", node.name


def page(tree: Tree) -> str:
    known, found = rules(tree), tests_by_rule(tree)
    lines = [HEAD.format(met=sum(rule.id in found for rule in known), all=len(known))]
    group = ""
    for rule in known:
        if rule.group != group:
            group = rule.group
            lines += [f"\n## {group}\n", "| | must hold | shown by | drawn from |", "|---|---|---|---|"]
        shown = "<br>".join(f"`{test}`" for test in found.get(rule.id, [])) or f"**open**: {rule.open}"
        lines.append(f"| {rule.id} | {_cell(rule.says)} | {_cell(shown)} | {_cell(rule.source)} |")
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def rules_are_tested(tree: Tree) -> list[str]:
    """Name each rule without a test and without a reason, and each reason that a test has made untrue."""
    found = tests_by_rule(tree)
    known = rules(tree) if tree.text(RULES) else ()
    faults = [
        f"{RULES}: {rule.id} has no test and no reason" for rule in known if rule.id not in found and not rule.open
    ]
    faults += [
        f"{RULES}: {rule.id} is tested now: take its `open` out" for rule in known if rule.id in found and rule.open
    ]
    ids = {rule.id for rule in known}
    return faults + [
        f"{test}: there is no rule {rule}" for rule, tests in found.items() if rule not in ids for test in tests
    ]


def compliance_page_is_current(tree: Tree) -> list[str]:
    """Say so when the page is not what the rules and the tests' names make of it."""
    said = tree.text(PAGE)
    if (said is None and tree.text(RULES) is None) or (tree.text(RULES) is not None and said == page(tree)):
        return []
    return [f"{PAGE}: not what the rules and tests say; run `make compliance`"]


if __name__ == "__main__":
    (ROOT / PAGE).write_text(page(Tree(ROOT)), encoding="utf-8")
    sys.stderr.write(f"wrote {PAGE}\n")
