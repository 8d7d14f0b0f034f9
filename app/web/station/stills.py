"""A still that came to a station: judged at once, its codes told apart, its bytes kept as they came, good or poor (R24)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection

from app.desk.evidence_words import found_words
from app.dispatch import Ask, Dispatcher, Outcome
from app.record import blobs
from app.stations import pictures
from app.web.house import house
from app.web.station.at_hand import current, stands
from app.web.station.scanned import told_apart
from workflows.evidence import Photo
from workflows.rules.protection import FOREIGN, UNREAD

LONGEST_NAME = 80
"""Characters of a camera's name."""


def judged_still(
    station: str, preparation: str, content: bytes, slot: str, *, camera: str, frozen: bool = False
) -> tuple[Photo, blobs.Blob] | str:
    """Return the photo as evidence and its bytes, which are kept; or in words why it could not be examined."""
    seen = pictures.examine(content, reference=stands(station).photo_sharpness)
    if isinstance(seen, str):
        return seen
    p = current(preparation)
    with house().store.reading() as conn:
        told = pictures.seen_in(preparation, p, seen.codes, lambda raw: told_apart(conn, raw, "camera"), found_words)
    strange = next((one.strange for one in told if one.strange), "")
    unread = pictures.lacks_label(slot, p, told)
    given_up = unread and pictures.was_tried(slot, p)
    why = (
        *seen.why,
        *(("frozen",) if frozen else ()),
        *((UNREAD,) if unread and not given_up else ()),
        *((FOREIGN, strange) if strange else ()),
    )
    kept = house().blobs.put(content, seen.media_type)
    taken = Photo(
        sha256=kept.sha256,
        width=seen.width,
        height=seen.height,
        verdict="bad" if why else "good",
        why=why,
        sharpness=Decimal(f"{seen.sharpness:.1f}"),
        camera=camera[:LONGEST_NAME],
        codes=(*(one.code for one in told), *((pictures.NOT_READ,) if given_up else ())),
    )
    return taken, kept


def photo_within(conn: Connection, dispatcher: Dispatcher, ask: Ask, kept: blobs.Blob, at: datetime) -> Outcome:
    """Record a photo and the row of its bytes in the caller's transaction."""
    outcome = dispatcher.within(conn, ask, at)
    if outcome.kind in ("accepted", "rejected") and not outcome.replayed:
        blobs.enter(conn, kept, at=at, identifying=True)
    return outcome
