"""How the program is, told to machines and to whoever looks after it; never a word about a patient."""

from __future__ import annotations

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from app.health import facts
from app.record import ordertext
from app.record.engine import NotSaved
from tests.people.cast import ADA, PAM, UNA
from tests.web.bench import Making
from tests.web.conftest import Pharmacy
from tests.web.desk import at_desk

ALL = {"database", "migrations", "disk", "outbox", "checkpoint", "encryption"}


def test_healthz_says_that_the_process_answers_even_where_the_record_is_gone(pharmacy: Pharmacy) -> None:
    client = pharmacy.client()
    assert client.get("/healthz").json == {"ok": True}
    pharmacy.house.store.close()
    assert (client.get("/healthz").json, client.get("/readyz").status_code) == ({"ok": True}, 503)


def test_readyz_names_each_check_and_stays_ready_while_somebody_only_should_look(pharmacy: Pharmacy) -> None:
    answer = pharmacy.client().get("/readyz")
    said = dict(answer.json)
    assert (answer.status_code, said.pop("ok")) == (200, True)
    assert {name for name in said["look_at"] if not said[name]} == set(said.pop("look_at"))
    assert said.keys() >= ALL
    assert all(said[name] for name in ("database", "migrations", "disk", "outbox"))


@pytest.mark.parametrize(
    "trouble", [NotSaved("not saved"), OperationalError("INSERT", {}, OSError("database or disk is full"))]
)
def test_q65_a_record_that_takes_no_write_is_not_ready_and_is_again_by_itself(
    pharmacy: Pharmacy, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    monkeypatch.setattr("app.health.watch.FRESH_S", 0)
    client = pharmacy.client()

    def full(*_: object) -> None:
        raise trouble

    with monkeypatch.context() as patched:
        patched.setattr(facts.tasks, "touch", full)
        pharmacy.house.watch.look(0)
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json["ok"], answer.json["database"]) == (503, False, False)
        page = at_desk(pharmacy, ADA).get("/health").text
        assert "NOT READY FOR WORK" in page
        assert "Nothing can be saved" in page
    pharmacy.house.watch.look(0)
    assert client.get("/readyz").json["database"] is True


def test_only_who_looks_after_the_program_sees_the_page(pharmacy: Pharmacy) -> None:
    assert at_desk(pharmacy, ADA).get("/health").status_code == 200
    assert "Health" in at_desk(pharmacy, ADA).get("/health").text.split("<nav")[1].split("</nav>")[0]
    assert at_desk(pharmacy, PAM).get("/health").status_code == 403
    assert at_desk(pharmacy, UNA).get("/health").status_code == 403


def test_an_administrator_reads_what_is_wrong_and_what_to_do(pharmacy: Pharmacy) -> None:
    page = at_desk(pharmacy, ADA).get("/health").text
    assert "Ready for work" in page
    assert "NOT ENCRYPTED ON THIS DISK" in page or "dm-crypt" in page
    assert "The database fits this release." in page


def test_q33_health_names_no_patient(pharmacy: Pharmacy, checked: Making) -> None:
    """There is a bag on the books, with a patient."""
    words = words_of(pharmacy, checked)
    told = "".join(
        (
            pharmacy.client().get("/readyz").text,
            at_desk(pharmacy, ADA).get("/health").text,
            at_desk(pharmacy, ADA).get("/health", headers={"Accept": "application/json"}).text,
        )
    )
    assert not [word for word in words if word in told]


def words_of(pharmacy: Pharmacy, made: Making) -> list[str]:
    """The patient's words that no log, figure or health page may hold."""
    with pharmacy.house.store.reading() as conn:
        text = ordertext.get(conn, made.p.patient)
    assert isinstance(text, ordertext.OrderText)
    words = [word for word in text_of(text.fields) if len(word) > 3]
    assert len(words) > 3
    return words


def text_of(value: object) -> list[str]:
    """Every text in a patient's fields, however deep."""
    if isinstance(value, dict):
        return [word for one in value.values() for word in text_of(one)]
    if isinstance(value, list):
        return [word for one in value for word in text_of(one)]
    return [value] if isinstance(value, str) else []


def test_a_probe_that_asks_all_the_time_writes_once(pharmacy: Pharmacy) -> None:
    client, commits = pharmacy.client(), []
    event.listen(pharmacy.house.store.engines[1], "commit", lambda _conn: commits.append(1))
    for _ in range(20):
        client.get("/readyz")
    assert len(commits) == 1
