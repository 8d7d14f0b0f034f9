"""Forgetting a patient: text, labels, photos and messages of an order are erased once their time has come (Q12).

The events stay, and with them every digest, so the record still verifies. Two people, a reason, an event that says so.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Connection, delete, select, update

from app import clock
from app.interfaces.sheet_file import MOST_UNPACKED
from app.interfaces.tables import message, order_named, ordered, patient_now
from app.people.signing import SignedAs
from app.record import acts, blobs, codec, ordertext
from app.record.blobs import Blobs, Damaged
from app.record.columns import moment, moment_text
from app.record.engine import Store
from app.record.tables import blob, event, preparation, printed_label, purge
from app.record.troubles import Busy
from app.settings import Settings
from workflows.order import PatientText

KIND = "patient_text_purged"
"""Name of the event on the site's stream."""
OVER = ("closed", "aborted", "remade", "downtime")
"""States in which nothing more is made of a preparation."""
LEAST_REASON = 10
"""Letters of a reason."""
NAMED = re.compile(r"[0-9a-f]{64}")
Name = Callable[[PatientText], Mapping[str, str]]
"""What exports call a patient from now on, by purpose."""


@dataclass(frozen=True)
class WillNot:
    """Why nothing was purged."""

    says: str
    """In words, with the earliest date where it is too early."""


@dataclass(frozen=True)
class By:
    """Two people who answer for a purge, and why."""

    first: SignedAs
    """Who asked."""
    second: SignedAs
    """Who agreed; somebody else."""
    reason: str
    """At least ten letters."""
    at: datetime
    """UTC."""


@dataclass
class Order:
    """Everything that carries the patient's text of one order."""

    key: str
    """As the order book has it."""
    last: datetime
    """When anything last happened to it, UTC."""
    mrn: str = ""
    """Record number of its patient."""
    texts: set[str] = field(default_factory=set)
    """Ids of its patient's texts, every version."""
    messages: set[str] = field(default_factory=set)
    """Contents of the messages that brought it."""
    preparations: dict[str, str] = field(default_factory=dict)
    """State of each preparation made of it, by id."""

    @property
    def number(self) -> str:
        """The sender's order number."""
        return self.key.split("\x1f")[1]

    def may_go(self, keep: timedelta, at: datetime) -> str:
        """Return why its text may not be purged yet, or an empty text."""
        working = [id for id, state in self.preparations.items() if state not in OVER]
        if working:
            return f"Order {self.number} is still being made ({', '.join(working)}). Nothing was purged."
        until = self.last + keep
        if until > at:
            return f"Order {self.number} is kept until {until:%Y-%m-%d} (retention_days). Nothing was purged."
        return ""


@dataclass(frozen=True)
class Purged:
    """What was done."""

    orders: int
    """Orders whose patient is forgotten."""
    texts: int
    """Texts erased."""
    contents: int
    """Labels, photos and messages erased."""
    shared: int = 0
    """Messages that stay until another patient's order goes, which they also brought: a sheet of several patients."""
    left: str = ""
    """Why erased bytes may still lie in unused pages of the database, in words; empty where they do not."""


def orders(conn: Connection, site: str) -> dict[str, Order]:
    """Return every order of a site whose patient's text is there, read from the site's own stream."""
    gone = frozenset(conn.execute(select(purge.c.ref).where(purge.c.what == "order_text")).scalars())
    book = (ordered.c.key, ordered.c.received_at, ordered.c.mrn, ordered.c.patient, ordered.c.message)
    rows = conn.execute(select(*book).where(ordered.c.site == site))
    found = {
        row.key: Order(row.key, row.received_at, row.mrn, {row.patient}, {row.message} - {""})
        for row in rows
        if row.patient not in gone
    }
    naming = select(order_named.c.key, message.c.blob).join_from(order_named, message)
    for key, content in conn.execute(naming):
        if key in found:
            found[key].messages.add(content)
    brought = _messages(conn)
    mine = (event.c.preparation == f"site/{site}") & event.c.kind.startswith("order_")
    for row in conn.execute(select(event.c.body, event.c.at).where(mine).execution_options(yield_per=500)):
        data = orjson.loads(row.body)["data"]
        if "order" not in data:
            continue
        key = data["order"]["key"]
        one = found.get("\x1f".join((key["sender"], key["placer"], key["placer_ns"], key["group"])))
        if one is not None:
            one.texts.add(data["patient"])
            one.last = max(one.last, moment(row.at))
            one.messages.update(brought.get((key["sender"], data["order"]["message_id"]), ()))
    _made_of(conn, found.values())
    return found


def _messages(conn: Connection) -> dict[tuple[str, str], list[str]]:
    """Return the messages by sender and control id: how one of before it was written down is found with its order."""
    found: dict[tuple[str, str], list[str]] = {}
    for row in conn.execute(select(message.c.sender, message.c.control_id, message.c.blob)):
        found.setdefault((row.sender, row.control_id), []).append(row.blob)
    return found


def _made_of(conn: Connection, found: Iterable[Order]) -> None:
    """Add the preparations, and the time of their last event."""
    by_text = {text: one for one in found for text in one.texts}
    for row in conn.execute(select(preparation.c.id, preparation.c.status, preparation.c.patient)):
        one = by_text.get(row.patient or "")
        if one is not None:
            one.preparations[row.id] = row.status
            last = select(event.c.at).where(event.c.preparation == row.id).order_by(event.c.version.desc()).limit(1)
            one.last = max(one.last, moment(conn.execute(last).scalar_one()))


def chosen(
    all_orders: Mapping[str, Order], settings: Settings, at: datetime, before: datetime
) -> list[Order] | WillNot:
    """Return the orders of which nothing happened since `before`; refuse a date that retention does not allow."""
    keep = timedelta(days=settings.retention_days)
    if before > at - keep:
        says = f"Nothing may be purged that is younger than {settings.retention_days} days (retention_days): "
        return WillNot(f"{says}name {at - keep:%Y-%m-%d} or an earlier day. Nothing was purged.")
    return [one for one in all_orders.values() if one.last < before and not one.may_go(keep, at)]


def one_order(all_orders: Mapping[str, Order], settings: Settings, at: datetime, number: str) -> list[Order] | WillNot:
    """Return the order of this number, or why it may not be purged."""
    found = [one for one in all_orders.values() if one.number == number]
    if not found:
        return WillNot(f"There is no order {number} here whose patient's text is still kept.")
    stops = [stop for one in found if (stop := one.may_go(timedelta(days=settings.retention_days), at))]
    return WillNot(stops[0]) if stops else found


def erase(
    store: Store, kept: Blobs, settings: Settings, going: list[Order], stay: list[Order], by: By, name: Name
) -> Purged | WillNot:
    """Erase what these orders carry of their patients; `stay` are the orders that keep theirs.

    The rows go in one transaction with the event that says so; the files follow, and a cut in between is made good by
    the next purge. Backups made before still hold the text, until they are destroyed by the site's own rule.
    """
    if by.first.person == by.second.person:
        return WillNot("The second person must be somebody else. Nothing was purged.")
    if len(by.reason.strip()) < LEAST_REASON:
        return WillNot(f"Give a reason of at least {LEAST_REASON} letters. Nothing was purged.")
    needed = {one for order in stay for one in order.messages}
    if stop := _take_along(store, kept, going, stay):
        return stop
    shared = len({one for order in going for one in order.messages} & needed)

    def work(conn: Connection) -> tuple[Purged, tuple[str, ...]]:
        command = clock.new_command_id()
        texts = contents = 0
        for order in going:
            wiped = _erase_rows(conn, settings, order, needed, by, name, command)
            texts, contents = texts + wiped[0], contents + wiped[1]
        _forget_patients(conn)
        return Purged(len(going), texts, contents, shared), blobs.erase_purged(conn)

    done, gone = store.write(work)
    with store.reading() as conn:
        papers = tuple(_papers(conn, settings, going))
    for content in gone:
        kept.erase(content)
    for paper in papers:
        paper.unlink(missing_ok=True)
    try:
        store.forget_log()
    except Busy as held:
        return replace(done, left=str(held))
    return done


def _take_along(store: Store, kept: Blobs, going: list[Order], stay: list[Order]) -> WillNot | None:
    """Add what no order points at (refused messages, half ones, news of the patient) of patients of whom no order stays.

    What cannot be read may name anybody: then nothing is purged, or a name would stay that is told as gone.
    """
    left = {one.mrn for one in stay}
    last = {one.mrn.encode(): one for one in going if one.mrn and one.mrn not in left}
    written = (blob.c.identifying == 1) & ~blob.c.media_type.startswith("image/")
    with store.reading() as conn:
        gone = frozenset(conn.execute(select(purge.c.ref).where(purge.c.what == "blob")).scalars())
        names = conn.execute(select(blob.c.sha256).where(written, blob.c.media_type != "application/pdf")).scalars()
        for content in [one for one in names if last and one not in gone]:
            raw = kept.get(content, conn)
            if isinstance(raw, Damaged):
                mend = "It may name the patient: bring it back from the backup first. Nothing was purged."
                return WillNot(f"A message is damaged: {raw.says}. {mend}")
            said = _unpacked(raw or b"")
            for mrn, order in last.items():
                if mrn in said:
                    order.messages.add(content)
    return None


def _unpacked(raw: bytes) -> bytes:
    """Return the bytes of a message as they can be searched: of a workbook the text of its parts."""
    if raw[:4] != b"PK\x03\x04":
        return raw
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            parts = packed.infolist()
            if sum(one.file_size for one in parts) > MOST_UNPACKED:
                return raw
            return b"\n".join(packed.read(one) for one in parts)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, OSError, ValueError):
        return raw  # half a workbook, or a locked one: nobody can read a name in it here


def _erase_rows(
    conn: Connection, settings: Settings, order: Order, needed: set[str], by: By, name: Name, command: str
) -> tuple[int, int]:
    texts, named = [], {}
    for text in sorted(order.texts):
        kept = ordertext.get(conn, text)
        if isinstance(kept, ordertext.OrderText):
            named = dict(name(codec.decode(PatientText, kept.fields)))
        who = by.first.person
        if ordertext.forget(conn, id=text, who=who, at=by.at, command_id=command, pseudonyms=named):
            texts.append(text)
    going = [one for one in _contents(conn, order) if one not in needed]
    for one in going:
        blobs.enter_purge(conn, one, who=by.first.person, at=by.at, command_id=command)
    conn.execute(update(ordered).where(ordered.c.key == order.key).values(mrn=""))
    data = {
        "order": order.key.split("\x1f"), "preparations": sorted(order.preparations), "texts": texts, "contents": going,
        "reason": by.reason.strip(), "last_event": moment_text(order.last), "retention_days": settings.retention_days,
        "pseudonyms": named, "signatures": [_signature(one) for one in (by.first, by.second)],
    }  # fmt: skip
    site = settings.site
    acts.append(conn, settings, site, KIND, data, who=by.first.person, second_person=by.second.person, at=by.at)
    return len(texts), len(going)


def _signature(one: SignedAs) -> dict[str, Any]:
    return {
        "name": one.name, "licence": one.licence, "meaning": one.meaning, "method": one.method,
        "components": list(one.components), "over": one.over_digest, "at": moment_text(one.at),
    }  # fmt: skip


def _contents(conn: Connection, order: Order) -> Iterator[str]:
    """Yield each content that shows a name: messages, labels, photos marked so; none that is purged already."""
    gone = frozenset(conn.execute(select(purge.c.ref).where(purge.c.what == "blob")).scalars())
    named = set(order.messages)
    for id in order.preparations:
        for body in conn.execute(select(event.c.body).where(event.c.preparation == id)).scalars():
            named.update(NAMED.findall(body))
    shows = select(blob.c.sha256).where(blob.c.identifying == 1).order_by(blob.c.seq)
    yield from (one for one in conn.execute(shows).scalars() if one in named - gone)


def _forget_patients(conn: Connection) -> None:
    """Drop the patients as last told of whom no order is left."""
    left = frozenset(conn.execute(select(ordered.c.mrn).distinct()).scalars())
    for row in conn.execute(select(patient_now.c.mrn, patient_now.c.authority)).all():
        if row.mrn not in left:
            theirs = (patient_now.c.mrn == row.mrn) & (patient_now.c.authority == row.authority)
            conn.execute(delete(patient_now).where(theirs))


def _papers(conn: Connection, settings: Settings, going: Iterable[Order]) -> Iterator[Any]:
    """Yield the label files that still lie in a printer's folder."""
    folders = {settings.data_dir / one.printer.folder for one in settings.stations.values()}
    folders.add(settings.data_dir / "labels")
    ids = {id for order in going for id in order.preparations}
    for row in conn.execute(select(printed_label.c.label, printed_label.c.copy, printed_label.c.preparation)):
        if row.preparation in ids:
            yield from (folder / f"{row.label}-{row.copy}.pdf" for folder in folders)
