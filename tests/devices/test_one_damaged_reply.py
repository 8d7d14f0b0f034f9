"""One reply among many is damaged on the wire: no settled weight comes of it but what lies on the pan.

No protocol here has a checksum, so a digit that flips makes another number of the same form. What refuses it is the
window: every bit of every byte, and every cut, of the reply in each place of the window, for each protocol.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

from devices.balance.codec import BalanceCodec
from devices.balance.says import Weight
from devices.balance.stability import Sample, Settled, StabilityRule, judge
from devices.balance.talk import Talk
from devices.readings import GRAM_EXPONENT, Epoch, in_grams
from devices.registry import balance_codec
from tests.devices.clock import MOMENT

REPLIES = {
    "mt-sics": (b"S S     123.45 g\r\n", "123.45"),
    "kern-kcp": (b"S S     123.45 g\r\n", "123.45"),
    "sartorius-sbi": (b"N     +   123.45 g  \r\n", "123.45"),
    "sartorius-sbi block": (
        b"G#    +   123.45 g  \r\nT     +     0.00 g  \r\nN     +   123.45 g  \r\n",
        "123.45",
    ),
    "ohaus": (b"     123.45 g\r\n", "123.45"),
    "and-standard": (b"ST,+00123.45  g\r\n", "123.45"),
    "radwag": (b"SI        123.45 g  \r\n", "123.45"),
    "radwag:r2": (b"SI       123.45 g  \r\n", "123.45"),
}
RULE = StabilityRule(window_s=1.0, samples=5, flagged=5)
PLACES = range(7)


def damaged(reply: bytes) -> Iterator[bytes]:
    """Each single bit flipped, each cut, each byte lost, each byte doubled, noise before, and the reply run together."""
    for at in range(len(reply)):
        for bit in range(8):
            yield reply[:at] + bytes([reply[at] ^ (1 << bit)]) + reply[at + 1 :]
        yield reply[:at]
        yield reply[:at] + reply[at + 1 :]
        yield reply[:at] + reply[at : at + 1] + reply[at:]
    yield b"\x00" + reply
    yield b"9" + reply
    yield reply.rstrip(b"\r\n") + reply
    yield reply + reply


def heard(codec: BalanceCodec, reply: bytes) -> Weight | None:
    """What one question brings: the weight, or nothing that may count."""
    talk = Talk(codec)
    talk.begin(codec.ask(codec.words["read_now"]), 0.0)
    talk.hear(reply)
    talk.tick(100.0)
    talk.tick(200.0)
    answer = talk.collect()
    said = codec.whole(answer.said)
    return said[0] if answer.trouble is None and said and isinstance(said[0], Weight) else None


def sample_of(weight: Weight | None, at: float) -> Sample | None:
    if weight is None or weight.unit not in GRAM_EXPONENT:
        return None
    return Sample(weight.value, weight.unit, weight.stable, at, MOMENT, b"", Epoch(1, 0, 0))


@pytest.mark.parametrize("name", REPLIES)
def test_f16_no_single_damage_of_a_reply_settles_on_another_weight(name: str) -> None:
    reply, value = REPLIES[name]
    codec, true = balance_codec(name.split(" ", maxsplit=1)[0]), Decimal(value)
    good = sample_of(heard(codec, reply), 0.0)
    assert good is not None
    assert good.stable
    assert in_grams(good.value, good.unit) == true
    changed = 0
    for bad in dict.fromkeys(damaged(reply)):
        one = sample_of(heard(codec, bad), 0.0)
        changed += one is not None and in_grams(one.value, one.unit) != true
        for place in PLACES:
            window: list[Sample] = []
            for number in range(len(PLACES)):
                sample = one if number == place else good
                if sample is None:
                    window.clear()  # an unreadable answer ends the window, as the link has it
                    continue
                window.append(replace(sample, at=number * 0.25))
                verdict = judge(window, RULE)
                if isinstance(verdict, Settled):
                    last = verdict.samples[-1]
                    assert abs(in_grams(last.value, last.unit) - true) <= Decimal("0.02"), (bad, verdict)
    assert changed > 10, "some damages do make another number: they are what the window is for"


@pytest.mark.parametrize("name", REPLIES)
def test_silence_and_the_beginning_of_a_reply_are_never_zero(name: str) -> None:
    reply, _ = REPLIES[name]
    codec = balance_codec(name.split(" ", maxsplit=1)[0])
    for cut in range(len(reply)):
        weight = heard(codec, reply[:cut])
        assert weight is None or weight.value != 0 or name.endswith("block"), (cut, weight)
        if not name.endswith("block"):
            assert weight is None, (cut, weight)
