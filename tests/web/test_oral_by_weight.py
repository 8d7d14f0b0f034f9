"""The count by weight of 5.2 at the tablet and the desk: how many are laid in, and what they tell (R54)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D

import pytest

from app.demo.recipes import CAPECITABINE
from tests import pharmacy as fixtures
from tests.people.cast import PAM
from tests.web.at_station import Hood
from tests.web.conftest import Pharmacy
from tests.web.desk import at_desk
from tests.web.hands import Hands, Shelf
from tests.web.test_oral import Counting, Tablet, opened
from tests.web.test_oral_site import (
    approved,
    counts_at,
    label_code,
    labelled,
    ordered,
    post_at,
    scan,
    shoot,
    stock_code,
    tray_code,
)  # fmt: skip
from tests.web.test_record_page import pdf_text
from tests.workflows.example import weigh
from workflows import commands as asked
from workflows.evidence import Count


def counted(pharmacy: Pharmacy, spread: str) -> Counting:
    """112 capecitabine tablets that vary by so much, counted twice, in the tray."""
    made = opened(pharmacy, replace(CAPECITABINE, unit_spread=D(spread)))
    made.until_stocked()
    for evidence in (Count(112, "by fives"), Count(112, "by fives"), made.shoot("tray")):
        made.do(evidence)
    return made


def test_r54_the_tablet_asks_for_thirty_where_ten_cannot_tell_and_the_desk_shows_what_all_told(
    pharmacy: Pharmacy,
) -> None:
    made = counted(pharmacy, "0.005")
    made.do(weigh("21.30", made.at))
    glass = Tablet(pharmacy, made)
    assert "Lay 10 in the bottle." in glass.page
    made.do(weigh("27.70", made.at))
    page = glass.page
    assert "Lay in more, 30 in all." in page
    assert '<p class="prompt">10 leave open ± 0.43 of one in all; a quarter of one is needed.</p>' in page
    made.do(weigh("40.50", made.at))
    page = glass.page
    assert [words in page for words in ("71.36 g", "71.68 g", "72 g")] == [True] * 3
    answer = made.ask(asked.Submit("", weigh("92.34", made.at)))
    assert answer.kind == "rejected"
    assert "Count and weigh all again" in answer.says
    for evidence in (Count(112, "by fives"), Count(112, "by fives"), made.shoot("tray again")):
        made.do(evidence)
    for grams in ("21.30", "27.70", "40.50", "92.99"):
        made.do(weigh(grams, made.at))
    review = " ".join(at_desk(pharmacy).get(f"/review/{made.id}").text.split())
    for words in (
        "by weight, not accepted", "92.99 g − 21.30 g = 71.69 g = 112.02 units",
        "40.50 g − 21.30 g = 19.2 g; ÷ 30 = 0.64 g each",
    ):  # fmt: skip
        assert words in review, words


def test_r54_where_no_weight_can_tell_the_tablet_says_that_the_two_counts_are_the_proof(pharmacy: Pharmacy) -> None:
    made = counted(pharmacy, "0.05")
    for grams in ("21.30", "27.70"):
        made.do(weigh(grams, made.at))
    assert "The two counts are the proof." in Tablet(pharmacy, made).page
    assert "not told" in at_desk(pharmacy).get(f"/review/{made.id}").text


def test_r60_nothing_is_weighed_on_a_downtime_sheet(pharmacy: Pharmacy) -> None:
    made = opened(pharmacy, replace(CAPECITABINE, unit_spread=D("0.005")))
    made.do(made.sign("order verified"), PAM)
    words = " ".join(pdf_text(at_desk(pharmacy).get(f"/record/{made.id}/downtime-sheet").data).split())
    assert "The two counts are the proof." in words
    assert "Weigh the empty bottle" not in words


@pytest.mark.soak
def test_r54_example_5_2_is_weighed_on_the_station_s_balance(hood: Hood) -> None:
    counts_at(hood, unit_spread="0.005")
    ordered(hood)
    ann = hood.client()
    post_at(ann, hood, "worklist/scan", raw=fixtures.own("P", hood.preparation))
    labelled(hood, "in_process")
    scan(hood, ann, tray_code(hood))
    for _ in hood.p().policy.ppe:
        hood.post(ann, "do", word="NEXT")
    scan(hood, ann, stock_code())
    shoot(hood, ann, "photo-staged")
    for slot in ("count-1", "count-2"):
        hood.post(ann, "count", slot=slot, number="112")
    shoot(hood, ann, "photo-tray")
    hands = Hands(
        hood,
        Shelf(
            {}, {"bottle-empty": "21.30", "bottle-some:10": "27.70", "bottle-some:30": "40.50", "bottle-all": "92.98"}
        ),
    )
    for slot in hands.shelf.grams:
        hands.give(slot)
    labelled(hood, "final")
    scan(hood, ann, label_code(hood))
    shoot(hood, ann, "photo-final", label_code(hood)[3:])
    hood.post(ann, "do", word="NEXT")
    approved(hood)
    printed = hood.p().in_process
    assert printed is not None
    scan(hood, ann, fixtures.own("I", printed.label_id, printed.copy))
    assert (hood.p().outcome, hood.p().closed) == ("released", True)
