"""One preparation on its way into a file, with its people as far as this export may name them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection

from app.desk.names import name_of
from app.desk.opened import Opened
from app.desk.patients import ALTERED, PURGED
from app.export.pseudonyms import Pseudonyms
from app.export.wanted import Patients
from app.record import codec, ordertext
from app.stations import open_vials
from app.stations.open_vials import Fate
from workflows import sharing
from workflows.billing import Line, NotBilled
from workflows.order import PatientText


@dataclass(frozen=True)
class Case:
    """One preparation."""

    opened: Opened
    """Its log and state."""
    patient: str
    """Name or pseudonym."""
    number: str
    """Record number; empty unless named."""
    patients: Patients
    """How much of a person may be said."""
    pseudonyms: Pseudonyms
    """Makes pseudonyms."""
    billed: tuple[Line, ...] | NotBilled = ()
    """What a claim for it says, where that was asked for (R58)."""
    kept: Mapping[str, Fate] = field(default_factory=dict)
    """What became of each of its opened vials that were kept, by unit label (R32)."""

    @property
    def free(self) -> bool:
        """Whether free text may go along: not to researchers, for people write names into it."""
        return self.patients != "research"

    @property
    def id(self) -> str:
        """Its id, or a pseudonym of it."""
        return self.other(self.opened.row.id)

    def other(self, preparation: str) -> str:
        """Return another preparation's id as this export says it."""
        return preparation if self.free else self.pseudonyms.preparation("research", preparation)

    def who(self, *person_ids: str) -> str:
        """Return printed names, or pseudonyms for researchers."""
        known = self.opened.known
        named = (
            name_of(known, one) if self.free else self.pseudonyms.person("research", one) for one in person_ids if one
        )
        return ", ".join(dict.fromkeys(named))

    def text(self, words: str) -> str:
        """Return free text, or nothing for researchers."""
        return words if self.free else ""


def case_of(conn: Connection, opened: Opened, patients: Patients, pseudonyms: Pseudonyms) -> Case:
    """Return the case of a preparation. What was purged has the pseudonym it had before."""
    kept = ordertext.get(conn, opened.p.patient, opened.p.patient_digest) if opened.p.patient else None
    name, number = "", ""
    if isinstance(kept, ordertext.Altered):
        name = ALTERED.name
    elif isinstance(kept, ordertext.Purged):
        name = PURGED.name if patients == "named" else kept.pseudonyms.get(_purpose(patients), "")
    elif kept is not None:
        text = codec.decode(PatientText, kept.fields)
        name = pseudonyms.patient("research" if patients == "research" else "quality", text)
        if patients == "named":
            name, number = ", ".join(part for part in (text.family, text.given) if part), f"MRN {text.mrn}"
    fates = {one.label: open_vials.fate(conn, one.container) for one in sharing.kept(opened.p)}
    return Case(opened, name, number, patients, pseudonyms, kept=fates)


def _purpose(patients: Patients) -> str:
    return "research" if patients == "research" else "quality"
