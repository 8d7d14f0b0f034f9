"""Figures for whoever watches the machines: what was done and how fast, and never whose it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from app.dispatch import Ask
from app.health import checks
from app.health.facts import Facts, Printing
from app.health.figures import figures
from app.record.engine import NotSaved
from app.upkeep.tasks import NEVER
from tests.people.cast import PAM
from tests.web.bench import Seeded
from tests.web.conftest import Pharmacy
from tests.web.desk import approve, at_desk
from tests.web.test_health import words_of
from workflows import commands as asked
from workflows.circumstances import Actor

TOKEN = "long enough to be a secret"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def open_pharmacy(make_pharmacy: Callable[..., Pharmacy]) -> Pharmacy:
    return make_pharmacy(metrics_token=SecretStr(TOKEN))


def read(pharmacy: Pharmacy) -> dict[tuple[str, ...], float]:
    """Every figure by its name and the values of its labels."""
    text = pharmacy.house.metrics.text().decode()
    families = list(text_string_to_metric_families(text))
    return {(s.name, *s.labels.values()): s.value for family in families for s in family.samples}


def test_without_a_token_set_there_is_no_such_page(pharmacy: Pharmacy) -> None:
    assert pharmacy.client().get("/metrics").status_code == 404
    assert pharmacy.client().get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


@pytest.mark.parametrize("given", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": ""}])
def test_only_who_has_the_token_reads_them(open_pharmacy: Pharmacy, given: dict[str, str]) -> None:
    answer = open_pharmacy.client().get("/metrics", headers=given)
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert "vialtrace_commands" not in answer.text
    answer = open_pharmacy.client().get("/metrics", headers=BEARER)
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain; version=")
    assert "vialtrace_ready 1.0" in answer.text


def test_a_bag_is_counted_by_kind_outcome_and_code_and_q33_by_no_word_of_a_patient_or_person(
    open_pharmacy: Pharmacy,
) -> None:
    made = Seeded(open_pharmacy.house).begin().until_check(near_miss=True)
    client = at_desk(open_pharmacy, PAM)
    assert approve(client, made, expected_version="1").status_code == 409
    now = read(open_pharmacy)
    assert now["vialtrace_commands_total", "claim", "accepted"] == 1
    assert now["vialtrace_commands_total", "submit", "rejected"] == 1
    assert {name[1] for name in now if name[0] == "vialtrace_near_misses_total"} == {"WRONG_STRENGTH"}
    assert now["vialtrace_command_seconds_count", "claim"] == 1
    assert now["vialtrace_request_seconds_count", "/review/<preparation>/sign", "4xx"] == 1
    client.get(f"/review/{made.id}?find=Doe")
    text = client.get("/metrics", headers=BEARER).text
    assert not [word for word in (*words_of(open_pharmacy, made), made.id, PAM.id, PAM.name, "HOOD-1") if word in text]


def test_a_command_that_could_not_be_saved_is_counted_as_failed(
    pharmacy: Pharmacy, monkeypatch: pytest.MonkeyPatch
) -> None:
    rooms = pharmacy.house
    ask = Ask("C1", "P1", asked.Claim(), Actor("ann", "Ann", frozenset({"technician"})), "HOOD-1", None, 1)

    def full(_work: object) -> None:
        raise NotSaved("not saved; nothing changed")

    with monkeypatch.context() as patched:
        patched.setattr(rooms.store, "write", full)
        with pytest.raises(NotSaved):
            rooms.dispatcher.do(ask)
    assert rooms.dispatcher.do(ask).code == "NO_SUCH_PREPARATION"
    now = read(pharmacy)
    assert now["vialtrace_commands_total", "claim", "failed"] == 1
    assert now["vialtrace_commands_total", "claim", "unknown"] == now["vialtrace_refusals_total", "NO_SUCH_PREPARATION"]
    assert now["vialtrace_command_seconds_count", "claim"] == 2


def test_ages_and_sizes_are_told_and_what_is_unknown_is_left_out() -> None:
    at = datetime(2026, 11, 24, 15, 5, tzinfo=UTC)
    facts = Facts(at, free_bytes=7, size_bytes=9, printing=Printing(at - timedelta(seconds=90), 2), events=40,
                  unsigned_since=at - timedelta(seconds=30), backup=replace(NEVER, good_at=at - timedelta(hours=1)))  # fmt: skip
    health = checks.Health(at, (checks.Check("disk", "Disk", "look", "says"),))
    told = {(one.name, *(value for _, value in one.labels)): one.value for one in figures(facts, health, 3)}
    assert told == {
        ("ready",): 1, ("check", "disk"): 1, ("queue_depth",): 3, ("outbox_age_seconds",): 90, ("outbox_stuck",): 2,
        ("unsigned_age_seconds",): 30, ("events",): 40, ("disk_free_bytes",): 7, ("database_bytes",): 9,
        ("backup_age_seconds",): 3600,
    }  # fmt: skip
