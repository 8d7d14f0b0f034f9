"""Draws labels; knows no database and no printer."""

from labels.codes import ExpectedCode
from labels.kinds import KINDS
from labels.label import DEMO, TRAINING, CodeCard, CommandCards, InProcessLabel, Label, UnitLabel
from labels.oral import OralBottleLabel
from labels.pump import PumpLabel
from labels.rendering import Rendered, for_zpl, render, try_out
from labels.sterile import INTRATHECAL, IvBagLabel, SyringeLabel
from labels.trouble import DoesNotFit, LabelIncomplete, LabelRefused, LabelTroubleError
from labels.wording import amount, fixed

__all__ = [
    "DEMO",
    "INTRATHECAL",
    "KINDS",
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
