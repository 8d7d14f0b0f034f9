"""The papers: commands they name exist, links lead somewhere, every decision is on its list."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from tests.house.tree import Tree

DECISIONS = "docs/decisions"
TARGET = re.compile(r"^([a-z][a-z-]*):(?!=)(.*)$", re.MULTILINE)
TYPED = re.compile(r"(?:`|^\s*\$?\s*)make ([a-z]+)\b", re.MULTILINE)
THREATS = "docs/threat-model.md"
ACCEPTANCE = "docs/acceptance.md"
BALANCES = "docs/balances.md"
NOT_PRODUCED = "### What cannot be produced here"
MOST_FAULTS = 42
KINDS = ("order", "fault", "start", "limit")
ROOM = re.compile(r"\| ([a-z]+) \| (order|fault|start|limit) \|")
ATTACKS = "tests/web/attacks/"
NAMED_TEST = re.compile(r"`([\w/]+\.py)::(\w+)`")
NAMED_ATTACK = re.compile(r'"([^"]+)"')
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def named_commands_exist(tree: Tree) -> list[str]:
    """README gives `make run` and `make test`, and every `make` target a page names is in the Makefile."""
    targets = {match.group(1) for match in TARGET.finditer(tree.text("Makefile") or "")}
    faults = [
        f"README.md: does not give `make {name}`" for name in ("run", "test") if name not in _typed(tree, "README.md")
    ]
    for page in tree.ending(".md"):
        faults += [f"{page}: `make {name}` is not in the Makefile" for name in sorted(_typed(tree, page) - targets)]
    return faults


def every_target_has_help(tree: Tree) -> list[str]:
    """Name each target that a person may type and `make help` would not show; `browser` is a part of others."""
    return [
        f"Makefile: {match.group(1)} has no line of help"
        for match in TARGET.finditer(tree.text("Makefile") or "")
        if "## " not in match.group(2) and match.group(1) != "browser"
    ]


def links_lead_somewhere(tree: Tree) -> list[str]:
    """Name each relative link or picture in a page that points at nothing."""
    faults = []
    for page in tree.ending(".md"):
        for link in LINK.findall(tree.text(page) or ""):
            if (
                "://" not in link
                and not link.startswith("mailto:")
                and not (tree.root / page).parent.joinpath(link).exists()
            ):
                faults.append(f"{page}: the link to {link} leads nowhere")
    return faults


def every_decision_is_listed(tree: Tree) -> list[str]:
    """Decisions are numbered without gaps or doubles, and linked from their README."""
    pages = sorted(PurePosixPath(n).name for n in tree.ending(".md") if PurePosixPath(n).parent.as_posix() == DECISIONS)
    pages = [page for page in pages if page != "README.md"]
    linked = set(LINK.findall(tree.text(f"{DECISIONS}/README.md") or ""))
    faults = [f"{DECISIONS}/{page}: not linked from {DECISIONS}/README.md" for page in pages if page not in linked]
    numbers = [page[:4] for page in pages]
    if numbers != [f"{n:04}" for n in range(1, len(numbers) + 1)]:
        faults.append(f"{DECISIONS}: numbers are not 0001, 0002, … each once: {' '.join(numbers)}")
    return faults


def _typed(tree: Tree, page: str) -> set[str]:
    return set(TYPED.findall(tree.text(page) or ""))


def threats_name_their_tests(tree: Tree) -> list[str]:
    """Name each threat that no test holds off, and each test or attack that it names and that is none."""
    attacks = "".join(tree.text(name) or "" for name in tree.ending(".py") if name.startswith(ATTACKS))
    faults = []
    for place, line in tree.lines(THREATS):
        if not re.match(r"\| T\d", line):
            continue
        shown = line.rstrip(" |").rsplit("|", 1)[-1]
        tests, tried = NAMED_TEST.findall(shown), NAMED_ATTACK.findall(shown)
        faults += [] if tests or tried else [f"{place}: names no test"]
        faults += _no_tests(tree, place, tests)
        faults += [f"{place}: there is no attack {what!r}" for what in tried if f'@attack("{what}")' not in attacks]
    return faults


def balance_faults_name_their_tests(tree: Tree) -> list[str]:
    """Name each fault of an instrument without a test, and each test that is none; F1 to F42 stand in the table, each once."""
    faults, listed = [], list[int]()
    for place, line in _table_of_faults(tree):
        listed.append(int(line.split()[1][1:]))
        tests = NAMED_TEST.findall(line)
        faults += _no_tests(tree, place, tests) if tests else [f"{place}: names no test"]
    if listed and listed != list(range(1, MOST_FAULTS + 1)):
        faults.append(f"{BALANCES}: F1 to F{MOST_FAULTS} do not stand there each once, in order")
    return faults


def _table_of_faults(tree: Tree) -> list[tuple[str, str]]:
    """Return the rows of the first table of faults; another one after it says what cannot be produced."""
    lines = tree.lines(BALANCES)
    end = next((n for n, (_, line) in enumerate(lines) if line.startswith(NOT_PRODUCED)), len(lines))
    return [(place, line) for place, line in lines[:end] if re.match(r"\| F\d+ \|", line)]


def rooms_name_their_tests(tree: Tree) -> list[str]:
    """Name each criterion without a test, each test that is none, and each room that lacks a kind of criterion."""
    faults, found = [], dict[str, set[str]]()
    for place, line in tree.lines(ACCEPTANCE):
        if row := ROOM.match(line):
            found.setdefault(row[1], set()).add(row[2])
            tests = NAMED_TEST.findall(line)
            faults += _no_tests(tree, place, tests) if tests else [f"{place}: names no test"]
    return faults + [
        f"{ACCEPTANCE}: {room} has no criterion of the kind {kind!r}"
        for room, kinds in found.items()
        for kind in KINDS
        if kind not in kinds
    ]


def _no_tests(tree: Tree, place: str, tests: list[tuple[str, str]]) -> list[str]:
    return [
        f"{place}: there is no test {name} in {file}"
        for file, name in tests
        if f"def {name}(" not in (tree.text(f"tests/{file}") or "")
    ]
