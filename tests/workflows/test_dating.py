"""How long it may be used: R30, R31, R33, R34, told in times."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest

from tests.cast import PAM
from tests.workflows.answers import done, refused, rejected, tries, would
from tests.workflows.example import BAG, BALANCE, CABINET, DILUENT, RECIPE, Bench, device, photo, scan, vial, weigh
from workflows import commands as asked
from workflows.commands import Submit
from workflows.events import Released
from workflows.evidence import Confirmation, LabelCode
from workflows.rules.dating import beyond_use
from workflows.sheet import sheet

FAR = datetime(2027, 1, 1, tzinfo=UTC)


def staged(bench: Bench, cabinet: object = CABINET, first: object = None, bag: object = BAG) -> Bench:
    bench.until_claimed()
    bench.do(scan(cabinet))
    for item in bench.policy.ppe:
        bench.do(Confirmation(item))
    for found in (first or vial("A"), vial("B"), DILUENT, bag):
        bench.do(scan(found))
    for part in bench.p.plan.devices:
        bench.do(scan(device(part)))
    bench.do(photo("staged"))
    return bench


def started(bench: Bench) -> Bench:
    bench.do(weigh("30.11", bench.at))
    return bench


def test_r30_the_clock_starts_with_the_first_weighing_and_the_shortest_limit_counts() -> None:
    bench = staged(Bench())
    assert beyond_use(bench.p) is None
    started(bench)
    limit = beyond_use(bench.p)
    assert limit.at == bench.p.started_at + timedelta(hours=24)
    assert limit.limited_by == "stability, 24 h at 20 to 25 °C"
    assert [one.at for one in limit.limits] == sorted(one.at for one in limit.limits)
    assert len(limit.limits) == 2 + 4


@pytest.mark.parametrize(
    ("category", "storage", "hours"),
    [(1, "20 to 25 °C", 12), (1, "2 to 8 °C", 24), (2, "20 to 25 °C", 96), (2, "2 to 8 °C", 240)],
)
def test_r34_the_cabinets_category_limits_it(category: int, storage: str, hours: int) -> None:
    bench = Bench()
    bench.recipe = replace(bench.recipe, storage=storage, stability_h=D(2000))
    started(staged(bench, replace(CABINET, category=category)))
    limit = beyond_use(bench.p)
    assert limit.at == bench.p.started_at + timedelta(hours=hours)
    assert f"category {category}" in limit.limited_by


def test_r30_an_ingredient_that_expires_first_decides() -> None:
    """The vial's last day ends at midnight in Chicago: 06:00 UTC, 15 hours after the start."""
    bench = started(staged(Bench(), first=vial("A", expiry=date(2026, 11, 23))))
    limit = beyond_use(bench.p)
    assert limit.at.replace(microsecond=0) == datetime(2026, 11, 24, 5, 59, 59, tzinfo=UTC)
    assert limit.limited_by == "expiry of cyclophosphamide 500 mg powder, lot AB123"


def test_a_half_hour_of_stability_is_counted() -> None:
    bench = Bench()
    bench.recipe = replace(bench.recipe, stability_h=D("1.5"))
    started(staged(bench))
    assert beyond_use(bench.p).at == bench.p.started_at + timedelta(minutes=90)


def test_r30_beyond_use_never_moves_later_by_going_back_or_doing_again() -> None:
    bench = started(staged(Bench()))
    limit = beyond_use(bench.p).at
    done(bench.ask(asked.Back()))
    assert bench.p.weighing("recon-before:1") is None
    bench.at += timedelta(minutes=20)
    started(bench)
    assert beyond_use(bench.p).at == limit
    bench.do(weigh("55.17", bench.at))
    done(bench.ask(asked.Redo("vial", 1, "foam")))
    bench.do(scan(vial("C")))
    bench.do(scan(replace(DILUENT, unit="NS-2")))
    bench.do(scan(device("vial adaptor")))
    bench.do(photo("staged again"))
    bench.do(weigh("30.10", bench.at))
    assert beyond_use(bench.p).at == limit


def test_r34_moving_to_a_better_cabinet_does_not_make_it_last_longer() -> None:
    bench = started(staged(Bench(), replace(CABINET, category=1)))
    limit = beyond_use(bench.p).at
    done(bench.ask(asked.Back()))
    lead = replace(PAM)
    other = replace(bench.now(PAM).who, id="bo", roles=frozenset({"technician"}), competencies=_current())
    answer = would(bench, asked.TakeOver(), other, lead, station="HOOD-2")
    moved = done(answer)
    assert "cabinet" in moved.reopened
    bench.p = _evolved(bench, answer)
    better = Submit("", scan(CABINET))
    bench.p = _evolved(bench, would(bench, better, other, station="HOOD-2"))
    assert beyond_use(bench.p).at == limit


def _current() -> tuple[tuple[str, datetime], ...]:
    return tuple((code, datetime(2027, 6, 30, tzinfo=UTC)) for code in ("HD-STERILE", "GRAV", "CSTD"))


def _evolved(bench: Bench, events: object) -> object:
    from workflows.events import Recorded
    from workflows.preparation import evolve

    state = bench.p
    for event in events:
        state = evolve(state, Recorded(state.version + 1, event, "bo", "", bench.at, "HOOD-2", "x"))
    return state


def test_r33_past_its_beyond_use_time_it_is_neither_approved_nor_released() -> None:
    bench = Bench()
    bench.until_check()
    limit = beyond_use(bench.p).at
    approve = Submit("", bench.sign("approved for release"))
    assert refused(would(bench, approve, PAM, at=limit)) == "BEYOND_USE"
    done(would(bench, approve, PAM, at=limit - timedelta(seconds=1)))
    bench.do(bench.sign("approved for release"), PAM)
    release = Submit("", scan(LabelCode("in_process", "INPROC01", 1, "P1", False)))
    assert rejected(would(bench, release, at=limit)) == ("BEYOND_USE",)
    released = would(bench, release, at=limit - timedelta(seconds=1))
    assert [type(event) for event in released][1] is Released
    assert released[1].beyond_use == limit


def test_r33_a_pause_does_not_stop_the_clock() -> None:
    bench = Bench()
    bench.until_check()
    done(bench.ask(asked.Pause("equipment")))
    bench.at = beyond_use(bench.p).at
    done(bench.ask(asked.Resume()))
    assert refused(tries(bench, bench.sign("approved for release"), PAM)) == "BEYOND_USE"
    assert (
        refused(would(bench, asked.Waive("approve", "BEYOND_USE", "the patient is waiting"), PAM)) == "NOBODY_MAY_WAIVE"
    )
    done(would(bench, asked.Remake("other", "too late", bench.sign("rejected")), PAM))


@pytest.mark.parametrize(("opened_h", "hours"), [(None, 12), (D(4), 4), (D(28), 12)])
def test_r31_a_vial_is_drawn_from_for_twelve_hours_or_less_where_the_recipe_says_so(opened_h: Any, hours: int) -> None:
    """Ann reconstituted at nine and came back in the night; a pharmacy bulk package is good for four hours."""
    bench = Bench(recipe=replace(RECIPE, opened_h=opened_h), balance=replace(BALANCE, check_valid_until=FAR))
    bench.until_reconstituted()
    start = bench.p.started_at  # type: ignore[union-attr]  # it was weighed
    for seconds, codes in ((-1, ()), (0, ("OPEN_TOO_LONG",))):
        again = replace(bench, log=list(bench.log))
        again.at = start + timedelta(hours=hours, seconds=seconds - 20)
        done(again.ask(asked.ChangeGloves(gown=True)))
        again.at -= timedelta(seconds=20)
        again.do(weigh("18.42", again.at))
        answer = tries(again, weigh("42.97", again.at))
        assert (rejected(answer) if codes else ()) == codes, answer


@pytest.mark.parametrize(("says", "hours"), [(True, D("23.5")), (False, D(24)), (None, D(24))])
def test_r30_a_stability_that_includes_the_infusion_ends_with_it(says: bool | None, hours: D) -> None:
    bench = Bench(recipe=replace(RECIPE, stable_through_infusion=says))
    started(staged(bench))
    limit = beyond_use(bench.p)
    assert limit.at == bench.p.started_at + timedelta(minutes=int(hours * 60))
    assert ("less the 30 min it runs" in limit.limited_by) == (says is True)
    line = next(one for one in sheet(bench.p) if one.what == "beyond use")
    assert ("does not state whether the stability includes the infusion" in line.formula) == (says is None)


def test_r30_hours_that_nobody_can_count_are_ninety_days() -> None:
    """A recipe of an earlier release may hold them; it is read, and its other limits count."""
    bench = Bench(recipe=replace(RECIPE, stability_h=D(999999999)))
    started(staged(bench))
    assert beyond_use(bench.p).limited_by.startswith("sterility")
