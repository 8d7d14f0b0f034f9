"""The kinds of labels and the stock each stands on. A new kind is a file here and one line in KINDS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from labels.drawing import Drawing
from labels.kinds import code_card, command_cards, in_process, iv_bag, oral_bottle, pump, syringe, unit
from labels.label import CodeCard, CommandCards, InProcessLabel, Label, UnitLabel
from labels.oral import OralBottleLabel
from labels.pump import PumpLabel
from labels.sterile import IvBagLabel, SyringeLabel
from labels.stock import Profile, Stock
from labels.wrapping import WidthOf


@dataclass(frozen=True)
class Kind:
    label: type[Label]
    """The value it draws."""
    stock: str
    """Default stock, a key of STOCKS."""
    draw: Callable[[Any, Stock, Profile, WidthOf], Drawing]
    """Sets that value."""


KINDS: dict[str, Kind] = {
    "iv_bag": Kind(IvBagLabel, "101.6x76.2", iv_bag.draw),
    "syringe": Kind(SyringeLabel, "57.2x50.8", syringe.draw),
    "pump": Kind(PumpLabel, "101.6x50.8", pump.draw),
    "oral_bottle": Kind(OralBottleLabel, "76.2x50.8", oral_bottle.draw),
    "in_process": Kind(InProcessLabel, "101.6x50.8", in_process.draw),
    "unit": Kind(UnitLabel, "57.2x31.8", unit.draw),
    "code_card": Kind(CodeCard, "85.6x54", code_card.draw),
    "command_cards": Kind(CommandCards, "a4", command_cards.draw),
}
