"""What is attacked: a bag that waits for its final check, and the pharmacy it waits in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.people.cast import ANN, Member
from tests.web.bench import Making
from tests.web.conftest import Pharmacy, sign_in_station, token_of

JSON = {"Accept": "application/json"}


@dataclass(frozen=True)
class Scene:
    """A bag that waits for its final check, and the pharmacy it waits in."""

    pharmacy: Pharmacy
    made: Making

    @property
    def id(self) -> str:
        return self.made.id

    @property
    def path(self) -> str:
        return f"/terminal/HOOD-1/p/{self.id}"

    def at_station(self, member: Member = ANN, station: str = "HOOD-1") -> FlaskClient:
        client = self.pharmacy.client()
        assert sign_in_station(client, member, station).status_code == 302
        return client

    def act(self, client: FlaskClient, what: str, **fields: object) -> TestResponse:
        """A form of the tablet, filled in as the screen would."""
        screen = client.get(self.path, headers=JSON).get_json()["screen"]
        form = {"command_id": screen["command_id"], "expected_version": screen["version"]}
        form["csrf_token"] = token_of(client.get(f"{self.path}/more"))
        return client.post(f"{self.path}/{what}", data={**form, **fields}, headers=JSON)


Attack = Callable[[Scene], list[TestResponse]]
ATTACKS: dict[str, Attack] = {}


def attack(what: str) -> Callable[[Attack], Attack]:
    def enter(how: Attack) -> Attack:
        ATTACKS[what] = how
        return how

    return enter
