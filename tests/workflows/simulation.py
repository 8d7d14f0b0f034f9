"""Weighings whose truth is known, judged with and without the guard: how many that are outside are let through (R12, R14).

    python -m tests.workflows.simulation [WEIGHINGS]      draws docs/false-acceptance.svg anew

Each true amount is outside its ±5 % by anything up to one expanded uncertainty: the ones that no balance can tell from
those inside. The balance is wrong by a factor that its check would pass, the density by its stated uncertainty, every
reading by the cabinet's airflow and by rounding. Whoever weighs tries three times and changes nothing on the pan. The
judging is the program's own: its budget, its memory of a load, its guard.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal as D
from pathlib import Path

from workflows import uncertainty
from workflows.circumstances import BalanceStatus
from workflows.evidence import Weighing
from workflows.uncertainty import BOUND, Guard, Share, budget, extended, mean, stated
from workflows.worlds import FINE, START

TOLERANCE = D("0.05")
DENSITY, OFF = D("1.009"), D("0.0005")
"""g/mL of the recipe, and its standard uncertainty."""
TRIES = 3
PICTURE = Path(__file__).parents[2] / "docs" / "false-acceptance.svg"
SHARES = (
    Share("sensitivity", uncertainty.SENSITIVITY, ""),
    Share("density", OFF / DENSITY, ""),
)


@dataclass(frozen=True)
class Setting:
    """One dose on one balance."""

    dose: str
    ml: D
    balance: str
    status: BalanceStatus

    @property
    def expected(self) -> D:
        return self.ml * DENSITY


@dataclass(frozen=True)
class Rates:
    """Of so many amounts that are outside, the shares let through."""

    setting: Setting
    without: float
    """By the last of up to three readings, its limits alone."""
    guarded: float
    """By the mean of all readings of the load, clear of its limits by U."""
    stopped: float
    """Of doses as they are really drawn, 2 % about the target, the share that is weighed again."""


COARSE = FINE.__class__("BAL-1", "B1", D("0.01"), D("0.005"), FINE.capacity_g, None, None, None)
SHARP = FINE.__class__("BAL-2", "B1", D("0.001"), D("0.0005"), FINE.capacity_g, None, None, None)
SETTINGS = tuple(
    Setting(dose, ml, name, status)
    for name, status in (("0.01 g balance, s = 0.005 g", COARSE), ("0.001 g balance, s = 0.0005 g", SHARP))
    for dose, ml in (("60 mg, 3 mL", D(3)), ("240 mg, 12 mL", D(12)), ("970 mg, 48.5 mL", D("48.5")))
)


def readings(true_ml: float, setting: Setting, chance: random.Random) -> Iterator[tuple[Weighing, Weighing]]:
    """Yield the empty and, again and again, the full reading of an amount; one object, one density, one balance."""
    s, d = float(setting.status.repeatability_g), setting.status.division_g
    factor = 1 + chance.uniform(-0.001, 0.001)
    grams = true_ml * chance.gauss(float(DENSITY), float(OFF))

    def read(load: float) -> Weighing:
        shown = D(load * factor + chance.gauss(0, s)).quantize(d)
        taken = stated(Weighing(shown, "stable", D(0), "B1", "1", START), setting.status)
        assert isinstance(taken, Weighing)
        return taken

    empty_g = 18 + chance.random()
    empty = read(empty_g)
    while True:
        yield empty, read(empty_g + grams)


def guard_of(setting: Setting, empty: Weighing, load: tuple[Weighing, ...]) -> Guard:
    gain, aim = mean(load) - empty.g, setting.expected
    terms = budget(((empty, load),), gain, SHARES)
    assert terms is not None
    return Guard(gain, aim * (1 - TOLERANCE), aim * (1 + TOLERANCE), terms, "g")


def judged(true_ml: float, setting: Setting, chance: random.Random) -> tuple[bool, bool, bool]:
    """Say whether an amount passes without and with the guard within three tries, and whether the first is too close."""
    load: tuple[Weighing, ...] = ()
    without = guarded = doubt = False
    pairs = readings(true_ml, setting, chance)
    for number in range(TRIES):
        empty, full = next(pairs)
        alone = guard_of(setting, empty, (full,))
        load = extended(load, full)
        doubt = doubt or (number == 0 and alone.inside and not alone.clear)
        without = without or alone.inside
        guarded = guarded or (alone.inside and guard_of(setting, empty, load).clear)
        if without and guarded:
            break
    return without, guarded, doubt


def rates(setting: Setting, weighings: int, seed: str) -> Rates:
    """Weigh so many amounts that are outside by up to one U, and a tenth as many as they are really drawn."""
    chance = random.Random(f"{seed} {setting.dose} {setting.balance}")
    target = float(setting.ml)
    edge = guard_of(setting, *_nominal(setting))
    wide = float(edge.expanded / setting.expected)
    passed = [0, 0]
    for _ in range(weighings):
        off = float(TOLERANCE) + chance.uniform(0, wide)
        without, guarded, _ = judged(target * (1 + chance.choice((-1, 1)) * off), setting, chance)
        passed[0] += without
        passed[1] += guarded
    usual = max(weighings // 10, 1)
    again = sum(judged(target * chance.gauss(1, 0.02), setting, chance)[2] for _ in range(usual))
    return Rates(setting, passed[0] / weighings, passed[1] / weighings, again / usual)


def _nominal(setting: Setting) -> tuple[Weighing, tuple[Weighing, ...]]:
    empty = uncertainty.figures(setting.status)
    full = Weighing(setting.expected, "stable", D(0), "B1", "1", START)
    taken = stated(full, setting.status)
    assert isinstance(taken, Weighing)
    return empty, (taken,)


def drawn(found: list[Rates], weighings: int) -> str:
    """Return the picture: a pair of bars for each dose on each balance, and the bound as a line."""
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 500" font-family="sans-serif" font-size="15" role="img">',
        f"<title>Of {weighings:,} amounts outside their limits by up to one U, how many pass with and without it</title>",
        '<rect width="960" height="500" fill="#ffffff"/>',
        '<text x="30" y="32" font-size="19" font-weight="700">Of amounts truly outside ±5 % by up to one U, so many pass</text>',
        f'<text x="30" y="54">{weighings:,} weighings for each pair of bars; three tries, nothing changed on the pan</text>',
    ]
    bottom, scale, edge = 400, 310 / 0.3, 400 - float(BOUND) * 310 / 0.3
    for tenth in range(4):
        y = bottom - tenth * 0.1 * scale
        parts.append(
            f'<path d="M70 {y:.1f}H930" stroke="#d0d4d8"/><text x="62" y="{y + 5:.1f}" text-anchor="end">{tenth * 10} %</text>'
        )
    for number, one in enumerate(found):
        left = 90 + number * 140
        bars = (("#b3261e", one.without), ("#00695c", one.guarded))
        for place, (colour, rate) in enumerate(bars):
            x, height = left + place * 56, max(rate * scale, 1)
            parts.append(f'<rect x="{x}" y="{bottom - height:.1f}" width="48" height="{height:.1f}" fill="{colour}"/>')
            words = (
                f'<text x="{x + 24}" y="{min(bottom - height, edge) - 6:.1f}" text-anchor="middle" font-weight="700">'
            )
            parts.append(f"{words}{rate * 100:.2g} %</text>")
        parts.append(f'<text x="{left + 52}" y="{bottom + 22}" text-anchor="middle">{one.setting.dose}</text>')
    for number, name in enumerate(dict.fromkeys(one.setting.balance for one in found)):
        parts.append(
            f'<text x="{282 + number * 420}" y="{bottom + 48}" text-anchor="middle" font-weight="700">{name}</text>'
        )
    parts += [
        f'<path d="M70 {edge:.1f}H930" stroke="#000000" stroke-width="2" stroke-dasharray="8 6"/>',
        '<path d="M800 475h40" stroke="#000000" stroke-width="2" stroke-dasharray="8 6"/>',
        f'<text x="848" y="480">bound {float(BOUND) * 100:g} %</text>',
        '<rect x="70" y="466" width="18" height="18" fill="#b3261e"/>',
        '<text x="96" y="480">limits alone, until one reading passes</text>',
        '<rect x="400" y="466" width="18" height="18" fill="#00695c"/>',
        '<text x="426" y="480">guarded by U, the mean of all readings decides</text>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    every = [rates(setting, count, "seed") for setting in SETTINGS]
    for line in every:
        said = (
            f"passes without {line.without:.2%}, guarded {line.guarded:.3%}; weighed again as drawn {line.stopped:.2%}"
        )
        print(f"{line.setting.balance}, {line.setting.dose}: {said}")
    PICTURE.write_text(drawn(every, count), encoding="utf-8")
