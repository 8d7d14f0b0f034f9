"""What a final label is made of: the bedside code where the site has set one (L6), and units nobody misreads (N3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

import labels
from app import labelling
from app.settings import Settings, WrongSettings, load_settings
from tests.workflows.example import POLICY, RECIPE, order
from workflows.order import PatientText
from workflows.plan import Plan, plan
from workflows.wording import unit

AT = datetime(2026, 3, 11, 15, 0, tzinfo=UTC)
MARTA = PatientText("10234567", "MAINHOSP", "Example", "Marta", date(1968, 2, 14))


def codes(template: str) -> dict[str, bytes]:
    """What is read back from the final label of the worked example, by part of the label."""
    settings = Settings(demo=True, bedside_code=template)  # type: ignore[call-arg]  # the rest has defaults
    made = plan(order(), RECIPE, POLICY)
    assert isinstance(made, Plan)
    label = labelling.bag(order(), RECIPE, made, MARTA, settings, labelling.trial(made, RECIPE, AT, "Ann T."))
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


def test_n3_micrograms_and_international_units_are_written_so_that_nobody_misreads_them() -> None:
    assert [unit(one) for one in ("ug", "[iU]", "mg")] == ["mcg", "units", "mg"]
    settings = Settings(demo=True)  # type: ignore[call-arg]  # the rest has defaults
    ordered = replace(order(), dose=order().dose * 1000, dose_unit="ug")
    made = plan(ordered, RECIPE, POLICY)
    assert isinstance(made, Plan)
    label = labelling.bag(ordered, RECIPE, made, MARTA, settings, labelling.trial(made, RECIPE, AT, "Ann T."))
    assert (label.dose, label.dose_unit) == (ordered.dose, "mcg")


def test_a_duration_that_is_no_whole_number_of_minutes_is_refused_not_cut() -> None:
    made = plan(order(), RECIPE, POLICY)
    assert isinstance(made, Plan)
    ordered = replace(order(), duration_min=Decimal("30.4"))
    says = labelling.why_no_label(
        ordered, RECIPE, made, MARTA, Settings(demo=True), labelling.trial(made, RECIPE, AT, "Ann T.")
    )  # type: ignore[call-arg]  # the rest has defaults
    assert "30.4 min is no whole number of minutes" in says
