"""A site that counts nothing yet: its recipe, its tray and its technician come by the pages, and then a bottle leaves."""

from __future__ import annotations

import io
import re
import time
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser, expect

from app.catalogue import drafts, recipes
from app.clock import now
from app.demo.recipes import CAPECITABINE
from app.interfaces.demo import demo_orders
from app.stations import scans, trays
from app.web import recipe_form
from app.web.house import House
from hardware_mocks.camera import Scene, jpeg, photograph
from labels import codes
from tests import pharmacy
from tests.people.cast import ADA, ANN, LEE, PAM, QUIN, Member
from tests.web.at_station import Hood, Technician, patience
from tests.web.conftest import Pharmacy, sign_in_desk
from tests.web.desk import at_desk, form_of, post
from tests.web.test_pump_untouched import Keyed
from workflows.evidence import CabinetCode
from workflows.recipe import CountRecipe
from workflows.rules.counting import TRAY

NAME = CAPECITABINE.name
NEW = {"of": "", "kind": "count", "why": "package insert of 2026"}


def written(house: House, recipe: CountRecipe = CAPECITABINE, **changes: str) -> dict[str, str]:
    today = now().astimezone(house.settings.zone).date().isoformat()
    return {**recipe_form.written(recipe), **NEW, "effective_on": today, **changes}


def signed(house: House, client: FlaskClient, member: Member) -> int:
    with house.store.reading() as conn:
        draft = drafts.open_draft(conn, NAME)
    assert draft is not None
    told = {"over": draft.digest, "against": "the package insert", "user": member.user, "password": member.password}
    return post(client, f"/recipes/{NAME}/sign", **told).status_code


def test_r49_r54_the_form_gives_back_the_recipe_that_is_counted_by() -> None:
    longest = replace(CAPECITABINE, most_days=28, containers=("tablets", "capsules"), unit_spread=Decimal("0.005"))
    for recipe in (CAPECITABINE, longest):
        back = recipe_form.read(recipe_form.written(recipe), CountRecipe)
        assert back == replace(recipe, version=1, signed_by=(), unconfirmed=())
    assert [one.name for one in recipe_form.inputs(CountRecipe) if not one.says or "None" in one.says] == []


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"routes": "IV"}, "its route is PO"),
        ({"containers": "bag"}, "tablets or capsules"),
        ({"strength_mg": "0"}, "above 0 mg"),
        ({"bottle_holds": "0"}, "holds 1 to 9,999"),
        ({"bottle_holds": "many"}, "write a whole number"),
        ({"most_days": "367"}, "longest supply is 1 to 366 days"),
        ({"unit_spread": "0.7"}, "at most 0.1"),
        ({"form": " "}, "Name the form"),
        ({"ndcs": "0093747489"}, "each with its dashes"),
    ],
)
def test_r49_r54_a_recipe_for_units_that_cannot_be_right_is_not_kept(
    pharmacy: Pharmacy, changes: dict[str, str], says: str
) -> None:
    answer = post(at_desk(pharmacy), "/recipes/draft", **written(pharmacy.house, **changes))
    assert (answer.status_code, says in answer.text, 'name="bottle_holds"' in answer.text) == (422, True, True)


def test_r49_a_recipe_by_weight_never_becomes_one_that_counts(pharmacy: Pharmacy) -> None:
    pam = at_desk(pharmacy)
    assert post(pam, "/recipes/draft", **written(pharmacy.house)).status_code == 303
    for member in (PAM, QUIN):
        assert signed(pharmacy.house, at_desk(pharmacy, member), member) == 303
    with pharmacy.house.store.reading() as conn:
        (made,) = recipes.recipes_of(conn, "capecitabine", now())
    assert made == replace(CAPECITABINE, signed_by=(PAM.name, QUIN.name), unconfirmed=())
    longer = written(pharmacy.house, replace(CAPECITABINE, most_days=28))
    assert post(pam, "/recipes/draft", **longer).status_code == 303
    assert '<th scope="row">most days</th><td>–</td><td><b>28</b></td>' in pam.get(f"/recipes/{NAME}").text
    assert NAME in pam.get("/recipes").text


def test_r54_a_tray_is_registered_its_code_printed_and_scanned(pharmacy: Pharmacy) -> None:
    lee, page = at_desk(pharmacy, LEE), "/stations/HOOD-1"
    assert post(at_desk(pharmacy), f"{page}/tray", name="TRAY-7").status_code == 403
    assert "Give the tray a name" in post(lee, f"{page}/tray", name=" ").text
    assert post(lee, f"{page}/tray", name="TRAY-7").status_code == 303
    assert "on the register of HOOD-1 already" in post(lee, f"{page}/tray", name="TRAY-7").text
    assert "TRAY-7" in lee.get(page).text
    assert lee.get(f"{page}/tray/TRAY-7.pdf").data[:5] == b"%PDF-"
    assert lee.get(f"{page}/tray/TRAY-8.pdf").status_code == 404
    with pharmacy.house.store.reading() as conn:
        (tray,) = trays.of_station(conn, "HOOD-1")
        code = codes.make("T", tray.label)
        found = scans.read(conn, code, "serial", as_of=now().date(), live=lambda *_: None).scan.found
    assert found == CabinetCode("TRAY-7", None, TRAY, "", decontaminated=True, station="HOOD-1")


def test_r54_a_site_without_recipe_or_tray_comes_to_a_released_bottle_by_its_pages_alone(hood: Hood) -> None:
    counts_at(hood)
    ordered(hood)
    ann = hood.client()
    opened = post_at(ann, hood, "worklist/scan", raw=pharmacy.own("P", hood.preparation))
    assert opened.get_json()["go"].endswith(hood.preparation)
    labelled(hood, "in_process")
    scan(hood, ann, tray_code(hood))
    for _ in hood.p().policy.ppe:
        assert hood.post(ann, "do", word="NEXT").status_code == 200
    scan(hood, ann, stock_code())
    shoot(hood, ann, "photo-staged")
    for slot in ("count-1", "count-2"):
        assert hood.post(ann, "count", slot=slot, number="112").status_code == 200
    shoot(hood, ann, "photo-tray")
    labelled(hood, "final")
    scan(hood, ann, label_code(hood))
    shoot(hood, ann, "photo-final", label_code(hood)[3:])
    assert hood.post(ann, "do", word="NEXT").status_code == 200
    approved(hood)
    printed = hood.p().in_process
    assert printed is not None
    scan(hood, ann, pharmacy.own("I", printed.label_id, printed.copy))
    assert (hood.p().outcome, hood.p().closed, hood.p().master.signed_by) == ("released", True, (PAM.name, QUIN.name))


def office(hood: Hood, member: Member) -> FlaskClient:
    client = hood.app.test_client()
    assert sign_in_desk(client, member).status_code == 302
    return client


def counts_at(hood: Hood, **changes: str) -> None:
    """What a site needs before it counts: a signed recipe, a tray, a technician who may."""
    pam = office(hood, PAM)
    assert post(pam, "/recipes/draft", **written(hood.house, **changes)).status_code == 303
    for member in (PAM, QUIN):
        assert signed(hood.house, office(hood, member), member) == 303
    assert post(office(hood, LEE), f"/stations/{pharmacy.STATION}/tray", name="TRAY-7").status_code == 303
    until = (now() + timedelta(days=364)).date().isoformat()
    told = {"code": "HD-ORAL", "until": until, "assessor": "lee"}
    assert post(office(hood, ADA), f"/people/{ANN.id}/competency", **told).status_code == 303


def ordered(hood: Hood) -> None:
    """The order comes in, and Pam signs it at her desk."""
    hood.preparation = pharmacy.order(hood.rooms, demo_orders(now(), pharmacy.ZONE)[8][1], now())
    pam = office(hood, PAM)
    listed = pam.get("/orders").text
    where = next(one for one in links(listed) if "capecitabine" in pam.get(one).text)
    form = form_of(pam.get(where).text, "/verify")
    signs = {**form, "user": PAM.user, "password": PAM.password}
    assert pam.post(f"{where}/verify", data=signs).status_code == 303


def links(page: str) -> list[str]:
    return sorted(set(re.findall(r'href="(/orders/[^"#?]+)"', page)))


def post_at(client: FlaskClient, hood: Hood, what: str, **fields: str) -> object:
    token = (
        client.get(f"/terminal/{pharmacy.STATION}/worklist").text.split('name="csrf_token" value="')[1].split('"')[0]
    )
    return client.post(f"/terminal/{pharmacy.STATION}/{what}", data={"csrf_token": token, **fields})


def scan(hood: Hood, ann: FlaskClient, raw: str) -> None:
    before = hood.p().version
    said = hood.post(ann, "scan", raw=raw).get_json()
    assert hood.p().version > before, said.get("verdict")


def shoot(hood: Hood, ann: FlaskClient, slot: str, code: str = "") -> None:
    still = jpeg(photograph(Scene("bag", ("capecitabine 500 mg", slot), code), "sharp"))
    said = hood.post(ann, "photo", slot=slot, still=(io.BytesIO(still), "still.jpg")).get_json()
    assert slot in hood.p().entries, said


def labelled(hood: Hood, kind: str) -> None:
    """Wait until the printer has reported the label."""
    with patience() as may_wait:
        while may_wait() and all(one.label_kind != kind for one in hood.p().labels):
            time.sleep(0.05)


def label_code(hood: Hood) -> str:
    printed = hood.p().final_label()
    assert printed is not None
    return pharmacy.own("F", printed.label_id, printed.copy)


def tray_code(hood: Hood) -> str:
    with hood.house.store.reading() as conn:
        (tray,) = trays.of_station(conn, pharmacy.STATION)
    return f"]d1{codes.make('T', tray.label)}"


def stock_code() -> str:
    """A full bottle, told apart by its maker's serial number."""
    until = now() + timedelta(days=700)
    return "]d20100300937474890" + f"17{until:%y%m%d}10CT4471\x1d21S0001"


def approved(hood: Hood) -> None:
    pam = office(hood, PAM)
    where = f"/review/{hood.preparation}"
    form = form_of(pam.get(where).text, f"{where}/sign")
    seen = [photo.sha256 for photo in hood.p().photos()]
    signs = {**form, "user": PAM.user, "password": PAM.password, "seen": seen}
    assert pam.post(f"{where}/sign", data=signs).status_code in (302, 303)


def hand_in(ann: Technician, number: str) -> None:
    """Enter a number with the typing cards, each once the one before stands on the glass."""
    for place, digit in enumerate(number, start=1):
        ann.card(f"N{digit}")
        shows(ann, number[:place])
    ann.card("NEXT")


def shows(ann: Technician, digits: str) -> None:
    expect(ann.page.locator("#counted")).to_have_text(digits)


@pytest.mark.browser
@pytest.mark.soak
def test_r54_tablets_are_counted_by_scans_and_cards_alone_and_reviewed_with_three_keys(
    ann: Technician, browser: Browser
) -> None:
    hood = ann.hood
    counts_at(hood)
    ordered(hood)
    ann.sign_in()
    pressed = ann.count_touches()
    ann.page.reload()  # counted from here
    ann.claim()
    ann.scan(tray_code(hood))
    for item in hood.p().policy.ppe:
        ann.slot(f"ppe:{item}")
        ann.card("NEXT")
    ann.slot("stock:1")
    hood.film("stock")
    ann.scan(stock_code())
    ann.slot("photo-staged")
    ann.photograph("count-1")
    ann.card("NEXT")
    ann.hears("check", "Enter how many you counted")
    ann.card("N5")
    shows(ann, "5")
    ann.card("REDO")
    shows(ann, "")
    hand_in(ann, "112")
    ann.slot("count-2")
    hood.film("tray")
    hand_in(ann, "112")
    ann.slot("photo-tray")
    ann.photograph("label-scan")
    hood.film("bottle")
    ann.scan(label_code(hood))
    ann.slot("photo-final")
    ann.photograph("tray-clean")
    ann.card("NEXT")
    ann.sees("Wait for the final check")
    assert pressed == []
    desk = browser.new_context(viewport={"width": 2560, "height": 1440})
    pam = Keyed(desk.new_page(), hood)
    pam.sign_in()
    pam.look_and_approve()
    assert (pam.keys, "approve" in hood.p().entries) == (("n", "p", "a"), True)
    desk.close()
