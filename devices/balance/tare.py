"""Is a tare set? Asked before any weight counts as gross (F27): the question, and what its answer is worth.

Not here: the epoch, which a tare that was found ends; the link keeps it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from devices.balance.codec import BalanceCodec
from devices.balance.says import Says, Tare, Weight
from devices.errors import Garbled, Refusing, Trouble
from devices.exchange import Answer, Ask
from devices.readings import BalanceIdentity

QUERIES: Final = 3
"""How often the tare is asked for while the balance says it is busy."""

CANNOT: Final = "This balance cannot say whether a tare is set; it cannot be used for doses."
NOT_PRINTED: Final = (
    "The balance cannot say whether a tare is set: set it to print gross, tare and net. Until then it cannot be used "
    "for doses."
)
TWO: Final = "The balance said two different tares, one after the other. Weigh again."
MOVING: Final = "The weight moved while the balance was asked for its tare. Take the hand away and weigh again."


def ask_tare(
    codec: BalanceCodec, identity: BalanceIdentity | None, run: Callable[[Ask], Answer[Says]]
) -> tuple[Tare | Trouble, bytes]:
    """Return the tare the balance has, or why it is not known, and the bytes that said so.

    A tare of 0 is asked for twice: no protocol here has a checksum, and one bit makes `0.00` of `8.00`.
    """
    command = codec.words.get("tare_value")
    if command is None or (identity is not None and not identity.has(command)):
        return Refusing(CANNOT, "unsupported"), b""
    said, raw = _asked(codec.ask(command), run)
    if not (isinstance(said, Tare) and said.value == 0):
        return said, raw
    again, raw = _asked(codec.ask(command), run)
    if isinstance(again, Tare) and again != said:
        return Garbled(TWO, raw, "two tares"), raw
    return again, raw


def _asked(ask: Ask, run: Callable[[Ask], Answer[Says]]) -> tuple[Tare | Trouble, bytes]:
    """Ask until the balance is no longer busy, a few times."""
    answer = run(ask)
    said = _tare_in(answer)
    for _ in range(QUERIES - 1):
        if not (isinstance(said, Refusing) and said.kind == "not_ready"):
            break
        answer = run(ask)
        said = _tare_in(answer)
    return said, b"\n".join(answer.raw)


def _tare_in(answer: Answer[Says]) -> Tare | Trouble:
    if answer.trouble is not None:
        return answer.trouble
    raw = b"\n".join(answer.raw)
    for said in answer.said:
        if isinstance(said, Tare):
            return said
    if answer.said and isinstance(answer.said[0], Weight):
        if answer.said[0].stable is False:
            return Refusing(MOVING, "not_ready", raw=raw)
        return Refusing(NOT_PRINTED, "unsupported", raw=raw)
    return Garbled("The balance did not say whether a tare is set.", raw, "no tare value")


def set_words(tare: Tare) -> str:
    """What the technician reads when a tare is set."""
    return (
        f"A tare of {tare.value} {tare.unit} is set on the balance. Empty the pan, clear the tare on the balance, "
        "zero, and begin this weighing again."
    )
