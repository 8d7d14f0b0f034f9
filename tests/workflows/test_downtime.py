"""What was made on paper is entered by two, as what it is, and never passes for work that was weighed here (R60, Q14)."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal as D
from typing import Any

import pytest

from tests.cast import ANN, CY, LEE, PAM, QA, QUIN, RAE
from tests.workflows.answers import refused, would
from tests.workflows.example import Bench
from workflows import commands as asked
from workflows import events as happened
from workflows import passkeys
from workflows.circumstances import Actor
from workflows.evidence import CoSignature, PaperLine, Sheet
from workflows.library import IV_BAG
from workflows.preparation import evolve
from workflows.status import status


@pytest.fixture
def ready() -> Bench:
    bench = Bench()
    bench.open()
    bench.do(bench.sign("order verified"), PAM)
    return bench


def sheet(bench: Bench, **changes: Any) -> Sheet:
    made_at = bench.at - timedelta(hours=2)
    lines = (PaperLine("cyclophosphamide 500 mg vial", "CY7781"), PaperLine("dextrose 5 % 250 mL", "unknown"))
    said = Sheet(
        "network or server", "Ann Tester", "Bo Tester", made_at, made_at + timedelta(hours=6), D(970), lines, ("p1", "p2"),
        "no network from 08:00 to 10:30",
    )  # fmt: skip
    return replace(said, **changes)


def cosigned(bench: Bench, who: Actor) -> CoSignature:
    assert bench.p is not None
    means = "witnessed: made on paper"
    return CoSignature(who.id, who.name, who.licence, means, "badge and PIN", 2, bench.p.digest, bench.at)


def enters(bench: Bench, by: Actor = PAM, second: Actor | None = ANN, **changes: Any) -> Any:
    command = asked.EnterFromPaper(sheet(bench, **changes), bench.sign("entered from paper", by))
    signs = {"cosigned": cosigned(bench, second)} if second else {}
    return would(bench, command, by, second, **signs)


def test_q14_r60_what_was_made_on_paper_ends_as_downtime_with_the_sheet_and_both_signatures(ready: Bench) -> None:
    made, closed = enters(ready)
    assert isinstance(made, happened.MadeOnPaper)
    assert (made.sheet.dose_mg, made.sheet.pages, made.signature.name) == (D(970), ("p1", "p2"), PAM.name)
    assert made.cosigned is not None
    assert made.cosigned.person == ANN.id
    assert closed == happened.Closed((), D(0), D(0), brought_mg=D(0))


def test_q14_it_is_called_downtime_and_counts_neither_as_released_nor_as_weighed(ready: Bench) -> None:
    command = asked.EnterFromPaper(sheet(ready), ready.sign("entered from paper"))
    events = would(ready, command, PAM, ANN, cosigned=cosigned(ready, ANN))
    assert ready.p is not None
    for event in events:
        version = ready.p.version + 1
        from_log = happened.Recorded(version, event, PAM.id, ANN.id, ready.at, "", f"{version:064x}")
        ready.p = evolve(ready.p, from_log)
    assert (ready.p.outcome, ready.p.closed, status(IV_BAG, ready.p)) == ("downtime", True, "downtime")
    assert refused(would(ready, asked.Claim())) == "CLOSED"
    assert ready.p.started_at is None


@pytest.mark.parametrize("dose", ["97", "9700"])
def test_q14_a_dose_far_from_the_order_is_written_down_as_it_was(ready: Bench, dose: str) -> None:
    """The truth is recorded, however bad: refusing it would only keep it out of the record."""
    made, _ = enters(ready, dose_mg=D(dose))
    assert made.sheet.dose_mg == D(dose)


@pytest.mark.parametrize(
    ("by", "second", "code"),
    [
        (ANN, PAM, "NOT_A_PHARMACIST"), (RAE, ANN, "NOT_LICENSED"), (PAM, None, "SECOND_PERSON"), (PAM, PAM, "SECOND_PERSON"),
        (PAM, QA, "SECOND_PERSON"),
    ],
)  # fmt: skip
def test_q14_a_licensed_pharmacist_and_somebody_else_of_the_trade_sign(
    ready: Bench, by: Actor, second: Actor | None, code: str
) -> None:
    assert refused(enters(ready, by, second)) == code


@pytest.mark.parametrize("second", [ANN, LEE, QUIN, CY])
def test_q14_the_second_may_be_any_technician_or_pharmacist(ready: Bench, second: Actor) -> None:
    assert isinstance(enters(ready, second=second)[0], happened.MadeOnPaper)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"pages": ()}, "SHEET_MISSING"),
        ({"note": "short"}, "REASON_NEEDED"),
        ({"made_by": " "}, "NAMES_MISSING"),
        ({"checked_by": "ANN TESTER "}, "NAMES_MISSING"),
        ({"ingredients": ()}, "LOTS_MISSING"),
        ({"ingredients": (PaperLine("a vial", " "),)}, "LOTS_MISSING"),
        ({"dose_mg": D(0)}, "DOSE_MISSING"),
        ({"dose_mg": D("NaN")}, "DOSE_MISSING"),
        ({"dose_mg": D("Infinity")}, "DOSE_MISSING"),
        ({"dose_mg": D("1E+9")}, "DOSE_MISSING"),
    ],
)
def test_q14_what_the_sheet_must_say_is_asked_for_by_name(ready: Bench, changes: dict[str, Any], code: str) -> None:
    assert refused(enters(ready, **changes)) == code


def test_q14_times_that_cannot_be_are_refused(ready: Bench) -> None:
    assert refused(enters(ready, made_at=ready.at + timedelta(minutes=1))) == "TIMES_IMPOSSIBLE"
    assert refused(enters(ready, beyond_use=ready.at - timedelta(hours=2))) == "TIMES_IMPOSSIBLE"


def test_q14_a_signature_over_an_older_page_or_of_another_meaning_enters_nothing(ready: Bench) -> None:
    older = replace(ready.sign("entered from paper"), over="0" * 64)
    other = ready.sign("rejected")
    for signature in (older, other):
        command = asked.EnterFromPaper(sheet(ready), signature)
        assert refused(would(ready, command, PAM, ANN, cosigned=cosigned(ready, ANN))) == "CHANGED_SINCE_SHOWN"


def test_q14_q28_where_a_release_takes_a_passkey_what_was_made_on_paper_takes_one(ready: Bench) -> None:
    by_password = ready.sign("entered from paper")
    by_key = passkeys.as_if_signed(by_password, "P1", PAM.id)
    for_another = passkeys.as_if_signed(by_password, "P2", PAM.id)
    answers = [
        would(
            ready, asked.EnterFromPaper(sheet(ready), signature), PAM, ANN, cosigned=cosigned(ready, ANN),
            release_signature="passkey", preparation="P1",
        )
        for signature in (by_password, for_another, by_key)
    ]  # fmt: skip
    assert [refused(one) for one in answers[:2]] == ["PASSKEY_NEEDED", "NOT_THIS_SIGNATURE"]
    assert isinstance(answers[2][0], happened.MadeOnPaper)


def test_q14_nothing_is_entered_before_the_order_is_signed_or_after_work_began_here() -> None:
    bench = Bench()
    bench.open()
    assert refused(enters(bench)) == "NOT_READY"
    begun = Bench()
    begun.until_claimed()
    assert refused(enters(begun)) == "BEGUN_HERE"
    drawn = Bench()
    drawn.until_drawn()
    assert refused(enters(drawn)) == "BEGUN_HERE"
