"""Draws labels; knows no database and no printer."""

from labels.codes import ExpectedCode
from labels.kinds import KINDS
from labels.label import DEMO, TRAINING, CodeCard, CommandCards, InProcessLabel, Label, UnitLabel
from labels.language import ENGLISH, LANGUAGES, fixed
from labels.oral import OralBottleLabel
from labels.pump import PumpLabel
from labels.rendering import Rendered, for_zpl, render, try_out
from labels.sterile import BY_MOUTH, INTRATHECAL, IvBagLabel, SyringeLabel
from labels.trouble import DoesNotFit, LabelIncomplete, LabelRefused, LabelTroubleError
from labels.wording import amount

__all__ = [
    "BY_MOUTH",
    "DEMO",
    "ENGLISH",
    "INTRATHECAL",
    "KINDS",
    "LANGUAGES",
    "TRAINING",
    "CodeCard",
    "CommandCards",
    "DoesNotFit",
    "ExpectedCode",
    "InProcessLabel",
    "IvBagLabel",
    "Label",
    "LabelIncomplete",
    "LabelRefused",
    "LabelTroubleError",
    "OralBottleLabel",
    "PumpLabel",
    "Rendered",
    "SyringeLabel",
    "UnitLabel",
    "amount",
    "fixed",
    "for_zpl",
    "render",
    "try_out",
]
