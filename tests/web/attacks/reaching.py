"""Reaching for what is not one's own, and for what is not there."""

from __future__ import annotations

from werkzeug.test import TestResponse

from tests.web.attacks.scene import Scene, attack
from tests.web.conftest import token_of
from tests.web.desk import at_desk, photos_of


@attack("numbers of preparations guessed, and paths instead of them")
def _guessed(scene: Scene) -> list[TestResponse]:
    client = at_desk(scene.pharmacy)
    ids = ("AAAAAAAA", "..%2f..%2fetc%2fpasswd", "site%2FMAIN", "%00", "' OR 1=1--", "x" * 4000)
    return [client.get(f"/record/{one}{tail}") for one in ids for tail in ("", "/pdf", "/bundle")]


@attack("photos by another's name, by a path, and in a size of one's own")
def _photos(scene: Scene) -> list[TestResponse]:
    client, mine = at_desk(scene.pharmacy), photos_of(scene.made)[0]
    names = (
        f"{'0' * 64}/original",
        "..%2f..%2fpepper/original",
        f"{mine}/..%2foriginal",
        f"{mine.upper()}/original",
        f"{mine}/huge",
    )
    return [client.get(f"/record/{scene.id}/photo/{name}") for name in names]


@attack("files of the server by the folder of its pages")
def _static(scene: Scene) -> list[TestResponse]:
    client = scene.pharmacy.client()
    paths = ("../build.py", "%2e%2e/build.py", "..%5c..%5cpepper", "css/../../build.py", "css%00")
    return [client.get(f"/static/{path}") for path in paths]


@attack("an event of the record that is not there")
def _no_event(scene: Scene) -> list[TestResponse]:
    client = at_desk(scene.pharmacy)
    return [client.get(f"/record/{scene.id}/event/{n}/correct") for n in ("-1", "0", "99999", "9" * 40, "1%20OR%201")]


@attack("an export of a format, a file or a filter of one's own")
def _export(scene: Scene) -> list[TestResponse]:
    client = at_desk(scene.pharmacy)
    token = token_of(client.get("/exports"))
    forms = (
        {"format": "../../pepper"},
        {"format": "sqlite"},
        {"format": "csv", "first": "x"},
        {"format": "csv", "first": "2026-13-45", "last": "0"},
    )
    return [client.post("/exports", data={"csrf_token": token, **form}) for form in forms]


@attack("the figures without their token")
def _metrics(scene: Scene) -> list[TestResponse]:
    client = scene.pharmacy.client()
    return [
        client.get("/metrics"),
        client.get("/metrics", headers={"Authorization": "Bearer "}),
        client.get("/metrics?token=x"),
    ]


@attack("a line break in an address, to write a header")
def _header(scene: Scene) -> list[TestResponse]:
    client = scene.pharmacy.client()
    answers = [
        client.get("/review?x=%0d%0aSet-Cookie:%20a=b&next=%0d%0aX-Planted:%201"),
        client.get("/me%0d%0aX-Planted:%201"),
    ]
    assert not [one for one in answers if "X-Planted" in one.headers or "a=b" in one.headers.get("Set-Cookie", "")]
    return answers
