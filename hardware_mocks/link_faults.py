"""What can go wrong between a balance and its host: plugs, silence, lateness, bytes nobody sent, bytes that were changed."""

import contextlib
import os
import threading
import time
from typing import TYPE_CHECKING

from hardware_mocks.fault import Fault, Given, Trigger, number, seconds, times

if TYPE_CHECKING:
    from hardware_mocks.faults import Faults

FLOOD = b"x" * 500
"""So many bytes twenty times a second."""


def _unplug(faults: "Faults", given: Given) -> None:
    device = str(given["device"])
    faults.victim.unplug(device)
    after = seconds(given["seconds"])
    if after:
        faults.later(after, lambda: faults.victim.replug(device), even_if_cleared=True)


def _unplug_in_mid_reply(faults: "Faults", given: Given) -> None:
    def half(reply: bytes) -> None:
        keep = len(reply) // 2 if given["keep"] is None else int(number(given["keep"]))
        faults.victim.put_on_wire(reply[:keep])
        time.sleep(0.05)  # the host must have read the part before the link goes
        _unplug(faults, {"device": "balance", "seconds": given["seconds"]})

    faults.spoil("F2", 1, half)


def _unplug_at_tare(faults: "Faults", given: Given) -> None:
    """The command is carried out, and nobody hears so."""

    def pull() -> None:
        faults.spoil("F3", 1, lambda _reply: None)
        pulled = {"device": "balance", "seconds": given["seconds"]}
        faults.later(0.05, lambda: _unplug(faults, pulled))

    faults.place("F3", Trigger(command=faults.victim.balance.tare_command), pull)


def _other_node(faults: "Faults", given: Given) -> None:
    """Over a pty the device node behind the name is another one afterwards."""
    _unplug(faults, {"device": "balance", "seconds": number(given["seconds"])})


def _other_balance(faults: "Faults", given: Given) -> None:
    def back() -> None:
        faults.victim.become(str(given["serial"]))
        faults.victim.replug("balance")

    faults.victim.unplug("balance")
    faults.later(seconds(given["seconds"]) or 0.0, back, even_if_cleared=True)


def _thief(faults: "Faults", given: Given) -> None:
    """Another program has the same port open and takes bytes."""
    url = faults.victim.balance_url
    if not url.startswith("/"):
        raise ValueError("bytes can be stolen on a pty only (--pty)")
    ends = threading.Event()

    def steal() -> None:
        handle = os.open(url, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
        while not ends.is_set():
            with contextlib.suppress(BlockingIOError):
                os.read(handle, 4)
            time.sleep(0.001)
        os.close(handle)

    threading.Thread(target=steal, name="mock thief", daemon=True).start()
    faults.go_on("F6", seconds(given["seconds"]), ends.set)


def _no_reply(faults: "Faults", given: Given) -> None:
    faults.spoil("F8", times(given["times"]), lambda _reply: None)


def _no_terminator(faults: "Faults", given: Given) -> None:
    def cut(reply: bytes) -> None:
        keep = None if given["keep"] is None else int(number(given["keep"]))
        faults.victim.put_on_wire(reply.removesuffix(faults.victim.balance.reply_end)[:keep])

    faults.spoil("F9", times(given["times"]), cut)


def _slow(faults: "Faults", given: Given) -> None:
    faults.victim.pace("balance", 0.3)
    faults.go_on("F10", seconds(given["seconds"]), lambda: faults.victim.pace("balance", 0.0))


def _late_reply(faults: "Faults", given: Given) -> None:
    def late(reply: bytes) -> None:
        faults.later(seconds(given["seconds"]) or 0.0, lambda: faults.victim.put_on_wire(reply))

    faults.spoil("F11", times(given["times"]), late)


def _auto_print(faults: "Faults", given: Given) -> None:
    faults.victim.balance.print_by_itself(True)
    faults.go_on("F12", seconds(given["seconds"]), lambda: faults.victim.balance.print_by_itself(False))


def _power_cycle(faults: "Faults", _given: Given) -> None:
    faults.victim.power_cycle()


def _echo(faults: "Faults", given: Given) -> None:
    faults.victim.echo = True
    faults.go_on("F14", seconds(given["seconds"]), lambda: setattr(faults.victim, "echo", False))


def _wrong_parity(faults: "Faults", given: Given) -> None:
    """7E1 heard as 8N1: the parity bit is the eighth."""

    def with_parity(reply: bytes) -> None:
        faults.victim.put_on_wire(bytes(byte | 0x80 if byte.bit_count() % 2 else byte for byte in reply))

    faults.spoil("F15", times(given["times"]), with_parity)


def _merged(faults: "Faults", given: Given) -> None:
    def twice(reply: bytes) -> None:
        faults.victim.put_on_wire(reply.removesuffix(faults.victim.balance.reply_end) + reply)

    faults.spoil("F32", times(given["times"]), twice)


def _flood(faults: "Faults", given: Given) -> None:
    ends = threading.Event()

    def pour() -> None:
        if not ends.is_set():
            faults.victim.put_on_wire(FLOOD)
            faults.later(0.05, pour)

    pour()
    faults.go_on("F33", seconds(given["seconds"]), ends.set)


def _two_masters(faults: "Faults", given: Given) -> None:
    """Somebody else on the line asked the same: two answers come."""

    def twice(reply: bytes) -> None:
        faults.victim.put_on_wire(reply + reply)

    faults.spoil("F36", times(given["times"]), twice)


WHILE = {"seconds": None}
TABLE: tuple[Fault, ...] = (
    Fault("F1", "The plug is pulled. With seconds it comes back by itself.", _unplug, {"device": "balance", **WHILE}),
    Fault("F2", "The plug is pulled in the middle of the next reply.", _unplug_in_mid_reply, {"keep": None, **WHILE}),
    Fault("F3", "The plug is pulled right after the next tare, before its answer.", _unplug_at_tare, {"seconds": 1.0}),
    Fault(
        "F4", "The plug comes out and goes in elsewhere: the same name, another node.", _other_node, {"seconds": 0.5}
    ),
    Fault(
        "F5",
        "The balance is unplugged and a different one is plugged in.",
        _other_balance,
        {"serial": "B987654321", "seconds": 1.0},
    ),
    Fault("F6", "Another program reads from the same port and takes bytes (pty only).", _thief, WHILE),
    Fault("F8", "The next replies never come (times = how many; empty = until cleared).", _no_reply, {"times": 1}),
    Fault(
        "F9",
        "The next replies come without their end, so the line never ends (keep = only so many bytes).",
        _no_terminator,
        {"times": 1, "keep": None},
    ),
    Fault("F10", "Replies come one byte every 0.3 s.", _slow, WHILE),
    Fault(
        "F11",
        "The next reply comes so many seconds late, when the host has given up on it.",
        _late_reply,
        {"seconds": 2.0, "times": 1},
    ),
    Fault("F12", "The balance prints by itself: auto print is on.", _auto_print, WHILE),
    Fault("F13", "The balance loses power and starts again: tare forgotten, new zero, cold.", _power_cycle),
    Fault("F14", "Everything the host sends comes back first: echo is on.", _echo, WHILE),
    Fault("F15", "The parity is set wrong: the next replies are unreadable.", _wrong_parity, {"times": 1}),
    Fault("F32", "The end of a line is lost: the next replies run together.", _merged, {"times": 1}),
    Fault("F33", "The line is flooded with 10 kB a second.", _flood, WHILE),
    Fault("F36", "Somebody else asks on the same line: each reply comes twice.", _two_masters, {"times": 1}),
)
