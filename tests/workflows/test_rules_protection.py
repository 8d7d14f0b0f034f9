"""Gloves, gown, cabinet, pictures, hold: R21, R22, R24, R36, R37, R41, R42, told of Ann at the hood."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.cast import ANN, BO, DANA, PAM
from tests.workflows.answers import done, refused, rejected, tries, would
from tests.workflows.example import CABINET, Bench, photo, scan, vial, weigh
from workflows import commands as asked
from workflows.commands import Submit
from workflows.events import Rejected
from workflows.evidence import Confirmation, OtherCode


@pytest.fixture
def garbed() -> Bench:
    bench = Bench()
    bench.until_claimed()
    bench.do(scan(CABINET))
    for item in bench.policy.ppe:
        bench.do(Confirmation(item))
    return bench


def worn(bench: Bench, minutes: int) -> datetime:
    return bench.p.gloves_at + timedelta(minutes=minutes)


def test_r36_after_thirty_minutes_no_new_step_starts(garbed: Bench) -> None:
    staging = Submit("", scan(vial("A")))
    just = worn(garbed, 30) - timedelta(seconds=1)
    done(would(garbed, staging, at=just))
    assert refused(would(garbed, staging, at=worn(garbed, 30))) == "CLOCK"
    assert "gloves" in would(garbed, staging, at=worn(garbed, 30)).says


def test_r36_new_gloves_start_the_clock_anew_and_leave_the_gowns(garbed: Bench) -> None:
    garbed.at = worn(garbed, 115)
    done(garbed.ask(asked.ChangeGloves()))
    staging = Submit("", scan(vial("A")))
    done(would(garbed, staging))
    late = worn(garbed, 10)  # the gown: 125 minutes
    assert "gown" in would(garbed, staging, at=late).says
    garbed.at = late
    done(garbed.ask(asked.ChangeGloves(gown=True)))
    done(would(garbed, staging))


def test_r36_a_draw_that_has_begun_is_finished() -> None:
    bench = Bench()
    bench.until_reconstituted()
    bench.do(weigh("18.42", bench.at))
    late = bench.at + timedelta(minutes=25)
    assert late > worn(bench, 30)
    done(would(bench, Submit("", weigh("42.97", late)), at=late))
    bench.do(weigh("42.97", bench.at))
    assert refused(would(bench, Submit("", weigh("18.40", late)), at=late)) == "CLOCK"


def test_r36_gloves_are_confirmed_before_they_are_changed(garbed: Bench) -> None:
    bench = Bench()
    bench.until_claimed()
    assert refused(would(bench, asked.ChangeGloves())) == "NOT_GARBED"
    assert refused(would(garbed, asked.ChangeGloves(), BO)) == "NOT_YOURS"


def test_r36_confirming_the_last_item_late_does_not_make_the_gloves_newer() -> None:
    bench = Bench()
    bench.until_claimed()
    bench.do(scan(CABINET))
    first, *rest = bench.policy.ppe
    bench.do(Confirmation(first))
    put_on = bench.log[-1].at
    bench.at += timedelta(minutes=20)
    for item in rest:
        bench.do(Confirmation(item))
    assert bench.p.gloves_at == put_on


def test_r37_every_item_is_confirmed_on_its_own() -> None:
    bench = Bench()
    bench.until_claimed()
    bench.do(scan(CABINET))
    assert rejected(tries(bench, Confirmation("everything"))) == ("OTHER_ITEM",)
    assert rejected(tries(bench, Confirmation("gown"))) == ("OTHER_ITEM",)  # the hair cover is asked for
    for item in bench.policy.ppe[:-1]:
        bench.do(Confirmation(item))
    assert refused(tries(bench, scan(vial("A")))) == "OTHER_EVIDENCE"
    bench.do(Confirmation(bench.policy.ppe[-1]))
    done(tries(bench, scan(vial("A"))))


def test_missing_equipment_is_waived_by_nobody() -> None:
    bench = Bench()
    bench.until_claimed()
    bench.do(scan(CABINET))
    command = asked.Waive("ppe:hair cover", "OTHER_ITEM", "there are no hair covers left")
    for who in (ANN, PAM, DANA):
        assert refused(would(bench, command, who)) == "NOBODY_MAY_WAIVE"


@pytest.mark.parametrize(
    ("cabinet", "code"),
    [
        (replace(CABINET, certified_until=None), "NOT_CERTIFIED"),
        (replace(CABINET, certified_until=datetime(2026, 11, 23, 15, 0, tzinfo=UTC)), "NOT_CERTIFIED"),
        (replace(CABINET, last_drug="doxorubicin"), "NOT_DECONTAMINATED"),
        (replace(CABINET, station="HOOD-2"), "OTHER_STATION"),
        (replace(CABINET, category=3), "NO_CATEGORY"),
        (OtherCode("Ann's badge"), "WRONG_KIND"),
    ],
)
def test_r41_r42_a_cabinet_is_certified_and_clean_of_another_drug(cabinet: Any, code: str) -> None:
    bench = Bench()
    bench.until_claimed()
    assert code in rejected(tries(bench, scan(cabinet)))


@pytest.mark.parametrize(
    "cabinet",
    [replace(CABINET, last_drug="cyclophosphamide"), replace(CABINET, last_drug="doxorubicin", decontaminated=True)],
)
def test_r42_the_same_drug_again_or_a_decontaminated_cabinet_is_right(cabinet: Any) -> None:
    bench = Bench()
    bench.until_claimed()
    done(tries(bench, scan(cabinet)))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"verdict": "bad", "why": ("blurred",)}, "POOR_PHOTO"),
        ({"width": 1599, "height": 1080}, "SMALL_PHOTO"),
        ({"width": 1080, "height": 1599}, "SMALL_PHOTO"),
    ],
)
def test_r24_a_picture_that_shows_nothing_is_taken_again(changes: Any, code: str) -> None:
    bench = Bench()
    bench.until_reconstituted()
    for before, after in (("18.42", "42.97"), ("18.40", "42.71")):
        bench.do(weigh(before, bench.at))
        bench.do(weigh(after, bench.at))
    assert rejected(tries(bench, replace(photo("syringes"), **changes))) == (code,)
    assert rejected(tries(bench, photo("staged"))) == ("SAME_PHOTO",)
    assert rejected(would(bench, Submit("", photo("new")), used_by="P-0002")) == ("SAME_PHOTO",)
    done(tries(bench, replace(photo("syringes"), width=1200, height=1600)))


@pytest.mark.parametrize(
    ("why", "says"),
    [
        (("blurred", "dark", "flat", "frozen"), "The picture is too dark."),
        (("blurred", "frozen"), "The camera's picture is frozen: it shows an earlier moment."),
        (("blurred", "overexposed"), "More than half of the picture is white."),
        (("blurred",), "The picture is blurred."),
        (("something new",), "The picture is not good enough."),
    ],
)
def test_a_poor_picture_is_told_by_its_weightiest_reason_alone(why: Any, says: str) -> None:
    bench = Bench()
    bench.until_reconstituted()
    for before, after in (("18.42", "42.97"), ("18.40", "42.71")):
        bench.do(weigh(before, bench.at))
        bench.do(weigh(after, bench.at))
    events = tries(bench, replace(photo("syringes"), verdict="bad", why=why))
    assert isinstance(events, tuple)
    assert isinstance(events[0], Rejected)
    assert [one.says for one in events[0].findings] == [says]


def test_r21_no_step_goes_on_without_its_picture() -> None:
    bench = Bench()
    bench.until_staged()
    assert {slot for slot in bench.p.entries if slot.startswith("photo")} == {"photo-staged"}
    done(bench.ask(asked.Back()))
    assert refused(tries(bench, weigh("30.11", bench.at))) == "OTHER_EVIDENCE"


def test_r22_nothing_is_injected_before_a_pharmacist_has_looked() -> None:
    bench = Bench()
    bench.recipe = replace(bench.recipe, hold=True)
    bench.until_drawn()
    assert refused(tries(bench, weigh("287.60", bench.at))) == "OTHER_EVIDENCE"
    for who, code in ((ANN, "NOT_A_PHARMACIST"), (BO, "NOT_A_PHARMACIST")):
        assert refused(would(bench, Submit("", bench.sign("pre-mix approved", who)), who)) == code
    unseen = replace(bench.sign("pre-mix approved"), photos_seen=())
    assert refused(would(bench, Submit("", unseen), PAM)) == "PHOTOS_NOT_SEEN"
    bench.do(bench.sign("pre-mix approved"), PAM)
    done(tries(bench, weigh("287.60", bench.at)))


def test_r22_pictures_taken_before_the_injection_are_not_taken_again_after_it() -> None:
    bench = Bench()
    bench.recipe = replace(bench.recipe, hold=True)
    bench.until_check()
    rejected_by = bench.sign("rejected")
    full = asked.Rework("photo-syringes", "image unusable", "again", rejected_by)
    assert refused(would(bench, full, PAM)) == "NO_SUCH_STEP"
    labels = asked.Rework("photo-staged", "image unusable", "again", rejected_by)
    assert done(would(bench, labels, PAM)).slots == ("photo-staged",)
