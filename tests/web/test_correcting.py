"""A correction keeps old and new value, reason and name; nothing else is changed, and nobody unconcerned makes one."""

from __future__ import annotations

import pytest

from tests.people.cast import PAM, UNA
from tests.web.bench import Making
from tests.web.conftest import Pharmacy
from tests.web.desk import at_desk, form_of, loaded
from workflows.evidence import Container, Scan

REASON = "typed over from the carton"


def lot_event(pharmacy: Pharmacy, made: Making) -> int:
    entry = loaded(pharmacy, made.id).entries["vial:1"]
    assert isinstance(entry.evidence, Scan)
    assert isinstance(entry.evidence.found, Container)
    assert entry.evidence.found.lot == "AB123"
    return entry.version


def send(pharmacy: Pharmacy, made: Making, version: int, **changes: str) -> object:
    client, where = at_desk(pharmacy), f"/record/{made.id}/event/{version}/correct"
    form = form_of(client.get(where).text, 'class="inside"')
    return client.post(where, data={**form, "old": "AB123", "new": "AB128", "reason": REASON, **changes})


def test_q2_a_correction_shows_old_and_new_on_the_page_in_csv_and_in_json(pharmacy: Pharmacy, checked: Making) -> None:
    before, version = loaded(pharmacy, checked.id), lot_event(pharmacy, checked)
    assert send(pharmacy, checked, version).status_code == 303  # type: ignore[attr-defined]  # a response
    page = at_desk(pharmacy).get(f"/record/{checked.id}").text
    assert "<del>AB123</del>" in page
    assert "<ins>AB128</ins>" in page
    assert REASON in page
    assert "CHANGED since first entry" in page
    after = loaded(pharmacy, checked.id)
    assert after.entries["vial:1"] == before.entries["vial:1"], "what was judged stays as it was"
    lines = at_desk(pharmacy).get(f"/record/{checked.id}", headers={"Accept": "application/json"}).json["lines"]
    (line,) = [one for one in lines if one["mark"] == "corrected"]
    assert (line["old"], line["new"], line["of_version"]) == ("AB123", "AB128", version)


@pytest.mark.parametrize(
    "wrong", [{"reason": ""}, {"reason": "typo"}, {"new": ""}, {"new": "AB123"}, {"old": ""}, {"old": "never there"}]
)
def test_q3_without_reason_old_or_new_value_nothing_is_written(
    pharmacy: Pharmacy, checked: Making, wrong: dict[str, str]
) -> None:
    version = lot_event(pharmacy, checked)
    answer = send(pharmacy, checked, version, **wrong)
    assert answer.status_code == 422  # type: ignore[attr-defined]  # a response
    assert 'role="alert"' in answer.text  # type: ignore[attr-defined]  # a response
    assert loaded(pharmacy, checked.id).version == checked.p.version


def test_q26_a_correction_of_a_page_drawn_before_something_else_happened_is_refused(
    pharmacy: Pharmacy, checked: Making
) -> None:
    version = lot_event(pharmacy, checked)
    answer = send(pharmacy, checked, version, expected_version=str(checked.p.version - 1))
    assert answer.status_code == 409  # type: ignore[attr-defined]  # a response


def test_quality_reads_and_does_not_correct(pharmacy: Pharmacy, checked: Making) -> None:
    version = lot_event(pharmacy, checked)
    una = at_desk(pharmacy, UNA)
    assert una.get(f"/record/{checked.id}/event/{version}/correct").status_code == 403
    assert "/correct" not in una.get(f"/record/{checked.id}").text
    assert at_desk(pharmacy, PAM).get(f"/record/{checked.id}/event/999/correct").status_code == 404
