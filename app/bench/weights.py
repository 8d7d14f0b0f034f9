"""What pages weigh on the wire and how long until all of one has come, beside the budgets of SCREENS 15.

A page is loaded as a browser that has nothing of it yet loads it: itself, then every style sheet, script, picture and font
that it names, and what those name. One after the other on one line, over HTTP from this machine: a browser fetches several at
once, and draws besides. Counted are the bytes of bodies as they come; headers are 0.6 KB an answer more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from posixpath import dirname, join, normpath

import cv2
import numpy as np

from app import clock, preparations
from app.bench import servers
from app.bench.rounds import Figure, Quiet, alone, timed
from app.bench.shop import ANN, ELSEWHERE, Shop, names, open_shop
from app.bench.tablets import Desk, Tablet
from app.bench.web import PIN, staff
from app.demo.people import PEOPLE
from app.people import badges
from app.record import blobs, log
from app.record.blobs import Blobs
from workflows.events import Accepted
from workflows.evidence import Photo

STATION = "S000"
SLOTS = ("photo-staged", "photo-syringes", "photo-empty", "photo-final", "photo-staged:2", "photo-final:2")
"""Six photos of a review."""
WIDTH, HEIGHT = 1920, 1080
"""Pixels of each."""
WEEKS = 52
KB = 1000
IN_A_PAGE = re.compile(r'<(?:script|img)[^>]*?\ssrc="([^"]+)"|<link\s[^>]*?href="([^"]+)"')
IN_A_SHEET = re.compile(r"""url\(["']?([^"')]+\.(?:woff2|svg|png))["']?\)""")
IN_A_SCRIPT = re.compile(r"""(?:from|import)\s*\(?["'](\./[^"']+)["']""")
BY_KIND = {".css": IN_A_SHEET, ".js": IN_A_SCRIPT}


@dataclass(frozen=True)
class Budget:
    """What SCREENS 15 allows a page."""

    page: str
    """Its name."""
    kb: float | None
    """On the wire, in 1,000 bytes; None where it says nothing."""
    seconds: float
    """Until all has come."""


FIRST, NEXT = Budget("terminal, first load", 60, 1), Budget("terminal, next step", 8, 0.15)
SCREEN = Budget("a preparation's screen, style and fonts there already", None, 1)
QUEUE, REVIEW = Budget("queue of the pharmacist", 110, 1), Budget("review with six thumbnails", 350, 1)
QUALITY, BOARD = Budget("quality over a year", 150, 2), Budget("situation board", 110, 1)


def figures(folder: Path, preparations_: int, rounds: int) -> Iterator[Figure]:
    """Measure each page so many times, over a year's record of so many preparations."""
    data, person = folder / "weighed", next(names("T", 1))
    with open_shop(data) as shop:
        staff(shop, [person])
        shop.equip([STATION])
        shop.claimed("BENCHONE", STATION, person)
        _a_year(shop, preparations_)
        _photographed(shop, "BENCHPIC")
    with servers.real(data, [STATION]) as server:
        tablet, desk = Tablet(server.port, STATION, "BENCHONE"), Desk(server.port)
        tablet.sign_in(badges.badge_text(person), PIN)
        pam = next(one for one in PEOPLE if one.user == "pam")
        desk.sign_in(pam.user, pam.password)
        today = clock.now().date()
        year = f"/quality?first={today - timedelta(days=364)}&last={today}"
        new = Tablet(server.port, STATION, "")
        yield from _weighed(FIRST, partial(load, new, f"/terminal/{STATION}"), folder, rounds)
        there = load(new, f"/terminal/{STATION}").seen
        yield from _weighed(SCREEN, partial(load, tablet, tablet.path, there), folder, rounds)
        yield from _weighed(NEXT, partial(_step, tablet), folder, rounds)
        for budget, path in ((QUEUE, "/review"), (REVIEW, "/review/BENCHPIC"), (QUALITY, year), (BOARD, "/board")):
            yield from _weighed(budget, partial(load, desk, path), folder, rounds)
        for one in (new, tablet, desk):
            one.close()


@dataclass(frozen=True)
class Loaded:
    """A page and all that it links."""

    came: int
    """Bytes."""
    seen: frozenset[str]
    """Addresses of what it links."""


def load(browser: Tablet, path: str, there: frozenset[str] = frozenset()) -> Loaded:
    """Load a page and everything that it links, each once, but for what is there already."""
    page = browser.fetch(path, "text/html").decode()
    came = browser.wire
    wanted = [one for found in IN_A_PAGE.findall(page) for one in found if one]
    seen = set(there)
    while wanted:
        link = wanted.pop(0).replace("&amp;", "&")
        if link in seen or link.startswith("data:"):
            continue
        seen.add(link)
        body = browser.fetch(link)
        came += browser.wire
        names_more = BY_KIND.get(Path(link).suffix)
        if names_more:
            wanted += [normpath(join(dirname(link), one)) for one in names_more.findall(body.decode())]
    return Loaded(came, frozenset(seen))


def _step(tablet: Tablet) -> Loaded:
    """Scan something, and hear the answer with the part of the screen that it changed."""
    tablet.scan()
    return Loaded(tablet.wire, frozenset())


def _weighed(budget: Budget, look: Callable[[], Loaded], folder: Path, rounds: int) -> Iterator[Figure]:
    quiet, came, took = Quiet(folder), list[float](), list[float]()
    for _ in range(rounds):
        took.append(timed(lambda: came.append(look().came / KB)))
    yield alone(f"{budget.page}, on the wire", "KB", came, noisy=False, goal=budget.kb)
    yield alone(f"{budget.page}, until all has come", "s", took, noisy=quiet.noisy, goal=budget.seconds, each=took)


def _photographed(shop: Shop, preparation: str) -> None:
    """Make one that waits, with six photos of the size that a station's camera takes."""
    shop.fill("BENCHWAI", [preparation])
    kept = Blobs(shop.settings.photos)
    for number, slot in enumerate(SLOTS):
        filed, at = kept.put(_taken(number), "image/jpeg"), clock.now()
        event = Accepted(slot, Photo(filed.sha256, WIDTH, HEIGHT, "good"))
        shop.store.write(partial(blobs.enter, kept=filed, at=at, identifying=False))
        version = shop.current(preparation).version
        shop.store.write(
            partial(
                log.append, stream=preparation, expected_version=version, events=[preparations.to_new(preparation, event)],
                who=ANN, second_person=None, at=at, station=ELSEWHERE, command_id=clock.new_command_id(),
                site=shop.settings.site, software=shop.settings.software,
            )
        )  # fmt: skip


def _taken(seed: int) -> bytes:
    """Return a picture with soft shapes, hard edges and grain: some 700 kB, as of a bench under a lamp."""
    chance = np.random.default_rng(seed)
    soft = cv2.resize(chance.integers(30, 225, (17, 30, 3), np.uint8), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    for x, y, grey in chance.integers(0, 250, (200, 3)):
        cv2.rectangle(soft, (int(x) * 7, int(y) * 4), (int(x) * 7 + 60, int(y) * 4 + 25), [int(grey)] * 3, -1)
    worn = soft.astype(np.float32) + chance.standard_normal(soft.shape, np.float32) * 6
    return bytes(cv2.imencode(".jpg", np.clip(worn, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 85])[1])


def _a_year(shop: Shop, count: int) -> None:
    """Fill a year, week by week, with preparations that had wrong scans; some that are under way wait in the queue."""
    shop.ended("BENCHEND", 2)
    ids = list(names("E", count))
    for week in range(WEEKS):
        at = clock.now() - timedelta(weeks=WEEKS - 1 - week)
        shop.fill("BENCHEND", ids[week::WEEKS], at)
    shop.waiting("BENCHWAI")
    shop.fill("BENCHWAI", names("W", min(30, max(1, count // 10))))
