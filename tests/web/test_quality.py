"""A site's quality in figures, and the preparations behind each (SCREENS 12)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.clock import now
from app.desk.happenings import Happening, Span, _first_at, happenings, within
from app.desk.quality import Figures, figures
from app.record.columns import moment
from app.record.tables import event, preparation
from tests.people.cast import ANN, BO, UNA
from tests.web.bench import Making, Seeded
from tests.web.conftest import Pharmacy
from tests.web.desk import at_desk
from tests.workflows.example import weigh
from workflows import commands as asked

JSON = {"Accept": "application/json"}


@pytest.fixture
def closed(pharmacy: Pharmacy) -> Making:
    """A bag from order to closing, twenty seconds an act, with one wrong vial."""
    return Seeded(pharmacy.house).begin().until_closed(near_miss=True)


def around(pharmacy: Pharmacy, **narrowed: str) -> Span:
    """Yesterday to tomorrow at the site: what was made just now is within, whatever the clock."""
    settings = pharmacy.house.settings
    today, day = now().astimezone(settings.zone).date(), timedelta(days=1)
    return Span(settings.site, today - day, today + day, settings.zone, **narrowed)


def found(pharmacy: Pharmacy, span: Span) -> tuple[list[Happening], Figures]:
    with pharmacy.house.store.reading() as conn:
        return list(happenings(conn, span)), figures(conn, span)


def test_a_wrong_vial_is_one_near_miss_with_its_drug_station_and_record(pharmacy: Pharmacy, closed: Making) -> None:
    page = at_desk(pharmacy).get("/quality", headers=JSON).json
    near = next(one for one in page["figures"]["groups"] if one["name"] == "near miss")
    assert (near["times"], near["preparations"], near["per_hundred"]) == (1, 1, "100.0")
    assert [one["what"] for one in near["kinds"]] == ["wrong strength"]
    assert [(one["what"], one["times"]) for one in page["figures"]["drugs"]] == [("cyclophosphamide", 1)]
    assert [(one["what"], one["times"]) for one in page["figures"]["stations"]] == [("HOOD-1", 1)]
    assert sum(bar["misses"] for bar in page["figures"]["bars"]) == 1
    assert sum(bar["outside"] for bar in page["figures"]["bars"]) == 0
    (case,) = at_desk(pharmacy).get("/quality/cases?group=near+miss&kind=wrong+strength", headers=JSON).json["cases"]
    assert case["preparation"] == closed.id
    assert "0781-3529-10" in case["says"]
    assert f"/record/{closed.id}" in at_desk(pharmacy).get("/quality/cases?group=near+miss").text
    assert at_desk(pharmacy).get("/quality/cases?group=near+miss&kind=expired", headers=JSON).json["cases"] == []


def test_each_phase_takes_as_long_as_its_acts_did(pharmacy: Pharmacy, closed: Making) -> None:
    _, known = found(pharmacy, around(pharmacy))
    assert (known.begun, known.released) == (1, 1)
    assert [(one.words, one.middle, one.slow) for one in known.phases] == [
        ("waiting to be begun", "under 1 min", ""),
        ("being made", "12 min", ""),
        ("waiting for the final check", "1 min", ""),
        ("approved, until the dose leaves", "under 1 min", ""),
        ("from the order to the released dose", "13 min", ""),
    ]


def test_the_days_show_how_many_codes_were_typed_and_how_long_a_dose_took(pharmacy: Pharmacy, closed: Making) -> None:
    _, known = found(pharmacy, around(pharmacy))
    assert [one.turnaround for one in known.bars if one.turnaround] == [13]
    assert {one.typed for one in known.bars} == {0.0}
    page = at_desk(pharmacy).get("/quality").text
    for words in ("Codes typed in, not scanned, day by day", "Minutes from the order to the released dose, day by day"):
        assert words in page


def cases_of(pharmacy: Pharmacy, **query: str) -> list[dict[str, str]]:
    answer = at_desk(pharmacy).get("/quality/cases", query_string=query, headers=JSON).json
    return [{name: one[name] for name in ("preparation", "kind", "says")} for one in answer["cases"]]


def test_what_was_thrown_away_is_counted_by_drug_with_its_cost_and_leads_to_its_preparations(
    pharmacy: Pharmacy, closed: Making
) -> None:
    span = around(pharmacy)
    with pharmacy.house.store.reading() as conn:
        (priced,) = figures(conn, span, {"cyclophosphamide": Decimal("0.25")}).wasted
        (free,) = figures(conn, span, {"paclitaxel": Decimal("0.25")}).wasted
    assert (priced.drug, priced.preparations, priced.vials, priced.mg, priced.bar) == (
        "cyclophosphamide", 1, 0, Decimal("30"), 100,
    )  # fmt: skip
    assert (priced.cost, free.cost) == (Decimal("7.50"), None)
    (case,) = cases_of(pharmacy, group="wasted")
    assert (case["preparation"], case["kind"]) == (closed.id, "thrown away")


def test_weights_outside_work_and_phases_are_figures_that_lead_to_their_preparations(pharmacy: Pharmacy) -> None:
    making = Seeded(pharmacy.house).begin()
    making.until_closed()
    _, known = found(pharmacy, around(pharmacy))
    assert (known.outside, known.weighings > 0) == ("0.0", True)
    assert [(one.what, one.times, one.preparations) for one in known.work] == [("HOOD-1", 1, 1)]
    assert [one["preparation"] for one in cases_of(pharmacy, group="work", station="HOOD-1")] == [making.id]
    assert cases_of(pharmacy, group="work", station="HOOD-2") == []
    (slow,) = cases_of(pharmacy, group="phase", kind="being made")
    assert (slow["preparation"], slow["says"]) == (making.id, "took 11 min")
    assert cases_of(pharmacy, group="phase", kind="no such phase") == []
    page = at_desk(pharmacy).get("/quality").text
    assert "Ann T." not in page, "no figure is of a person"


def test_a_weight_outside_its_tolerance_is_a_share_of_all_weights_and_leads_to_its_preparation(
    pharmacy: Pharmacy,
) -> None:
    making = Seeded(pharmacy.house).begin().until_staged()
    making.do(weigh("30.11", making.at))
    assert making.ask(asked.Submit("", weigh("60.17", making.at))).kind == "rejected"
    _, known = found(pharmacy, around(pharmacy))
    assert (known.weighings, known.outside, sum(bar.outside for bar in known.bars)) == (2, "50.0", 1)
    (case,) = cases_of(pharmacy, group="outside")
    assert (case["preparation"], case["kind"]) == (making.id, "too much")


def test_every_other_thing_is_counted_where_it_belongs(pharmacy: Pharmacy) -> None:
    making = Seeded(pharmacy.house).begin()
    making.until_staged(typed=True, witness=BO)
    making.ask(asked.Back("the label was smeared"))
    making.ask(asked.Pause("equipment", "the lamp flickers"))
    making.ask(asked.Resume())
    label = replace(making.label("in_process"), copy=2)
    making.ask(asked.RecordLabel(label, "damaged"))
    making.ask(asked.Pause("spill"))
    making.ask(asked.Abort("spill", "on the sleeve"))
    lines, known = found(pharmacy, around(pharmacy))
    assert {(one.group, one.kind) for one in lines} >= {
        ("typed", "typed"),
        ("undone", "taken back"),
        ("stop", "equipment"),
        ("stop", "spill"),
    }
    assert (known.begun, known.released, known.phases[0].words) == (1, 0, "waiting to be begun")
    assert (known.scans, known.typed, max(one.typed for one in known.bars)) == (10, "10.0", 10.0)


def test_a_span_holds_what_happened_from_midnight_to_midnight_and_nothing_else(
    pharmacy: Pharmacy, closed: Making
) -> None:
    middle = around(pharmacy).first + timedelta(days=1)
    with pharmacy.house.store.reading() as conn:
        site = pharmacy.house.settings.site
        rows = conn.execute(select(event.c.site_seq, event.c.at).where(event.c.preparation == closed.id)).all()
        for days in range(-3, 4):
            span = replace(around(pharmacy), first=middle + timedelta(days=days), last=middle + timedelta(days=days))
            wanted = {number for number, at in rows if span.begins <= moment(at) < span.ends}
            query = select(event.c.site_seq).where(preparation.c.id == event.c.preparation, *within(conn, span))
            assert set(conn.execute(query).scalars()) == wanted, span
        late = [(number, moment(at)) for number, at in rows][len(rows) // 2 :]
        for _, at in late:
            assert _first_at(conn, site, at) == next(one for one, there in late if there >= at)
        assert _first_at(conn, site, late[-1][1] + timedelta(seconds=1)) == late[-1][0] + 1


@pytest.mark.parametrize("narrowed", [{"drug": "paclitaxel"}, {"station": "HOOD-2"}])
def test_a_span_of_another_drug_station_or_time_holds_nothing(
    pharmacy: Pharmacy, closed: Making, narrowed: dict[str, str]
) -> None:
    lines, known = found(pharmacy, around(pharmacy, **narrowed))
    assert (lines, known.begun, known.scans, known.typed) == ([], 0, 0, "–")
    long_ago = date(2024, 1, 1)
    lines, known = found(pharmacy, replace(around(pharmacy), first=long_ago, last=long_ago))
    assert (lines, known.begun, len(known.bars)) == ([], 0, 1)


@pytest.mark.parametrize(
    "query",
    ["first=yesterday", "first=2026-11-24&last=2026-11-23", "first=2020-01-01&last=2026-01-01", "last=0001-01-01"],
)
def test_a_span_that_is_none_is_said_and_the_usual_one_shown(pharmacy: Pharmacy, query: str) -> None:
    page = at_desk(pharmacy).get(f"/quality?{query}")
    assert page.status_code == 200
    assert "Shown are the last 30" in page.text


def test_quality_reads_it_and_a_technician_does_not(pharmacy: Pharmacy) -> None:
    assert at_desk(pharmacy, UNA).get("/quality").status_code == 200
    assert at_desk(pharmacy, ANN).get("/quality").status_code == 403
    assert at_desk(pharmacy, ANN).get("/quality/cases").status_code == 403
