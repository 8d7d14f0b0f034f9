"""A program at the door of the API, as tests play one: its token, its sessions, its keys."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.clock import new_id, new_token, now
from app.people import accounts, tokens
from app.people.history import Act
from app.people.tokens import SCOPES, SENDING, Made
from app.record.tables import event
from app.web.house import House, house_of
from tests.people.cast import Member

BASE = "/api/v1"


def token_of(
    house: House,
    member: Member,
    *scopes: str,
    station: str = "",
    days: int = 90,
    senders: tuple[str, ...] | None = None,
) -> Made:
    """A token that a member made; without scopes one for all that their roles allow, without senders for every one."""

    def work(act: Act) -> Made:
        person = accounts.by_id(act.conn, member.id)
        opens = scopes or tuple(name for name, scope in SCOPES.items() if scope.roles & person.roles)
        mine = senders if senders is not None else house.senders.names if SENDING & set(opens) else ()
        wanted = {"scopes": opens, "senders": mine, "station": station, "days": days}
        return tokens.make(act, person, id=new_id(), secret=new_token(), name="stock robot", **wanted)

    return house.door.write(work, by=member.id, at=now())


@dataclass
class Program:
    """One program with one token."""

    client: FlaskClient
    made: Made
    session: str = ""
    _keys: itertools.count[int] = field(default_factory=itertools.count)

    @property
    def headers(self) -> dict[str, str]:
        found = {"Authorization": f"Bearer {self.made.secret}"}
        return found | ({"Vialtrace-Session": self.session} if self.session else {})

    def get(self, path: str, **query: Any) -> TestResponse:
        return self.client.get(f"{BASE}{path}", query_string=query, headers=self.headers)

    def post(self, path: str, body: Any, key: str = "") -> TestResponse:
        """An act; with a fresh key unless one is given."""
        key, begins = key or f"key-number-{next(self._keys)}", self._last_event()
        answer = self.client.post(f"{BASE}{path}", json=body, headers={**self.headers, "Idempotency-Key": key})
        self._names_its_token(begins, answer)
        return answer

    def _last_event(self) -> int:
        with house_of(self.client.application).store.reading() as conn:
            return int(conn.execute(select(func.coalesce(func.max(event.c.seq), 0))).scalar_one())

    def _names_its_token(self, begins: int, answer: TestResponse) -> None:
        """Whatever an act left in the record names the token, but what the label printer said meanwhile."""
        with house_of(self.client.application).store.reading() as conn:
            acts = select(event.c.kind, event.c.command_id).where(
                event.c.seq > begins, event.c.who != "system:printer", event.c.kind != "api_token_used"
            )
            nameless = [
                kind for kind, command in conn.execute(acts) if not command.startswith(f"api.{self.made.token.id}.")
            ]
        assert not nameless or answer.status_code >= 400, nameless

    def sign_in(self, member: Member, station: str = "") -> TestResponse:
        """Somebody signs in through the program, at a station or at a desk."""
        by = {"kind": "station", "station": station, "badge": member.badge, "pin": member.pin}
        at_desk = {"kind": "desk", "user": member.user, "password": member.password}
        answer = self.client.post(f"{BASE}/sessions", json={"by": by if station else at_desk}, headers=self.headers)
        if answer.status_code == 201:
            self.session = answer.get_json()["session"]
        return answer

    def sign(self, preparation: str, slot: str, member: Member, **changes: Any) -> TestResponse:
        """Sign what waits, everything looked at."""
        p = self.get(f"/preparations/{preparation}").get_json()
        seen = [one["sha256"] for one in p["pictures"]]
        signature = {
            "over": p["head"], "user": member.user, "password": member.password, "photos_seen": seen, "accepts": p["typed"]
        } | changes  # fmt: skip
        command = {"kind": "sign", "slot": slot, "signature": signature}
        return self.post(f"/preparations/{preparation}/review", {"expected_version": p["version"], "command": command})
