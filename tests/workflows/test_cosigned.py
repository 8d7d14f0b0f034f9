"""A second person's signature stands whole in the event: who, licence, meaning, both components, when, over what (Q18, Q23)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.cast import ANN, BO, LEE, PAM, cosigned
from tests.workflows.answers import done, refused, would
from tests.workflows.example import CABINET, Bench, scan, vial
from workflows import commands as asked
from workflows import events as happened
from workflows.evidence import Confirmation
from workflows.upcasting import upcast

TYPED = asked.Submit("vial:1", scan(vial("A"), "typed", "aa"))


@pytest.fixture
def staging() -> Bench:
    bench = Bench()
    bench.until_claimed()
    bench.do(scan(CABINET))
    for item in bench.policy.ppe:
        bench.do(Confirmation(item))
    return bench


def head(bench: Bench) -> str:
    assert bench.p is not None
    return bench.p.digest


def test_q18_a_witness_is_kept_whole_with_what_they_witnessed(staging: Bench) -> None:
    signed = cosigned(BO, head(staging), staging.at, "witnessed a typed code")
    event = done(would(staging, TYPED, ANN, BO, cosigned=signed))
    assert isinstance(event, happened.Accepted)
    assert event.cosigned == signed


def test_q18_so_is_whoever_looked_at_what_was_wrong(staging: Bench) -> None:
    signed = cosigned(PAM, head(staging), staging.at, "witnessed a typed code")
    wrong = asked.Submit("vial:1", scan(replace(vial("A"), drug="another"), "typed", "aa"))
    (event,) = would(staging, wrong, ANN, PAM, cosigned=signed)
    assert isinstance(event, happened.Rejected)
    assert event.cosigned == signed
    assert event.cosigned.licence == "RPH-1001"


@pytest.mark.parametrize(
    ("command", "who", "second"),
    [(asked.HandOver(), ANN, BO), (asked.TakeOver(), BO, LEE), (asked.TakeOver(), BO, PAM)],
)
def test_q23_handing_and_taking_over_keep_it_too(staging: Bench, command: Any, who: Any, second: Any) -> None:
    signed = cosigned(second, head(staging), staging.at, "takes the preparation over")
    event = done(would(staging, command, who, second, cosigned=signed))
    assert isinstance(event, happened.HandedOver)
    assert event.cosigned == signed


def test_where_nobody_else_signs_there_is_none(staging: Bench) -> None:
    event = done(would(staging, asked.Submit("vial:1", scan(vial("A")))))
    assert isinstance(event, happened.Accepted)
    assert event.cosigned is None


def test_q19_another_s_signature_or_one_over_an_older_page_joins_nothing(staging: Bench) -> None:
    good = cosigned(BO, head(staging), staging.at)
    for signed, second in (
        (cosigned(LEE, head(staging), staging.at), BO),
        (replace(good, name="Bo Somebody"), BO),
        (replace(good, licence="RPH-1001"), BO),
        (replace(good, over="0" * 64), BO),
        (good, None),
    ):
        assert refused(would(staging, TYPED, ANN, second, cosigned=signed)) == "NOT_COSIGNED"


def test_q11_events_of_before_are_read_as_without() -> None:
    assert upcast("rejected", 1, {"slot": "vial:1"}) == {"slot": "vial:1", "cosigned": None}
    assert upcast("handed_over", 1, {"to": "bo"}) == {"to": "bo", "emergency": "", "cosigned": None}
    assert upcast("accepted", 2, {"slot": "vial:1"}) == {"slot": "vial:1", "cosigned": None}
