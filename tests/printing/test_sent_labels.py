"""Labels sent to a printer or a print queue: confirmed, unknown, failed; and what a person's answer does (F39, L5)."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
import zxingcpp
from PIL import Image
from sqlalchemy import Connection

from app import printers
from app.clock import now
from app.outbox_worker import LabelPrinter
from app.record import outbox, print_jobs
from app.record.engine import Busy
from app.record.outbox import Entry
from app.record.print_jobs import JobState
from app.station_settings import PrinterSettings
from devices.printer import raw9100
from hardware_mocks.station import Station
from tests import pharmacy
from tests.people.cast import ANN
from tests.printing.conftest import Press
from tests.printing.test_label_printer import Killed, _expire, act, claim, to_final, waiting
from workflows import commands as asked


@dataclass
class Wired:
    """The printing room with a ZPL printer on its port."""

    press: Press
    station: Station

    def paper(self) -> list[tuple[str, ...]]:
        """The codes of every label that came out, decoded from the dots themselves."""
        return [_codes(one.png()) for one in self.station.printer.came_out]

    def row(self) -> Entry:
        with self.press.rooms.store.reading() as conn:
            return outbox.of_lane(conn, outbox.printer_lane(pharmacy.STATION), 1)[0]

    def state(self) -> JobState:
        return print_jobs.state_of(self.row())

    def answer(self, came_out: bool) -> bool:
        row, at = self.row(), now()
        return self.press.rooms.store.write(lambda conn: print_jobs.answer(conn, row.id, came_out, at=at, who=ANN.id))

    def copies(self) -> list[int]:
        return [one.copy for one in pharmacy.current(self.press.rooms, self.press.preparation).labels]


def _codes(png: bytes) -> tuple[str, ...]:
    picture = Image.open(io.BytesIO(png)).convert("L")
    return tuple(sorted(found.text for found in zxingcpp.read_barcodes(picture)))


@pytest.fixture
def wired(press: Press, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wired]:
    for name, seconds in (("ANSWER_S", 0.3), ("IDLE_S", 0.3), ("PRINT_S", 0.8), ("ASK_EVERY_S", 0.05)):
        monkeypatch.setattr(raw9100, name, seconds)
    with Station() as station:
        station.printer.seconds_a_label = 0.05
        use(press, PrinterSettings(kind="raw9100", url=station.printer_url))
        yield Wired(press, station)
    press.printer.close()


def use(press: Press, printer: PrinterSettings) -> None:
    """Another printer stands at the station."""
    stands = press.rooms.dispatcher.settings.stations
    stands[pharmacy.STATION] = stands[pharmacy.STATION].model_copy(update={"printer": printer})


def test_a_label_that_the_printer_confirms_is_recorded_so_and_the_paper_carries_its_code(wired: Wired) -> None:
    claim(wired.press)
    assert wired.state() == "QUEUED"
    assert wired.press.printer.step()
    assert wired.state() == "CONFIRMED"
    label = pharmacy.current(wired.press.rooms, wired.press.preparation).in_process
    assert label is not None
    assert label.printer == f"{wired.station.printer_url}: CONFIRMED"
    (codes,) = wired.paper()
    assert any(f"VT-I-{label.label_id}" in one for one in codes), codes


def test_f39_a_label_longer_than_the_roll_is_sent_nowhere_and_one_of_another_roll_waits_for_the_right_one(
    wired: Wired,
) -> None:
    use(wired.press, PrinterSettings(kind="raw9100", url=wired.station.printer_url, roll_mm=25.4))
    claim(wired.press)
    wired.press.printer.step()
    assert (wired.state(), "one of the roll 25 mm" in wired.row().says) == ("FAILED", True)
    use(wired.press, PrinterSettings(kind="raw9100", url=wired.station.printer_url, roll_mm=76.2))
    wired.station.fault("F39", what="wrong roll")
    row = wired.row()
    wired.press.rooms.store.write(lambda conn: outbox.retry(conn, row.id, at=now()))
    with patch("app.outbox_worker.AGAIN", ()):
        wired.press.printer.step()
    assert (wired.state(), "Put in the right roll" in wired.row().says) == ("FAILED", True)
    assert wired.station.printer.heard == []
    wired.station.clear_faults()
    wired.press.rooms.store.write(lambda conn: outbox.retry(conn, row.id, at=now()))
    wired.press.printer.step()
    assert (wired.state(), wired.copies()) == ("CONFIRMED", [1])


def test_f39_a_printer_without_paper_is_sent_nothing_and_the_same_copy_comes_out_once_there_is_some(
    wired: Wired,
) -> None:
    claim(wired.press)
    wired.station.fault("F39", what="paper out")
    with patch("app.outbox_worker.AGAIN", ()):
        wired.press.printer.step()
    assert (wired.state(), wired.copies(), wired.paper()) == ("FAILED", [], [])
    assert "it is out of labels. Nothing was sent." in wired.row().says
    wired.station.clear_faults()
    row = wired.row()
    wired.press.rooms.store.write(lambda conn: outbox.retry(conn, row.id, at=now()))
    wired.press.printer.step()
    assert (wired.state(), wired.copies(), len(wired.paper())) == ("CONFIRMED", [1], 1)


def unknown(wired: Wired) -> None:
    """A label that the printer hung up on."""
    claim(wired.press)
    wired.station.fault("F39", what="closes")
    wired.press.printer.step()
    assert (wired.state(), wired.row().status) == ("UNKNOWN", "stuck")
    assert wired.copies() == [], "nothing is recorded as printed"
    for _ in range(3):
        assert not wired.press.printer.step(), "it is never sent again by itself"
    assert len(wired.station.printer.heard) == 1


def test_f39_ann_has_the_label_and_the_record_says_that_she_saw_it(wired: Wired) -> None:
    unknown(wired)
    assert wired.answer(came_out=True)
    assert wired.press.printer.step()
    assert len(wired.station.printer.heard) == 1, "nothing was sent for it"
    (label,) = pharmacy.current(wired.press.rooms, wired.press.preparation).labels
    assert (label.copy, label.printer) == (1, f"{wired.station.printer_url}: seen by {ANN.name}")
    assert wired.state() == "CONFIRMED"
    assert not wired.answer(came_out=False), "it was answered already"


def test_f39_no_label_came_out_so_the_next_copy_prints_and_the_first_is_void_wherever_it_turns_up(wired: Wired) -> None:
    unknown(wired)
    assert wired.answer(came_out=False)
    assert not wired.answer(came_out=False)
    assert wired.press.printer.step()
    (label,) = pharmacy.current(wired.press.rooms, wired.press.preparation).labels
    assert (label.copy, wired.state(), wired.row().payload["reason"]) == (2, "CONFIRMED", "no label came out")
    copies = [code[-2:] for codes in wired.paper() for code in codes if "VT-I" in code]
    assert copies == ["1%", "2%"], "one number on one piece of paper"


def test_f39_a_program_killed_while_it_sends_does_not_send_again_but_asks(wired: Wired) -> None:
    claim(wired.press)
    with patch.object(printers.raw9100, "send", side_effect=Killed), pytest.raises(Killed):
        wired.press.printer.step()
    _expire(wired.press)
    again = wired.press.another()
    assert again.step()
    again.close()
    assert (wired.state(), wired.station.printer.heard) == ("UNKNOWN", [])
    assert "ended while this label was being sent" in wired.row().says


def test_a_label_whose_report_was_lost_is_reported_and_not_sent_again(wired: Wired) -> None:
    claim(wired.press)
    with patch.object(LabelPrinter, "_report", side_effect=Killed), pytest.raises(Killed):
        wired.press.printer.step()
    _expire(wired.press)
    assert wired.press.another().step()
    assert (wired.copies(), len(wired.station.printer.heard)) == ([1], 1)


def test_the_final_label_moves_the_preparation_on_only_once_it_is_confirmed(wired: Wired) -> None:
    to_final(wired.press)
    wired.station.fault("F39", what="closes")
    wired.press.printer.step()
    p = pharmacy.current(wired.press.rooms, wired.press.preparation)
    assert (wired.state(), p.final_label()) == ("UNKNOWN", None)
    wired.answer(came_out=False)
    wired.press.printer.step()
    label = pharmacy.current(wired.press.rooms, wired.press.preparation).final_label()
    assert label is not None
    assert label.copy == 2


def killed_while_sending(wired: Wired) -> LabelPrinter:
    """The final label was under way when the program ended; the printer of the program started anew."""
    to_final(wired.press)
    with patch.object(printers.raw9100, "send", side_effect=Killed), pytest.raises(Killed):
        wired.press.printer.step()
    _expire(wired.press)
    return wired.press.another()


def test_f39_a_final_label_interrupted_and_then_held_is_asked_about_and_never_sent_by_itself_when_work_goes_on(
    wired: Wired,
) -> None:
    printer, before = killed_while_sending(wired), len(wired.station.printer.heard)
    act(wired.press, asked.Pause("spill"), pharmacy.ANN)
    printer.step()
    assert (wired.state(), wired.row().status) == ("UNKNOWN", "stuck")
    act(wired.press, asked.Resume("it was wiped up, go on"), pharmacy.PAM)
    assert not printer.step()
    assert len(wired.station.printer.heard) == before
    assert wired.answer(came_out=True)
    assert printer.step()
    printer.close()
    label = pharmacy.current(wired.press.rooms, wired.press.preparation).final_label()
    assert label is not None
    assert (label.copy, len(wired.station.printer.heard)) == (1, before)


def test_f39_a_final_label_interrupted_and_then_discarded_is_asked_about_too(wired: Wired) -> None:
    printer = killed_while_sending(wired)
    act(wired.press, asked.Abort("other"), pharmacy.ANN)
    printer.step()
    assert (wired.state(), wired.row().status) == ("UNKNOWN", "stuck"), "a patient's label may lie about"
    assert wired.answer(came_out=True)
    printer.step()
    printer.close()
    assert (wired.row().status, wired.state()) == ("dismissed", "CONFIRMED")
    assert f"meanwhile: {print_jobs.name_of(wired.row())} came out" in wired.row().says


def test_f39_a_label_that_came_out_while_the_record_took_nothing_is_not_sent_again(wired: Wired) -> None:
    claim(wired.press)
    real = LabelPrinter._keep

    def keep(printer: LabelPrinter, conn: Connection, entry: Entry, more: dict[str, str]) -> Entry:
        if more.get("job") == print_jobs.CONFIRMED:
            raise Busy("the record is busy")
        return real(printer, conn, entry, more)

    with patch.object(LabelPrinter, "_keep", keep):
        wired.press.printer.step()
    with patch.object(wired.press.printer, "_now", return_value=now() + timedelta(minutes=1)):
        wired.press.printer.step()
    assert (wired.state(), len(wired.station.printer.heard)) == ("UNKNOWN", 1)


@pytest.fixture
def lp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pretend `lp` that keeps what it is given; its exit code stands in a file."""
    folder = tmp_path / "cups"
    folder.mkdir()
    (folder / "code").write_text("0")
    script = folder / "lp"
    script.write_text(
        f'#!/bin/sh\ncat > {folder}/taken.pdf\necho "$@" >> {folder}/asked\n'
        f'[ "$(cat {folder}/code)" = 0 ] || echo "lp: The printer or class does not exist." >&2\nexit "$(cat {folder}/code)"\n'
    )
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder


def test_a_print_queue_takes_the_pdf_and_is_never_believed_to_have_printed_it(press: Press, lp: Path) -> None:
    use(press, PrinterSettings(kind="lp", queue="hood-1"))
    claim(press)
    assert press.printer.step()
    (label,) = pharmacy.current(press.rooms, press.preparation).labels
    assert label.printer == "print queue hood-1: SENT"
    with press.rooms.store.reading() as conn:
        (row,) = outbox.of_lane(conn, outbox.printer_lane(pharmacy.STATION), 5)
    assert print_jobs.state_of(row) == "SENT"
    assert (lp / "taken.pdf").read_bytes() == press.rooms.blobs.get(label.sha256)
    assert (lp / "asked").read_text().startswith("-d hood-1 -t in-process-")


def test_a_queue_that_is_not_there_fails_in_its_own_words_and_is_tried_again(press: Press, lp: Path) -> None:
    use(press, PrinterSettings(kind="lp", queue="gone"))
    (lp / "code").write_text("1")
    claim(press)
    press.printer.step()
    (row,) = waiting(press)
    assert (row.status, print_jobs.state_of(row)) == ("waiting", "QUEUED")
    assert "did not take the label: lp: The printer or class does not exist." in row.says


def test_a_queue_that_hangs_leaves_it_unknown(press: Press, lp: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(press, PrinterSettings(kind="lp", queue="slow"))
    monkeypatch.setattr(printers, "LP_S", 0.2)
    (lp / "lp").write_text("#!/bin/sh\nexec sleep 5\n")
    claim(press)
    press.printer.step()
    (row,) = waiting(press)
    assert print_jobs.state_of(row) == "UNKNOWN"
