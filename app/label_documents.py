"""A row of the outbox becomes a label: drawn once, kept with the row, and the same bytes however often it is taken up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection

from app import label_texts, labelling, logs, preparations
from app.people import accounts
from app.printers import Cannot
from app.record import blobs, codec, ordertext, outbox
from app.record.blobs import Blobs, Damaged
from app.record.engine import Store
from app.record.outbox import Entry
from app.settings import Settings
from app.station_printers import Printing
from labels import ENGLISH, Label, LabelTroubleError, Rendered, render
from labels.language import catalogue
from workflows.order import PatientText
from workflows.preparation import Preparation

log = logs.of("printing")

UNIT = "unit"
"""The label of an opened vial that was kept."""


class Document(NamedTuple):
    """A drawn label."""

    content: bytes
    """The PDF."""
    sha256: str
    """Its digest; it is kept under it."""
    language: str
    """That it was drawn in: en, de."""
    texts: str
    """Digest of the language's texts as they stood then."""


@dataclass(frozen=True)
class Documents:
    """The documents of one worker's rows."""

    store: Store
    """The record."""
    settings: Settings
    """The site's."""
    kept: Blobs
    """Where documents go."""
    now: Callable[[], datetime]
    """The clock."""
    worker: str
    """Who has the rows in work."""

    def of(self, entry: Entry, p: Preparation, how: Printing) -> Document | Cannot:
        """Return the document as drawn for this row before, or draw it now and keep it."""
        if sha256 := entry.payload.get("sha256"):
            before = self.kept.get(sha256)
            if isinstance(before, bytes):
                said = entry.payload
                return Document(before, sha256, said.get("language", ""), said.get("texts", ""))
            if isinstance(before, Damaged):
                return Cannot(before.says, for_good=True)
        drawn = self._drawn(entry, p, how)
        if isinstance(drawn, Cannot):
            return drawn
        language, made = drawn
        blob, at, texts = self.kept.put(made.pdf, "application/pdf"), self.now(), catalogue(language).digest

        def work(conn: Connection) -> None:
            blobs.enter(conn, blob, at=at, identifying=True)
            more = {"sha256": blob.sha256, "language": language, "texts": texts}
            outbox.remember(conn, entry.id, more, worker=self.worker)

        self.store.write(work)
        return Document(made.pdf, blob.sha256, language, texts)

    def _drawn(self, entry: Entry, p: Preparation, how: Printing) -> tuple[str, Rendered] | Cannot:
        """Draw the label in the station's language, a further copy in that of the last.

        In English, in which its order was judged, where it does not fit in that.
        """
        why, first = "", entry.payload.get("language") or how.language
        for tongue in dict.fromkeys((first, ENGLISH)):
            value = self._label(entry, p, tongue)
            if isinstance(value, Cannot):
                return value
            with self.store.reading() as conn:
                signed = label_texts.confirmed(conn, self.settings.site, tongue, self.now(), self.settings.zone)
            value = replace(value, texts_signed=signed or None)
            try:
                return tongue, render(value, how.stock_of(value, self.settings), how.printer.dpi)
            except LabelTroubleError as trouble:
                why = f"The label cannot be drawn: {trouble}"
                log.warning("label not drawn in a language", row=entry.id, language=tongue, field=trouble.field)
        return Cannot(why, for_good=True)

    def _label(self, entry: Entry, p: Preparation, language: str) -> Label | Cannot:
        with self.store.reading() as conn:
            text = ordertext.get(conn, p.patient, p.patient_digest)
            by = accounts.by_id(conn, p.claimed_by).name if p.claimed_by else ""
        if isinstance(text, ordertext.Altered):
            return Cannot(f"The label is not printed. {text.says}", for_good=True)
        if not isinstance(text, ordertext.OrderText):
            return Cannot("The patient's text is not there; a label without a name is not printed.", for_good=True)
        patient = codec.decode(PatientText, text.fields)
        label_id, copy = entry.payload["label"], entry.payload["copy"]
        try:
            if entry.payload["kind"] == UNIT:
                return labelling.unit_of(p, self.settings, label_id, language)
            if entry.payload["kind"] == "in_process":
                workflow = preparations.workflow_of(p)
                return labelling.in_process(
                    p, workflow, patient, self.settings, label_id=label_id, copy=copy, language=language
                )
            return labelling.final(p, patient, self.settings, label_id=label_id, copy=copy, by=by, language=language)
        except LabelTroubleError as trouble:
            return Cannot(f"The label lacks something: {trouble}", for_good=True)
