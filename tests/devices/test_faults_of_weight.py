"""Faults by number, in what the balance says of the weight: no wrong value comes out, and the words tell what to do."""

import itertools
from decimal import Decimal

import pytest

from devices.errors import Garbled, OutOfRange, Refusing
from devices.readings import WeightRead
from devices.transport import LONGEST_LINE, LineReader
from tests.devices.peer import i_am, link_to, refused, wait_for


def line(value: str, status: str = "S", unit: str = "g") -> bytes:
    return f"S {status} {value:>10} {unit}\r\n".encode()


class Cycle(list):
    """A list that never ends: the scripted peer takes its first forever anew."""

    def __init__(self, says):
        super().__init__(says)
        self._round = itertools.cycle(says)

    def pop(self, _at=0):
        return next(self._round)


def test_f16_one_corrupted_digit_never_becomes_the_settled_weight(instrument):
    says = Cycle([line("100.00")] * 6 + [line("900.00")])
    with link_to(instrument(SI=says)) as link:
        refused(link, 4, "spread")


def test_f16_a_digit_corrupted_once_is_waited_out(instrument):
    says = [line("100.00")] * 5 + [line("900.00"), line("100.00")]
    with link_to(instrument(SI=says)) as link:
        read = link.settled(60)
        assert isinstance(read, WeightRead)
        assert read.grams == Decimal("100.00")
        assert read.settled_in >= 2.6


@pytest.mark.parametrize(
    ("value", "unit", "grams", "readability"),
    [("0.10042", "kg", "100.42", "0.01"), ("100420.5", "mg", "100.4205", "0.0001"), ("1", "kg", "1000", "1000")],
)
def test_f17_kg_and_mg_are_converted_exactly(instrument, value, unit, grams, readability):
    with link_to(instrument(SI=[line("1.00"), line(value, unit=unit)])) as link:
        read = link.settled(60)
        assert isinstance(read, WeightRead)
        assert (str(read.value), read.unit, str(read.grams), str(read.readability)) == (value, unit, grams, readability)
        assert "unit_changed" in [event.what for event in link.events()]


@pytest.mark.parametrize("unit", ["oz", "ct", "lb"])
def test_f17_another_mass_is_refused_with_its_name(instrument, unit):
    with link_to(instrument(SI=[line("3.5274", unit=unit)])) as link:
        said = link.settled(60)
        assert isinstance(said, Garbled)
        assert said.reason == "unit not allowed"
        assert f" {unit}. Set it to g" in said.says


@pytest.mark.parametrize("unit", ["pcs", "%", "lb:oz"])
def test_f17_counts_and_percent_are_garbled(instrument, unit):
    with link_to(instrument(SI=[line("12", unit=unit)])) as link:
        assert link.settled(60).reason == "unit is no mass"


@pytest.mark.parametrize(
    "raw", [b"S S     100.00\r\n", b"S S     100,00 g\r\n", b"S S        nan g\r\n", b"S S   123.5[6] g\r\n"]
)
def test_f18_what_is_no_plain_number_is_garbled(instrument, raw):
    with link_to(instrument(SI=[raw])) as link:
        said = link.settled(60)
        assert isinstance(said, Garbled)
        assert said.raw == raw.strip()


def test_f19_a_change_of_decimals_is_told_and_begins_the_window_anew(instrument):
    with link_to(instrument(SI=[line("600.00")] * 10 + [line("600.0")])) as link:
        read = link.settled(60)
        assert isinstance(read, WeightRead)
        assert (str(read.value), read.decimals, read.readability) == ("600.0", 1, Decimal("0.1"))
        assert set(read.raw) == {b"S S      600.0 g"}
        assert "decimals_changed" in [event.what for event in link.events()]


@pytest.mark.parametrize("never", [[line("5.00", "D")], [b"S I\r\n"]])
def test_f20_a_balance_that_never_settles_ends_in_our_own_time_out(instrument, never):
    with link_to(instrument(SI=never)) as link:
        said = link.settled(3)
        assert isinstance(said, Refusing)
        assert said.kind == "not_settled"
        assert link.live().said is not None


def test_f20_motion_first_is_waited_out(instrument):
    says = [b"S I\r\n", line("4.81", "D"), line("4.99", "D"), line("5.00")]
    with link_to(instrument(SI=says)) as link:
        assert link.settled(60).grams == Decimal("5.00")


def test_f21_a_drifting_weight_is_not_accepted_though_flagged_stable(instrument):
    drift = [line(f"{Decimal(5000 + step) / 100:.2f}") for step in range(60) for _ in range(10)]
    with link_to(instrument(SI=drift)) as link:
        assert "drifting" in refused(link, 5, "drift").says


def test_f22_a_flapping_flag_is_not_stable(instrument):
    says = Cycle([line("5.00")] * 3 + [line("5.00", "D")])
    with link_to(instrument(SI=says)) as link:
        refused(link, 4, "not_flagged")


def test_f23_an_overload_says_remove_the_load(instrument):
    with link_to(instrument(SI=[b"S +\r\n"])) as link:
        said = link.settled(60)
        assert said == OutOfRange(said.says, "+", "weighing", b"S +")
        assert "remove the load" in said.says
        assert "zero" in said.says
        wait_for(lambda: "overload" in [event.what for event in link.events()], link)


def test_f24_an_underload_asks_for_the_pan(instrument):
    with link_to(instrument(SI=[b"S -\r\n"])) as link:
        said = link.settled(60)
        assert said == OutOfRange(said.says, "-", "weighing", b"S -")
        assert "pan" in said.says


@pytest.mark.parametrize(("reply", "side"), [(b"Z +\r\n", "+"), (b"Z -\r\n", "-")])
def test_f25_out_of_zero_range_is_not_zeroed(instrument, reply, side):
    with link_to(instrument(Z=[reply])) as link:
        epoch = link.state.epoch
        said = link.zero()
        assert said == OutOfRange(said.says, side, "zero", reply.strip())
        assert "Not zeroed" in said.says
        assert link.state.epoch == epoch


def test_f27_a_keypad_tare_between_two_weights_voids_them(instrument):
    peer = instrument(SI=[line("18.42")])
    with link_to(peer) as link:
        before = link.settled(60)
        assert isinstance(before, WeightRead)
        peer.says["TA"] = [b"TA A      18.42 g\r\n"]
        peer.says["SI"] = [line("0.00")]
        said = link.settled(60)
        assert isinstance(said, Refusing)
        assert said.kind == "tare_set"
        assert "18.42 g" in said.says
        assert link.state.epoch.change == before.epoch.change + 1
        again = link.settled(60)
        assert again.kind == "tare_set"
        assert link.state.epoch.change == before.epoch.change + 1
        peer.says["TA"] = [b"TA A       0.00 g\r\n"]
        after = link.settled(60)
        assert isinstance(after, WeightRead)
        assert after.epoch.change == before.epoch.change + 2


def test_f27_one_flipped_bit_hides_no_tare(instrument):
    peer = instrument(SI=[line("18.42")], TA=[b"TA A       0.00 g\r\n", b"TA A       8.00 g\r\n"])
    with link_to(peer) as link:
        said = link.settled(60)
        assert isinstance(said, Garbled)
        assert (said.reason, "two different tares" in said.says) == ("two tares", True)
        assert link.settled(60).kind == "tare_set"


def test_f30_a_balance_without_model_or_list_is_still_known_by_its_number(instrument):
    with link_to(instrument(I2=[b"ES\r\n"], I3=[b"I3 I\r\n"], I0=[b"ES\r\n"])) as link:
        identity = link.identity()
        assert (identity.model, identity.software, identity.commands) == (None, None, frozenset())
        assert identity.has("TA")
        assert isinstance(link.settled(60), WeightRead)


def test_f30_a_balance_that_cannot_tell_its_tare_is_not_used_for_doses(instrument):
    listed = b'I0 B 0 "SI"\r\nI0 A 0 "Z"\r\n'
    peer = instrument(I0=[listed])
    with link_to(peer) as link:
        said = link.settled(60)
        assert isinstance(said, Refusing)
        assert said.kind == "unsupported"
        assert peer.count("TA") == 0


def test_f30_a_command_refused_as_unknown_is_said_so(instrument):
    with link_to(instrument(TA=[b"ES\r\n"], I0=[b"ES\r\n"])) as link:
        said = link.settled(60)
        assert (said.kind, said.code) == ("syntax_error", "ES")


def test_f31_a_fault_of_the_balance_s_own_is_no_weight(instrument):
    with link_to(instrument(SI=[b"S S Error 15b\r\n"])) as link:
        said = link.settled(60)
        assert isinstance(said, Refusing)
        assert (said.kind, said.code, said.source) == ("device_error", 15, "electronics")
        assert "15b" in said.says


@pytest.mark.parametrize(
    "raw",
    [
        b"S S     100.00 gS S     100.00 g\r\n",
        b"S S     100.00 g\r\nS S     100.00 g\r\n",
        b"S S " + b" " * 300 + b"100.00 g\r\n",
        b"S S     100.00 g\nS S     100.00 g\r\n",
    ],
)
def test_f32_merged_doubled_and_endless_lines_are_garbled_and_the_link_is_resynchronised(instrument, raw):
    peer = instrument(SI=[line("7.00"), raw, line("7.00")])
    with link_to(peer) as link:
        asked = peer.count("I4")
        said = link.settled(60)
        assert isinstance(said, Garbled)
        wait_for(lambda: link.state.name == "ready", link)
        assert peer.count("I4") > asked
        assert link.settled(60).grams == Decimal("7.00")


def test_f33_a_flood_ends_in_a_setting_and_a_bounded_buffer(instrument):
    peer = instrument()
    with link_to(peer) as link:
        for _ in range(20):
            peer.send(b"x" * 1000)
        wait_for(lambda: link.state.name in {"config_error", "ready"}, link)
        peer.send(b"\r\n".join([b"y" * 300] * 10))
        wait_for(lambda: link.state.name == "config_error", link)


def test_f33_a_line_without_end_is_held_to_the_longest_there_is_and_the_next_one_is_read():
    reader = LineReader()
    said = [one for _ in range(1000) for one in reader.feed(b"x" * 1000)]
    assert [one.reason for one in said] == ["line too long"]
    assert reader.feed(b"\r\nS S       7.00 g\r\n")[1:] == [b"S S       7.00 g"]
    reader.feed(b"x" * 1_000_000)
    assert len(reader.clear()) <= LONGEST_LINE


def test_f36_the_reply_to_somebody_else_s_question_is_no_weight(instrument):
    with link_to(instrument(SI=[b"Z A\r\n"])) as link:
        said = link.settled(60)
        assert isinstance(said, Garbled)
        assert said.reason == "wrong reply id"


def test_the_well_behaved_script_itself_gives_a_weight(instrument):
    with link_to(instrument(**i_am())) as link:
        assert link.settled(60).grams == Decimal("0.00")
