"""Labels come out once, with the record's own words, however often the printing is interrupted."""

from __future__ import annotations

import hashlib
import threading
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import pypdfium2
import pytest
from sqlalchemy import Connection, select, update

import labels
from app import label_documents, label_texts, outbox_worker, preparations, station_printers
from app.catalogue.hazards import Acting, Signer
from app.clock import now
from app.outbox_worker import LabelPrinter
from app.printers import Cannot
from app.record import codec, ordertext, outbox, print_jobs
from app.record.outbox import Entry
from app.record.tables import order_text
from app.record.tables import outbox as table
from app.stations import register
from labels.language import catalogue
from tests import pharmacy
from tests.people.cast import ANN, LEE, PAM, Member
from tests.printing.conftest import Press
from workflows import commands as asked
from workflows.events import LabelRecorded
from workflows.evidence import Printed
from workflows.status import next_slots
from workflows.upcasting import upcast


class Killed(BaseException):
    """The program ended here."""


def text_of(path: Path) -> str:
    document = pypdfium2.PdfDocument(path)
    try:
        page = document[0]
        words = page.get_textpage()
        text: str = words.get_text_range()
        words.close()
        page.close()
        return " ".join(text.split())
    finally:
        document.close()


def waiting(press: Press) -> tuple[Entry, ...]:
    with press.rooms.store.reading() as conn:
        return outbox.unfinished(conn)


def claim(press: Press) -> None:
    pharmacy.advance(press.rooms, press.preparation, "cabinet", printer=press.printer)


def to_final(press: Press) -> None:
    """Everything up to the step at which the final label prints."""
    claim(press)
    while press.printer.step():
        pass
    with patch.object(LabelPrinter, "step", side_effect=Killed), pytest.raises(Killed):
        pharmacy.advance(press.rooms, press.preparation, "label-scan", printer=press.printer)


def test_claiming_prints_the_in_process_label_and_the_record_knows_it(press: Press) -> None:
    claim(press)
    assert press.printer.step()
    assert not press.printer.step()
    p = pharmacy.current(press.rooms, press.preparation)
    assert p.in_process is not None
    assert press.printed() == [f"in-process-{p.in_process.label_id}-1.pdf"]
    content = (press.folder / press.printed()[0]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == p.in_process.sha256
    assert press.rooms.blobs.get(p.in_process.sha256) == content
    text = text_of(press.folder / press.printed()[0])
    for words in ("IN PROCESS", "Example, Marta Jean", "MRN 10234567", "cyclophosphamide 970 mg", "DEMO"):
        assert words in text.replace("\u00a0", " ")


def test_the_final_label_carries_what_the_record_says_and_moves_the_preparation_on(press: Press) -> None:
    to_final(press)
    assert press.printer.step()
    p = pharmacy.current(press.rooms, press.preparation)
    label = p.final_label()
    assert label is not None
    assert next_slots(preparations.workflow_of(p), p)[0].name == "label-scan"
    text = text_of(press.folder / f"final-{label.label_id}-1.pdf").replace("\u00a0", " ")
    for words in (
        "cyclophosphamide 970 mg",
        "dextrose 5 %",
        "298.5 mL",
        "3.25 mg/mL",
        "597 mL/h",
        "Ann T.",
        "ORD7700123",
    ):
        assert words in text, text


KILLS = ("render", "hand_over", "_settle")


@pytest.mark.parametrize("point", KILLS)
def test_a_kill_anywhere_prints_the_same_copy_and_reports_it_once(press: Press, point: str) -> None:
    claim(press)
    target = {"render": label_documents, "hand_over": outbox_worker}.get(point, LabelPrinter)
    with patch.object(target, point, side_effect=Killed), pytest.raises(Killed):
        press.printer.step()
    (row,) = waiting(press)
    chosen = row.payload["label"]
    with patch.object(outbox_worker, "HOLD", outbox_worker.timedelta(0)):
        again = press.another()
        _expire(press)
        assert again.step()
    p = pharmacy.current(press.rooms, press.preparation)
    assert [(one.label_id, one.copy) for one in p.labels] == [(chosen, 1)]
    assert press.printed() == [f"in-process-{chosen}-1.pdf"]
    assert waiting(press) == ()


def _expire(press: Press) -> None:
    """The hold of the killed worker has run out."""
    press.rooms.store.write(lambda conn: conn.execute(update(table).values(taken_until=now())))


def test_a_folder_that_takes_nothing_is_tried_again_and_then_stuck_in_words(press: Press) -> None:
    claim(press)
    press.folder.write_text("a file stands where the folder should be")
    press.printer.step()
    (row,) = waiting(press)
    assert (row.status, row.attempts) == ("waiting", 1)
    assert "does not take the label" in row.says
    with patch.object(outbox_worker, "AGAIN", ()):
        _due(press)
        press.printer.step()
    (row,) = waiting(press)
    assert row.status == "stuck"
    press.folder.unlink()
    press.rooms.store.write(lambda conn: outbox.retry(conn, row.id, at=outbox_worker.clock.now()))
    assert press.printer.step()
    assert waiting(press) == ()
    assert len(press.printed()) == 1


def _due(press: Press) -> None:
    press.rooms.store.write(lambda conn: conn.execute(update(table).values(due_at=now())))


def test_a_reprint_is_the_same_label_with_the_next_copy_and_the_reason(press: Press) -> None:
    to_final(press)
    press.printer.step()
    payload = {"preparation": press.preparation, "kind": "final", "reason": "the printed label will not scan"}
    lane = f"printer/{pharmacy.STATION}"
    at = outbox_worker.clock.now()
    press.rooms.store.write(
        lambda conn: outbox.put(conn, kind="print_label", lane=lane, payload=payload, at=at, command_id="reprint")
    )
    assert press.printer.step()
    p = pharmacy.current(press.rooms, press.preparation)
    finals = [one for one in p.labels if one.label_kind == "final"]
    assert [one.copy for one in finals] == [1, 2]
    assert finals[0].label_id == finals[1].label_id
    assert "REPRINT" in text_of(press.folder / f"final-{finals[1].label_id}-2.pdf").replace("\u00a0", " ")


def test_a_patient_text_that_was_purged_prints_nothing_and_is_stuck(press: Press) -> None:
    claim(press)
    p = pharmacy.current(press.rooms, press.preparation)
    at = outbox_worker.clock.now()
    press.rooms.store.write(lambda conn: ordertext.forget(conn, id=p.patient, who="x", at=at, command_id="purge"))
    press.printer.step()
    (row,) = waiting(press)
    assert (row.status, press.printed()) == ("stuck", [])
    assert "patient's text" in row.says


def test_a_patients_text_swapped_in_the_database_prints_nothing_even_with_a_digest_that_fits_it(press: Press) -> None:
    claim(press)
    text = pharmacy.current(press.rooms, press.preparation).patient

    def swap(conn: Connection) -> None:
        row = conn.execute(select(order_text).where(order_text.c.id == text)).one()
        fields, salt = row.fields.replace("Example", "Decoy"), "another salt of at least 22"
        new = {"fields": fields, "salt": salt, "digest": ordertext.digest_of_text(salt, fields)}
        conn.execute(update(order_text).where(order_text.c.id == text).values(**new))

    press.rooms.store.write(swap)
    press.printer.step()
    (row,) = waiting(press)
    assert (row.status, press.printed()) == ("stuck", [])
    assert row.says.startswith("The label is not printed. The patient's text is not the one that was ordered for")


def test_the_thread_prints_by_itself_and_ends_when_told(press: Press) -> None:
    press.printer.start()
    press.printer.start()
    claim_without_printer(press)
    for _ in range(1200):
        if press.printed() and waiting(press) == ():
            break
        press.printer._ends.wait(0.05)
    press.printer.close()
    press.printer.close()
    assert len(press.printed()) == 1


def test_a_printer_that_hangs_holds_up_the_labels_of_its_own_station_alone(press: Press) -> None:
    stands = press.rooms.dispatcher.settings.stations
    stands["HOOD-2"] = stands[pharmacy.STATION]
    claim(press)
    (row,) = waiting(press)
    lane = outbox.printer_lane("HOOD-2")
    press.rooms.store.write(
        lambda conn: outbox.put(
            conn, kind="print_label", lane=lane, payload=dict(row.payload), at=now(), command_id="two"
        )
    )
    hangs, other, real = threading.Event(), threading.Event(), LabelPrinter._print

    def prints(printer: LabelPrinter, entry: Entry) -> Cannot | None:
        if entry.lane != lane:
            hangs.wait(60)
            return real(printer, entry)
        other.set()
        return None

    with patch.object(LabelPrinter, "_print", prints):
        press.printer.start()
        try:
            assert other.wait(60), "the other station's label waits for a printer that is not its own"
            assert not hangs.is_set()
        finally:
            hangs.set()
            press.printer.close()
    assert len(press.printed()) == 1, "what was in hand is finished before the end"


def claim_without_printer(press: Press) -> None:
    pharmacy.advance(press.rooms, press.preparation, "cabinet")


def test_the_final_label_waits_while_work_is_stopped_and_comes_out_by_itself_afterwards(press: Press) -> None:
    """The order is held when the bag is done: the row waits for people, however often it is looked at."""
    to_final(press)
    act(press, asked.Pause("spill"), pharmacy.ANN)
    for minutes in range(10):
        with patch.object(press.printer, "_now", return_value=now() + timedelta(minutes=minutes)):
            press.printer.step()
    assert not any("final" in name for name in press.printed())
    assert [(one.status, "work is stopped (spill)" in one.says) for one in waiting(press)] == [("waiting", True)]
    act(press, asked.Resume("it was wiped up, go on"), PAM)
    with patch.object(press.printer, "_now", return_value=now() + timedelta(minutes=11)):
        assert press.printer.step()
    assert any("final" in name for name in press.printed())


def test_the_final_label_waits_while_the_order_is_to_be_cleared(press: Press) -> None:
    to_final(press)
    press.rooms.dispatcher.order_blocked = lambda *_: "an allergy"
    press.printer.step()
    assert not any("final" in name for name in press.printed())
    assert "an allergy" in waiting(press)[0].says


def test_a_final_label_of_a_discarded_bag_is_given_up_and_holds_up_nothing(press: Press) -> None:
    to_final(press)
    act(press, asked.Abort("other"), pharmacy.ANN)
    press.printer.step()
    assert not any("final" in name for name in press.printed())
    assert waiting(press) == ()


def act(press: Press, command: asked.Command, member: pharmacy.Member) -> None:
    pharmacy._ask(press.rooms, press.preparation, command, member)


def line(press: Press, what: str, detail: dict[str, str]) -> None:
    """A line about the printer in the station's history."""
    told = {"at": now(), "who": LEE.id, "station": pharmacy.STATION, "detail": detail}
    press.rooms.store.write(lambda conn: register.note(conn, f"printer {pharmacy.STATION}", what, **told))  # type: ignore[arg-type]  # a table of plain values


def in_german(press: Press) -> None:
    """The station prints in German from now on, and its test label was scanned back."""
    given = {"kind": "pdf", "queue": "", "url": "", "dpi": "203", "roll_mm": "0", "language": "de"}
    line(press, station_printers.SET_UP, given)
    line(press, station_printers.PROVED, {"label": "7F3K2Q9X"})


def test_a_station_prints_in_its_language_and_says_that_nobody_has_signed_it(press: Press) -> None:
    in_german(press)
    claim(press)
    press.printer.step()
    (name,) = press.printed()
    text = text_of(press.folder / name)
    assert "IN HERSTELLUNG – NICHT ANWENDEN" in text
    assert "NICHT BESTÄTIGT" in text
    assert "cyclophosphamide 970 mg" in text.replace("\u00a0", " ").replace("\n", " ")
    (label,) = pharmacy.current(press.rooms, press.preparation).labels
    assert (label.language, label.texts) == ("de", catalogue("de").digest), "the record says what it said it in"


def test_a_language_that_two_people_signed_is_printed_without_the_word_unconfirmed(press: Press) -> None:
    in_german(press)
    settings, at, texts = press.rooms.dispatcher.settings, now(), catalogue("de").digest
    day = at.astimezone(settings.zone).date()

    def sign(member: Member) -> None:
        signer = Signer(member.id, member.name, "", at, "the English texts")
        over = label_texts.over_of("de", texts, day)
        press.rooms.store.write(
            lambda conn: label_texts.sign(
                Acting(conn, settings, member.id, at), "de", signer, over, day, pharmacist=member is PAM
            )
        )

    sign(PAM)
    sign(ANN)
    claim(press)
    press.printer.step()
    (name,) = press.printed()
    assert "Etikettentexte" not in text_of(press.folder / name)


def test_a_further_copy_is_in_the_language_of_the_first_whatever_the_station_prints_in_now(press: Press) -> None:
    claim(press)
    press.printer.step()
    in_german(press)
    told = {"station": pharmacy.STATION, "why": "lost", "who": "Ann T.", "at": now(), "command_id": "again"}
    press.rooms.store.write(lambda conn: print_jobs.reprint(conn, press.preparation, "in_process", **told))  # type: ignore[arg-type]  # a table of plain values
    press.printer.step()
    first, second = pharmacy.current(press.rooms, press.preparation).labels
    assert (first.copy, second.copy) == (1, 2)
    assert (second.language, second.texts) == (first.language, first.texts) == ("en", catalogue("en").digest)
    assert "IN PROCESS" in text_of(press.folder / f"in-process-{second.label_id}-2.pdf")


def test_labels_recorded_before_their_language_was_kept_are_read_as_not_saying_it() -> None:
    old = {"label_kind": "in_process", "label_id": "7F3K2Q9X", "copy": 1, "sha256": "aa", "printer": "spool"}
    said = upcast("label_recorded", 1, {"printed": old, "reason": ""})
    assert codec.decode(LabelRecorded, said) == LabelRecorded(Printed("in_process", "7F3K2Q9X", 1, "aa", "spool"), "")
    for kind, shape in (("accepted", 5), ("rejected", 4)):
        assert upcast(kind, shape, {"evidence": {"kind": "printed"} | old})["evidence"]["texts"] == ""
        assert upcast(kind, shape, {"evidence": {"kind": "scan"}}) == {"evidence": {"kind": "scan"}}
        assert upcast(kind, shape, {"evidence": None}) == {"evidence": None}


def test_a_label_that_does_not_fit_in_the_stations_language_is_printed_in_english(
    press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    def tight(label: labels.Label, *more: object) -> labels.Rendered:
        if label.language == "de":
            raise labels.DoesNotFit("drug", 1.0)
        return labels.render(label, *more)  # type: ignore[arg-type]  # as it was asked for

    monkeypatch.setattr("app.label_documents.render", tight)
    in_german(press)
    claim(press)
    (row,) = waiting(press)
    press.printer.step()
    (name,) = press.printed()
    assert "IN PROCESS – NOT FOR ADMINISTRATION" in text_of(press.folder / name)
    with press.rooms.store.reading() as conn:
        kept = outbox.get(conn, row.id)
    assert kept is not None
    assert kept.payload["language"] == "en", "its row says what it was printed in"


def test_a_label_of_a_patient_waits_for_the_test_label_of_a_printer_that_was_changed(press: Press) -> None:
    settings, store = press.rooms.dispatcher.settings, press.rooms.store
    given = {"kind": "pdf", "queue": "", "url": "", "dpi": "203", "roll_mm": "0"}
    line(press, station_printers.SET_UP, given)
    claim(press)
    press.printer.step()
    (row,) = waiting(press)
    assert (row.status, press.printed()) == ("waiting", [])
    assert "was changed. Its test label is to be scanned first" in row.says
    line(press, station_printers.PROVED, {"label": "7F3K2Q9X"})
    _due(press)
    assert press.printer.step()
    assert (waiting(press), len(press.printed())) == ((), 1)
    line(press, station_printers.SET_UP, given | {"kind": "raw9100", "url": "socket://203.0.113.9:4444"})
    line(press, station_printers.PROVED, {"label": "7F3K2Q9X"})
    with store.reading() as conn:
        says = station_printers.withheld(conn, pharmacy.STATION, settings, "final")
    assert "in no private network" in says, "also where the record had it from before"
