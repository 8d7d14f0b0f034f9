"""What must never come of a shared vial: a forgotten limit, a missed recall, a spoilt vial taken for a good one (R32)."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal as D
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.cast import ANN, BO, PAM
from tests.workflows.answers import done, refused, rejected, tries, would
from tests.workflows.example import BAG, CABINET, DILUENT, START, photo, scan, vial, weigh
from tests.workflows.shared_bench import (
    BAG_25,
    SHARED,
    SHARES,
    bench,
    first_dose,
    keep,
    kept_vial,
    poured,
    second_dose,
    staged,
    waiting,
    with_devices,
    with_label,
)
from workflows import commands as asked
from workflows import events as happened
from workflows import sharing
from workflows.evidence import Confirmation
from workflows.open_vial import StandsOpen
from workflows.rules.dating import beyond_use
from workflows.sharing import LOOKS_RIGHT


def hours_kept(recipe: Any) -> timedelta:
    known = kept_vial(recipe=recipe).opened
    assert known is not None
    return known.until - known.punctured_at


@pytest.mark.parametrize(
    ("changes", "hours"),
    [({}, 12), ({"opened_h": D(6)}, 6), ({"stability_h": D(1)}, 1), ({"opened_h": D(6), "stability_h": D(4)}, 4)],
)
def test_r31_a_kept_vial_is_good_no_longer_than_what_was_dissolved_in_it(changes: dict[str, Any], hours: int) -> None:
    assert hours_kept(replace(SHARED, **changes)) == timedelta(hours=hours)


def test_r31_nothing_is_kept_of_which_nobody_says_how_long_it_may_be_used_once_opened() -> None:
    """A bulk package has four hours by its label, an ampoule none at all: a blank is never twelve."""
    for changes in (
        {"opened_h": None},
        {"opened_h": None, "storage": "2 to 8 °C"},
        {"opened_h": None, "single_dose": False},
    ):
        one = first_dose(recipe=replace(SHARED, **changes))
        assert refused(one.ask(keep(one))) == "NOT_SHARED"
    assert hours_kept(replace(SHARED, storage="2 to 8 °C", opened_h=D(4))) == timedelta(hours=4)


def test_r32_an_intrathecal_dose_has_vials_of_its_own() -> None:
    assert sharing.barred(SHARED, SHARES) == ""
    spinal = replace(SHARED, routes=("IT",))
    assert sharing.barred(spinal, SHARES) == "an intrathecal dose has vials of its own"


def test_r31_the_next_recipe_may_let_a_vial_serve_for_less_time_than_the_first_one() -> None:
    found = kept_vial()
    one = second_dose(recipe=replace(SHARED, opened_h=D(4)))
    four_hours = found.opened.punctured_at + timedelta(hours=4)  # type: ignore[union-attr]
    ask = asked.Submit("", scan(found))
    one.at = four_hours - timedelta(minutes=5)
    done(one.ask(asked.ChangeGloves(gown=True)))
    assert "OPEN_TOO_LONG" in rejected(would(one, ask, at=four_hours))
    one.do(scan(found))
    with_devices(one, BAG_25)
    one.do(photo("staged"))
    one.do(Confirmation(LOOKS_RIGHT))
    one.do(weigh("35.30", one.at))
    limit = beyond_use(one.p)  # type: ignore[arg-type]  # it is open
    assert limit is not None
    assert limit.at == four_hours


def test_r30_a_pump_runs_no_longer_than_the_oldest_vial_in_it_is_stable() -> None:
    """A dose of an opened vial has been aging since its first puncture, not since its own start."""
    found = kept_vial()
    old = replace(found.opened, punctured_at=START - timedelta(hours=10))  # type: ignore[type-var]
    one = second_dose()
    with_devices(one, replace(found, opened=old), BAG_25)
    one.do(photo("staged"))
    one.do(Confirmation(LOOKS_RIGHT))
    one.do(weigh("35.30", one.at))
    limits = {limit.why: limit.at for limit in beyond_use(one.p).limits}  # type: ignore[arg-type, union-attr]
    stable = next(at for why, at in limits.items() if why.startswith("stability"))
    assert stable == START - timedelta(hours=10) + timedelta(hours=int(SHARED.stability_h or 0))


def test_r31_the_end_of_a_limit_found_out_anew_from_fractions_is_the_same() -> None:
    """A naive second sum: every limit in minutes since the puncture, the least of them."""
    pick, zone = random.Random(31), ZoneInfo(first_dose().policy.zone)
    for _ in range(8):
        opened_h, stability_h = pick.choice([D(12), D("0.5"), D(3), D("7.25"), D(40)]), D(pick.choice([1, 5, 30]))
        last = [date(2026, 11, 24) + timedelta(days=pick.choice([0, 0, 400])) for _ in range(2)]
        one = bench("400", recipe=replace(SHARED, opened_h=opened_h, stability_h=stability_h))
        staged(one, replace(vial("A"), expiry=last[0]), replace(DILUENT, expiry=last[1]), BAG)
        poured(one)
        began = one.p.entries["vial:1"].at  # type: ignore[union-attr]
        minutes = [Fraction(720), Fraction(stability_h) * 60, Fraction(opened_h) * 60]
        ends = [began + timedelta(minutes=float(found)) for found in minutes]
        ends += [datetime.combine(day, time(23, 59, 59, 999999), zone) for day in last]
        assert sharing.limit_of(one.p, "1") == min(ends)  # type: ignore[arg-type]  # it is open


def test_r19_the_diluent_in_an_opened_vial_that_has_expired_stops_it() -> None:
    found = kept_vial()
    known = found.opened
    assert known is not None
    gone = tuple(replace(part, expiry=date(2026, 1, 31)) for part in known.parts)
    one = second_dose()
    answer = would(one, asked.Submit("", scan(replace(found, opened=replace(known, parts=gone)))))
    assert "EXPIRED" in rejected(answer)
    assert "sodium chloride" in answer[0].findings[0].says  # type: ignore[union-attr, index]  # a rejection


def test_r48_a_diluent_scanned_after_the_vial_was_dissolved_is_not_what_is_in_it() -> None:
    """Vial B is done anew and takes another bottle: nobody can say any more what stands in the record for vial A."""
    one = bench("970")
    staged(one, vial("A"), vial("B"), replace(DILUENT, volume_ml=D(50)), BAG)
    for grams in ("30.11", "55.17"):
        one.do(weigh(grams, one.at))
    one.do(Confirmation("dissolved and clear"))
    one.do(weigh("30.05", one.at))
    done(one.ask(asked.Redo("vial", 2, "new vial")))
    assert "diluent" in waiting(one)
    one.do(scan(vial("C")))
    one.do(scan(replace(DILUENT, unit="NS-9", lot="N9")))
    assert [part.role for part in sharing.parts_of(one.p, "1")] == ["device"]  # type: ignore[arg-type]


def test_r32_a_vial_is_stock_only_once_it_was_weighed_with_its_label_on() -> None:
    one = first_dose()
    apart: Any = done(one.ask(keep(one)))
    assert sharing.kept(one.p) == ()  # type: ignore[arg-type]
    taken = would(second_dose(), asked.Submit("", scan(apart.container)))
    assert rejected(taken) == ("NO_STOCK",)
    for grams, label in (("34.99", False), ("35.18", False), ("35.19", True), ("35.39", True), ("35.40", False)):
        answer = would(one, with_label(one, grams))  # 0.30 g, give or take 0.10 g
        assert isinstance(answer, tuple) if label else refused(answer) == "LABEL_NOT_ON", grams
    assert refused(would(one, with_label(one, balance="OTHER"))) == "OTHER_BALANCE"
    assert refused(would(one, with_label(one), BO)) == "NOT_YOURS"
    assert refused(would(one, with_label(one), no_stock="it was cleaned")) == "CABINET_BROKEN"
    done(one.ask(with_label(one)))
    assert [(known.left_ml, known.label) for known in sharing.kept(one.p)] == [(D("5.000"), "ABCD1234")]  # type: ignore[arg-type]


def test_r58_a_vial_that_never_got_its_label_is_discarded_with_the_leftovers() -> None:
    one = first_dose()
    done(one.ask(keep(one)))
    done(tries(one, Confirmation("leftovers discarded")))
    closed: Any = one.log[-1].event
    assert (closed.brought_mg, closed.kept_mg, closed.wasted_mg) == (D(500), D(0), D(100))
    assert {account.unit: account.fate for account in closed.accounts}["A"] == "used, rest wasted"


@pytest.mark.parametrize(
    ("event", "who"),
    [
        (asked.Abort("spill", ""), ANN),
        (asked.Abort("integrity or particulates", "specks in it"), ANN),
    ],
)
def test_r32_an_opened_vial_is_not_put_back_after_particles_or_a_spill(event: Any, who: Any) -> None:
    found = kept_vial()
    one = second_dose()
    one.do(scan(found))
    done(one.ask(event, who))
    done(tries(one, Confirmation("leftovers discarded")))
    closed: Any = one.log[-1].event
    assert {account.unit: account.fate for account in closed.accounts}[found.unit] == "wasted"
    assert closed.wasted_mg == D(100)


def test_r32_an_opened_vial_is_not_taken_back_into_the_cabinet_after_a_spill() -> None:
    found = kept_vial()
    one = second_dose()
    one.do(scan(found))
    done(one.ask(asked.Pause("spill")))
    done(one.ask(asked.Resume("wiped up, nothing of it touched"), PAM))
    assert refused(one.ask(asked.Back("I want it back"))) == "OPENED_SPOILT"


def test_r32_an_opened_vial_that_did_not_weigh_what_it_should_is_not_put_back() -> None:
    found = kept_vial()
    one = second_dose()
    with_devices(one, found, BAG_25)
    one.do(photo("staged"))
    one.do(Confirmation(LOOKS_RIGHT))
    assert rejected(tries(one, weigh("34.90", one.at))) == ("NOT_AS_KEPT",)
    done(one.ask(asked.Abort("other", "")))
    done(tries(one, Confirmation("leftovers discarded")))
    closed: Any = one.log[-1].event
    assert {account.unit: account.fate for account in closed.accounts}[found.unit] == "wasted"


def test_r32_an_opened_vial_that_did_not_weigh_what_it_should_is_not_taken_back_and_not_weighed_for_ever() -> None:
    found = kept_vial()
    one = second_dose()
    with_devices(one, found, BAG_25)
    one.do(photo("staged"))
    one.do(Confirmation(LOOKS_RIGHT))
    for _ in range(one.policy.max_attempts):
        assert rejected(tries(one, weigh("34.90", one.at))) == ("NOT_AS_KEPT",)
    assert refused(tries(one, weigh("35.30", one.at))) == "NO_MORE_ATTEMPTS"
    for _ in range(5):  # the look, the picture, two devices, the bag
        done(one.ask(asked.Back("")))
    assert refused(one.ask(asked.Back(""))) == "OPENED_SPOILT"
    done(one.ask(asked.Redo("vial", 1, "not as it was kept")))
    one.do(scan(replace(kept_vial(), unit="U/OTHER001")))
    with_devices(one, BAG_25)
    one.do(photo("staged again"))
    one.do(Confirmation(LOOKS_RIGHT))
    one.do(weigh("35.30", one.at))  # another vial has all its attempts


def test_r32_an_opened_vial_that_another_one_was_taken_for_is_not_put_back() -> None:
    found = kept_vial()
    one = second_dose()
    with_devices(one, found, BAG_25)
    one.do(photo("staged"))
    done(one.ask(asked.Redo("vial", 1, "vial A is not clear")))
    done(one.ask(asked.Abort("other", "")))
    done(tries(one, Confirmation("leftovers discarded")))
    closed: Any = one.log[-1].event
    assert {account.unit: account.fate for account in closed.accounts}[found.unit] == "wasted"


def test_r32_nothing_is_kept_of_a_dose_sent_back_for_particles() -> None:
    one = first_dose()
    sent = happened.Reworked((), "draw", "integrity or particulates", "specks", one.sign("rejected"))
    p = replace(one.p, notes=(*one.p.notes, replace(one.log[-1], event=sent)))  # type: ignore[union-attr, type-var]
    assert sharing.harmed(p)
    one.p = p
    assert refused(one.ask(keep(one))) == "INTEGRITY"


def test_r32_a_vial_that_was_carried_to_another_cabinet_is_not_kept() -> None:
    one = first_dose()
    entry = one.p.entries["cabinet"]  # type: ignore[union-attr]
    later = {**one.p.entries, "cabinet": replace(entry, version=one.p.version)}  # type: ignore[union-attr]
    one.p = replace(one.p, entries=later)  # type: ignore[type-var]
    assert refused(one.ask(keep(one))) == "CARRIED"


def test_r46_a_new_vial_in_a_mixed_dose_takes_a_new_adaptor() -> None:
    found = kept_vial()
    one = second_dose("590", base_ml="250")
    for goods in (found, vial("S"), DILUENT, BAG):
        one.do(scan(goods))
    assert [slot for slot in waiting(one) if "vial adaptor" in slot] == ["device:vial adaptor:2"]


def test_r46_an_opened_vial_whose_adaptor_is_of_another_make_is_not_taken() -> None:
    found = kept_vial()
    one = second_dose(recipe=replace(SHARED, cstd_brand="Othermake"))
    assert "OTHER_ADAPTOR" in rejected(would(one, asked.Submit("", scan(found))))


def test_r32_the_next_user_looks_into_an_opened_vial_before_it_is_weighed() -> None:
    one = second_dose()
    with_devices(one, kept_vial(), BAG_25)
    one.do(photo("staged"))
    assert waiting(one)[0] == "vial-look:1"
    assert rejected(tries(one, Confirmation("dissolved and clear"))) == ("OTHER_ITEM",)
    one.do(Confirmation(LOOKS_RIGHT))
    assert waiting(one)[0] == "vial-opened:1"


def test_r32_only_the_newest_label_is_live_so_that_no_two_vials_are_mixed_up() -> None:
    one = first_dose()
    first: Any = done(one.ask(keep(one)))
    second = replace(keep(one), label="EFGH5678")
    done(one.ask(second))
    old = replace(with_label(one), scan=scan(first.container))
    assert refused(one.ask(old)) == "NOT_ONE_OF_THEM"
    kept: Any = done(one.ask(with_label(one)))
    assert kept.label == "EFGH5678"


def test_r5_an_opened_vial_of_another_diluent_or_density_is_not_taken() -> None:
    """Its code says drug and strength; that it was dissolved in glucose stands in its record alone."""
    found, one = kept_vial(), second_dose()
    known: Any = found.opened
    glucose = tuple(replace(part, what="dextrose 5 %") if part.role == "diluent" else part for part in known.parts)
    adaptor_alone = tuple(part for part in known.parts if part.role == "device")
    others: tuple[dict[str, Any], ...] = (
        {"parts": glucose},
        {"parts": adaptor_alone},
        {"density_g_per_ml": D("1.02")},
        {"density_g_per_ml": None},
    )
    for changes in others:
        other = replace(found, opened=replace(known, **changes))
        assert "OTHER_CONTENT" in rejected(would(one, asked.Submit("", scan(other)))), changes
    done(would(one, asked.Submit("", scan(found))))


def test_r46_an_opened_vial_whose_adaptor_the_drug_is_kept_from_is_not_taken() -> None:
    """Its adaptor was scanned for another recipe, which may have kept it from nothing."""
    found = kept_vial()
    known: Any = found.opened
    for materials, taken in (((), False), (("ABS", "silicone"), False), (("polypropylene",), True)):
        parts = tuple(replace(one, materials=materials) if one.role == "device" else one for one in known.parts)
        one = second_dose(recipe=replace(SHARED, keeps_from=("abs",)))
        answer = would(one, asked.Submit("", scan(replace(found, opened=replace(known, parts=parts)))))
        assert bool(done(answer)) if taken else "OTHER_CONTENT" in rejected(answer), materials


@pytest.mark.parametrize(
    ("drug", "route", "stops"),
    [("cyclophosphamide", "IV", False), ("docetaxel", "IV", True), ("cyclophosphamide", "IT", True)],
)
def test_r42_an_opened_vial_of_another_drug_is_out_before_the_next_one_is_begun(
    drug: str, route: str, stops: bool
) -> None:
    """Of an intrathecal dose every opened vial is: also one of its own drug."""
    one = bench("400")
    one.until_claimed()
    one.p = replace(one.p, order=replace(one.p.order, route=route))  # type: ignore[type-var, union-attr]
    for where, named in ((("ABCD1234",), "unit label ABCD1234"), (("", "P-7"), "of preparation P-7")):
        there = (StandsOpen(drug, f"{drug} 500 mg", *where),)
        answer: Any = would(one, asked.Submit("", scan(CABINET)), standing=there)
        assert ("OPENED_STANDS_THERE" in rejected(answer)) if stops else done(answer)
        assert not stops or named in answer[0].findings[0].says


def test_r32_whoever_takes_over_looks_into_the_opened_vial_anew() -> None:
    one = second_dose()
    with_devices(one, kept_vial(), BAG_25)
    one.do(photo("staged"))
    one.do(Confirmation(LOOKS_RIGHT))
    one.do(weigh("35.30", one.at))
    done(one.ask(asked.HandOver(), ANN, second=BO))
    assert "vial-look:1" not in one.p.entries  # type: ignore[union-attr]
    for item in one.policy.ppe:
        one.do(Confirmation(item), BO)
    assert waiting(one) == ["vial-look:1"]
