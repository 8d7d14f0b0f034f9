"""Emergency access (Q30): somebody who may not finishes or stops what is running; it begins nothing and releases nothing."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.cast import ANN, BO, CY, LEE, PAM, QA, QUIN, RAE
from tests.workflows.answers import done, refused, tries, would
from tests.workflows.example import CABINET, Bench, scan, vial
from workflows import commands as asked
from workflows import events as happened
from workflows.circumstances import Emergency
from workflows.evidence import Confirmation, LabelCode

HOUR = timedelta(minutes=60)
LABEL = scan(LabelCode("in_process", "INPROC01", 1, "P1", False))


@pytest.fixture
def claimed() -> Bench:
    bench = Bench()
    bench.until_claimed()
    return bench


def urgent(bench: Bench, who: Any, left: timedelta = HOUR) -> Any:
    return replace(who, emergency=Emergency("colleague taken ill", bench.at + left))


@pytest.mark.parametrize("who", [CY, PAM, RAE, QA])
def test_q30_whoever_has_emergency_access_takes_over_alone_and_the_record_says_why(claimed: Bench, who: Any) -> None:
    assert refused(would(claimed, asked.TakeOver(), who)) in ("COMPETENCY", "NOT_A_TECHNICIAN")
    taken = done(would(claimed, asked.TakeOver(), urgent(claimed, who)))
    assert isinstance(taken, happened.HandedOver)
    assert (taken.to, taken.emergency) == (who.id, "colleague taken ill")


def test_q30_without_emergency_access_the_record_says_nothing_of_one(claimed: Bench) -> None:
    taken = done(would(claimed, asked.TakeOver(), BO, LEE))
    assert isinstance(taken, happened.HandedOver)
    assert taken.emergency == ""


def test_q30_it_goes_on_with_the_work_until_the_hour_is_over(claimed: Bench) -> None:
    pam = urgent(claimed, PAM)
    done(claimed.ask(asked.TakeOver(), pam))
    done(tries(claimed, scan(CABINET), pam))
    claimed.at += HOUR
    assert refused(would(claimed, asked.Pause("other"), pam)) == "NOT_A_TECHNICIAN"
    done(would(claimed, asked.TakeOver(), BO, LEE))


def test_q30_it_may_stop_and_discard_what_it_took_over(claimed: Bench) -> None:
    cy = urgent(claimed, CY)
    done(claimed.ask(asked.TakeOver(), cy))
    done(would(claimed, asked.Pause("equipment"), cy))
    done(would(claimed, asked.Abort("other"), cy))


def test_q30_it_begins_nothing() -> None:
    bench = Bench()
    bench.open()
    bench.do(bench.sign("order verified"), PAM)
    assert refused(would(bench, asked.Claim(), urgent(bench, CY))) == "COMPETENCY"
    assert refused(would(bench, asked.Claim(), urgent(bench, PAM))) == "NOT_A_TECHNICIAN"
    assert refused(would(bench, asked.TakeOver(), urgent(bench, PAM))) == "NOT_NEEDED"


def test_q30_it_never_releases() -> None:
    bench = Bench()
    bench.until_check()
    quin = urgent(bench, QUIN, HOUR * 5)
    done(bench.ask(asked.TakeOver(), quin))
    bench.do(bench.sign("approved for release"), PAM)
    assert refused(tries(bench, LABEL, quin)) == "NOT_IN_EMERGENCY"
    done(bench.ask(asked.TakeOver(), BO, LEE))
    done(would(bench, asked.Submit("", LABEL), BO))


@pytest.mark.parametrize("who", [RAE, QA, CY])
def test_q30_it_approves_nothing_that_its_person_may_not_approve(who: Any) -> None:
    bench = Bench()
    bench.until_check()
    signed = asked.Submit("", bench.sign("approved for release", who))
    assert refused(would(bench, signed, urgent(bench, who))) in ("NOT_A_PHARMACIST", "NOT_LICENSED")


def test_q30_whoever_finished_it_in_emergency_access_does_not_check_it() -> None:
    bench = Bench()
    bench.until_check()
    quin = urgent(bench, QUIN)
    done(bench.ask(asked.TakeOver(), quin))
    assert refused(would(bench, asked.Submit("", bench.sign("approved for release", QUIN)), quin)) == "OWN_WORK"


def test_q30_it_lets_nobody_witness_or_lead(claimed: Bench) -> None:
    lapsed_lead = urgent(claimed, replace(CY, roles=frozenset({"lead_technician"})))
    assert refused(would(claimed, asked.TakeOver(), BO, lapsed_lead)) == "SECOND_PERSON"
    done(tries(claimed, scan(CABINET)))
    for item in claimed.policy.ppe:
        claimed.do(Confirmation(item))
    tried = asked.Submit("vial:1", scan(vial("A"), "typed", "aa"))
    (event,) = would(claimed, tried, ANN, urgent(claimed, CY))
    assert [finding.code for finding in event.findings] == ["TYPED_NO_WITNESS"]
