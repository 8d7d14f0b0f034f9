"""Who may send here, as of a moment: of each name the signed version that counts, else the document that the settings name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from app import logs
from app.interfaces import kept_profiles
from app.interfaces.profile import NoProfileError, Profile, ProfileError, shipped_names
from app.interfaces.profile_checks import load_checked
from app.interfaces.tables import sender_profile
from app.record.prepared import FIRST, Prepared
from app.settings import Settings, WrongSettings

_NEWEST = Prepared(
    select(sender_profile.c.seq, sender_profile.c.digest).order_by(sender_profile.c.seq.desc()).limit(FIRST)
)


log = logs.of("senders")


@dataclass(frozen=True)
class _Known:
    newest: tuple[int, bytes]
    """Number and digest of the table's last row when it was looked at."""
    until: datetime | None
    """When the next version begins, UTC; None where none waits."""
    profiles: tuple[Profile, ...]
    """What counted."""
    told: tuple[Profile, ...]
    """The same, and signed versions that read nothing any more: who is told of orders that they read."""
    unread: tuple[str, ...]
    """Names of the latter."""


class Senders:
    """Some sender profiles, by name. Asking is one short query: what was read last counts until the table has grown."""

    def __init__(
        self, filed: Iterable[Profile] = (), stored: Iterable[str] = (), words: Mapping[str, str] | None = None
    ) -> None:
        """Know the documents `filed`, and profiles that are in the record alone by their names `stored`.

        `words` are the settings' words for them, such as a file's path, with the name of each.
        """
        self._filed = {one.name: one for one in filed}
        self._words = dict(words or {})
        self._names = tuple(dict.fromkeys([*self._filed, *stored]))
        self._known: _Known | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names, in the settings' order."""
        return self._names

    def filed(self, name: str) -> Profile | None:
        """Return the document of the settings under this name, or None."""
        return self._filed.get(name)

    def word_of(self, name: str) -> str:
        """Return the settings' word for a profile, such as a file's path; empty for one that is in the record alone."""
        return next((word for word, one in self._words.items() if one == name), "")

    def at(self, conn: Connection, at: datetime) -> tuple[Profile, ...]:
        """Return the profiles that count at a moment, in the settings' order."""
        return self._at(conn, at).profiles

    def told(self, conn: Connection, at: datetime) -> tuple[Profile, ...]:
        """Return whom to tell of orders: of a signed version that the program reads by no longer, too; it read orders in work."""
        return self._at(conn, at).told

    def unread(self, conn: Connection, at: datetime) -> tuple[str, ...]:
        """Return the senders whose every message is refused, as the program does not stand by their signed version."""
        return self._at(conn, at).unread

    def _at(self, conn: Connection, at: datetime) -> _Known:
        if not self._names:
            return _Known((0, b""), None, (), (), ())
        row = _NEWEST.one(conn, {})
        newest, known = (int(row[0]), bytes(row[1])) if row else (0, b""), self._known
        if known is None or known.newest != newest or (known.until is not None and known.until <= at):
            known = self._known = self._look(conn, at, newest)
        return known

    def named(self, conn: Connection, name: str, at: datetime) -> Profile | None:
        """Return one of them, or None where nothing of this name counts."""
        return next((one for one in self.at(conn, at) if one.name == name), None)

    def called(self, conn: Connection, name: str, at: datetime) -> frozenset[str]:
        """Return what the orders of a sender name it, by each door; nothing where nothing of this name is signed."""
        profile = next((one for one in self.told(conn, at) if one.name == name), None)
        return keys_of(profile) if profile else frozenset()

    def asked(self, conn: Connection, word: str, at: datetime) -> Profile | None:
        """Return the one that the settings name by this word, or None where nothing of it counts."""
        return self.named(conn, self._words.get(word, word), at)

    def _look(self, conn: Connection, at: datetime, newest: tuple[int, bytes]) -> _Known:
        found: list[Profile] = []
        told: list[Profile] = []
        unread: list[str] = []
        coming: list[datetime] = []
        for name in self._names:
            known = kept_profiles.versions(conn, name) if newest[0] else ()
            coming += [one.effective_from for one in known if one.effective_from > at]
            counts = next((one for one in known if one.effective_from <= at), None)
            profile = _parsed(counts) if counts else self._filed.get(name)
            told += [profile] if profile else []
            if counts and counts.faults:
                log.error("sender profile not read", code=counts.name, number=counts.version)
                unread.append(name)
            else:
                found += [profile] if profile else []
        return _Known(newest, min(coming, default=None), tuple(found), tuple(told), tuple(unread))


def _parsed(version: kept_profiles.Version) -> Profile | None:
    """Return a signed version's profile, whatever the tables of today hold against it; None where it is no profile at all."""
    try:
        return version.profile
    except ProfileError:
        return None


def keys_of(profile: Profile) -> frozenset[str]:
    """Return what an order's key calls its sender, by HL7, FHIR and sheet."""
    return frozenset({f"{profile.msh3}|{profile.msh4}", f"fhir:{profile.name}", f"csv:{profile.name}"})


def senders_of(wanted: Iterable[str], conn: Connection) -> Senders:
    """Return the senders that the settings name: shipped profiles, files, or names of stored ones. Raises ProfileError."""
    filed: dict[str, Profile] = {}
    stored = []
    for name in dict.fromkeys(wanted):
        try:
            filed[name] = load_checked(name)
        except NoProfileError:
            if name not in kept_profiles.names(conn):
                raise
            stored.append(name)
    return Senders(filed.values(), stored, {word: one.name for word, one in filed.items()})


def every_sender(settings: Settings, conn: Connection) -> Senders:
    """Return every sender of the site's ports and FHIR clients; where none is set, the profiles that come with the program.

    Raises WrongSettings for one that cannot be read.
    """
    wanted = [name for port in settings.mllp.values() for name in port.profiles]
    wanted += [one.profile for one in settings.fhir_clients.values()]
    try:
        return senders_of(wanted or shipped_names(), conn)
    except ProfileError as trouble:
        raise WrongSettings((f"Settings mllp and fhir_clients: {trouble}.",)) from trouble
