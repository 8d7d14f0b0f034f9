"""A station's balance as the tablet meets it: what its driver costs, how soon a pulled plug is said, how late the weight is.

The balance is a pretend one in a process of its own; the page is asked five times a second over HTTP, as the tablet asks.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, perf_counter, process_time, sleep
from typing import Any
from urllib.request import Request, urlopen

from app import clock
from app.bench import servers
from app.bench.rounds import Figure, Quiet, alone
from app.bench.shop import names, open_shop
from app.bench.tablets import Tablet
from app.bench.web import PIN, staff
from app.people import badges
from devices.balance.codec import BalanceCodec
from devices.connection import Connection
from devices.exchange import Answer, Ask
from devices.link import LinkEvent
from devices.registry import balance_codec
from devices.transport import LineSettings

POLL_S = 0.2
"""Seconds between two looks of the page."""
CYCLES = 400
"""Weighing cycles of the driver's own figure."""
BATCH = 20
READY_S = 20.0
"""Seconds in which a pretend balance answers."""
MOVES = ("50", "180", "20", "120", "75", "150")
"""Loads in g, put on one after the other: the weight moves from each to the next."""
MOVES_S = 2.0
"""Seconds for each of them."""
SEEN_G = 0.05
"""A weight nearer to its end than this has come to rest: how late it is cannot be told."""
BANNER_S, BACK_S, LATE_S, LATEST_S, CPU_MS = 1.0, 6.0, 0.3, 0.4, 1.0
"""Goals: unplugged until the banner, replugged until ready, live weight at the median and at 95 %, driver's processor time."""


@dataclass
class Pretend:
    """A pretend station in its own process."""

    balance: str
    """URL of its balance."""
    serial: str
    """Serial number that it gives."""
    panel: str
    """URL of its panel."""

    def post(self, path: str, **given: object) -> None:
        """Let a person at the bench do something."""
        body, kind = json.dumps(given).encode(), {"Content-Type": "application/json"}
        with urlopen(Request(f"{self.panel}{path}", body, kind), timeout=10) as answer:  # noqa: S310  # our own panel
            answer.read()

    def shows(self) -> float:
        """Return what stands on the balance's own display, in g."""
        with urlopen(f"{self.panel}/state", timeout=10) as answer:  # noqa: S310  # our own panel
            return float(json.load(answer)["display"]["value"])


@contextmanager
def pretend() -> Iterator[Pretend]:
    """Start a pretend station, and end it."""
    words = [sys.executable, "-m", "hardware_mocks", "--station", "bench", "--seed", "7"]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    try:
        said = json.loads(process.stdout.readline()) if process.stdout else {}
        yield Pretend(said["balance"], said["serial"], said["panel"])
    finally:
        process.terminate()
        process.wait(10)
        if process.stdout:
            process.stdout.close()


class _Nobody:
    """Listens to a link and wants nothing of it."""

    def next_ask(self, now: float) -> Ask | None:
        del now
        return None

    def answered(self, answer: Answer[Any], at: float) -> None:
        """Take an answer."""

    def forget(self, silent: object) -> None:
        """Forget what was heard."""

    def tell(self, event: LinkEvent) -> None:
        """Hear what happened."""


def figures(folder: Path, rounds: int) -> Iterator[Figure]:
    """Measure the driver alone, then the way from the balance to the tablet."""
    with pretend() as balance:
        quiet = Quiet(folder)
        yield alone("driver's processor time, a weighing cycle", "ms", _cycles(balance), noisy=quiet.noisy, goal=CPU_MS)
    data, station, person, preparation = folder / "served", "S000", next(iter(names("T", 1))), next(iter(names("B", 1)))
    with open_shop(data) as shop:
        staff(shop, [person])
        shop.equip([station])
        shop.claimed(preparation, station, person)
    with pretend() as balance:
        stands = {"balance": {"url": balance.balance, "serial": balance.serial}}
        with servers.real(data, [station], stands) as server:
            tablet = Tablet(server.port, station, preparation)
            tablet.sign_in(badges.badge_text(person), PIN)
            yield from _at_the_tablet(tablet, balance, folder, rounds)
            tablet.close()


def _cycles(balance: Pretend) -> list[float]:
    """Return the processor time of this process for one question and its weight, in ms, batch by batch."""
    codec: BalanceCodec = balance_codec("mt-sics")
    link = Connection(codec, balance.balance, LineSettings.parse("9600 8N1"), None, clock.now, None, _Nobody())
    link.start()
    try:
        _until(lambda: link.state.name == "ready")
        ask = codec.ask(codec.words["read_now"])
        took = []
        for _ in range(CYCLES // BATCH):
            begun = process_time()
            for _ in range(BATCH):
                link.ask(ask)
            took.append((process_time() - begun) / BATCH * 1000)
    finally:
        link.close()
    return took


def _at_the_tablet(tablet: Tablet, balance: Pretend, folder: Path, rounds: int) -> Iterator[Figure]:
    look = f"/terminal/{tablet.station}/scale-check/live"

    def page() -> dict[str, Any]:
        found: dict[str, Any] = tablet.json(look)
        return found

    def answers() -> bool:
        return not page()["trouble"]

    _until(answers)
    quiet, gone, back = Quiet(folder), list[float](), list[float]()
    for _ in range(rounds):
        balance.post("/plug", device="balance", **{"in": False})
        gone.append(_until(lambda: not answers()))
        balance.post("/plug", device="balance", **{"in": True})
        back.append(_until(answers))
    noisy = quiet.noisy
    yield alone("balance unplugged until the tablet says so", "s", gone, noisy=noisy, goal=BANNER_S)
    yield alone("balance replugged until it is ready", "s", back, noisy=noisy, goal=BACK_S)
    quiet, late = Quiet(folder), _late(page, balance, rounds)
    noisy = quiet.noisy
    yield alone("live weight behind the balance, median", "s", late, noisy=noisy, goal=LATE_S, each=late)
    latest = sorted(late)[int(len(late) * 0.95)]
    yield alone("live weight behind the balance, 95 of 100", "s", [latest], noisy=noisy, goal=LATEST_S)


def _until(true: Callable[[], bool]) -> float:
    """Look as often as a page does until it is so; return the seconds."""
    begun = perf_counter()
    while not true():
        if perf_counter() - begun > READY_S:
            raise RuntimeError("the pretend balance does not answer")
        sleep(POLL_S)
    return perf_counter() - begun


def _late(page: Callable[[], dict[str, Any]], balance: Pretend, rounds: int) -> list[float]:
    """Return how long after the balance's own display each moving weight stood on the page, in s."""
    late, before = list[float](), balance.shows()
    for load in MOVES * rounds:
        end, shown, ends = float(load), list[tuple[float, float]](), threading.Event()

        def watch(shown: list[tuple[float, float]] = shown, ends: threading.Event = ends) -> None:
            while not ends.is_set():
                shown.append((monotonic(), balance.shows()))

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        balance.post("/load", g=load)
        begun, up = monotonic(), end > before
        while monotonic() - begun < MOVES_S:
            value = page()["value"]
            at = monotonic()
            if value and abs(float(value) - end) > SEEN_G and abs(float(value) - before) > SEEN_G:
                late += [at - when for when, g in list(shown) if (g >= float(value)) == up][:1]
            sleep(max(0.0, POLL_S - (monotonic() - at)))
        ends.set()
        watcher.join()
        before = end
    return late
