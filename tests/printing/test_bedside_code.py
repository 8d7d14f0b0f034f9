"""The code that the hospital's bedside system reads from the bag is printed where the site has set one (L6)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

import labels
from app import labelling
from app.settings import Settings, WrongSettings, load_settings
from tests.workflows.example import POLICY, RECIPE, order
from workflows.order import PatientText
from workflows.plan import Plan, plan

AT = datetime(2026, 3, 11, 15, 0, tzinfo=UTC)
MARTA = PatientText("10234567", "MAINHOSP", "Example", "Marta", date(1968, 2, 14))


def codes(template: str) -> dict[str, bytes]:
    """What is read back from the final label of the worked example, by part of the label."""
    settings = Settings(demo=True, bedside_code=template)  # type: ignore[call-arg]  # the rest has defaults
    made = plan(order(), RECIPE, POLICY)
    assert isinstance(made, Plan)
    label = labelling.bag(order(), RECIPE, made, MARTA, settings, labelling.trial(AT, "Ann T."))
    return {code.field: code.data for code in labels.render(label).codes}


def test_a_site_that_sets_none_prints_none() -> None:
    assert set(codes("")) == {"code"}


@pytest.mark.parametrize("template", ["{order}", "VT-{order}"])
def test_the_order_number_stands_in_the_code_as_the_site_wants_it(template: str) -> None:
    wanted = template.replace("{order}", order().key.placer)
    assert codes(template)["admin_code"] == wanted.encode()


def test_a_template_that_would_be_the_same_on_every_bag_is_refused() -> None:
    with pytest.raises(WrongSettings, match="the same on every bag"):
        load_settings(bedside_code="CHEMO")
