"""Words for the patient that are a tenth, a quarter or twice the dose: none of them passes for agreeing (R54)."""

import random
from decimal import Decimal as D
from fractions import Fraction as F

import pytest

from workflows.directions import Taking, contradictions


def of(each: int, strength: str, times: int = 1, days: int = 14) -> Taking:
    often = {1: "once a day", 2: "morning and evening", 3: "3 times a day"}[times]
    return Taking(D(each), D(strength) * each, D(strength), times, days, often)


ONE_OF_25, ONE_OF_5, ONE_OF_500 = of(1, "25"), of(1, "5"), of(1, "500")
TWO_OF_20, FOUR_OF_500 = of(2, "20"), of(4, "500", 2)


@pytest.mark.parametrize(
    ("words", "taking"),
    [
        ("Take 2,5 mg", ONE_OF_25),
        ("Take 2·5 mg", ONE_OF_5),
        ("Take 2.5mg daily", ONE_OF_25),
        ("Take .5 mg", ONE_OF_5),
        ("Take ,5 mg", ONE_OF_5),
        ("Take 0,500 mg", ONE_OF_500),
        ("Take 1/2 tablet", TWO_OF_20),
        ("Take 1 1/2 tablets", TWO_OF_20),
        ("Take 1/2 tablets", ONE_OF_5),
        ("1-2 tablets", TWO_OF_20),
        ("1 - 2 tablets", TWO_OF_20),
        ("one or two tablets", TWO_OF_20),
        ("1 to 2 tablets", TWO_OF_20),
        ("2½ tablets", TWO_OF_20),
        ("a quarter of a tablet", ONE_OF_5),
        ("Take a tablet", TWO_OF_20),
        ("x4 tablets", TWO_OF_20),
        ("Take 4 x 500 mg tablets", ONE_OF_500),
        ("Take 4x500mg tablets", ONE_OF_500),
        ("4 x 500 mg", ONE_OF_500),
        ("500 mg x 4", ONE_OF_500),
        ("500 mg x4", ONE_OF_500),
        ("2 500 mg", ONE_OF_500),
        ("10 (ten) 500 mg tablets", ONE_OF_500),
        ("ten 500 mg tablets", ONE_OF_500),
        ("2 of the 500 mg tablets", FOUR_OF_500),
        ("4 2000 mg tablets", FOUR_OF_500),
        ("four (5) tablets", FOUR_OF_500),
        ("twenty-five mg", ONE_OF_5),
        ("five milligrams", ONE_OF_25),
        ("25 micrograms", ONE_OF_25),
        ("Tablets: 2", ONE_OF_5),
        ("2/ tablets", ONE_OF_5),
        ("2 # tablets", ONE_OF_5),
        ("every 3 days", ONE_OF_5),
        ("once every three days", ONE_OF_5),
        ("every 2-3 days", ONE_OF_5),
        ("every third day", ONE_OF_5),
        ("every 2 weeks", ONE_OF_5),
        ("3 tablets twice a week", of(3, "5", 2)),
        ("every 4-6 hours", of(1, "5", 3)),
        ("3x daily", ONE_OF_5),
        ("1-2 times a day", of(1, "5", 2)),
        ("for 7 to 14 days", ONE_OF_5),
    ],
)  # fmt: skip
def test_r54_words_that_are_another_dose_are_found(words: str, taking: Taking) -> None:
    assert [*contradictions(words, taking)]


@pytest.mark.parametrize(
    ("words", "taking"),
    [
        ("Take 25 mg once a day", ONE_OF_25),
        ("Take 1 (one) 25-mg tablet", ONE_OF_25),
        ("Take 4 x 500 mg tablets", FOUR_OF_500),
        ("4x500mg twice daily", FOUR_OF_500),
        ("500 mg x 4, 2 times a day", FOUR_OF_500),
        ("2 x 2,000 mg daily", FOUR_OF_500),
        ("2000 mg x 14 days", FOUR_OF_500),
        ("Take 4 (four) tablets (=2000 mg) 30 minutes after food", FOUR_OF_500),
        ("four (4) 500 mg film-coated tablets every 12 hours for 14 days", FOUR_OF_500),
        ("Take 4-4 tablets 1/2 hour before food", FOUR_OF_500),
        ("4 tablets (1250 mg/m2 BID) days 1-14, with 200 mL water", FOUR_OF_500),
        ("2 g, swallow each tablet whole", FOUR_OF_500),
        ("2 grams = 4 tablets at 8 am and 8 pm", FOUR_OF_500),
        ("1 tablet every 1 day", ONE_OF_5),
        ("Store below 25 °C. Keep out of the reach of children", ONE_OF_5),
    ],
)  # fmt: skip
def test_r54_words_that_are_the_dose_are_left_alone(words: str, taking: Taking) -> None:
    assert [*contradictions(words, taking)] == []


MADE = (
    "Take {} daily after food", "{} with water", "After breakfast {}, then rest", "Dose: {}", "Swallow ({}) whole",
)  # fmt: skip


def naive(number: str) -> F | None:
    """Read a number character by character, as a clerk would: groups of three after a comma, one dot with digits about it."""
    before, dot, after = number.partition(".")
    first, *groups = before.split(",")
    if not first or not all("0" <= one <= "9" for one in first + after) or (dot and not after):
        return None
    if groups and (len(first) > 3 or first[0] == "0" or any(len(one) != 3 or not one.isdigit() for one in groups)):
        return None
    total = 0
    for one in before.replace(",", ""):
        total = total * 10 + "0123456789".index(one)
    return F(total) + F(sum(F("0123456789".index(one), 10 ** (n + 1)) for n, one in enumerate(after)))


def one_sentence(chance: random.Random) -> None:
    """One amount, spelled by chance, in one sentence: found exactly where a clerk reads another one, or none."""
    each, strength = chance.randint(1, 12), chance.choice(("2.5", "5", "25", "250", "500"))
    taking, unit = of(each, strength), chance.choice((" mg", "mg", " tablets", " film-coated tablets", " capsules"))
    right = taking.dose_mg if "mg" in unit else taking.each_time
    number = chance.choice((f"{right:f}", f"{right:,f}", f"{right * 10:f}", f"{right / 10:f}", f"{right / 4:f}"))
    if chance.random() < 0.6:
        at = chance.randint(0, len(number))
        number = number[:at] + chance.choice(".,/-–x'0123456789") + number[at + chance.randint(0, 1) :]
    said = chance.choice(MADE).format(number + unit)
    found = [*contradictions(said, taking)]
    read = naive(number)
    allowed = {F(right), F(taking.strength_mg)} if "mg" in unit and "daily" not in said else {F(right)}
    if not any(one.isdigit() for one in number) or number[-1:] not in "0123456789" or _settled(number):
        return
    assert bool(found) == (read not in allowed), (said, taking, found)


def _settled(number: str) -> bool:
    """Say whether a stroke or an x makes it two numbers, of which the clerk would have to know more."""
    return any(one in number[1:] for one in "/-–x") and len({*number.replace("–", "-").split("-")}) == 1


def test_r54_a_sample_of_amounts_is_read_as_a_clerk_reads_them() -> None:
    chance = random.Random("a sample of directions")
    for _ in range(2_000):
        one_sentence(chance)


@pytest.mark.soak
def test_r54_50_000_amounts_are_read_as_a_clerk_reads_them() -> None:
    chance = random.Random("directions")
    for _ in range(50_000):
        one_sentence(chance)
