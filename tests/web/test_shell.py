"""The web's outer walls: rights, cookies, headers, tokens, errors."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from unittest.mock import patch

import pytest
from sqlalchemy import select

from app.clock import now
from app.people import sessions
from app.people.secrets import TooManyAtOnceError
from app.people.tables import ROLES, attempt
from app.record.engine import NotSaved
from app.web import build
from app.web.build import UnlistedRouteError
from app.web.frame import visible
from app.web.headers import CSP
from app.web.rights import open_to_all, right, right_of, unlisted
from app.web.visit import visit
from tests.people.cast import ADA, ANN, CAST, PAM, UNA, Member
from tests.web.conftest import Pharmacy, add, sign_in_desk, sign_in_station, token_of
from tests.web.desk import at_desk, post

TLS = {"base_url": "https://pharmacy.example"}
PLAIN = {"base_url": "http://pharmacy.example"}


# rights


def test_q45_every_route_names_its_right(pharmacy: Pharmacy) -> None:
    assert unlisted(pharmacy.app) == ()
    assert len(list(pharmacy.app.url_map.iter_rules())) > 8


def test_q45_a_route_without_a_right_stops_the_start_and_is_never_served(pharmacy: Pharmacy) -> None:
    from flask import Blueprint

    careless = Blueprint("careless", __name__)
    careless.get("/careless")(lambda: "patient list")
    with (
        patch.object(build, "SCREENS", (*build.SCREENS, careless)),
        pytest.raises(UnlistedRouteError, match=r"careless\.<lambda>"),
    ):
        build.build(pharmacy.house.settings, _kept(pharmacy), pharmacy.house.store, None)
    add(pharmacy.app, "/sneaked", lambda: "patient list", "sneaked")
    client = pharmacy.client()
    sign_in_desk(client, ADA)
    answer = client.get("/sneaked")
    assert (answer.status_code, "patient list" in answer.text) == (403, False)


def _kept(pharmacy: Pharmacy):  # type: ignore[no-untyped-def]  # the secrets of a pharmacy
    from app.settings import load_secrets

    return load_secrets(pharmacy.house.settings)


def test_a_right_in_words_that_nobody_has_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="surgeon"):
        right("surgeon")
    with pytest.raises(ValueError, match="needs roles"):
        right()


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("member", CAST, ids=lambda member: member.user)
def test_q45_each_role_opens_its_own_routes_and_no_others(pharmacy: Pharmacy, member: Member, role: str) -> None:
    add(pharmacy.app, "/only", right(role)(lambda: "inside"), "only")
    client = pharmacy.client()
    sign_in_desk(client, member)
    answer = client.get("/only")
    assert (answer.status_code, answer.text == "inside") == ((200, True) if role in member.roles else (403, False))


def test_q7_a_denied_act_is_kept(pharmacy: Pharmacy) -> None:
    add(pharmacy.app, "/only", right("admin")(lambda: "inside"), "only")
    client = pharmacy.client()
    sign_in_desk(client, PAM)
    client.get("/only")
    with pharmacy.house.store.reading() as conn:
        assert conn.execute(select(attempt.c.person, attempt.c.purpose, attempt.c.outcome)).all() == [
            (PAM.id, "GET only", "no right")
        ]


def test_nothing_but_the_open_pages_is_shown_before_sign_in(pharmacy: Pharmacy) -> None:
    client = pharmacy.client()
    values = {"station": "HOOD-1", "kind": "pin", "filename": "css/tokens.css", "size": "thumb", "form": "pdf"}
    values |= dict.fromkeys(("seq", "version", "number"), 1)
    for rule in pharmacy.app.url_map.iter_rules():
        named = right_of(pharmacy.app, rule.endpoint)
        if named is None or named.everyone or "GET" not in (rule.methods or ()):
            continue
        with pharmacy.app.test_request_context():
            path = pharmacy.app.url_map.bind("localhost").build(
                rule.endpoint, {k: values.get(k, "X1") for k in rule.arguments}
            )
        answer = client.get(path)
        if rule.endpoint.startswith("api."):  # a program has no use for a door
            assert answer.status_code == 401, rule.endpoint
            continue
        assert answer.status_code == 302, rule.endpoint
        assert "/sign-in" in answer.location or "/terminal/" in answer.location


def test_a_script_that_asks_without_sign_in_is_told_where_to_go(pharmacy: Pharmacy) -> None:
    answer = pharmacy.client().get("/me", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.headers["X-Sign-In"], answer.text) == (401, "/sign-in?next=/me", "")


# cookies and tokens


def test_q47_under_tls_the_cookies_are_host_bound_secure_and_http_only(pharmacy: Pharmacy) -> None:
    client = pharmacy.client()
    form = client.get("/sign-in", **TLS).headers["Set-Cookie"]
    answer = sign_in_desk(client, PAM, **TLS)
    key = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith("__Host-vialtrace="))
    for cookie in (form, key):
        assert cookie.startswith("__Host-vialtrace")
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
        assert "Domain" not in cookie


def test_q47_on_loopback_the_name_has_no_prefix(pharmacy: Pharmacy) -> None:
    answer = sign_in_desk(pharmacy.client(), PAM)
    key = answer.headers.getlist("Set-Cookie")[0]
    assert re.match(r"vialtrace=[\w-]{43}; HttpOnly; Path=/; SameSite=Lax$", key)


def test_q34_over_plain_http_from_elsewhere_nobody_signs_in_and_the_page_says_why(pharmacy: Pharmacy) -> None:
    client = pharmacy.client()
    assert "NOT A SECURE CONTEXT" in client.get("/sign-in", **PLAIN).text
    answer = sign_in_desk(client, PAM, **PLAIN)
    assert answer.status_code == 403
    assert not [c for c in answer.headers.getlist("Set-Cookie") if c.startswith(("vialtrace=", "__Host-vialtrace="))]
    assert "NOT A SECURE CONTEXT" not in pharmacy.client().get("/sign-in", **TLS).text


def test_q36_a_key_planted_before_sign_in_is_not_the_key_after_it(pharmacy: Pharmacy) -> None:
    client = pharmacy.client()
    client.set_cookie("vialtrace", "planted" * 7)
    sign_in_desk(client, PAM)
    assert client.get_cookie("vialtrace").value != "planted" * 7  # type: ignore[union-attr]  # it is there
    other = pharmacy.client()
    other.set_cookie("vialtrace", "planted" * 7)
    assert other.get("/me").status_code == 302


@pytest.mark.parametrize("token", [None, "", "forged", "another's"])
def test_q48_no_change_without_this_visitors_own_token(pharmacy: Pharmacy, token: str | None) -> None:
    client, other = pharmacy.client(), pharmacy.client()
    sign_in_desk(client, PAM)
    sign_in_desk(other, UNA)
    if token == "another's":
        token = token_of(other.get("/me"))
    for path in (
        "/sign-in",
        "/sign-out",
        "/me/pin",
        "/me/password",
        "/terminal/HOOD-1/sign-in",
        "/terminal/HOOD-1/lock",
    ):
        answer = client.post(path, data={} if token is None else {"csrf_token": token})
        stopped = answer.status_code == 401 and path == "/terminal/HOOD-1/lock"
        assert stopped or (answer.status_code == 400 and "out of date" in answer.text), path
    assert client.get("/me").status_code == 200


def test_q48_a_form_sent_from_another_site_is_refused_even_with_a_token(pharmacy: Pharmacy) -> None:
    client = pharmacy.client()
    token = token_of(client.get("/sign-in"))
    for site, code in (("cross-site", 403), ("same-site", 403), ("same-origin", 422)):
        answer = client.post("/sign-in", data={"csrf_token": token}, headers={"Sec-Fetch-Site": site})
        assert answer.status_code == code


def test_q48_no_get_changes_anything(pharmacy: Pharmacy) -> None:
    client = pharmacy.client()
    sign_in_station(client, ANN)
    for path in ("/sign-out", "/terminal/HOOD-1/lock", "/terminal/HOOD-1/sign-in", "/me/pin"):
        assert client.get(path).status_code == 405
    assert client.get("/terminal/HOOD-1/ready").status_code == 200


# headers and errors


@pytest.mark.parametrize(
    "path",
    ["/", "/sign-in", "/terminal/HOOD-1", "/healthz", "/readyz", "/nowhere", "/me", "/breaks", "/static/nothing.js"],
)
def test_q49_every_answer_carries_the_guards_errors_too(pharmacy: Pharmacy, path: str) -> None:
    add(pharmacy.app, "/breaks", open_to_all(_break), "breaks")
    for base, hsts in (({}, None), (TLS, "max-age=31536000")):
        headers = pharmacy.client().get(path, **base).headers
        assert headers["Content-Security-Policy"] == CSP
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Permissions-Policy"] == "camera=(self)"
        assert headers["Cache-Control"] == "no-store"
        assert headers.get("Strict-Transport-Security") == hsts


def test_the_csp_is_the_one_agreed() -> None:
    assert CSP == (
        "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    )


def _break() -> str:
    raise RuntimeError("SELECT secret FROM /srv/place")


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_q52_an_error_has_a_number_that_is_in_the_log_and_no_trace(
    pharmacy: Pharmacy, caplog: pytest.LogCaptureFixture, accept: str
) -> None:
    add(pharmacy.app, "/breaks", open_to_all(_break), "breaks")
    with caplog.at_level(logging.ERROR, "vialtrace.web"):
        answer = pharmacy.client().get("/breaks", headers={"Accept": accept})
    assert answer.status_code == 500
    assert "nothing changed" in answer.text.lower()
    assert not re.search(r"SELECT|Traceback|/srv|RuntimeError|\.py", answer.text)
    number = re.search(r"\b[0-9A-HJKMNP-TV-Z]{8}\b", answer.text)
    assert number is not None
    assert number[0] in caplog.text
    assert "RuntimeError" in caplog.text


@pytest.mark.parametrize(("trouble", "code"), [(NotSaved("disk full"), 500), (TooManyAtOnceError(), 503)])
def test_a_full_disk_and_a_rush_are_told_apart(pharmacy: Pharmacy, trouble: Exception, code: int) -> None:
    def stumble() -> str:
        raise trouble

    add(pharmacy.app, "/stumbles", open_to_all(stumble), "stumbles")
    answer = pharmacy.client().get("/stumbles")
    assert answer.status_code == code
    assert "othing was" in answer.text
    assert ("Retry-After" in answer.headers) == (code == 503)


def test_q53_no_debug_and_no_listing(pharmacy: Pharmacy) -> None:
    assert not pharmacy.app.debug
    client = pharmacy.client()
    for path in ("/static/", "/static/js/", "/console", "/static/../build.py", "/static/%2e%2e/build.py"):
        assert client.get(path).status_code == 404


def test_an_upload_over_25_mb_is_refused_with_a_sentence(pharmacy: Pharmacy) -> None:
    answer = pharmacy.client().post(
        "/sign-in", data=b"x" * (25 * 1024 * 1024 + 1), content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 413
    assert "25 MB" in answer.text


# words


def test_demo_and_unconfirmed_stand_on_every_first_page(make_pharmacy: Callable[..., Pharmacy]) -> None:
    demo, real = make_pharmacy(), make_pharmacy(demo=False)
    for path in ("/sign-in", "/terminal/HOOD-1"):
        assert "NOT FOR CLINICAL USE" in demo.client().get(path).text
        assert "NOT FOR CLINICAL USE" not in real.client().get(path).text
        assert "CLINICAL DEFAULTS ARE UNCONFIRMED" in real.client().get(path).text
    client = demo.client()
    sign_in_desk(client, PAM)
    for path in ("/welcome", "/me", "/nowhere"):
        assert "NOT FOR CLINICAL USE" in client.get(path).text


@pytest.mark.parametrize("mark", ["\u202e", "\u2066", "\x07", "\x1d", "\u200f"])
def test_q50_hidden_marks_are_shown(mark: str) -> None:
    assert visible(f"lot{mark}X") == f"lot\\u{ord(mark):04x}X"
    assert visible("naïve\nline") == "naïve\nline"
    assert visible(7) == 7


def test_q50_a_name_with_a_hidden_mark_is_shown_with_it(pharmacy: Pharmacy) -> None:
    client = pharmacy.client()
    form = {"user": "a\u202e<b>", "password": "x", "csrf_token": token_of(client.get("/sign-in"))}
    assert 'value="a\\u202e&lt;b&gt;"' in client.post("/sign-in", data=form).text


def test_json_writes_amounts_as_text_and_times_in_utc(pharmacy: Pharmacy) -> None:
    from datetime import UTC, datetime
    from decimal import Decimal

    at = datetime(2026, 11, 23, 9, 5, tzinfo=UTC)
    written = pharmacy.app.json.dumps({"dose": Decimal("970.0"), "at": at, "roles": frozenset({"b", "a"})})
    assert written == '{"dose":"970.0","at":"2026-11-23T09:05:00.000000Z","roles":["a","b"]}'


def test_a_visit_knows_who_asks(pharmacy: Pharmacy) -> None:
    add(pharmacy.app, "/who", right("technician")(lambda: f"{visit().person.name} {visit().station}"), "who")  # type: ignore[union-attr]  # behind a right
    client = pharmacy.client()
    sign_in_station(client, ANN)
    assert client.get("/who").text == "Ann T. HOOD-1"


def test_ending_a_session_on_the_server_ends_it_everywhere(pharmacy: Pharmacy) -> None:
    client = pharmacy.client()
    sign_in_station(client, ANN)
    at = now()
    pharmacy.house.door.write(lambda act: sessions.end_all(act, ANN.id, why="test"), by="test", at=at)
    assert client.get("/terminal/HOOD-1/ready").status_code == 302


def test_dark_pages_are_of_the_browser_and_stay_when_the_person_leaves(pharmacy: Pharmacy) -> None:
    client = at_desk(pharmacy)
    assert "data-bs-theme" not in client.get("/me").text
    assert post(client, "/theme", theme="mauve").status_code == 400
    answer = post(client, "/theme", theme="dark")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/me")
    assert '<html lang="en" data-bs-theme="dark">' in client.get("/me").text
    post(client, "/sign-out")
    assert '<html lang="en" data-bs-theme="dark">' in client.get("/sign-in").text
    assert "data-bs-theme" not in pharmacy.client().get("/sign-in").text
    client = at_desk(pharmacy)
    post(client, "/theme", theme="light")
    assert "data-bs-theme" not in client.get("/me").text
