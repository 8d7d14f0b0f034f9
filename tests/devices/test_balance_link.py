"""A technician weighs: the link to a well-behaved balance."""

import threading
import time
from decimal import Decimal

import pytest

from devices.balance import balance
from devices.balance.balance import BalanceLink, Changed
from devices.errors import Refusing, Silent
from devices.readings import BalanceIdentity, WeightRead
from tests.devices.clock import CLOCK, MOMENT
from tests.devices.peer import SERIAL, link_to, wait_for, watched


def test_a_balance_says_who_it_is(instrument):
    with link_to(instrument()) as link:
        assert link.identity() == BalanceIdentity(
            protocol="mt-sics",
            serial=SERIAL,
            model="JE1002G/A",
            software="1.20 34.28.3.4485.1729",
            capacity=Decimal("1200.90"),
            capacity_unit="g",
            commands=frozenset({"I0", "I4", "SI", "TA", "Z"}),
            verified=False,
        )
        assert "not yet verified" in link.state.says


def test_nothing_is_sent_while_listening(instrument):
    peer = instrument()
    started = time.monotonic()
    with link_to(peer):
        assert peer.at[0] - started >= 1.0
        assert peer.heard[0] == b"I4"


def test_a_settled_weight_carries_its_lines_and_its_epoch(instrument):
    peer = instrument(SI=[b"S D     101.17 g\r\n", b"S S     100.00 g\r\n"])
    with link_to(peer) as link:
        read = link.settled(60)
        assert isinstance(read, WeightRead)
        assert (str(read.value), read.unit, read.mode, read.decimals) == ("100.00", "g", "stable", 2)
        assert read.balance.serial == SERIAL
        assert read.taken_at == MOMENT
        assert read.epoch == link.state.epoch
        assert read.n >= 8
        assert set(read.raw) == {b"S S     100.00 g"}
        assert (read.sd, read.slope) == (0, 0)
        assert read.settled_in >= 2.0
        assert peer.count("TA") == 2, "no tare is believed on one answer"


def test_a_watched_settled_weight_needs_no_window_of_its_own(instrument):
    peer = instrument()
    with link_to(peer) as link:
        link.watch()
        wait_for(lambda: watched(link).settled, link)
        asked = []
        for _ in range(5):
            wait_for(lambda: watched(link).settled, link)
            before = peer.count("SI")
            link.watch()
            assert isinstance(link.settled(60), WeightRead)
            asked.append(peer.count("SI") - before)
        assert min(asked) < link.rule.samples


def test_a_live_weight_costs_nothing_when_nobody_looks(instrument, monkeypatch):
    monkeypatch.setattr(balance, "WATCHED_S", 1.0)
    peer = instrument()
    with link_to(peer) as link:
        assert link.live().said is None
        link.watch()
        wait_for(lambda: isinstance(watched(link).said, WeightRead), link)
        time.sleep(2.0)
        asked = peer.count("SI")
        time.sleep(0.5)
        assert peer.count("SI") == asked
        assert 1 <= asked <= 20
        assert link.live().said.mode == "unstable"


def test_a_wait_for_a_settled_weight_can_be_cancelled(instrument):
    cancel = threading.Event()
    with link_to(instrument(SI=[b"S D       1.00 g\r\n"])) as link:
        threading.Timer(0.3, cancel.set).start()
        said = link.settled(10, cancel)
        assert isinstance(said, Refusing)
        assert said.kind == "cancelled"


def test_a_zero_ends_the_epoch_and_a_refused_one_does_not(instrument):
    with link_to(instrument(Z=[b"Z I\r\n", b"Z A\r\n"])) as link:
        before = link.state.epoch
        refused = link.zero()
        assert isinstance(refused, Refusing)
        assert refused.kind == "not_ready"
        assert link.state.epoch == before
        assert link.zero() == Changed("The balance is zeroed.", MOMENT, before._replace(change=before.change + 1))
        assert link.state.name == "ready"


def test_a_closed_link_answers_with_words():
    link = BalanceLink("mt-sics", "/dev/serial/by-id/usb-none", clock=CLOCK)
    assert link.settled(1) == Silent("The balance is not connected.", link_lost=True)
    assert link.zero().link_lost


@pytest.mark.parametrize(("protocol", "line"), [("mt-sisc", "9600 8N1"), ("mt-sics", "9600,8,N,1")])
def test_settings_nobody_understands_are_refused_with_words(protocol, line):
    with pytest.raises(ValueError, match=r"mt-sics|9600 8N1"):
        BalanceLink(protocol, "/dev/ttyUSB0", line, clock=CLOCK)
