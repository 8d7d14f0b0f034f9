"""The codec against damaged bytes: no exception, and no weight that the grammar does not say."""

import random
import re
from collections.abc import Callable
from decimal import Decimal

import pytest

from devices.balance.mt_sics import MtSics
from devices.balance.says import Weight
from devices.errors import Garbled, is_trouble
from devices.exchange import Conversation

SEEDS = (
    b"S S     100.00 g\r\n",
    b"S D    -129.07 g\r\n",
    b"S S    52.1873 mg\r\n",
    b"S S     -12.340 kg\r\n",
    b"S I\r\n",
    b"S +\r\n",
    b"S S Error 15b\r\n",
    b'I4 A "B123456789"\r\n',
    b'I0 B 0 "I0"\r\nI0 A 1 "S"\r\n',
    b"TA A       0.00 g\r\n",
    b"ES\r\n",
)
SPICE = b"\r\n\x00\xff\x8d +-.,0189eEnaif_[]gkSDTA\"'\xa0"

GRAMMAR = re.compile(rb"S (S|D) +(-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?) +([A-Za-z]+) *")
"""Written out again from the manual, apart from the driver's own: status, plain number, unit."""


def mutated(chance: random.Random) -> bytes:
    data = bytearray(b"".join(chance.choices(SEEDS, k=chance.randint(1, 3))))
    for _ in range(chance.randint(0, 4)):
        at = chance.randrange(len(data) + 1)
        match chance.randrange(5):
            case 0:
                data[at:at] = bytes([chance.choice(SPICE)])
            case 1:
                del data[at : at + chance.randint(1, 4)]
            case 2 if at < len(data):
                data[at] ^= 1 << chance.randrange(8)
            case 3:
                data[at:at] = data[at : at + chance.randint(1, 12)]
            case _:
                data[at : at + 1] = bytes([chance.randrange(256)])
    return bytes(data)


def weights_of_grammar(data: bytes) -> list[tuple[bool, Decimal, str]]:
    found = [GRAMMAR.fullmatch(line) for line in data.split(b"\r\n")[:-1]]
    return [(hit[1] == b"S", Decimal(hit[2].decode()), hit[3].decode()) for hit in found if hit]


def judge(seed: int, count: int) -> int:
    codec, chance, seen = MtSics(), random.Random(seed), 0
    for _ in range(count):
        data = mutated(chance)
        conversation = Conversation(codec)
        if chance.random() < 0.7:
            conversation.begin(codec.ask(chance.choice(["SI", "I4", "TA", "I0"])), 0.0)
        for at in range(0, len(data), step := chance.randint(1, 30)):
            conversation.hear(data[at : at + step])
        conversation.tick(1e9)
        said = [heard.said for heard in conversation.take_aside()]
        if conversation.deadline:
            answer = conversation.collect()
            assert bool(answer.said) != bool(answer.trouble)
            said += [*answer.said, *answer.before]
        allowed = weights_of_grammar(data)
        for weight in (one for one in said if isinstance(one, Weight)):
            assert (weight.stable, weight.value, weight.unit) in allowed, data
            seen += 1
    return seen


def test_3000_damaged_streams_give_no_weight_the_grammar_does_not_say():
    assert judge(seed=20260302, count=3000) > 300


@pytest.mark.soak
@pytest.mark.parametrize("part", range(3))
def test_300000_damaged_streams_give_no_weight_the_grammar_does_not_say(part: int, counted: Callable[..., None]):
    """Three parts of a hundred thousand."""
    seen = judge(seed=41 + part, count=100_000)
    assert seen > 10_000
    counted("damaged streams of MT-SICS, no weight that the grammar does not say", streams=100_000, weights=seen)


@pytest.mark.parametrize(
    "line",
    [
        b"S S     100,00 g",
        b"S S   1 000.00 g",
        b"S S   1'000.00 g",
        b"S S        nan g",
        b"S S        inf g",
        b"S S     1.0e+2 g",
        b"S S    +100.00 g",
        b"S S    - 10.00 g",
        b"S S    0100.00 g",
        b"S S     123.5[6] g",
        b"S S        .50 g",
        b"S S        50. g",
        b"S S     1_0.00 g",
        b"S S     100.00",
        b"S S     g 100.00",
        b"S S     100.00 %",
        b"S S     100.00 g g",
        b"SS      100.00 g",
        b" S S     100.00 g",
        b"S  S     100.00 g",
        b"s s     100.00 g",
        b"SI S     100.00 g",
        b"S S\t100.00 g",
        "S S     ١٠٠.00 g".encode(),
    ],
)
def test_f18_what_is_no_plain_number_with_a_unit_is_garbled(line):
    codec = MtSics()
    heard = codec.read(line, codec.ask("SI"))
    assert isinstance(heard.said, Garbled)
    assert heard.said.raw == line


def test_nothing_with_a_control_character_is_sent():
    codec = MtSics()
    for words in (("D", '"hi\r\nZ"'), ("SI\r\nZ",), ("D", "M\xfc"), ("T S",), ("TA", "")):
        with pytest.raises(ValueError, match=r"cannot be sent|no command"):
            codec.ask(*words)
    with pytest.raises(ValueError, match="quotation"):
        codec.show('say "hi"')


def test_numbers_are_written_out():
    assert MtSics().preset_tare(Decimal("1E-5"), "g").sends == b"TA 0.00001 g\r\n"
    assert MtSics().preset_tare(Decimal("1E+2"), "g").sends == b"TA 100 g\r\n"


def test_every_refusal_has_words():
    codec = MtSics()
    for line in (b"ES", b"ET", b"EL", b"S I", b"S L", b"S +", b"S -", b"Z +", b"Z -", b"T +", b"T -", b"S S Error 9t"):
        said = codec.read(line, None).said
        assert is_trouble(said)
        assert said.says.endswith((".", "?"))
