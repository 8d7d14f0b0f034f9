"""A decoy patient is driven through every page: whoever shows the name notes it (Q32), and no address or log holds it (Q33)."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.desk import records
from app.desk.tables import access_log
from app.interfaces.tables import ordered
from tests.export.asking import post
from tests.people.cast import ADA, ANN, PAM, UNA
from tests.web.bench import Making, Seeded
from tests.web.conftest import Pharmacy, sign_in_station
from tests.web.desk import at_desk

DECOY, NUMBER = "Zebedee", "77712345"
ADDRESS = re.compile(r'(?:href|src|action|formaction|data-[a-z-]*url)="([^"]*)"')
NOT_DRIVEN = re.compile(r"^/static/|<path:|/leave|/sign-out")


@dataclass
class Driven:
    """One answer to one person."""

    who: str
    path: str
    answer: TestResponse
    noted: int
    """How many lines the access log grew by."""


@pytest.fixture
def decoy(pharmacy: Pharmacy) -> Making:
    made = Seeded(pharmacy.house, furnished=True).begin(
        "DEMO3001", **{"Example^Marta": f"{DECOY}^Zora", "90000101": NUMBER}
    )
    return made.until_check()


def noted(pharmacy: Pharmacy) -> int:
    with pharmacy.house.store.reading() as conn:
        return conn.execute(select(func.count()).select_from(access_log)).scalar_one()


def paths(pharmacy: Pharmacy, made: Making, client: FlaskClient) -> Iterator[str]:
    """Every GET address of the map, filled in with what there is; then every address that those pages lead to."""
    known = {"preparation": made.id, "station": "HOOD-1", "sha256": made.shots["staged"], "size": "thumb"}
    for rule in pharmacy.app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and not NOT_DRIVEN.search(rule.rule) and rule.arguments <= set(known):
            with pharmacy.app.test_request_context():
                yield pharmacy.app.url_map.bind("").build(rule.endpoint, {k: known[k] for k in rule.arguments})
    for page in ("/orders", "/records"):
        for found in ADDRESS.findall(client.get(page).text):
            if found.startswith(("/orders/", "/order/")):
                yield found


def drive(pharmacy: Pharmacy, made: Making) -> Iterator[Driven]:
    tablet = pharmacy.client()
    sign_in_station(tablet, ANN)
    people = {
        "Pam": at_desk(pharmacy, PAM),
        "Una": at_desk(pharmacy, UNA),
        "Ada": at_desk(pharmacy, ADA),
        "Ann": tablet,
    }
    for who, client in people.items():
        for path in dict.fromkeys(paths(pharmacy, made, people["Pam"])):
            for accept in ("text/html", "application/json"):
                before = noted(pharmacy)
                answer = client.get(path, headers={"Accept": accept})
                assert answer.status_code != 500, (who, path)
                yield Driven(who, path, answer, noted(pharmacy) - before)


def secrets_of(pharmacy: Pharmacy, client: FlaskClient) -> list[str]:
    return [cookie.value for cookie in client._cookies.values() if len(cookie.value) > 20]


def test_q32_q33_every_page_that_shows_the_name_notes_it_and_no_address_or_log_line_holds_it(
    pharmacy: Pharmacy, decoy: Making, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    named, silent, leaks = set(), set(), set()
    for one in drive(pharmacy, decoy):
        text = one.answer.data.decode("utf-8", "replace")
        if DECOY in text:
            named.add((one.who, one.path))
            if not one.noted:
                silent.add((one.who, one.path))
        addresses = [one.path, one.answer.location or "", *ADDRESS.findall(text)]
        leaks |= {(one.who, found) for found in addresses if DECOY in found or NUMBER in found}
    assert {path for _, path in named} >= {f"/record/{decoy.id}", f"/review/{decoy.id}", "/records"}, named
    assert not {who for who, _ in named} & {"Una", "Ada"}, "names are held back from whoever has no need of them"
    assert leaks == set()
    assert sorted(silent) == []
    said = "\n".join(f"{line.getMessage()} {line.exc_text or ''} {line.__dict__}" for line in caplog.records)
    assert (DECOY in said, NUMBER in said) == (False, False)


def test_q33_an_error_page_and_its_log_line_hold_neither_name_nor_cookie(
    pharmacy: Pharmacy, decoy: Making, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    client = at_desk(pharmacy)
    tokens = secrets_of(pharmacy, client)
    assert tokens

    def broken(*_: object) -> object:
        raise RuntimeError("planted")

    monkeypatch.setattr(records, "replacement", broken)
    pharmacy.app.config["PROPAGATE_EXCEPTIONS"] = False
    answer = client.get(f"/record/{decoy.id}")
    assert answer.status_code == 500
    monkeypatch.undo()
    answers = [
        answer,
        client.get("/no-such-page"),
        client.post("/exports", data={"format": "csv", "drug": DECOY}),
        post(client, format="csv", first=DECOY),
    ]
    said = "\n".join(f"{line.getMessage()} {line.exc_text or ''} {line.__dict__}" for line in caplog.records)
    assert "planted" in said or "error" in said.casefold()
    assert (DECOY in said, NUMBER in said) == (False, False)
    for one in answers:
        assert all(token not in one.text for token in tokens)
        assert all(token not in (one.location or "") for token in tokens)
    assert all(token not in said for token in tokens)


def test_q33_nothing_in_the_order_book_puts_a_name_into_a_key(pharmacy: Pharmacy, decoy: Making) -> None:
    with pharmacy.house.store.reading() as conn:
        keys = conn.execute(select(ordered.c.key)).scalars().all()
    assert keys
    assert not any(DECOY in key or NUMBER in key for key in keys)
