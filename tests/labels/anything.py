"""Labels of every kind at random, of fictional patients: longest names, many scripts, extreme doses, all stocks and printers."""

from __future__ import annotations

import random
import string
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from labels import (
    DEMO,
    LANGUAGES,
    TRAINING,
    CodeCard,
    CommandCards,
    InProcessLabel,
    IvBagLabel,
    Label,
    OralBottleLabel,
    PumpLabel,
    SyringeLabel,
    UnitLabel,
    fixed,
)
from labels.codes import ID_LETTERS
from labels.label import card_words

LATIN = "abcdefghijklmnopqrstuvwxyzàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿąćčďęěğıłńňőœřśşšťůűźżžß"
SCRIPTS = {
    "latin": LATIN,
    "greek": "αβγδεζηθικλμνξοπρστυφχψωάέήίόύώ",
    "cyrillic": "абвгдежзийклмнопрстуфхцчшщъыьэюяђљњџ",
    "armenian": "աբգդեզէըթժիլխծկհձղճմ",
    "hebrew": "אבגדהוזחטיכלמנסעפצקרשת",
    "arabic": "ابتثجحخدذرزسشصضطظعغفقكلمنهوي",
    "devanagari": "अआइईउऊएकखगघचछजटठडतदनपमयरल",
    "chinese": "张王李赵陈林黄周吴徐孙胡",
    "odd": "^~%<>&\\\"'=+@|_{}[]\u200b\u202e\n\t\u0301",
}
DRUGS = (
    "cisplatin", "cycloPHOSPHamide", "DOXOrubicin", "PACLitaxel", "fluorouracil", "azaCITIDine", "methotrexate", "vinCRIStine",
    "DOXOrubicin liposomal pegylated", "vinBLAStine", "PACLitaxel protein-bound particles (albumin-bound)",
    "trastuzumab deruxtecan-nxki", "calaspargase pegol-mknl", "5", "x" * 70,
)  # fmt: skip
MADE = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)


class Draw(random.Random):
    """Chance from a seed, in one of two moods."""

    calm = False
    """True keeps to what a pharmacy prints every day, so that enough labels are drawn and not only refused."""


def words(draw: Draw, longest: int, script: str | None = None) -> str:
    """Return 1 to `longest` characters in words of one script, Latin more often than others."""
    if draw.calm:
        longest, script = min(longest, 14), "latin"
    letters = SCRIPTS[script or draw.choice(["latin"] * 12 + list(SCRIPTS))]
    length = draw.randint(1, longest)
    text = "".join(draw.choice(letters) if draw.random() > 0.14 else draw.choice(" -'., ") for _ in range(length))
    return text.title() if draw.random() < 0.5 else text


def code_id(draw: Draw) -> str:
    return "".join(draw.choice(ID_LETTERS) for _ in range(8))


def number(draw: Draw, smallest: int = -3, largest: int = 6) -> Decimal:
    """Return an amount of 1 to 4 digits that say something, between powers of ten: seldom the most extreme there are."""
    if not draw.calm and draw.random() < 0.04:
        return draw.choice([Decimal("0.000001"), Decimal(999_999_999), Decimal("123456789.123456"), Decimal(0)])
    if draw.calm:
        smallest, largest = max(smallest, 0), min(largest, 3)
    return Decimal(draw.randint(1, 9999)).scaleb(draw.randint(smallest, largest) - 3)


def maybe(draw: Draw, make: Callable[[], object], often: float = 0.5) -> object:
    return make() if draw.random() < often else None


def sentences(draw: Draw) -> tuple[str, ...]:
    count = draw.choice([0, 0, 1] if draw.calm else [0, 1, 1, 2, 4])
    return tuple(words(draw, draw.choice([12, 40, 90]), "latin") for _ in range(count))


def of_patient(draw: Draw) -> dict[str, object]:
    tongue = draw.choice([*LANGUAGES, "en"])
    return {
        "label_id": code_id(draw),
        "copy": draw.choice([1, 1, 1, 2, 99]),
        "patient_name": words(draw, draw.choice([12, 25, 60, 120])),
        "second_identifier": f"MRN {draw.randint(1, 10 ** draw.choice([5, 8, 20]))}",
        "birth_date": maybe(draw, lambda: date(1920, 1, 1) + timedelta(draw.randint(0, 38_000)), 0.8),
        "location": maybe(draw, lambda: words(draw, draw.choice([12, 40])), 0.6),
        "drug": draw.choice(DRUGS[: 8 if draw.calm else None]) if draw.random() < 0.8 else words(draw, 40, "latin"),
        "dose": number(draw),
        "dose_unit": draw.choice(
            ["mg", "mcg", "g", "units"] if draw.calm else ["mg", "mg", "million units", "U", "µg"]
        ),
        "hazard_line": maybe(draw, lambda: fixed("hazard", tongue).text, 1 if draw.calm else 0.95),
        "language": tongue,
        "zone": draw.choice(["America/New_York", "Europe/Berlin", "Asia/Kathmandu", "UTC"]),
        "mark": None if draw.calm else draw.choice([None, DEMO, TRAINING]),
        "unconfirmed": ()
        if draw.calm
        else draw.choice([("density",), ("density", "hazard line", "stability of the mixture")]),
    }


def final(draw: Draw) -> dict[str, object]:
    return of_patient(draw) | {
        "warnings": sentences(draw),
        "handling": sentences(draw),
        "storage": draw.choice(["2 to 8 °C, protect from light", "20 to 25 °C", words(draw, 60, "latin")]),
        "cycle_day": maybe(draw, lambda: f"Cycle {draw.randint(1, 40)}, day {draw.randint(1, 28)}", 0.8),
        "order_number": f"ORD{draw.randint(1, 10 ** draw.choice([6, 18]))}",
        "prepared_by": words(draw, draw.choice([6, 20, 40]), "latin"),
        "prepared_at": MADE,
        "pharmacy": "Main Hospital Pharmacy" if draw.calm else words(draw, 50, "latin"),
        "telephone": "555 010 0199",
        "study": maybe(draw, lambda: words(draw, 30, "latin"), 0.15),
    }


def sterile(draw: Draw, ml: Decimal) -> dict[str, object]:
    """Fields whose amounts agree, but for one label in thirty: a strength at random beside the dose."""
    given = final(draw)
    dose, unit = Decimal(str(given["dose"])), str(given["dose_unit"])
    exact = (dose / ml).normalize() if ml else dose
    strength = exact if exact == 0 else round(exact, 3 - exact.adjusted())
    return given | {
        "diluent": draw.choice(["sodium chloride 0.9 %", "dextrose 5 %", "undiluted", words(draw, 40, "latin")]),
        "container": draw.choice(["bag", "non-PVC bag", "60 mL Luer-lock syringe", words(draw, 30, "latin")]),
        "total_volume": ml,
        "concentration": strength if draw.random() < 0.97 else number(draw),
        "concentration_unit": f"{unit}/mL",
        "route": "intravenous infusion"
        if draw.calm
        else draw.choice(["intravenous", "intrathecal", words(draw, 30, "latin")]),
        "use_before": MADE + timedelta(hours=draw.randint(1, 900)),
        "dose_use": draw.choice(["single dose", "multiple dose"]),
    }


def bag(draw: Draw) -> Label:
    volume = draw.choice([Decimal(50), Decimal(100), Decimal("253.7"), Decimal(1000), number(draw)])
    rate = number(draw, 0, 3)
    return IvBagLabel(**sterile(draw, volume), bag_volume=volume, rate=rate, duration_minutes=draw.randint(1, 10_080),
                      overfill=draw.choice(["plus overfill", "exact volume"]), admin_code=admin(draw))  # type: ignore[arg-type]  # fmt: skip


def admin(draw: Draw) -> object:
    kinds = (string.digits, string.ascii_uppercase + string.digits, string.printable)[: 1 if draw.calm else 3]
    return maybe(
        draw, lambda: "".join(draw.choices(draw.choice(kinds), k=draw.randint(1, 12 if draw.calm else 40))), 0.3
    )


def syringe(draw: Draw) -> Label:
    volume = draw.choice([Decimal(5), Decimal("37.5"), Decimal("0.3"), number(draw, -1, 2)])
    given = sterile(draw, volume)
    if draw.random() < 0.5:
        pace = {"given_by": "push", "duration_minutes": Decimal(draw.randint(1, 60))}
        given["route"] = draw.choice(["intravenous", "intrathecal", "subcutaneous"])
    else:
        pace = {"given_by": "pump", "rate": volume * 2, "duration_minutes": Decimal(30)}
    return SyringeLabel(**given, **pace, admin_code=admin(draw))  # type: ignore[arg-type]  # fields at random


def pump(draw: Draw) -> Label:
    rate, hours = Decimal(draw.randint(1, 120)) / 10, Decimal(draw.randint(1, 336))
    volume = rate * hours
    more = draw.choice([{}, {"prime_volume": Decimal("1.5"), "residual_volume": Decimal("1.5")}])
    given = sterile(draw, volume)
    if more:
        exact = Decimal(str(given["dose"])) * (volume + 3) / volume
        given |= more | {"total_volume": volume + 3, "total_dose": exact and round(exact, 4 - exact.adjusted())}
    given["use_before"] = MADE + timedelta(hours=draw.randint(1, 900))
    start = maybe(draw, lambda: MADE + timedelta(hours=draw.randint(0, 72)), 0.4)
    return PumpLabel(**given, device=draw.choice(["cassette", "elastomeric"]), volume_to_infuse=volume,
                     reservoir_volume=volume, rate=rate, hours=hours, start=start, do_not_refrigerate=draw.random() < 0.3,
                     library_entry=maybe(draw, lambda: words(draw, 25, "latin"), 0.9))  # type: ignore[arg-type]  # fmt: skip


def bottle(draw: Draw) -> Label:
    each, times, on, off = draw.randint(1, 8), draw.randint(1, 4), draw.randint(1, 21), draw.randint(1, 14)
    cycles, strength = draw.randint(1, 4), number(draw, -1, 3)
    shared = final(draw) | {"dose": strength * each}
    told = words(draw, 200, "latin") if shared["language"] == "en" else f"{each} tablets in the morning"
    return OralBottleLabel(**shared, form=draw.choice(["tablets", "hard capsules"]),
                           strength=strength, each_time=each, times_a_day=times, taking_days=on * cycles, days_on=on,
                           directions=told, days_supply=(on + off) * cycles, days_off=off,
                           count=each * times * on * cycles, child_resistant=draw.random() < 0.7, refills=draw.randint(0, 11),
                           lot="".join(draw.choices(string.ascii_uppercase + string.digits, k=draw.randint(1, 20))),
                           discard_after=MADE.date() + timedelta(draw.randint(120, 900)), prescriber=words(draw, 30, "latin"),
                           swallow_whole=draw.random() < 0.8)  # type: ignore[arg-type]  # fmt: skip


def in_process(draw: Draw) -> Label:
    return InProcessLabel(**of_patient(draw), step_count=draw.randint(1, 60))  # type: ignore[arg-type]  # fields at random


def unit(draw: Draw) -> Label:
    opened = {"opened_at": MADE, "cabinet": words(draw, 20, "latin"), "use_by": MADE + timedelta(hours=6),
              "storage": "in this cabinet, protect from light", "volume_left": number(draw, -1, 2)}  # fmt: skip
    return UnitLabel(unit_id=code_id(draw), drug=draw.choice(DRUGS), strength=f"{number(draw)} mg/mL", package_code="NDC 10019",
                     lot="".join(draw.choices(string.ascii_uppercase + string.digits, k=draw.randint(1, 20))),
                     expiry=date(2027, 3, 31), zone="UTC", hazardous=draw.random() < 0.9, mark=draw.choice([None, DEMO]),
                     language=draw.choice(LANGUAGES), **(opened if draw.random() < 0.5 else {}))  # type: ignore[arg-type]  # fmt: skip


def card(draw: Draw) -> Label:
    return CodeCard(card=draw.choice(["B", "S", "H", "T"]), code_id=code_id(draw), title=words(draw, draw.choice([10, 30, 80])),
                    subtitle=words(draw, 40), mark=draw.choice([None, DEMO]))  # type: ignore[arg-type]  # fmt: skip


def command_cards(draw: Draw) -> Label:
    return CommandCards(words=tuple(draw.sample(card_words(), draw.randint(1, len(card_words())))))


MAKERS: dict[type[Label], Callable[[Draw], Label]] = {
    IvBagLabel: bag, SyringeLabel: syringe, PumpLabel: pump, OralBottleLabel: bottle,
    InProcessLabel: in_process, UnitLabel: unit, CodeCard: card, CommandCards: command_cards,
}  # fmt: skip


def names_of(kind: type[Label]) -> set[str]:
    """Return what a refusal of this kind may name: the label's fields, and the parts that are drawn of several."""
    drawn = set(card_words()) if kind is CommandCards else {"code", "vinca", "gloves", "in_process", "copy"}
    return {one.name for one in fields(kind)} | drawn
