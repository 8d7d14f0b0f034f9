"""The final label of a dose that has left comes out once more only inside its beyond-use time, and changes nothing else (L5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.cast import ANN, PAM, PRINTER
from tests.workflows.answers import refused, would
from tests.workflows.example import Bench
from workflows import commands as asked
from workflows import events as happened
from workflows.evidence import Confirmation, Printed
from workflows.gates import may_reprint
from workflows.rules.dating import beyond_use

AGAIN = asked.RecordLabel(Printed("final", "FINAL001", 2, "cc", "spool"), "lost, asked for by Pam P.")


@pytest.fixture
def gone() -> Bench:
    bench = Bench()
    bench.until_released()
    return bench


@pytest.mark.parametrize("closed", [False, True])
def test_l5_the_next_copy_is_the_live_one_and_the_release_stands(gone: Bench, closed: bool) -> None:
    if closed:
        gone.do(Confirmation("leftovers discarded"))
    before = gone.p
    assert before is not None
    (event,) = gone.ask(AGAIN, PRINTER)
    assert isinstance(event, happened.LabelRecorded)
    after = gone.p
    assert after is not None
    assert (after.final_label(), after.outcome, after.closed) == (AGAIN.printed, "released", closed)
    kept = {name: one for name, one in after.entries.items() if name != "label-print"}
    assert kept == {name: one for name, one in before.entries.items() if name != "label-print"}, "the signature stands"


def test_l5_past_its_beyond_use_time_or_without_a_reason_no_label_of_it_comes_out(gone: Bench) -> None:
    limit = beyond_use(gone.p).at  # type: ignore[union-attr, arg-type]  # it was made
    assert refused(would(gone, AGAIN, PRINTER, at=limit)) == "BEYOND_USE"
    assert isinstance(would(gone, AGAIN, PRINTER, at=limit - timedelta(seconds=1))[0], happened.LabelRecorded)
    assert refused(would(gone, replace(AGAIN, reason=""), PRINTER)) == "REASON_NEEDED"
    assert refused(would(gone, AGAIN, ANN)) == "NOT_THE_PRINTER"


def test_l5_only_a_pharmacist_has_it_printed_again_and_only_once_it_has_left(gone: Bench) -> None:
    p, at = gone.p, gone.at
    assert p is not None
    assert may_reprint(p, PAM, "", at) is None
    limit = beyond_use(p).at  # type: ignore[union-attr]  # it was made
    for who, blocked, when, code in (
        (ANN, "", at, "NOT_A_PHARMACIST"),
        (PAM, "an allergy", at, "ORDER_BLOCKED"),
        (PAM, "", limit, "BEYOND_USE"),
    ):
        assert refused(may_reprint(p, who, blocked, when)) == code
    making = Bench()
    making.until_check()
    assert making.p is not None
    assert refused(may_reprint(making.p, PAM, "", making.at)) == "NOT_RELEASED"


def test_l5_a_discarded_dose_has_no_label_printed(gone: Bench) -> None:
    gone = Bench()
    gone.until_check()
    gone.ask(asked.Abort("other"))
    assert refused(would(gone, AGAIN, PRINTER)) == "NOT_DUE"
