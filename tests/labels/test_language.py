"""Labels in another language: every text is there, nothing that is counted or named changes, and nobody takes it for signed."""

from __future__ import annotations

import re
import string
from collections import Counter
from dataclasses import replace
from decimal import Decimal

import pytest

from labels import KINDS, LANGUAGES, Label, LabelRefused, fixed, language, typefaces
from labels.drawing import Drawing
from labels.language import Catalogue, catalogue, english, said, translated, wholly
from labels.rendering import _stock
from labels.stock import PROFILES
from labels.wording import amount, unprintable
from tests.house.tree import ROOT
from tests.labels.examples import (
    EXAMPLES,
    IN_GERMAN,
    bag,
    bottle,
    in_process,
    intrathecal,
    opened_unit,
    swallowed,
    syringe,
)
from workflows.counting import units
from workflows.taking import OFTEN

OTHERS = tuple(one for one in LANGUAGES if one != "en")
NAMED = ("cyclophosphamide", "vincristine", "doxorubicin", "fluorouracil", "capecitabine", "dextrose", "chloride")


def drawn(label: Label, stock: str) -> Drawing:
    kind = next(one for one in KINDS.values() if type(label) is one.label)
    return kind.draw(label, _stock(stock), PROFILES[203], typefaces.width)


def places(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


@pytest.mark.parametrize("tongue", OTHERS)
def test_every_text_is_there_in_each_language_with_the_same_places_in_it(tongue: str) -> None:
    ours, other = catalogue("en").words, catalogue(tongue)
    assert {key: places(one) for key, one in other.words.items()} == {key: places(one) for key, one in ours.items()}
    sentences = {key for key, row in english().items() if "en" in row} | {"intrathecal", "oral", "demo", "training"}
    assert set(other.fixed) == sentences


@pytest.mark.parametrize("tongue", OTHERS)
def test_no_catalogue_holds_a_drug_a_unit_or_an_amount(tongue: str) -> None:
    texts = catalogue(tongue)
    for text in (*texts.words.values(), *texts.fixed.values(), *texts.phrases.values()):
        assert unprintable(text) is None
        assert typefaces.missing(text.replace("~", " "), "condensed-bold") is None, text
        assert not any(name in text.casefold() for name in NAMED), text
    for text in (*texts.words.values(), *texts.fixed.values()):
        assert re.findall(r"[0-9]+", text) in ([], ["1"]), text


@pytest.mark.parametrize("tongue", OTHERS)
def test_a_phrase_keeps_its_numbers_and_units(tongue: str) -> None:
    for ours, other in catalogue(tongue).phrases.items():
        assert Counter(re.findall(r"\$[0-9]", other)) == Counter(f"${n}" for n in range(1, ours.count("#") + 1)), ours
        assert re.findall(r"mL|°C|mg|mcg", other) == re.findall(r"mL|°C|mg|mcg", ours), ours


@pytest.mark.parametrize("tongue", OTHERS)
def test_u1_texts_that_no_pharmacist_signed_say_so_on_every_label(tongue: str) -> None:
    for label, stock in IN_GERMAN.values():
        signed = replace(label, texts_signed=catalogue(tongue).digest)
        assert "Etikettentexte" not in " ".join(run.text for run in drawn(signed, stock).runs)
        others = replace(label, texts_signed="0" * 64)  # other texts than those that stand
        words = " ".join(run.text for run in drawn(others, stock).runs if run.field == "unconfirmed")
        assert "NICHT BESTÄTIGT:" in words.replace("\u00a0", " ")
        assert "Etikettentexte in Deutsch" in words.replace("\u00a0", " ")


@pytest.mark.parametrize("name", IN_GERMAN)
def test_what_is_named_and_counted_is_the_same_in_both_languages(name: str) -> None:
    label = IN_GERMAN[name][0]
    told = [Counter(_kept(drawn(one, "101.6x76.2"))) for one in (label, replace(label, language="en"))]
    assert told[0] == told[1]


def _kept(drawing: Drawing) -> list[str]:
    """Every number with its unit, and every field that is a name."""
    whole = " ".join(run.text for run in drawing.runs if run.field not in ("unconfirmed", "directions", "days_on"))
    amounts = re.findall(
        r"[0-9](?:[0-9.,:-]|\u00a0(?=[0-9]{3}(?![0-9])))*(?:[ \u00a0](?:mg/mL|mL/h|mg|mcg|mL|h\b|min|%|°C))?", whole
    )
    return [_one_way(one) for one in amounts] + re.findall(r"[a-z]+[A-Z]{3,}[A-Za-z]*", whole)


def _one_way(number: str) -> str:
    """Write the groups of a number as English does: which sign parts them is all that may differ."""
    return re.sub(r"(?<=[0-9]) (?=[0-9]{3})", ",", number.replace("\u00a0", " ")).rstrip(".,")


LARGE: dict[str, tuple[Label, str]] = {
    "bag": (
        bag(language="de", container="1,000 mL bag", dose=Decimal(4320), total_volume=Decimal("1080.5"), bag_volume=Decimal(1000),
            concentration=Decimal(4), rate=Decimal(2161)),
        "101.6x76.2",
    ),
    "bottle": (
        bottle(language="de", directions="4 tablets morning and evening", each_time=4, strength=Decimal(1250),
               dose=Decimal(5000), count=1456, days_supply=182,
               taking_days=182, days_on=None, days_off=None),
        "101.6x76.2",
    ),
    "syringe": (
        syringe(language="de", dose=Decimal("1234567.5"), dose_unit="units", concentration=Decimal(61730),
                concentration_unit="units/mL"),
        "101.6x76.2",
    ),
    "in process": (in_process(language="de", dose=Decimal(12345)), "101.6x50.8"),
    "unit": (opened_unit(language="de", volume_left=Decimal("1234.5")), "76.2x50.8"),
}  # fmt: skip
"""Amounts of a thousand and more, on every kind."""


@pytest.mark.parametrize(("label", "stock"), [*IN_GERMAN.values(), *LARGE.values()])
def test_n3_no_thousands_comma_stands_where_a_comma_is_the_decimal_point(label: Label, stock: str) -> None:
    for run in drawn(label, stock).runs:
        assert not re.search(r"[0-9],[0-9]", run.text), run.text


def test_n3_a_large_dose_is_grouped_by_a_space_at_which_no_line_ends() -> None:
    doses = [run.text for label, stock in LARGE.values() for run in drawn(label, stock).runs if run.field == "dose"]
    assert doses == [
        "4\u00a0320\u00a0mg",
        "5\u00a0000\u00a0mg",
        "1\u00a0234\u00a0567.5\u00a0units",
        "12\u00a0345\u00a0mg",
    ]
    assert "1,080.5" in " ".join(run.text for run in drawn(replace(LARGE["bag"][0], language="en"), "101.6x76.2").runs)


def test_a_bag_in_german_says_what_an_english_one_says() -> None:
    runs = [run.text.replace("\u00a0", " ") for run in drawn(bag(language="de"), "101.6x76.2").runs]
    whole = " ".join(runs)
    for words in (
        "cycloPHOSPHamide 970 mg", "in dextrose 5 %", "Beutel 250 mL + Überfüllung", "Gesamtvolumen 298.5 mL",
        "intravenöse Infusion", "597 mL/h über 30 min", "NICHT VERWENDEN NACH 2026-11-24 09:05", "Raumtemperatur, 20 bis 25 °C",
        "Einzeldosis", "Zyklus 3, Tag 1", "Anordnung ORD7700123", "Hergestellt: Ann T., 2026-11-23 09:05", "Telefon 555 010 0199",
    ):  # fmt: skip
        assert words in whole, (words, whole)


ENGLISH_WORDS = re.compile(r"\b(copy|million|order|cycle|day|prepared|for|with|use|line|set|filter|do not)\b")


@pytest.mark.parametrize(("label", "stock"), IN_GERMAN.values())
def test_nothing_of_vialtraces_own_stays_english_on_a_german_label(label: Label, stock: str) -> None:
    """What the site and the order wrote stays: handling, the pharmacy's name, directions, the names of what is mixed."""
    theirs = {"handling", "pharmacy", "diluent", "directions", "cabinet"}
    texts = [run.text.replace("\u00a0", " ") for run in drawn(label, stock).runs if run.field not in theirs]
    assert [one for one in texts if ENGLISH_WORDS.search(one)] == []


def test_n4_a_million_is_said_in_the_labels_language() -> None:
    assert [amount(Decimal(1_500_000), one).replace("\u00a0", " ") for one in ("en", "de")] == [
        "1.5 million",
        "1.5 Mio.",
    ]


def test_r54_an_oral_syringe_says_it_in_its_language() -> None:
    said = {run.field: run.text for run in drawn(swallowed(language="de"), "101.6x50.8").runs}
    assert (said["warnings"], said["route"]) == ("NUR ZUM EINNEHMEN", "zum Einnehmen")
    assert "Oralspritze 5" in said["container"].replace("\u00a0", " ")


def test_an_intrathecal_syringe_says_it_in_its_language_and_its_rule_holds_in_each() -> None:
    texts = [run.text for run in drawn(intrathecal(language="de"), "101.6x50.8").runs if run.field == "warnings"]
    assert texts == ["NUR INTRATHEKAL ANWENDEN"]
    with pytest.raises(LabelRefused, match="INTRATHECAL"):
        intrathecal(language="de", warnings=())


def test_what_the_site_or_the_order_wrote_is_printed_as_it_was_written() -> None:
    for text in ("within 30 min after food", "Vesicant: give through a free-flowing line", "5 # to 3", ""):
        assert translated("de", text) == text
    assert translated("de", "2 to 8 °C, protect from light, shaken") == "2 bis 8 °C, vor Licht schützen, shaken"
    assert translated("de", "35\u00a0mL\u00a0syringe") == "Spritze\u00a035\u00a0mL"
    assert translated("en", "35 mL syringe") == "35 mL syringe"


def test_a_language_that_is_none_is_refused_by_name() -> None:
    with pytest.raises(LabelRefused, match="language"):
        in_process(language="xx")
    with pytest.raises(KeyError):
        fixed("vinca", "xx")
    with pytest.raises(KeyError):
        said("de", "no such words")


def edited(text: str, other: str) -> Catalogue:
    """German as a site made it: one text of its file replaced."""
    source = (ROOT / "labels" / "languages" / "de.toml").read_text("utf-8")
    assert source.count(text) == 1, text
    return language.of("de", source.replace(text, other))


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ('total_volume = "Gesamtvolumen {volume}"', 'total_volume = "Gesamtvolumen"'),
        ('total_volume = "Gesamtvolumen {volume}"', 'total_volume = "Gesamtvolumen {volume:.1}"'),
        ('total_volume = "Gesamtvolumen {volume}"', 'total_volume = "Gesamtvolumen {volume"'),
        ('total_volume = "Gesamtvolumen {volume}"', 'total_volume = "Gesamtvolumen 10{volume}"'),
        ('lot = "Charge {lot}"\n', ""),
        ("TÖDLICH BEI ANDERER ANWENDUNG", "bitte beachten"),
        ("NUR ZUM EINNEHMEN", "Saft"),
        ('DASH = "Tippt einen Bindestrich."\n', ""),
        ('types = "Tippt {what},', 'types = "Tippt etwas,'),
        ("NUR INTRATHEKAL ANWENDEN", "intrathekal"),
        ('discard = "ENTSORGEN NACH"', 'discard = " "'),
        ('"# to # °C" = "$1 bis $2 °C"', '"# to # °C" = "bis $2 °C"'),
        ('"# to # °C" = "$1 bis $2 °C"', '"# to # °C" = "$1 bis 2$2 °C"'),
        ('lot = "Charge {lot}"', "lot = 5"),
        ("[fixed]", "[fixed"),
        ("[phrases]", "[phrases"),
        ("[words]", "[wörter]"),
    ],
)
def test_no_edit_of_a_catalogue_takes_a_number_or_a_warning_off_a_label(
    monkeypatch: pytest.MonkeyPatch, text: str, other: str
) -> None:
    found = edited(text, other)
    assert found.trouble
    monkeypatch.setattr(language, "catalogue", lambda tongue: found if tongue == "de" else catalogue(tongue))
    with pytest.raises(LabelRefused, match="language"):
        drawn(bag(language="de"), "101.6x76.2")


def test_any_change_of_a_text_is_another_sum() -> None:
    assert edited('lot = "Charge {lot}"', 'lot = "Los {lot}"').digest != catalogue("de").digest


@pytest.mark.parametrize("tongue", OTHERS)
@pytest.mark.parametrize("container", ["tablets", "capsules"])
@pytest.mark.parametrize("often", sorted(set(OFTEN.values())))
@pytest.mark.parametrize("each", [1, 4])
def test_r54_whatever_vialtrace_tells_a_patient_is_said_whole_in_each_language(
    tongue: str, container: str, often: str, each: int
) -> None:
    ours = f"{units(each, container)} {often}"
    other = translated(tongue, ours)
    assert wholly(tongue, ours)
    assert re.findall("[0-9]+", other) == re.findall("[0-9]+", ours)
    assert not re.search("tablet |tablets|capsule|day|hours|morning|bed", other)
    assert ("Tabletten" in other or "Kapseln" in other) == (each > 1)


def test_r54_a_bottle_whose_directions_are_half_in_another_language_is_not_printed_in_it() -> None:
    half = "4 tablets morning and evening. Take within 30 minutes after food"
    with pytest.raises(LabelRefused, match="directions"):
        drawn(bottle(language="de", directions=half), "101.6x76.2")
    assert drawn(bottle(directions=half), "101.6x76.2").runs


def test_no_edit_of_the_english_words_takes_an_amount_off_a_label() -> None:
    source = (ROOT / "labels" / "languages" / "en.toml").read_text("utf-8")
    assert [language.of("en", source.replace(" {volume}", "")).trouble != "", language.of("en", source).trouble] == [
        True,
        "",
    ]


def test_every_catalogue_that_ships_is_whole() -> None:
    assert [catalogue(one).trouble for one in LANGUAGES] == [""] * len(LANGUAGES)


def test_every_kind_has_an_example_in_each_language() -> None:
    patients = {type(label) for label, _ in EXAMPLES.values()} - {
        KINDS[kind].label for kind in ("code_card", "command_cards")
    }
    assert {type(label) for label, _ in IN_GERMAN.values()} == patients
