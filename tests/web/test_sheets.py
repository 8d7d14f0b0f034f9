"""Orders from a sheet at the desk: seen row by row before anything is stored, and imported whole or not at all."""

from __future__ import annotations

import io
import re

from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.interfaces.sheet_file import COLUMNS
from app.interfaces.tables import ordered
from tests.interfaces.test_order_sheets import row, written
from tests.web.conftest import Pharmacy
from tests.web.desk import at_desk, form_of


def stored(pharmacy: Pharmacy) -> int:
    with pharmacy.house.store.reading() as conn:
        return int(conn.execute(select(func.count()).select_from(ordered)).scalar_one())


def previewed(pharmacy: Pharmacy, raw: bytes) -> TestResponse:
    client = at_desk(pharmacy)
    form = form_of(client.get("/messages/sheet").text, "/messages/sheet")
    file = (io.BytesIO(raw), "orders.csv")
    return client.post("/messages/sheet", data=form | {"profile": "oncehr", "file": file})


def effects(page: str) -> list[str]:
    return re.findall(r'<span class="chip (?:right|wrong)">(\w+)</span>', page)


def test_a_sheet_is_seen_first_and_then_imported(pharmacy: Pharmacy) -> None:
    before = stored(pharmacy)
    shown = previewed(pharmacy, written([row(1), row(2), row(6)]))
    assert (shown.status_code, effects(shown.text), stored(pharmacy)) == (200, ["created"] * 3, before)
    assert "Placeholder" not in shown.text
    form = form_of(shown.text, "/messages/sheet")
    assert form["act"] == "import"
    done = at_desk(pharmacy).post("/messages/sheet", data=form)
    assert done.status_code == 400, "the token is that of another session"
    client = at_desk(pharmacy)
    token = form_of(client.get("/messages/sheet").text, "/messages/sheet")
    done = client.post("/messages/sheet", data=form | token)
    assert (done.status_code, effects(done.text), stored(pharmacy)) == (200, ["created"] * 3, before + 3)
    again = previewed(pharmacy, written([row(1), row(2), row(6)]))
    assert effects(again.text) == ["replayed"] * 3


def test_one_bad_row_imports_nothing_and_says_its_column(pharmacy: Pharmacy) -> None:
    before = stored(pharmacy)
    shown = previewed(pharmacy, written([row(1), row(2, dose="4320,0")]))
    assert (shown.status_code, effects(shown.text)) == (422, ["refused"] * 2)
    assert "<b>dose</b> use a decimal point" in shown.text
    assert 'name="kept"' not in shown.text
    assert stored(pharmacy) == before


def test_the_template_has_every_column(pharmacy: Pharmacy) -> None:
    assert at_desk(pharmacy).get("/messages/sheet/template").text.strip().split(",") == list(COLUMNS)
