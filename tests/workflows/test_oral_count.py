"""Capecitabine, 112 tablets of 500 mg: counted twice, the tray decontaminated, approved, released; and what stops it."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal as D

import pytest

from tests.cast import ANN, PAM, PRINTER
from tests.workflows.example import Bench, photo, scan
from tests.workflows.test_counting import ORDER, POLICY, RECIPE
from workflows import commands as asked
from workflows.circumstances import Actor
from workflows.clearances import Clearance, Requirement
from workflows.events import Closed, CountOpened, Redone, Rejected, Released
from workflows.evidence import CabinetCode, Confirmation, Container, Count, LabelCode, Printed
from workflows.findings import Refused
from workflows.gates import not_cleared, waiting
from workflows.instructions import instruction
from workflows.library.oral_count import ORAL_COUNT
from workflows.made_by import Master
from workflows.order import Order
from workflows.recipe import Policy
from workflows.rules.counting import CLEANED
from workflows.steps import Workflow

UNTIL = (("HD-ORAL", datetime(2027, 6, 30, tzinfo=UTC)),)
AMY = replace(ANN, id="amy", name="Amy Tester", competencies=UNTIL)
TRAY = CabinetCode("TRAY-1", None, 0)
BOTTLE = Container(
    "drug", "capecitabine-500mg-teva", "capecitabine 500 mg tablet", "capecitabine", "0093-7474-89", "00300937474890",
    amount_mg=D(500), lot="CT4471", expiry=date(2027, 11, 30), unit="U/BOTTLE01", left=120,
)  # fmt: skip


@dataclass
class Tray(Bench):
    recipe: Master = RECIPE
    policy: Policy = POLICY
    order: Order = field(default_factory=lambda: ORDER)
    workflow: Workflow = ORAL_COUNT
    at: datetime = datetime(2026, 3, 11, 12, tzinfo=UTC)

    def does(self, *evidence: object, who: Actor = AMY) -> None:
        for one in evidence:
            self.do(one, who)  # type: ignore[arg-type]  # one piece of evidence

    def until_garbed(self) -> None:
        self.open()
        self.do(self.sign("order verified"), PAM)
        assert not isinstance(self.ask(asked.Claim(), AMY), Refused)
        self.ask(asked.RecordLabel(Printed("in_process", "INPROC01", 1, "aa", "spool")), PRINTER)
        self.does(scan(TRAY), *(Confirmation(item) for item in POLICY.counting.ppe))  # type: ignore[union-attr]  # the policy has it

    def until_stocked(self) -> None:
        self.until_garbed()
        self.does(scan(BOTTLE), photo("stock"))

    def until_labelled(self) -> None:
        self.until_stocked()
        self.does(Count(112, "by fives"), Count(112, "by fives"), photo("tray"))
        self.do(Printed("final", "FINAL001", 1, "bb", "spool"), PRINTER)
        self.does(scan(LabelCode("final", "FINAL001", 1, "P1", False)), photo("final"))

    def tries(self, evidence: object) -> tuple[str, ...]:
        answer = self.ask(asked.Submit("", evidence), AMY)  # type: ignore[arg-type]  # one piece of evidence
        if isinstance(answer, Refused):
            return (answer.code,)
        assert isinstance(answer[0], Rejected), answer
        return tuple(finding.code for finding in answer[0].findings)

    def step(self) -> str:
        assert self.p is not None
        return waiting(ORAL_COUNT, self.p)[0].name


def test_r54_example_5_2_counts_112_twice_and_releases_56_000_mg() -> None:
    tray = Tray()
    tray.until_labelled()
    tray.does(Confirmation(CLEANED))
    tray.do(tray.sign("approved for release"), PAM)
    tray.does(scan(LabelCode("in_process", "INPROC01", 1, "P1", False)))
    *_, released, closed = (one.event for one in tray.log)
    assert isinstance(tray.log[0].event, CountOpened)
    assert released == Released(D(56_000), datetime(2027, 12, 1, 4, 59, 59, 999999, UTC))
    assert isinstance(closed, Closed)
    assert [(one.unit, one.fate) for one in closed.accounts] == [("U/BOTTLE01", "used, rest kept")]
    assert (closed.wasted_ml, closed.wasted_mg) == (0, 0)


def test_r54_a_second_count_of_111_forces_a_recount_and_both_numbers_stay_in_the_record() -> None:
    tray = Tray()
    tray.until_stocked()
    tray.does(Count(112, "by fives"))
    assert tray.tries(Count(111, "by fives")) == ("COUNTS_DIFFER",)
    assert tray.step() == "count-1"
    assert isinstance(tray.log[-1].event, Redone)
    counted = [one.event.evidence for one in tray.log if isinstance(getattr(one.event, "evidence", None), Count)]
    assert counted == [Count(112, "by fives"), Count(111, "by fives")]
    tray.does(Count(112, "by fives"), Count(112, "by fives"))
    assert tray.step() == "photo-tray"


def test_r54_two_equal_counts_of_111_are_not_what_was_ordered() -> None:
    tray = Tray()
    tray.until_stocked()
    tray.does(Count(111, "by fives"))
    assert tray.tries(Count(111, "one by one")) == ("NOT_THE_NUMBER",)
    assert tray.step() == "count-1"


def test_r54_nobody_is_shown_the_first_count_at_the_second() -> None:
    tray = Tray()
    tray.until_stocked()
    tray.does(Count(113, "by fives"))
    assert tray.p is not None
    said = instruction(tray.p, waiting(ORAL_COUNT, tray.p)[0])
    assert said.kind == "count"
    assert "11" not in f"{said.task} {said.name} {said.detail}"
    answer = tray.ask(asked.Submit("", Count(112, "by fives")), AMY)
    assert isinstance(answer, tuple)
    assert isinstance(answer[0], Rejected)
    assert "113" not in "".join(finding.says + finding.do for finding in answer[0].findings)


def test_g24_nobody_approves_and_nothing_closes_before_the_tray_is_decontaminated() -> None:
    tray = Tray()
    tray.until_labelled()
    assert isinstance(tray.ask(asked.Submit("", tray.sign("approved for release")), PAM), Refused)
    assert tray.tries(Confirmation("wiped a bit")) == ("OTHER_ITEM",)
    tray.ask(asked.Abort("other", "dropped"), AMY)
    assert tray.p is not None
    assert not tray.p.closed
    assert tray.tries(Confirmation("leftovers discarded")) == ("OTHER_ITEM",)
    tray.does(Confirmation(CLEANED))
    assert tray.p.closed
    assert tray.log[-1].event.wasted_mg == D(56_000)  # type: ignore[union-attr]  # it closed


def test_g24_a_tray_whose_stock_was_taken_back_again_is_decontaminated_before_anything_closes() -> None:
    tray = Tray()
    tray.until_garbed()
    tray.does(scan(BOTTLE))
    tray.ask(asked.Back("other"), AMY)
    assert tray.p is not None
    assert tray.p.containers() == ()
    tray.ask(asked.Abort("other", "the wrong bottle"), AMY)
    assert not tray.p.closed
    tray.does(Confirmation(CLEANED))
    closed = tray.log[-1].event
    assert isinstance(closed, Closed)
    assert (closed.accounts, closed.wasted_mg) == ((), 0)


def test_r54_what_may_have_been_poured_out_is_accounted_for_also_where_nobody_counted_it() -> None:
    tray = Tray()
    tray.until_stocked()
    tray.ask(asked.Abort("other", "knocked over"), AMY)
    tray.does(Confirmation(CLEANED))
    closed = tray.log[-1].event
    assert isinstance(closed, Closed)
    assert [(one.fate, closed.wasted_mg) for one in closed.accounts] == [("used, rest kept", D(56_000))]


def test_r54_stock_lasts_from_today_where_an_order_is_counted_after_it_was_due() -> None:
    late = Tray(at=datetime(2026, 3, 20, 12, tzinfo=UTC))
    late.until_garbed()
    assert late.tries(scan(replace(BOTTLE, expiry=date(2026, 4, 2)))) == ("EXPIRES_IN_USE",)
    late.does(scan(replace(BOTTLE, expiry=date(2026, 4, 3))))


def test_r54_stock_that_lasted_yesterday_is_looked_at_again_at_the_count() -> None:
    tray = Tray(at=datetime(2026, 3, 12, 3, 30, tzinfo=UTC), policy=replace(POLICY, glove_minutes=600))
    tray.until_garbed()
    tray.does(scan(replace(BOTTLE, expiry=date(2026, 3, 25))), photo("stock"))
    tray.at = datetime(2026, 3, 12, 4, 10, tzinfo=UTC)
    assert tray.tries(Count(112, "by fives")) == ("EXPIRES_IN_USE",)


def test_g22_no_glove_no_count() -> None:
    tray = Tray()
    tray.open()
    tray.do(tray.sign("order verified"), PAM)
    tray.ask(asked.Claim(), AMY)
    tray.does(scan(TRAY))
    assert tray.tries(scan(BOTTLE)) == ("OTHER_EVIDENCE",)


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("WRONG_STRENGTH", {"amount_mg": D(150), "item_id": "capecitabine-150mg-teva", "ndc": "0093-7473-06"}),
        ("WRONG_PRODUCT", {"drug": "temozolomide"}),
        ("PACKAGE_NOT_ALLOWED", {"ndc": "31722-775-12"}),
        ("EXPIRES_IN_USE", {"expiry": date(2026, 3, 24)}),
        ("NOT_ENOUGH", {"left": 111}),
        ("NOTHING_LEFT", {"left": 0}),
        ("NOTHING_LEFT", {"left": None}),
        ("NO_UNIT", {"unit": ""}),
        ("NO_LOT", {"lot": ""}),
        ("RECALLED", {"recalled": "R-1"}),
    ],
)
def test_r54_the_wrong_bottle_stops(code: str, changes: dict) -> None:  # type: ignore[type-arg]
    tray = Tray()
    tray.until_garbed()
    assert tray.tries(scan(replace(BOTTLE, **changes))) == (code,)


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("NOT_A_TRAY", {"category": 2, "certified_until": datetime(2027, 1, 1, tzinfo=UTC)}),
        ("NOT_DECONTAMINATED", {"last_drug": "methotrexate"}),
        ("OTHER_STATION", {"station": "HOOD-9"}),
    ],
)
def test_r42_r54_only_a_clean_tray_of_this_station_is_counted_in(code: str, changes: dict) -> None:  # type: ignore[type-arg]
    tray = Tray()
    tray.open()
    tray.do(tray.sign("order verified"), PAM)
    tray.ask(asked.Claim(), AMY)
    assert tray.tries(scan(replace(TRAY, **changes))) == (code,)


def test_r44_whoever_compounds_but_has_no_oral_competency_counts_nothing() -> None:
    tray = Tray()
    tray.open()
    tray.do(tray.sign("order verified"), PAM)
    answer = tray.ask(asked.Claim(), ANN)
    assert isinstance(answer, Refused)
    assert answer.code == "COMPETENCY"
    assert "HD-ORAL" in answer.says


def test_what_was_counted_is_not_carried_to_another_station() -> None:
    tray = Tray()
    tray.until_stocked()
    tray.does(Count(112, "by fives"))
    bea = replace(AMY, id="bea", name="Bea Tester")
    tray.station = "HOOD-2"
    answer = tray.ask(asked.TakeOver(), bea, replace(PAM, id="pim"))
    assert isinstance(answer, Refused)
    assert answer.code == "FINISH_COUNTING"


@pytest.mark.parametrize(("most", "code"), [(13, "NOT_CLEARED"), (14, "")])
def test_r57_more_days_than_may_be_dispensed_are_not_counted_whatever_was_told(most: int, code: str) -> None:
    programme = Requirement("programme", "safety programme", drugs=("capecitabine",), most_days=most)
    said = Clearance("programme", 1, "Dr Demo", datetime(2026, 3, 11, 11, tzinfo=UTC), "pam", "Pam", days_supply=most)
    tray = Tray(policy=replace(POLICY, requires=(programme,)))
    tray.open()
    tray.do(tray.sign("order verified"), PAM)
    assert tray.p is not None
    now = replace(tray.now(AMY), clearances=(said,))
    refused = not_cleared(tray.p, now)
    assert (refused.code if refused else "") == code
