"""Writes docs/software.md and build/sbom.cdx.json, both from the lock and docs/software.toml. `make software`, `make sbom`."""

from __future__ import annotations

import re
import sys
import tomllib
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.contact import OrganizationalEntity
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL
from packaging.utils import canonicalize_name

from tests.house.licences import declared, shipped
from tests.house.tree import ROOT, Tree

LIST, PAGE, SBOM = "docs/software.toml", "docs/software.md", "build/sbom.cdx.json"
ENTRY = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)(.*?)(?=^\S|\Z)", re.MULTILINE | re.DOTALL)
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
OWN = "vialtrace"
SUPPORT = "none announced by its project that is known here; newer releases are taken with each release of vialtrace"
"""What is said of every package: packages of Python announce no end of support. One that does gets its own words here."""
HEAD = """# Bought-in software

Made by `make software` from [software.toml](software.toml) and the lock; `make check` refuses a page that is not what they
say. Every package that ships is here, with what it is needed for and which of its faults or traps were weighed. `make sbom`
writes the same list, with hashes, for machines (CycloneDX 1.6). `make audit` asks OSV for known faults of everything that is
locked, or reads its export where there is no network. What we say of each stands in [vex.json](vex.json) (OpenVEX); `make
check` refuses an answer of a version that is no longer locked. For machines: `.venv/bin/python -m tests.audit` ends with 0
where every known fault is settled, 1 where one is not, 2 where nobody could be asked.

| package | version | licence | needed for | weighed |
|---|---|---|---|---|
"""


@dataclass(frozen=True)
class Package:
    """One package that ships."""

    name: str
    """Its name, in the one canonical spelling."""
    version: str
    """As locked."""
    licence: str
    """SPDX expression."""
    needed: str
    """What it is needed for."""
    mind: str
    """What was weighed; empty when nothing had to be."""
    hashes: tuple[str, ...]
    """SHA-256 of every file that may be installed under this version; none for our own."""


def locked(tree: Tree) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return version and hashes of each package of the lock."""
    text = (tree.root / "requirements.lock").read_text(encoding="utf-8")
    return {canonicalize_name(one[1]): (one[2], tuple(HASH.findall(one[3]))) for one in ENTRY.finditer(text)}


def listed(tree: Tree) -> dict[str, dict[str, str]]:
    """Return what the list says of each package."""
    found: dict[str, dict[str, str]] = tomllib.loads((tree.root / LIST).read_text(encoding="utf-8"))["package"]
    return found


def packages(tree: Tree) -> tuple[Package, ...]:
    """Return every package of the list, by name."""
    lock = locked(tree)
    made = []
    for name, says in sorted(listed(tree).items()):
        version, hashes = lock.get(name, (own_version(tree), ()))
        made.append(Package(name, version, _licence(name, says), says["for"], says.get("mind", ""), hashes))
    return tuple(made)


def own_version(tree: Tree) -> str:
    project = tomllib.loads((tree.root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])


def _licence(name: str, says: dict[str, str]) -> str:
    if "licence" in says:
        return says["licence"]
    try:
        return declared(distribution(name)) or "not declared"
    except PackageNotFoundError:
        return "not declared"


def page(tree: Tree) -> str:
    """Return docs/software.md."""
    rows = [f"| {p.name} | {p.version} | {p.licence} | {p.needed} | {p.mind or '–'} |" for p in packages(tree)]
    return HEAD + "\n".join(rows) + "\n"


def sbom(tree: Tree) -> str:
    """Return the bill of materials as CycloneDX JSON."""
    bom, licences = Bom(), LicenseFactory()
    for one in packages(tree):
        component = Component(
            name=one.name,
            version=one.version,
            type=ComponentType.APPLICATION if one.name == OWN else ComponentType.LIBRARY,
            bom_ref=f"{one.name}@{one.version}",
            purl=PackageURL("pypi", None, one.name, one.version),
            licenses=[licences.make_from_string(one.licence)],
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=content) for content in one.hashes[:1]],
            supplier=OrganizationalEntity(name=_supplier(one.name)),
            properties=[
                Property(name="vialtrace:needed-for", value=one.needed),
                Property(name="vialtrace:end-of-support", value=SUPPORT),
                *(Property(name="vialtrace:weighed", value=one.mind) for _ in one.mind[:1]),
                *(Property(name="vialtrace:sha256", value=content) for content in one.hashes[1:]),
            ],
        )
        if one.name == OWN:
            bom.metadata.component = component
        else:
            bom.components.add(component)
    if bom.metadata.component is not None:
        bom.register_dependency(bom.metadata.component, bom.components)
    return JsonV1Dot6(bom).output_as_string(indent=2)


def _supplier(name: str) -> str:
    try:
        about = distribution(name).metadata
    except PackageNotFoundError:
        return "its project"
    author = about["Author"] or about["Maintainer"] or about["Author-email"] or about["Maintainer-email"] or ""
    return author.partition("<")[0].strip(' ",') or "its project"


def every_shipped_package_has_its_row(tree: Tree) -> list[str]:
    """Name each package that ships and that nobody said anything of, and each that is listed for nothing (Q79)."""
    names = {canonicalize_name(one.name) for one in shipped(OWN)}
    known, lock = listed(tree), locked(tree)
    faults = [f"{LIST}: {name} ships, and nothing says what it is needed for" for name in sorted(names - known.keys())]
    faults += [
        f"{LIST}: {name} is listed and neither locked nor ours" for name in sorted(known.keys() - lock.keys() - {OWN})
    ]
    faults += [f"{LIST}: {name} is needed for nothing" for name, says in known.items() if len(says.get("for", "")) < 10]
    return faults


def software_page_is_current(tree: Tree) -> list[str]:
    """Say so when the page is not what list and lock make of it."""
    return [] if tree.text(PAGE) == page(tree) else [f"{PAGE}: not what the list and the lock say; run `make software`"]


if __name__ == "__main__":
    target, made = (SBOM, sbom(Tree(ROOT))) if sys.argv[1:] == ["sbom"] else (PAGE, page(Tree(ROOT)))
    Path(ROOT / target).parent.mkdir(exist_ok=True)
    (ROOT / target).write_text(made, encoding="utf-8")
    sys.stderr.write(f"wrote {target}\n")
