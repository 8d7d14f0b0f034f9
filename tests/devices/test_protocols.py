"""Every balance protocol against its transcript, and the faults that each protocol shows in its own way, by number."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import main
from devices.balance.balance import BalanceLink
from devices.balance.codec import Command, question
from devices.balance.replay import replay
from devices.balance.talk import Talk
from devices.errors import Refusing
from devices.registry import BALANCES, balance_codec
from tests.devices.clock import CLOCK

HERE = Path(__file__).parent / "transcripts"
FILES = {
    "sartorius-sbi": ("sartorius_sbi.txt", 18),
    "ohaus": ("ohaus.txt", 12),
    "and-standard": ("and_standard.txt", 18),
    "kern-kcp": ("kern_kcp.txt", 10),
    "radwag": ("radwag.txt", 4),
    "adam": ("adam.txt", 10),
    "toledo-8217": ("toledo_8217.txt", 3),
}
CASES = [
    pytest.param(case, id=f"{protocol}-{case.case}")
    for protocol, (name, _) in FILES.items()
    for case in replay(protocol, (HERE / name).read_text())
]


@pytest.mark.parametrize("case", CASES)
def test_the_driver_makes_of_the_bytes_what_the_transcript_says(case):
    assert case.match is True, (case.got, case.expect)


@pytest.mark.parametrize(("protocol", "name", "count"), [(key, *value) for key, value in FILES.items()])
def test_the_command_replays_the_whole_file_and_exits_0(protocol, name, count):
    result = CliRunner().invoke(main, ["balance", "replay", protocol, str(HERE / name), "--json"])
    assert result.exit_code == 0, result.output
    lines = [json.loads(line) for line in result.output.splitlines()]
    assert len(lines) == count == (HERE / name).read_text().count("\nCASE ")
    assert {line["match"] for line in lines} == {True}


def got(protocol: str, *happens: str) -> list[dict]:
    """What the driver makes of lines written as in a transcript."""
    (case,) = replay(protocol, "\n".join(["CASE one", *happens]) + "\n")
    return list(case.got)


def weight(value, unit, stable, **more):
    return {"kind": "weight", "value": value, "unit": unit, "stable": stable} | more


SBI, AND = r">> \x1bP\r\n", r">> Q\r\n"
OVER, UNDER = {"kind": "overload"}, {"kind": "underload"}
SILENT = ".. no reply"

FAULTS = [
    # F12: prints by itself
    ("f12", "ohaus", [r"<<      192.21 g\r\n"], [{"kind": "config_error", "reason": "auto print on"}]),
    ("f12", "kern-kcp", [r"<< ST,GS,+  4.876kg\r\n"], [{"kind": "config_error", "reason": "auto print on"}]),
    ("f12", "and-standard", [r"<< ST,+00012.78  g\r\n"], [{"kind": "config_error", "reason": "auto print on"}]),
    # F14: echo on, or echo as acknowledgement
    ("f14", "ohaus", [r">> IP\r\n", r"<< IP\r\n     192.21 g\r\n"], [weight("192.21", "g", True, echo=True)]),
    ("f14", "and-standard", [r">> T\r\n", r"<< T\r\n"], [{"kind": "ok"}]),
    # F17: another mass is told with its name; counts and percent are no weight
    ("f17", "sartorius-sbi", [SBI, r"<< N     +  52.1873 oz \r\n"], [weight("52.1873", "oz", True, id="N")]),
    ("f17", "sartorius-sbi", [SBI, r"<< Qnt   +       12 pcs\r\n"], ["protocol_error"]),
    ("f17", "sartorius-sbi", [SBI, r"<< +    12.50 %  \r\n"], ["protocol_error"]),
    ("f17", "and-standard", [AND, r"<< QT,+00001234 PC\r\n"], ["protocol_error"]),
    ("f17", "and-standard", [AND, r"<< ST,+00012.50  %\r\n"], ["protocol_error"]),
    ("f17", "radwag", [r">> SI\r\n", r"<< SI            12 pcs\r\n"], ["protocol_error"]),
    ("f17", "kern-kcp", [r">> SI\r\n", r"<< S S         12 pcs\r\n"], ["protocol_error"]),
    # F18: no plain number, no unit, no weight
    ("f18", "sartorius-sbi", [SBI, r"<< N     +   123.56 g\r\n"], ["protocol_error"]),
    ("f18", "sartorius-sbi", [SBI, r"<<  123.56 g  \r\n"], ["protocol_error"]),
    ("f18", "sartorius-sbi", [SBI, r"<< +  0123.56 g  \r\n"], ["protocol_error"]),
    ("f18", "ohaus", [r">> IP\r\n", r"<<      192,21 g\r\n"], ["protocol_error"]),
    ("f18", "ohaus", [r">> IP\r\n", r"<<      192.21\r\n"], ["protocol_error"]),
    ("f18", "ohaus", [r">> IP\r\n", r"<< 2.21 g\r\n"], ["protocol_error"]),
    ("f18", "ohaus", [r">> IP\r\n", r"<<      176.30 g TOTAL\r\n"], ["protocol_error"]),
    ("f18", "and-standard", [AND, r"<< ST,00123.45  g\r\n"], ["protocol_error"]),
    ("f18", "and-standard", [AND, r"<< ST,+0123.45  g\r\n"], ["protocol_error"]),
    ("f18", "and-standard", [AND, r"<< ST,+9.99E+19  g\r\n"], ["protocol_error"]),
    ("f18", "and-standard", [AND, r"<< S S     100.00 g\r\n"], ["protocol_error"]),
    ("f18", "and-standard", [AND, r"<< +00012.78\r\n"], [{"kind": "config_error", "reason": "output format NU"}]),
    ("f18", "radwag", [r">> SI\r\n", r"<< SI      -0.00020 g  \r\n"], ["protocol_error"]),
    ("f18", "radwag", [r">> SI\r\n", r"<< SI     0.00020 g  \r\n"], ["protocol_error"]),
    ("f18", "kern-kcp", [r">> SI\r\n", r"<< ST,GS,+  4,876kg\r\n"], ["protocol_error"]),
    ("f18", "adam:cpwplus", [r">> G\r\n", r"<< G + 2.00\r\n"], ["protocol_error"]),
    ("f18", "adam:highland", [r">> P\r\n", r"<<  123.45 g\r\n"], ["protocol_error"]),
    ("f18", "adam:azextra", [r">> P\r\n", r"<< .234kg\r\n"], ["protocol_error"]),
    ("f18", "toledo-8217", [r">> W", r"<< \x02 0.1.3\r"], ["protocol_error"]),
    # F20: in motion
    ("f20", "sartorius-sbi", [SBI, r"<< N     +    10.00    \r\n"], [weight("10.00", None, False, id="N")]),
    ("f20", "and-standard", [AND, r"<< SD   -183.69 g\r\n"], [weight("-183.69", "g", False)]),
    ("f20", "and-standard", [AND, r"<< US    -183.69  g\r\n"], [weight("-183.69", "g", False)]),
    ("f20", "radwag", [r">> S\r\n", r"<< S A\r\n", r"<< S E\r\n"], ["accepted", {"kind": "not_ready", "code": "E"}]),
    ("f20", "kern-kcp", [r">> S\r\n", r"<< US,NT,- 4.876kg\r\n"], [weight("-4.876", "kg", False, id="NT")]),
    ("f20", "toledo-8217", [r">> W", r"<< \x02?A\r"], ["not_ready"]),
    # F23, F24: over and under
    ("f23", "sartorius-sbi", [SBI, r"<< Stat        High    \r\n"], [OVER]),
    ("f24", "sartorius-sbi", [SBI, r"<< Stat        Low     \r\n"], [UNDER]),
    ("f24", "sartorius-sbi", [SBI, r"<<        L      \r\n"], [UNDER]),
    ("f24", "and-standard", [AND, r"<< OL,-9999999E+19\r\n"], [UNDER]),
    ("f23", "and-standard", [AND, r"<< OL,+9999999E+19,  g\r\n"], [OVER]),
    ("f23", "and-standard", [AND, r"<< SI+\r\n"], [OVER]),
    ("f23", "and-standard", [AND, r"<<       H       \r\n"], [OVER]),
    ("f24", "and-standard", [AND, r"<<         -E       \r\n"], [UNDER]),
    ("f23", "radwag", [r">> SI\r\n", r"<< SI ^\r\n"], [OVER]),
    ("f24", "radwag", [r">> SI\r\n", r"<< SI  v -  0.00020 g  \r\n"], [UNDER]),
    ("f23", "kern-kcp", [r">> S\r\n", r"<< S +\r\n"], [OVER]),
    ("f24", "adam:mdw", [r">> W\r", r"<< \n______kg\r\n000\r\x03"], [UNDER]),
    ("f24", "toledo-8217", [r">> W", r"<< \x02?D\r"], [UNDER]),
    ("f20", "kern-kcp", [r">> U mg\r\n", r"<< U I\r\n"], ["not_ready"]),
    ("f30", "kern-kcp", [r">> U x\r\n", r"<< U L\r\n"], ["bad_parameter"]),
    ("f28", "mt-sics", [r">> C3\r\n", r"<< C3 B\r\n", ".. 6 min"], ["started", "timeout"]),
    # F25: no zero
    (
        "f25",
        "radwag",
        [r">> Z\r\n", r"<< Z A\r\n", r"<< Z ^\r\n"],
        ["accepted", {"kind": "out_of_zero_range", "side": "+"}],
    ),
    ("f25", "radwag", [r">> Z\r\n", r"<< Z D\r\n"], ["protocol_error"]),
    ("f25", "radwag", [r">> Z\r\n", r"<< Z A\r\n", ".. 63 s"], ["accepted", "timeout"]),
    ("f25", "adam:mdw", [r">> W\r", r"<< \n---------\r\n000\r\x03"], ["zero_error"]),
    # F26: a tare or zero that did not come about
    (
        "f26",
        "sartorius-sbi",
        [r">> \x1bU\r\n", SILENT, SBI, r"<< +   0.0003 g  \r\n"],
        [{"kind": "tare_failed"}],
    ),
    (
        "f26",
        "sartorius-sbi",
        [r">> \x1bV\r\n", SILENT, SBI, r"<< +   0.0001    \r\n", SBI, r"<< -   0.0002 g  \r\n"],
        [weight("0.0001", None, False), {"kind": "zero_verified"}],
    ),
    ("f26", "sartorius-sbi", [r">> \x1bT\r\n", SILENT], ["unverified"]),
    ("f26", "sartorius-sbi", [r">> \x1bT\r\n", SILENT, SBI, SILENT], ["unverified", "timeout"]),
    ("f26", "ohaus", [r">> T\r\n", SILENT, r">> IP\r\n", r"<<       25.00 g\r\n"], [{"kind": "tare_failed"}]),
    (
        "f26",
        "and-standard",
        [r">> T\r\n", r"<< \x06\r\nEC,E11\r\n"],
        ["accepted", {"kind": "not_ready", "code": "E11"}],
    ),
    ("f26", "and-standard", [r">> T\r\n", r"<< \x06\r\n", ".. 20 s"], ["accepted", "timeout"]),
    ("f26", "and-standard", [r">> R\r\n", SILENT, AND, r"<< ST,+00000.03  g\r\n"], [{"kind": "zero_failed"}]),
    ("f26", "kern-kcp", [r">> T\r\n", r"<< T A\r\n", r"<< T E\r\n"], ["accepted", {"kind": "not_ready", "code": "E"}]),
    # F28: adjusting
    ("f28", "sartorius-sbi", [r">> \x1bZ\r\n", SILENT, SBI, r"<< Stat     Cal.Ext.   \r\n"], ["not_ready"]),
    ("f28", "radwag", [r">> IC\r\n", r"<< IC A\r\n", ".. 100 s", r"<< IC D\r\n"], ["accepted", "ok"]),
    ("f29", "radwag", [r">> IC\r\n", r"<< IC A\r\n", r"<< IC E\r\n"], ["accepted", "adjustment_failed"]),
    ("f28", "and-standard", [r">> CAL\r\n", r"<< \x06\r\n", ".. 90 s", r"<< \x06\r\n"], ["accepted", "ok"]),
    # F30: unknown command, and the same bytes 40 s later
    ("f30", "ohaus", [r">> SP\r\n", r"<< ES\r\n"], [{"kind": "syntax_error", "code": "ES"}]),
    ("f30", "ohaus", [r">> SP\r\n", ".. 40 s", r"<< ES\r\n"], [{"kind": "not_ready", "code": "ES"}]),
    ("f30", "ohaus", [r">> T\r\n", r"<< ES\r\n"], [{"kind": "syntax_error", "code": "ES"}]),
    ("f30", "and-standard", [AND, r"<< EC,E01\r\n"], [{"kind": "syntax_error", "code": "E01"}]),
    ("f30", "radwag", [r">> SI\r\n", r"<< ES\r\n"], [{"kind": "syntax_error", "code": "ES"}]),
    # F31: a fault of its own
    ("f31", "sartorius-sbi", [SBI, r"<< Stat     ERR 320    \r\n"], [{"kind": "device_error", "code": "320"}]),
    ("f31", "sartorius-sbi", [SBI, r"<< Stat     APP.ERR    \r\n"], [{"kind": "device_error", "code": "APP.ERR"}]),
    ("f31", "and-standard", [AND, r"<< EC,E20\r\n"], [{"kind": "device_error", "code": "E20"}]),
    (
        "f31",
        "kern-kcp",
        [r">> S\r\n", r"<< S S Error 15b\r\n"],
        [{"kind": "device_error", "code": 15, "source": "electronics"}],
    ),
    # F32: two lines in one, or two answers to one question
    ("f32", "sartorius-sbi", [SBI, r"<< +   123.56 g  +   123.56 g  \r\n"], ["protocol_error"]),
    ("f32", "and-standard", [AND, r"<< ST,+00012.78  g\r\nST,+00012.78  g\r\n"], ["protocol_error"]),
    # F35: display off, self-test
    ("f35", "sartorius-sbi", [SBI, r"<< Stat       OFF      \r\n"], [{"kind": "not_ready", "code": "OFF"}]),
    ("f35", "and-standard", [AND, r"<< EC,E02\r\n"], [{"kind": "not_ready", "code": "E02"}]),
    # F36: the answer to somebody else's question
    ("f36", "radwag", [r">> SI\r\n", r"<< S       0.00020 g  \r\n"], ["protocol_error"]),
    ("f36", "adam:cpwplus", [r">> G\r\n", r"<< N + 1.00 kg\r\n"], ["protocol_error"]),
]


@pytest.mark.parametrize(
    ("protocol", "happens", "expected"),
    [pytest.param(*row[1:], id=f"{row[0]}-{row[1]}-{number}") for number, row in enumerate(FAULTS)],
)
def test_faults_by_number(protocol, happens, expected):
    said = got(protocol, *happens)
    whole = [one["kind"] if isinstance(want, str) else one for one, want in zip(said, expected, strict=True)]
    assert whole == expected, said


@pytest.mark.parametrize(
    ("protocol", "command", "bad"),
    [
        ("sartorius-sbi", r"\x1bP\r\n", rb"+\xa0\xa0\xa0\xb1\xb23.56\xa0\xe7\xa0\xa0\x8d\n"),
        ("ohaus", r"IP\r\n", rb"\xa0\xa0\xb1\xb2\x8d\n"),
        ("and-standard", r"Q\r\n", rb"\xd3T\xac\xab00123.45\xa0\xa0g\x8d\n"),
        ("radwag", r"SI\r\n", rb"\xd3I\xa0\x8d\n"),
        ("kern-kcp", r"SI\r\n", rb"\xd3\xa0\xd3\x8d\n"),
    ],
)
def test_f15_the_wrong_parity_is_line_settings_and_names_those_of_the_factory(protocol, command, bad):
    (said,) = got(protocol, f">> {command}", f"<< {bad.decode()}")
    assert said == {"kind": "protocol_error", "reason": "line settings"}
    codec = balance_codec(protocol)
    talk = Talk(codec)
    talk.begin(codec.ask(codec.words["read_now"]), 0.0)
    talk.hear(b"\xd3\xa0")
    assert f"As delivered it speaks {codec.wire.factory}" in talk.collect().trouble.says


def test_an_sbi_block_of_gross_tare_and_net_is_one_answer():
    block = r"<< G#    +   150.00 g  \r\nT     +    26.44 g  \r\nN     +   123.56 g  \r\n"
    net, tare = weight("123.56", "g", True, id="N"), {"kind": "tare", "value": "26.44", "unit": "g"}
    assert got("sartorius-sbi", SBI, block) == [net, tare]
    two = r"<< G#    +   150.00 g  \r\nN     +   123.56 g  \r\n"
    assert got("sartorius-sbi", SBI, two) == [net, tare], "gross less net is the tare"
    moving = r"<< G#    +   150.00    \r\nT     +    26.44    \r\nN     +   123.56    \r\n"
    assert got("sartorius-sbi", SBI, moving) == [weight("123.56", None, False, id="N")]
    assert got("sartorius-sbi", SBI, r"<< G#    +  52.1873 mg \r\n") == [weight("52.1873", "mg", True, id="G#")]


@pytest.mark.parametrize(
    ("command", "reply", "expected"),
    [
        ("x1_", r"ENTRIS2202-1S\r\n", [{"kind": "model", "value": "ENTRIS2202-1S"}]),
        ("x2_", r"   0031204567\r\n", [{"kind": "serial", "value": "0031204567"}]),
        ("x2_", r"N     +   123.56 g  \r\n", [{"kind": "protocol_error", "reason": "wrong reply id"}]),
        ("x2_", r"   123.56\r\n", [{"kind": "protocol_error", "reason": "not a reply of this protocol"}]),
    ],
)
def test_an_sbi_weight_line_is_no_identity(command, reply, expected):
    assert got("sartorius-sbi", rf">> \x1b{command}\r\n", f"<< {reply}") == expected


@pytest.mark.parametrize(
    ("line", "value", "stable"),
    [
        (r"WT      +1.27  g", "1.27", True),
        (r"+     1.27 g  ", "1.27", True),
        (r"S      12.78 g", "12.78", True),
        (r"ST,OK,+0001.234 kg", "1.234", True),
        (r"US,-00000.02  g", "-0.02", False),
    ],
)
def test_and_formats_are_told_apart_by_their_shape(line, value, stable):
    (said,) = got("and-standard", AND, rf"<< {line}\r\n")
    assert said == weight(value, "kg" if "kg" in line else "g", stable)


@pytest.mark.parametrize(
    ("protocol", "happens", "expected"),
    [
        ("adam:highland", [r">> P\r\n", r"<<        123.45 g \r\n"], weight("123.45", "g", None)),
        ("adam:azextra", [r">> P\r\n", r"<<    1.234kg\r\n"], weight("1.234", "kg", None)),
        ("adam:mdw", [r">> W\r", r"<< \n  70.5kg\r\n000\r\x03"], weight("70.5", "kg", None)),
        ("kern-kcp", [">> w", r"<< M-       0.000 kg\r\n"], weight("-0.000", "kg", None)),
    ],
)
def test_a_balance_without_a_stability_flag_never_says_stable(protocol, happens, expected):
    assert got(protocol, *happens) == [expected]


@pytest.mark.parametrize(
    ("protocol", "question_", "reply", "expected"),
    [
        ("radwag", "OT", r"OT     18.42 g   \r\n", [{"kind": "tare", "value": "18.42", "unit": "g"}]),
        ("radwag", "OT", r"OT      0.00 kg  \r\n", [{"kind": "tare", "value": "0.00", "unit": "kg"}]),
        ("radwag", "OT", r"OT   18.42 g   \r\n", ["protocol_error"]),
        ("radwag", "OT", r"SI        18.42 g  \r\n", ["protocol_error"]),
        ("ohaus", "PT", r"      18.42 g   T\r\n", [{"kind": "tare", "value": "18.42", "unit": "g"}]),
        ("ohaus", "PT", r"      18.42 g\r\n", ["protocol_error"]),
        ("ohaus", "PT", r"      18.42 g   NET\r\n", ["protocol_error"]),
        ("ohaus", "PT", r"ES\r\n", ["syntax_error"]),
        ("ohaus", "IP", r"      18.42 g   T\r\n", ["protocol_error"]),
        ("ohaus", "IP", r"Error 8.3\r\n", ["overload"]),
        ("ohaus", "IP", r"Err8.4\r\n", ["underload"]),
        ("ohaus", "IP", r"Error 9.5\r\n", ["device_error"]),
        ("kern-kcp", "TA", r"TA A      18.42 g\r\n", [{"kind": "tare", "value": "18.42", "unit": "g"}]),
    ],
)
def test_f27_what_a_balance_says_of_its_tare_is_no_weight_and_a_weight_is_no_tare(protocol, question_, reply, expected):
    said = got(protocol, rf">> {question_}\r\n", f"<< {reply}")
    assert [one["kind"] if isinstance(want, str) else one for one, want in zip(said, expected, strict=True)] == expected


@pytest.mark.parametrize(
    ("protocol", "line", "expected"),
    [
        ("radwag:r2", r"SI ?       18.5 kg ", weight("18.5", "kg", False)),
        ("radwag:r2", r"S    -      8.5 g  ", "protocol_error"),
        ("radwag:r2", r"SI   -      8.5 g  ", weight("-8.5", "g", True)),
        ("radwag:r2", r"SI ^    1200.00 g  ", "overload"),
        ("radwag:r2", r"SI       0.00020 g  ", "protocol_error"),
        ("radwag", r"SI   -      8.5 g  ", "protocol_error"),
    ],
)
def test_radwag_s_two_sets_of_columns_are_configured_and_never_guessed(protocol, line, expected):
    (said,) = got(protocol, r">> SI\r\n", rf"<< {line}\r\n")
    assert (said["kind"] if isinstance(expected, str) else said) == expected


def test_adam_s_models_are_told_apart_by_the_host_s_commands():
    assert got("adam", r">> P\r\n", r"<<    1.234kg\r\n") == [weight("1.234", "kg", None)]
    assert got("adam", r">> T\r\n", r"<< T + 0.50 kg\r\n") == [{"kind": "tare", "value": "0.50", "unit": "kg"}]


@pytest.mark.parametrize(
    ("protocol", "words"),
    [
        ("sartorius-sbi", ["P\r\nT", "123", "x1_ P"]),
        ("ohaus", ["IP\r", "", "T T"]),
        ("and-standard", ["U", "Q\n", "PT:1E+2  g"]),
        ("kern-kcp", ['I4 "B1"', 'I4 A "B1"', "D \x1b"]),
        ("radwag", ["SI\r\nZ", "si"]),
        ("adam:cpwplus", ["W", "G\r"]),
        ("adam:nova", ["!KT", "KT X"]),
        ("toledo-8217", ["Q", "E"]),
    ],
)
def test_what_must_not_be_sent_is_refused_before_a_byte(protocol, words):
    codec = balance_codec(protocol)
    for text in words:
        name, *rest = text.split(" ")
        with pytest.raises(ValueError, match=r"cannot be sent|no command|never sent"):
            codec.ask(name, *rest)


@pytest.mark.parametrize("protocol", sorted(BALANCES))
def test_a_protocol_s_own_words_are_commands_it_can_send_and_hear_again(protocol):
    codec = balance_codec(protocol)
    assert {"read_now", "model", "serial"} <= set(codec.words)
    for verb, name in codec.words.items():
        ask = codec.ask(name)
        assert question(codec, ask.sends) == ask
        assert ask.changes == (verb in {"zero", "tare", "clear_tare", "adjust", "abort"})
        if protocol in {"sartorius-sbi", "ohaus", "and-standard", "kern-kcp", "radwag"} and ask.changes:
            assert isinstance(ask, Command)
            assert ask.shown in ({"answer", "busy"} if verb == "adjust" else {"zero", "tare"})


@pytest.mark.parametrize("protocol", sorted(key for key in BALANCES if key.startswith(("adam:", "toledo"))))
def test_a_balance_for_display_is_refused_for_doses_with_words(protocol):
    said = BalanceLink(protocol, "/dev/serial/by-id/usb-none", clock=CLOCK).settled(1)
    assert isinstance(said, Refusing)
    assert said.kind == "unsupported"
    assert "doses" in said.says


def test_adam_needs_its_model_and_an_unknown_model_names_the_known_ones():
    with pytest.raises(ValueError, match="adam:cpwplus, adam:highland"):
        BalanceLink("adam", "/dev/ttyUSB0", clock=CLOCK)
    with pytest.raises(ValueError, match="not spoken here"):
        balance_codec("adam:abk")
