"""A syringe by volume, an intrathecal one, and tablets counted and weighed: from sign-in to their check without a touch.

Each is then reviewed with three keys and the signature, and its hold, where it has one, with as many.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, TimeoutError, expect
from sqlalchemy import Connection, select, update

from app.catalogue.tables import package
from app.clock import now
from app.demo import panel, stock
from app.demo.recipes import DOXORUBICIN
from app.interfaces.by_volume import make_by_volume
from app.interfaces.hl7 import read
from app.interfaces.intake import Intake
from app.interfaces.opening import clear_finding, read_as
from app.interfaces.tables import ordered
from app.people.actors import actor
from tests import pharmacy
from tests.people.cast import BO, PAM
from tests.web import test_oral_site as oral
from tests.web.at_station import Hood, Technician
from tests.web.bench import PROFILE as ONCEHR
from tests.web.test_pump_untouched import POLICY, Keyed, shelved
from tests.web.test_syringe import SEVENTH
from workflows.by_volume import WHYS, ByVolume

pytestmark = [pytest.mark.browser, pytest.mark.soak]
LONG = 60000
SLOT = "() => document.body.dataset.slot"


def begun(ann: Technician) -> list[str]:
    """Sign in, and count every touch from then on."""
    ann.sign_in()
    pressed = ann.count_touches()
    ann.page.reload()
    ann.page.wait_for_url("**/worklist")
    ann.claim()
    return pressed


def goes_on(ann: Technician, codes: list[str], grams: Mapping[str, str], films: Mapping[str, str], until: str) -> None:
    """Do what each step asks for, by scans, weights and cards alone."""
    steps = 0
    while (slot := ann.page.evaluate(SLOT)) != until:
        steps += 1
        assert steps < 60, slot
        if slot in films:
            ann.hood.film(films[slot])
        if slot == "label-print":
            ann.slot("label-scan", timeout=LONG)
            continue
        if slot in grams:
            ann.put(grams[slot])
        elif "photo" in slot:
            ann.hood.film_on()
            ann.page.wait_for_function("() => document.getElementById('finder')?.videoWidth > 0", timeout=LONG)
            ann.card("CAPTURE")
        else:
            ann.scan(code_at(ann.hood, slot, codes) or pharmacy.card("NEXT"))
        try:
            ann.page.wait_for_function("was => document.body.dataset.slot !== was", arg=slot, timeout=LONG)
        except TimeoutError as stuck:
            raise AssertionError(f"{slot}: {ann.page.locator('body').inner_text()[:1500]}") from stuck
        if slot in grams:
            ann.lift()


def code_at(hood: Hood, slot: str, codes: list[str]) -> str:
    if slot == "cabinet":
        return pharmacy.cabinet_code()
    if slot == "label-scan":
        label = hood.p().final_label()
        assert label is not None
        return pharmacy.own("F", label.label_id, label.copy)
    return codes.pop(0) if codes and slot.startswith(("vial:", "device:", "base", "stock:")) else ""


def pam_at(browser: Browser, hood: Hood) -> Keyed:
    desk = browser.new_context(viewport={"width": 2200, "height": 1300}, service_workers="block")
    pam = Keyed(desk.new_page(), hood)
    pam.sign_in()
    return pam


def looked_at(pam: Keyed) -> tuple[str, ...]:
    """The keys of one review beside its signature."""
    pam.keys = ()
    pam.look_and_approve()
    return pam.keys


def units() -> list[str]:
    return [pharmacy.own("U", one.label) for one in stock.UNITS if one.group == panel.DOXO]


def test_r13_a_syringe_by_volume_is_made_without_a_touch_and_read_by_another(
    ann: Technician, browser: Browser, counted: Callable[..., None]
) -> None:
    hood = ann.hood
    raw = shelved(hood, DOXORUBICIN, "cassette", SEVENTH, replace(POLICY, by_volume=WHYS))
    pharmacy.order(hood.rooms, raw.encode(), now(), ONCEHR)

    def chosen(conn: Connection) -> str:
        pam = actor(conn, PAM.id, hood.house.settings, now())
        key = conn.execute(select(ordered.c.key).order_by(ordered.c.received_at.desc())).scalars().first()
        why = ByVolume("balance away", "the balance is being repaired")
        make_by_volume(conn, hood.house.dispatcher, str(key), why, who=pam, at=now())
        return str(conn.execute(select(ordered.c.preparation).where(ordered.c.key == key)).scalar_one())

    hood.preparation = hood.rooms.store.write(chosen)
    pharmacy.sign(hood.rooms, hood.preparation, "verify", "order verified, making by volume authorised")
    hood.film("bag")
    pressed = begun(ann)
    goes_on(ann, units(), {}, {}, "syringe-read:1")
    ann.card("NEXT")
    ann.page.wait_for_url("**/volume")
    ann.page.wait_for_timeout(500)
    for word in ("N1", "N9", "POINT", "N5", "NEXT"):
        ann.card(word)
        ann.page.wait_for_timeout(150)
    expect(ann.page.locator("#verdict")).to_contain_text("The second person scans their badge", timeout=LONG)
    ann.scan(f"]d1{BO.badge}")
    expect(ann.page.locator("#badge-state")).to_contain_text("Badge read", timeout=LONG)
    assert pressed == [], "from sign-in to the second person's PIN nothing was touched and no key pressed"
    ann.page.locator("#pin").fill(BO.pin)
    ann.page.wait_for_timeout(450)
    ann.page.keyboard.press("Enter")
    ann.slot("wait", timeout=LONG)
    pam = pam_at(browser, hood)
    hold = looked_at(pam)
    pressed.clear()
    ann.page.wait_for_function("() => document.body.dataset.slot !== 'wait'", timeout=LONG)
    goes_on(ann, [], {}, {"label-scan": "bag"}, "wait")
    told(counted, "syringe by volume", pressed, hold, looked_at(pam))
    assert "approve" in hood.p().entries


def test_r29_an_intrathecal_syringe_is_made_without_a_touch(
    ann: Technician, browser: Browser, counted: Callable[..., None]
) -> None:
    hood = ann.hood
    said = {"drug": "methotrexate", "printed_drug": "methotrexate", "items": ("methotrexate-2-spinal",)}
    recipe = replace(DOXORUBICIN, **said, routes=("IT",), hold=True, preservative_free=True)  # type: ignore[arg-type]
    raw = shelved(hood, recipe, "cassette", SEVENTH)
    on_shelf = update(package).where(package.c.item == DOXORUBICIN.items[0])
    on_shelf = on_shelf.values(drug=recipe.drug, item=recipe.items[0])
    hood.rooms.store.write(lambda conn: conn.execute(on_shelf).rowcount)
    into = {
        "3639^doxorubicin^RXNORM": "6851^methotrexate^RXNORM",
        "DOX-2^doxorubicin": "MTX-2^methotrexate",
        "47625008^Intravenous route^SCT^IV^Intravenous^HL70162|CVL^Central venous line^HL70163": "72607000^Intrathecal^SCT|",
        "Push over 5 minutes into a running infusion. Vesicant.": "Over 5 minutes.",
    }
    for was, becomes in into.items():
        assert was in raw
        raw = raw.replace(was, becomes)
    Intake(hood.rooms.dispatcher, hood.rooms.blobs).receive(read(raw.encode(), [ONCEHR]), at=now(), own_id="X" * 26)

    def cleared(conn: Connection) -> str:
        row = conn.execute(select(ordered).order_by(ordered.c.received_at.desc())).first()
        assert row is not None
        pam = actor(conn, PAM.id, hood.house.settings, now())
        how = {"over": read_as(row), "reason": "checked by two, kept apart", "who": pam, "at": now()}
        assert clear_finding(conn, hood.house.dispatcher, row.key, "INTRATHECAL", **how) == ""
        return str(conn.execute(select(ordered.c.preparation).where(ordered.c.key == row.key)).scalar_one())

    hood.preparation = hood.rooms.store.write(cleared)
    pharmacy.sign(hood.rooms, hood.preparation, "verify", "order verified")
    hood.film("bag")
    pressed = begun(ann)
    grams = {"syringe-empty:1": "18.60", "syringe-full:1": "38.67"}
    goes_on(ann, units(), grams, {}, "wait")
    pam = pam_at(browser, hood)
    hold = looked_at(pam)
    ann.page.wait_for_function("() => document.body.dataset.slot !== 'wait'", timeout=LONG)
    goes_on(ann, [], {}, {"label-scan": "bag"}, "wait")
    told(counted, "intrathecal syringe", pressed, hold, looked_at(pam))
    assert "approve" in hood.p().entries


def test_r54_tablets_are_counted_and_weighed_without_a_touch(
    ann: Technician, browser: Browser, counted: Callable[..., None]
) -> None:
    hood = ann.hood
    oral.counts_at(hood, unit_spread="0.005")
    oral.ordered(hood)
    pressed = begun(ann)
    ann.scan(oral.tray_code(hood))
    ann.page.wait_for_function("() => document.body.dataset.slot !== 'cabinet'", timeout=LONG)
    hood.film("stock")
    goes_on(ann, [oral.stock_code()], {}, {}, "count-1")
    for slot, then in (("count-1", "count-2"), ("count-2", "photo-tray")):
        ann.slot(slot, timeout=LONG)
        hood.film("tray")
        oral.hand_in(ann, "112")
        ann.slot(then, timeout=LONG)
    each = {f"bottle-some:{n}": f"{21.30 + 0.64 * n:.2f}" for n in range(10, 112, 10)}  # as many as are asked for
    grams = {"bottle-empty": "21.30", **each, "bottle-all": "92.98"}
    goes_on(ann, [], grams, {"label-scan": "bottle"}, "wait")
    told(counted, "tablets by weight", pressed, (), looked_at(pam_at(browser, hood)))
    assert "approve" in hood.p().entries


def told(
    counted: Callable[..., None], what: str, pressed: list[str], hold: tuple[str, ...], keys: tuple[str, ...]
) -> None:
    counted(f"{what} untouched", touches=len(pressed), keys_of_hold=len(hold), keys=len(keys))
    assert pressed == []
    assert len(hold) <= 3
    assert keys == ("n", "p", "a")
