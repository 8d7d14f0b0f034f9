"""A technician zeroes and weighs on balances that do not answer everything: the link, against the scripted instrument."""

import contextlib
from dataclasses import replace
from decimal import Decimal

from devices.balance.balance import BalanceLink, Changed
from devices.balance.identify import NAMELESS
from devices.balance.sartorius_sbi import SartoriusSbi
from devices.balance.says import NotShown, Tare
from devices.balance.stability import StabilityRule
from devices.balance.talk import Talk
from devices.balance.tare import ask_tare
from devices.errors import Refusing
from devices.readings import WeightRead
from tests.devices.clock import CLOCK
from tests.devices.peer import SERIAL, wait_for, watched

SBI = {
    "\x1bx1_": [b"ENTRIS2202-1S\r\n"],
    "\x1bx2_": [f"{SERIAL}\r\n".encode()],
    "\x1bx3_": [b"00-50-04\r\n"],
}
A_AND_D = {
    "?SN": [f"SN,{SERIAL}\r\n".encode()],
    "?TN": [b"TN,FX-3000i\r\n"],
    "?PT": [b"PT:+00000.00  g\r\n"],
    "Q": [b"ST,+00000.00  g\r\n"],
}


@contextlib.contextmanager
def link_to(protocol, peer, serial=SERIAL):
    link = BalanceLink(protocol, str(peer.link), serial=serial, clock=CLOCK)
    link.rule = StabilityRule(window_s=0.3, samples=3, flagged=3, longest_gap_s=5.0)
    link.start()
    try:
        wait_for(lambda: link.state.name == "ready", link)
        yield link
    finally:
        link.close()


def test_f26_a_silent_tare_is_believed_only_when_the_weight_shows_it(instrument):
    peer = instrument(**SBI | {"\x1bP": [b"+  25.0000 g  \r\n"]})
    with link_to("sartorius-sbi", peer) as link:
        assert link.identity().model == "ENTRIS2202-1S"
        epoch = link.state.epoch
        ignored = link.tare()
        assert isinstance(ignored, NotShown)
        assert ignored.code == "tare_failed"
        assert "25.0000 g" in ignored.says
        assert link.state.epoch.change == epoch.change + 1
        peer.says["\x1bP"] = [b"-   0.0002 g  \r\n"]
        assert isinstance(link.zero(), Changed)
        assert (peer.count("\x1bU"), peer.count("\x1bV")) == (1, 1)
        assert link.state.name == "ready"


def test_f20_an_sbi_balance_in_motion_shows_its_number_and_is_never_evidence(instrument):
    peer = instrument(**SBI | {"\x1bP": [b"N     +    10.00    \r\n"]})
    with link_to("sartorius-sbi", peer) as link:
        link.watch()
        wait_for(lambda: watched(link).said is not None, link)
        live = link.live().said
        assert (live.kind, "10.00" in live.says) == ("not_ready", True)
        assert link.settled(0.5).kind == "not_settled"
        peer.says["\x1bP"] = [b"N     +    10.00 g  \r\n"]
        said = link.settled(60)
        assert isinstance(said, Refusing)
        assert "cannot say whether a tare is set" in said.says


def test_f27_a_sartorius_balance_that_moved_at_the_question_for_its_tare_is_asked_again():
    still = b"G#    +   25.000 g  \r\nT     +    0.000 g  \r\nN     +   25.000 g  \r\n"
    moving = b"G#    +   25.000    \r\nT     +    0.000    \r\nN     +   25.000    \r\n"
    asked = []

    def run(ask):
        asked.append(ask.name)
        talk = Talk(SartoriusSbi())
        talk.begin(ask, 0.0)
        talk.hear(moving if len(asked) < 3 else still)
        talk.tick(60.0)
        answer = talk.collect()
        return replace(answer, said=talk.codec.whole(answer.said))

    tare, _ = ask_tare(SartoriusSbi(), None, run)
    assert (tare, asked) == (Tare(Decimal("0.000"), "g"), ["P", "P", "P", "P"])
    asked[:] = []
    never, _ = ask_tare(SartoriusSbi(), None, lambda ask: (asked.clear(), run(ask))[1])
    assert (never.kind, "moved" in never.says) == ("not_ready", True)


def test_an_a_and_d_balance_acknowledges_twice_gives_a_settled_weight_and_voids_it_after_a_self_test(instrument):
    peer = instrument(**A_AND_D | {"Z": [b"\x06\r\n\x06\r\n"], "T": [(b"\x06\r\n", 0.05, b"EC,E11\r\n")]})
    with link_to("and-standard", peer) as link:
        assert isinstance(link.zero(), Changed)
        refused = link.tare()
        assert (refused.kind, refused.code) == ("not_ready", "E11")
        peer.says["Q"] = [b"ST,+00123.45  g\r\n"]
        read = link.settled(60)
        assert isinstance(read, WeightRead)
        assert (read.grams, read.balance.model, read.raw[-1]) == (Decimal("123.45"), "FX-3000i", b"ST,+00123.45  g")
        peer.says["Q"] = [b"EC,E02\r\n", b"EC,E02\r\n", b"ST,+00000.00  g\r\n"]
        after = link.settled(60)
        assert after.epoch.restart == read.epoch.restart + 1
        assert [event.what for event in link.events()].count("restarted") == 1
        peer.says["?PT"] = [b"PT:+00126.87  g\r\n"]
        assert link.settled(60).kind == "tare_set"


def test_a_kern_balance_is_left_alone_for_a_tenth_of_a_second_between_questions(instrument):
    peer = instrument(Z=[b"Z A\r\n"])
    with link_to("kern-kcp", peer) as link:
        assert isinstance(link.zero(), Changed)
        assert peer.heard[:4] == [b"I4", b"I2", b"I3", b"I0"]
        assert min(after - before for before, after in zip(peer.at, peer.at[1:], strict=False)) >= 0.1


def test_an_adam_balance_shows_a_weight_and_gives_none(instrument):
    peer = instrument(G=[b"G + 2.00 kg\r\n"])
    with link_to("adam:cpwplus", peer, serial=None) as link:
        assert link.identity().serial == NAMELESS
        link.watch()
        wait_for(lambda: isinstance(watched(link).said, WeightRead), link)
        assert (str(link.live().said.value), link.live().said.flagged_stable) == ("2.00", None)
        assert link.settled(60).kind == "unsupported"
        assert link.zero().kind == "unsupported"
