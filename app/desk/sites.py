"""The other sites of one record, each as its own process last said it is: by that its work is judged wherever it is opened."""

from __future__ import annotations

import threading
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, select

from app.record import log
from app.record.tables import event
from app.settings import Settings
from app.upkeep.changes import SETTINGS

ITS_OWN = (
    "site_name", "site_telephone", "site_zone", "site_state", "bedside_code", "release_signature", "retention_days", "demo",
)  # fmt: skip
"""Settings that belong to a site and not to the process that happens to show its work."""


@dataclass(frozen=True)
class Apart:
    """A site whose work cannot be opened here."""

    site: str
    """Its code."""
    says: str
    """Why, as the end of a sentence."""


class Neighbours:
    """What the other sites said of themselves, remembered: a poll reads only what was said since."""

    def __init__(self) -> None:
        """Begin with nothing known."""
        self._known: dict[str, tuple[int, dict[str, Any] | None]] = {}
        self._guard = threading.Lock()

    def of(self, conn: Connection, here: Settings, site: str) -> Settings | Apart:
        """Return the settings by which a site's work is judged, at this process; or why it is opened at its own alone."""
        if site == here.site:
            return here
        said = self._said(conn, site)
        if said is None:
            return Apart(site, "it has not said how it is set up: its server was never started")
        if said["release"] != here.software:
            return Apart(site, f"it runs {said['release']}, this is {here.software}")
        if missing := sorted(set(ITS_OWN) - said["settings"].keys()):
            return Apart(site, f"it has not said its {', '.join(missing)}: its server is to be started anew")
        told = {name: said["settings"][name] for name in ITS_OWN}
        if told["demo"] is not here.demo:
            return Apart(site, "one of the two is a demo")
        return here.model_copy(update={**told, "site": site})

    def sites(self, conn: Connection, here: Settings, theirs: Collection[str]) -> tuple[Settings | Apart, ...]:
        """Return every site of the record where a person works who works at `theirs`, this one first; none named: all."""
        others = [one for one in log.sites(conn) if one != here.site and (not theirs or one in theirs)]
        return (here, *(self.of(conn, here, one) for one in others))

    def _said(self, conn: Connection, site: str) -> dict[str, Any] | None:
        stream = f"site/{site}"
        with self._guard:
            seen, known = self._known.get(site, (0, None))
        version = log.version_of(conn, stream)
        if version != seen:
            query = select(event.c.body).where(
                event.c.preparation == stream, event.c.kind == SETTINGS, event.c.version > seen
            )
            body = conn.execute(query.order_by(event.c.version.desc()).limit(1)).scalar_one_or_none()
            known = orjson.loads(body)["data"] if body is not None else known
            with self._guard:
                self._known[site] = version, known
        return known
