"""Faults in what counts tablets: a count left out or not compared, a dirty tray, the wrong stock or too little of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.workflows.faults import Fault, Plant, left_out, patched, without
from workflows import by_weight, closing, counting, decide, gates, worlds
from workflows.events import Event
from workflows.findings import Finding
from workflows.library.oral_count import ORAL_COUNT
from workflows.preparation import Preparation
from workflows.rules import by_weight as by_scale
from workflows.rules import counting as rules
from workflows.rules import protection, weighing
from workflows.rules.rule import Rule
from workflows.steps import Workflow
from workflows.worlds_of_counts import (
    BY_TEN,
    BY_TWENTY,
    NUMBER_OFF,
    ONE_BOTTLE,
    OVER_MIDNIGHT,
    SLIPPED,
    TO_BE_SPLIT,
    TOO_LONG,
    TWO_BOTTLES,
    UNTOLD,
)

BY_OTHERS, BY_NUMBER = (
    replace(ONE_BOTTLE, only=frozenset(kinds)) for kinds in ((worlds.PERSON, worlds.AGAIN), (worlds.ENTRY,))
)


def blind(find: Callable[..., Iterator[Finding]], *codes: str) -> Plant:
    return planted(find.__name__, lambda *asked: [one for one in find(*asked) if one.code not in codes])


def a_day_less(*asked: Any) -> date:
    return counting.must_last(*asked) - timedelta(days=1)


def clean_until_counted(p: Preparation, ended: Event) -> tuple[Event, ...]:
    return (ended,) if closing.accounts(p) else (ended, closing.close(p))


def of_one(total: int, units: int, mean_g: Decimal, one_g: Decimal, spread: Decimal) -> Decimal:
    return by_weight.COVERAGE * spread / Decimal(units).sqrt()


def planted(name: str, value: object, module: object = counting) -> Plant:
    return patched(module, name, value, ORAL_COUNT)


def no(*left: Rule[Any], step: str = "") -> Plant:
    return without(*left, step=step, of=ORAL_COUNT)


def unguarded(patch: pytest.MonkeyPatch) -> Workflow:
    planted("GUARD", Decimal(9), by_weight)(patch)
    return planted("guard_g", lambda _: Decimal(0), by_scale)(patch)


COUNT_FAULTS = (
    Fault("nobody counts a second time", left_out("count-2", ORAL_COUNT), 4, ONE_BOTTLE),
    Fault("the second count may be another", no(rules.COUNTS_AGREE), 13, ONE_BOTTLE),
    Fault("two equal counts need not be what was ordered", no(rules.IS_THE_ORDERED_NUMBER), 3, BY_NUMBER, 2),
    Fault("counts that differ are not made anew", planted("counted_anew", lambda *_: (), rules), 13, ONE_BOTTLE),
    Fault("the tray is left as it is", left_out("tray-clean", ORAL_COUNT), 10, ONE_BOTTLE),
    Fault("anything may be said of the tray at a discard", no(rules.IS_CLEANED, step="waste"), 10, ONE_BOTTLE),
    Fault("a tray is clean until something was counted in it", planted("_end", clean_until_counted, decide), 10, ONE_BOTTLE),
    Fault("what was poured out is back in its bottle", planted("poured", lambda p: bool(p.started_at), closing), 8, ONE_BOTTLE),
    Fault("any bottle is stock", no(rules.IS_THE_STOCK), 2, ONE_BOTTLE),
    Fault("one bottle counts twice", no(rules.IS_A_BOTTLE_OF_ITS_OWN), 2, TWO_BOTTLES),
    Fault("stock may expire while it is taken", no(rules.OUTLASTS_THE_THERAPY), 12, BY_NUMBER, 1),
    Fault("stock lasts a day too little", planted("must_last", a_day_less, rules), 12, BY_NUMBER, 1),
    Fault("stock is not looked at again on another day", no(rules.STILL_OUTLASTS_IT), 12, OVER_MIDNIGHT, 1),
    Fault("more days are given out than may be at once", blind(counting._order_findings, "TOO_MANY_DAYS"), 11, TOO_LONG),
    Fault("stock need not hold so many", no(rules.HOLDS_ENOUGH), 12, BY_NUMBER, 1),
    Fault("a cabinet is as good as a tray", no(rules.IS_A_TRAY), 6, ONE_BOTTLE),
    Fault("a tray is not decontaminated between drugs", no(protection.IS_DECONTAMINATED_SINCE_ANOTHER_DRUG), 6, ONE_BOTTLE),
    Fault("the number is not compared with the doses", blind(counting._amount_findings, "NUMBER_DIFFERS"), 11, NUMBER_OFF),
    Fault("a dose may be one and a half", blind(counting._amount_findings, "SPLIT_NEEDED"), 11, TO_BE_SPLIT),
    Fault("whoever counted may approve it", planted("took_part", lambda *_: None, gates), 1, BY_OTHERS, 1),
    Fault("the weight may be another number's", no(by_scale.IS_BORNE_OUT), 13, BY_TEN, 1),
    Fault("a weight that differs forces no recount", planted("BY_SCALE", (), rules), 13, BY_TEN, 1),
    Fault("units are weighed on any balance", no(weighing.IS_QUALIFIED), 3, BY_TEN, 1),
    Fault("the empty bottle was weighed on a balance that was zeroed since", no(by_scale.IS_THE_SAME_BOTTLE), 3, BY_TEN, 1),
    Fault("ten units decide, however far they are spread", planted("GUARD", Decimal(9), by_weight), 3, BY_TWENTY),
    Fault("a weight just within half a unit is taken", planted("guard_g", lambda _: Decimal(0), by_scale), 13, BY_TEN, 1),
    Fault("a spread that no tablets have is believed", planted("spread_of", lambda one: one.unit_spread, by_weight), 3, SLIPPED),
    Fault("what no weight tells is told by it all the same", unguarded, 3, UNTOLD),
    Fault("the mean's own doubt is not counted for every unit", planted("off", of_one, by_weight), 3, BY_TWENTY),
    Fault("what the weight tells is left to the counts", left_out("bottle-all", ORAL_COUNT), 3, BY_TEN),
    Fault("nothing is weighed though the recipe asks for it", planted("asked", lambda _: False, by_weight), 3, BY_TEN),
    Fault("a bottle's label is not scanned back", left_out("label-scan", ORAL_COUNT), 2, ONE_BOTTLE),
)  # fmt: skip
"""At least one of each kind that a count could break in a way of its own."""
