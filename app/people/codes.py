"""One-time codes (TOTP, RFC 6238) beside the password at a desk, and the recovery codes for a lost generator.

The generator's secret is shown to its owner once, when it is drawn, and kept encrypted under a key outside the database.
Nobody else ever sees or sets it: an administrator can only have it drawn anew.
"""

from __future__ import annotations

import base64
import os
import re
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pyotp
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import ColumnElement, Connection, Row, delete, func, select, update

from app.clock import new_id
from app.people import accounts, lockouts, sessions
from app.people.accounts import NotDoneError, Person
from app.people.door import Door, Refused, Spend, check, locked_words, settle
from app.people.history import Act
from app.people.secrets import CodeKey
from app.people.tables import one_time_code, put, recovery_code

STEP = timedelta(seconds=30)
"""A code is good for this long."""
DRIFT = 1
"""Steps by which the generator's clock may be early or late."""
WAITS = timedelta(minutes=10)
"""How long a drawn secret waits for its first code."""
RECOVERY_CODES = 10
_RECOVERY = re.compile(r"R(\d{1,2})-([0-9A-Z]{5})-([0-9A-Z]{5})")


@dataclass(frozen=True)
class Drawn:
    """A fresh secret, to be shown once."""

    secret: str = field(repr=False)
    """Base 32, for typing in."""
    address: str = field(repr=False)
    """otpauth address, for a QR code."""


@dataclass(frozen=True)
class Standing:
    """What of a person's one-time codes is no secret."""

    since: datetime | None
    """When the generator in use was confirmed; None: none is."""
    recovery_left: int
    """Recovery codes not used yet."""


def standing(conn: Connection, person_id: str) -> Standing:
    since = conn.execute(select(one_time_code.c.since).where(_row(person_id, "in use"))).scalar_one_or_none()
    unused = (recovery_code.c.person == person_id) & recovery_code.c.used.is_(None)
    left = conn.execute(select(func.count()).select_from(recovery_code).where(unused)).scalar_one()
    return Standing(since, left if since else 0)


def begin(door: Door, person: Person, password: str, code: str, *, station: str, at: datetime) -> Drawn | Refused:
    """Draw a secret for whoever gives their password, and a code of the generator in use where there is one.

    An open screen alone must not be enough to move the second factor to another telephone.
    """
    checked = check(
        door,
        lambda conn: accounts.by_id(conn, person.id),
        "password",
        password,
        station=station,
        purpose="change",
        at=at,
    )
    with door.store.reading() as conn:
        in_use = standing(conn, person.id).since is not None
    if checked.right and in_use:
        spend = match(door, person.id, code, at=at)
        checked = replace(checked, right=spend is not None, spend=(spend,) if spend else ())
    wrong = WRONG_PRESENT if in_use else "The password is wrong. Nothing was changed. Try again."
    settled = door.store.write(lambda conn: settle(conn, door, checked, at, wrong=wrong))
    return settled if isinstance(settled, Refused) else draw(door, person.id, person.user, at=at)


WRONG_PRESENT = "Password and present one-time code do not belong together. Nothing was changed. Try again."


def draw(door: Door, person_id: str, user: str, *, at: datetime) -> Drawn:
    """Draw a secret that waits for its first code; whatever is in use stays in use until then."""
    key, fresh = _key(door), pyotp.random_base32()
    values = {"box": _seal(key, person_id, fresh), "key": key.id, "since": at, "last_step": 0}

    def work(conn: Connection) -> None:
        put(conn, one_time_code, {"person": person_id, "state": "waiting"}, values)

    door.store.write(work)
    issuer = f"vialtrace {door.settings.site}"
    return Drawn(fresh, pyotp.TOTP(fresh).provisioning_uri(name=user, issuer_name=issuer))


def confirm(
    door: Door, person_id: str, code: str, *, session: str, station: str, at: datetime
) -> tuple[str, ...] | Refused:
    """Take the waiting secret into use by its first code; return fresh recovery codes, to be shown once.

    Every other session ends (Q37). A wrong code counts like a wrong password (Q39).
    """
    with door.store.reading() as conn:
        row = conn.execute(select(one_time_code).where(_row(person_id, "waiting"))).first()
        locked = lockouts.locked_until(conn, person_id, station, at)
    if locked is not None:
        return Refused(locked_words(), locked)
    if row is None or row.since + WAITS <= at:
        return Refused("The QR code has grown too old. Begin again: a new one is drawn.")
    step = _step(_open(_key(door), row.key, person_id, row.box), code, at)
    if step is None:
        locked = door.write(
            lambda act: lockouts.count_wrong(act, person_id, purpose="one-time code", policy=door.policy),
            by=person_id, at=at, station=station,
        )  # fmt: skip
        return Refused(locked_words() if locked else WRONG_FIRST, locked)
    return _take_into_use(door, row, step, session=session, station=station, at=at)


def _take_into_use(
    door: Door, row: Row[Any], step: int, *, session: str, station: str, at: datetime
) -> tuple[str, ...] | Refused:
    who = row.person
    fresh = tuple(f"R{number}-{new_id(5)}-{new_id(5)}" for number in range(1, RECOVERY_CODES + 1))
    hashed = [door.secrets.hash("recovery code", one) for one in fresh]
    pepper = door.secrets.pepper.id

    def work(act: Act) -> tuple[str, ...] | Refused:
        waiting = _row(who, "waiting") & (one_time_code.c.box == row.box)
        if act.conn.execute(delete(one_time_code).where(waiting)).rowcount == 0:
            return Refused("Another QR code was drawn meanwhile. Use that one.")
        again = standing(act.conn, who).since is not None
        values = {"box": row.box, "key": row.key, "since": at, "last_step": step}
        put(act.conn, one_time_code, {"person": who, "state": "in use"}, values)
        for number, one in enumerate(hashed, 1):
            kept = {"hash": one, "pepper": pepper, "since": at, "used": None}
            put(act.conn, recovery_code, {"person": who, "number": number}, kept)
        sessions.end_all(act, who, why="one-time codes enrolled", but=session)
        act.note("one_time_codes_enrolled", who, {"again": again, "recovery_codes": len(hashed)})
        return fresh

    return door.write(work, by=who, at=at, station=station)


WRONG_FIRST = "This is not the code of the QR code that was shown. Wait for your app's next one and type it."


def match(door: Door, person_id: str, given: str, *, at: datetime) -> Spend | None:
    """Compare a one-time or recovery code; return what uses it up inside the write, or None for a wrong one.

    It reads and hashes only. A code of a step that was used, or of an older one, is used up already.
    """
    tidy = given.strip().upper()
    if found := _RECOVERY.fullmatch(tidy):
        return _match_recovery(door, person_id, int(found[1]), tidy)
    with door.store.reading() as conn:
        row = conn.execute(select(one_time_code).where(_row(person_id, "in use"))).first()
    if row is None:
        return None
    step = _step(_open(_key(door), row.key, person_id, row.box), given, at)
    if step is None:
        return None

    def spend(act: Act) -> bool:
        newer = _row(person_id, "in use") & (one_time_code.c.last_step < step) & (one_time_code.c.box == row.box)
        return act.conn.execute(update(one_time_code).where(newer).values(last_step=step)).rowcount == 1

    return spend


def _match_recovery(door: Door, person_id: str, number: int, given: str) -> Spend | None:
    mine = (recovery_code.c.person == person_id) & (recovery_code.c.number == number)
    unused = mine & recovery_code.c.used.is_(None)
    with door.store.reading() as conn:
        row = conn.execute(select(recovery_code).where(unused)).first()
    if row is None or not door.secrets.verify("recovery code", given, row.hash, row.pepper).right:
        return None

    def spend(act: Act) -> bool:
        same = unused & (recovery_code.c.hash == row.hash)
        if act.conn.execute(update(recovery_code).where(same).values(used=act.at)).rowcount == 0:
            return False
        act.note("recovery_code_used", person_id, {"number": number})
        return True

    return spend


def must_enrol_anew(act: Act, person_id: str, *, why: str) -> None:
    """Throw the secret and the recovery codes away; the person enrols again. Nobody else sees or sets one."""
    reason = accounts.given(why)
    accounts.not_ones_own(act, person_id)
    if standing(act.conn, person_id).since is None:
        raise NotDoneError("No one-time codes are in use. There is nothing to throw away.")
    act.conn.execute(delete(one_time_code).where(one_time_code.c.person == person_id))
    act.conn.execute(delete(recovery_code).where(recovery_code.c.person == person_id))
    sessions.end_all(act, person_id, why="one-time codes reset")
    act.note("one_time_codes_reset", person_id, {"why": reason})


def _step(secret: str, given: str, at: datetime) -> int | None:
    """Return the step whose code this is, looking one step to either side; None for a wrong one."""
    digits = given.replace(" ", "").strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) == 6):
        return None
    totp = pyotp.TOTP(secret, interval=int(STEP.total_seconds()))
    now = totp.timecode(at)
    right = [
        now + by for by in range(-DRIFT, DRIFT + 1) if pyotp.utils.strings_equal(digits, totp.generate_otp(now + by))
    ]
    return max(right, default=None)


def _row(person_id: str, state: str) -> ColumnElement[bool]:
    return (one_time_code.c.person == person_id) & (one_time_code.c.state == state)


def _key(door: Door) -> CodeKey:
    if door.secrets.code_key is None:
        raise LookupError("this door has no key for one-time codes")
    return door.secrets.code_key


def _seal(key: CodeKey, person_id: str, secret: str) -> str:
    """Encrypt for this person alone: a box moved to another row does not open."""
    nonce = os.urandom(12)
    return base64.b64encode(nonce + AESGCM(key.key).encrypt(nonce, secret.encode(), _bound_to(person_id))).decode()


def _open(key: CodeKey, key_id: str, person_id: str, box: str) -> str:
    if key.id != key_id:
        raise LookupError(f"the key {key_id} is missing from the code_key file; restore that file from its own backup")
    raw = base64.b64decode(box)
    try:
        return AESGCM(key.key).decrypt(raw[:12], raw[12:], _bound_to(person_id)).decode()
    except InvalidTag as error:
        raise LookupError("a one-time code's secret is not what was kept; its owner must enrol anew") from error


def _bound_to(person_id: str) -> bytes:
    return b"vialtrace/one-time-code/1\0" + person_id.encode()
