"""Short ways to ask for exports: as a person at a desk, and as the page and the command line both do underneath."""

from __future__ import annotations

import csv
import io
import json

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.clock import now
from app.export.pseudonyms import Pseudonyms
from app.export.run import By, Made, NotMade, export
from app.export.wanted import Wanted
from app.settings import load_pseudonym_key
from tests.people.cast import PAM
from tests.web.conftest import Pharmacy, token_of


def post(client: FlaskClient, **given: str) -> TestResponse:
    """Fill in the form and press Export."""
    token = token_of(client.get("/exports"))
    return client.post("/exports", data={"csrf_token": token, **given})


def ask(pharmacy: Pharmacy, wanted: Wanted, who: str = PAM.id) -> Made | NotMade:
    settings = pharmacy.house.settings
    return export(pharmacy.house.store, settings, Pseudonyms(load_pseudonym_key(settings)), wanted, By(who, now()))


def bytes_of(pharmacy: Pharmacy, wanted: Wanted) -> bytes:
    made = ask(pharmacy, wanted)
    assert isinstance(made, Made), made
    return b"".join(made.parts())


def csv_rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def resources(content: bytes) -> list[dict[str, object]]:
    return [json.loads(line) for line in content.splitlines()]
