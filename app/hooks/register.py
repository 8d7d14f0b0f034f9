"""Subscriptions: who is told, of what, where, and how much; an address that is not https is refused unless it is permitted."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from ipaddress import ip_address
from typing import Literal
from urllib.parse import urlsplit

from sqlalchemy import Connection, select

from app.catalogue.hazards import Acting
from app.hooks.tables import subscription as kept
from app.record import acts, canonical, codec, outbox
from app.record.prepared import FIRST, Prepared
from app.record.running import append_row
from app.settings import Settings

KINDS = ("Task", "MedicationDispense")
"""What can be told: each change of a preparation's state, and the dispense once the dose left."""
Content = Literal["id", "full"]
MOST_LETTERS = 300


class NotRegisteredError(ValueError):
    """The subscription cannot be kept; the text says why and what to do instead."""


@dataclass(frozen=True)
class Subscription:
    """One receiver."""

    id: str
    """Its number."""
    name: str
    """What people call it."""
    endpoint: str
    """URL that is posted to."""
    kinds: tuple[str, ...]
    """Of KINDS."""
    content: Content
    """id: which resource changed, without any patient; full: the resource itself."""
    sender: str
    """Name of the sender profile whose orders are told; empty: every order of the site."""
    on: bool = True
    """Whether anything is told."""
    secret: int = 1
    """Number of the secret; a rotation counts it up."""
    rotated_at: datetime | None = None
    """Of the last rotation, UTC."""
    ended: bool = False
    """Taken off the register for good."""

    @property
    def row_kind(self) -> str:
        """Kind of its rows in the outbox."""
        return f"{outbox.HOOK}{self.id}"


_NEWEST = Prepared(select(kept.c.seq, kept.c.digest).order_by(kept.c.seq.desc()).limit(FIRST))


class Known:
    """The subscriptions of every site, read again only when the table has grown."""

    def __init__(self) -> None:
        self._newest: tuple[int, bytes] = (0, b"")
        self._all: dict[str, tuple[Subscription, ...]] = {}

    def of_site(self, conn: Connection, site: str) -> tuple[Subscription, ...]:
        """Return the subscriptions of a site, by name."""
        row = _NEWEST.one(conn, {})
        newest = (int(row[0]), bytes(row[1])) if row else (0, b"")
        if newest != self._newest:
            self._newest, self._all = newest, {}
        if newest[0] and site not in self._all:
            self._all[site] = every(conn, site)
        return self._all.get(site, ())


def every(conn: Connection, site: str) -> tuple[Subscription, ...]:
    """Return the subscriptions of a site as they stand, by name; none that was taken off."""
    rows = conn.execute(select(kept.c.id, kept.c.body).where(kept.c.site == site).order_by(kept.c.seq))
    newest = {row.id: row.body for row in rows}
    found = (codec.decode(Subscription, canonical.parse(body)) for body in newest.values())
    return tuple(sorted((one for one in found if not one.ended), key=lambda one: (one.name, one.id)))


def registered_by(conn: Connection, site: str, who: str) -> tuple[Subscription, ...]:
    """Return those of a site that `who` registered, as they stand, whoever changed them since."""
    first: dict[str, str] = {}
    for row in conn.execute(select(kept.c.id, kept.c.who).where(kept.c.site == site).order_by(kept.c.seq)):
        first.setdefault(row.id, row.who)
    return tuple(each for each in every(conn, site) if first[each.id] == who)


def one(conn: Connection, site: str, id: str) -> Subscription | None:
    """Return one of them, or None."""
    return next((each for each in every(conn, site) if each.id == id), None)


def why_not(endpoint: str, permitted: Collection[str]) -> str:
    """Say why nothing may be posted to an address; empty where it may.

    Beyond this machine TLS is needed, unless the settings permit the host by name.
    """
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "That is no address."
    if (
        parts.scheme not in ("https", "http")
        or not host
        or port == 0
        or not endpoint.isascii()
        or not endpoint.isprintable()
    ):
        return "Give an address that begins with https://."
    if parts.username or parts.password or parts.fragment:
        return "The address holds a name, a password or a fragment: leave it out."
    if parts.scheme == "https" or _is_loopback(host) or host in permitted:
        return ""
    return f"{host} is reached without TLS: give an https address, or have the settings permit it (plain_webhooks)."


def unfit(to: Subscription, settings: Settings) -> str:
    """Say why nothing is posted to a receiver as it is registered; empty where it is.

    Whole resources name the patient: beyond this machine they go only to hosts that the settings name, as a page alone must
    not be enough to send patients' data anywhere.
    """
    if wrong := why_not(to.endpoint, settings.plain_webhooks):
        return wrong
    host = urlsplit(to.endpoint).hostname or ""
    if to.content != "full" or _is_loopback(host) or host in settings.patient_webhooks:
        return ""
    return f"Whole resources name the patient: have the settings permit {host} (patient_webhooks), or tell the number only."


def too_near(endpoint: str) -> str:
    """Say why another system may not have this address posted to; empty where it may.

    By TLS alone, and never to this machine: else whoever may send orders reaches ports that listen to this machine only.
    """
    parts = urlsplit(endpoint)
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme != "https":
        return "Give an https address: nothing that a system registers by itself is posted without TLS."
    try:
        address = ip_address(host)
    except ValueError:
        near = host == "localhost" or host.endswith(".localhost") or host.rpartition(".")[2][:1].isdecimal()
    else:
        address = getattr(address, "ipv4_mapped", None) or address
        near = address.is_loopback or address.is_link_local or address.is_unspecified or address.is_multicast
    return f"{host} is this machine, or no host of its own: give the address of another one." if near else ""


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def register(act: Acting, wanted: Subscription) -> Subscription:
    """Keep a new one. Raises NotRegisteredError."""
    _fit(wanted, act.settings)
    if any(each.name == wanted.name for each in every(act.conn, act.settings.site)):
        raise NotRegisteredError(f"There is one named {wanted.name}.")
    return _write(act, wanted, "webhook_registered")


def rotate(act: Acting, id: str) -> Subscription:
    """Give it its next secret; the one before signs for a day longer."""
    before = _there(act, id)
    return _write(act, replace(before, secret=before.secret + 1, rotated_at=act.at), "webhook_rotated")


def switch(act: Acting, id: str, on: bool) -> Subscription:
    """Tell it from now on, or no more; what waits for it waits."""
    before = _there(act, id)
    if before.on == on:
        raise NotRegisteredError("It is so already.")
    if on:
        _fit(before, act.settings)
    return _write(act, replace(before, on=on), "webhook_switched_on" if on else "webhook_switched_off")


def end(act: Acting, id: str) -> Subscription:
    """Take it off the register for good; what still waits for it is given up."""
    before = _there(act, id)
    outbox.give_up(act.conn, before.row_kind, says="the subscription was ended")
    return _write(act, replace(before, on=False, ended=True), "webhook_ended")


def _there(act: Acting, id: str) -> Subscription:
    found = one(act.conn, act.settings.site, id)
    if found is None:
        raise NotRegisteredError("There is none of this number.")
    return found


def _fit(wanted: Subscription, settings: Settings) -> None:
    if not wanted.name or len(wanted.name) > 60:
        raise NotRegisteredError("Give it a name of at most 60 letters.")
    if not wanted.kinds or set(wanted.kinds) - set(KINDS):
        raise NotRegisteredError("Choose what it is told.")
    if len(wanted.endpoint) > MOST_LETTERS:
        raise NotRegisteredError(f"The address has more than {MOST_LETTERS} letters.")
    if wrong := unfit(wanted, settings):
        raise NotRegisteredError(wrong)


def _write(act: Acting, made: Subscription, kind: str) -> Subscription:
    site = act.settings.site
    body = canonical.dump(codec.encode(made)).decode()
    append_row(act.conn, kept, {"site": site, "id": made.id, "body": body, "at": act.at, "who": act.who})
    said = {"subscription": made.id, "name": made.name, "endpoint": made.endpoint, "content": made.content}
    acts.append(act.conn, act.settings, site, kind, {**said, "secret": made.secret}, who=act.who, at=act.at)
    return made
