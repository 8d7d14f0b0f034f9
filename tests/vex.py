"""What we say of known faults of packages (VEX): docs/vex.json, an OpenVEX 0.2 document, read and judged."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from packageurl import PackageURL

from tests.house.tree import Tree
from tests.software import locked, own_version

FILE = "docs/vex.json"
CONTEXT = "https://openvex.dev/ns/v0.2.0"
STATUS = {"not_affected", "affected", "fixed", "under_investigation"}
JUSTIFIED = {
    "component_not_present",
    "vulnerable_code_not_present",
    "vulnerable_code_not_in_execute_path",
    "vulnerable_code_cannot_be_controlled_by_adversary",
    "inline_mitigations_already_exist",
}
NUMBER = re.compile(r"(CVE-\d{4}-\d{4,}|GHSA(-[23456789cfghjmpqrvwx]{4}){3}|PYSEC-\d{4}-\d+)")
LEAST = 40
"""Letters that a reason has at least."""


@dataclass(frozen=True)
class Answer:
    """What is said of one fault of one locked package."""

    names: frozenset[str]
    """Numbers of the fault."""
    package: str
    """Canonical name."""
    version: str
    """The version it is said of; another version needs another thought."""
    status: str
    """One of the four of VEX."""
    says: str
    """Why, or what is done."""

    @property
    def settles(self) -> bool:
        """Whether nothing is left to do."""
        return self.status in ("not_affected", "fixed")


def answers(tree: Tree) -> tuple[Answer, ...]:
    """Return every answer of the file, one for each package it names."""
    return tuple(_answer(said, one) for said in _read(tree)["statements"] for one in _parts(said))


def _answer(said: dict[str, Any], part: PackageURL) -> Answer:
    names = {said["vulnerability"]["name"], *said["vulnerability"].get("aliases", ())}
    words = said.get("impact_statement") or said.get("action_statement") or ""
    return Answer(frozenset(names), part.name, part.version or "", said["status"], words)


def _read(tree: Tree) -> dict[str, Any]:
    whole: dict[str, Any] = json.loads(tree.text(FILE) or "{}")
    return whole


def _parts(said: dict[str, Any]) -> list[PackageURL]:
    return [PackageURL.from_string(one["@id"]) for product in said["products"] for one in product["subcomponents"]]


def faults(tree: Tree) -> list[str]:
    """Name what is wrong with the file: a fault answered of a package or version that is not locked, or without a reason."""
    whole, found = _read(tree), []
    if whole.get("@context") != CONTEXT or not {"@id", "author", "timestamp", "version", "statements"} <= whole.keys():
        return [f"{FILE}: it is no OpenVEX document"]
    lock = {name: version for name, (version, _) in locked(tree).items()}
    own = f"pkg:pypi/vialtrace@{own_version(tree)}"
    for said in whole["statements"]:
        name = said["vulnerability"]["name"]
        found += [f"{FILE}: {one} is no number of a fault" for one in _numbers(said) if not NUMBER.fullmatch(one)]
        found += [
            f"{FILE}: {name} is said of {one['@id']}, not of {own}" for one in said["products"] if one["@id"] != own
        ]
        for part in _parts(said):
            if lock.get(part.name) != part.version:
                found.append(
                    f"{FILE}: {name} is answered of {part.name} {part.version}; locked is {lock.get(part.name)}"
                )
        found += [f"{FILE}: {name}: {says}" for says in _unreasoned(said)]
    return found


def _numbers(said: dict[str, Any]) -> list[str]:
    return [said["vulnerability"]["name"], *said["vulnerability"].get("aliases", ())]


def _unreasoned(said: dict[str, Any]) -> list[str]:
    status, reason, todo = said["status"], said.get("impact_statement", ""), said.get("action_statement", "")
    if status not in STATUS:
        return [f"{status} is no status"]
    if status == "not_affected" and (said.get("justification") not in JUSTIFIED or len(reason) < LEAST):
        return ["not affected needs a justification and, in words, why"]
    if status == "affected" and len(todo) < LEAST:
        return ["affected needs what is done about it"]
    return []
