"""Requests and signatures made by hand."""

from __future__ import annotations

from werkzeug.test import TestResponse

from tests.people.cast import ANN, QUIN
from tests.web.attacks.scene import Scene, attack
from tests.web.conftest import token_of
from tests.web.desk import RAE, at_desk, form_of, form_token, photos_of, sign_form


@attack("an approval without a token")
def _no_token(scene: Scene) -> list[TestResponse]:
    client = at_desk(scene.pharmacy)
    form = {name: value for name, value in sign_form(client, scene.made).items() if name != "csrf_token"}
    return [client.post(f"/review/{scene.id}/sign", data=form)]


@attack("an approval with another session's token")
def _others_token(scene: Scene) -> list[TestResponse]:
    form = sign_form(at_desk(scene.pharmacy), scene.made)
    form["csrf_token"] = token_of(at_desk(scene.pharmacy, QUIN).get("/me"))
    return [at_desk(scene.pharmacy).post(f"/review/{scene.id}/sign", data=form)]


@attack("an approval by an address that is only looked at")
def _by_get(scene: Scene) -> list[TestResponse]:
    client = at_desk(scene.pharmacy)
    return [
        client.get(
            f"/review/{scene.id}/sign", query_string={k: str(v) for k, v in sign_form(client, scene.made).items()}
        )
    ]


@attack("another method by header")
def _method(scene: Scene) -> list[TestResponse]:
    client = at_desk(scene.pharmacy)
    return [
        client.get(f"/review/{scene.id}/sign", headers={"X-HTTP-Method-Override": "POST"}),
        client.delete(f"/record/{scene.id}"),
        client.put(f"/review/{scene.id}/sign"),
        client.patch(f"/record/{scene.id}"),
    ]


@attack("an approval sent from a page of another site")
def _cross_site(scene: Scene) -> list[TestResponse]:
    client = at_desk(scene.pharmacy)
    form = sign_form(client, scene.made)
    return [
        client.post(
            f"/review/{scene.id}/sign",
            data=form,
            headers={"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
        )
    ]


@attack("XML with a reach for a file instead of a form")
def _xml(scene: Scene) -> list[TestResponse]:
    text = f'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a token="{"t" * 43}">&x;</a>'
    return [at_desk(scene.pharmacy).post(f"/review/{scene.id}/sign", data=text, content_type="application/xml")]


@attack("a signature's form sent again from another's session")
def _replayed(scene: Scene) -> list[TestResponse]:
    form = sign_form(at_desk(scene.pharmacy), scene.made)
    other = at_desk(scene.pharmacy, QUIN)
    form["csrf_token"] = form_of(other.get(f"/review/{scene.id}").text, f"/review/{scene.id}/sign")["csrf_token"]
    return [other.post(f"/review/{scene.id}/sign", data=form)]


@attack("a signature with a technician's name and password")
def _borrowed(scene: Scene) -> list[TestResponse]:
    client = at_desk(scene.pharmacy)
    return [
        client.post(
            f"/review/{scene.id}/sign",
            data={**sign_form(client, scene.made), "user": ANN.user, "password": ANN.password},
        )
    ]


@attack("a signature with an empty password")
def _no_password(scene: Scene) -> list[TestResponse]:
    client = at_desk(scene.pharmacy)
    return [client.post(f"/review/{scene.id}/sign", data={**sign_form(client, scene.made), "password": ""})]


@attack("a signature of a pharmacist without a licence")
def _no_licence(scene: Scene) -> list[TestResponse]:
    client = at_desk(scene.pharmacy, RAE)
    form = {**sign_form(at_desk(scene.pharmacy), scene.made), "user": RAE.user, "password": RAE.password}
    return [client.post(f"/review/{scene.id}/sign", data={**form, "csrf_token": form_token(client, scene.id)})]


@attack("a signature over photos that were not shown")
def _unseen(scene: Scene) -> list[TestResponse]:
    client = at_desk(scene.pharmacy)
    form = sign_form(client, scene.made)
    return [
        client.post(f"/review/{scene.id}/sign", data={**form, "seen": seen})
        for seen in ([], ["0" * 64] * 4, photos_of(scene.made)[:1])
    ]


@attack("a signature over another state of the record")
def _other_state(scene: Scene) -> list[TestResponse]:
    client = at_desk(scene.pharmacy)
    form = sign_form(client, scene.made)
    names = [name for name in form if name in ("over", "head", "digest")] or ["expected_version"]
    return [
        client.post(f"/review/{scene.id}/sign", data={**form, name: "1" if name == "expected_version" else "0" * 64})
        for name in names
    ]
