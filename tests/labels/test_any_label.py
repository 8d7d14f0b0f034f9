"""Whatever label is asked for: it lies whole on its stock and decodes to its codes, or it is refused by the name of a field."""

from __future__ import annotations

import io
import random
import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import fields

import pypdfium2
import pytest
from PIL import Image

from labels import (
    LANGUAGES,
    CodeCard,
    CommandCards,
    DoesNotFit,
    InProcessLabel,
    Label,
    UnitLabel,
    fixed,
    render,
    typefaces,
)
from labels.check import symbols_on
from labels.kinds import KINDS
from labels.rendering import Rendered
from labels.stock import PROFILES, STOCKS
from labels.trouble import LabelTroubleError
from tests.labels.anything import MAKERS, Draw, names_of
from tests.labels.examples import EXAMPLES, bag, bottle, in_process, opened_unit, pump, syringe, unit, vincristine
from tests.labels.test_layout import LEAST, said, sound

SHEETS = {"a4", "letter"}
ROLLS = sorted(set(STOCKS) - SHEETS)
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def checked(body: str) -> bool:
    """Whether a code's last character is its check by ISO 7064 MOD 37,36, reckoned as a reader does."""
    product = 36
    for letter in body[:-1]:
        product = ((product + ALPHABET.index(letter)) % 36 or 36) * 2 % 37
    return (product + ALPHABET.index(body[-1])) % 36 == 1


def meant(label: Label) -> Counter[tuple[str, str]]:
    """Return the codes that a label must carry, its check character left out, and their AIM identifiers."""
    if isinstance(label, CommandCards):
        return Counter({(f"%VT-C-{word}%", "]d1"): 1 for word in label.words})
    if isinstance(label, CodeCard):
        return Counter({(f"%VT-{label.card}-{label.code_id}%", "]d1"): 1})
    if isinstance(label, UnitLabel):
        return Counter({(f"%VT-U-{label.unit_id}%", "]d1"): 1})
    kind = "I" if isinstance(label, InProcessLabel) else "F"
    own = Counter({(f"%VT-{kind}-{label.label_id}-{label.copy}%", "]d1"): 1})  # type: ignore[attr-defined]  # a patient's
    if bedside := getattr(label, "admin_code", None):
        own[(bedside, "]C0")] += 1
    return own


def read(drawn: Rendered) -> Counter[tuple[str, str]]:
    """Return the codes on a label's picture without the check character of ours, once that is found right."""
    found: Counter[tuple[str, str]] = Counter()
    for (data, aim), times in symbols_on(Image.open(io.BytesIO(drawn.png))).items():
        text = data.decode("ascii")
        own = re.fullmatch(r"(%VT-[A-Z]-)([0-9A-Z]{8})([0-9A-Z])((?:-[0-9]+)?%)", text)
        if own:
            assert checked(own[2] + own[3]), text
            text = own[1] + own[2] + own[4]
        found[(text, aim)] += times
    return found


def least_of(label: Label) -> dict[str, float] | None:
    """Return the smallest sizes of type of a label's kind (LABELS: drug and dose of a syringe 11 pt, of a unit 8)."""
    small = {"SyringeLabel": 11.0, "UnitLabel": 8.0}.get(type(label).__name__, 12.0)
    vinca = 7.0 if isinstance(label, UnitLabel) else 9.0
    return (
        None if isinstance(label, CodeCard | CommandCards) else LEAST | {"drug": small, "dose": small, "vinca": vinca}
    )


def refusal(make: Callable[[], object]) -> LabelTroubleError | None:
    """Return why a label could not be made, None where it was."""
    try:
        make()
    except LabelTroubleError as refused:
        return refused
    return None


def is_whole(label: Label, stock: str, dpi: int, drawn: Rendered) -> None:
    """Fail unless nothing overlaps or leaves the stock, the codes are the label's, and its names stand on it whole."""
    kind = next(kind for kind in KINDS.values() if kind.label is type(label))
    drawing = kind.draw(label, STOCKS[stock], PROFILES[dpi], typefaces.width)
    sound(drawing, least_of(label))
    assert read(drawn) == meant(label)
    for field in {"patient_name", "drug", "title"} & {one.name for one in fields(label)}:
        wanted = unicodedata.normalize("NFC", getattr(label, field))
        assert said(drawing, field) == re.sub(r"\s", "", wanted), field


def draw_at_random(count: int, seed: int) -> Counter[str]:
    """Draw so many labels of kinds in turn; how many of each kind were drawn, and how many refused, each by a field's name."""
    draw, became = Draw(seed), Counter[str]()
    for turn in range(count):
        kind = list(MAKERS)[turn % len(MAKERS)]
        draw.calm = draw.random() < 0.6
        dpi = draw.choice(sorted(PROFILES))
        own = next(one.stock for one in KINDS.values() if one.label is kind)
        stock = own if draw.random() < 0.6 else draw.choice(sorted(STOCKS))
        made: list[tuple[Label, str, Rendered]] = []
        refused = refusal(lambda: made.append(_rendered(MAKERS[kind](draw), stock, own, dpi)))  # noqa: B023 - called at once
        if refused:
            assert refused.field in names_of(kind), (seed, turn, refused)
            assert not isinstance(refused, DoesNotFit) or refused.by_mm > 0
            became["refused"] += 1
            continue
        label, on, drawn = made[0]
        is_whole(label, on, dpi, drawn)
        became[kind.__name__] += 1
    return became


def _rendered(label: Label, stock: str, own: str, dpi: int) -> tuple[Label, str, Rendered]:
    """Draw it on its stock; another language than English has larger stock than the kind's own."""
    on = "101.6x76.2" if stock == own and label.language != "en" else stock
    return label, on, render(label, on, dpi)


def test_labels_at_random_lie_whole_on_their_stock_or_are_refused_by_name() -> None:
    became = draw_at_random(40, seed=16)

    assert set(became) >= {kind.__name__ for kind in MAKERS}
    assert became["refused"] >= 10


@pytest.mark.soak
@pytest.mark.parametrize("part", range(10))
def test_five_thousand_labels_at_random_lie_whole_on_their_stock_or_are_refused_by_name(part: int) -> None:
    became = draw_at_random(500, seed=random.SystemRandom().randrange(2**32))

    assert min(became[kind.__name__] for kind in MAKERS) >= 5
    assert became["refused"] >= 100


def fitting(label: Label, dpi: int = 203) -> set[str]:
    """Return the rolls that a label fits, each drawing on them whole."""
    on = set()
    for stock in ROLLS:
        drawn: list[Rendered] = []
        if not refusal(lambda: drawn.append(render(label, stock, dpi))):  # noqa: B023 - called at once
            is_whole(label, stock, dpi, drawn[0])
            on.add(stock)
    return on


def test_l6_each_kind_fits_the_stocks_that_the_table_gives_it_and_no_smaller_one() -> None:
    large = {"101.6x76.2", "101.6x50.8"}

    assert fitting(bag()) == large
    assert fitting(vincristine()) == {"101.6x76.2"}
    assert not fitting(syringe()) & {"57.2x31.8", "63.5x38.1", "76.2x25.4"}
    assert fitting(syringe()) >= large | {"57.2x50.8"}
    assert fitting(bottle()) >= large | {"76.2x50.8"}
    assert fitting(pump()) >= large
    assert fitting(opened_unit()) >= large | {"57.2x31.8"}
    assert "50.8x25.4" not in fitting(opened_unit())


@pytest.mark.soak
@pytest.mark.parametrize("dpi", PROFILES)
@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_is_whole_on_every_stock_it_fits(name: str, dpi: int) -> None:
    label, own = EXAMPLES[name]
    assert own in fitting(label, dpi) | SHEETS


@pytest.mark.parametrize("dpi", PROFILES)
@pytest.mark.parametrize("make", [vincristine, in_process, unit])
@pytest.mark.parametrize("tongue", LANGUAGES)
def test_l3_the_sentence_is_whole_on_every_size_that_a_vinca_drug_is_printed_on(tongue: str, make, dpi: int) -> None:
    """As the finished document says it, not as it was to be drawn."""
    sentence, sizes = re.sub(r"\s", "", fixed("vinca", tongue).text), 0
    for stock in ROLLS:
        drawn: list[Rendered] = []
        if refusal(lambda: drawn.append(render(make(drug="vinCRIStine", mark=None, language=tongue), stock, dpi))):  # noqa: B023 - at once
            continue
        document = pypdfium2.PdfDocument(drawn[0].pdf)
        page = document[0].get_textpage().get_text_range()
        document.close()
        assert sentence in re.sub(r"\s", "", page), stock
        sizes += 1
    assert sizes >= 1
