"""What differs between hospitals: the sender profile, read from one JSON document."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

LABEL = re.compile(r"(ORC|RXE|RXO)-([1-9][0-9]?)(?:\.([1-9][0-9]?))?")
"""Where a label's number can stand: segment, field, component."""
FIELD = re.compile(r"[A-Z][A-Z0-9]{2}-[0-9]+")


class ProfileError(ValueError):
    """The document is not a sender profile; the text says what is missing."""


class NoProfileError(ProfileError):
    """There is no document of this name."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One row of the unit table; spelling is exact (I34)."""

    ucum: str
    """How the order writes it."""
    dimension: str
    """mass, volume, activity, substance or count."""
    factor: Decimal
    """Times this gives mg, mL or 1."""


@dataclass(frozen=True, slots=True)
class Product:
    """What a sender's code stands for."""

    kind: str
    """drug, base, container or additive."""
    maps_to: str
    """Catalogue name, or a container word."""
    concentration_mg_ml: Decimal | None
    """Source concentration that the code implies."""
    container_ml: Decimal | None
    """Bag size that the code implies."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a sender hears what became of its orders, by HL7 v2 over MLLP."""

    host: str
    """Name or address; beyond loopback TLS is needed."""
    port: int
    """TCP port."""
    status: bool
    """Whether it hears each phase (ORM^O01)."""
    dispense: bool
    """Whether it hears the dispense at release (RDS^O13)."""
    tls_ca: str
    """File of the authority that signed the receiver's certificate, PEM; empty on loopback."""
    tls_cert: str
    """File of our own certificate, PEM."""
    tls_key: str
    """File of its private key, PEM."""
    phases: frozenset[str] | None = None
    """Codes of the phases that it hears (ORC-16.1); None: every phase. Answers to a cancel or a hold are always told."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One sender, one version."""

    name: str
    """File name without .json."""
    version: int
    """Kept with every order read with it."""
    msh3: str
    """Sending application."""
    msh4: str
    """Sending facility."""
    processing_id: str
    """P, T or D."""
    versions: frozenset[str]
    """MSH-12 admitted."""
    zone: ZoneInfo
    """Of times without offset."""
    default_charset: str
    """Where MSH-18 is empty."""
    number_types: frozenset[str]
    """PID-3.5 of a record number."""
    authority: str
    """PID-3.4 of a record number."""
    single_untyped_is_mrn: bool
    """Whether one untyped PID-3 is the record number."""
    pid2_is_mrn: bool
    """Whether PID-2 is, up to version 2.3."""
    adt_feed: bool
    """Whether every patient is announced by ADT."""
    group_in_key: bool
    """Whether ORC-4 joins the key."""
    control_ids_unique: bool
    """False where a sender repeats MSH-10 for ever."""
    dose_from_components: bool
    """Whether the dose stands in RXC, not in RXE."""
    dummy_codes: frozenset[tuple[str, str]]
    """Give codes (system, code) that mean "see RXC"."""
    verified_fields: tuple[str, ...]
    """Fields that make an RDE verified."""
    units: Mapping[str, Unit]
    """Exact spellings."""
    rate_units: frozenset[str]
    """Spellings of mL/h."""
    duration_units: Mapping[str, Decimal]
    """Spelling to minutes."""
    routes: Mapping[str, str]
    """Code to route."""
    forms: Mapping[str, str]
    """RXE-6 code to container."""
    codes: Mapping[tuple[str, str], Product]
    """(system, code) to product."""
    drug_names: frozenset[str]
    """Names that a text could name, in lower case; only for contradictions (I22)."""
    roles: Mapping[str, str]
    """RXC-1 to active or base."""
    without_base: frozenset[str]
    """Containers that need no base."""
    expects_rate: bool
    """Whether an infusion without rate is remarkable."""
    measures: Mapping[str, str]
    """OBX-3 code to field."""
    z_name: str
    """Segment of the chemotherapy data."""
    z_fields: tuple[str, ...]
    """Its fields in order."""
    enhanced: str
    """Acknowledgement mode in words."""
    content_code: str
    """AE or AR for content."""
    door_code: str
    """AR or AE for the wrong door."""
    fhir_systems: Mapping[str, str]
    """URI of a FHIR code system to the name it has in `codes`; empty: no FHIR from this sender."""
    overfill: str = "ask"
    """Whether a base's volume includes the bag's overfill: ask (not known), never, or included (a pharmacist decides)."""
    label_id: str = ""
    """Where the sender's own number of a label stands, such as ORC-3 or RXE-15.1; empty: nowhere."""
    application: bool = False
    """Whether it hears an RRE, ORP or ORR with the answer to each order, where it asks for one (MSH-16) or knows one mode."""
    destination: Destination | None = None
    """Where status and dispenses go; None: nowhere."""


def _number(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def _codes(rows: list[dict[str, str]]) -> dict[tuple[str, str], Product]:
    return {
        (row["system"], row["code"]): Product(
            row["kind"],
            row["maps_to"],
            _number(row.get("concentration_mg_ml", "")),
            _number(row.get("container_ml", "")),
        )
        for row in rows
    }


def _verified(words: str | list[str]) -> tuple[str, ...]:
    return tuple(FIELD.findall(words)) if isinstance(words, str) else tuple(words)


def _dummies(rows: list[Any]) -> frozenset[tuple[str, str]]:
    """Read `{system, code}` objects or `SYSTEM:code` texts."""
    pairs = [tuple(row.split(":", 1)) if isinstance(row, str) else (row["system"], row["code"]) for row in rows]
    return frozenset((str(pair[0]), str(pair[1])) for pair in pairs)


def _destination(data: dict[str, Any]) -> Destination | None:
    if not data:
        return None
    files = tuple(str(data.get(name, "")) for name in ("tls_ca", "tls_cert", "tls_key"))
    host = str(data["host"])
    if host not in ("127.0.0.1", "::1", "localhost") and not all(files):
        raise ValueError("destinations: beyond loopback give tls_ca, tls_cert and tls_key")
    status, dispense = bool(data.get("status", True)), bool(data.get("dispense", True))
    phases = frozenset(map(str, data["phases"])) if "phases" in data else None
    return Destination(host, int(data["port"]), status, dispense, files[0], files[1], files[2], phases)


def read_profile(text: str) -> Profile:
    """Return the profile in the JSON document `text`. Raises ProfileError that says what is missing."""
    try:
        return _profile(json.loads(text))
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as trouble:
        raise ProfileError(
            f"not a sender profile: {type(trouble).__name__} {trouble}; compare with profiles/oncehr.json"
        ) from trouble


def _profile(data: dict[str, Any]) -> Profile:
    number = data["patient_number"]
    codes = _codes(data["codes"])
    names = {product.maps_to for product in codes.values() if product.kind == "drug"} | set(data.get("drug_names", ()))
    return Profile(
        name=data["name"],
        version=int(data.get("version", 1)),
        msh3=data["match"]["msh3"],
        msh4=data["match"]["msh4"],
        processing_id=data["processing_id"],
        versions=frozenset(data["versions"]),
        zone=ZoneInfo(data["zone"]),
        default_charset=data["default_charset"],
        number_types=frozenset(number["types"]),
        authority=number["authority"],
        single_untyped_is_mrn=bool(number.get("single_untyped_is_mrn", False)),
        pid2_is_mrn=bool(number.get("pid2_is_mrn", False)),
        adt_feed=bool(data["adt_feed"]),
        group_in_key="ORC-4" in data["order_key"],
        control_ids_unique=bool(data["control_ids_unique"]),
        dose_from_components=data["dose_from"] == "components",
        dummy_codes=_dummies(data["dummy_codes"]),
        verified_fields=_verified(data["verified_when"]),
        units={k: Unit(row["ucum"], row["dimension"], Decimal(row["factor"])) for k, row in data["units"].items()},
        rate_units=frozenset(data["rate_units"]),
        duration_units={key: Decimal(minutes) for key, minutes in data["duration_units"].items()},
        routes=dict(data["routes"]),
        forms=dict(data["forms"]),
        codes=codes,
        drug_names=frozenset(name.lower() for name in names),
        roles=dict(data["base_roles"]),
        without_base=frozenset(data["containers_without_base"]),
        expects_rate=bool(data["expects_rate"]),
        measures=dict(data["measures"]),
        z_name=data["z_segment"]["name"],
        z_fields=tuple(data["z_segment"]["fields"]),
        enhanced=data["acknowledge"]["mode"],
        content_code=data["acknowledge"]["content"],
        door_code=data["acknowledge"]["door"],
        overfill=str(data.get("overfill", "ask")),
        label_id=str(data.get("label_id", "")),
        application=bool(data["acknowledge"].get("application", False)),
        fhir_systems=dict(data.get("fhir_systems", {})),
        destination=_destination(data.get("destinations") or {}),
    )


def shipped_names() -> tuple[str, ...]:
    """Return the names of the profiles that come with the program."""
    folder = resources.files("app.interfaces") / "profiles"
    return tuple(sorted(entry.name.removesuffix(".json") for entry in folder.iterdir() if entry.name.endswith(".json")))


def load_profile(name_or_file: str) -> Profile:
    """Return a shipped profile by name, or one from a file. Raises ProfileError that names the shipped ones."""
    return read_profile(profile_text(name_or_file))


def profile_text(name_or_file: str) -> str:
    """Return the document of a profile as it is written. Raises ProfileError that names the shipped ones."""
    if name_or_file in shipped_names():
        return (resources.files("app.interfaces") / "profiles" / f"{name_or_file}.json").read_text("utf-8")
    try:
        return Path(name_or_file).read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as trouble:
        raise ProfileError(f"{name_or_file} is not UTF-8 text; compare with profiles/oncehr.json") from trouble
    except OSError as trouble:
        raise NoProfileError(
            f"no profile {name_or_file!r}: give a file, or one of {', '.join(shipped_names())}"
        ) from trouble
