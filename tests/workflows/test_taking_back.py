"""Going back and doing again: what may be undone, what it takes with it, and what stays on record (R14, R16, R27)."""

from dataclasses import replace

import pytest

from tests.cast import ANN, BO, PAM
from tests.workflows.answers import done, refused, rejected, tries, would
from tests.workflows.example import CABINET, DILUENT, Bench, device, photo, scan, vial, weigh
from workflows import commands as asked
from workflows import events as happened
from workflows.commands import Submit
from workflows.evidence import Confirmation
from workflows.preparation import replay


@pytest.fixture
def drawn() -> Bench:
    bench = Bench()
    bench.until_drawn()
    return bench


def test_going_back_opens_the_last_slot_and_the_record_keeps_both() -> None:
    bench = Bench()
    bench.until_claimed()
    bench.do(scan(CABINET))
    done(bench.ask(asked.Back("wrong code")))
    assert "cabinet" not in bench.p.entries
    bench.do(scan(CABINET))
    kinds = [type(one.event).__name__ for one in bench.log[-3:]]
    assert kinds == ["Accepted", "SteppedBack", "Accepted"]


def test_a_vial_scanned_by_mistake_goes_back_to_the_shelf_and_may_return() -> None:
    bench = Bench()
    bench.until_claimed()
    bench.do(scan(CABINET))
    for item in bench.policy.ppe:
        bench.do(Confirmation(item))
    bench.do(scan(vial("A")))
    done(bench.ask(asked.Back()))
    assert bench.p.set_aside == ()
    done(tries(bench, scan(vial("A"))))


def test_once_something_was_weighed_no_container_leaves_by_going_back() -> None:
    bench = Bench()
    bench.until_staged()
    bench.do(weigh("30.11", bench.at))
    done(bench.ask(asked.Back()))  # the weighing
    done(bench.ask(asked.Back()))  # the picture
    assert refused(bench.ask(asked.Back())) == "CONTAINER_OPENED"


def test_signatures_prints_and_waivers_are_not_the_technicians_to_undo() -> None:
    bench = Bench()
    bench.open()
    bench.do(bench.sign("order verified"), PAM)
    done(bench.ask(asked.Claim()))
    assert refused(bench.ask(asked.Back())) == "NOT_YOURS_TO_UNDO"
    bench = Bench()
    bench.until_claimed()
    bench.do(scan(CABINET))
    for item in bench.policy.ppe:
        bench.do(Confirmation(item))
    done(bench.ask(asked.Waive("device:bag adaptor:1", "WRONG_DEVICE", "none in stock today"), PAM))
    assert refused(bench.ask(asked.Back())) == "NOT_YOURS_TO_UNDO"


def test_an_injection_is_never_undone() -> None:
    bench = Bench()
    bench.until_check()
    assert refused(bench.ask(asked.Redo("syringe", 1, "x"))) == "CANNOT_BE_UNDONE"
    assert refused(bench.ask(asked.Redo("vial", 1, "x"))) == "CANNOT_BE_UNDONE"


def test_a_new_syringe_leaves_the_other_syringe_and_takes_the_picture(drawn: Bench) -> None:
    redone = done(drawn.ask(asked.Redo("syringe", 1, "air")))
    assert set(redone.slots) == {"syringe-empty:1", "syringe-full:1", "photo-syringes"}
    assert "syringe-full:2" in drawn.p.entries
    drawn.do(weigh("18.41", drawn.at))
    drawn.do(weigh("42.90", drawn.at))
    assert refused(tries(drawn, weigh("287.60", drawn.at))) == "OTHER_EVIDENCE"
    drawn.do(photo("syringes again"))
    drawn.do(weigh("287.60", drawn.at))


def test_a_new_vial_takes_with_it_everything_that_came_from_it(drawn: Bench) -> None:
    redone = done(drawn.ask(asked.Redo("vial", 2, "particles")))
    assert set(redone.slots) == {
        "vial:2",
        "diluent",
        "device:vial adaptor:2",
        "photo-staged",
        "recon-before:2",
        "recon-after:2",
        "recon-mixed:2",
        "syringe-empty:1",
        "syringe-full:1",
        "syringe-empty:2",
        "syringe-full:2",
        "photo-syringes",
    }
    assert {"vial:1", "recon-after:1", "base"} <= set(drawn.p.entries)
    assert [one.unit for one in drawn.p.set_aside if one.role == "drug"] == ["B"]
    assert rejected(tries(drawn, scan(vial("B")), slot="vial:2")) == ("SAME_UNIT",)
    drawn.do(scan(vial("C")))
    drawn.do(scan(replace(DILUENT, unit="NS-2")))
    drawn.do(scan(device("vial adaptor")))
    drawn.do(photo("staged again"))
    drawn.do(weigh("30.00", drawn.at))


def test_r58_a_vial_set_aside_is_accounted_for_and_its_drug_counts_as_discarded(drawn: Bench) -> None:
    done(drawn.ask(asked.Redo("vial", 2, "particles")))
    done(drawn.ask(asked.Abort("integrity or particulates")))
    drawn.do(Confirmation("leftovers discarded"))
    closed = drawn.log[-1].event
    assert isinstance(closed, happened.Closed)
    fates = {one.unit: one.fate for one in closed.accounts if one.unit}
    assert fates["B"] == "wasted"
    assert (closed.wasted_ml, closed.wasted_mg) == (50, 1000), "two vials were opened, A and B"


def test_only_whoever_has_it_does_again(drawn: Bench) -> None:
    for who, code in ((BO, "NOT_YOURS"), (PAM, "NOT_A_TECHNICIAN")):
        assert refused(would(drawn, asked.Redo("syringe", 1, "x"), who)) == code
        assert refused(would(drawn, asked.Back(), who)) == code
    assert refused(would(drawn, asked.Redo("syringe", 9, "x"))) == "NO_SUCH_UNIT"


def test_nothing_done_is_nothing_to_redo() -> None:
    bench = Bench()
    bench.until_staged()
    assert refused(bench.ask(asked.Redo("syringe", 1, "x"))) == "NOTHING_TO_REDO"


@pytest.mark.parametrize(
    ("step", "reopens", "keeps"),
    [
        ("photo-staged", {"photo-staged"}, {"vial:1", "syringe-full:2", "photo-syringes"}),
        ("photo-syringes", {"photo-syringes"}, {"syringe-full:1", "photo-staged"}),
        ("syringe-empty", {"syringe-empty:1", "syringe-full:2", "photo-syringes"}, {"vial:1", "recon-after:2"}),
        ("recon-before", {"vial:1", "vial:2", "recon-before:1", "syringe-full:2", "photo-staged", "diluent"}, {"base"}),
    ],
)
def test_r27_rework_reopens_what_rests_on_the_step_and_no_more(
    drawn: Bench, step: str, reopens: set[str], keeps: set[str]
) -> None:
    command = asked.Rework(step, "image unusable", "again please", drawn.sign("rejected"))
    slots = set(done(drawn.ask(command, PAM)).slots)
    assert reopens <= slots
    assert not keeps & slots
    assert keeps <= set(drawn.p.entries)
    assert drawn.p.claimed_by == "ann"


@pytest.mark.parametrize("step", ["verify", "cabinet", "ppe", "vial", "base", "approve", "waste", "nonsense"])
def test_r27_steps_that_cannot_be_done_again_are_not_offered(drawn: Bench, step: str) -> None:
    command = asked.Rework(step, "other", "again please", drawn.sign("rejected"))
    assert refused(would(drawn, command, PAM)) == "NO_SUCH_STEP"


def test_a_log_replays_to_the_very_same_state(drawn: Bench) -> None:
    done(drawn.ask(asked.Redo("vial", 1, "foam")))
    done(drawn.ask(asked.Pause("equipment")))
    done(drawn.ask(asked.Resume()))
    assert replay(drawn.log) == drawn.p


def test_a_closed_preparation_takes_corrections_and_nothing_else() -> None:
    bench = Bench()
    bench.until_released()
    bench.do(Confirmation("leftovers discarded"))
    assert bench.p.closed
    for command in (asked.Back(), asked.Claim(), asked.Abort("other"), Submit("", scan(CABINET))):
        assert refused(would(bench, command, ANN)) == "CLOSED"
    correction = asked.Correct(4, "HOOD-1", "HOOD-2", "noted at the wrong hood")
    done(would(bench, correction, ANN))
    assert refused(would(bench, correction, BO)) == "NOT_ENTITLED"
    assert refused(would(bench, replace(correction, of_version=999))) == "NO_SUCH_EVENT"
    assert refused(would(bench, replace(correction, reason="typo"))) == "REASON_NEEDED"
    assert refused(would(bench, replace(correction, new="HOOD-1"))) == "NOTHING_NEW"
