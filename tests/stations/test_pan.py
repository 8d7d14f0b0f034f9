"""A pan over a pretend balance: what lies there, when it may be taken, and what makes it dark."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from app.clock import now
from app.record.engine import NotSaved
from app.stations.benches import UNWATCHED, Bench, Benches, Restart
from app.stations.pan import Glance, NoWeighing, Pan, Zeroed
from devices import connection
from devices.balance import balance
from devices.connection import LOST, RESTARTED
from hardware_mocks.station import Station
from tests.pharmacy import SERIAL
from tests.stations.conftest import until
from tests.stations.test_every_balance import SHORT
from workflows.evidence import Weighing


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "LISTEN_S", 0.2)
    monkeypatch.setattr(balance, "POLL_S", 0.05)


def pan_of(bench: Bench) -> Pan:
    assert bench.pan is not None
    bench.pan.link.rule = SHORT
    return bench.pan


def emptied(pan: Pan) -> None:
    until(lambda: pan.glance().empty)


def shown(pan: Pan, true: Callable[[Glance], bool]) -> Glance:
    """Look until something is shown, and return the glance that showed it: the next one may be another already."""
    seen: list[Glance] = []

    def look() -> bool:
        seen[:] = [pan.glance()]
        return true(seen[0])

    until(look)
    return seen[0]


def settled(pan: Pan) -> Glance:
    return shown(pan, lambda glance: glance.armed and glance.settled)


def taken(pan: Pan) -> Weighing:
    """A weighing that was had; a machine with other work may be slow to come to it."""
    got = pan.capture(timeout_s=60.0)
    assert isinstance(got, Weighing), got
    return got


def test_an_empty_pan_then_a_settled_load_is_a_weighing_with_the_zero_before_it(bench: Bench, station: Station) -> None:
    pan = pan_of(bench)
    emptied(pan)
    station.put("24.55")
    seen = settled(pan)
    assert (seen.state, seen.value, seen.unit, seen.empty) == ("ready", "24.55", "g", False)
    got = taken(pan)
    assert (got.g, got.mode, got.zero_g, got.balance) == (Decimal("24.55"), "stable", Decimal("0.00"), SERIAL)
    assert got.epoch == seen.epoch
    assert got.raw[-1].startswith("S S")


def test_a_load_that_lay_there_before_anybody_looked_is_not_armed(bench: Bench, station: Station) -> None:
    pan = pan_of(bench)
    station.put("18.42")
    assert not shown(pan, lambda glance: glance.settled).armed
    station.clear()
    emptied(pan)
    station.put("18.42")
    assert settled(pan).armed


def test_after_a_weighing_counted_the_pan_must_be_emptied_first(bench: Bench, station: Station) -> None:
    pan = pan_of(bench)
    emptied(pan)
    station.put("18.42")
    settled(pan)
    pan.counted()
    assert not pan.glance().armed
    station.clear()
    emptied(pan)
    station.put("42.97")
    assert settled(pan).value == "42.97"


def test_the_time_settled_begins_anew_with_another_load(bench: Bench, station: Station) -> None:
    pan = pan_of(bench)
    emptied(pan)
    station.put("18.42")
    shown(pan, lambda glance: glance.settled_s > 0.3)
    station.put("42.97")
    first = shown(pan, lambda glance: glance.value == "42.97" and glance.settled)
    assert first.settled_s == 0


def test_an_empty_pan_gives_no_weighing(bench: Bench) -> None:
    pan = pan_of(bench)
    emptied(pan)
    got = pan.capture(timeout_s=60.0)
    assert got == NoWeighing("There is nothing on the pan. Put it on the pan.")


def test_a_pan_that_never_settles_gives_no_weighing_and_says_why(bench: Bench, station: Station) -> None:
    pan = pan_of(bench)
    emptied(pan)
    station.fault("F20")
    station.put("18.42")
    got = pan.capture(timeout_s=1.5)
    assert isinstance(got, NoWeighing)
    assert got.says
    assert not pan.glance().settled


def test_pulling_the_plug_is_seen_and_begins_another_epoch(bench: Bench, station: Station) -> None:
    pan = pan_of(bench)
    emptied(pan)
    station.put("18.42")
    before = settled(pan).epoch
    station.unplug("balance")
    until(lambda: pan.glance().state == "silent")
    assert isinstance(pan.capture(timeout_s=0.5), NoWeighing)
    station.replug("balance")
    until(lambda: pan.glance().state == "ready")
    assert pan.glance().epoch != before
    assert not shown(pan, lambda glance: glance.settled).armed, "the zero before the plug was pulled counts no more"


def test_f13_a_power_cycle_is_told_at_once_with_no_page_open_so_that_todays_check_ends(
    bench: Bench, station: Station, restarts: list[tuple[str, Restart]]
) -> None:
    link = pan_of(bench).link
    until(lambda: link.state.name == "ready")
    assert restarts == []
    station.power_cycle()
    until(lambda: bool(restarts))
    until(lambda: link.state.name == "ready")
    assert restarts == [("HOOD-1", Restart(RESTARTED, sure=True))]


def test_f13_a_plug_that_was_out_is_told_as_a_restart_nobody_could_hear(
    bench: Bench, station: Station, restarts: list[tuple[str, Restart]]
) -> None:
    link = pan_of(bench).link
    until(lambda: link.state.name == "ready")
    station.unplug("balance")
    until(lambda: bool(restarts))
    station.power_cycle()
    station.replug("balance")
    until(lambda: link.state.name == "ready")
    assert restarts[0] == ("HOOD-1", Restart(LOST, sure=False))


def test_f13_a_restart_that_cannot_be_written_down_is_written_again_and_nothing_is_weighed_before(
    benches: Benches, station: Station
) -> None:
    fails, told = [True], []

    def write_down(_: str, what: Restart) -> None:
        if fails:
            raise NotSaved("the disk is full")
        told.append(what)

    benches._restarted = write_down
    benches.start()
    made = benches.at("HOOD-1")
    assert made is not None
    pan = pan_of(made)
    emptied(pan)
    station.power_cycle()
    until(lambda: pan.glance().state == "silent")
    assert isinstance(pan.capture(timeout_s=1.0), NoWeighing)
    fails.clear()
    until(lambda: pan.glance().state == "ready")
    assert [what.sure for what in told] == [True]


@pytest.mark.parametrize("longer", [True, False])
def test_f13_a_balance_nobody_listened_to_while_the_server_was_down_may_have_been_off(
    benches: Benches, restarts: list[tuple[str, Restart]], longer: bool
) -> None:
    kept = benches._kept("HOOD-1", "balance")
    kept.parent.mkdir()
    kept.touch()
    last = now() - UNWATCHED + timedelta(seconds=-1 if longer else 20)
    os.utime(kept, (last.timestamp(), last.timestamp()))
    benches.start()
    assert [(code, what.sure) for code, what in restarts] == ([("HOOD-1", False)] if longer else [])


def test_q17_another_balance_on_the_wire_is_wrong_by_name(bench: Bench, station: Station) -> None:
    pan = pan_of(bench)
    emptied(pan)
    station.fault("F5", serial="B999999999", seconds=0.3)
    until(lambda: pan.glance().state == "wrong")
    assert "B999999999" in pan.glance().says


def test_zeroing_an_empty_pan_begins_another_epoch(bench: Bench) -> None:
    pan = pan_of(bench)
    emptied(pan)
    before = pan.glance().epoch
    assert pan.zero() == Zeroed(True, "The balance is zeroed.", True)
    until(lambda: pan.glance().epoch not in ("", before))


def test_f25_a_balance_that_refuses_to_zero_is_not_zeroed_and_voids_nothing(bench: Bench, station: Station) -> None:
    pan = pan_of(bench)
    emptied(pan)
    station.put("100")
    until(lambda: pan.glance().settled)
    got = pan.zero()
    assert (got.done, got.void) == (False, False)
    assert got.says


def test_f25_a_zero_whose_answer_never_came_is_not_done_and_voids_what_it_may_have_changed(
    bench: Bench, station: Station
) -> None:
    pan = pan_of(bench)
    emptied(pan)
    station.fault("F8", command="Z")
    got = pan.zero()
    assert (got.done, got.void) == (False, True)
    assert "not known" in got.says


def test_f23_after_an_overload_the_pan_must_be_empty_before_anything_is_weighed(bench: Bench, station: Station) -> None:
    pan = pan_of(bench)
    emptied(pan)
    station.put("250")
    assert settled(pan).armed
    station.fault("F23", g="5000")
    until(lambda: pan.glance().state == "trouble")
    station.clear_faults()
    assert not shown(pan, lambda glance: glance.settled).armed
    got = taken(pan)
    assert got.zero_g is None, "the zero before the overload proves nothing any more"
    station.clear()
    emptied(pan)
    station.put("250")
    assert settled(pan).armed


def test_a_truncated_reply_is_never_a_weight(bench: Bench, station: Station) -> None:
    pan = pan_of(bench)
    emptied(pan)
    station.put("18.42")
    settled(pan)
    station.fault("F9", times=2, keep=9)
    for _ in range(12):
        assert pan.glance().value in ("", "18.42")
    got = pan.capture()
    assert isinstance(got, NoWeighing) or got.g == Decimal("18.42")


def test_the_stations_scanner_is_heard_by_number(bench: Bench, station: Station) -> None:
    until(lambda: station.connected("scanner"))
    assert station.scan("]d1%VT-C-NEXT%")
    until(lambda: bench.scans.count == 1)
    assert station.scan("0110019955500124")
    until(lambda: bench.scans.count == 2)
    first, second = bench.scans.after(0)
    assert (first.number, first.raw, first.trouble) == (1, "]d1%VT-C-NEXT%", "")
    assert "did not say what kind of code" in second.trouble
    assert bench.scans.after(1) == (second,)
    assert (bench.scans.numbered(2), bench.scans.numbered(9)) == (second, None)


def test_half_a_code_is_told_as_trouble_not_as_a_code(bench: Bench, station: Station) -> None:
    until(lambda: station.connected("scanner"))
    station.scan("]d1%VT-C-NEXT%")
    until(lambda: bench.scans.count == 1)
    station.scanner.scan_partly("]d1%VT-C-CAPTURE%", 8)
    until(lambda: bench.scans.count == 2)
    (half,) = bench.scans.after(1)
    assert (half.raw, half.trouble) == ("", "Only a part of the code arrived. Scan again.")
