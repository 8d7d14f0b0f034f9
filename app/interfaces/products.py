"""Which drug, fluid or container a coded element names, and whether its codes and its words agree (I22)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from app.interfaces.hl7_coded import REMEMBERED, once
from app.interfaces.hl7_reader import NULL, Segment
from app.interfaces.profile import Product, Profile
from workflows.order import Code

FLUIDS = {
    "dextrose": re.compile(r"dextrose|glucose|\bd5w?\b"),
    "sodium chloride": re.compile(r"sodium chloride|saline"),
    "ringer": re.compile(r"ringer"),
    "water for injection": re.compile(r"water for injection|sterile water"),
}
FORMULATIONS = (
    re.compile(r"liposom|pegylat"),
    re.compile(r"albumin|protein[- ]bound|\bnab\b"),
    re.compile(r"emtansine|deruxtecan|vedotin"),
)
"""Words that make another drug of the name beside them: of its carrier, or of what is bound to it."""
PERCENT = re.compile(r"(?<![0-9.])([0-9]+(?:\.[0-9]+)?) ?%")


@dataclass(frozen=True, slots=True)
class Named:
    """What a coded element names."""

    name: str
    """Catalogue name of the mapped code, else the text as received."""
    product: Product | None
    """What the profile knows of it; None where no code is mapped."""
    codes: tuple[Code, ...]
    """All codes as received."""
    texts: tuple[str, ...]
    """All texts as received."""
    conflict: bool
    """Whether its codes and texts name different products."""

    @property
    def first_code(self) -> Code | None:
        """The code it is known by."""
        return self.codes[0] if self.codes else None

    @property
    def words(self) -> tuple[str, ...]:
        """Everything that it is called: name, texts, and each code with its own."""
        return (self.name, *self.texts, *(said for code in self.codes for said in (code.code, code.text)))

    def same_drug(self, other: Named) -> bool:
        """Say whether both name one drug: by catalogue name, by a shared code, or by equal words."""
        if self.product and other.product:
            return self.name == other.name
        shared = {(code.system, code.code) for code in self.codes} & {(code.system, code.code) for code in other.codes}
        return bool(shared) or self.name.casefold() == other.name.casefold()


@lru_cache(maxsize=16)
def _pattern(names: frozenset[str]) -> re.Pattern[str]:
    longest_first = sorted(names, key=lambda name: (-len(name), name))
    return re.compile(rf"(?<![a-z])(?:{'|'.join(map(re.escape, longest_first))})(?![a-z])")


def drugs_in(text: str, profile: Profile) -> set[str]:
    """Return the drug names of the profile that stand in a text, the longest where one contains another."""
    found = _short if len(text) <= REMEMBERED else _in_words
    return set(found(text, profile.drug_names))


def _in_words(text: str, names: frozenset[str]) -> frozenset[str]:
    return frozenset(_pattern(names).findall(text.lower()))


_short = lru_cache(maxsize=2048)(_in_words)


def _fluid_words(text: str) -> tuple[set[str], set[str]]:
    low = text.lower()
    kinds = {kind for kind, words in FLUIDS.items() if words.search(low)}
    return kinds, {percent.rstrip("0").rstrip(".") if "." in percent else percent for percent in PERCENT.findall(low)}


def _fluid_conflict(name: str, text: str) -> bool:
    kinds, percents = _fluid_words(name)
    said, said_percents = _fluid_words(text)
    return bool((said and said != kinds) or (said_percents and percents and said_percents != percents))


def another_formulation(drug: str, text: str) -> bool:
    """Say whether a text names a carrier or conjugate that the drug of the code has not."""
    return any(words.search(text.lower()) and not words.search(drug.lower()) for words in FORMULATIONS)


def _conflict(products: list[Product], texts: tuple[str, ...], profile: Profile) -> bool:
    names = {(product.kind, product.maps_to) for product in products}
    if len(names) > 1:
        return True
    if products and products[0].kind == "base":
        return any(_fluid_conflict(products[0].maps_to, text) for text in texts)
    drugs = {product.maps_to for product in products if product.kind == "drug"}
    if any(another_formulation(drug, text) for drug in drugs for text in texts):
        return True
    return len(drugs.union(*(drugs_in(text, profile) for text in texts))) > 1


def named(segment: Segment, number: int, profile: Profile) -> Named | None:
    """Return what the coded element in field `number` names, or None if nothing stands there."""
    parts = [segment.value(number, component) for component in range(1, 13)]
    pairs = [(parts[0], parts[2], parts[1]), (parts[3], parts[5], parts[4]), (parts[9], parts[11], parts[10])]
    codes = tuple(Code(system, code, text) for code, system, text in pairs if code)
    texts = tuple(text for text in (parts[1], parts[4], parts[8], parts[10]) if text and text != NULL)
    return name_product(codes, texts, profile, once(segment, number))


def name_product(codes: tuple[Code, ...], texts: tuple[str, ...], profile: Profile, one: bool = True) -> Named | None:
    """Return what codes and words name together, or None if there are none; `one` says that the element is not repeated."""
    if not codes and not texts:
        return None
    products = [product for code in codes if (product := profile.codes.get((code.system, code.code))) is not None]
    conflict = not one or _conflict(products, texts, profile)
    product = max(products, key=lambda row: row.concentration_mg_ml is not None, default=None)
    name = product.maps_to if product else (texts or tuple(code.code for code in codes))[0]
    return Named(name, product, codes, texts, conflict)


def names_another(thing: Named, said: list[str], profile: Profile) -> bool:
    """Say whether supplementary codes or words beside an element name another product than it does (I22)."""
    if not said or thing.product is None:
        return False
    words = set(said)
    codes = {row.maps_to for (system, code), row in profile.codes.items() if code in words and system in words}
    drugs = {drug for text in said for drug in drugs_in(text, profile)}
    other = any(another_formulation(thing.name, text) for text in said) if thing.product.kind == "drug" else False
    return other or bool((codes | drugs) - {thing.name})
