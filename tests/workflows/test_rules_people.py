"""Who may do it: R19, R25, R27, R28, R44, R45, R52, and the order's own changes, told of the cast."""

from dataclasses import replace
from typing import Any

import pytest

from tests.cast import ANN, BO, CY, DANA, LEE, PAM, PRINTER, QA, QUIN, RAE, SENDER
from tests.workflows.answers import done, refused, tries, would
from tests.workflows.example import CABINET, Bench, scan, vial
from workflows import commands as asked
from workflows import events as happened
from workflows.commands import Submit
from workflows.evidence import Confirmation, LabelCode, Printed
from workflows.findings import Refused

BY_NOW = "seen with the nurse, it is right"


@pytest.fixture
def checking() -> Bench:
    """Ann made it; it waits for its final check."""
    bench = Bench()
    bench.until_check()
    return bench


@pytest.fixture
def claimed() -> Bench:
    bench = Bench()
    bench.until_claimed()
    return bench


def approval(bench: Bench, who: Any, **changes: Any) -> Submit:
    return Submit("", replace(bench.sign("approved for release", who), **changes))


@pytest.mark.parametrize("who", [PAM, QUIN])
def test_r25_a_pharmacist_who_had_no_hand_in_it_approves(checking: Bench, who: Any) -> None:
    done(would(checking, approval(checking, who), who))


@pytest.mark.parametrize("who", [ANN, BO, LEE, QA])
def test_q27_nobody_but_a_pharmacist_approves(checking: Bench, who: Any) -> None:
    assert refused(would(checking, approval(checking, who), who)) == "NOT_A_PHARMACIST"


def test_r25_a_pharmacist_without_a_licence_for_the_site_does_not_approve(checking: Bench) -> None:
    assert refused(would(checking, approval(checking, RAE), RAE)) == "NOT_LICENSED"


def test_whoever_weighed_cannot_approve() -> None:
    """Dana is technician and pharmacist: she makes it, and another pharmacist checks it."""
    bench = Bench()
    bench.open()
    bench.do(bench.sign("order verified"), PAM)
    done(bench.ask(asked.Claim(), DANA))
    assert "dana" in bench.p.hands
    bench.p = replace(_finished(), hands=bench.p.hands)
    assert refused(would(bench, approval(bench, DANA), DANA)) == "OWN_WORK"


def _finished() -> Any:
    bench = Bench()
    bench.until_check()
    return bench.p


@pytest.mark.parametrize("how", ["handed over", "taken over", "witnessed", "tried and failed"])
def test_whoever_had_a_hand_in_it_cannot_approve_however_small(how: str) -> None:
    bench = Bench()
    bench.until_claimed()
    if how == "handed over":
        done(bench.ask(asked.HandOver(), ANN, DANA))
        done(bench.ask(asked.HandOver(), DANA, ANN))
    elif how == "taken over":
        done(bench.ask(asked.TakeOver(), DANA, LEE))
        done(bench.ask(asked.TakeOver(), ANN, LEE))
    elif how == "witnessed":
        done(tries(bench, scan(CABINET, "typed", "aa"), second=DANA))
        done(bench.ask(asked.Back()))
    else:
        tries(bench, scan(vial("A"), "typed", "aa"), second=DANA)
    bench.p = replace(_finished(), hands=bench.p.hands)
    assert refused(would(bench, approval(bench, DANA), DANA)) == "OWN_WORK"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": "Quin Pharmacist"}, "SIGNED_FOR_ANOTHER"),
        ({"licence": "RPH-9999"}, "SIGNED_FOR_ANOTHER"),
        ({"components": 0}, "SIGNED_FOR_ANOTHER"),
        ({"meaning": "order verified"}, "WRONG_MEANING"),
        ({"over": "0" * 64}, "CHANGED_SINCE_SHOWN"),
        ({"photos_seen": ()}, "PHOTOS_NOT_SEEN"),
    ],
)
def test_r52_a_signature_is_ones_own_over_what_was_seen(checking: Bench, changes: Any, code: str) -> None:
    assert refused(would(checking, approval(checking, PAM, **changes), PAM)) == code


def test_r52_something_added_since_the_page_was_drawn_voids_the_signature(checking: Bench) -> None:
    drawn = approval(checking, PAM)
    done(checking.ask(asked.Correct(3, "old", "new", "the wrong lot was noted"), PAM))
    assert refused(tries(checking, drawn.evidence, PAM)) == "CHANGED_SINCE_SHOWN"


def test_r19_a_typed_code_is_accepted_one_by_one_at_the_check() -> None:
    bench = Bench()
    bench.until_claimed()
    bench.do(scan(CABINET))
    for item in bench.policy.ppe:
        bench.do(Confirmation(item))
    bench.do(scan(vial("A"), "typed", "aa"), second=BO, slot="vial:1")
    typed = bench.p.entries["vial:1"]
    bench.p = replace(_finished(), entries={**_finished().entries, "vial:1": typed})
    seen = bench.sign("approved for release")
    assert refused(would(bench, Submit("", replace(seen, accepts=())), PAM)) == "PHOTOS_NOT_SEEN"
    looked = replace(seen, photos_seen=(*seen.photos_seen, "aa"))
    assert refused(would(bench, Submit("", replace(looked, accepts=())), PAM)) == "TYPED_NOT_ACCEPTED"
    done(would(bench, Submit("", looked), PAM))


def test_r44_a_lapsed_technician_starts_nothing(claimed: Bench) -> None:
    fresh = Bench()
    fresh.open()
    fresh.do(fresh.sign("order verified"), PAM)
    assert refused(would(fresh, asked.Claim(), CY)) == "COMPETENCY"
    assert refused(would(claimed, asked.HandOver(), ANN, CY)) == "COMPETENCY"
    assert refused(would(claimed, asked.TakeOver(), CY, LEE)) == "COMPETENCY"


def test_r44_a_competency_that_lapses_meanwhile_stops_the_next_step(claimed: Bench) -> None:
    lapsed = replace(ANN, competencies=tuple((code, claimed.at) for code, _ in ANN.competencies))
    answer = would(claimed, Submit("", scan(CABINET)), lapsed)
    assert refused(answer) == "COMPETENCY"
    assert "HD-STERILE, GRAV, CSTD" in answer.says


def test_somebody_elses_preparation_is_handed_over_first(claimed: Bench) -> None:
    assert refused(would(claimed, Submit("", scan(CABINET)), BO)) == "NOT_YOURS"
    assert refused(would(claimed, Submit("", scan(CABINET)), station="HOOD-2")) == "OTHER_STATION"


@pytest.mark.parametrize("second", [None, BO, CY, QA, RAE])
def test_a_take_over_needs_a_lead_or_a_pharmacist(claimed: Bench, second: Any) -> None:
    assert refused(would(claimed, asked.TakeOver(), BO, second)) == "SECOND_PERSON"
    done(would(claimed, asked.TakeOver(), BO, LEE))
    done(would(claimed, asked.TakeOver(), BO, PAM))


def test_whoever_takes_over_dresses_anew_and_at_another_station_scans_the_cabinet() -> None:
    bench = Bench()
    bench.until_staged()
    here = done(would(bench, asked.HandOver(), ANN, BO))
    assert set(here.reopened) == {f"ppe:{item}" for item in bench.policy.ppe}
    there = done(would(bench, asked.HandOver(), ANN, BO, station="HOOD-2"))
    assert set(there.reopened) == {*here.reopened, "cabinet"}
    assert refused(would(bench, asked.HandOver(), ANN, BO, station="HOOD-2", occupied_by="P2")) == "CABINET_OCCUPIED"
    done(bench.ask(asked.HandOver(), ANN, BO))
    assert refused(would(bench, Submit("", scan(vial("C"))), BO)) != ""
    assert (bench.p.claimed_by, bench.p.gloves_at) == ("bo", None)


def test_r27_a_reject_is_a_pharmacists_signed_act_over_what_was_shown(checking: Bench) -> None:
    rejected = checking.sign("rejected")
    remake = asked.Remake("wrong volume", "bag half empty", rejected)
    done(would(checking, remake, PAM))
    assert refused(would(checking, remake, QUIN)) == "CHANGED_SINCE_SHOWN"
    assert (
        refused(would(checking, replace(remake, signature=replace(rejected, over="x")), PAM)) == "CHANGED_SINCE_SHOWN"
    )
    assert refused(would(checking, remake, ANN)) == "NOT_A_PHARMACIST"
    assert refused(would(checking, remake, RAE)) == "NOT_LICENSED"


def test_r27_rework_reopens_a_picture_and_the_record_keeps_the_old_one(checking: Bench) -> None:
    rejected = checking.sign("rejected")
    command = asked.Rework("photo-final", "image unusable", "label in glare", rejected)
    assert refused(would(checking, replace(command, note=" "), PAM)) == "REASON_NEEDED"
    assert refused(would(checking, replace(command, to_step="verify"), PAM)) == "NO_SUCH_STEP"
    assert refused(would(checking, replace(command, to_step="syringe-empty"), PAM)) == "NO_SUCH_STEP"
    done(checking.ask(command, PAM))
    assert "photo-final" not in checking.p.entries
    assert (checking.p.reworks, checking.p.claimed_by) == (1, "ann")
    assert any(isinstance(one.event, happened.Accepted) and one.event.slot == "photo-final" for one in checking.log)


def test_r28_whoever_has_it_or_a_pharmacist_aborts_and_what_was_opened_stays_visible() -> None:
    bench = Bench()
    bench.until_reconstituted()
    assert refused(would(bench, asked.Abort("spill"), BO)) == "NOT_YOURS"
    assert refused(would(bench, asked.Abort("spill"), QA)) == "NOT_A_TECHNICIAN"
    done(would(bench, asked.Abort("spill"), PAM))
    done(bench.ask(asked.Abort("spill")))
    assert (bench.p.outcome, bench.p.closed) == ("aborted", False)
    bench.do(Confirmation("leftovers discarded"))
    closed = bench.log[-1].event
    assert {one.fate for one in closed.accounts} == {"wasted"}
    assert (closed.wasted_ml, closed.wasted_mg, len(closed.accounts)) == (50, 1000, 9)
    assert refused(would(bench, asked.Resume(BY_NOW), PAM)) == "CLOSED"
    done(would(bench, asked.Correct(2, "a", "b", "wrong word in the note"), PAM))


def test_nothing_brought_in_closes_at_once(claimed: Bench) -> None:
    answer = claimed.ask(asked.Abort("other"))
    assert [type(event).__name__ for event in answer] == ["Aborted", "Closed"]
    assert claimed.p.closed


@pytest.mark.parametrize("why", ["equipment", "other"])
def test_a_technician_ends_a_stop_of_their_own(claimed: Bench, why: Any) -> None:
    done(claimed.ask(asked.Pause(why)))
    assert refused(would(claimed, Submit("", scan(CABINET)))) == "PAUSED"
    done(would(claimed, asked.Resume()))
    assert refused(would(claimed, asked.Resume(), BO)) == "NOT_YOURS"


@pytest.mark.parametrize("why", ["spill", "order question"])
def test_r45_a_pharmacist_ends_every_other_stop_with_a_reason(claimed: Bench, why: Any) -> None:
    done(claimed.ask(asked.Pause(why)))
    assert refused(would(claimed, asked.Resume(BY_NOW))) == "NOT_A_PHARMACIST"
    assert refused(would(claimed, asked.Resume("ok"), PAM)) == "REASON_NEEDED"
    assert refused(would(claimed, asked.Resume(BY_NOW), RAE)) == "NOT_LICENSED"
    done(would(claimed, asked.Resume(BY_NOW), PAM))


def test_only_a_pharmacist_puts_a_pharmacists_hold(claimed: Bench) -> None:
    assert refused(would(claimed, asked.Pause("pharmacist hold"))) == "NOT_A_PHARMACIST"
    done(claimed.ask(asked.Pause("pharmacist hold"), PAM))
    assert refused(would(claimed, asked.Resume(BY_NOW))) == "NOT_A_PHARMACIST"


def change(bench: Bench, what: Any, equal: bool = False) -> Any:
    return bench.ask(asked.ChangeOrder(what, 2, equal), SENDER)


@pytest.mark.parametrize("what", ["changed", "held", "cancelled"])
def test_an_order_that_is_changed_held_or_cancelled_stops_the_work(checking: Bench, what: Any) -> None:
    checking.do(checking.sign("approved for release"), PAM)
    done(change(checking, what))
    assert checking.p.paused == "order change"
    assert "approve" not in checking.p.entries
    release = Submit("", scan(LabelCode("in_process", "INPROC01", 1, "P1", False)))
    assert isinstance(would(checking, release), Refused)
    assert refused(would(checking, asked.Resume(BY_NOW), PAM)) == "ORDER_CHANGED"
    assert refused(would(checking, asked.Resume(BY_NOW))) == "NOT_A_PHARMACIST"


@pytest.mark.parametrize("first", ["changed", "cancelled"])
def test_no_later_word_makes_a_changed_or_cancelled_order_good_again(checking: Bench, first: Any) -> None:
    done(change(checking, first))
    for later, equal in (("changed", True), ("held", False), ("released", False)):
        done(change(checking, later, equal))
        assert checking.p.order_state == first
        assert refused(would(checking, asked.Resume(BY_NOW), PAM)) == "ORDER_CHANGED"


def test_a_pharmacist_continues_after_a_change_that_changes_nothing(checking: Bench) -> None:
    done(change(checking, "changed", equal=True))
    assert refused(would(checking, asked.Resume(BY_NOW), ANN)) == "NOT_A_PHARMACIST"
    done(checking.ask(asked.Resume(BY_NOW), PAM))
    done(would(checking, approval(checking, PAM), PAM))


def test_a_hold_that_the_sender_lifts_still_waits_for_a_pharmacist(checking: Bench) -> None:
    done(change(checking, "held"))
    done(change(checking, "released"))
    assert (checking.p.order_state, checking.p.paused) == ("current", "order change")
    done(would(checking, asked.Resume(BY_NOW), PAM))


def test_an_order_word_does_not_undo_a_pharmacists_hold() -> None:
    bench = Bench()
    bench.open()
    done(bench.ask(asked.Pause("pharmacist hold"), PAM))
    done(change(bench, "held"))
    done(change(bench, "released"))
    assert bench.p.paused == "pharmacist hold"


def test_an_order_cancelled_before_work_began_closes_at_once_and_after_release_it_is_too_late() -> None:
    bench = Bench()
    bench.open()
    answer = change(bench, "cancelled")
    assert [type(event).__name__ for event in answer] == ["OrderChanged", "Aborted", "Closed"]
    late = Bench()
    late.until_released()
    assert refused(change(late, "cancelled")) == "STATE_REFUSES"
    assert refused(would(late, asked.ChangeOrder("cancelled", 2, False), PAM)) == "NOT_THE_INTERFACE"


def test_a_reprinted_final_label_voids_the_approval_and_is_judged_again(checking: Bench) -> None:
    checking.do(checking.sign("approved for release"), PAM)
    again = asked.RecordLabel(Printed("final", "FINAL001", 2, "cc", "spool"), "torn")
    assert refused(would(checking, replace(again, reason=""), PRINTER)) == "REASON_NEEDED"
    assert refused(would(checking, again, ANN)) == "NOT_THE_PRINTER"
    done(checking.ask(again, PRINTER))
    assert not {"label-scan", "photo-final", "approve"} & set(checking.p.entries)
    old = scan(LabelCode("final", "FINAL001", 1, "P1", False))
    assert isinstance(would(checking, Submit("", old))[0], happened.Rejected)
    done(would(checking, Submit("", scan(LabelCode("final", "FINAL001", 2, "P1", False)))))


def test_a_call_is_answered_before_anybody_approves(checking: Bench) -> None:
    done(checking.ask(asked.Call("is the label straight?")))
    assert refused(would(checking, approval(checking, PAM), PAM)) == "CALL_OPEN"
    assert refused(would(checking, asked.Answer("yes"), ANN)) == "NOT_A_PHARMACIST"
    done(checking.ask(asked.Answer("yes"), PAM))
    done(would(checking, approval(checking, PAM), PAM))


def test_g11_whoever_is_stopped_reads_where_their_competency_counts(claimed: Bench) -> None:
    code = claimed.p.policy.competencies[0]
    elsewhere = tuple(one for one in ANN.competencies if one[0] != code)
    away = replace(ANN, competencies=elsewhere, wanting=((code, f"{code} counts at NORTH, not at MAIN."),))
    stopped = would(claimed, Submit("cabinet", scan(CABINET)), away)
    assert isinstance(stopped, Refused)
    assert stopped.code == "COMPETENCY"
    assert stopped.says.endswith(f"{code} counts at NORTH, not at MAIN. Another technician takes over.")
