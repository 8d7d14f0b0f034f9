"""Sign what ships anew, for the demo's fictitious pharmacist: `python -m tests.workflows.signing [--words] [NAME...]`.

Walks every world of the named workflows, or of all; keeps the pages, both fingerprints, and what each world behaves
like. Read what changed in the golden pages before it is committed. Minutes for all of them; with `--words` the pages
alone are signed anew, where no rule behaves otherwise.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import workflows.library
from tests.workflows.example import POLICY, RECIPE
from workflows.library import IV_BAG, LIBRARY
from workflows.procedure import fingerprint, procedure
from workflows.small_pharmacies import SHOWN, WALKED
from workflows.walk import Tally, walk_one

GOLDEN = Path(__file__).parent / "golden"
APPROVED = Path(workflows.library.__file__).parent / "approved.toml"
PAGES = {name: procedure(LIBRARY[name], world.opening.recipe, world.opening.policy) for name, world in SHOWN.items()}
"""The page of each workflow, as it is signed."""
EXAMPLE_LINES = procedure(IV_BAG, RECIPE, POLICY)
"""The page of the worked example."""
Key = tuple[str, int]
"""A workflow's name and the number of one of its worlds."""


def walked(one: Key) -> Tally:
    """Walk one world whole."""
    name, number = one
    return walk_one(LIBRARY[name], WALKED[name][number])


def walked_each(keys: Sequence[Key]) -> dict[Key, Tally]:
    """Walk these worlds whole, two at a time."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        return dict(zip(keys, pool.map(walked, keys), strict=True))


def worlds_signed() -> dict[str, dict[str, str]]:
    """Return what each world behaves like, hex, by workflow and by the world's name."""
    kept: dict[str, dict[str, str]] = json.loads((GOLDEN / "worlds.json").read_text("utf-8"))
    return kept


def together(behaviours: Mapping[str, str], name: str) -> str:
    """Return the fingerprint of a workflow's whole behaviour, made of that of each world. Raises KeyError if one lacks."""
    joined = "".join(behaviours[world.name] for world in WALKED[name])
    return hashlib.sha256(joined.encode()).hexdigest()


def walked_whole(names: Sequence[str]) -> None:
    """Walk these workflows and keep what each world behaves like. Raises ValueError if a property does not hold."""
    tallies = walked_each([(name, number) for name in names for number in range(len(WALKED[name]))])
    for tally in tallies.values():
        if tally.breaches and tally.visited is not None:
            raise ValueError(f"{tally.visited.world}: {tally.breaches}")
    known = worlds_signed()
    for name in names:
        known[name] = {world.name: tallies[name, number].behaviour for number, world in enumerate(WALKED[name])}
    (GOLDEN / "worlds.json").write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", "utf-8")


def sign(names: Sequence[str]) -> None:
    """Write the pages and both fingerprints anew, as the worlds that are kept behave."""
    known, text = worlds_signed(), APPROVED.read_text("utf-8")
    for name in names:
        both = rf'\g<1>words = "{fingerprint(PAGES[name])}"\nbehaviour = "{together(known[name], name)}"'
        text = re.sub(rf'(name = "{name}"\nversion = \d+\n)words = ".*"\nbehaviour = ".*"', both, text)
        (GOLDEN / f"procedure-{name}.txt").write_text("\n".join(PAGES[name]) + "\n", "utf-8")
    (GOLDEN / "procedure-iv-bag-cyclophosphamide.txt").write_text("\n".join(EXAMPLE_LINES) + "\n", "utf-8")
    APPROVED.write_text(text, "utf-8")


if __name__ == "__main__":
    asked = [one for one in sys.argv[1:] if one != "--words"] or list(LIBRARY)
    if set(asked) - set(LIBRARY):
        sys.exit(f"There are: {', '.join(LIBRARY)}")
    if "--words" not in sys.argv[1:]:
        walked_whole(asked)
    sign(asked)
