"""The kinds of labels and the stock each stands on. A new kind is a file here and one line in KINDS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from labels.drawing import Drawing
from labels.kinds import in_process, iv_bag
from labels.label import InProcessLabel, IvBagLabel, Label
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
    "in_process": Kind(InProcessLabel, "101.6x50.8", in_process.draw),
}
