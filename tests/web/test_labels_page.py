"""The labels of a station at its tablet: Ann is asked whether one came out, and either answer is kept (F39, L5)."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.test import TestResponse

from app.clock import now
from app.record import outbox, print_jobs
from app.record.log import load
from app.record.tables import outbox as table
from app.stations import history
from app.web.station import unseen
from tests import pharmacy
from tests.people.cast import ANN
from tests.pharmacy import STATION
from tests.web.at_station import JSON, Hood, patience, token_in
from workflows.evidence import Printed

PAGE = f"/terminal/{STATION}/labels"
SAYS = "The label printer closed the connection. The label may have come out."


def in_doubt(hood: Hood, job: str = print_jobs.SENT, kind: str = "test_label") -> int:
    """A label of the station that was sent and never confirmed; or, with no job, never sent."""
    payload = {"preparation": hood.preparation, "kind": "in_process", "label": "4M8D0ZRW", "copy": 1, "job": job}

    def put(conn):  # type: ignore[no-untyped-def]  # a connection
        lane = outbox.printer_lane(STATION)
        row = outbox.put(conn, kind=kind, lane=lane, payload=payload, at=now(), command_id=f"t{job}")
        conn.execute(update(table).where(table.c.id == row).values(status="stuck", says=SAYS))
        return row

    return int(hood.house.store.write(put))


def press(hood: Hood, client: FlaskClient, word: str, slot: str, **fields: str) -> TestResponse:
    token = token_in(client.get(f"{hood.path}/more").text)
    return client.post(f"{PAGE}/do", data={"csrf_token": token, "word": word, "slot": slot, **fields}, headers=JSON)


def kept(hood: Hood) -> list[tuple[str, str]]:
    with hood.house.store.reading() as conn:
        return [(line.what, line.who) for line in history.lines(conn, STATION) if line.balance == f"printer {STATION}"]


def row_of(hood: Hood, id_: int) -> outbox.Entry:
    with hood.house.store.reading() as conn:
        found = outbox.get(conn, id_)
    assert found is not None
    return found


def test_f39_ann_reads_what_happened_and_is_asked_to_look(hood: Hood) -> None:
    in_doubt(hood)
    shown = hood.client().get(PAGE).text
    assert "did the in-process label I-4M8D-0ZRW-P, copy 1 come out?" in shown
    for words in ("UNKNOWN", SAYS, "YES, I HAVE IT", "NO: VOID IT, PRINT THE NEXT"):
        assert words in shown


def test_f39_the_worklist_leads_to_a_label_that_somebody_has_to_look_after(hood: Hood) -> None:
    shown = hood.client().get(f"/terminal/{STATION}/worklist").text
    assert f'href="{PAGE}"' not in shown
    in_doubt(hood, job="", kind="print_label")
    assert f'href="{PAGE}"' in hood.client().get(f"/terminal/{STATION}/worklist").text


def test_f39_a_label_that_ann_has_is_kept_with_her_name(hood: Hood) -> None:
    id_ = in_doubt(hood)
    said = press(hood, hood.client(), "OUT", f"{id_}.1")
    assert (said.status_code, said.get_json()["verdict"]["word"]) == (200, "LABEL CAME OUT")
    row = row_of(hood, id_)
    assert (print_jobs.state_of(row), row.payload["seen_by"]) == ("CONFIRMED", ANN.id)
    assert kept(hood) == [("label seen to have come out", ANN.id)]


def test_f39_a_label_that_did_not_come_out_is_void_and_the_same_answer_twice_voids_one_copy(hood: Hood) -> None:
    id_ = in_doubt(hood)
    first = press(hood, hood.client(), "NONE", f"{id_}.1")
    assert "void, wherever it turns up" in first.get_json()["verdict"]["says"]
    again = press(hood, hood.client(), "NONE", f"{id_}.1")
    assert (again.status_code, "answered already" in again.get_json()["verdict"]["says"]) == (409, True)
    row = row_of(hood, id_)
    assert (row.payload["copy"], row.payload["reason"], row.status) == (2, "no label came out", "waiting")
    assert kept(hood) == [("label that did NOT come out", ANN.id)]


def test_a_label_that_was_never_sent_is_tried_again_and_nobody_is_asked_whether_it_came_out(hood: Hood) -> None:
    id_ = in_doubt(hood, job="")
    shown = hood.client().get(PAGE).text
    assert ("TRY AGAIN" in shown, "YES, I HAVE IT" in shown) == (True, False)
    assert press(hood, hood.client(), "OUT", f"{id_}.1").status_code == 409
    assert press(hood, hood.client(), "AGAIN", f"{id_}.1").status_code == 200
    assert (row_of(hood, id_).status, kept(hood)) == ("waiting", [])


def test_a_card_alone_never_says_that_a_label_came_out(hood: Hood) -> None:
    id_ = in_doubt(hood)
    client = hood.client()
    token = token_in(client.get(f"{hood.path}/more").text)
    scanned = {"csrf_token": token, "raw": pharmacy.card("NEXT"), "slot": f"{id_}.1"}
    assert client.post(f"{PAGE}/scan", data=scanned, headers=JSON).status_code == 422
    assert (print_jobs.state_of(row_of(hood, id_)), kept(hood)) == ("UNKNOWN", [])


def test_print_leads_to_the_question_while_it_is_not_answered(hood: Hood) -> None:
    hood.advance("label-scan")
    in_doubt(hood)
    client = hood.client()
    token = token_in(client.get(f"{hood.path}/more").text)
    sent = client.post(f"{hood.path}/do", data={"csrf_token": token, "word": "PRINT"}, headers=JSON)
    assert sent.get_json()["go"] == f"{PAGE}?back={hood.preparation}"
    with hood.house.store.reading() as conn:
        assert len(outbox.unfinished(conn)) == 1, "no copy was asked for"


def printed(hood: Hood, copies: int) -> None:
    """The final label came out so often."""
    with patience() as may_wait:
        while may_wait() and len(finals(hood)) < copies:
            time.sleep(0.05)
    assert len(finals(hood)) == copies


def finals(hood: Hood) -> list[Printed]:
    return [one for one in hood.p().labels if one.label_kind == "final"]


def reasons(hood: Hood) -> list[str]:
    """Why labels were printed again, as the preparation's own record has it."""
    with hood.house.store.reading() as conn:
        log = load(conn, hood.preparation)
    return [one.data["reason"] for one in log if "printed" in one.data and one.data["reason"]]


def test_l5_ann_has_a_label_printed_again_for_one_of_five_reasons_and_the_record_has_it_and_her(hood: Hood) -> None:
    hood.advance("label-scan")
    printed(hood, 1)
    ann = hood.client()
    shown = ann.get(f"{PAGE}?back={hood.preparation}&again=1").text
    for words in (
        "Why is the final label printed again?",
        ">DID NOT PRINT<",
        ">DAMAGED<",
        ">WILL NOT SCAN<",
        ">LOST<",
        ">OTHER<",
    ):
        assert words in shown
    for copy, word in enumerate(("DAMAGED", "LOST", "WILL NOT SCAN"), start=1):
        said = press(hood, ann, word, f"final.{copy}", back=hood.preparation)
        assert said.status_code == 200, said.text
        printed(hood, copy + 1)
    by = f"asked for by {ANN.name}"
    assert reasons(hood) == [f"damaged, {by}", f"lost, {by}", f"will not scan, {by}"]
    assert {one.label_id for one in finals(hood)} == {finals(hood)[0].label_id}
    assert kept(hood) == [("label printed AGAIN", ANN.id)] * 3


def test_l5_a_copy_asked_for_from_an_old_screen_or_for_no_reason_is_not_printed(hood: Hood) -> None:
    hood.advance("label-scan")
    printed(hood, 1)
    ann = hood.client()
    assert press(hood, ann, "LOST", "final.1", back=hood.preparation).status_code == 200
    printed(hood, 2)
    assert press(hood, ann, "LOST", "final.1", back=hood.preparation).status_code == 409, "copy 2 is out by now"
    assert press(hood, ann, "BECAUSE", "final.2", back=hood.preparation).status_code == 422
    assert press(hood, ann, "LOST", "final.2").status_code == 409, "no preparation is named"
    assert len(finals(hood)) == 2


def test_l5_a_final_label_that_no_scan_has_met_in_ten_minutes_is_named_until_it_is_scanned_or_void(
    hood: Hood, monkeypatch: pytest.MonkeyPatch
) -> None:
    hood.advance("label-scan")
    printed(hood, 1)
    ann, worklist = hood.client(), f"/terminal/{STATION}/worklist"
    assert "NOT SEEN" not in ann.get(PAGE).text, "it has come out just now"
    monkeypatch.setattr(unseen, "AFTER", timedelta(0))
    shown = ann.get(PAGE).text
    assert shown.count(">NOT SEEN<") == 1, "the in-process label is scanned off at the end"
    assert "LOST makes this copy void" in shown
    assert "label not seen" in ann.get(worklist).text
    assert f'href="{PAGE}"' in ann.get(worklist).text
    hood.advance("photo-final")
    assert "NOT SEEN" not in ann.get(PAGE).text
    assert "label not seen" not in ann.get(worklist).text
