"""The highest signature: a passkey's answer over the record's digest, its user recognised, kept whole (Q28, Q43)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from app.people import accounts, ceremony, challenges, lockouts, passkeys, sessions
from app.people.ceremony import Site
from app.people.challenges import Challenge
from app.people.door import Door, Refused, locked_words
from app.people.passkeys import USED_BEFORE, Answer, Passkey, taken_apart, wrong_with
from app.people.sessions import Session
from app.people.signing import SignedAs, SignRefused, session_trouble
from workflows.evidence import Assertion
from workflows.passkeys import from_text

GONE = "Your session has ended meanwhile. Sign in again."


def ask(
    door: Door,
    person_id: str,
    *,
    session: Session,
    station: str,
    site: Site,
    preparation: str,
    meaning: str,
    over: str,
    at: datetime,
) -> str | SignRefused:
    """Return what the browser is asked, as JSON: one answer, for this meaning over this record, by this person."""
    if trouble := session_trouble(session, person_id, station, at, door.policy):
        return SignRefused(trouble)
    with door.store.reading() as conn:
        mine = passkeys.of(conn, person_id)
    if not mine:
        return SignRefused("You have no passkey yet. Register one on your account page, then sign.")
    made = door.store.write(
        lambda conn: challenges.for_signature(
            conn, person=person_id, session=session.id, preparation=preparation, meaning=meaning, over=over, at=at
        )
    )
    return ceremony.ask_for_answer(site, from_text(made.value), [from_text(one.id) for one in mine])


def sign(
    door: Door,
    person_id: str,
    text: str,
    *,
    session: Session,
    station: str,
    site: Site,
    preparation: str,
    meaning: str,
    over_digest: str,
    at: datetime,
) -> SignedAs | SignRefused:
    """Check a passkey's answer and return the signature for the event. Call it before the command, never inside a write.

    Refused, counted and recorded: an answer on another page than ours, for another record, meaning, person or session, used
    before, older than ten minutes, without its user recognised, with a counter that went back, by a key that is not theirs.
    """
    if trouble := session_trouble(session, person_id, station, at, door.policy):
        return SignRefused(trouble)
    where, answer = station or f"desk/{session.id}", taken_apart(text)
    with door.store.reading() as conn:
        key, known = passkeys.find(conn, answer.credential), challenges.find(conn, answer.challenge)
        locked = lockouts.locked_until(conn, person_id, where, at)
    if locked is not None:
        return SignRefused(locked_words(), locked_until=locked)
    asked = (person_id, session.id, preparation, meaning, over_digest)
    wrong = _not_what_was_asked(known, asked, at) or wrong_with(answer, key, known, site)
    if not wrong and key is not None and key.person != person_id:
        wrong = "another's key"

    def work(conn: Connection) -> SignedAs | SignRefused:
        act = door.act(conn, person_id, at, where)
        if wrong or key is None or known is None:
            refused = passkeys.refused(act, door, person_id, wrong or "not an answer", purpose="signature by passkey")
            return _refused(door, conn, refused, session, at)
        now = sessions.by_id(conn, session.id)
        if now is None or session_trouble(now, person_id, station, at, door.policy):
            return SignRefused(GONE)
        if lockouts.locked_until(conn, person_id, where, at) is not None:
            return SignRefused(locked_words())
        if not passkeys.spend(conn, key, known, answer, at):
            return SignRefused(USED_BEFORE)
        lockouts.forget(conn, person_id, where)
        sessions.note_signature(conn, session.id, at=at, both=True)
        return _signature(conn, person_id, key, known, answer, site, at, session.id)

    return door.store.write(work)


def _not_what_was_asked(known: Challenge | None, asked: tuple[str, ...], at: datetime) -> str:
    if known is None or known.purpose != "sign":
        return "unknown challenge"
    if (known.person, known.session, known.preparation, known.meaning, known.over) != asked:
        return "other request"
    if known.used is not None:
        return "used before"
    return "too late" if known.until <= at else ""


def _refused(door: Door, conn: Connection, refused: Refused, session: Session, at: datetime) -> SignRefused:
    if refused.locked_until is not None:
        act = door.act(conn, session.person, at, session.station)
        sessions.lock(act, session, why="too many wrong signatures")
    return SignRefused(refused.says, locked_until=refused.locked_until)


def _signature(
    conn: Connection, person_id: str, key: Passkey, known: Challenge, answer: Answer, site: Site, at: datetime,
    session: str,
) -> SignedAs:  # fmt: skip
    signer = accounts.by_id(conn, person_id)
    whole = Assertion(
        credential=key.id,
        public_key=key.public_key,
        name=site.name,
        authenticator_data=answer.authenticator_data,
        client_data=answer.client_data,
        signature=answer.signature,
        nonce=known.nonce,
    )
    return SignedAs(
        person=signer.id, name=signer.name, licence=signer.licence, meaning=known.meaning, over_digest=known.over,
        method="passkey", components=("passkey", "user verification"), at=at, session=session, assertion=whole,
    )  # fmt: skip
