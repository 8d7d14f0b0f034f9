"""What can go wrong in a balance, on its pan and at its keys, while the line to it is well."""

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from hardware_mocks.fault import Fault, Given, damage, number, seconds, times

if TYPE_CHECKING:
    from hardware_mocks.faults import Faults

RIGHT, LEFT = re.compile(rb"( +g)(?![#A-Za-z ])"), re.compile(rb" (g  )(?=\r)")
"""The unit at the right or at the left of its columns."""


def _wrong_digit(faults: "Faults", given: Given) -> None:
    """The first digit of the number becomes a nine: it is a number still."""

    def changed(reply: bytes) -> None:
        faults.victim.put_on_wire(re.sub(rb"(?<=[ +\-0])[1-8](?=[0-9]*\.)", b"9", reply))

    faults.spoil("F16", times(given["times"]), changed)


def _other_unit(faults: "Faults", given: Given) -> None:
    """kg and mg are weighed in; of any other only the name is sent."""
    unit, pan = str(given["unit"]), faults.victim.pan
    step = {"kg": 3, "mg": -3}.get(unit)
    if step is None:
        faults.spoil("F17", None, lambda reply: _put(faults, _named(unit, reply)))
        return
    before = pan.build
    moved = {"readability": before.readability.scaleb(-step), "capacity": before.capacity.scaleb(-step)}
    pan.rebuild(replace(before, unit=unit, **moved))
    faults.go_on("F17", seconds(given["seconds"]), lambda: pan.rebuild(before))


def _named(unit: str, reply: bytes) -> bytes:
    """The reply with another unit in the same columns."""
    if LEFT.search(reply):
        return LEFT.sub(f" {unit:<3}".encode(), reply)
    return RIGHT.sub(
        lambda found: f" {unit}".rjust(len(found[1])).encode()[-max(len(found[1]), len(unit) + 1) :], reply
    )


def _no_number(faults: "Faults", given: Given) -> None:
    change = damage(given["how"])
    faults.spoil("F18", times(given["times"]), lambda reply: _put(faults, change(reply)))


def _fewer_decimals(faults: "Faults", given: Given) -> None:
    pan, before = faults.victim.pan, faults.victim.pan.build
    pan.rebuild(replace(before, readability=before.readability.scaleb(1)))
    faults.go_on("F19", seconds(given["seconds"]), lambda: pan.rebuild(before))


def _never_stable(faults: "Faults", given: Given) -> None:
    faults.victim.bench.shake(True)
    faults.go_on("F20", seconds(given["seconds"]), lambda: faults.victim.bench.shake(False))


def _creeping(faults: "Faults", given: Given) -> None:
    faults.victim.pan.start_creep(number(given["g_per_s"]))
    faults.go_on("F21", seconds(given["seconds"]), lambda: faults.victim.pan.start_creep(0.0))


def _flapping(faults: "Faults", given: Given) -> None:
    faults.victim.pan.flaps = True
    faults.go_on("F22", seconds(given["seconds"]), lambda: setattr(faults.victim.pan, "flaps", False))


def _overload(faults: "Faults", given: Given) -> None:
    faults.victim.bench.lean(str(given["g"]))
    faults.go_on("F23", seconds(given["seconds"]), lambda: faults.victim.bench.lean(0))


def _underload(faults: "Faults", given: Given) -> None:
    faults.victim.bench.lift_pan()
    faults.go_on("F24", seconds(given["seconds"]), lambda: faults.victim.bench.lift_pan(False))


def _beyond_zero(faults: "Faults", given: Given) -> None:
    faults.victim.bench.lean(str(given["g"]))
    faults.go_on("F25", seconds(given["seconds"]), lambda: faults.victim.bench.lean(0))


def _deaf(faults: "Faults", given: Given) -> None:
    """Tare and zero are heard and ignored."""
    balance = faults.victim.balance
    commands = {balance.tare_command, balance.zero_command} - balance.deaf
    balance.deaf |= commands
    faults.go_on("F26", seconds(given["seconds"]), lambda: balance.deaf.difference_update(commands))


def _keypad_tare(faults: "Faults", _given: Given) -> None:
    faults.victim.key("tare")


def _adjusting(faults: "Faults", _given: Given) -> None:
    faults.victim.key("adjust")


def _adjustment_fails(faults: "Faults", _given: Given) -> None:
    faults.victim.balance.adjustment_fails = True


def _unknown(faults: "Faults", given: Given) -> None:
    balance, name = faults.victim.balance, str(given["name"])
    balance.unknown.add(name)
    faults.go_on("F30", seconds(given["seconds"]), lambda: balance.unknown.discard(name))


def _own_fault(faults: "Faults", given: Given) -> None:
    faults.victim.balance.fault = str(given["shows"])
    faults.go_on("F31", seconds(given["seconds"]), lambda: setattr(faults.victim.balance, "fault", ""))


def _standby(faults: "Faults", given: Given) -> None:
    faults.victim.pan.switch_off()
    faults.go_on("F35", seconds(given["seconds"]), faults.victim.pan.switch_on)


def _put(faults: "Faults", data: bytes) -> None:
    faults.victim.put_on_wire(data)


WHILE = {"seconds": None}
TABLE: tuple[Fault, ...] = (
    Fault("F16", "A digit of the next replies is another one (times = how many).", _wrong_digit, {"times": 1}),
    Fault("F17", "Somebody pressed the unit key: it weighs in kg, mg, oz, pcs …", _other_unit, {"unit": "kg", **WHILE}),
    Fault(
        "F18",
        "The next replies carry no plain number or unit (how = comma, bracket, nan, exponent, no unit).",
        _no_number,
        {"how": "comma", "times": 1},
    ),
    Fault("F19", "The balance shows one decimal less.", _fewer_decimals, WHILE),
    Fault("F20", "The table shakes: the weight never settles.", _never_stable, WHILE),
    Fault(
        "F21",
        "The weight creeps while the balance calls it stable (evaporation, a tube that touches).",
        _creeping,
        {"g_per_s": 0.02, **WHILE},
    ),
    Fault("F22", "The sign of rest flaps.", _flapping, WHILE),
    Fault("F23", "Somebody leans on the pan: overload.", _overload, {"g": "5000", **WHILE}),
    Fault("F24", "The pan is lifted off: underload.", _underload, WHILE),
    Fault(
        "F25",
        "Somebody leans on the pan while it is to be zeroed: out of the zero range.",
        _beyond_zero,
        {"g": "150", **WHILE},
    ),
    Fault("F26", "Tare and zero are ignored without a word.", _deaf, WHILE),
    Fault("F27", "Somebody presses TARE on the balance itself, without a word on the wire.", _keypad_tare),
    Fault("F28", "Somebody starts the internal adjustment at the balance.", _adjusting),
    Fault("F29", "The next adjustment ends without success.", _adjustment_fails),
    Fault("F30", "A command that its manual names is unknown to it (name = which).", _unknown, {"name": "I2", **WHILE}),
    Fault(
        "F31",
        "The balance reports a fault of its own (shows = what its display names).",
        _own_fault,
        {"shows": "15b", **WHILE},
    ),
    Fault("F35", "The display is switched off: standby.", _standby, WHILE),
)
