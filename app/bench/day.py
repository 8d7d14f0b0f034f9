"""A day in the pharmacy: ten stations at the pace of hands while a backup runs, then pharmacists whose pages ask for news."""

from __future__ import annotations

import statistics
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from time import perf_counter

from app.bench import alone, servers
from app.bench.rounds import Figure, Quiet, beside, p99
from app.bench.rounds import alone as by_itself
from app.bench.servers import Server
from app.bench.shop import names, open_shop
from app.bench.tablets import Desk, Tablet
from app.bench.web import PIN, staff
from app.demo.people import PEOPLE
from app.people import badges

STATIONS = 10
"""Hoods at work."""
PACE_S = 3.0
"""Between two scans of one station: the pace of somebody in a hurry."""
POLL_S = 2.0
"""Between two questions of one page."""
HALF, MOST, WORST = 0.005, 0.050, 0.300
"""Seconds in which half of all scans, 99 of 100, and every one should be answered."""
LAG_S, CORE = 2.5, 0.10
"""How late a page may hear of something new, and how much of a processor all of them may take."""
SCANS = 34
"""Wrong scans of each preparation that only fills the record."""


def figures(folder: Path, events: int, pharmacists: int, seconds: float) -> Iterator[Figure]:
    """Measure for so many seconds each, over a record of so many events, with so many pages that ask."""
    data = folder / "day"
    codes, people, hands = [f"S{n:03}" for n in range(STATIONS)], list(names("T", STATIONS)), list(names("B", STATIONS))
    with open_shop(data) as shop:
        staff(shop, people)
        shop.equip(codes)
        for station, person, preparation in zip(codes, people, hands, strict=True):
            shop.claimed(preparation, station, person)
        shop.ended("BENCHEND", SCANS)
        shop.fill("BENCHEND", names("E", events // (SCANS + 6)))
    with servers.real(data, codes) as server:
        tablets = [Tablet(server.port, *one) for one in zip(codes, hands, strict=True)]
        for tablet, person in zip(tablets, people, strict=True):
            tablet.sign_in(badges.badge_text(person), PIN)
        quiet = Quiet(folder)
        calm = at_pace(tablets, seconds, partial(alone.run, "backup", data))
        yield from _scanned(calm, quiet.noisy)
        yield from _polled(server, tablets, folder, pharmacists, seconds, calm)
        for tablet in tablets:
            tablet.close()


def _scanned(each: Sequence[float], noisy: bool) -> Iterator[Figure]:
    says = f"scan of {STATIONS} stations at the pace of hands, one backup running"
    for name, value, goal in (
        ("half within", statistics.median(each), HALF), ("99 of 100 within", p99(each), MOST), ("worst", max(each), WORST),
    ):  # fmt: skip
        yield by_itself(f"{says}: {name}", "s", [value], noisy=noisy, goal=goal, each=each)


def at_pace(tablets: Sequence[Tablet], seconds: float, meanwhile: Callable[[], object]) -> list[float]:
    """Let each tablet scan at its pace for so long, begun one after the other; return the seconds of every scan."""
    until = perf_counter() + seconds

    def one(number: int) -> list[float]:
        rest, took = threading.Event(), list[float]()
        rest.wait(PACE_S * number / len(tablets))
        while not took or perf_counter() < until:
            begun = perf_counter()
            tablets[number].scan()
            took.append(perf_counter() - begun)
            rest.wait(min(PACE_S, max(0.0, until - perf_counter())))
        return took

    with ThreadPoolExecutor(len(tablets) + 1) as pool:
        beside_it = pool.submit(meanwhile)
        each = [spent for took in pool.map(one, range(len(tablets))) for spent in took]
        beside_it.result()
    return each


def _polled(
    server: Server, tablets: Sequence[Tablet], folder: Path, pharmacists: int, seconds: float, calm: Sequence[float]
) -> Iterator[Figure]:
    """Have the queue's pages ask for news while one station after the other calls a pharmacist."""
    pam = next(one for one in PEOPLE if one.user == "pam")
    first = Desk(server.port)
    first.sign_in(pam.user, pam.password)
    desks, quiet, stop = [first.another() for _ in range(pharmacists)], Quiet(folder), threading.Event()
    with ThreadPoolExecutor(pharmacists) as pages:
        list(pages.map(Desk.has_news, desks))
        heard = [pages.submit(_listens, desk, POLL_S * n / pharmacists, stop) for n, desk in enumerate(desks)]
        before, begun = server.spent_s(), perf_counter()
        calls: list[float] = []
        busy = at_pace(tablets[:-2], seconds, lambda: calls.extend(_called(tablets[-2:], seconds)))
        share = (server.spent_s() - before) / (perf_counter() - begun)
        threading.Event().wait(POLL_S * 2)
        stop.set()
        lags = [lag for one in heard for lag in _lags(one, calls)]
    for desk in (first, *desks):
        desk.close()
    says, noisy = f"{pharmacists} pages of the queue asking every {POLL_S:g} s", quiet.noisy
    yield by_itself(f"{says}: 99 of 100 hear of a call within", "s", [p99(lags)], noisy=noisy, goal=LAG_S, each=lags)
    yield by_itself(f"{says}: of a processor, with the scans", "cores", [share], noisy=noisy, goal=CORE)
    yield beside("a scan meanwhile, beside one without them", "s", busy, calm, noisy=noisy, goal=None, each=busy)


def _called(tablets: Sequence[Tablet], seconds: float) -> list[float]:
    """Let each of them call a pharmacist, spread over the time; return when each call was on disk."""
    at = []
    for tablet in tablets:
        threading.Event().wait(seconds / (len(tablets) + 1))
        tablet.do("CALL")
        at.append(perf_counter())
    return at


def _listens(desk: Desk, first_s: float, stop: threading.Event) -> list[float]:
    """Ask again and again, and a last time at the end; return when each answer came that had something new."""
    new, asked_last = list[float](), stop.wait(first_s)
    while True:
        if desk.has_news():
            new.append(perf_counter())
        if asked_last:
            return new
        asked_last = stop.wait(POLL_S)


def _lags(one: Future[list[float]], calls: Sequence[float]) -> Iterator[float]:
    """How long after each call a page heard something new."""
    heard = one.result()
    for call in calls:
        later = [at - call for at in heard if at >= call]
        if not later:
            raise RuntimeError("a page of the queue never heard of a call")
        yield min(later)
