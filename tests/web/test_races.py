"""Twenty tablets at once, through the whole application: one is accepted, nineteen look again; a repeat does nothing twice."""

from __future__ import annotations

import threading
from collections import Counter as Tally
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection

from app.clock import new_id, now
from app.people import competencies
from app.people.history import Act
from tests.cast import CODES
from tests.people.cast import ANN, PAM, QUIN, YEAR
from tests.web.bench import Making, Seeded
from tests.web.conftest import Pharmacy, sign_in_station
from tests.web.desk import at_desk, loaded, sign_form
from tests.workflows.example import CABINET, scan
from workflows import commands as asked

TABLETS = 20


def at_once(calls: list[Callable[[], int]]) -> list[int]:
    gate, answers = threading.Barrier(len(calls)), [0] * len(calls)

    def run(number: int) -> None:
        gate.wait()
        answers[number] = calls[number]()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def confirms(pharmacy: Pharmacy, made: Making, version: int, command_id: str) -> Callable[[], int]:
    """A tablet on which Ann says NEXT for her inner gloves; each has its own session."""
    client = pharmacy.client()
    assert sign_in_station(client, ANN).status_code == 302
    page = client.get(f"/terminal/HOOD-1/p/{made.id}").text
    token = page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0] if 'name="csrf_token"' in page else ""
    form = {"word": "NEXT", "command_id": command_id, "expected_version": str(version)}

    def press() -> int:
        answer = client.post(f"/terminal/HOOD-1/p/{made.id}/do", data=form, headers={"X-CSRFToken": token})
        return int(answer.status_code)

    return press


@pytest.fixture
def dressing(seeded: Seeded) -> Making:
    """Ann has scanned her cabinet; the first item of her protective equipment is asked for."""
    house, at = seeded.house, now()

    def certified(conn: Connection) -> None:
        act = Act(conn, house.settings, by="setup", at=at)
        competencies.certify(act, ANN.id, dict.fromkeys(CODES, at + YEAR), assessor="setup")

    house.store.write(certified)
    made = seeded.begin().until_claimed()
    made.do(scan(replace(CABINET, certified_until=made.at + timedelta(days=90), decontaminated=True)))
    return made


def test_q68_twenty_tablets_race_on_one_preparation_and_one_wins(pharmacy: Pharmacy, dressing: Making) -> None:
    version = dressing.p.version
    answers = at_once([confirms(pharmacy, dressing, version, new_id()) for _ in range(TABLETS)])
    assert Tally(answers) == {200: 1, 409: TABLETS - 1}
    assert loaded(pharmacy, dressing.id).version == version + 1


def test_q70_twenty_repeats_of_one_command_are_one_event(pharmacy: Pharmacy, dressing: Making) -> None:
    version, once = dressing.p.version, new_id()
    answers = at_once([confirms(pharmacy, dressing, version, once) for _ in range(TABLETS)])
    assert Tally(answers) == {200: TABLETS}
    assert loaded(pharmacy, dressing.id).version == version + 1


def test_twenty_orders_verified_at_once_are_twenty_accepted(pharmacy: Pharmacy, seeded: Seeded) -> None:
    made = [seeded.begin(f"RACE{number:04}") for number in range(TABLETS)]

    def signs(one: Making) -> Callable[[], int]:
        return lambda: 200 if one.ask(verify(one), PAM).kind == "accepted" else 422

    def verify(one: Making) -> asked.Submit:
        return asked.Submit("", one.sign("order verified"))

    assert at_once([signs(one) for one in made]) == [200] * TABLETS
    assert all("verify" in loaded(pharmacy, one.id).entries for one in made)


def test_q68_two_pharmacists_sign_the_release_at_once_and_one_wins(pharmacy: Pharmacy, checked: Making) -> None:
    forms = [(at_desk(pharmacy, member), member) for member in (PAM, QUIN)]
    ready = [(client, sign_form(client, checked, member)) for client, member in forms]

    def press(client: object, form: dict[str, object]) -> Callable[[], int]:
        return lambda: int(client.post(f"/review/{checked.id}/sign", data=form).status_code)  # type: ignore[attr-defined]  # a test client

    answers = at_once([press(client, form) for client, form in ready])
    assert sorted(answers) == [303, 409]
    assert "approve" in loaded(pharmacy, checked.id).entries
