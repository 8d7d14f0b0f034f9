"""Asks for known faults of every locked package, and says which of them nobody has answered. `make audit`.

Asked is OSV (the open database that Python's own advisories are part of), over the network or, where there is none, in
its export for PyPI. Nothing is installed for it and nothing but names and versions is told. Answers stand in docs/vex.json.
"""

from __future__ import annotations

import json
import sys
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from tests.house.tree import ROOT, Tree
from tests.software import locked
from tests.vex import Answer, answers

SERVICE = "https://api.osv.dev"
SECONDS = 20
"""An answer of the service may take."""
OPEN, NOT_ASKED = 1, 2
"""Exit codes, beside 0: some fault is not answered; nobody could be asked."""
CANNOT = (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile)
"""What a service or an export that is none can raise."""


@dataclass(frozen=True)
class Finding:
    """One known fault of one locked package."""

    package: str
    """Canonical name."""
    version: str
    """As locked."""
    names: tuple[str, ...]
    """Its numbers, OSV's own first: PYSEC, GHSA, CVE."""
    says: str
    """In a line."""
    fixed: tuple[str, ...]
    """Versions that no longer have it."""


def online(lock: Mapping[str, str], service: str = SERVICE) -> list[Finding]:
    """Ask the service once for all packages, then for each fault it names."""
    asked = [{"package": {"ecosystem": "PyPI", "name": name}, "version": version} for name, version in lock.items()]
    numbers: dict[str, set[str]] = {}
    while asked:
        results = _heard(f"{service}/v1/querybatch", {"queries": asked})["results"]
        if len(results) != len(asked):
            raise ValueError("it answers another number of questions than it was asked")
        for question, result in zip(asked, results, strict=True):
            found = numbers.setdefault(question["package"]["name"], set())
            found.update(one["id"] for one in result.get("vulns", ()))
        asked = [
            {**question, "page_token": result["next_page_token"]}
            for question, result in zip(asked, results, strict=True)
            if result.get("next_page_token")
        ]
    records = {one: _heard(f"{service}/v1/vulns/{one}") for one in sorted(set().union(*numbers.values()))}
    found = [(name, records[one]) for name in sorted(numbers) for one in sorted(numbers[name])]
    return [_finding(name, lock[name], record) for name, record in found if not record.get("withdrawn")]


def _heard(address: str, question: object = None) -> Any:
    body = None if question is None else json.dumps(question).encode()
    request = urllib.request.Request(address, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:
        return json.load(answer)


def offline(lock: Mapping[str, str], export: Path) -> list[Finding]:
    """Read OSV's export for PyPI: its all.zip, or a folder with one JSON file a fault."""
    found, read = [], 0
    for record in _records(export):
        read += 1
        if record.get("withdrawn"):
            continue
        for name in sorted({canonicalize_name(one["package"]["name"]) for one in _of_pypi(record)} & lock.keys()):
            if any(_touches(one, lock[name]) for one in _of_pypi(record, name)):
                found.append(_finding(name, lock[name], record))
    if not read:
        raise ValueError("there is no record of a fault in it")
    return sorted(found, key=lambda one: (one.package, one.names))


def _records(export: Path) -> Iterator[Any]:
    if export.is_dir():
        for path in sorted(export.glob("*.json")):
            yield json.loads(path.read_bytes())
        return
    with zipfile.ZipFile(export) as box:
        for name in sorted(box.namelist()):
            if name.endswith(".json"):
                yield json.loads(box.read(name))


def _of_pypi(record: Mapping[str, Any], name: str = "") -> list[Any]:
    affected = [one for one in record.get("affected", ()) if one.get("package", {}).get("ecosystem") == "PyPI"]
    return [one for one in affected if not name or canonicalize_name(one["package"]["name"]) == name]


def _touches(affected: Mapping[str, Any], version: str) -> bool:
    """Say whether a version is listed, or lies in a range; of a range that cannot be read it is believed."""
    if version in affected.get("versions", ()):
        return True
    ranges = [one for one in affected.get("ranges", ()) if one.get("type") == "ECOSYSTEM"]
    return any(_within(one["events"], Version(version)) for one in ranges)


def _within(events: list[Mapping[str, str]], version: Version) -> bool:
    inside = False
    for event in sorted(events, key=_place):
        (kind, at), *_ = event.items()
        if kind == "introduced" and (at == "0" or Version(at) <= version):
            inside = True
        elif (kind == "fixed" and Version(at) <= version) or (kind == "last_affected" and Version(at) < version):
            inside = False
    return inside


def _place(event: Mapping[str, str]) -> Version:
    (at, *_) = event.values()
    try:
        return Version(at)
    except InvalidVersion as error:
        raise ValueError(f"{at} is no version") from error


def _finding(name: str, version: str, record: Mapping[str, Any]) -> Finding:
    ranges = [one for affected in _of_pypi(record, name) for one in affected.get("ranges", ())]
    fixed = [
        event["fixed"]
        for one in ranges
        if one.get("type") == "ECOSYSTEM"
        for event in one["events"]
        if "fixed" in event
    ]
    words = " ".join((record.get("summary") or record.get("details") or "no words").split())
    return Finding(name, version, (record["id"], *record.get("aliases", ())), words[:200], tuple(dict.fromkeys(fixed)))


def answered(one: Finding, known: tuple[Answer, ...]) -> Answer | None:
    """Return what the tree says of a fault of this very version, or None."""
    return next(
        (a for a in known if (a.package, a.version) == (one.package, one.version) and a.names & {*one.names}), None
    )


@click.command(epilog="Exit 0: every known fault is answered. 1: some are not. 2: nobody could be asked.")
@click.option(
    "--from", "export", type=click.Path(path_type=Path, exists=True), help="OSV's all.zip for PyPI, or a folder."
)
@click.option("--service", default=SERVICE, show_default=True, help="Address of an OSV service.")
def main(export: Path | None, service: str) -> None:
    """Ask for known faults of the locked packages, and say which nobody has answered in docs/vex.json."""
    tree = Tree(ROOT)
    lock = {name: version for name, (version, _) in locked(tree).items()}
    try:
        found = online(lock, service) if export is None else offline(lock, export)
    except CANNOT as trouble:
        where = export or service
        click.echo(
            f"NOT AUDITED: {where} gave no answer ({trouble}). Without a network take OSV's export for PyPI (all.zip) "
            "to this machine and give it: make audit FROM=all.zip",
            err=True,
        )
        sys.exit(NOT_ASKED)
    told = [(one, answered(one, answers(tree))) for one in found]
    for one, answer in told:
        click.echo(_line(one, answer))
    left = sum(answer is None or not answer.settles for _, answer in told)
    click.echo(f"{len(lock)} locked packages; known faults: {len(found)}; not settled: {left}.")
    sys.exit(OPEN if left else 0)


def _line(one: Finding, answer: Answer | None) -> str:
    stands = f"{answer.status}: {answer.says}" if answer else "NOT ANSWERED"
    later = f"; gone in {', '.join(one.fixed)}" if one.fixed else ""
    return f"{one.package} {one.version} {' '.join(one.names)}: {one.says}{later}\n    {stands}"


if __name__ == "__main__":
    main()
