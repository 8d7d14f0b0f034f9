"""A syringe by volume, from the pharmacist's word on the order's page to its review, record and exports (R13)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal as D

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Connection, select, update

from app import clock
from app.catalogue.billing import dose_of
from app.demo.recipes import DOXORUBICIN
from app.desk.orders import link_of
from app.export.wanted import Wanted
from app.interfaces.tables import ordered
from app.stations import register
from app.stations.tables import balance
from tests.export.asking import bytes_of, csv_rows, resources
from tests.people.cast import ANN, BO, PAM
from tests.web.at_station import token_in
from tests.web.bench import PRINTER, Making, Seeded
from tests.web.conftest import Pharmacy, sign_in_station
from tests.web.desk import approve, at_desk, form_of
from tests.web.test_record_page import pdf_text
from tests.web.test_syringe import SEVENTH, VIAL
from tests.workflows.example import CABINET, POLICY, device, scan
from workflows import commands as asked
from workflows.by_volume import WHYS
from workflows.evidence import Confirmation, LabelCode, VolumeRead

REASON = "the balance is being repaired"
SITE = replace(POLICY, by_volume=WHYS, competencies=("HD-STERILE", "GRAV"))


@pytest.fixture
def weighed(pharmacy: Pharmacy) -> Making:
    """The demo's seventh order at a site that lets things be made by volume: opened by weight, as every order is."""
    recipe = replace(DOXORUBICIN, signed_by=("Pam Pharmacist", "Quin Pharmacist"))
    seeded = Seeded(pharmacy.house, recipe=recipe, policy=SITE)
    return Making(seeded, seeded.receive(seeded.message(SEVENTH)), seeded.started)


def page_of(made: Making) -> str:
    with made.house.store.reading() as conn:
        key = conn.execute(select(ordered.c.key).where(ordered.c.preparation == made.id)).scalar_one()
    return f"/orders/{link_of(key)}"


def by_volume(pharmacy: Pharmacy, weighed: Making) -> tuple[FlaskClient, str, Making]:
    """Pam has it made by volume: her desk, the order's page, and the preparation that was opened."""
    desk, page = at_desk(pharmacy), page_of(weighed)
    form = form_of(desk.get(page).text, "/by-volume")
    answer = desk.post(f"{page}/by-volume", data={**form, "why": "balance away", "reason": REASON})
    assert answer.status_code == 303, answer.text
    with weighed.house.store.reading() as conn:
        opened = conn.execute(
            select(ordered.c.preparation).where(ordered.c.key.contains(weighed.p.order.key.placer))
        ).scalar_one()
    return desk, page, Making(weighed.seeded, opened, clock.now(), timedelta(seconds=1))


def scale(division: str, repeatability: str) -> Callable[[Connection], object]:
    """The station's balance, exchanged for one of this division and repeatability in g."""
    values = {"division_g": division, "repeatability_g": repeatability}
    return lambda conn: conn.execute(update(balance).values(**values))


def test_r13_a_draw_that_a_finer_balance_of_the_site_can_judge_is_weighed(pharmacy: Pharmacy) -> None:
    recipe = replace(DOXORUBICIN, signed_by=("Pam Pharmacist", "Quin Pharmacist"))
    seeded = Seeded(pharmacy.house, recipe=recipe, policy=SITE)
    small = Making(
        seeded, seeded.receive(seeded.message(SEVENTH, **{"|40|": "|3|", "|25|mg/m2": "|1.875|mg/m2"})), seeded.started
    )
    desk, page = at_desk(pharmacy), page_of(small)
    small.house.store.write(scale("0.001", "0.0005"))
    form = {**form_of(desk.get(page).text, "/by-volume"), "why": "draw too small to weigh", "reason": REASON}
    told = desk.post(f"{page}/by-volume", data=form)
    assert (told.status_code, small.p.outcome) == (422, ""), "nothing has changed"
    assert "BAL-1 can judge a draw of 1.5 mL: it weighs 0.28 g and more." in told.text
    small.house.store.write(scale("0.01", "0.0041"))
    assert desk.post(f"{page}/by-volume", data=form).status_code == 303


def claimed(made: Making) -> Making:
    made.do(made.sign("order verified, making by volume authorised"), PAM)
    assert made.ask(asked.Claim()).kind == "accepted"
    made.ask(asked.RecordLabel(made.label("in_process")), PRINTER)
    return made


def checked(made: Making) -> Making:
    """As far as the final check, without a page."""
    drawn(claimed(made), begun=True)
    made.do(VolumeRead(D("19.5")), second=BO)
    made.do(made.sign("pre-mix approved"), PAM)
    made.do(made.shoot("empty"))
    made.do(made.label("final"), PRINTER)
    made.do(scan(LabelCode("final", made.id, 1, made.id, False)))
    made.do(made.shoot("final"))
    return made


def drawn(made: Making, *, begun: bool = False) -> Making:
    if not begun:
        assert made.ask(asked.Claim()).kind == "accepted"
        made.ask(asked.RecordLabel(made.label("in_process")), PRINTER)
    made.do(scan(replace(CABINET, certified_until=made.at + timedelta(days=90), decontaminated=True)))
    for item in made.p.policy.ppe:
        made.do(Confirmation(item))
    made.do(scan(replace(VIAL, unit=f"A/{made.id}")))
    for number, part in enumerate(made.p.plan.devices):
        made.do(scan(device(part, f"{made.id}/{number}")))
    made.do(made.shoot("staged"))
    made.do(Confirmation("new 35 mL syringe, empty"))
    made.do(made.shoot("syringe 1"))
    return made


def signed(desk: FlaskClient, page: str) -> str:
    """Verify the order as its page asks for it; the words on the button."""
    shown = desk.get(page).text
    answer = desk.post(f"{page}/verify", data={**form_of(shown, "/verify"), "user": PAM.user, "password": PAM.password})
    assert answer.status_code == 303, answer.text
    (button,) = re.findall(r"<button class=\"act good\">Sign: ([^<]+)</button>", shown)
    return str(button)


def exported_by_volume(pharmacy: Pharmacy, weighed: Making, made: Making) -> None:
    """Table and FHIR say how the amounts came about, and why."""
    rows = {row["preparation"]: row for row in csv_rows(bytes_of(pharmacy, Wanted("csv", patients="named")))}
    assert [rows[one.id]["amounts_by"] for one in (weighed, made)] == ["weight", "volume"]
    assert rows[made.id]["by_volume_for"] == f"balance away: {REASON}"
    dispensed = [
        one for one in resources(bytes_of(pharmacy, Wanted("fhir", patients="named"))) if "whenPrepared" in one
    ]
    assert [one["note"] for one in dispensed] == [[{"text": f"made by volume, not weighed: balance away; {REASON}"}]]


def test_r13_nothing_is_by_volume_until_a_pharmacist_says_so_with_a_reason_that_the_site_knows(
    pharmacy: Pharmacy, weighed: Making
) -> None:
    desk, page = at_desk(pharmacy), page_of(weighed)
    assert weighed.p.plan.by_volume is None
    form = form_of(desk.get(page).text, "/by-volume")
    for said, words in (
        ({"why": "it is quicker", "reason": REASON}, "Choose why a balance cannot decide."),
        ({"why": "balance away", "reason": "broken"}, "a reason of at least 10 letters"),
        ({"why": WHYS[0], "reason": REASON}, "20 mL is not too small to be weighed"),
    ):
        answer = desk.post(f"{page}/by-volume", data={**form, **said})
        told = re.findall(r"class=\"trouble\"[^>]*>.*?<div>(.*?)</div>", answer.text, re.DOTALL)
        assert (answer.status_code, any(words in one for one in told)) == (422, True), (words, told)
        assert (weighed.p.outcome, page_of(weighed)) == ("", page), "nothing has changed"
    assert weighed.ask(asked.Claim()).kind == "refused", "the order by weight still waits for its signature"
    _, _, made = by_volume(pharmacy, weighed)
    assert (weighed.p.outcome, made.p.replaces, made.p.workflow) == ("aborted", weighed.id, "iv-syringe-by-volume")
    assert made.p.plan.by_volume is not None
    assert (made.p.plan.by_volume.why, made.p.plan.by_volume.reason) == ("balance away", REASON)
    assert "/by-volume" not in desk.get(page_of(made)).text, "it is made so already"


def test_r13_a_second_person_reads_it_blind_and_review_record_and_exports_say_by_volume(
    pharmacy: Pharmacy, weighed: Making
) -> None:
    desk, page, made = by_volume(pharmacy, weighed)
    assert signed(desk, page) == "order verified, making by volume authorised"
    drawn(made)
    client, path = pharmacy.client(), f"/terminal/HOOD-1/p/{made.id}"
    sign_in_station(client, ANN)
    screen = client.get(path, headers={"Accept": "application/json"}).get_json()["screen"]
    assert (screen["kind"], "BY VOLUME" in screen["marks"]) == ("volume", True)
    sheet = client.get(f"{path}/volume").text
    shown = re.sub(
        r"<(script|style|svg)\b.*?</\1>|<[^>]+>|\b\d\d:\d\d\b|\b\d{4}-\d\d-\d\d\b", " ", sheet, flags=re.DOTALL
    )
    assert ("35 mL" in shown, re.findall(r"\b(?:20|40)\b(?! *mg?/)", shown)) == (True, []), (
        "nobody is told dose or volume"
    )

    def types(volume: str, by: object = BO) -> tuple[int, str]:
        now = client.get(path, headers={"Accept": "application/json"}).get_json()["screen"]
        form = {"command_id": now["command_id"], "expected_version": now["version"], "csrf_token": token_in(sheet)}
        signs = {"badge": by.badge, "pin": by.pin, "volume": volume}  # type: ignore[attr-defined]  # a member of the cast
        answer = client.post(f"{path}/volume", data={**form, **signs})
        return answer.status_code, answer.text

    assert types("20", ANN)[0] == 422, "nobody reads their own draw"
    assert types("twenty")[0] == 422
    status, told = types("2.0")
    assert (status, "photograph it again" in told, "20 mL" in told) == (200, True, False), re.findall(r"<p>[^<]*", told)
    made.do(made.shoot("syringe 1, put right"))
    assert types("19.5")[0] == 302
    assert made.p.entries["syringe-read:1"].second == BO.id
    review = " ".join(desk.get(f"/review/{made.id}").text.split())
    for words in (
        "BY VOLUME",
        f"balance away: {REASON}",
        "19.50 mL",
        "39.0 mg",
        "no balance judged it",
        "Syringe 1 beside its vial",
    ):
        assert words in review, words
    assert approve(desk, made).status_code in (200, 302, 303)
    made.do(made.shoot("empty"))
    made.do(made.label("final"), PRINTER)
    made.do(scan(LabelCode("final", made.id, 1, made.id, False)))
    made.do(made.shoot("final"))
    assert approve(desk, made).status_code in (200, 302, 303)
    made.release()
    made.do(Confirmation("leftovers discarded"))
    assert (made.p.outcome, made.p.closed) == ("released", True)
    record = " ".join(desk.get(f"/record/{made.id}").text.split())
    for words in ("by volume", "19.5 mL read off its scale", "volume read", REASON):
        assert words in record, words
    with pharmacy.house.store.reading() as conn:
        assert not dose_of(conn, made.p).remade, "nothing was opened by weight: no dose was made twice"
    exported_by_volume(pharmacy, weighed, made)


def test_r12_an_order_that_waits_because_nobody_knows_the_density_is_made_by_volume_to_its_record(
    pharmacy: Pharmacy,
) -> None:
    unknown = replace(DOXORUBICIN.density, g_per_ml=None, basis="unknown")
    recipe = replace(DOXORUBICIN, signed_by=("Pam Pharmacist", "Quin Pharmacist"), density=unknown)
    seeded = Seeded(pharmacy.house, recipe=recipe, policy=SITE)
    assert seeded.receive(seeded.message(SEVENTH)) == "", "no weight can be judged"
    with pharmacy.house.store.reading() as conn:
        page = f"/orders/{link_of(conn.execute(select(ordered.c.key)).scalar_one())}"
    desk = at_desk(pharmacy)
    shown = desk.get(page).text
    assert "No density is entered for doxorubicin" in shown
    form = form_of(shown, "/by-volume")
    answer = desk.post(
        f"{page}/by-volume", data={**form, "why": "density not known well enough", "reason": "a new maker's solution"}
    )
    assert answer.status_code == 303, answer.text
    with pharmacy.house.store.reading() as conn:
        opened = conn.execute(select(ordered.c.preparation)).scalar_one()
    made = checked(Making(seeded, opened, clock.now(), timedelta(seconds=1)))
    made.do(made.sign("approved for release"), PAM)
    made.release()
    made.do(Confirmation("leftovers discarded"))
    assert (made.p.outcome, made.p.closed) == ("released", True)
    with pharmacy.house.store.reading() as conn:
        (hood,) = register.cabinets_at(conn, "HOOD-1")
    assert (hood.last_drug, hood.decontaminated) == (made.p.master.drug, False), (
        "R42: the next drug asks for a cleaning"
    )
    assert "a new maker&#39;s solution" in desk.get(f"/record/{made.id}").text
    paper = " ".join(pdf_text(desk.get(f"/record/{made.id}/pdf").data).split())
    assert "1 syringe, 39.0 mg by volumes read, not weighed" in paper
