"""Posts what the outbox holds for a subscription: signed, one at a time, the same body again, for ever where nobody answers.

An answer of 2xx ends a message. 4xx and a redirect make it a dead letter, which keeps the later ones of its preparation
waiting until a person replays or dismisses it; 408, 425, 429, 5xx and silence are tried again. A redirect is never followed.
"""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import Connection

from app import logs
from app.hooks.notices import Gone, body_of
from app.hooks.register import Known, Subscription, unfit
from app.hooks.signature import headers
from app.outbox_rows import Patience, Rows, Steps
from app.record import outbox
from app.record.blobs import Blobs
from app.record.engine import Store
from app.record.outbox import Entry
from app.settings import Settings

log = logs.of("webhooks")
ANSWER_WITHIN_S = 10.0
PATIENCE = Patience(hold=timedelta(seconds=60), back_off_s=(1, 2, 5, 10, 30, 60, 300))
AGAIN = frozenset({408, 425, 429})
"""Refusals that mean: later."""
MEDIA = "application/fhir+json"


@dataclass(frozen=True)
class Heard:
    """What became of one post."""

    done: bool
    """Whether it was taken."""
    again: bool
    """Whether it is tried again by itself."""
    says: str
    """Why it is not done; never text of the other side."""


def post(endpoint: str, body: bytes, given: dict[str, str], within: float = ANSWER_WITHIN_S) -> Heard:
    """Post a body and return what became of it. Whatever goes wrong on the wire is a try to be repeated."""
    parts = urlsplit(endpoint)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    host = parts.hostname or ""
    if parts.scheme == "https":
        context = ssl.create_default_context()
        line: http.client.HTTPConnection = http.client.HTTPSConnection(
            host, parts.port, timeout=within, context=context
        )
    else:
        line = http.client.HTTPConnection(host, parts.port, timeout=within)
    try:
        line.request("POST", path, body, {"Content-Type": MEDIA, **given})
        code = line.getresponse().status
    except ssl.SSLError as trouble:
        return Heard(False, True, f"the connection is not trusted ({trouble.reason or 'TLS'})")
    except (OSError, http.client.HTTPException) as trouble:
        return Heard(False, True, f"nobody answered ({type(trouble).__name__})")
    finally:
        line.close()
    if 200 <= code < 300:
        return Heard(True, False, "")
    return Heard(False, code in AGAIN or code >= 500, f"the other side answered {code}")


class Post:
    """One thread that tells one subscription. `step` does one row and may be called without the thread."""

    def __init__(
        self, store: Store, settings: Settings, kept: Blobs, key: bytes, id: str, now: Callable[[], datetime]
    ) -> None:
        """Tell the subscription `id`; bodies as sent go to `kept`, secrets are made from `key`."""
        self._store, self._settings, self._key, self._now = store, settings, key, now
        self._id, self._known = id, Known()
        self._rows = Rows(store, kept, [f"{outbox.HOOK}{id}"], "webhook", PATIENCE, now)
        self._steps = Steps(self.step, f"webhook {id}")

    def start(self) -> None:
        """Begin to tell; returns at once."""
        self._steps.start()

    def close(self) -> None:
        """End after the post in flight."""
        self._steps.close()

    def step(self) -> bool:
        """Take one due row, post it and settle it; False when there was none, or nothing is told now."""
        at = self._now()
        with self._store.reading() as conn:
            mine = self._known.of_site(conn, self._settings.site)
            to = next((one for one in mine if one.id == self._id and one.on), None)
            if to is None or not self._rows.are_due(conn, at):
                return False
        entry = self._rows.take(at)
        if entry is None:
            return False
        self._settle(entry, self._post(to, entry, at))
        return True

    def _post(self, to: Subscription, entry: Entry, at: datetime) -> Heard:
        if wrong := unfit(to, self._settings):
            return Heard(False, False, wrong)
        try:
            body = self._body(to, entry)
        except Gone:
            return Heard(False, False, "what was to be told is not there any more")
        return post(to.endpoint, body, headers(self._key, to, entry.payload["id"], body, at))

    def _body(self, to: Subscription, entry: Entry) -> bytes:
        """Return the body of a row, as it was made for it before."""

        def make(conn: Connection) -> bytes:
            return body_of(conn, self._settings, to, entry)

        return self._rows.bytes_of(entry, make, MEDIA, identifying=to.content == "full")

    def _settle(self, entry: Entry, heard: Heard) -> None:
        log.info("webhook sent", outcome="taken" if heard.done else "not taken", row=entry.id)
        if heard.done:
            self._rows.done(entry)
        else:
            self._rows.failed(entry, heard.says, again=heard.again)


class Posts:
    """Every subscription of this site: one thread each, begun when it is registered, so that a slow one delays no other."""

    def __init__(self, store: Store, settings: Settings, kept: Blobs, key: bytes, now: Callable[[], datetime]) -> None:
        """Nothing is told before `start`."""
        self._store, self._settings, self._blobs, self.key, self._now = store, settings, kept, key, now
        self._known, self._each = Known(), dict[str, Post]()
        self._steps = Steps(self.look, "webhooks")

    def start(self) -> None:
        """Begin to look for subscriptions; returns at once."""
        self._steps.start()

    def close(self) -> None:
        """End every thread after its post in flight. A second call does nothing."""
        self._steps.close()
        for one in self._each.values():
            one.close()
        self._each.clear()

    def look(self) -> bool:
        """Begin a thread for each subscription that has none, and end those of ended ones. False: look later.

        One that is switched off idles in its own.
        """
        with self._store.reading() as conn:
            wanted = [one.id for one in self._known.of_site(conn, self._settings.site)]
        for id in self._each.keys() - set(wanted):
            self._each.pop(id).close()
        for id in wanted:
            if id not in self._each:
                self._each[id] = Post(self._store, self._settings, self._blobs, self.key, id, self._now)
                self._each[id].start()
        return False
