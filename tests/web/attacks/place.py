"""Attacks from another's place: roles, stations, sessions."""

from __future__ import annotations

from werkzeug.test import TestResponse

from tests.people.cast import ADA, ANN, BO, QUIN, UNA
from tests.web.attacks.scene import Scene, attack
from tests.web.conftest import token_of
from tests.web.desk import at_desk, sign_form


@attack("a desk's session at a station")
def _desk_at_station(scene: Scene) -> list[TestResponse]:
    return [at_desk(scene.pharmacy).get(scene.path)]


@attack("a station's session at another station")
def _other_station(scene: Scene) -> list[TestResponse]:
    client = scene.at_station(ANN, "HOOD-2")
    return [
        client.get(scene.path),
        client.post(f"{scene.path}/do", data={"csrf_token": token_of(client.get("/terminal/HOOD-2/ready"))}),
    ]


@attack("a technician at the desk's pages")
def _technician(scene: Scene) -> list[TestResponse]:
    client = scene.at_station()
    return [
        client.get(path)
        for path in ("/review", f"/review/{scene.id}", "/orders", "/access", "/exports", "/people", "/locks", "/health")
    ]


@attack("a technician approves by hand-made form")
def _technician_approves(scene: Scene) -> list[TestResponse]:
    form = sign_form(at_desk(scene.pharmacy), scene.made)
    client = scene.at_station()
    form["csrf_token"] = token_of(client.get("/terminal/HOOD-1/ready"))
    return [client.post(f"/review/{scene.id}/sign", data=form)]


@attack("an administrator approves")
def _administrator(scene: Scene) -> list[TestResponse]:
    form = {**sign_form(at_desk(scene.pharmacy), scene.made), "user": ADA.user, "password": ADA.password}
    client = at_desk(scene.pharmacy, ADA)
    form["csrf_token"] = token_of(client.get("/me"))
    return [client.get(f"/review/{scene.id}"), client.post(f"/review/{scene.id}/sign", data=form)]


@attack("another technician goes on with it")
def _another(scene: Scene) -> list[TestResponse]:
    client = scene.at_station(BO)
    return [scene.act(client, "do", word="BACK"), scene.act(client, "scan", data=BO.badge, aim="]d1")]


@attack("quality assurance orders a rework")
def _quality(scene: Scene) -> list[TestResponse]:
    client = at_desk(scene.pharmacy, UNA)
    return [client.post(f"/review/{scene.id}/reject", data={"csrf_token": token_of(client.get("/me"))})]


@attack("somebody else's session is ended from one's own page")
def _end_another(scene: Scene) -> list[TestResponse]:
    at_desk(scene.pharmacy, QUIN)
    client = at_desk(scene.pharmacy)
    with scene.pharmacy.house.store.reading() as conn:
        rows = conn.exec_driver_sql("SELECT id FROM sign_in WHERE person = ?", (QUIN.id,)).scalars().all()
    assert rows
    token = token_of(client.get("/me"))
    return [client.post(f"/me/sessions/{row}/end", data={"csrf_token": token}) for row in rows]
