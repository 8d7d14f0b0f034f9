"""A pharmacist's acts through the API: verify an order, look before it goes on, release, reject, hold, answer, accept."""

from __future__ import annotations

from app.api import commands as told
from app.api.acting import reply_of
from app.api.answers import Reply, Trouble
from app.api.once import done, press
from app.api.operations import operation
from app.api.reading import GONE
from app.desk import claims
from app.desk import orders as book
from app.desk.deciding import decide_within
from app.desk.judging import Meaning, by_passkey, meaning_of
from app.desk.names import name_of, names
from app.dispatch import Ask
from app.people import actors, signing
from app.people.signing import Given, SignRefused
from app.web.house import house
from app.web.visit import signed_in, visit
from workflows import commands as asked
from workflows.evidence import Signature
from workflows.preparation import Preparation

PASSKEY = "At this site it is signed by passkey, in a browser: open the review there."


@operation(
    "POST /orders/{order}/verify", scope="review", tag="Review", answer=told.Outcome, body=told.VerifyOrder,
    session=True, keyed=True,
)  # fmt: skip
def verify_order(order: str, body: told.VerifyOrder) -> Reply | Trouble:
    """Sign that an order was compared with what its sender sent: only then may a technician take it."""
    with house().store.reading() as conn:
        line = book.one(conn, house().settings.site, order, visit().at, masked=False)
    if line is None:
        return GONE
    if not line.preparation:
        return Trouble(409, "WAITS", line.waits or "Nothing is to be made of this order.")
    return _signed_act(line.preparation, body.expected_version, "verify", body.signature)


@operation(
    "POST /preparations/{preparation}/review", scope="review", tag="Review", answer=told.Outcome, body=told.ReviewAct,
    session=True, keyed=True,
)  # fmt: skip
def review_preparation(preparation: str, body: told.ReviewAct) -> Reply | Trouble:
    """Do one act of a pharmacist with a preparation: sign, reject, hold, let go on, answer, or accept a finding.

    A signature asks again who it is, and says what was looked at. Nobody who prepared may approve, whatever token they hold.
    """
    command = body.command
    if isinstance(command, told.Sign):
        return _signed_act(preparation, body.expected_version, command.slot, command.signature)
    p = as_shown(preparation, body.expected_version)
    if isinstance(p, Trouble):
        return p
    made = _made(command, p)
    return made if isinstance(made, Trouble) else decided(preparation, made, body.expected_version)


def _made(command: told.AtReview, p: Preparation) -> asked.Command | Trouble:
    match command:
        case told.Rework() | told.Remake():
            signed = signature("rejected", command.signature, p)
            if isinstance(signed, Trouble):
                return signed
            if isinstance(command, told.Rework):
                return asked.Rework(command.to_step, command.reason, command.note, signed)
            return asked.Remake(command.reason, command.note, signed)
        case told.Hold():
            return asked.Pause("pharmacist hold", command.note)
        case told.LetGoOn():
            return asked.Resume(command.note)
        case told.Answer():
            return asked.Answer(command.note)
        case told.Waive():
            return asked.Waive(command.slot, command.code, command.reason)
        case told.Sign():
            raise AssertionError("a signature in a slot is an act of its own")


def _signed_act(preparation: str, version: int, slot: str, given: told.Signed) -> Reply | Trouble:
    if by_passkey(slot, house().settings.release_signature):
        return Trouble(409, "PASSKEY_NEEDED", PASSKEY)
    p = as_shown(preparation, version)
    if isinstance(p, Trouble):
        return p
    signed = signature(meaning_of(p, slot), given, p)
    return signed if isinstance(signed, Trouble) else decided(preparation, asked.Submit(slot, signed), version)


def as_shown(preparation: str, version: int) -> Preparation | Trouble:
    """Return the preparation where it is as it was shown and nobody else has it open, before anything is signed (Q26)."""
    with house().store.reading() as conn:
        p = house().dispatcher.current(conn, preparation)
        held = claims.holder(conn, preparation, visit().at)
        known = names(conn)
    if p is None:
        return GONE
    if p.version != version:
        return Trouble(
            409, "STALE", "Something changed meanwhile. Read it again. Nothing was signed.", version=p.version
        )
    if held is not None and held.person != signed_in()[0].id:
        says = f"{name_of(known, held.person)} has it open. Nothing was signed."
        return Trouble(409, "HELD_BY_ANOTHER", says, version=p.version)
    return p


def signature(meaning: Meaning, given: told.Signed, p: Preparation) -> Signature | Trouble:
    """Ask again who it is, and return their signature. Never inside a write."""
    if given.over != p.digest:
        says = "The signature is over another state than this one. Read it again. Nothing was signed."
        return Trouble(409, "STALE", says, version=p.version)
    person, session = signed_in()
    signed = signing.sign(
        house().door,
        person.id,
        Given(given.password, given.user),
        session=session,
        station=session.station,
        meaning=meaning,
        over_digest=given.over,
        at=visit().at,
    )
    if isinstance(signed, SignRefused):
        return Trouble(429 if signed.locked_until else 403, "NOT_SIGNED", signed.says)
    return Signature(
        meaning,
        signed.name,
        signed.licence,
        "password" if signed.method == "password" else "badge and PIN",
        len(signed.components),
        given.over,
        tuple(given.photos_seen),
        tuple(given.accepts),
    )


def decided(preparation: str, command: asked.Command, version: int) -> Reply | Trouble:
    """Have the rules decide on what this person asks, and keep the answer."""
    rooms, here, at = house(), visit(), visit().at
    with rooms.store.reading() as conn:
        who = actors.actor(conn, signed_in()[0].id, rooms.settings, at)
    ask = Ask(press().command_id, preparation, command, who, station=here.station, expected_version=version)
    return done(lambda conn: reply_of(decide_within(conn, rooms.dispatcher, ask, at)))
