"""What goes over the wire packed, and what never does."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

import app.web
from app.web import packed
from app.web.headers import guard_answers
from app.web.packed import pack_static
from tests.web.conftest import Pharmacy

STATIC = Path(app.web.__file__).parent / "static"
SHEET = "vendor/bootstrap-5.3.9.min.css"
FONT = "vendor/atkinson-hyperlegible-latin-400-normal.woff2"
TAKES = {"Accept-Encoding": "gzip, deflate, br"}


@pytest.fixture
def client() -> FlaskClient:
    """The static files alone."""
    bare = Flask("app.web")
    pack_static(bare)
    guard_answers(bare)
    return bare.test_client()


@pytest.mark.parametrize("name", [SHEET, "js/scan.js", "img/vialtrace.svg"])
def test_a_file_is_packed_for_whoever_takes_that_and_is_the_same_unpacked(client: FlaskClient, name: str) -> None:
    small, plain = (client.get(f"/static/{name}", headers=headers) for headers in (TAKES, {}))
    assert gzip.decompress(small.data) == plain.data == (STATIC / name).read_bytes()
    assert len(small.data) < len(plain.data)
    assert (small.headers["Content-Encoding"], "Content-Encoding" in plain.headers) == ("gzip", False)
    assert small.content_type == plain.content_type
    assert [one.headers["Vary"] for one in (small, plain)] == ["Accept-Encoding"] * 2
    assert small.headers["ETag"] != plain.headers["ETag"]
    assert small.headers["X-Content-Type-Options"] == "nosniff"
    small.close()
    plain.close()


def test_packed_once_asked_for_often_and_answered_empty_where_it_is_known(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed._packed.cache_clear()
    work: list[int] = []
    real = gzip.compress

    def counted(data: bytes, **how: int) -> bytes:
        work.append(len(data))
        return real(data, **how)

    monkeypatch.setattr(gzip, "compress", counted)
    first = client.get(f"/static/{SHEET}", headers=TAKES)
    again = client.get(f"/static/{SHEET}", headers=TAKES)
    known = client.get(f"/static/{SHEET}", headers={**TAKES, "If-None-Match": first.headers["ETag"]})
    assert (first.data == again.data, known.status_code, known.data) == (True, 304, b"")
    assert work == [(STATIC / SHEET).stat().st_size]


@pytest.mark.parametrize("headers", [{}, {"Accept-Encoding": "identity"}, {"Accept-Encoding": "gzip;q=0"}])
def test_who_does_not_take_it_gets_it_plain(client: FlaskClient, headers: dict[str, str]) -> None:
    with client.get("/static/css/office.css", headers=headers) as answer:
        assert (answer.status_code, "Content-Encoding" in answer.headers) == (200, False)


@pytest.mark.parametrize(
    "path", ["../build.py", "js/..%2f..%2fbuild.py", "js/../../templates/icons.html", "css/none.css"]
)
def test_nothing_outside_the_folder_is_packed_or_sent(client: FlaskClient, path: str) -> None:
    assert client.get(f"/static/{path}", headers=TAKES).status_code == 404


def test_a_page_with_its_token_an_answer_and_a_font_are_never_packed(pharmacy: Pharmacy) -> None:
    client = pharmacy.client()
    for path in ("/sign-in", "/terminal/HOOD-1", "/healthz", f"/static/{FONT}"):
        with client.get(path, headers=TAKES) as answer:
            assert (path, answer.status_code, answer.headers.get("Content-Encoding")) == (path, 200, None)
    with client.get(f"/static/{SHEET}", headers=TAKES) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
