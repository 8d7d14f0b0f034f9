"""What the pharmacist's table says of a liquid by mouth besides: which oral syringe was scanned, that the bottle was shaken."""

from __future__ import annotations

from collections.abc import Iterator

from workflows import oral
from workflows.evidence import Confirmation, Container, Scan
from workflows.lines import Line
from workflows.preparation import Preparation


def lines(p: Preparation) -> Iterator[Line]:
    """Yield the lines of what was scanned and said; nothing of any other container."""
    if p.counts or not oral.is_oral(p.plan.container):
        return
    scan, shaken = p.evidence("dispenser:1"), p.evidence("shaken:1")
    found = scan.found if isinstance(scan, Scan) and isinstance(scan.found, Container) else None
    typed = " — TYPED with a witness" if isinstance(scan, Scan) and scan.how == "typed" else ""
    told = f"{found.text}, lot {found.lot}{typed}" if found else ""
    wanted = oral.part(p.plan.syringes_ml[0])
    yield Line("oral syringe", wanted, told, "", "scanned as one", True if found else None)
    said = shaken.item if isinstance(shaken, Confirmation) else ""
    yield Line("bottle", "shaken", said, "", "before the draw", True if said else None)
