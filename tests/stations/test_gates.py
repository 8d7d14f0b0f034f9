"""What comes before work: the balance's check, weight by weight, and a cabinet's cleaning, act by act."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Connection, select

from app.record import canonical
from app.record.engine import Store
from app.stations import gates, register
from app.stations.register import CheckResult
from app.stations.tables import equipment_event
from tests import pharmacy
from tests.pharmacy import CABINET, SERIAL, STATION

AT = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)


@pytest.fixture
def equipped(store: Store) -> Store:
    store.write(lambda conn: pharmacy.equip(conn, AT, checked=False, last_drug="etoposide"))
    return store


def read(
    store: Store, code: str, grams: str, at: datetime = AT, serial: str = SERIAL, **changes: Any
) -> CheckResult | None:
    got = pharmacy.checked(Decimal(grams), at, balance=serial, **changes)

    def work(conn: Connection) -> CheckResult | None:
        weight = next(one for one in gates.weights_of(conn, STATION) if one.code == code)
        return gates.take_reading(conn, STATION, weight, got, at=at, who="ANN00001")

    return store.write(work)


def emptied(store: Store, grams: str = "0.00", at: datetime = AT, *, has: bool = False, **changes: Any) -> CheckResult:
    """The pan after the weights: what the whole check came to."""
    got = pharmacy.checked(Decimal(grams), at, **changes)
    return store.write(lambda conn: gates.take_zero(conn, STATION, got, at=at, who="ANN00001", has_adjustment=has))


def valid_until(store: Store) -> datetime | None:
    with store.reading() as conn:
        status = register.balance_status(conn, STATION)
    assert status is not None
    return status.check_valid_until


def wanted(store: Store, at: datetime = AT) -> str:
    with store.reading() as conn:
        found = gates.wanted_weight(gates.weights_of(conn, STATION), gates.check_so_far(conn, STATION, at))
    return found.code if found else ""


def test_two_weights_inside_their_limits_pass_the_check_for_a_day(equipped: Store) -> None:
    assert wanted(equipped) == "W20"
    assert read(equipped, "W20", "20.01") is None
    assert (wanted(equipped), valid_until(equipped)) == ("W200", None)
    assert read(equipped, "W200", "199.98") is None
    assert (wanted(equipped), valid_until(equipped)) == ("", None)
    result = emptied(equipped)
    assert (result.passed, "reads zero before and after" in result.says) == (True, True)
    assert valid_until(equipped) == AT + timedelta(hours=24)
    with equipped.reading() as conn:
        last = conn.execute(select(equipment_event).order_by(equipment_event.c.seq.desc())).first()
    assert last is not None
    detail = canonical.parse(last.detail)
    assert (last.what, detail["empty before 20 g"], detail["empty after"]) == ("check passed", "0.00 g", "0.00 g")
    assert detail["internal adjustment"] == "none: this balance is set up as one that has none"


@pytest.mark.parametrize(("zero", "inside"), [("0.02", True), ("-0.02", True), ("0.03", False), ("-0.03", False)])
def test_r10_the_empty_pan_reads_zero_before_and_after_the_weights(equipped: Store, zero: str, inside: bool) -> None:
    """Two divisions are allowed: a pan that drifts is no balance to weigh a dose on."""
    first = read(equipped, "W20", "20.00", zero_g=Decimal(zero))
    assert (first is None) is inside
    if first is not None:
        assert first.says == f"The empty pan read {zero} g before the 20 g weight; 0.02 g is allowed."
        read(equipped, "W20", "20.00")
    read(equipped, "W200", "199.99")
    last = emptied(equipped, zero)
    assert (last.passed, valid_until(equipped) is not None) == (inside, inside)
    assert inside or last.says == f"The empty pan read {zero} g after the weights; 0.02 g is allowed."


def test_r10_a_pan_that_nobody_saw_empty_fails_the_check(equipped: Store) -> None:
    result = read(equipped, "W20", "20.00", zero_g=None)
    assert result == CheckResult(False, "The pan was not seen empty before the 20 g weight.")


def test_r15_a_balance_zeroed_between_the_readings_of_a_check_begins_anew(equipped: Store) -> None:
    """Ann pressed ZERO to make the drift go away."""
    read(equipped, "W20", "20.00")
    second = read(equipped, "W200", "199.99", epoch="1.0.1")
    assert second == CheckResult(False, register.ZEROED_BETWEEN)
    read(equipped, "W20", "20.00")
    read(equipped, "W200", "199.99")
    assert emptied(equipped, epoch="1.0.1") == CheckResult(False, register.ZEROED_BETWEEN)


def test_r15_two_weights_close_together_do_not_span_the_range(equipped: Store) -> None:
    scale, back = _scale(), pharmacy.checked(Decimal("0.00"), AT)
    weights = tuple(
        register.CheckWeight(name, Decimal(g), Decimal(g), Decimal("0.00"), "1.0.0")
        for name, g in (("100 g", "100.00"), ("150 g", "150.00"))
    )
    found = equipped.write(
        lambda conn: register.record_check(conn, STATION, weights, back, serial=scale.serial, at=AT, who="x")
    )
    assert found == CheckResult(False, "100 g and 150 g do not span the range: take one of twice the mass.")


def test_r15_a_balance_that_can_adjusts_itself_before_the_weights(equipped: Store) -> None:
    def adjusted(at: datetime) -> bool:
        with equipped.reading() as conn:
            return gates.adjusted(conn, STATION, at)

    read(equipped, "W20", "20.00")
    read(equipped, "W200", "199.99")
    assert "has not adjusted itself" in emptied(equipped, has=True).says
    assert valid_until(equipped) is None
    equipped.write(lambda conn: gates.adjust(conn, STATION, at=AT, who="ANN00001"))
    assert adjusted(AT + timedelta(minutes=14))
    assert not adjusted(AT + timedelta(minutes=16))
    assert emptied(equipped, has=True).passed
    assert not adjusted(AT)  # the next check begins with another


@pytest.mark.parametrize(("grams", "inside"), [("20.02", True), ("19.98", True), ("20.03", False), ("19.97", False)])
def test_each_weight_is_judged_as_it_is_read_and_the_limit_is_two_divisions_or_a_thousandth(
    equipped: Store, grams: str, inside: bool
) -> None:
    first = read(equipped, "W20", grams)
    assert (first is None) is inside
    assert (wanted(equipped), valid_until(equipped)) == ("W200" if inside else "W20", None)
    if first is not None:
        assert (first.passed, first.says) == (False, f"20 g: {grams} g instead of 20.00 g, limits 19.98 to 20.02 g.")


def test_a_heavy_weight_outside_its_limits_fails_a_check_that_began_well(equipped: Store) -> None:
    read(equipped, "W20", "20.00")
    result = read(equipped, "W200", "200.20")
    assert result == CheckResult(False, "200 g: 200.20 g instead of 199.99 g, limits 199.80 to 200.18 g.")
    assert (wanted(equipped), valid_until(equipped)) == ("W20", None)


def test_the_same_weight_twice_is_no_check(equipped: Store) -> None:
    assert read(equipped, "W20", "20.00") is None
    assert read(equipped, "W20", "20.00") is None
    assert (wanted(equipped), valid_until(equipped)) == ("W200", None)


def test_a_first_reading_of_yesterday_does_not_count_today(equipped: Store) -> None:
    read(equipped, "W20", "20.00")
    later = AT + timedelta(minutes=16)
    assert wanted(equipped, later) == "W20"
    assert read(equipped, "W200", "199.99", later) is None


def test_another_balance_or_a_weight_past_its_certificate_fails(equipped: Store) -> None:
    result = read(equipped, "W20", "20.00", serial="B000000000")
    assert result is not None
    assert (result.passed, result.says) == (False, "Balance B000000000 answered; B123456789 belongs here.")
    old = read(equipped, "W20", "20.00", AT + timedelta(days=61))
    assert old is not None
    assert "certificate" in old.says


def test_a_restart_ends_the_check_and_begins_it_anew(equipped: Store) -> None:
    read(equipped, "W20", "20.00")
    read(equipped, "W200", "199.99")
    assert emptied(equipped).passed
    restart(equipped, sure=True)
    assert (valid_until(equipped), wanted(equipped)) == (None, "W20")


def restart(store: Store, *, sure: bool, at: datetime = AT) -> None:
    why = "switched off and on" if sure else "the plug was out"
    store.write(lambda conn: register.note_restart(conn, STATION, why, sure=sure, at=at, who="system:stations"))


def warms(store: Store, at: datetime, minutes: int = 30) -> gates.Warming | None:
    with store.reading() as conn:
        return gates.warming(conn, STATION, at, timedelta(minutes=minutes))


def says_it_stayed_on(store: Store, at: datetime) -> bool:
    return store.write(lambda conn: gates.stayed_on(conn, STATION, at, timedelta(minutes=30), who="ANN00001"))


def test_a_restart_between_the_two_weights_of_a_first_check_begins_it_anew(equipped: Store) -> None:
    read(equipped, "W20", "20.00")
    restart(equipped, sure=True)
    assert wanted(equipped) == "W20"
    assert read(equipped, "W200", "199.99") is None
    assert valid_until(equipped) is None


def test_f13_after_a_restart_the_balance_warms_up_before_its_check(equipped: Store) -> None:
    assert warms(equipped, AT) is None
    restart(equipped, sure=True)
    warm = AT + timedelta(minutes=30)
    assert warms(equipped, AT) == gates.Warming(warm, sure=True)
    assert warms(equipped, warm - timedelta(seconds=1)) == gates.Warming(warm, sure=True)
    assert warms(equipped, warm) is None
    assert warms(equipped, AT, minutes=0) is None


def test_f13_only_where_nobody_heard_it_a_person_may_say_that_the_balance_stayed_on(equipped: Store) -> None:
    restart(equipped, sure=False)
    assert says_it_stayed_on(equipped, AT)
    assert warms(equipped, AT) is None
    restart(equipped, sure=True, at=AT + timedelta(minutes=1))
    restart(equipped, sure=False, at=AT + timedelta(minutes=2))
    later = AT + timedelta(minutes=3)
    assert not says_it_stayed_on(equipped, later)
    assert warms(equipped, later) == gates.Warming(AT + timedelta(minutes=32), sure=True)


def test_a_station_without_two_weights_cannot_be_checked(store: Store) -> None:
    weight = gates.TestWeight("W20", "20 g", Decimal(20), AT + timedelta(days=9))

    def work(conn: Connection) -> CheckResult | None:
        pharmacy.register.register_balance(conn, _scale(), station=STATION, at=AT, who="x")
        gates.register_weight(conn, weight, station=STATION, at=AT, who="x")
        return gates.take_reading(conn, STATION, weight, pharmacy.checked(Decimal(20), AT), at=AT, who="x")

    result = store.write(work)
    assert result is not None
    assert (result.passed, "Two check weights" in result.says) == (False, True)


def _scale() -> pharmacy.BalanceStatus:
    return pharmacy.BalanceStatus(
        "BAL-1", SERIAL, Decimal("0.01"), Decimal("0.004"), Decimal(4200), None, None, AT + timedelta(days=9)
    )


def test_a_reading_far_off_is_another_weight_not_a_bad_balance() -> None:
    weight = gates.TestWeight("W20", "20 g", Decimal("20.00"), AT)
    assert [gates.is_that_weight(weight, Decimal(g)) for g in ("18", "22", "17.99", "199.99")] == [
        True,
        True,
        False,
        False,
    ]


def test_a_cabinet_is_clean_after_all_four_acts_in_their_order(equipped: Store) -> None:
    def do(act: str) -> bool:
        return equipped.write(lambda conn: gates.do_act(conn, STATION, CABINET, act, at=AT, who="ANN00001"))

    def clean() -> bool:
        with equipped.reading() as conn:
            found = gates.cabinet(conn, STATION, CABINET)
        assert found is not None
        return found.decontaminated

    assert [do(act) for act in ("cleaned", "deactivated", "deactivated")] == [False, True, False]
    assert [do(act) for act in ("decontaminated", "cleaned")] == [True, True]
    assert not clean()
    assert do("disinfected")
    assert clean()


def test_r35_what_the_site_has_put_on_comes_before_the_first_act_and_is_kept_with_the_cleaning(equipped: Store) -> None:
    worn = ("two pairs of gloves", "impermeable gown")
    dress = gates.Dress(worn)

    def do(act: str) -> bool:
        return equipped.write(lambda conn: gates.do_act(conn, STATION, CABINET, act, at=AT, who="a", dress=dress))

    assert [do(act) for act in ("deactivated", worn[1], worn[0], worn[0])] == [False, False, True, False]
    assert [do(act) for act in ("deactivated", worn[1], *gates.ACTS)] == [False, True, True, True, True, True]
    with equipped.reading() as conn:
        (line,) = [one.detail for one in gates._lines(conn, equipment=CABINET, what=("decontaminated",))]
    assert ", ".join((*worn, *gates.ACTS)) in line


def test_r35_r36_what_is_put_on_counts_for_whoever_put_it_on_and_for_the_minutes_of_gloves(equipped: Store) -> None:
    dress = gates.Dress(("two pairs of gloves",), minutes=30)

    def do(act: str, who: str, minutes: int) -> bool:
        at = AT + timedelta(minutes=minutes)
        return equipped.write(lambda conn: gates.do_act(conn, STATION, CABINET, act, at=at, who=who, dress=dress))

    assert [do(dress.items[0], "ann", 0), do("deactivated", "ann", 1)] == [True, True]
    assert [do("decontaminated", "bo", 2), do(dress.items[0], "bo", 2)] == [False, True], "Bo has put nothing on"
    assert [do("decontaminated", "bo", 31), do("cleaned", "ann", 31)] == [True, False], "an old pair of gloves"
    assert [do(dress.items[0], "ann", 31), do("cleaned", "ann", 32)] == [True, True]


def test_r42_nothing_that_is_put_on_counts_as_an_act(equipped: Store) -> None:
    dress = gates.Dress(("gloves", "disinfected"))
    for act in dress.items:
        equipped.write(lambda conn, act=act: gates.do_act(conn, STATION, CABINET, act, at=AT, who="a", dress=dress))
    with equipped.reading() as conn:
        found = gates.cabinet(conn, STATION, CABINET)
    assert found is not None
    assert not found.decontaminated


def test_a_drug_opened_in_between_begins_the_cleaning_anew(equipped: Store) -> None:
    def work(conn: Connection) -> tuple[str, ...]:
        gates.do_act(conn, STATION, CABINET, "deactivated", at=AT, who="a")
        register.note_drug(conn, CABINET, "fluorouracil", at=AT, who="a")
        return gates.acts_done(conn, CABINET)

    assert equipped.write(work) == ()
