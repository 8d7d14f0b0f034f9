"""The label of a preparation in the making: looks unlike any final label, and promises nothing."""

from __future__ import annotations

from labels import codes
from labels.drawing import Drawing
from labels.kinds.common import CODE_COLUMN, band, doubts, drug_and_dose, into_a_vein, marks, own_code, patient, reprint
from labels.label import InProcessLabel
from labels.language import fixed, said
from labels.layout import Beside, Block, Spring, Words, lay_out
from labels.stock import Profile, Stock
from labels.wrapping import Piece, WidthOf


def draw(label: InProcessLabel, stock: Stock, profile: Profile, width_of: WidthOf) -> Drawing:
    """Set the label between its two black bands."""
    warning = band("in_process", fixed("in_process", label.language).text, 12.5, 9.0)
    code = codes.make("I", label.label_id, label.copy)
    steps = Piece(
        "step_count", said(label.language, "steps" if label.step_count > 1 else "step", number=label.step_count)
    )
    hazard = label.hazard_line if label.hazardous else None
    left = (
        *patient(label),
        drug_and_dose(label, 14.5),
        Words((steps,), 9.0, 7.0, 0.6),
        *doubts(label),
    )
    blocks: tuple[Block, ...] = (
        warning,
        *marks(label),
        Spring(),
        Beside(left, (*own_code("code", code, profile, language=label.language), *reprint(label)), CODE_COLUMN, 1.2),
        Spring(),
        *into_a_vein(label),
        *((Words((Piece("hazard_line", hazard, "bold"),), 8.5, 7.0, 0.8, "center"),) if hazard else ()),
        warning,
    )
    return lay_out(blocks, stock, profile, width_of)
