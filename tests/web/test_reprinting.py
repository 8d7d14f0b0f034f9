"""Pam has the label of a dose that has left printed once more: with a reason, on paper, in the record (L5)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update
from werkzeug.test import TestResponse

from app.clock import now
from app.outbox_worker import LabelPrinter
from app.record import outbox
from app.record.tables import outbox as table
from app.stations import history
from tests.people.cast import ANN, LEE, PAM
from tests.web.bench import Making, Seeded
from tests.web.conftest import Pharmacy
from tests.web.desk import at_desk, form_of
from workflows import gates
from workflows.findings import Refused


@pytest.fixture
def gone(pharmacy: Pharmacy) -> Making:
    """One bag from order to closing; its labels are on it, and nothing waits to be printed."""
    made = Seeded(pharmacy.house).begin().until_closed()
    pharmacy.house.store.write(lambda conn: conn.execute(update(table).values(status="done")))
    return made


def send(pharmacy: Pharmacy, made: Making, **changes: str) -> TestResponse:
    client, where = at_desk(pharmacy), f"/record/{made.id}/label"
    form = {**form_of(client.get(where).text, 'class="inside"'), "reason": "lost", "station": "HOOD-1", **changes}
    return client.post(where, data=form)


def waiting(pharmacy: Pharmacy) -> list[outbox.Entry]:
    with pharmacy.house.store.reading() as conn:
        return [one for one in outbox.unfinished(conn) if one.kind == "print_label"]


def come_out(pharmacy: Pharmacy) -> None:
    printer = LabelPrinter(pharmacy.house.dispatcher, pharmacy.house.blobs, now)
    while printer.step():
        pass
    printer.close()


def test_l5_the_next_copy_comes_out_the_old_one_is_void_and_the_record_says_who_and_why(
    pharmacy: Pharmacy, gone: Making
) -> None:
    assert f"/record/{gone.id}/label" in at_desk(pharmacy).get(f"/record/{gone.id}").text
    assert send(pharmacy, gone).status_code == 303
    come_out(pharmacy)
    assert waiting(pharmacy) == []
    live = gone.p.final_label()
    assert live is not None
    assert live.copy == 2
    assert gone.p.signature("approve") is not None, "the release stands"
    page = at_desk(pharmacy).get(f"/record/{gone.id}").text
    assert f"printed again: lost, asked for by {PAM.name}" in page
    with pharmacy.house.store.reading() as conn:
        lines = history.lines(conn, "HOOD-1")
    assert [line.who for line in lines if line.what == "label printed AGAIN"] == [PAM.id]


def test_l5_without_a_reason_of_the_list_or_twice_at_once_nothing_is_asked_for(
    pharmacy: Pharmacy, gone: Making
) -> None:
    for wrong in ({"reason": ""}, {"reason": "because"}, {"station": "HOOD-9"}):
        answer = send(pharmacy, gone, **wrong)
        assert (answer.status_code, "Choose why, and the printer." in answer.text) == (422, True)
    assert waiting(pharmacy) == []
    assert send(pharmacy, gone).status_code == 303
    again = send(pharmacy, gone)
    assert (again.status_code, "has not come out yet" in again.text) == (422, True)
    assert len(waiting(pharmacy)) == 1


def test_l5_another_reason_is_said_in_words_and_stands_in_the_record(pharmacy: Pharmacy, gone: Making) -> None:
    bare = send(pharmacy, gone, reason="another reason")
    assert (bare.status_code, "Say in words" in bare.text, waiting(pharmacy)) == (422, True, [])
    assert send(pharmacy, gone, reason="another reason", words="smeared by alcohol").status_code == 303
    come_out(pharmacy)
    assert "another reason: smeared by alcohol, asked for by" in at_desk(pharmacy).get(f"/record/{gone.id}").text


def test_l5_a_technician_has_no_such_page_and_a_dose_in_work_no_such_form(pharmacy: Pharmacy, gone: Making) -> None:
    for member in (LEE, ANN):
        assert at_desk(pharmacy, member).get(f"/record/{gone.id}/label").status_code == 403
    work = gone.seeded.begin("DEMO1002").until_claimed()
    page = at_desk(pharmacy).get(f"/record/{work.id}/label").text
    assert "It has not left." in page
    assert 'class="inside"' not in page


def test_l5_a_copy_that_is_too_late_when_it_comes_to_the_printer_is_given_up_and_holds_up_nothing(
    pharmacy: Pharmacy, gone: Making, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert send(pharmacy, gone).status_code == 303
    too_late = Refused("BEYOND_USE", "Its beyond-use time has passed: the label is not printed again.")
    monkeypatch.setattr("app.outbox_worker.may_print", lambda *_: too_late)
    come_out(pharmacy)
    assert (waiting(pharmacy), gone.p.final_label().copy) == ([], 1)  # type: ignore[union-attr]  # it was printed
    assert gates.may_print(gone.p, "", now() + timedelta(days=30)) == too_late
