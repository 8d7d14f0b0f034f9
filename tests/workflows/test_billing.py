"""What is billed for a released dose, with the figures of the worked examples (R58)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal as D

import pytest

from workflows.billing import REMADE, BillingCode, Dose, NotBilled, Vial, billing_ndc, lines
from workflows.whole_vials import least_waste, totals

DAY = date(2026, 11, 23)
CYCLO = "10019-0955-50"
J9075 = BillingCode(CYCLO, "J9075", D(5), confirmed=True)
DOSE = Dose(D(970), (Vial(CYCLO, True), Vial(CYCLO, True)), (D(500),), DAY)


def shown(dose: Dose, *codes: BillingCode) -> list[tuple[str, str, int, D]] | str:
    made = lines(dose, codes)
    return made.says if isinstance(made, NotBilled) else [(one.code, one.modifier, one.units, one.mg) for one in made]


def dose_of(mg: str, ndc: str, *sizes: str, single: bool | None = True, **more: object) -> Dose:
    return replace(DOSE, prescribed_mg=D(mg), vials=(Vial(ndc, single),), sizes_mg=tuple(map(D, sizes)), **more)  # type: ignore[arg-type]  # what a test sets


def test_r58_the_worked_example_is_194_units_and_6_discarded() -> None:
    assert shown(DOSE, J9075) == [("J9075", "", 194, D(970)), ("J9075", "JW", 6, D(30))]


def test_r58_305_mg_from_four_vials_of_100_at_10_mg_a_unit_is_31_and_9() -> None:
    code = BillingCode("00001-0001-01", "J0001", D(10))
    dose = dose_of("305", code.ndc, "100")
    assert shown(dose, code) == [("J0001", "", 31, D(305)), ("J0001", "JW", 9, D(95))]


def test_r58_a_bulk_package_carries_neither_jw_nor_jz() -> None:
    code = BillingCode("63323-0117-58", "J9190", D(500))
    made = lines(dose_of("4320", code.ndc, "2500", single=False), [code])
    assert not isinstance(made, NotBilled)
    assert [(one.code, one.modifier, one.units) for one in made] == [("J9190", "", 9)]
    assert "neither JW nor JZ" in made[0].formula


@pytest.mark.parametrize("mg", ["1000", "997", "500"])
def test_r58_where_no_whole_unit_is_left_the_line_says_jz(mg: str) -> None:
    made = lines(replace(DOSE, prescribed_mg=D(mg)), [J9075])
    assert not isinstance(made, NotBilled)
    assert [one.modifier for one in made] == ["JZ"]


def test_r58_it_is_billed_as_if_the_least_waste_vials_were_opened() -> None:
    code = BillingCode("00001-0001-01", "J0001", D(10))
    assert shown(dose_of("305", code.ndc, "100", "350"), code) == [("J0001", "", 31, D(305)), ("J0001", "JW", 4, D(45))]


def test_r58_a_blank_single_dose_flag_blocks_the_line() -> None:
    assert "not recorded" in shown(dose_of("970", CYCLO, "500", single=None), J9075)


def test_r58_the_waste_of_a_dose_made_again_is_never_jw() -> None:
    made = lines(replace(DOSE, remade=True), [J9075])
    assert not isinstance(made, NotBilled)
    assert [(one.modifier, one.units, one.remark) for one in made] == [("", 194, REMADE)]


def test_r58_the_code_is_that_of_the_package_on_the_day_it_is_given() -> None:
    ndc, last, first = "00093-7474-89", date(2024, 9, 30), date(2024, 10, 1)
    codes = (BillingCode(ndc, "J8521", D(500), None, last), BillingCode(ndc, "J8522", D(50), first))
    before, after = (dose_of("56000", ndc, "500", single=False, day=day) for day in (last, first))
    assert shown(before, *codes) == [("J8521", "", 112, D(56000))]
    assert shown(after, *codes) == [("J8522", "", 1120, D(56000))]


@pytest.mark.parametrize(
    ("changed", "codes", "says"),
    [
        ({}, (), "No HCPCS code is on file for NDC 10019-0955-50 on 2026-11-23"),
        ({}, (J9075, replace(J9075, code="J9071")), "2 HCPCS codes are on file"),
        ({"unconfirmed": ("density",)}, (J9075,), "Training is never billed"),
        ({"vials": ()}, (J9075,), "No drug container"),
        ({"sizes_mg": (D("0.5"),)}, (J9075,), "a unit has slipped"),
        ({"vials": (Vial("", True),)}, (J9075,), "has no NDC"),
        ({"vials": (Vial(CYCLO, True), Vial(CYCLO, False))}, (J9075,), "A biller divides it"),
        (
            {"vials": (Vial(CYCLO, True), Vial("10019-0944-01", True))},
            (J9075, BillingCode("10019-0944-01", "J9071", D(5))),
            "different codes (J9071, J9075)",
        ),
    ],
)
def test_r58_what_cannot_be_told_makes_no_line(
    changed: dict[str, object], codes: tuple[BillingCode, ...], says: str
) -> None:
    assert says in shown(replace(DOSE, **changed), *codes)  # type: ignore[arg-type]  # what a test sets


def test_r58_a_line_is_confirmed_only_where_its_code_is() -> None:
    for confirmed in (True, False):
        made = lines(DOSE, [replace(J9075, confirmed=confirmed)])
        assert not isinstance(made, NotBilled)
        assert {one.confirmed for one in made} == {confirmed}


@pytest.mark.parametrize(
    ("ndc", "billing"),
    [
        ("0338-0017-02", "00338-0017-02"),
        ("10019-955-50", "10019-0955-50"),
        ("12345-6789-1", "12345-6789-01"),
        ("10019-0955-50", "10019-0955-50"),
        ("10019955-50", ""),
        ("1001995550", ""),
        ("1001-995-50", ""),
        ("", ""),
    ],
)
def test_r18_the_billing_form_is_padded_where_the_dashes_say(ndc: str, billing: str) -> None:
    assert billing_ndc(ndc) == billing


@pytest.mark.parametrize(
    ("dose", "sizes", "vials"),
    [
        ("970", "500", "500 500"),
        ("300", "100 200", "200 100"),
        ("301", "100 350", "350"),
        ("4320", "2500", "2500 2500"),
        ("90", "100 30", "30 30 30"),
        ("100", "100 30", "100"),
        ("5.1", "2.5", "2.5 2.5 2.5"),
    ],
)
def test_r58_the_vials_that_waste_least_and_of_those_the_fewest(dose: str, sizes: str, vials: str) -> None:
    assert least_waste(D(dose), map(D, sizes.split())) == tuple(map(D, vials.split()))


@pytest.mark.parametrize(("most", "sizes"), [("10", ""), ("10", "0"), ("10", "-1"), ("1000001", "1")])
def test_r58_a_slipped_unit_is_no_tower_of_vials(most: str, sizes: str) -> None:
    with pytest.raises(ValueError, match="vial"):
        totals(D(most), map(D, sizes.split()))
