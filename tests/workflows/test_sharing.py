"""An opened vial from one dose to the next: kept, weighed, limited, never counted twice (R31, R32, R58)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal as D
from typing import Any

import pytest

from tests.cast import ANN, BO, PAM
from tests.workflows.answers import done, refused, rejected, tries, would
from tests.workflows.example import BAG, CABINET, DILUENT, POLICY, START, device, order, photo, scan, vial, weigh
from tests.workflows.shared_bench import (
    BAG_25,
    LABEL_G,
    SHARED,
    SHARES,
    bench,
    finished,
    first_dose,
    keep,
    kept_in_full,
    kept_vial,
    poured,
    second_dose,
    staged,
    waiting,
    with_label,
)
from workflows import commands as asked
from workflows import sharing
from workflows.evidence import Confirmation
from workflows.open_vial import OpenVial
from workflows.rules.dating import beyond_use
from workflows.sharing import LOOKS_RIGHT, came_with, unsure_ml


def test_r32_a_kept_vial_says_what_is_left_by_weight_until_when_and_where() -> None:
    one = first_dose()
    scanned = one.p.entries["vial:1"].at  # type: ignore[union-attr]
    assert scanned < one.p.started_at  # type: ignore[union-attr, operator]
    event = kept_in_full(one)
    known = event.container.opened
    assert event.container == replace(vial("A"), unit="U/ABCD1234", opened=known)
    assert known == OpenVial(
        of="A",
        punctured_at=scanned,  # sealed until then: it may have been entered at once
        until=scanned + timedelta(hours=12),
        cabinet="BSC-2",
        gross_g=D("35.30"),  # with its label on
        left_g=D("5.38"),  # 25.56 g less 20.18 g
        left_ml=D("5.000"),  # 5.33 mL by weight, but the labels leave the dose 5 mL: no mg counts twice
        unsure_ml=known.unsure_ml,
        balance="B123456789",
        label_g=LABEL_G,
        parts=(came_with(DILUENT), came_with(device("vial adaptor"))),
        density_g_per_ml=SHARED.density.g_per_ml,
    )
    assert D("0.011") < known.unsure_ml < D("0.02")  # 2 * sqrt 2 * 0.004 g / 1.009 g/mL, and the density's doubt
    done(tries(one, Confirmation("leftovers discarded")))
    closed: Any = one.log[-1].event
    assert {account.unit: account.fate for account in closed.accounts}["A"] == "used, rest kept"
    assert (closed.brought_mg, closed.kept_mg, closed.wasted_mg) == (D(500), D(100), D(0))


def test_r58_what_is_not_kept_is_discarded_and_the_sum_is_what_was_brought_in() -> None:
    one = first_dose()
    done(tries(one, Confirmation("leftovers discarded")))
    closed: Any = one.log[-1].event
    assert (closed.brought_mg, closed.kept_mg, closed.wasted_mg) == (D(500), D(0), D(100))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"policy": POLICY}, "NOT_SHARED"),
        ({"recipe": replace(SHARED, may_be_shared=False)}, "NOT_SHARED"),
        ({"recipe": replace(SHARED, single_dose=None)}, "NOT_SHARED"),
        ({"recipe": replace(SHARED, opened_h=None)}, "NOT_SHARED"),
        ({"order": replace(order("400"), protocol="NCT01234567")}, "NOT_SHARED"),
        ({"policy": replace(SHARES, cstd=False)}, "NOT_SHARED"),
    ],
)
def test_r32_nothing_is_kept_that_nobody_permits(changes: dict[str, Any], code: str) -> None:
    one = first_dose(**changes)
    assert refused(one.ask(keep(one))) == code


def test_r31_nothing_is_kept_past_its_limit_nor_by_another_nor_once_more() -> None:
    one = first_dose()
    late = one.p.entries["vial:1"].at + timedelta(hours=12)  # type: ignore[union-attr]
    good = keep(one)
    assert refused(would(one, replace(good, weighing=weigh("34.99", late)), at=late)) == "OPEN_TOO_LONG"
    assert refused(would(one, good, BO)) == "NOT_YOURS"
    assert refused(would(one, good, no_stock="it was cleaned")) == "CABINET_BROKEN"
    assert refused(would(one, good, occupied_by="P-2")) == "CABINET_OCCUPIED"
    assert refused(would(one, keep(one, found=vial("B")))) == "NOT_ONE_OF_THEM"
    assert refused(would(one, replace(good, scan=scan(vial("A"), "typed", "photo")))) == "TYPED"
    done(one.ask(good))
    done(one.ask(good))  # its label came out spoilt: it gets another one
    done(one.ask(with_label(one)))
    assert refused(one.ask(keep(one))) == "KEPT_ALREADY"


@pytest.mark.parametrize(("grams", "kept"), [("34.99", True), ("34.58", False), ("35.40", False), ("55.20", False)])
def test_r4_a_vial_that_lost_more_or_less_than_the_syringe_holds_is_not_kept(grams: str, kept: bool) -> None:
    """20.18 g were drawn; 2 % of that, 0.40 g, may be apart."""
    one = first_dose()
    answer = one.ask(keep(one, grams))
    assert isinstance(answer, tuple) if kept else refused(answer) == "VIALS_DISAGREE"


@pytest.mark.parametrize("why", ["spill", "integrity or particulates"])
def test_r32_nothing_is_kept_after_a_spill_a_leak_or_particles(why: Any) -> None:
    one = bench("400")
    staged(one, vial("A"), DILUENT, BAG)
    done(one.ask(asked.Pause(why)))
    done(one.ask(asked.Resume("wiped up, nothing of it touched"), PAM))
    poured(one)
    assert refused(one.ask(keep(one))) == "INTEGRITY"


def test_r32_nothing_is_kept_without_its_closed_system_adaptor() -> None:
    one = bench("400")
    one.until_claimed()
    one.do(scan(CABINET))
    for item in one.policy.ppe:
        one.do(Confirmation(item))
    for found in (vial("A"), DILUENT, BAG):
        one.do(scan(found))
    done(one.ask(asked.Waive("device:vial adaptor:1", "WRONG_DEVICE", "none in stock today"), PAM))
    for part in ("syringe connector", "bag adaptor"):
        one.do(scan(device(part)))
    one.do(photo("staged"))
    poured(one)
    assert refused(one.ask(keep(one))) == "NO_CSTD"


def test_r19_nothing_is_kept_that_was_recalled_meanwhile() -> None:
    one = first_dose()
    assert refused(would(one, keep(one), recalled="R-1")) == "NOT_GOOD"


def test_r32_nothing_is_kept_before_the_release() -> None:
    one = bench("400")
    staged(one, vial("A"), DILUENT, BAG)
    assert refused(one.ask(keep(one))) == "NOT_RELEASED"
    done(one.ask(asked.Abort("other", "")))
    assert refused(one.ask(keep(one))) == "NOT_RELEASED"


def test_r30_a_dose_of_an_opened_vial_is_good_no_longer_than_that_vial() -> None:
    found = kept_vial()
    one = second_dose()
    for goods in (found, BAG_25):
        one.do(scan(goods))
    assert waiting(one) == ["device:syringe connector:1", "device:bag adaptor:1"]  # no diluent, no second vial adaptor
    for part in ("syringe connector", "bag adaptor"):
        one.do(scan(device(part)))
    one.do(photo("staged"))
    assert waiting(one)[0] == "vial-look:1"
    one.do(Confirmation(LOOKS_RIGHT))
    assert rejected(tries(one, weigh("35.33", one.at))) == ("NOT_AS_KEPT",)  # 3 * sqrt 2 * 0.004 g is 0.017 g
    one.do(weigh("35.31", one.at))
    finished(one, "22.96", "292.14")  # 4.5 mL = 4.5405 g
    limit = beyond_use(one.p)  # type: ignore[arg-type]
    assert limit is not None
    assert limit.at == found.opened.until  # type: ignore[union-attr]
    assert limit.limited_by == "in-use limit of cyclophosphamide 500 mg powder, opened before"
    done(tries(one, Confirmation("leftovers discarded")))
    closed: Any = one.log[-1].event
    assert (closed.brought_mg, closed.kept_mg, closed.wasted_mg) == (D(100), D(0), D(10))


@pytest.mark.parametrize(
    ("changes", "so", "code"),
    [
        ({}, {"no_stock": "thrown away"}, "NO_STOCK"),
        ({"cabinet": "BSC-9"}, {}, "OTHER_CABINET"),
        ({"until": START}, {}, "OPEN_TOO_LONG"),
        ({"left_ml": D("4.699")}, {}, "TOO_LITTLE_LEFT"),  # 4.5 mL and 0.2 mL that no syringe reaches
        ({}, {"used_by": "P-2"}, "SAME_UNIT"),
    ],
)
def test_r32_an_opened_vial_is_judged_when_it_is_scanned(
    changes: dict[str, Any], so: dict[str, Any], code: str
) -> None:
    sound = kept_vial()
    found = replace(sound, opened=replace(sound.opened, unsure_ml=D(0), **changes))  # type: ignore[type-var]
    one = second_dose()
    answer = would(one, asked.Submit("", scan(found)), **so)
    assert code in rejected(answer)


def test_r32_it_is_not_carried_to_another_station() -> None:
    one = second_dose()
    one.do(scan(kept_vial()))
    assert refused(would(one, asked.HandOver(), ANN, BO, station="HOOD-2")) == "OPENED_HERE"


def test_r32_thrown_out_by_redo_it_counts_with_what_was_left_in_it() -> None:
    found = kept_vial()
    one = second_dose()
    staged_goods = (found, BAG_25)
    for goods in staged_goods:
        one.do(scan(goods))
    for part in ("syringe connector", "bag adaptor"):
        one.do(scan(device(part)))
    one.do(photo("staged"))
    one.do(Confirmation(LOOKS_RIGHT))
    one.do(weigh("35.30", one.at))
    done(one.ask(asked.Redo("vial", 1, "new vial")))
    assert {"vial:1", "diluent"} <= set(waiting(one))
    done(one.ask(asked.Abort("other", "")))
    done(tries(one, Confirmation("leftovers discarded")))
    closed: Any = one.log[-1].event
    assert closed.wasted_mg == D(100)
    assert {account.unit: account.fate for account in closed.accounts}[found.unit] == "wasted"


def test_r32_an_opened_vial_of_a_dose_that_was_stopped_is_discarded_and_counted() -> None:
    """Nobody saw it between its scan and the stop: it may have been drawn from, carried, or topped up."""
    found = kept_vial()
    one = second_dose()
    one.do(scan(found))
    done(one.ask(asked.Abort("other", "")))
    one.station = "HOOD-2"
    done(one.ask(asked.HandOver(), ANN, second=BO))
    done(tries(one, Confirmation("leftovers discarded"), BO))
    closed: Any = one.log[-1].event
    assert {account.unit: account.fate for account in closed.accounts}[found.unit] == "wasted"
    assert (closed.brought_mg, closed.wasted_mg) == (D(100), D(100))


def test_r31_a_vial_that_was_scanned_taken_back_and_scanned_again_was_open_since_its_first_scan() -> None:
    one = bench("400")
    one.until_dressed()
    one.do(scan(vial("A")))
    first = one.log[-1].at
    one.at += timedelta(minutes=20)
    done(one.ask(asked.Back("")))
    one.do(scan(vial("A")))
    assert sharing.punctured_at(one.p, "1") == first  # type: ignore[arg-type]  # it is open
    one.at += timedelta(minutes=1)
    done(one.ask(asked.Back("")))
    one.do(scan(vial("S")))
    assert sharing.punctured_at(one.p, "1") == one.log[-1].at  # type: ignore[arg-type]  # another vial


def test_r32_the_doubt_of_what_is_left_is_of_two_readings_and_the_density() -> None:
    assert unsure_ml(D(0), D("0.004"), D(1), D(0)) == pytest.approx(D("0.0113137"), abs=D("1E-7"))
    assert unsure_ml(D(10), D(0), D(1), D("0.0005")) == D("0.01")
