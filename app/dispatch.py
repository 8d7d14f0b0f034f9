"""One command, one transaction: receipt, version, decide, append, project, commit. Slow things follow through the outbox."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection

from app import clock, opened_there, preparations
from app.catalogue import clearances, identify
from app.following import Done, follow
from app.record import clockmark, codec, log, receipts, refusals, views
from app.record.engine import Store
from app.record.log import StoredEvent
from app.settings import Settings
from app.stations import labels_left, register
from workflows import commands as asked
from workflows import events as happened
from workflows.circumstances import Actor, Circumstances
from workflows.decide import decide, open_preparation
from workflows.evidence import CabinetCode, Confirmation, Container, CoSignature, Photo, Scan, Signature
from workflows.findings import Finding, Refused
from workflows.library import making
from workflows.preparation import Preparation


@dataclass(frozen=True)
class Ask:
    """A command with its envelope."""

    command_id: str
    """Minted with the screen; the same id is answered the same for ever."""
    preparation: str
    """The preparation's id."""
    command: asked.Command
    """What is asked."""
    who: Actor
    """The person signed in, or a system actor."""
    station: str = ""
    """Station code; empty at a desk."""
    second: Actor | None = None
    """Who signed this one command beside them."""
    expected_version: int | None = None
    """The version that the screen showed; None for the system's own acts."""
    cosigned: CoSignature | None = None
    """The second person's signature, whole; there is none without the other."""

    def __post_init__(self) -> None:
        if (self.second is None) != (self.cosigned is None):
            raise ValueError("a second person comes with their signature, and a second signature with its person")


@dataclass(frozen=True)
class Outcome:
    """What became of a command."""

    kind: Literal["accepted", "rejected", "refused", "conflict", "unknown"]
    """Accepted or rejected were recorded as events; refused and conflict changed nothing."""
    status: int
    """HTTP status: 200, 404, 409, 422."""
    version: int
    """The preparation's version now."""
    code: str = ""
    """Code of the refusal or of the first finding."""
    says: str = ""
    """The words for the person."""
    findings: tuple[Finding, ...] = ()
    """Of a rejection."""
    replayed: bool = False
    """True if this command had been answered before."""


Written = tuple[Outcome, Preparation | None]
"""What a write gives back: the answer, and the preparation as it stands after an accepted command."""


class Dispatcher:
    """The only way to act on a preparation."""

    def __init__(self, store: Store, settings: Settings, now: Callable[[], datetime] = clock.now) -> None:
        """Act on `store` as the site of `settings`."""
        self.store = store
        self.settings = settings
        self._now = now
        self._known: dict[str, Preparation] = {}
        self._remembering = threading.Lock()
        self.order_blocked: Callable[[Connection, str, Preparation, datetime], str] = lambda *_: ""
        """Asked before a decision: what a pharmacist still has to clear on it. The order book answers."""
        self.after_end: Callable[[Connection, Dispatcher, str, datetime], None] = lambda *_: None
        """Told when a run ended without a product, so that its order can be made anew (R27, R28)."""
        self.tell: Callable[..., None] = lambda *_: None
        """Told of every event in its transaction: what another system is to hear of it goes into the outbox."""
        self.counted: Callable[[Ask, Callable[[], Written]], Written] = lambda _ask, write: write()
        """Round each write: whoever counts and times commands."""

    def at_site(self, settings: Settings) -> Dispatcher:
        """Return one that acts as another site of this record, by that site's settings; it asks and tells whom this one does."""
        if settings.site == self.settings.site:
            return self
        other = Dispatcher(self.store, settings, self._now)
        other.order_blocked, other.after_end, other.counted = self.order_blocked, self.after_end, self.counted
        other.tell = self.tell
        return other

    def do(self, ask: Ask) -> Outcome:
        """Judge and record one command; returns only when it is on disk. Raises what the store raises, nothing half done."""
        at = self._now()
        outcome, after = self.counted(ask, lambda: self.store.write(lambda conn: self._within(conn, ask, at)))
        if after is not None:
            self._remember(ask.preparation, after)
        return outcome

    def within(self, conn: Connection, ask: Ask, at: datetime) -> Outcome:
        """Do the same inside a transaction that the caller owns."""
        return self.counted(ask, lambda: self._within(conn, ask, at))[0]

    def foreseen(self, ask: Ask) -> tuple[Finding, ...]:
        """Return what would be found wrong with a command now; nothing is recorded, and nothing is promised."""
        at = self._now()
        with self.store.reading() as conn:
            p = self.current(conn, ask.preparation)
            if p is None:
                return ()
            command = identify.at_this_moment(conn, self.settings.site, ask.command, ask.preparation)
            said = decide(preparations.workflow_of(p), p, command, self._circumstances(conn, ask, p, at))
        events = said if isinstance(said, tuple) else ()
        return next((event.findings for event in events if isinstance(event, happened.Rejected)), ())

    def current(self, conn: Connection, preparation: str) -> Preparation | None:
        """Return this site's preparation as it stands in this transaction; what was known is reused if it is still the last.

        Another site's is as good as none: no screen and no command of this site reaches it (Q46).
        """
        end = log.end_of(conn, preparation)
        if end is None or end[2] != self.settings.site:
            return None
        known = self._known.get(preparation)
        if known is not None and (known.version, known.digest) == (end[0], end[1].hex()):
            return known
        loaded = preparations.load(conn, preparation)
        if loaded is not None:
            self._remember(preparation, loaded)
        return loaded

    def _remember(self, preparation: str, p: Preparation) -> None:
        """Keep the state in memory, and forget the one kept longest when there are too many; called from any thread."""
        with self._remembering:
            if preparation not in self._known and len(self._known) >= KEPT_IN_MEMORY:
                del self._known[next(iter(self._known))]
            self._known[preparation] = p

    def _within(self, conn: Connection, ask: Ask, at: datetime) -> Written:
        request = _request(ask)
        digest = receipts.request_digest(request)
        heard = self._heard(conn, ask, digest)
        if isinstance(heard, receipts.OtherContent):
            return self._refuse(conn, ask, at, Refused("COMMAND_ID_USED", heard.says), 0), None
        if heard is not None:
            return _again(heard), None
        judged = clockmark.watch(conn, self.settings, max(at, self._now()))  # waiting for a turn is no clock gone back
        p = self.current(conn, ask.preparation)
        decided = self._decide(conn, ask, p, at, judged)
        if isinstance(decided, Outcome):
            self._keep_refused(conn, ask, decided, digest, at)
            return decided, None
        stored = self._append(conn, ask, p, decided, at)
        after = preparations.after(p, [preparations.from_stored(one) for one in stored])
        if after is None:
            raise RuntimeError("an accepted command left no preparation")
        preparations.project(conn, stored[-1], after, p)
        self._follow_up(conn, ask, decided, p, after, at)
        outcome = _outcome(decided, after.version)
        receipts.keep(
            conn,
            command_id=ask.command_id,
            person=ask.who.id,
            digest=digest,
            status=outcome.status,
            answer=_answer(outcome),
            at=at,
        )
        return outcome, after

    def _heard(self, conn: Connection, ask: Ask, digest: str) -> receipts.Receipt | receipts.OtherContent | None:
        """Return what this command was answered before; what a person was refused counts too, machines try again."""
        if "system" in ask.who.roles:
            return receipts.heard(conn, command_id=ask.command_id, person=ask.who.id, digest=digest)
        refused = _refused_id(ask, digest)
        return receipts.heard_or_refused(
            conn, command_id=ask.command_id, refused=refused, person=ask.who.id, digest=digest
        )

    def _keep_refused(self, conn: Connection, ask: Ask, outcome: Outcome, digest: str, at: datetime) -> None:
        """Keep what a person was refused, so that the same press hears it again and counts once; machines try again."""
        if "system" in ask.who.roles:
            return
        receipts.keep(
            conn,
            command_id=_refused_id(ask, digest),
            person=ask.who.id,
            digest=digest,
            status=outcome.status,
            answer=_answer(outcome),
            at=at,
        )

    def _decide(
        self, conn: Connection, ask: Ask, p: Preparation | None, at: datetime, judged: datetime
    ) -> tuple[happened.Event, ...] | Outcome:
        if p is None:
            if not isinstance(ask.command, asked.Open):
                return self._refuse(
                    conn, ask, at, Refused("NO_SUCH_PREPARATION", "There is no such preparation."), 0, 404
                )
            made_by = making(ask.command.order.container, by_volume=ask.command.by_volume is not None)
            decision = made_by if isinstance(made_by, Refused) else open_preparation(made_by, ask.command)
        else:
            if _stale(conn, ask, p):
                says = "Something changed since this screen was drawn. Look at it again."
                return self._refuse(conn, ask, at, Refused("STALE", says), p.version, 409)
            now = self._circumstances(conn, ask, p, judged)
            decision = decide(
                preparations.workflow_of(p),
                p,
                identify.at_this_moment(conn, self.settings.site, ask.command, ask.preparation),
                now,
            )
        if isinstance(decision, Refused):
            return self._refuse(conn, ask, at, decision, p.version if p else 0)
        return decision

    def _circumstances(self, conn: Connection, ask: Ask, p: Preparation, judged: datetime) -> Circumstances:
        """Judge by the latest time the site has seen, so that a clock set back opens no gate (Q66)."""
        keeps = ask.command.scan if isinstance(ask.command, asked.Keep) else None
        evidence = ask.command.evidence if isinstance(ask.command, asked.Submit) else keeps
        code, thing = "", ""
        if isinstance(evidence, Scan) and isinstance(evidence.found, CabinetCode):
            code = evidence.found.code
        if keeps is None and isinstance(evidence, Scan) and isinstance(evidence.found, Container):
            thing = evidence.found.unit
        if isinstance(evidence, Photo):
            thing = preparations.photo_key(evidence.sha256)
        busy = ""
        if ask.station and isinstance(ask.command, MOVES):
            busy = preparations.occupant(
                conn, site=self.settings.site, station=ask.station, cabinet_code=code, but=ask.preparation
            )
        user = views.user_of(conn, thing) if thing else None
        opened = opened_there.look(conn, self.settings.site, ask.preparation, p, ask.command, judged)
        closing = Confirmation | Scan if p.counts else Confirmation  # what is counted closes as it leaves
        return Circumstances(
            at=max(judged, p.latest_at or judged),
            preparation=ask.preparation,
            used_by=user if user and user != ask.preparation else "",
            no_stock=opened.no_stock,
            history=opened.history,
            standing=opened.standing,
            recalled=identify.recalls(conn, p.containers()) if isinstance(evidence, Signature | Scan) else "",
            order_blocked=self.order_blocked(conn, ask.preparation, p, judged),
            labels_open=labels_left.says(conn, ask.preparation, p) if isinstance(evidence, closing) else "",
            clearances=clearances.standing(conn, self.settings.site, p.order.key) if p.policy.requires else (),
            who=ask.who,
            station=ask.station,
            second=ask.second,
            cosigned=ask.cosigned,
            balance=register.balance_status(conn, ask.station),
            occupied_by=busy or None,
            head=p.digest,
            release_signature=self.settings.release_signature,
        )

    def _append(
        self, conn: Connection, ask: Ask, p: Preparation | None, events: tuple[happened.Event, ...], at: datetime
    ) -> tuple[StoredEvent, ...]:
        return log.append(
            conn,
            stream=ask.preparation,
            expected_version=p.version if p else 0,
            events=[preparations.to_new(ask.preparation, event) for event in events],
            who=ask.who.id,
            second_person=ask.second.id if ask.second else None,
            at=at,
            station=ask.station or None,
            command_id=ask.command_id,
            site=self.settings.site,
            software=self.settings.software,
        )

    def _follow_up(
        self,
        conn: Connection,
        ask: Ask,
        events: tuple[happened.Event, ...],
        before: Preparation | None,
        p: Preparation,
        at: datetime,
    ) -> None:
        """Do what follows in this transaction, and tell whoever waits for it."""
        done = Done(conn, self.settings, ask.preparation, ask.command_id, ask.who.id, ask.station, at)
        follow(done, events, before, p)
        self.tell(conn, ask.preparation, events, before, p, at, ask.command_id, ask.who.id)
        if p.outcome in ("aborted", "remade") and any(isinstance(event, happened.Closed) for event in events):
            self.after_end(conn, self, ask.preparation, at)

    def _refuse(
        self, conn: Connection, ask: Ask, at: datetime, refused: Refused, version: int, status: int = 422
    ) -> Outcome:
        refusals.keep(
            conn,
            site=self.settings.site,
            at=at,
            who=ask.who.id,
            station=ask.station or None,
            stream=ask.preparation,
            command_id=ask.command_id,
            command=codec.kind_of(type(ask.command)),
            code=refused.code,
            says=refused.says,
            details=_details(ask),
        )
        kind: Literal["refused", "conflict", "unknown"] = "refused"
        if status == 409:
            kind = "conflict"
        elif status == 404:
            kind = "unknown"
        return Outcome(kind, status, version, refused.code, refused.says)


MOVES = (asked.Claim, asked.Submit, asked.Keep, asked.HandOver, asked.TakeOver)
"""Commands that need the cabinet to be free of another preparation (R20)."""
KEPT_IN_MEMORY = 256
"""Preparations whose last state is remembered; each is checked against its head before it is used."""


def _stale(conn: Connection, ask: Ask, p: Preparation) -> bool:
    """Return whether the person decided on another state than this one.

    A step's scan, weight or photo does not depend on a label that came out of the printer meanwhile: only that, and
    nobody is told to do it again. What is signed is signed over the very state that was shown.
    """
    if ask.expected_version is None:
        return "system" not in ask.who.roles
    if ask.expected_version >= p.version:
        return ask.expected_version != p.version
    if not isinstance(ask.command, asked.Submit) or isinstance(ask.command.evidence, Signature):
        return True
    unseen = preparations.history(conn, ask.preparation)[ask.expected_version :]
    return not all(isinstance(one.event, happened.LabelRecorded) for one in unseen)


def _refused_id(ask: Ask, digest: str) -> str:
    return receipts.refused_id(ask.command_id, person=ask.who.id, digest=digest, version=ask.expected_version)


def _request(ask: Ask) -> dict[str, Any]:
    second = ask.second.id if ask.second else ""
    return {
        "preparation": ask.preparation,
        "command": codec.encode(ask.command, asked.Command),
        "second": second,
        "station": ask.station,
    }


def _details(ask: Ask) -> dict[str, Any]:
    """Return what was handed in; the whole order of an opening is in its message already."""
    if isinstance(ask.command, asked.Open):
        return {"order": ask.command.order.key.placer, "recipe": ask.command.recipe.name}
    return _request(ask)


def _outcome(events: tuple[happened.Event, ...], version: int) -> Outcome:
    rejected = next((event for event in events if isinstance(event, happened.Rejected)), None)
    if rejected is None:
        return Outcome("accepted", 200, version)
    first = rejected.findings[0]
    return Outcome("rejected", 200, version, first.code, f"{first.says} {first.do}", rejected.findings)


def _answer(outcome: Outcome) -> dict[str, Any]:
    findings = [codec.encode(finding) for finding in outcome.findings]
    return {
        "kind": outcome.kind,
        "version": outcome.version,
        "code": outcome.code,
        "says": outcome.says,
        "findings": findings,
    }


def _again(heard: receipts.Receipt) -> Outcome:
    answer = heard.answer
    findings, said = tuple(codec.decode(Finding, one) for one in answer["findings"]), (answer["code"], answer["says"])
    return Outcome(answer["kind"], heard.status, answer["version"], *said, findings, replayed=True)
