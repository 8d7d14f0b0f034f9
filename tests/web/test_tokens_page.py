"""API tokens on their pages: made by giving the password, shown once, revoked by their person or by an administrator."""

from __future__ import annotations

import json
import re

import pytest
from click.testing import CliRunner

from app.cli.token import token
from app.clock import now
from app.people import accounts, enrolment, history, tokens
from app.people.history import Act
from app.people.tokens import Token
from tests.people.cast import ADA, ANN, PAM
from tests.web.api.program import Program, token_of
from tests.web.conftest import Pharmacy, sign_in_desk
from tests.web.conftest import token_of as form_token


def mine(pharmacy: Pharmacy, person: str) -> tuple[Token, ...]:
    with pharmacy.house.store.reading() as conn:
        return tokens.of(conn, person)


def test_a_token_is_made_by_giving_the_password_and_shown_once(pharmacy: Pharmacy) -> None:
    client = pharmacy.client()
    sign_in_desk(client, PAM)
    page = client.get("/me/tokens")
    form = {
        "csrf_token": form_token(page), "name": "ward board", "scope": "preparations:read", "days": "30",
        "station": "", "password": "not hers at all",
    }  # fmt: skip
    refused = client.post("/me/tokens", data=form)
    assert (refused.status_code, mine(pharmacy, PAM.id)) == (422, ())
    assert 'value="ward board"' in refused.text
    made = client.post("/me/tokens", data=form | {"password": PAM.password})
    secret = re.search(r"vt1_[\w-]{43}", made.text)
    assert secret is not None
    assert secret[0] not in client.get("/me/tokens").text
    answer = pharmacy.client().get("/api/v1/token", headers={"Authorization": f"Bearer {secret[0]}"})
    assert (answer.get_json()["name"], answer.get_json()["scopes"]) == ("ward board", ["preparations:read"])


def test_its_person_revokes_a_token_and_nobody_else_s(pharmacy: Pharmacy) -> None:
    hers, anns = token_of(pharmacy.house, PAM), token_of(pharmacy.house, ANN)
    client = pharmacy.client()
    sign_in_desk(client, PAM)
    form = {"csrf_token": form_token(client.get("/me/tokens"))}
    assert client.post(f"/me/tokens/{anns.token.id}/revoke", data=form).status_code == 404
    assert client.post(f"/me/tokens/{hers.token.id}/revoke", data=form).status_code == 303
    assert (mine(pharmacy, PAM.id), len(mine(pharmacy, ANN.id))) == ((), 1)
    assert Program(pharmacy.client(), hers).get("/token").status_code == 401


def test_an_administrator_sees_every_token_and_revokes_one_for_a_reason(pharmacy: Pharmacy) -> None:
    hers = token_of(pharmacy.house, PAM)
    client = pharmacy.client()
    sign_in_desk(client, ADA)
    page = client.get("/tokens")
    assert hers.token.name in page.text
    form = {"csrf_token": form_token(page)}
    assert client.post(f"/tokens/{hers.token.id}/revoke", data=form | {"why": ""}).status_code == 422
    assert (
        client.post(f"/tokens/{hers.token.id}/revoke", data=form | {"why": "the board was stolen"}).status_code == 303
    )
    with pharmacy.house.store.reading() as conn:
        last = history.of(conn, PAM.id)[0]
    assert (last.what, last.by, last.data["why"]) == ("api_token_revoked", ADA.id, "the board was stolen")
    assert "API token “stock robot” revoked" in client.get(f"/people/{PAM.id}").text


def test_a_reset_by_an_administrator_revokes_the_persons_tokens_and_nobody_elses(pharmacy: Pharmacy) -> None:
    door, at = pharmacy.house.door, now()

    def made(act: Act) -> None:
        for member in (ANN, PAM):
            person = accounts.by_id(act.conn, member.id)
            given = {"id": f"T-{member.id}", "secret": f"secret of {member.id}", "name": "the board"}
            tokens.make(act, person, **given, scopes=["preparations:read"], station="", days=30)

    door.write(made, by=ADA.id, at=at)
    lost = {"hashed": "h", "pepper": "p1", "why": "phone stolen"}
    door.write(lambda act: enrolment.reset(act, ANN.id, "password", **lost), by=ADA.id, at=at)
    assert (mine(pharmacy, ANN.id), [one.id for one in mine(pharmacy, PAM.id)]) == ((), [f"T-{PAM.id}"])


def test_the_command_makes_lists_and_revokes_a_token(pharmacy: Pharmacy, monkeypatch: pytest.MonkeyPatch) -> None:
    pharmacy.house.store.close()
    monkeypatch.setenv("VIALTRACE_DATA_DIR", str(pharmacy.house.settings.data_dir))
    monkeypatch.setenv("VIALTRACE_DEMO", "1")
    run = CliRunner().invoke
    beyond = run(token, ["make", "--user", "ann", "--name", "ward board", "--scope", "review"])
    assert (beyond.exit_code, "do not cover review" in beyond.output) == (2, True)
    asked = ["make", "--user", "pam", "--name", "ward board", "--scope", "review", "--scope", "orders:read", "--json"]
    made = json.loads(run(token, asked).stdout)
    assert made["scopes"] == ["orders:read", "review"]
    listed = run(token, ["list", "--json"]).stdout
    assert (json.loads(listed)["token"], made["secret"] in listed) == (made["token"], False)
    assert run(token, ["revoke", made["token"], "--why", "the board was stolen"]).exit_code == 0
    assert (run(token, ["list"]).stdout, run(token, ["revoke", made["token"], "--why", "again"]).exit_code) == ("", 2)
