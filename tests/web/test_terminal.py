"""A technician at the station: nothing is touched after signing in."""

from __future__ import annotations

import pytest

from tests.web.at_station import Technician
from workflows.evidence import CabinetCode

pytestmark = pytest.mark.browser


def test_from_the_worklist_to_the_first_weights_by_scanner_and_balance_alone(ann: Technician) -> None:
    ann.sign_in()
    ann.page.screenshot(path="/tmp/shots/worklist.png")
    ann.claim()
    ann.page.screenshot(path="/tmp/shots/cabinet.png")
    ann.dress()
    ann.page.screenshot(path="/tmp/shots/scan.png")
    p = ann.hood.p()
    assert isinstance(p.evidence("cabinet").found, CabinetCode)  # type: ignore[union-attr]  # accepted just now
    assert p.gloves_at is not None
    ann.stage()
    ann.page.screenshot(path="/tmp/shots/photo.png")
    ann.photograph("recon-before:1")
    ann.page.screenshot(path="/tmp/shots/weigh0.png")
    ann.weigh("38.74", "recon-after:1")
    ann.page.screenshot(path="/tmp/shots/weigh.png")
