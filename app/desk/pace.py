"""Steps that came faster than hands can do them, as lines of a preparation's story (Q15)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.desk.evidence_words import slot_words
from app.desk.names import name_of
from app.desk.story import Told
from workflows.events import Recorded
from workflows.pace import hasty
from workflows.preparation import Preparation


def too_fast(p: Preparation, log: Iterable[Recorded], known: Mapping[str, str]) -> tuple[Told, ...]:
    """Return a line for each run of such steps."""
    return tuple(
        Told(
            version=0,
            at=run.at,
            who=name_of(known, run.who),
            second="",
            station=run.station,
            kind="Hasty",
            title=f"{len(run.slots)} steps in {run.seconds:.1f} s: faster than hands can do them",
            details=(", ".join(slot_words(p, slot) for slot in run.slots),),
            mark="too fast",
        )
        for run in hasty(log)
    )
