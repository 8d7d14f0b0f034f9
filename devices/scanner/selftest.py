"""A scanner's self-test: what the printed sheet holds, and what a reading of it says about the scanner's set-up (DEVICES 9).

It opens no port and keeps nothing: a reading goes in, words come out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, Literal

GS: Final = "\x1d"
LIKE_ENOUGH: Final = 0.6
"""Share of equal characters from which a reading is taken for a damaged one of the sheet."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One symbol of the sheet."""

    name: str
    """What stands beside it."""
    symbol: Literal["gs1", "code128", "datamatrix"]
    """How it is drawn."""
    written: str
    """What the drawing program is given."""
    aim: str
    """The AIM identifier that comes before it."""
    data: str
    """What a scanner that is set up right hands over after the identifier."""
    shows: str
    """Why it is on the sheet."""


PROBES: Final = (
    Probe(
        "1", "gs1", "(01)09506000134352(10)aB-7/yZ(21)09-qA", "]d2", f"010950600013435210aB-7/yZ{GS}2109-qA",
        "separator, small letters, hyphen, slash: as on a vial",
    ),
    Probe("2", "code128", "VT-test/qY-09", "]C0", "VT-test/qY-09", "bars: as on an order or a wristband"),
    Probe("3", "datamatrix", "%VT-C-HELP%", "]d1", "%VT-C-HELP%", "percent signs: as on this pharmacy's own labels"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Judged:
    """What one reading says of the scanner."""

    probe: str
    """Name of the symbol that was read; empty where it is none of the sheet."""
    ready: bool
    """It came through as it should."""
    says: str
    """What came, in words."""
    do: str
    """What to set; empty where nothing is wrong."""


def judge(raw: str) -> Judged:
    """Say what a reading shows, AIM identifier included; whatever is wrong is named with the setting that mends it."""
    aim, data = _apart(raw)
    probe = max(PROBES, key=lambda one: _like(data, one.data))
    if _like(data, probe.data) < LIKE_ENOUGH:
        return Judged("", False, "This is no symbol of the sheet.", "Scan the symbols of the printed sheet, 1 to 3.")
    faults = [fault for fault in (_identifier(aim, probe), _characters(data, probe)) if fault]
    if not faults:
        return Judged(probe.name, True, f"Symbol {probe.name} came through whole.", "")
    return Judged(probe.name, False, " ".join(says for says, _ in faults), " ".join(do for _, do in faults))


def _apart(raw: str) -> tuple[str, str]:
    return (raw[:3], raw[3:]) if raw.startswith("]") and len(raw) > 3 else ("", raw)


def _like(data: str, wanted: str) -> float:
    return SequenceMatcher(None, data.casefold(), wanted.casefold(), autojunk=False).ratio()


Fault = tuple[str, str]


def _identifier(aim: str, probe: Probe) -> Fault | None:
    if aim == probe.aim:
        return None
    if not aim:
        return (
            f"Symbol {probe.name} came without its AIM identifier, {probe.aim}.",
            "Turn on “transmit AIM code identifier” in the scanner.",
        )
    return (
        f"Symbol {probe.name} came as {aim} instead of {probe.aim}.",
        "Turn off every conversion of one symbology into another.",
    )


def _characters(data: str, probe: Probe) -> Fault | None:
    return next(_found(data, probe.data), None) if data != probe.data else None


def _found(data: str, wanted: str) -> Iterator[Fault]:
    """Yield what is wrong with the characters, the likeliest reason first."""
    if GS in wanted:
        yield from _separator(data, wanted)
    if data == wanted.swapcase():
        yield "Small and capital letters are exchanged.", "Turn off Caps Lock, on the tablet and in the scanner."
    if data.casefold() == wanted.casefold():
        yield "Small letters come as capitals, or the other way round.", "Turn off the scanner's case conversion."
    if wanted in data:
        extra = " and ".join(_name(part) for part in data.split(wanted, 1) if part)
        yield f"The scanner adds {extra} to the code.", "Turn off every prefix and suffix but the final Enter."
    if len(data) == len(wanted):
        changed = {a: b for a, b in zip(wanted, data, strict=True) if a != b}
        pairs = ", ".join(f"{_name(a)} comes as {_name(b)}" for a, b in changed.items())
        yield (
            f"The keyboard layouts differ: {pairs}.",
            'Set the scanner to US keyboard. Where it cannot, set layout = "us" for this station\'s wedge.',
        )
    yield (
        f"Characters are missing or too many: {len(data)} came instead of {len(wanted)}.",
        "Set the scanner's delay between characters to 0, then higher step by step, and to US keyboard.",
    )


def _separator(data: str, wanted: str) -> Iterator[Fault]:
    head, tail = wanted.split(GS)
    if not (data.startswith(head) and data.endswith(tail)) or len(data) < len(head) + len(tail):
        return
    between = data[len(head) : len(data) - len(tail)]
    if not between:
        yield (
            "The separator is lost: two fields run together, and an expiry date could vanish.",
            "Set the scanner to send GS (ASCII 29) as Ctrl+]. Where it can only send a key such as F8, "
            'set gs = ["F8"] for this station\'s wedge.',
        )
    else:
        yield (
            f"The separator comes as {_name(between)}.",
            f'Set the scanner to send GS (ASCII 29) as Ctrl+]. Where it cannot, set gs = ["{between}"] for this '
            "station's wedge, if no code holds that character.",
        )


def _name(text: str) -> str:
    return {" ": "a space", GS: "the separator"}.get(text, text if text.isprintable() else repr(text))
