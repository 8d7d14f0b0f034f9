"""How the program is, told to machines and to whoever looks after it; never a word about a patient."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Connection, event
from sqlalchemy.exc import OperationalError

from app.clock import now
from app.health import facts
from app.record import acts, clockmark, log, ordertext
from app.record.engine import NotSaved
from tests.people.cast import ADA, PAM, UNA
from tests.web.bench import Making
from tests.web.conftest import Pharmacy, token_of
from tests.web.desk import at_desk

ALL = {"database", "migrations", "disk", "outbox", "senders", "checkpoint", "backup", "drill", "clock", "encryption"}


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


def set_back(pharmacy: Pharmacy, by: timedelta = timedelta(hours=1)) -> None:
    """Something was recorded by a clock that was ahead; now it is right again."""

    def work(conn: Connection) -> None:
        settings = pharmacy.house.settings
        acts.append(conn, settings, settings.site, "record_exported", {}, who="system", at=now() + by)
        clockmark.watch(conn, settings, now())

    pharmacy.house.store.write(work)
    pharmacy.house.watch.look(0)


def test_q66_a_clock_set_back_is_said_on_every_page_until_an_administrator_confirms_it(pharmacy: Pharmacy) -> None:
    desk, ada = at_desk(pharmacy, PAM), at_desk(pharmacy, ADA)
    assert 'id="clock-notice" role="alert" hidden' in desk.get("/welcome").text
    assert "X-Clock-Notice" not in desk.get("/review/rows").headers
    set_back(pharmacy)
    for page in (desk.get("/welcome"), pharmacy.client().get("/terminal/HOOD-1"), ada.get("/health")):
        assert 'id="clock-notice" role="alert">' in page.text
    assert "X-Clock-Notice" in desk.get("/review/rows").headers
    form = {"csrf_token": token_of(ada.get("/health")), "why": "  no "}
    assert ada.post("/health/clock", data=form).status_code == 422
    assert "The clock went back: at" in ada.get("/health").text
    assert desk.post("/health/clock", data={**form, "csrf_token": token_of(desk.get("/me"))}).status_code == 403
    done = ada.post("/health/clock", data={**form, "why": "the time server had been wrong"})
    assert (done.status_code, "The clock went back" in ada.get("/health").text) == (303, False)
    with pharmacy.house.store.reading() as conn:
        last = log.load(conn, pharmacy.house.settings.site_stream)[-1]
    assert (last.kind, last.who, last.data["why"]) == ("clock_confirmed", ADA.id, "the time server had been wrong")
    assert "X-Clock-Notice" not in desk.get("/review/rows").headers
