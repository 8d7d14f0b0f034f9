"""The lock file: it covers what pyproject.toml asks for, each package with hashes, and names no place to fetch from."""

from __future__ import annotations

import re
import tomllib

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.tree import Tree

LOCK = "requirements.lock"
ENTRY = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;]+)")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}\b")


def lock_covers_pyproject(tree: Tree) -> list[str]:
    """Name each dependency, for use or for tests, that the lock lacks or holds in a version outside the asked range."""
    project = tomllib.loads((tree.root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = project["dependencies"] + project.get("optional-dependencies", {}).get("dev", [])
    locked = _locked(tree)
    faults = []
    for need in map(Requirement, asked):
        versions = locked.get(canonicalize_name(need.name), [])
        if not versions:
            faults.append(f"{LOCK}: {need.name} is missing")
        faults += [f"{LOCK}: {need.name} {v} is outside {need.specifier}" for v in versions if v not in need.specifier]
    return faults


def lock_has_hashes_alone(tree: Tree) -> list[str]:
    """Name each package without a hash, and each line that is an option or an address."""
    faults = []
    for entry in _entries(tree):
        if ENTRY.match(entry) is None:
            faults.append(f"{LOCK}: not a package with its version: {entry[:80]}")
        elif HASH.search(entry) is None:
            faults.append(f"{LOCK}: no hash for {entry.split()[0]}")
        faults += [f"{LOCK}: an address in {entry.split()[0]}"] if "://" in entry else []
    return faults


def _entries(tree: Tree) -> list[str]:
    text = (tree.text(LOCK) or "").replace("\\\n", " ")
    return [line.strip() for line in text.split("\n") if line.strip() and not line.lstrip().startswith("#")]


def _locked(tree: Tree) -> dict[str, list[str]]:
    versions: dict[str, list[str]] = {}
    for match in filter(None, map(ENTRY.match, _entries(tree))):
        versions.setdefault(canonicalize_name(match.group(1)), []).append(match.group(2))
    return versions
