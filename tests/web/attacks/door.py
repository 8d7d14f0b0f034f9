"""Attacks at the door: cookies, badges, PINs, names."""

from __future__ import annotations

from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from tests.people.cast import ANN, BO, PAM
from tests.web.attacks.scene import Scene, attack
from tests.web.conftest import sign_in_desk, token_of
from tests.web.desk import at_desk


@attack("fixation: a cookie planted before the sign-in")
def _fixation(scene: Scene) -> list[TestResponse]:
    victim, thief = scene.pharmacy.client(), scene.pharmacy.client()
    for client in (victim, thief):
        client.set_cookie("vialtrace", "planted-by-the-thief-planted-by-the-thief")
    assert sign_in_desk(victim, PAM).status_code == 302
    assert victim.get_cookie("vialtrace").value != "planted-by-the-thief-planted-by-the-thief"  # type: ignore[union-attr]  # it is there
    return [thief.get("/review")]


@attack("a session cookie made up")
def _made_up(scene: Scene) -> list[TestResponse]:
    client = scene.pharmacy.client()
    client.set_cookie("vialtrace", "A" * 43)
    return [client.get("/review")]


@attack("a session cookie with one letter changed")
def _one_letter(scene: Scene) -> list[TestResponse]:
    owner, thief = at_desk(scene.pharmacy), scene.pharmacy.client()
    key = owner.get_cookie("vialtrace").value  # type: ignore[union-attr]  # it is there
    thief.set_cookie("vialtrace", ("B" if key[0] != "B" else "C") + key[1:])
    return [thief.get("/review")]


@attack("a session cookie after its sign-out")
def _after_sign_out(scene: Scene) -> list[TestResponse]:
    owner, thief = at_desk(scene.pharmacy), scene.pharmacy.client()
    thief.set_cookie("vialtrace", owner.get_cookie("vialtrace").value)  # type: ignore[union-attr]  # it is there
    owner.post("/sign-out", data={"csrf_token": token_of(owner.get("/me"))})
    return [thief.get("/review")]


@attack("a session cookie of a thousand letters")
def _long_cookie(scene: Scene) -> list[TestResponse]:
    client = scene.pharmacy.client()
    client.set_cookie("vialtrace", "x" * 1000)
    return [client.get("/review")]


def at_the_tablet(scene: Scene, **fields: str) -> TestResponse:
    client = scene.pharmacy.client()
    token = token_of(client.get("/terminal/HOOD-1"))
    return client.post("/terminal/HOOD-1/sign-in", data={"csrf_token": token, **fields})


def at_the_desk(scene: Scene, **fields: str) -> TestResponse:
    client = scene.pharmacy.client()
    return client.post("/sign-in", data={"csrf_token": token_of(client.get("/sign-in")), **fields})


@attack("a stolen badge without its PIN")
def _badge_alone(scene: Scene) -> list[TestResponse]:
    return [at_the_tablet(scene, badge=ANN.badge, pin="")]


@attack("a stolen badge with one's own PIN")
def _own_pin(scene: Scene) -> list[TestResponse]:
    return [at_the_tablet(scene, badge=ANN.badge, pin=BO.pin)]


@attack("guessing a PIN until the right one comes")
def _guessing(scene: Scene) -> list[TestResponse]:
    tries = [at_the_tablet(scene, badge=ANN.badge, pin=f"11223{n}") for n in range(5)]
    return [*tries, at_the_tablet(scene, badge=ANN.badge, pin=ANN.pin)]


@attack("guessing a password until the right one comes")
def _guessing_words(scene: Scene) -> list[TestResponse]:
    tries = [at_the_desk(scene, user="pam", password=f"correct horse {n}") for n in range(5)]
    return [*tries, at_the_desk(scene, user="pam", password=PAM.password)]


@attack("a badge as the name at a desk")
def _badge_at_desk(scene: Scene) -> list[TestResponse]:
    return [at_the_desk(scene, user=ANN.badge, password=ANN.pin)]


@attack("SQL in the name")
def _sql(scene: Scene) -> list[TestResponse]:
    return [
        at_the_desk(scene, user="pam' OR '1'='1", password="' OR '1'='1"),
        at_the_desk(scene, user="pam'--", password="x"),
    ]


@attack("a name with a nought, a line break and a right-to-left mark")
def _strange_name(scene: Scene) -> list[TestResponse]:
    return [at_the_desk(scene, user=name, password=PAM.password) for name in ("pam\0", "pam\r\nada", "\u202epam")]


@attack("a password of a million letters")
def _long_password(scene: Scene) -> list[TestResponse]:
    return [at_the_desk(scene, user="pam", password="p" * 1_000_000)]


@attack("two names in one form")
def _two_names(scene: Scene) -> list[TestResponse]:
    client = scene.pharmacy.client()
    fields = [("csrf_token", token_of(client.get("/sign-in"))), ("user", "nobody"), ("user", "pam")]
    return [client.post("/sign-in", data=MultiDict([*fields, ("password", PAM.password)]))]


@attack("a station that does not stand here")
def _no_station(scene: Scene) -> list[TestResponse]:
    client = scene.at_station()
    return [client.get("/terminal/HOOD-9"), client.get(f"/terminal/HOOD-9/p/{scene.id}")]
