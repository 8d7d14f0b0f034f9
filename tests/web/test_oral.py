"""Worked example 5.2 from its HL7 message to its record: 112 tablets of capecitabine, counted at the tablet over HTTP."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import insert, select

from app import clock, labelling
from app.catalogue import billing, identify, load
from app.catalogue.tables import unit
from app.demo.recipes import CAPECITABINE
from app.export.wanted import Wanted
from app.people import competencies
from app.record import codec, ordertext
from app.record.tables import stock_taken
from app.stations import register, scans
from app.stations.tables import counting_tray
from labels import OralBottleLabel, codes, try_out
from tests.cast import CURRENT
from tests.export.asking import bytes_of
from tests.people.cast import ANN, PAM, Member
from tests.web.bench import PRINTER, Making, Seeded
from tests.web.conftest import Pharmacy, Running, sign_in_station, token_of
from tests.web.desk import approve, at_desk
from tests.web.test_downtime import enter
from tests.web.test_record_page import pdf_text
from tests.workflows.example import scan
from workflows import commands as asked
from workflows.circumstances import Actor
from workflows.evidence import Confirmation, Count, LabelCode
from workflows.order import PatientText
from workflows.recipe import DEFAULT_POLICY, CountRecipe
from workflows.rules.counting import CLEANED

NINTH = 8
"""Among the demo's orders: capecitabine 2,000 mg twice daily for 14 days."""
GTIN, BOTTLE = "00300937474890", "CAPE0015"
BOTTLE_CODE = codes.make("U", BOTTLE)
SIGNED = ("Pam Pharmacist", "Quin Pharmacist")


@dataclass
class Counting(Making):
    def who(self, member: Member | Actor) -> Actor:
        found = super().who(member)
        return (
            found if isinstance(member, Actor) else replace(found, competencies=(*CURRENT, ("HD-ORAL", CURRENT[0][1])))
        )

    def bottle(self) -> Any:
        with self.house.store.reading() as conn:
            return identify.by_unit(conn, BOTTLE)

    def until_garbed(self) -> Counting:
        self.until_claimed()
        with self.house.store.reading() as conn:
            tray = register.tray(conn, self.station, f"TRAY-{self.station[-1]}")
        self.do(scan(tray))
        for item in self.p.policy.ppe:
            self.do(Confirmation(item))
        return self

    def another(self, placer: str, station: str) -> Counting:
        """The same order once more, under another number and at another station."""
        raw = self.seeded.message(NINTH, DEMO1009=placer, DEMO000009=f"M-{placer}")
        return Counting(self.seeded, self.seeded.receive(raw), self.at, station=station)

    def left(self) -> dict[str, int]:
        """How many each preparation has out of its bottle, by the record."""
        with self.house.store.reading() as conn:
            return {row.preparation: row.number for row in conn.execute(select(stock_taken))}

    def until_stocked(self) -> Counting:
        self.until_garbed()
        self.do(scan(self.bottle()))
        self.do(self.shoot("stock"))
        return self

    def until_check(self, **_: Any) -> Counting:
        self.until_stocked()
        self.do(Count(112, "by fives"))
        self.do(Count(112, "by fives"))
        self.do(self.shoot("tray"))
        self.do(self.label("final"), PRINTER)
        self.do(scan(LabelCode("final", self.id, 1, self.id, False)))
        self.do(self.shoot("final"))
        self.do(Confirmation(CLEANED))
        return self


@pytest.fixture
def ordered(pharmacy: Pharmacy) -> Counting:
    return opened(pharmacy, CAPECITABINE)


def opened(pharmacy: Pharmacy, recipe: CountRecipe) -> Counting:
    """The demo's ninth order, opened; its bottle and its tray are there, and Ann may count."""
    policy = replace(DEFAULT_POLICY, signed_by=SIGNED, zone="America/Chicago")
    seeded = Seeded(pharmacy.house, recipe=replace(recipe, signed_by=SIGNED), policy=policy)  # type: ignore[arg-type]  # of the other kind

    def rows(conn: Any) -> None:
        with (load.SEED / "formulary.csv").open(encoding="utf-8") as file:
            load.load_formulary(conn, file, confirmed_by="Pam")
        with (load.SEED / "formulary.csv").open(encoding="utf-8") as file:
            billing.load_codes(conn, file, confirmed_by="Pam")
        expiry = (seeded.started + timedelta(days=700)).date().isoformat()
        row = {"label": BOTTLE, "gtin14": GTIN, "lot": "CT4471", "expiry": expiry}
        conn.execute(insert(unit), {**row, "received_at": seeded.started, "received_by": "setup"})
        for number in (1, 2):
            told = {"label": f"TRAY000{number}", "station": f"HOOD-{number}", "at": seeded.started, "who": "setup"}
            register.register_tray(conn, f"TRAY-{number}", **told)

    pharmacy.house.store.write(rows)
    codes = {code: seeded.started + timedelta(days=300) for code in ("HD-ORAL",)}
    pharmacy.house.door.write(
        lambda act: competencies.certify(act, ANN.id, codes, assessor="setup"), by="setup", at=seeded.started
    )
    return Counting(seeded, seeded.receive(seeded.message(NINTH)), clock.now() - timedelta(minutes=8))


class Tablet:
    """Ann's glass, over HTTP."""

    def __init__(self, pharmacy: Pharmacy, made: Counting) -> None:
        self.client, self.made = pharmacy.client(), made
        sign_in_station(self.client, ANN)
        self.base = f"/terminal/HOOD-1/p/{made.id}"

    @property
    def page(self) -> str:
        return self.client.get(self.base).text

    def enters(self, number: str) -> tuple[int, dict[str, Any]]:
        page = self.page
        shown = json.loads(re.search(r'<div id="screen" hidden>(.*?)</div>', page, re.DOTALL)[1])  # type: ignore[index]  # it is there
        form = {
            "csrf_token": token_of(self.client.get(self.base)), "command_id": shown["command_id"],
            "expected_version": shown["version"], "slot": shown["slot"], "number": number,
        }  # fmt: skip
        answer = self.client.post(f"{self.base}/count", data=form, headers={"Accept": "application/json"})
        return answer.status_code, answer.get_json()


def test_r54_its_order_is_opened_by_the_workflow_that_counts(pharmacy: Pharmacy, ordered: Counting) -> None:
    assert ordered.p.workflow == "oral-count"
    assert ordered.p.counts is not None
    assert (ordered.p.counts.count, ordered.p.counts.total_mg, ordered.p.counts.bottles) == (112, D(56_000), 1)
    desk = at_desk(pharmacy)
    listed = desk.get("/orders").text
    assert "capecitabine" in listed
    (address,) = set(re.findall(r'href="(/orders/[^"#?]+)"', listed))
    page = desk.get(address).text
    assert "2,000 mg ÷ 500 mg = 4" in page
    assert "4 at a time × 28 doses = 112" in page


def test_r54_a_count_of_111_after_112_forces_a_recount_over_http_and_both_values_stay(
    pharmacy: Pharmacy, ordered: Counting
) -> None:
    ordered.until_stocked()
    ann = Tablet(pharmacy, ordered)
    assert "Count out 112 by hand" in ann.page
    assert ann.enters("112")[0] == 200
    second = ann.page
    assert "Count the tray once more" in second
    assert "112" not in re.sub(r"<svg.*?</svg>", "", second, flags=re.DOTALL), (
        "the first count is not shown to the second"
    )
    status, said = ann.enters("111")
    assert (status, said["verdict"]["kind"]) == (200, "wrong")
    assert "The two counts differ" in said["verdict"]["says"]
    assert said["screen"]["slot"] == "count-1"
    for number in ("112", "112"):
        assert ann.enters(number)[1]["verdict"]["kind"] == "right"
    record = at_desk(pharmacy).get(f"/record/{ordered.id}").text
    assert "112 counted by fives" in record
    assert "111 counted by fives" in record


def test_what_is_no_number_is_refused_and_nothing_is_kept(pharmacy: Pharmacy, ordered: Counting) -> None:
    ordered.until_stocked()
    before, ann = ordered.p.version, Tablet(pharmacy, ordered)
    assert [ann.enters(number)[0] for number in ("", "11x", "12345", "-1", "１１２")] == [422] * 5
    assert ordered.p.version == before


def test_r54_the_count_is_typed_with_keys_that_are_all_on_the_glass(
    live_server: Running, pharmacy: Pharmacy, ordered: Counting, page: Page
) -> None:
    ordered.until_stocked()
    client, where = pharmacy.client(), f"{live_server.url}/terminal/HOOD-1/p/{ordered.id}"
    sign_in_station(client, ANN)
    for one in client._cookies.values():
        page.context.add_cookies([{"name": one.key, "value": one.value, "url": live_server.url}])
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(where)
    glass = page.locator(".evidence > .count").bounding_box()
    assert glass is not None
    boxes = [one.bounding_box() for one in page.locator(".count .pad .press").all()]
    assert len(boxes) == 12
    for box in boxes:
        assert box is not None
        assert box["y"] + box["height"] < glass["y"] + glass["height"], "a key is cut off"
        assert min(box["width"], box["height"]) >= 76, "a key is too small for a gloved finger"
    for digit in "112":
        page.locator(f'[data-digit="{digit}"]').click()
    expect(page.locator("#counted")).to_have_text("112")
    page.context.set_offline(True)
    page.locator("[data-counted]").click()
    expect(page.locator('#verdict[data-verdict="waiting"]')).to_contain_text("Kept here")
    assert ordered.p.evidence("count-1") is None
    page.context.set_offline(False)
    expect(page.locator("body[data-slot=count-2]")).to_be_attached()


def test_r54_r58_it_is_approved_released_and_its_stock_and_billing_lines_follow(
    pharmacy: Pharmacy, ordered: Counting
) -> None:
    ordered.until_check()
    desk = at_desk(pharmacy)
    page = desk.get(f"/review/{ordered.id}").text
    for words in ("count 1", "count 2", "112 × 500 mg; 28 × 2,000 mg", CLEANED, "Counted in the tray"):
        assert words in page
    assert approve(desk, ordered).status_code in (200, 302, 303)
    ordered.release()
    assert (ordered.p.outcome, ordered.p.closed) == ("released", True)
    with pharmacy.house.store.reading() as conn:
        assert [tuple(row) for row in conn.execute(select(stock_taken))] == [(f"U/{BOTTLE}", ordered.id, 112)]
        assert ordered.bottle().left == 8
        (line,) = billing.billed(conn, ordered.p)  # type: ignore[misc]  # lines
        tray = conn.execute(select(counting_tray).where(counting_tray.c.code == "TRAY-1")).one()
    assert (line.code, line.units, line.mg, line.modifier) == ("J8522", 1120, D(56_000), "")
    assert (tray.last_drug, tray.decontaminated) == ("capecitabine", 1)


def test_r54_two_stations_that_read_one_bottle_at_the_same_moment_do_not_both_count_from_it(
    pharmacy: Pharmacy, ordered: Counting
) -> None:
    other = ordered.another("DEMO2009", "HOOD-2")
    ordered.until_garbed()
    other.until_garbed()
    read_by_both = scan(ordered.bottle())
    assert read_by_both.found.left == 120
    ordered.do(read_by_both)
    answer = other.ask(asked.Submit("", read_by_both))
    assert (answer.kind, answer.code) == ("rejected", "NOT_ENOUGH")
    assert "8 are left" in answer.says
    assert ordered.left() == {ordered.id: 112}


def test_r54_what_is_taken_back_before_anything_was_counted_is_there_for_the_next(
    pharmacy: Pharmacy, ordered: Counting
) -> None:
    ordered.until_garbed()
    ordered.do(scan(ordered.bottle()))
    assert ordered.ask(asked.Back("another")).kind == "accepted"
    with pharmacy.house.store.reading() as conn:
        tray = conn.execute(select(counting_tray).where(counting_tray.c.code == "TRAY-1")).one()
    assert (ordered.left(), tray.last_drug, tray.decontaminated) == ({}, "capecitabine", 0)
    ordered.do(scan(ordered.bottle()))
    assert ordered.ask(asked.Abort("other", "knocked over")).kind == "accepted"
    assert ordered.left() == {ordered.id: 112}, "what may lie in the tray is not in the bottle any more"


def test_r16_one_bottle_has_one_name_however_it_is_read(pharmacy: Pharmacy, ordered: Counting) -> None:
    today = ordered.at.date()

    def read(code: str) -> Any:
        with pharmacy.house.store.reading() as conn:
            return scans.read(conn, code, "serial", as_of=today, live=lambda *_: None).scan.found

    def code(lot: str, serial: str) -> str:
        return f"]d201{GTIN}17{today.year % 100 + 2}0630" + f"10{lot}\x1d21{serial}"

    upper, lower = read(code("AB12", "S7X")), read(code("ab12", "s7x"))
    assert upper.unit == lower.unit == f"{GTIN}/AB12/S7X"
    labelled = read(code("ct4471", "S7X"))
    assert labelled.unit == "", (
        "to its like receiving gave unit labels: under both names it would be counted from twice"
    )


def test_r54_r60_what_was_counted_on_paper_is_taken_out_of_its_bottle(pharmacy: Pharmacy, ordered: Counting) -> None:
    ordered.do(ordered.sign("order verified"), PAM)
    sheet = {"what": "capecitabine 500 mg", "lot": "CT4471", "dose_mg": "2000", "beyond_use": "2026-12-20 14:30"}
    page = at_desk(pharmacy).get(f"/record/{ordered.id}/paper").text
    assert "code of the stock bottle" in page
    for stock in (
        {},
        {"bottle": "CAPE0015"},
        {"bottle": "ELSE0015", "taken": "112"},
        {"bottle": BOTTLE_CODE, "taken": "-1"},
    ):
        assert enter(pharmacy, ordered, **sheet, **stock).status_code == 422
        assert ordered.left() == {}
    two_rows = {name: [sheet[name]] * 2 for name in ("what", "lot")}
    stock = {"bottle": [BOTTLE_CODE, BOTTLE_CODE], "taken": ["60", "52"]}
    assert enter(pharmacy, ordered, **(sheet | two_rows), **stock).status_code == 303
    assert ordered.p.outcome == "downtime"
    assert (ordered.left(), ordered.bottle().left) == ({ordered.id: 112}, 8)


def test_r54_the_eight_that_are_left_are_not_enough_for_the_next(pharmacy: Pharmacy, ordered: Counting) -> None:
    ordered.until_check()
    again = ordered.another("DEMO2009", "HOOD-1")
    approve(at_desk(pharmacy), ordered)
    ordered.release()
    again.at = ordered.at
    again.until_garbed()
    answer = again.ask(asked.Submit("", scan(again.bottle())))
    assert answer.kind == "rejected", answer.says
    assert [miss.codes for miss in again.p.near_misses] == [("NOT_ENOUGH",)]


def test_record_paper_tables_and_fhir_say_what_was_counted(pharmacy: Pharmacy, ordered: Counting) -> None:
    ordered.until_check()
    desk = at_desk(pharmacy)
    page, paper = desk.get(f"/record/{ordered.id}").text, pdf_text(desk.get(f"/record/{ordered.id}/pdf").data)
    for text in (page, paper):
        words = " ".join(text.split())
        assert "112 tablets of 500 mg" in words
        assert "density" not in words
    assert "112 of 500 mg" in " ".join(paper.split())
    assert "1 bottle, 112 tablets, counted twice by hand" in " ".join(paper.split())
    resources = [json.loads(line) for line in bytes_of(pharmacy, Wanted("fhir", patients="named")).splitlines()]
    dispense = next(one for one in resources if one["resourceType"] == "MedicationDispense")
    assert dispense["quantity"]["value"] == 112
    assert dispense["contained"][0]["code"]["text"] == "capecitabine 112 tablets of 500 mg"
    assert dispense["contained"][1]["batch"]["lotNumber"] == "CT4471"
    rows = bytes_of(pharmacy, Wanted("csv", patients="named"))
    assert b"56000" in rows


def test_r50_r54_its_label_says_how_it_is_taken(pharmacy: Pharmacy, ordered: Counting) -> None:
    ordered.until_check()
    p = ordered.p
    with pharmacy.house.store.reading() as conn:
        text = ordertext.get(conn, p.patient, p.patient_digest)
    assert isinstance(text, ordertext.OrderText)
    patient = codec.decode(PatientText, text.fields)
    label = labelling.final(p, patient, pharmacy.house.settings, label_id="ABCD2345", copy=1, by="Ann T.")
    assert isinstance(label, OralBottleLabel)
    assert (label.count, label.each_time, label.times_a_day, label.days_supply) == (112, 4, 2, 14)
    assert label.directions.startswith("4 tablets morning and evening. Take within 30 minutes after food")
    assert (label.lot, label.strength, label.dose) == ("CT4471", D(500), D(2000))
    try_out(label, labelling.usual_stock(label, pharmacy.house.settings))


def test_r60_its_downtime_sheet_counts_and_weighs_nothing(pharmacy: Pharmacy, ordered: Counting) -> None:
    ordered.do(ordered.sign("order verified"), PAM)
    sheet = pdf_text(at_desk(pharmacy).get(f"/record/{ordered.id}/downtime-sheet").data)
    words = " ".join(sheet.split())
    assert "112 film-coated tablets of 500 mg, twice, by hand" in words
    assert "mg/mL" not in words
