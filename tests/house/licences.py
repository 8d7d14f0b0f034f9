"""Which licences ship: what each installed package of the running product declares, weighed against the allowed set."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib.metadata import Distribution, distribution

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ALLOWED = frozenset(
    (
        "MIT",
        "MIT-0",
        "MIT-CMU",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "Apache-2.0",
        "ISC",
        "0BSD",
        "MPL-2.0",
        "Zlib",
        "OFL-1.1",
    )
)
ALSO_FOR = {"typing-extensions": {"PSF-2.0"}, "greenlet": {"PSF-2.0"}, "numpy": {"CC0-1.0"}}
"""Permissive licences beyond the allowed set, each for the one package that was looked at."""

LOOKED_UP = {"pyrage": "MIT", "pysqlite3": "Zlib", "pypdfium2": "BSD-3-Clause AND Apache-2.0"}
"""What the package's own files say, where its metadata says nothing that can be read."""

CLASSIFIED = {
    "MIT License": "MIT",
    "BSD License": "BSD-3-Clause",
    "Apache Software License": "Apache-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "ISC License (ISCL)": "ISC",
}
WRITTEN = {"BSD": "BSD-3-Clause", "Apache 2.0": "Apache-2.0"}


def licences_are_allowed(packages: Iterable[Distribution]) -> list[str]:
    """Name each package whose licence is outside the set, or cannot be read."""
    faults = []
    for package in packages:
        name = canonicalize_name(package.name)
        said = declared(package)
        if said is None:
            faults.append(f"{name}: declares no licence that can be read; look it up and enter it")
        elif not holds(said, ALLOWED | ALSO_FOR.get(name, set())):
            faults.append(f"{name}: {said} is not a licence that ships")
    return faults


def declared(package: Distribution) -> str | None:
    """Return the licence expression: the package's own, else from its classifiers, else its short text."""
    name = canonicalize_name(package.name)
    fields = package.metadata
    expression: str | None = LOOKED_UP.get(name) or fields["License-Expression"]
    if expression:
        return expression
    classes = [c.rpartition(" :: ")[2] for c in fields.get_all("Classifier") or [] if c.startswith("License ::")]
    if classes:
        return " AND ".join(CLASSIFIED.get(name, name.replace(" ", "-")) for name in classes)
    written = fields["License"] or ""
    return WRITTEN.get(written, written if written in ALLOWED else None)


def holds(expression: str, allowed: frozenset[str] | set[str]) -> bool:
    """Tell whether `A AND (B OR C)` can be met from the allowed set; AND binds closer than OR."""
    words = re.findall(r"[()]|[^\s()]+", expression)
    met = " ".join(w.lower() if w in {"AND", "OR", "(", ")"} else str(w in allowed) for w in words)
    while "(" in met:
        met = re.sub(r"\( ([^()]*) \)", lambda inner: str(_either(inner.group(1))), met)
    return _either(met)


def _either(met: str) -> bool:
    return any(all(word == "True" for word in part.split(" and ")) for part in met.split(" or "))


def shipped(name: str) -> list[Distribution]:
    """Return the package and all it needs to run on this machine, extras left out."""
    found: dict[str, Distribution] = {}
    waiting = [canonicalize_name(name)]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = distribution(name)
            needs = [Requirement(line) for line in found[name].requires or []]
            waiting += [
                canonicalize_name(n.name) for n in needs if n.marker is None or n.marker.evaluate({"extra": ""})
            ]
    return [found[name] for name in sorted(found)]
