"""Who is at the other end: serial number first, then model, software and the list of commands where the balance has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from devices.balance.codec import BalanceCodec, Verb
from devices.balance.says import BalanceData, Commands, Name, Says, Weight
from devices.errors import Garbled, Silent, Trouble
from devices.exchange import Answer, Ask
from devices.readings import BalanceIdentity

TRIES: Final = 2
"""How often a harmless question is put before the balance counts as not answering."""

NAMELESS: Final = "not given"
"""The serial number of a balance whose protocol has no question for it; such a balance is for display only."""

OTHER: Final = "This is another balance: serial number {got}, expected {wanted}. Connect the right one."
NO_NUMBER: Final = (
    "Serial number {wanted} is set for this station, but a balance of this kind cannot say its number. "
    "Take the number out of the station's settings."
)
READY: Final = "The balance is ready."
UNVERIFIED: Final = " Driver not yet verified on this instrument."
UNNAMED: Final = (
    " It cannot say who it is: after each new connection it must pass its check before anything is weighed."
)

Run = Callable[[Ask], Answer[Says]]


def identify(codec: BalanceCodec, run: Run) -> BalanceIdentity | Trouble:
    """Ask the balance who it is; the trouble if it gives no serial number. What else it does not know is left out (F30)."""
    serial = _named(codec, run)
    if not isinstance(serial, str):
        return serial
    data = _one(codec, run, "model")
    software = _one(codec, run, "software")
    listed = _one(codec, run, "commands")
    for said in (data, software, listed):
        if isinstance(said, Silent) and said.link_lost:
            return said
    known = data if isinstance(data, BalanceData) else None
    return BalanceIdentity(
        protocol=codec.protocol,
        serial=serial,
        model=known.model if known else data.value if isinstance(data, Name) and data.what == "model" else None,
        software=software.value if isinstance(software, Name) else None,
        capacity=known.capacity if known else None,
        capacity_unit=known.unit if known else None,
        commands=frozenset(name for _, name in listed.entries) if isinstance(listed, Commands) else frozenset(),
        verified=codec.verified,
    )


def still_itself(answer: Answer[Says]) -> str | None:
    """The serial number in an answer; None if it holds none."""
    said = answer.said[0] if answer.said else None
    return said.value if isinstance(said, Name) and said.what == "serial" else None


def other_words(got: str, wanted: str) -> str:
    """What the technician reads when the balance is not the one that belongs here, or cannot say."""
    return (NO_NUMBER if got == NAMELESS else OTHER).format(got=got, wanted=wanted)


def ready_words(identity: BalanceIdentity | None) -> str:
    """What the technician reads of a balance that is ready: also what cannot be relied on."""
    return READY if identity is None else f"{READY}{_caveats(identity)}"


def introduced(identity: BalanceIdentity) -> str:
    """Which balance it is, and what cannot be relied on, in words."""
    number = "no serial number" if identity.serial == NAMELESS else f"serial number {identity.serial}"
    return f"{identity.model or identity.protocol}, {number}.{_caveats(identity)}"


def _caveats(identity: BalanceIdentity) -> str:
    return ("" if identity.verified else UNVERIFIED) + (UNNAMED if identity.serial == NAMELESS else "")


def _named(codec: BalanceCodec, run: Run) -> str | Trouble:
    trouble: Trouble = Silent("The balance does not answer. Is it switched on?")
    for _ in range(TRIES):
        answer = run(codec.ask(codec.words["serial"]))
        serial = still_itself(answer)
        if serial is not None:
            return serial
        if answer.said and isinstance(answer.said[0], Weight) and codec.words["serial"] == codec.words["read_now"]:
            return NAMELESS
        trouble = answer.trouble or Garbled("The balance gives no serial number.", reason="no serial number")
        if isinstance(trouble, Silent) and trouble.link_lost:
            break
    return trouble


def _one(codec: BalanceCodec, run: Run, verb: Verb) -> Says | Trouble | None:
    if verb not in codec.words:
        return None
    answer = run(codec.ask(codec.words[verb]))
    return answer.said[0] if answer.said else answer.trouble
