"""The steps that set the session of an intrathecal dose apart; every other dose goes past them."""

from __future__ import annotations

from dataclasses import replace

from workflows.evidence import Confirmation
from workflows.intrathecal import ROUTE
from workflows.library import sterile
from workflows.rules import intrathecal
from workflows.steps import Condition, Step

INTRATHECAL = Condition("the dose is intrathecal", lambda p: p.order.route == ROUTE)
CABINET = replace(sterile.CABINET, must=(*sterile.CABINET.must, intrathecal.IS_CLEANED_FOR_INTRATHECAL))
APART = Step(
    "apart",
    "Look that nothing but what this intrathecal dose takes is in the cabinet, and confirm it",
    "technician",
    Confirmation,
    (intrathecal.IS_APART,),
    when=INTRATHECAL,
    readies=True,
    stage="claimed",
)
