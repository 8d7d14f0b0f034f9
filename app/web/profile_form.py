"""The form of a sender profile: one field a table of its document, with the sentence that says what stands there."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.interfaces.kept_profiles import NotProfileError


@dataclass(frozen=True)
class Table:
    """One key of the document."""

    name: str
    """Its key."""
    label: str
    """The same in words."""
    says: str
    """What stands there."""


TABLES = (
    Table("about", "About", "Whose messages these are; for people."),
    Table("match", "Sender", "MSH-3 and MSH-4 that it is known by."),
    Table("processing_id", "Processing id", "P production, T training, D debugging: the only one let in."),
    Table("versions", "HL7 versions", "MSH-12 that are read."),
    Table("zone", "Time zone", "IANA name, for times without an offset."),
    Table("default_charset", "Character set", "Where MSH-18 is empty."),
    Table("acknowledge", "Answers", "mode; AE or AR for content and door; application: whether RRE or ORR is sent."),
    Table("control_ids_unique", "Message numbers are unique", "false where MSH-10 is repeated for ever."),
    Table("order_key", "Order number", "ORC-2, or ORC-2 with ORC-4 where one number stands for many orders."),
    Table("patient_number", "Record number", "Types and authority of the PID-3 that is the record number."),
    Table("adt_feed", "Every patient is announced", "true: an order for a patient not announced by ADT must be cleared."),
    Table("dose_from", "Where the dose stands", "order segment or components (RXC)."),
    Table("dummy_codes", "Codes that mean: see the components", "system and code of each."),
    Table("verified_when", "Verified when", "Fields that make an order verified."),
    Table("base_roles", "Drug and base", "RXC-1 of an active component and of the base."),
    Table("containers_without_base", "Containers without a base", "Those for which no base is asked for."),
    Table("overfill", "Overfill", "Whether a base's volume includes it: ask, never, or included (to be cleared each time)."),
    Table("label_id", "Number of the label", "Where the sender's own number of a label stands, such as ORC-3."),
    Table("units", "Units", "Each spelling, exactly, with what it stands for; a spelling that is not here is refused."),
    Table("rate_units", "Units of a rate", "Each spelling of mL/h."),
    Table("duration_units", "Units of a duration", "Each spelling with its minutes."),
    Table("routes", "Routes", "Each code with the route."),
    Table("forms", "Containers", "Each code of RXE-6 with the container."),
    Table("codes", "Products", "Each code with what it stands for: drug, base, container or additive."),
    Table("drug_names", "Drug names", "Names that a text could name: a text that names another drug than its code is refused."),
    Table("expects_rate", "A rate is always sent", "true: an infusion without one must be cleared."),
    Table("measures", "Measures", "OBX-3 code of weight, height and surface."),
    Table("z_segment", "Chemotherapy segment", "Its name and its fields in order."),
    Table("fhir_systems", "FHIR code systems", "URI of each with its name among the products."),
    Table("fhir_strength", "FHIR strength", "Amount in one container: the one shape of ingredient.strength that is read."),
    Table("destinations", "Where answers go", "host, port, status, dispense, and beyond loopback the TLS files."),
)  # fmt: skip
"""Every key, in the order of the page."""
OTHER = "other"
"""Field of the keys that stand in no table above."""
LETTERS, MOST_LINES = 120, 16
"""Letters of a line of a box, and lines of the tallest."""
OWN = frozenset({"name", "version"})


@dataclass(frozen=True)
class Field:
    """One field as the page draws it."""

    name: str
    """Its name in the form."""
    label: str
    """In words."""
    says: str
    """What stands there."""
    text: str
    """What it holds: plain text, or JSON."""
    rows: int
    """Lines of its box; 1 for an input."""


def fields(document: str, given: Mapping[str, str]) -> tuple[Field, ...]:
    """Return the fields of a document; what was `given` with a refused form comes back."""
    data = json.loads(document)
    known = {one.name for one in TABLES} | OWN
    rest = {key: value for key, value in data.items() if key not in known}
    other = Table(OTHER, "Other keys", "What the document holds besides; nothing of it is used.")
    return tuple(
        _field(table, data.get(table.name, ""), given) for table in TABLES if table.name in data or table.name in given
    ) + ((_field(other, rest, given),) if rest else ())


def _field(table: Table, value: Any, given: Mapping[str, str]) -> Field:
    text = given.get(table.name, written(value))
    lines = sum(len(line) // LETTERS + 1 for line in text.split("\n"))
    return Field(table.name, table.label, table.says, text, min(lines, MOST_LINES))


def written(value: Any) -> str:
    """Return a value as its field holds it: text as it is, a short list on one line, a table with a row a line."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict) and value:
        rows = ",\n".join(f" {json.dumps(key, ensure_ascii=False)}: {_line(inner)}" for key, inner in value.items())
        return f"{{\n{rows}\n}}"
    if isinstance(value, list) and any(isinstance(one, dict) for one in value):
        return "[\n" + ",\n".join(f" {_line(one)}" for one in value) + "\n]"
    return _line(value)


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def read(form: Mapping[str, str], before: str) -> str:
    """Return the document that the form says, laid over the one `before`. Raises NotProfileError naming the field."""
    data = json.loads(before)
    for table in TABLES:
        if table.name not in form:
            continue
        text = form[table.name].strip().replace("\r\n", "\n")
        data[table.name] = text if isinstance(data.get(table.name, ""), str) else _json(text, table.label)
    return json.dumps(data, ensure_ascii=False)


def _json(text: str, label: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as trouble:
        raise NotProfileError(f"{label} is not written as JSON: {trouble}.") from trouble


def differences(before: str, after: str) -> tuple[tuple[str, str, str], ...]:
    """Return (what, old, new) for each row of the tables that differs; without the version's own number."""
    old, new = (dict(_rows(json.loads(one))) if one else {} for one in (before, after))
    names = [*new, *(name for name in old if name not in new)]
    return tuple((name, old.get(name, ""), new.get(name, "")) for name in names if old.get(name) != new.get(name))


def _rows(data: dict[str, Any]) -> Iterator[tuple[str, str]]:
    labels = {one.name: one.label for one in TABLES}
    for key, value in data.items():
        label = labels.get(key, key)
        if key == "version":
            continue
        if key == "codes":
            yield from ((f"{label}: {row['system']}:{row['code']}", _plain(row)) for row in value)
        elif isinstance(value, dict):
            yield from ((f"{label}: {name}", _plain(inner)) for name, inner in value.items())
        else:
            yield label, _plain(value)


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_plain(inner)}" for name, inner in value.items() if inner != "")
    if isinstance(value, list):
        return ", ".join(_plain(one) for one in value)
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
