"""The compounding record on paper and for the archive: all that R48 and R52 ask for, as PDF/A with its events inside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.desk.record_page import RecordPage
from app.export.archival import Attachment, Described, archive
from app.export.paper_drawing import Print
from app.export.paper_pages import Running, laid_out
from app.export.paper_parts import whole_story
from app.export.proof import Proof

EVENTS, CHECKPOINT = "events.jsonl", "checkpoint.note"
"""Names of the files inside the paper."""


@dataclass(frozen=True)
class Sheet:
    """All that goes onto one paper and into its file."""

    page: RecordPage
    """What the record page shows to the same viewer."""
    thumbs: Mapping[str, bytes]
    """Small JPEGs of the photos by SHA-256, without those that may not be shown."""
    bodies: tuple[str, ...]
    """The canonical JSON of every event, in order."""
    proof: Proof
    """The newest checkpoint beside it."""


def compounding_record(sheet: Sheet, made: Print) -> bytes:
    """Return the paper as PDF/A-3b."""
    page, title = sheet.page, f"Compounding record {sheet.page.preparation}"
    running = Running(title, f"Record digest {page.head}")
    drawn = laid_out(whole_story(page, sheet.thumbs, sheet.proof, made), running, made)
    described = Described(title, made.site, made.software, made.at)
    return archive(drawn, described, _attachments(sheet))


def _attachments(sheet: Sheet) -> list[Attachment]:
    lines = "".join(f"{body}\n" for body in sheet.bodies).encode()
    events = Attachment(
        EVENTS, "application/x-ndjson", lines, "Every event as it was stored, canonical JSON, one a line"
    )
    if sheet.proof.note is None:
        return [events]
    note = Attachment(CHECKPOINT, "text/plain", sheet.proof.note.text.encode(), "The newest signed checkpoint")
    return [events, note]
