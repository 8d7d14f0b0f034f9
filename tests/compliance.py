"""Writes docs/compliance.md and docs/coverage.md: each rule, and the tests named after it. `python -m tests.compliance`."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.house.tree import ROOT, Tree

NAMED = re.compile(r"^test_((?:[a-z]\d+a?_)+)")
NUMBER = re.compile(r"[a-z]\d+a?")
RECORD_HEAD = """# The rules of the record, and the tests that hold them

Made by `make compliance` from [record-rules.toml](record-rules.toml) and the names of the tests; `make check` refuses
any other page. The rules were drawn from 21 CFR 11, EU GMP Annex 11, the HIPAA technical safeguards, ASVS 5.0.0 and
IEC 62304 as summaries: read the originals before you rely on one. vialtrace is *built to support* these; it claims no compliance,
which is a site's to establish.

{met} of {all} rules have a test that names them.
"""
CLINICAL_HEAD = """# The clinical rules: what each guards against, where it is built, and the tests that hold it

Made by `make compliance` from [clinical-rules.toml](clinical-rules.toml) and the names of the tests; `make check` refuses
any other page, a rule with neither test nor reason, and a place that is not there. The rules were drawn from USP <797>,
USP <800>, the ASHP and HOPA guidelines, ISMP and published practice as summaries, with defaults of our own: a site's
pharmacist confirms them.

{met} of {all} rules have a test that names them, or are held by rules that have; the others say what is missing.
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
    source: str = ""
    """Where it was drawn from."""
    shown_by: str = ""
    """How it is shown."""
    hazard: str = ""
    """What happens to whom where it does not hold."""
    where: list[str] = field(default_factory=list)
    """Where it is built: a folder, a file, or file:name of what is defined there."""
    by: list[str] = field(default_factory=list)
    """Other rules that hold it: what another source asks for may be a rule's own matter."""
    open: str = ""
    """Why no test names it yet, or what is missing; empty when one does."""


@dataclass(frozen=True)
class Book:
    """A file of rules and the page that is made of it."""

    rules: str
    """The file."""
    page: str
    """The page."""
    families: str
    """First letters of its rules' numbers."""
    head: str
    """Beginning of the page, with the counts to be filled in."""
    columns: tuple[str, str, str]
    """Fields of a rule beside the tests, in the page's order."""
    titles: tuple[str, ...]
    """Headings of the columns."""


RECORD = Book(
    "docs/record-rules.toml",
    "docs/compliance.md",
    "Q",
    RECORD_HEAD,
    ("says", "tests", "source"),
    ("must hold", "shown by", "drawn from"),
)
CLINICAL = Book(
    "docs/clinical-rules.toml",
    "docs/coverage.md",
    "RLNG",
    CLINICAL_HEAD,
    ("says", "hazard", "tests"),
    ("must hold", "or else", "where, and shown by"),
)
BOOKS = (RECORD, CLINICAL)


def rules(tree: Tree, book: Book) -> tuple[Rule, ...]:
    return tuple(Rule(**row) for row in tomllib.loads(tree.text(book.rules) or "rule = []")["rule"])


def tests_by_rule(tree: Tree) -> dict[str, list[str]]:
    """Return for each rule the tests named after it, as file::test."""
    found: dict[str, list[str]] = {}
    for name in tree.ending(".py"):
        if name.startswith("tests/") and "/test_" in name:
            for rule, test in _named(tree.text(name) or ""):
                found.setdefault(rule, []).append(f"{name.removeprefix('tests/')}::{test}")
    return found


def _named(text: str) -> Iterator[tuple[str, str]]:
    if not re.search(r"def test_[a-z]\d", text):
        return
    for node in ast.walk(ast.parse(text)):
        named = NAMED.match(node.name) if isinstance(node, ast.FunctionDef) else None
        if named is not None and isinstance(node, ast.FunctionDef):
            for number in NUMBER.findall(named[1]):
                yield number[0].upper() + number[1:], node.name


def page(tree: Tree, book: Book) -> str:
    known, found = rules(tree, book), tests_by_rule(tree)
    lines = [book.head.format(met=sum(rule.id in found or bool(rule.by) for rule in known), all=len(known))]
    group = ""
    for rule in known:
        if rule.group != group:
            group = rule.group
            lines += [f"\n## {group}\n", f"| | {' | '.join(book.titles)} |", f"|---{'|---' * len(book.titles)}|"]
        shown = {"says": rule.says, "source": rule.source, "hazard": rule.hazard, "tests": _shown(rule, found)}
        lines.append(f"| {rule.id} | {' | '.join(_cell(shown[one]) for one in book.columns)} |")
    return "\n".join(lines) + "\n"


def _shown(rule: Rule, found: dict[str, list[str]]) -> str:
    tests = [f"`{test}`" for test in found.get(rule.id, [])]
    missing = [f"**open**: {rule.open}"] if rule.open else []
    held = [f"held by {', '.join(rule.by)}"] if rule.by else []
    return "<br>".join([*(f"in `{place}`" for place in rule.where), *tests, *held, *missing])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def rules_are_tested(tree: Tree) -> list[str]:
    """Name each rule without a test and without a reason, each place that is none, and each test of no known rule."""
    found = tests_by_rule(tree)
    return [fault for book in BOOKS for fault in _faults(tree, book, found)]


def _faults(tree: Tree, book: Book, found: dict[str, list[str]]) -> Iterator[str]:
    known = rules(tree, book)
    for rule in known:
        if rule.id not in found and not rule.by and not rule.open:
            yield f"{book.rules}: {rule.id} has no test and no reason"
        if rule.id in found and rule.open and book is RECORD:
            yield f"{book.rules}: {rule.id} is tested now: take its `open` out"
        for one in rule.by:
            if one not in found:
                yield f"{book.rules}: {rule.id} is said to be held by {one}, which no test names"
        for place in rule.where:
            if not _is_there(tree, place):
                yield f"{book.rules}: {rule.id} is said to be in {place}, which is not there"
    ids = {rule.id for rule in known}
    for rule_id, tests in found.items():
        if rule_id[0] in book.families and rule_id not in ids:
            yield from (f"{test}: there is no rule {rule_id}" for test in tests)


def _is_there(tree: Tree, place: str) -> bool:
    name, _, defined = place.partition(":")
    if not defined:
        return any(one == name or one.startswith(f"{name}/") for one in tree.files)
    text = tree.text(name)
    return text is not None and re.search(rf"^\s*(def |class )?{re.escape(defined)}\b", text, re.MULTILINE) is not None


def compliance_page_is_current(tree: Tree) -> list[str]:
    """Name each page that is not what the rules and the tests' names make of it."""
    return [
        f"{book.page}: not what the rules and tests say; run `make compliance`"
        for book in BOOKS
        if (tree.text(book.page), tree.text(book.rules)) != (None, None)
        and (tree.text(book.rules) is None or tree.text(book.page) != page(tree, book))
    ]


if __name__ == "__main__":
    for one in BOOKS:
        (ROOT / one.page).write_text(page(Tree(ROOT), one), encoding="utf-8")
        sys.stderr.write(f"wrote {one.page}\n")
