"""A site that approves by passkey: over HTTP with a pretend authenticator, and in Chromium with its own virtual one."""

from __future__ import annotations

import io
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import CDPSession, Page, expect
from werkzeug.test import TestResponse

from app.clock import new_command_id, now
from app.dispatch import Ask
from app.people.actors import actor
from app.people.passkeys import SAYS, taken_apart
from app.record import assertions, bundle_alone
from app.record.bundle import Asked, export
from app.record.bundle_check import verify_bundle
from app.record.trust import Evidence
from app.record.verify import verify
from tests.people.authenticator import Authenticator
from tests.people.cast import PAM, QUIN, Member
from tests.web.bench import Making
from tests.web.conftest import Pharmacy, sign_in_desk, token_of
from tests.web.desk import at_desk, form_of, loaded, photos_of, sign_form, state
from tests.web.serving import serving
from tests.web.test_downtime import FILLED, page_of_paper
from tests.web.test_review_browser import look_at, see
from workflows import commands as asked
from workflows.evidence import Assertion, Signature
from workflows.passkeys import as_if_signed, challenge, to_text

BY_KEY = {"release_signature": "passkey"}


@pytest.fixture
def site(make_pharmacy: Callable[..., Pharmacy], kept_bag: tuple[Path, Making], tmp_path: Path) -> Pharmacy:
    shutil.copytree(kept_bag[0], tmp_path / "data0")
    return make_pharmacy(**BY_KEY)


@pytest.fixture
def bag(site: Pharmacy, kept_bag: tuple[Path, Making]) -> Making:
    """One bag that waits for its final check."""
    made = kept_bag[1]
    return replace(made, seeded=replace(made.seeded, house=site.house, furnished=True), shots=dict(made.shots))


def register(client: FlaskClient, member: Member = PAM) -> Authenticator:
    device, form = Authenticator(), {"name": "my laptop", "password": member.password}
    token = {"csrf_token": token_of(client.get("/me"))}
    asked = client.post("/me/passkeys/ask", data={**form, **token})
    assert asked.status_code == 200, asked.text
    answer = client.post("/me/passkeys", data={**form, **token, "assertion": device.create(asked.text)})
    assert answer.location == "/me", answer.text
    return device


def form_for(client: FlaskClient, bag: Making) -> dict[str, object]:
    form = sign_form(client, bag)
    return {name: value for name, value in form.items() if name not in ("user", "password")}


def approve(client: FlaskClient, bag: Making, device: Authenticator, **changes: object) -> TestResponse:
    form = form_for(client, bag)
    asked = client.post(f"/review/{bag.id}/passkey", data=form)
    assert asked.status_code == 200, asked.text
    return client.post(f"/review/{bag.id}/sign", data={**form, "assertion": device.get(asked.text), **changes})


def test_q28_pam_approves_by_passkey_and_the_record_shows_it(site: Pharmacy, bag: Making) -> None:
    client = at_desk(site)
    device = register(client)
    assert approve(client, bag, device).status_code in (302, 303)
    assert state(site, bag.id) == "approved"
    signature = loaded(site, bag.id).evidence("approve")
    assert signature is not None
    assert assertions.trouble(signature, bag.id, PAM.id) == ""  # type: ignore[arg-type]  # a signature
    page = client.get(f"/record/{bag.id}").text
    assert "passkey, which recognised who used it" in page
    assert "its answer fits its public key" in page


def test_q28_a_password_approves_nothing_here(site: Pharmacy, bag: Making) -> None:
    client = at_desk(site)
    register(client)
    page = client.get(f"/review/{bag.id}").text
    assert "Sign by passkey: approved for release" in page
    form = {**form_for(client, bag), "user": "pam", "password": PAM.password}
    refused = client.post(f"/review/{bag.id}/sign", data=form)
    assert (refused.status_code, "This site approves by passkey" in refused.text) == (422, True)
    assert state(site, bag.id) == "awaiting-check"


def test_q26_nothing_is_asked_of_a_passkey_for_a_page_that_is_no_longer_so(site: Pharmacy, bag: Making) -> None:
    client = at_desk(site)
    device = register(client)
    form = form_for(client, bag)
    asked = client.post(f"/review/{bag.id}/passkey", data=form).text
    hold = {
        **form_of(client.get(f"/review/{bag.id}").text, f"/review/{bag.id}/hold"),
        "note": "one more picture, please",
    }
    assert client.post(f"/review/{bag.id}/hold", data=hold).status_code in (302, 303)
    stale = client.post(f"/review/{bag.id}/passkey", data=form)
    assert (stale.status_code, "Something changed" in stale.json["says"]) == (422, True)
    late = client.post(f"/review/{bag.id}/sign", data={**form, "assertion": device.get(asked)})
    assert late.status_code == 409
    assert "approve" not in loaded(site, bag.id).entries


def test_q28_q14_what_was_made_on_paper_is_entered_by_passkey_too_and_by_no_password(
    site: Pharmacy, bag: Making
) -> None:
    ready = bag.seeded.begin("DEMO1077")
    ready.do(ready.sign("order verified"), PAM)
    client, path = at_desk(site), f"/record/{ready.id}/paper"
    assert "You have no passkey yet" in client.get(path).text
    device = register(client)
    shown = client.get(path).text
    assert "Sign by passkey: entered from paper" in shown
    assert 'name="password"' not in shown
    form = {**form_of(shown, "enctype"), **FILLED}
    refused = client.post(path, data={**form, "pages": [(io.BytesIO(page_of_paper()), "1.jpg")]})
    assert (refused.status_code, "This site approves by passkey" in refused.text) == (422, True)
    asked = client.post(f"{path}/passkey", data=form)
    assert asked.status_code == 200, asked.text
    answer = device.get(asked.text)
    pages = [(io.BytesIO(page_of_paper()), "1.jpg")]
    assert client.post(path, data={**form, "assertion": answer, "pages": pages}).status_code == 303
    assert state(site, ready.id) == "downtime"
    record = client.get(f"/record/{ready.id}").text
    assert "checked now: its answer fits its public key and this record" in record
    settings = site.house.settings
    assert verify(settings.data_dir / "vialtrace.db", settings.photos).ok


def test_q43_the_same_answer_is_refused_the_second_time(site: Pharmacy, bag: Making) -> None:
    client = at_desk(site)
    device = register(client)
    form = form_for(client, bag)
    answer = device.get(client.post(f"/review/{bag.id}/passkey", data=form).text)
    wrong = {**form, "assertion": answer, "over": "0" * 64}
    assert client.post(f"/review/{bag.id}/sign", data=wrong).status_code in (409, 422)
    unseen = client.post(f"/review/{bag.id}/sign", data={**form, "assertion": answer, "seen": []})
    assert (unseen.status_code, "not looked at" in unseen.text) == (422, True)
    again = client.post(f"/review/{bag.id}/sign", data={**form_for(client, bag), "assertion": answer})
    assert (again.status_code, SAYS["used before"] in again.text) == (422, True)
    assert state(site, bag.id) == "awaiting-check"


def test_q28_an_answer_given_on_another_page_is_refused_and_told(site: Pharmacy, bag: Making) -> None:
    client = at_desk(site)
    device = register(client)
    device.origin = "https://vialtrace.example.evil"
    refused = approve(client, bag, device)
    assert (refused.status_code, SAYS["wrong origin"] in unescape(refused.text)) == (422, True)


def test_without_a_passkey_the_page_says_where_to_get_one(site: Pharmacy, bag: Making) -> None:
    client = at_desk(site, QUIN)
    page = client.get(f"/review/{bag.id}").text
    assert "Register one on your account page" in page
    assert re.search(r'<button class="act good" disabled>Sign by passkey', page)
    assert "This site approves by passkey" in client.get("/me").text


def test_at_an_address_no_passkey_can_be_bound_to_the_page_says_which_one_to_open(site: Pharmacy) -> None:
    client, there = site.client(), {"base_url": "http://127.0.0.1:8000"}
    sign_in_desk(client, PAM, **there)
    assert "Open http://localhost:8000 instead" in client.get("/me", **there).text
    assert "Sign in with a passkey" not in site.client().get("/sign-in", **there).text


def test_with_its_own_address_set_passkeys_are_bound_to_that(make_pharmacy: Callable[..., Pharmacy]) -> None:
    site = make_pharmacy(passkey_origin="https://vialtrace.example", demo=False, **BY_KEY)
    there = {"base_url": "https://vialtrace.example"}
    client = site.client()
    token = token_of(client.get("/sign-in", **there))
    headers = {"Referer": "https://vialtrace.example/sign-in"}
    answer = client.post("/sign-in/passkey/ask", data={"csrf_token": token}, headers=headers, **there)
    assert answer.json["rpId"] == "vialtrace.example"
    assert "Sign in with a passkey" not in site.client().get("/sign-in").text


def test_a_passkey_signs_in_over_http(site: Pharmacy) -> None:
    device = register(at_desk(site))
    client = site.client()
    token = {"csrf_token": token_of(client.get("/sign-in"))}
    asked = client.post("/sign-in/passkey/ask", data=token)
    answer = client.post("/sign-in/passkey", data={**token, "assertion": device.get(asked.text)})
    assert answer.location == "/review"
    assert client.get("/review").status_code == 200
    page = client.get("/me").text
    assert "by passkey" in page
    (credential,) = re.findall(r"/me/passkeys/([\w-]+)/end", page)
    assert (
        client.post(f"/me/passkeys/{credential}/end", data={"csrf_token": token_of(client.get("/me"))}).location
        == "/me"
    )
    assert client.get("/review").status_code == 302, "the session begun with it is over"


def forged(site: Pharmacy, bag: Making, signature: Signature) -> None:
    """Put a signature into the record past the door, as a program with a fault would."""
    rooms = site.house
    with rooms.store.reading() as conn:
        who = actor(conn, PAM.id, rooms.settings, now())
    command = asked.Submit("approve", signature)
    outcome = rooms.dispatcher.do(Ask(new_command_id(), bag.id, command, who, "", None, bag.p.version))
    assert outcome.kind == "accepted", outcome


def whole(site: Pharmacy) -> list[tuple[str, str]]:
    settings = site.house.settings
    found = verify(settings.data_dir / "vialtrace.db", settings.photos)
    return [(one.kind, one.says) for one in found.faults]


def unsigned(bag: Making) -> Signature:
    """Pam's signature over what stands, by no key."""
    plain = Signature("approved for release", PAM.name, PAM.licence, "password", 2, bag.p.digest, tuple(photos_of(bag)))
    return as_if_signed(plain, bag.id, PAM.id)


def test_q28_the_record_and_its_bundle_check_the_answer_and_the_script_says_that_it_did_not(
    site: Pharmacy, bag: Making, tmp_path: Path
) -> None:
    client = at_desk(site)
    approve(client, bag, register(client))
    path = tmp_path / "bundle.zip"
    path.write_bytes(client.get(f"/record/{bag.id}/bundle").data)
    assert whole(site) == []
    assert verify_bundle(path).faults == ()
    alone = bundle_alone.verify(path)
    assert (alone["ok"], alone["passkeys_unchecked"]) == (True, 1)


def test_q28_an_answer_that_no_key_signed_is_named_by_the_record_its_bundle_and_its_page(
    site: Pharmacy, bag: Making, tmp_path: Path
) -> None:
    forged(site, bag, unsigned(bag))
    path = tmp_path / "bundle.zip"
    with site.house.store.reading() as conn:
        export(conn, site.house.blobs, Evidence(), Asked("MAIN", bag.id, "vialtrace 0", now()), path)
    says = "its signature by passkey does not hold: Its public key did not sign the passkey's answer."
    assert whole(site) == [("signature", says)]
    assert [one.says for one in verify_bundle(path).faults] == [says]
    assert "PASSKEY DOES NOT HOLD" in at_desk(site).get(f"/record/{bag.id}").text


def test_q28_a_key_that_its_signer_never_registered_is_named(site: Pharmacy, bag: Making) -> None:
    stranger, nonce = Authenticator(), "made up"
    value = to_text(challenge("approved for release", bag.p.digest, bag.id, PAM.id, nonce))
    answer = taken_apart(stranger.get(json.dumps({"challenge": value, "rpId": "localhost"})))
    parts = (answer.authenticator_data, answer.client_data, answer.signature, nonce)
    whose = Assertion(to_text(stranger.id), to_text(stranger._public()), "localhost", *parts)
    forged(site, bag, replace(unsigned(bag), assertion=whose))
    says = "it was signed with a passkey that its signer did not have registered then"
    assert whole(site) == [("signature", says)]


@pytest.fixture
def authenticator(page: Page) -> CDPSession:
    """Chromium's own virtual authenticator, which recognises its user."""
    tools = page.context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    tools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return tools


def test_q28_in_a_browser_pam_registers_signs_in_and_approves_by_passkey(
    site: Pharmacy, bag: Making, page: Page, authenticator: CDPSession
) -> None:
    for address in serving(site.app):
        url = address.replace("127.0.0.1", "localhost")
        page.goto(f"{url}/sign-in")
        page.fill("#user", PAM.user)
        page.fill("#password", PAM.password)
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.goto(f"{url}/me")
        page.get_by_text("Register a passkey").click()
        page.fill("#passkey-name", "my laptop")
        page.fill("#passkey-password", PAM.password)
        page.get_by_role("button", name="Register it").click()
        expect(page.get_by_text("not used yet")).to_be_visible()
        page.get_by_role("button", name="Sign out", exact=True).click()
        page.get_by_role("button", name="Sign in with a passkey").click()
        page.wait_for_url("**/review")
        look_at(page, url, bag)
        for number in range(1, len(photos_of(bag)) + 1):
            see(page, number)
        page.keyboard.press("a")
        page.get_by_role("button", name="Sign by passkey: approved for release").click()
        expect(page.locator(".whose")).to_contain_text("approved")
    assert state(site, bag.id) == "approved"
    signature = loaded(site, bag.id).evidence("approve")
    assert assertions.trouble(signature, bag.id, PAM.id) == ""  # type: ignore[arg-type]  # a signature
