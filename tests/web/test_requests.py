"""Each request has an id that leads from an error page to the log; the log never holds what a patient or an address says."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest

from app import logs
from app.web.rights import open_to_all
from tests.people.cast import PAM
from tests.web.bench import Making
from tests.web.conftest import Pharmacy, add
from tests.web.desk import at_desk
from tests.web.test_health import words_of


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    written, root = io.StringIO(), logging.getLogger()
    before = root.handlers[:]
    logs.start("json", written)
    yield written
    root.handlers[:] = before
    logging.captureWarnings(False)


def said(lines: io.StringIO, event: str) -> list[dict[str, object]]:
    return [one for one in map(json.loads, lines.getvalue().splitlines()) if one["event"] == event]


def test_the_log_tells_a_request_by_its_route_and_person_and_not_by_its_address(
    pharmacy: Pharmacy, lines: io.StringIO
) -> None:
    client = at_desk(pharmacy, PAM)
    answer = client.get("/record/Doe?find=Jane+Doe&token=abc")
    (one,) = [one for one in said(lines, "request") if one["route"] == "/record/<preparation>"]
    assert (one["method"], one["status"], one["person"]) == ("GET", 404, PAM.id)
    assert one["request"] == answer.headers["X-Request-Id"]
    client.get("/nowhere/Doe")
    assert said(lines, "request")[-1]["route"] == "none"
    assert not [word for word in ("Doe", "Jane", "abc") if word in lines.getvalue()]


def test_polls_and_static_files_fill_no_log_unless_something_is_wrong(pharmacy: Pharmacy, lines: io.StringIO) -> None:
    client = at_desk(pharmacy, PAM)
    lines.seek(0)
    lines.truncate()
    client.get("/static/css/tokens.css").close()
    client.get("/review/rows", headers={"Accept": "application/json"})
    assert said(lines, "request") == []
    client.get("/static/css/none.css")
    assert [one["status"] for one in said(lines, "request")] == [404]


def test_the_number_on_an_error_page_is_the_requests_and_leads_to_the_log(
    pharmacy: Pharmacy, lines: io.StringIO
) -> None:
    def fails() -> str:
        raise RuntimeError("SELECT name FROM patient WHERE name = 'Doe'")

    add(pharmacy.app, "/fails", open_to_all(fails), "fails")
    answer = pharmacy.client().get("/fails", headers={"Accept": "application/json"})
    (one,) = said(lines, "error")
    assert answer.json["error"]["id"] == one["number"] == one["request"] == answer.headers["X-Request-Id"]
    assert (one["route"], dict(one["exception"])["type"]) == ("/fails", "RuntimeError")  # type: ignore[call-overload]  # a JSON object
    assert "Doe" not in lines.getvalue() + answer.text
    other = pharmacy.client().get("/fails", headers={"Accept": "application/json", "X-Request-Id": "MINE0001"})
    assert other.json["error"]["id"] not in {"MINE0001", answer.json["error"]["id"]}


def test_q52_a_fault_on_any_route_tells_a_number_and_nothing_else(pharmacy: Pharmacy, lines: io.StringIO) -> None:
    def fails(**_: object) -> str:
        raise RuntimeError("SELECT secret FROM /srv/data/vialtrace.db by vialtrace 0.1")

    fails = open_to_all(fails)
    app, tried = pharmacy.app, 0
    for rule in [
        rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and rule.endpoint != "static"
    ]:
        values = {"kind": "pin", "seq": 1, "version": 1, "size": "thumb", "station": "HOOD-1", "form": "pdf"}
        values = {name: values.get(name, "X1") for name in rule.arguments}
        path = app.url_map.bind("localhost").build(rule.endpoint, values)
        app.view_functions[rule.endpoint] = fails
        for accept in ("text/html", "application/json"):
            answer = pharmacy.client().get(path, headers={"Accept": accept})
            assert answer.status_code == 500, path
            assert not [w for w in ("SELECT", "secret", "/srv", "Traceback", ".py", "RuntimeError") if w in answer.text]
            assert said(lines, "error")[-1]["number"] == answer.headers["X-Request-Id"]
            assert answer.headers["X-Request-Id"] in answer.text
        tried += 1
    assert tried > 20


def test_q33_after_a_day_at_the_desk_the_log_holds_no_word_of_a_patient(
    pharmacy: Pharmacy, checked: Making, lines: io.StringIO
) -> None:
    words = words_of(pharmacy, checked)
    client = at_desk(pharmacy, PAM)
    pages = [f"/review/{checked.id}", f"/record/{checked.id}", "/records?find=Doe", "/orders", "/review"]
    shown = "".join(client.get(page).text for page in pages)
    assert [word for word in words if word in shown], "the pages do show the patient"
    assert len(said(lines, "request")) >= len(pages)
    assert not [word for word in words if word in lines.getvalue()]
