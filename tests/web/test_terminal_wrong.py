"""Wrong things at the station: each is unmistakable, is counted, says what to do, and is got over without a touch."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from app.clock import now
from app.stations import register
from tests import pharmacy
from tests.people.cast import BO
from tests.web.at_station import Technician
from workflows.evidence import Photo, PictureCode

pytestmark = pytest.mark.browser


def tones(ann: Technician) -> list[str]:
    return [tone["kind"] for tone in ann.page.evaluate("window.__tones")]


def red(ann: Technician, *texts: str, timeout: float = 15000) -> None:
    """The whole screen is red, with these words, and covers everything."""
    for text in texts:
        ann.hears("wrong", text, timeout=timeout)
    box = ann.page.locator("#verdict").bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (1280, 800)
    assert tones(ann)[-1] == "wrong"


def gone(ann: Technician) -> None:
    expect(ann.page.locator('#verdict[data-verdict="wrong"]')).to_have_count(0)


def test_an_overdrawn_syringe_is_red_with_the_numbers_and_right_at_the_second_attempt(ann: Technician) -> None:
    ann.begin_at("syringe-empty:1")
    ann.weigh("18.42", "syringe-full:1")
    ann.put("45.32")
    red(ann, "TOO MUCH IN SYRINGE 1", "Measured 26.90 g", "limits 23.24 to 25.69 g", "+9.9 %", "Do not inject")
    red(ann, "Attempt 1 of 3", "near miss", "Nobody can accept this weight")
    assert ann.hood.p().attempts == {"syringe-full:1": 1}
    ann.lift()
    ann.card("BACK")
    gone(ann)
    expect(ann.page.locator(".tries")).to_have_text("Attempt 2 of 3")
    ann.put("43.02")
    ann.slot("syringe-empty:2")
    ann.hears("right", "24.60 g")
    p = ann.hood.p()
    assert [miss.codes for miss in p.near_misses] == [("TOO_MUCH",)]
    assert p.weighing("syringe-full:1").g == pharmacy.Decimal("43.02")  # type: ignore[union-attr]  # accepted just now


def test_r14_a_syringe_too_close_to_its_limit_is_checked_and_weighed_again_without_a_touch(ann: Technician) -> None:
    ann.begin_at("syringe-empty:1")
    ann.weigh("18.42", "syringe-full:1")
    expect(ann.page.locator(".before")).to_contain_text("too close to call within 0.04 g of a limit")
    expect(ann.page.locator(".bar .close rect")).to_have_count(2)
    ann.put("44.08")
    ann.hears("check", "Too close to call. SYRINGE 1 measured 25.66 g. The limit is 25.69 g")
    ann.hears("check", "Nobody can accept this weight")
    assert tones(ann)[-1] == "check"
    ann.lift()
    ann.put("42.97")
    ann.slot("syringe-empty:2")
    assert [one.codes for one in ann.hood.p().near_misses] == [("TOO_CLOSE",)]


def test_wrong_strength_a_badge_and_the_same_vial_twice_are_each_refused_and_counted(ann: Technician) -> None:
    ann.begin_at("vial:1")
    ann.scan(pharmacy.code_of("wrong strength"))
    red(ann, "WRONG STRENGTH", "100 mg/mL", "Needed cyclophosphamide 20 mg/mL", "Set it aside")
    ann.scan(f"]d1{BO.badge}")
    red(ann, "WRONG KIND", "a badge")
    ann.scan(pharmacy.code_of("vial A"))
    ann.slot("vial:2")
    gone(ann)
    ann.card("BACK")
    ann.slot("vial:1")
    ann.scan(pharmacy.code_of("vial A"))
    ann.slot("vial:2")
    ann.page.wait_for_timeout(600)
    ann.scan(pharmacy.code_of("vial A"))
    red(ann, "SAME UNIT", "already scanned")
    ann.card("BACK")
    gone(ann)
    assert ann.page.evaluate("document.body.dataset.slot") == "vial:2"
    codes = [code for miss in ann.hood.p().near_misses for code in miss.codes]
    assert (codes[0], codes[-1], len(ann.hood.p().near_misses)) == ("WRONG_STRENGTH", "SAME_UNIT", 3)


def test_a_card_that_means_nothing_here_says_which_do(ann: Technician) -> None:
    ann.begin_at("vial:1")
    for word in ("WEIGH", "ZERO", "CAPTURE", "NOSUCH"):
        ann.card(word)
        ann.hears("check", f"{word} does nothing on this screen.")
        ann.hears("check", "BACK, GLOVES, CALL, PAUSE, HELP, LOGOUT")
    ann.card("HELP")
    ann.hears("check", "Scan vial A.")
    covered = ann.page.locator(".glass .press.call")
    under = covered.bounding_box()
    assert under is not None
    ann.page.mouse.click(under["x"] + 10, under["y"] + under["height"] - 10)  # a tap through the banner
    ann.page.wait_for_timeout(400)
    assert not ann.hood.p().called
    assert ann.page.locator(".actions").get_attribute("inert") is not None
    ann.page.get_by_role("button", name="OK").click()
    expect(ann.page.locator("#verdict[data-verdict]")).to_have_count(0)
    assert ann.page.locator(".actions").get_attribute("inert") is None
    ann.card("CALL")
    ann.hears("right", "CALLED")
    assert ann.hood.p().called
    ann.card("PAUSE")
    ann.slot("paused")
    ann.card("PAUSE")
    ann.slot("vial:1")
    assert ann.hood.p().near_misses == ()


def test_a_code_from_nowhere_on_a_weighing_is_not_evidence(ann: Technician) -> None:
    ann.begin_at("recon-before:1")
    version = ann.hood.p().version
    ann.scan("]d2010031001995550617280630")
    ann.hears("check", "That does not belong here")
    assert ann.hood.p().version == version


def test_q14_the_balance_pulled_out_in_mid_weighing_is_named_and_voids_both_readings(
    ann: Technician,
) -> None:
    ann.begin_at("recon-before:1")
    ann.weigh("38.74", "recon-after:1")
    ann.put("63.80")
    ann.hood.station.unplug("balance")
    ann.hears("waiting", "BALANCE NOT ANSWERING")
    ann.hears("waiting", "Both readings of this weighing are void")
    expect(ann.page.locator("#device-balance")).to_have_text("balance not answering")
    ann.hood.station.clear()
    ann.hood.station.replug("balance")
    red(ann, "READINGS VOID", "both readings are void")
    assert ann.hood.p().weighing("recon-after:1") is None
    store = ann.hood.rooms.store
    with store.reading() as conn:
        scale = register.balance_status(conn, pharmacy.STATION)
    assert scale is not None
    assert scale.check_valid_until is None, "it may have been switched off while nobody heard it"
    store.write(lambda conn: pharmacy.check_scale(conn, now()))
    ann.card("BACK")
    gone(ann)
    ann.page.wait_for_timeout(600)
    ann.card("BACK")
    ann.slot("recon-before:1")
    ann.weigh("38.74", "recon-after:1")
    ann.weigh("63.80", "recon-mixed:1")
    first, second = ann.hood.p().weighing("recon-before:1"), ann.hood.p().weighing("recon-after:1")
    assert first is not None
    assert second is not None
    assert first.epoch == second.epoch


def test_a_truncated_reply_of_the_balance_is_never_a_weight(ann: Technician) -> None:
    ann.begin_at("syringe-empty:1")
    ann.put("18.42")
    ann.hood.station.fault("F9", times=1, keep=9)
    ann.slot("syringe-full:1")
    taken = ann.hood.p().weighing("syringe-empty:1")
    assert taken is not None
    assert (str(taken.g), ann.hood.p().near_misses) == ("18.42", ())


def test_a_balance_silent_so_long_that_it_may_have_been_off_leads_to_its_check_before_any_weight(
    ann: Technician,
) -> None:
    ann.begin_at("syringe-empty:1")
    ann.put("18.42")
    ann.hood.station.fault("F9", times=3, keep=9)
    ann.sees("Check the balance with both weights first.")
    expect(ann.page.locator("#device-balance")).to_have_text("balance needs check")
    assert ann.hood.p().weighing("syringe-empty:1") is None
    assert ann.hood.p().near_misses == ()


def test_zero_is_asked_for_by_card_and_only_on_an_empty_pan(ann: Technician) -> None:
    ann.begin_at("syringe-empty:1")
    ann.hood.station.put("2.00")
    expect(ann.page.locator('[data-live="value"]')).to_have_text("2.00")
    ann.card("ZERO")
    ann.hears("check", "Empty the pan, then ZERO")
    ann.lift()
    expect(ann.page.locator('[data-live="prompt"]')).to_have_text("Put it on the pan.")
    ann.page.wait_for_timeout(600)
    ann.card("ZERO")
    ann.hears("right", "The balance is zeroed")


@pytest.mark.parametrize(
    ("variant", "words", "why"),
    [
        ("blurred", "blurred", "blurred"),
        ("black", "dark", "dark"),
        ("glaring", "white", "overexposed"),
        ("frozen", "frozen", "frozen"),
    ],
)
def test_a_poor_photo_is_refused_at_the_hood_and_kept(ann: Technician, variant: str, words: str, why: str) -> None:
    ann.hood.film("vials", variant)
    ann.begin_at("photo-staged")
    ann.page.wait_for_function("() => document.getElementById('finder')?.videoWidth > 0")
    ann.card("CAPTURE")
    red(ann, "POOR PHOTO", words, "take it again")
    miss = ann.hood.p().near_misses[-1]
    assert why in miss.evidence.why  # type: ignore[union-attr]  # it was a photo
    assert isinstance(ann.hood.rooms.blobs.get(miss.evidence.sha256), bytes)  # type: ignore[union-attr]  # as above
    ann.hood.film("vials")
    ann.card("RETAKE")
    gone(ann)
    ann.page.wait_for_timeout(1500)
    ann.photograph("recon-before:1")


def test_r24_a_photo_of_another_vial_is_caught_at_the_hood_and_named(ann: Technician) -> None:
    ann.hood.film("other vial")
    ann.begin_at("photo-staged")
    ann.page.wait_for_function("() => document.getElementById('finder')?.videoWidth > 0")
    ann.card("CAPTURE")
    red(ann, "WRONG THING", "lot WR5510, which was not scanned for this preparation", "Take it away")
    miss = ann.hood.p().near_misses[-1]
    assert miss.codes == ("WRONG_THING",)
    assert "WR5510" in codes_in(miss.evidence)[0].what
    assert not codes_in(miss.evidence)[0].known
    ann.hood.film("vials")
    ann.card("RETAKE")
    gone(ann)
    ann.page.wait_for_timeout(1500)
    ann.photograph("recon-before:1")
    (kept,) = codes_in(ann.hood.p().evidence("photo-staged"))
    assert (kept.raw, kept.known) == (pharmacy.own("U", "CYA00001"), True)


def codes_in(evidence: object) -> tuple[PictureCode, ...]:
    assert isinstance(evidence, Photo)
    return evidence.codes or ()
