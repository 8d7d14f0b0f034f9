"""Tests that wait for real time on a shared machine get a second and a third try, every other one has one; who runs what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests import compiled, drawn
from tests.turns import Turns, arranged

pytest_plugins = ("tests.postgres.fixtures", "tests.postgres.furnished")

REAL_TIME = (
    "tests/devices/",
    "tests/hardware_mocks/",
    "tests/house/test_bootstrap.py",
    "tests/serving/",
    "tests/stations/",
    "tests/web/",
)
"""They drive ports, processes or a browser, whose answers a busy machine delays beyond any deadline a test can name."""
ONCE = (
    "tests/serving/test_kill.py",
    "tests/serving/test_kill_http.py",
    "tests/serving/test_receiving.py",
    "tests/web/test_cut_at_each_step.py",
)
"""What a second try could hide is the very thing they look for: something lost or doubled, once in many kills."""


settings.register_profile("unhurried", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")
compiled.share()
drawn.watch()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.nodeid.startswith(REAL_TIME) and not item.nodeid.startswith(ONCE):
            item.add_marker(pytest.mark.flaky(reruns=2))
    items[:] = [items[place] for place in arranged([item.nodeid for item in items])]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, object, object]:
    """Fail a test that drew a page on which something can be misread, whatever else it looked for."""
    drawn.found()
    answer = yield
    if faults := drawn.found():
        pytest.fail("\n".join(["pages drawn here can be misread:", *sorted(set(faults))]))
    return answer


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Turns:
    return Turns(config, log)


@pytest.fixture
def counted(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Note what a part of a large count did; the sums over all its parts stand at the end of the run."""

    def note(what: str, **numbers: int) -> None:
        request.node.user_properties.append(("counted", [what, numbers]))

    return note


def pytest_terminal_summary(terminalreporter: Any) -> None:
    sums: dict[str, Counter[str]] = {}
    for report in (*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")):
        for name, value in report.user_properties if report.when == "call" else ():
            if name == "counted":
                sums.setdefault(value[0], Counter()).update({**value[1], "parts": 1})
    for what, numbers in sorted(sums.items()):
        said = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in numbers.items())
        terminalreporter.write_line(f"{what}: {said}")
