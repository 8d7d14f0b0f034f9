"""What is no command on a preparation is done once too: a press that is repeated hears its first answer (Q70)."""

from __future__ import annotations

import re
import time
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.clock import now
from app.record.outbox import unfinished
from app.record.tables import outbox
from app.stations import gates, register
from tests.people.cast import ANN, BO, Member
from tests.web.at_station import Hood, patience
from tests.web.bench import Making
from tests.web.conftest import Pharmacy, sign_in_station, token_of
from tests.web.test_labels_page import press as at_labels
from tests.workflows.example import CABINET

CLEAN = f"/terminal/HOOD-1/clean/{CABINET.code}"


@pytest.fixture
def dirty(pharmacy: Pharmacy, checked: Making) -> Pharmacy:
    """A cabinet in which another drug was opened since it was cleaned."""
    del checked  # asked for: it furnishes the station
    at = now() + timedelta(seconds=1)
    pharmacy.house.store.write(lambda conn: register.note_drug(conn, CABINET.code, "vincristine", at=at, who=ANN.id))
    return pharmacy


def at_station(pharmacy: Pharmacy, member: Member = ANN) -> FlaskClient:
    client = pharmacy.client()
    assert sign_in_station(client, member).status_code == 302
    return client


def tick(client: FlaskClient, command_id: str, act: str) -> TestResponse:
    form = {"csrf_token": token_of(client.get("/me")), "word": "NEXT", "slot": act, "command_id": command_id}
    return client.post(f"{CLEAN}/do", data=form, headers={"Accept": "application/json"})


def done(pharmacy: Pharmacy) -> tuple[str, ...]:
    with pharmacy.house.store.reading() as conn:
        return tuple(gates.acts_done(conn, CABINET.code))


def test_q70_an_act_of_cleaning_that_is_pressed_twice_is_ticked_once_and_answered_as_it_was(dirty: Pharmacy) -> None:
    ann, act = at_station(dirty), gates.ACTS[0]
    page = ann.get(CLEAN).text
    command_id = re.search(r'"command_id": ?"([^"]+)"', page)
    assert command_id is not None
    first = tick(ann, command_id[1], act)
    assert (first.status_code, first.get_json()["verdict"]["word"]) == (200, "RIGHT")
    again = tick(ann, command_id[1], act)
    assert (again.status_code, again.get_json()["verdict"]) == (200, first.get_json()["verdict"])
    assert again.get_json()["screen"]["act"] == gates.ACTS[1]
    assert done(dirty) == gates.ACTS[:1]
    late = tick(ann, "another-press", act)
    assert (late.status_code, "ticked already" in late.get_json()["verdict"]["says"]) == (409, True)
    assert tick(ann, "another-press", act).get_json()["verdict"] == late.get_json()["verdict"]


def test_q70_a_press_s_id_serves_no_other_act_and_nobody_else(dirty: Pharmacy) -> None:
    ann = at_station(dirty)
    assert tick(ann, "press", gates.ACTS[0]).status_code == 200
    assert tick(ann, "press", gates.ACTS[1]).status_code == 422
    assert tick(at_station(dirty, BO), "press", gates.ACTS[0]).status_code == 422
    assert done(dirty) == gates.ACTS[:1]


def test_q70_a_label_asked_for_twice_by_one_press_prints_one_copy(hood: Hood) -> None:
    hood.advance("label-scan")
    ann = hood.client()
    with patience() as may_wait:
        while may_wait() and waiting(hood):
            time.sleep(0.05)
    leads = hood.post(ann, "do", word="PRINT").get_json()["go"]
    assert "Why is the final label printed again?" in ann.get(leads).text
    about = {"back": hood.preparation, "command_id": "press-1"}
    first, again = (at_labels(hood, ann, "WILL NOT SCAN", "final.1", **about) for _ in range(2))
    said = first.get_json()["verdict"]
    assert (said["word"], said["says"]) == ("PRINT", "The next copy prints. The old one is void, wherever it turns up.")
    assert (again.status_code, again.get_json()["verdict"]) == (200, said)
    with hood.rooms.store.reading() as conn:
        rows = conn.execute(select(outbox.c.payload).where(outbox.c.kind == "print_label")).scalars()
        assert sum("will not scan" in str(row) for row in rows) == 1


def waiting(hood: Hood) -> bool:
    with hood.rooms.store.reading() as conn:
        return bool(unfinished(conn))
