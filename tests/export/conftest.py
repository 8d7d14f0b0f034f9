"""A pharmacy with finished work in its record, made once and copied for each test."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pypdfium2
import pytest

from app import create_app
from app.clock import now
from app.people.secrets import CHEAP
from app.settings import Settings
from app.web.house import house_of
from tests.laid import lay
from tests.people.cast import seat
from tests.record.signing import Office
from tests.web import conftest as web
from tests.web.bench import Making, Seeded
from tests.web.conftest import STATIONS, Pharmacy
from workflows import commands as asked

make_pharmacy = web.make_pharmacy


@dataclass(frozen=True)
class Kept:
    """What was made in it, with near miss, refusal, correction, a step taken back; and one just ordered."""

    folder: Path
    closed: Making
    """Made by Ann, released by Pam, corrected afterwards."""
    waiting: Making
    """Another patient's, waits for its final check."""
    ordered: str
    """Just ordered."""


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    folder = lay(tmp_path_factory.mktemp("finished") / "data")
    house = house_of(create_app(Settings(data_dir=folder, stations=STATIONS, demo=True), cost=CHEAP))  # type: ignore[call-arg]  # the rest has defaults
    seat(house.door, now())
    seeded = Seeded(house)
    closed = seeded.begin().until_closed(near_miss=True)
    closed.ask(asked.Correct(5, "BSC-2", "BSC-2, left side", "the side was left out"))
    closed.ask(asked.Claim())
    waiting = seeded.begin("DEMO1077").until_check(took_back=True)
    ordered = seeded.order("DEMO1078")
    house.store.close()
    return Kept(folder, closed, waiting, ordered)


@pytest.fixture
def pharmacy(make_pharmacy: Callable[..., Pharmacy], kept: Kept, tmp_path: Path) -> Pharmacy:
    shutil.copytree(kept.folder, tmp_path / "data0")
    return make_pharmacy()


@pytest.fixture
def closed(pharmacy: Pharmacy, kept: Kept) -> Making:
    return there(kept.closed, pharmacy)


@pytest.fixture
def waiting(pharmacy: Pharmacy, kept: Kept) -> Making:
    return there(kept.waiting, pharmacy)


def there(made: Making, pharmacy: Pharmacy) -> Making:
    """The same preparation in the copied record."""
    return replace(made, seeded=replace(made.seeded, house=pharmacy.house, furnished=True), shots=dict(made.shots))


@pytest.fixture
def office(pharmacy: Pharmacy, tmp_path: Path) -> Office:
    """The signing account beside it."""
    return Office(pharmacy.house.settings, tmp_path / "office")


def pdf_text(content: bytes) -> str:
    """The words of a paper, page after page."""
    document = pypdfium2.PdfDocument(content)
    try:
        return "\n".join(page.get_textpage().get_text_range() for page in document).replace("\r\n", "\n")
    finally:
        document.close()
