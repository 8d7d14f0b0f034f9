"""Badges, and the codes of stations, cabinets and trays."""

from __future__ import annotations

from labels import codes
from labels.drawing import Drawing
from labels.kinds.common import doubts, lines, marks, own_code
from labels.label import CodeCard
from labels.language import said
from labels.layout import Beside, Block, Divider, Spring, Words, lay_out
from labels.stock import Profile, Stock
from labels.wrapping import Piece, WidthOf

_NAMES = {"B": "badge", "S": "station", "H": "cabinet", "T": "tray"}
"""Words of the catalogue."""
_MODULE = 1.0
"""Millimetres: read at arm's length through a cabinet's front."""
_CODE_COLUMN = 28.0
"""Millimetres."""


def draw(label: CodeCard, stock: Stock, profile: Profile, width_of: WidthOf) -> Drawing:
    """Set the card: what it is, its name large, the symbol beside."""
    code = own_code("code", codes.make(label.card, label.code_id), profile, _MODULE, label.language)
    left = (
        Words((Piece("title", label.title, "bold"),), 20.0, 9.0),
        *lines(Piece("subtitle", label.subtitle) if label.subtitle else None, size=10.0, before=1.0),
    )
    blocks: tuple[Block, ...] = (
        *marks(label, 10.0),
        Words((Piece("card", said(label.language, _NAMES[label.card]), "bold"),), 11.0, 8.0),
        Divider(0.6, 0.5),
        Spring(),
        Beside(left, code, _CODE_COLUMN, 1.0),
        Spring(),
        *doubts(label),
    )
    return lay_out(blocks, stock, profile, width_of)
