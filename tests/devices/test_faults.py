"""Faults by number: what the driver says, and that no wrong weight comes out."""

import time
from decimal import Decimal

import pytest
import serial

from devices import connection
from devices.backoff import pause_s
from devices.balance.balance import BalanceLink
from devices.errors import Garbled, Silent
from devices.journal import Journal
from devices.readings import WeightRead
from devices.transport import open_trouble
from tests.devices.clock import CLOCK
from tests.devices.peer import SERIAL, Peer, i_am, link_to, wait_for, watched

SUSPECT = "The balance did not answer as it should. The balance does not answer."


def happened(link: BalanceLink) -> list[str]:
    return [event.what for event in link.events()]


def told(link: BalanceLink) -> str:
    return " | ".join(event.says for event in link.events())


def test_f1_unplugged_while_idle_is_lost_and_found_again(instrument):
    peer = instrument()
    with link_to(peer) as link:
        epoch = link.state.epoch
        peer.unplug()
        wait_for(lambda: link.state.name == "lost", link)
        assert "cable" in link.state.says
        said = link.settled(60)
        assert isinstance(said, Silent)
        assert said.link_lost
        assert link.live().said.link_lost
        peer.plug()
        wait_for(lambda: link.state.name == "ready", link)
        assert link.state.epoch > epoch
        assert isinstance(link.settled(60), WeightRead)


def test_f1_the_longest_pause_between_two_attempts_leaves_a_replugged_balance_ready_within_six_seconds():
    longest = max(pause_s(f"/dev/serial/by-id/{port}", attempt) for port in range(50) for attempt in range(20))
    assert longest + connection.LISTEN_S + 0.5 <= 6.0
    assert pause_s("/dev/serial/by-id/0", 0) < 0.5 < pause_s("/dev/serial/by-id/0", 3)


def test_f2_unplugged_in_mid_reply_gives_the_part_to_the_journal_only(instrument, tmp_path):
    peer = instrument(TA=[(b"TA A      10", 0.2)])
    journal = Journal(tmp_path / "journal", CLOCK)
    link = BalanceLink("mt-sics", str(peer.link), serial=SERIAL, clock=CLOCK, journal=journal)
    link.start()
    try:
        wait_for(lambda: link.state.name == "ready", link)
        peer.on["TA"] = lambda: (peer._end.set(), peer._pull())
        said = link.settled(60)
        assert said == Silent(said.says, partial=b"TA A      10", link_lost=True)
    finally:
        link.close()
        journal.close()
    assert '"TA A      10"' in (tmp_path / "journal").read_text()


@pytest.mark.parametrize("verb", ["tare", "zero"])
def test_f3_unplugged_right_after_tare_or_zero_is_unknown_and_never_resent(instrument, verb):
    letter = "T" if verb == "tare" else "Z"
    peer = instrument(**{letter: [(0.05,)]})
    with link_to(peer) as link:
        epoch = link.state.epoch
        peer.on[letter] = lambda: (peer._end.set(), peer._pull())
        said = getattr(link, verb)()
        assert isinstance(said, Silent)
        assert "not known" in said.says
        peer.on.clear()
        peer.plug()
        wait_for(lambda: link.state.name == "ready", link)
        assert link.state.epoch > epoch
        assert peer.count(letter) == 1


def test_f4_replugged_under_another_node_is_found_by_its_name_and_asked_who_it_is(instrument, tmp_path):
    peer = instrument()
    with link_to(peer) as link:
        before = peer.link.readlink()
        first = link.state.epoch.connection
        other = Peer(tmp_path, i_am())
        assert other.link.readlink() != before
        peer.link = tmp_path / "gone"
        peer.unplug()
        wait_for(lambda: link.state.epoch.connection != first, link)
        assert other.heard[0] == b"I4"
        assert link.identity().serial == SERIAL
        wait_for(lambda: link.state.name == "ready", link)
        other.close()


@pytest.mark.parametrize("configured", [SERIAL, None])
def test_f5_another_balance_is_refused_until_a_person_acts(instrument, configured):
    peer = instrument()
    with link_to(peer, serial=configured) as link:
        peer.unplug()
        peer.says["I4"] = [b'I4 A "B999999999"\r\n']
        peer.plug()
        wait_for(lambda: link.state.name == "wrong_device", link)
        assert "B999999999" in link.state.says
        assert SERIAL in link.state.says
        assert isinstance(link.settled(1), Silent)
        peer.unplug()
        peer.says["I4"] = [f'I4 A "{SERIAL}"\r\n'.encode()]
        peer.plug()
        time.sleep(0.7)
        assert link.state.name == "wrong_device"
        link.try_again()
        wait_for(lambda: link.state.name == "ready", link)


def test_f5_a_balance_swapped_behind_a_live_line_is_found_by_the_heartbeat(instrument):
    peer = instrument()
    with link_to(peer) as link:
        peer.says["I4"] = [b'I4 A "B999999999"\r\n']
        wait_for(lambda: link.state.name == "wrong_device", link)


def test_f6_a_port_held_by_another_program_says_so_and_comes_back(instrument):
    peer = instrument()
    with serial.Serial(str(peer.link), exclusive=True), link_to(peer, ready=False) as link:
        wait_for(lambda: link.state.name == "lost", link)
        assert "another program" in link.state.says
        assert peer.heard == []


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (serial.SerialException(2, "could not open port /dev/x: [Errno 2] No such file or directory"), "missing"),
        (serial.SerialException("could not open port '/dev/x': No such file or directory"), "missing"),
        (serial.SerialException(13, "could not open port /dev/x: [Errno 13] Permission denied"), "permission"),
        (serial.SerialException("[Errno 13] Permission denied: '/dev/x'"), "permission"),
        (serial.SerialException(11, "Could not exclusively lock port /dev/x"), "busy"),
        (serial.SerialException(16, "could not open port /dev/x: Device or resource busy"), "busy"),
        (serial.SerialException("Could not configure port: (25, 'Inappropriate ioctl for device')"), "not_a_tty"),
        (serial.SerialException("Could not open port socket://x:1: [Errno 111] Connection refused"), "refused"),
        (serial.SerialException("Could not configure port: (5, 'Input/output error')"), "other"),
    ],
)
def test_f7_the_failures_of_opening_are_told_apart(error, kind):
    assert open_trouble(error) == kind


@pytest.mark.parametrize(
    ("url", "name", "words"), [("{}/none", "lost", "no device"), ("{}/file", "config_error", "serial")]
)
def test_f7_what_cannot_be_opened_is_named(tmp_path, url, name, words):
    (tmp_path / "file").write_text("not a port")
    link = BalanceLink("mt-sics", url.format(tmp_path), clock=CLOCK)
    link.start()
    try:
        wait_for(lambda: link.state.name == name, link)
        assert words in link.state.says
    finally:
        link.close()


def test_f8_no_reply_is_silent_then_suspect_then_lost(instrument):
    peer = instrument()
    with link_to(peer) as link:
        peer.says.clear()
        link.watch()
        wait_for(lambda: SUSPECT in told(link), link)
        said = link.live().said
        assert isinstance(said, Silent)
        wait_for(lambda: link.state.name == "lost", link)
        assert peer.heard[-2:] == [b"I2", b"I2"]
        peer.says.update(i_am())
        wait_for(lambda: link.state.name == "ready", link)


def test_f8_one_lost_reply_is_made_good_by_the_identity_query(instrument):
    peer = instrument(SI=[b"S S       5.00 g\r\n"] * 3 + [(0.0,), b"S S       5.00 g\r\n"])
    with link_to(peer) as link:
        epoch = link.state.epoch
        link.watch()
        wait_for(lambda: SUSPECT in told(link), link)
        wait_for(lambda: link.state.name == "ready", link)
        assert link.state.epoch == epoch
        assert isinstance(link.settled(60), WeightRead)


def test_f9_a_reply_without_its_end_is_no_weight(instrument):
    with link_to(instrument(SI=[b"S S     100.00 g"])) as link:
        said = link.settled(60)
        assert said == Silent(said.says, partial=b"S S     100.00 g")
        assert "broke off" in said.says


def test_f10_slow_single_bytes_do_not_move_the_deadline(instrument):
    slow = tuple(part for byte in b"S S      12.50 g\r\n" for part in (bytes([byte]), 0.3))
    with link_to(instrument(SI=[slow])) as link:
        said = link.settled(60)
        assert isinstance(said, Silent)
        assert said.partial.startswith(b"S S")
        assert len(said.partial) < 12, "the rest came after the deadline"


def test_f11_a_late_reply_is_never_the_answer_to_the_next_question(instrument):
    late = (1.3, b"S S     900.00 g\r\n")
    with link_to(instrument(SI=[late, b"S S     100.00 g\r\n"])) as link:
        assert isinstance(link.settled(60), Silent)
        wait_for(lambda: link.state.name == "ready", link)
        read = link.settled(60)
        assert isinstance(read, WeightRead)
        assert read.grams == Decimal("100.00")
        assert all(b"900" not in line for line in read.raw)


def test_f12_a_line_from_the_print_key_is_left_out_and_counted(instrument):
    peer = instrument(SI=[b"S S      18.42 g\r\n"])
    with link_to(peer) as link:
        peer.send(b"S S     999.00 g\r\n")
        wait_for(lambda: "unasked" in happened(link), link)
        read = link.settled(60)
        assert isinstance(read, WeightRead)
        assert read.grams == Decimal("18.42")


@pytest.mark.parametrize("when", ["before the first command", "later"])
def test_f12_a_balance_that_prints_by_itself_is_a_setting_a_person_mends(instrument, when, monkeypatch):
    peer = instrument()
    monkeypatch.setattr(connection, "LISTEN_S", 1.0 if when == "later" else 30.0)
    with link_to(peer, ready=when == "later") as link:
        if when == "later":
            peer.send(b"S S       1.00 g\r\n" * 6)
        else:
            wait_for(lambda: link.state.name == "listening", link)
            peer.send(b"S S       1.00 g\r\n")
        wait_for(lambda: link.state.name == "config_error", link)
        assert "auto print" in link.state.says
        assert isinstance(link.settled(1), Silent)
        assert when == "later" or peer.heard == []
        monkeypatch.setattr(connection, "LISTEN_S", 0.2)
        link.try_again()
        wait_for(lambda: link.state.name == "ready", link)


@pytest.mark.parametrize("noise", [b"", b"\x00\xff"])
def test_f13_a_power_cycle_ends_the_epoch(instrument, noise):
    peer = instrument()
    with link_to(peer) as link:
        before = link.state.epoch
        peer.send(noise + f'I4 A "{SERIAL}"\r\n'.encode())
        wait_for(lambda: link.state.epoch.restart == 1, link)
        assert link.state.epoch == before._replace(restart=1)
        assert link.state.name == "ready"
        (event,) = [event for event in link.events() if event.what == "restarted"]
        assert "switched off and on" in event.says


@pytest.mark.parametrize("watched", [True, False], ids=["polled", "idle"])
def test_f13_a_banner_that_comes_while_the_link_is_checked_is_not_taken_for_an_answer(instrument, watched):
    peer = instrument()
    with link_to(peer) as link:
        before = link.state.epoch
        banner = f'I4 A "{SERIAL}"\r\n'.encode()
        peer.says.update(SI=[(0.0,)], I2=[(0.5, banner)], I4=[(0.0,)])
        peer.on["I2"] = lambda: peer.says.update(i_am())
        if watched:
            link.watch()
        wait_for(lambda: link.state.epoch.restart > 0, link)
        wait_for(lambda: link.state.name == "ready", link)
        assert link.state.epoch.connection == before.connection


def test_f13_a_link_that_was_lost_counts_as_a_balance_that_may_have_been_switched_off(instrument):
    peer = instrument()
    with link_to(peer) as link:
        told = []
        link.tell_me(lambda event: told.append(event.what))
        before = link.state.epoch
        peer.unplug()
        wait_for(lambda: "may_have_restarted" in told, link)
        peer.plug()
        wait_for(lambda: link.state.name == "ready", link)
        assert link.state.epoch.restart == before.restart + 1
        assert link.state.epoch.connection > before.connection
        assert told.count("may_have_restarted") == 1


def test_f13_a_banner_heard_before_the_balance_was_asked_anything_is_a_restart(instrument, monkeypatch):
    peer = instrument()
    monkeypatch.setattr(connection, "LISTEN_S", 3.0)
    with link_to(peer, ready=False) as link:
        wait_for(lambda: link.state.name == "listening", link)
        peer.send(f'I4 A "{SERIAL}"\r\n'.encode())
        wait_for(lambda: link.state.name == "ready", link)
        assert happened(link).count("restarted") == 1
        assert link.state.epoch.restart == 1


def test_f13_a_link_that_we_close_ourselves_tells_of_no_restart(instrument):
    peer = instrument()
    with link_to(peer) as link:
        link.close()
        assert "may_have_restarted" not in happened(link)


def test_f13_a_power_cycle_between_two_weights_parts_them(instrument):
    peer = instrument()
    with link_to(peer) as link:
        before = link.settled(60)
        peer.send(f'I4 A "{SERIAL}"\r\n'.encode())
        after = link.settled(60)
        assert isinstance(before, WeightRead)
        assert isinstance(after, WeightRead)
        assert after.epoch != before.epoch


def test_f13_a_power_cycle_within_the_window_starts_it_anew(instrument):
    peer = instrument()
    with link_to(peer) as link:
        link.watch()
        wait_for(lambda: watched(link).settled, link)
        peer.send(f'I4 A "{SERIAL}"\r\n'.encode())
        wait_for(lambda: link.state.epoch.restart == 1, link)
        assert not link.live().settled


def test_f14_an_echo_is_filtered(instrument):
    echoing = {name: [name.encode() + b"\r\n" + one for one in says] for name, says in i_am().items()}
    with link_to(instrument(**echoing)) as link:
        read = link.settled(60)
        assert isinstance(read, WeightRead)
        assert read.raw[-1] == b"S S       0.00 g"


def test_f14_an_echo_alone_is_silence(instrument):
    peer = instrument(**{name: [name.encode() + b"\r\n"] for name in i_am()})
    with link_to(peer, ready=False) as link:
        wait_for(lambda: link.state.name == "lost", link)
        assert "echo" in link.state.says


def test_f15_a_wrong_parity_says_line_settings_and_no_value(instrument):
    peer = instrument()
    with link_to(peer) as link:
        peer.says["SI"] = [b"S\xa0S\xa0\xa0\xa0\xa0\xa0\xb100.00\xa0\xe7\x8d\n"]
        said = link.settled(60)
        assert isinstance(said, Garbled)
        assert said.reason == "line settings"
        assert "speed and parity" in said.says


def test_f15_a_wrong_parity_from_the_start_never_becomes_ready(instrument):
    with link_to(instrument(I4=[b'I4\xa0A\xa0"B\xb123"\x8d\n']), ready=False) as link:
        wait_for(lambda: link.state.name == "lost", link)
        assert "speed and parity" in link.state.says
