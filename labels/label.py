"""What each label must carry, as required fields: one that lacks an identifier or its hazard line cannot be built."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, TypeAlias, TypeVar, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

from labels import codes
from labels.language import ENGLISH, LANGUAGES, catalogue
from labels.trouble import LabelIncomplete, LabelRefused
from labels.wording import card_words, is_vinca, unsafe_unit

DEMO = "DEMO – NOT FOR PATIENT USE"
TRAINING = "TRAINING – NOT FOR PATIENT USE"

AnyLabel = TypeVar("AnyLabel", bound="Label")
_SMALLEST, _LARGEST = Decimal("0.000001"), Decimal(999_999_999)
"""Of any amount on a label, in its own unit."""
CardKind: TypeAlias = Literal["B", "S", "H", "T"]


def complete(cls: type[AnyLabel]) -> type[AnyLabel]:
    """Make a required field that is left out raise LabelIncomplete, as an empty one does."""
    made = cls.__init__
    required = [one.name for one in dataclasses.fields(cls) if one.default is dataclasses.MISSING]

    def __init__(self: AnyLabel, **given: Any) -> None:  # noqa: N807 - it takes the place of the dataclass's own
        for name in required:
            if name not in given:
                raise LabelIncomplete(name, "is missing")
        made(self, **given)

    cls.__init__ = __init__  # type: ignore[assignment,method-assign]  # same keywords, checked by mypy at the dataclass
    return cls


@dataclass(frozen=True, kw_only=True)
class Label:
    mark: str | None = None
    """None, DEMO or TRAINING: printed across, never over a symbol (U5)."""
    unconfirmed: tuple[str, ...] = ()
    """What on this label no pharmacist has confirmed yet; printed with a triangle (U4)."""
    language: str = ENGLISH
    """Of its sentences and words, one of LANGUAGES; names of drugs, numbers and units are the same in each."""
    texts_signed: str | None = None
    """SHA-256 of that language's texts as the site's people signed them; None where they have not, and the label says so."""

    def __post_init__(self) -> None:
        """Refuse what is required and empty, and values that cannot be true."""
        kinds = _kinds_of_value(type(self))
        for one in dataclasses.fields(self):
            value = getattr(self, one.name)
            _present(one.name, value, required=one.default is dataclasses.MISSING)
            if not _is_one_of(value, kinds[one.name]):
                wanted = " or ".join(kind.__name__ for kind in kinds[one.name])
                raise LabelRefused(one.name, f"must be {wanted}, not {type(value).__name__}")
            _true(one.name, value)
        if self.mark not in {None, DEMO, TRAINING}:
            raise LabelRefused("mark", f"must be {DEMO!r}, {TRAINING!r} or nothing")
        if self.language not in LANGUAGES:
            raise LabelRefused("language", f"must be one of {', '.join(LANGUAGES)}, not {self.language!r}")

    @property
    def doubtful(self) -> tuple[str, ...]:
        """What is printed as unconfirmed: what was said to be, and the label's own texts in a language nobody has signed."""
        texts = catalogue(self.language)
        known = self.language == ENGLISH or self.texts_signed == texts.digest
        return self.unconfirmed if known else (*self.unconfirmed, f"label texts in {texts.name}")


def _is_one_of(value: object, kinds: tuple[type, ...]) -> bool:
    """Whether a value is of these types: a moment is no date here, and yes is no number, though Python takes them so."""
    for narrower in (bool, datetime):
        if isinstance(value, narrower):
            return narrower in kinds
    return isinstance(value, kinds)


def _kinds_of_value(cls: type[Label]) -> dict[str, tuple[type, ...]]:
    """Return, for each field, the plain types it may hold: a float in place of a Decimal must never reach the paper."""
    return {name: _plain(hint) for name, hint in get_type_hints(cls).items()}


def _plain(hint: Any) -> tuple[type, ...]:
    origin = get_origin(hint)
    if origin is Literal:
        return (str,)
    if origin is tuple:
        return (tuple,)
    return tuple(kind for part in get_args(hint) for kind in _plain(part)) or (hint,)


def _present(name: str, value: object, *, required: bool) -> None:
    if required and (value is None or value == () or (isinstance(value, str) and not value.strip())):
        raise LabelIncomplete(name, "is empty")
    if isinstance(value, tuple) and any(not str(one).strip() for one in value):
        raise LabelIncomplete(name, "holds an empty line")


def _true(name: str, value: object) -> None:
    if isinstance(value, datetime) and value.tzinfo is None:
        raise LabelRefused(name, "must be a time with its zone")
    if isinstance(value, Decimal) and not (value.is_finite() and _SMALLEST <= value <= _LARGEST):
        raise LabelRefused(name, f"must be a number from {_SMALLEST:f} to {_LARGEST:,}, not {value}")


def safe_unit(name: str, unit: str) -> None:
    """Raise LabelRefused, with what to write instead, for a unit that is misread too easily (N3)."""
    if instead := unsafe_unit(unit):
        raise LabelRefused(name, f"{unit!r} is misread too easily: write {instead}")


@dataclass(frozen=True, kw_only=True)
class PatientLabel(Label):
    """What every label of one patient's preparation carries."""

    label_id: str
    """8 characters of codes.ID_LETTERS: the label's own id."""
    copy: int = 1
    """1 for the first print; each reprint counts one up (1 to 99)."""
    patient_name: str
    """In full, as ordered."""
    second_identifier: str
    """With its name: MRN 10234567."""
    birth_date: date | None = None
    """Printed as a further identifier."""
    location: str | None = None
    """Ward or clinic, chair or bed."""
    drug: str
    """Generic name, tall-man lettering by the site's table."""
    dose: Decimal
    """As ordered."""
    dose_unit: str
    """mg, units, …"""
    hazard_line: str | None = None
    """The site's hazard sentence; required when `hazardous`."""
    hazardous: bool = True
    """False only for a drug that is on no hazardous-drug list."""
    zone: str
    """The site's time zone, an IANA name: every time on the label is written in it."""

    def __post_init__(self) -> None:
        """Refuse a hazardous drug without its sentence, and a zone or id that is none."""
        super().__post_init__()
        if self.hazardous and not (self.hazard_line or "").strip():
            raise LabelIncomplete("hazard_line", "is empty, and the drug is hazardous")
        codes.make("F", self.label_id, self.copy)
        safe_unit("dose_unit", self.dose_unit)
        try:
            ZoneInfo(self.zone)
        except (KeyError, ValueError, OSError) as unknown:
            raise LabelRefused("zone", f"{self.zone!r} is not a time zone") from unknown


@dataclass(frozen=True, kw_only=True)
class IntoAVein:
    """What a label says of a drug that kills by any other route than a vein, whatever it is stuck on (L3)."""

    drug: str
    """As the label names it."""
    intravenous_only: bool = False
    """True prints the vinca sentence; a vinca drug prints it whatever is said here."""

    @property
    def vinca(self) -> bool:
        """Whether the vinca sentence must stand on this label."""
        return self.intravenous_only or is_vinca(self.drug)


@complete
@dataclass(frozen=True, kw_only=True)
class InProcessLabel(IntoAVein, PatientLabel):
    """On the tray and container until release: no route, no rate, no beyond-use promise."""

    step_count: int
    """How many steps the preparation has; 1 or more."""

    def __post_init__(self) -> None:
        """Refuse a preparation of no steps."""
        super().__post_init__()
        if self.step_count < 1:
            raise LabelRefused("step_count", "must be 1 or more")


@complete
@dataclass(frozen=True, kw_only=True)
class UnitLabel(IntoAVein, Label):
    """Names exactly one physical container (R16, R18, R32)."""

    unit_id: str
    """8 characters of codes.ID_LETTERS."""
    drug: str
    """Generic name, tall-man lettering by the site's table."""
    strength: str
    """In words, after reconstitution where that was done: 20 mg/mL."""
    package_code: str
    """With its name: NDC 10019-955-50."""
    lot: str
    """As printed by the maker."""
    expiry: date
    """Last day of use of the closed container."""
    hazardous: bool = True
    """Prints HAZARDOUS DRUG."""
    opened_at: datetime | None = None
    """First puncture; then cabinet, use_by, storage and volume_left are required."""
    cabinet: str | None = None
    """In which cabinet it was opened."""
    use_by: datetime | None = None
    """Limit of the opened container."""
    storage: str | None = None
    """How the opened container is kept."""
    volume_left: Decimal | None = None
    """mL left in it."""
    zone: str
    """The site's time zone."""

    def __post_init__(self) -> None:
        """Refuse an opened container that lacks any part of its account."""
        super().__post_init__()
        codes.make("U", self.unit_id)
        if self.opened_at is None:
            return
        for name in ("cabinet", "use_by", "storage", "volume_left"):
            if getattr(self, name) is None:
                raise LabelIncomplete(name, "is missing, and the container was opened")
        if self.use_by is not None and self.use_by <= self.opened_at:
            raise LabelRefused("use_by", "is not later than the time of opening")


@complete
@dataclass(frozen=True, kw_only=True)
class CodeCard(Label):
    """A badge, or the code of a station, cabinet or tray."""

    card: CardKind
    """B badge, S station, H cabinet, T tray."""
    code_id: str
    """8 characters of codes.ID_LETTERS."""
    title: str
    """What is read on it: a person's name, BSC-2, Tray 14."""
    subtitle: str | None = None
    """Role, room, …"""

    def __post_init__(self) -> None:
        """Refuse a code of another kind."""
        super().__post_init__()
        if self.card not in {"B", "S", "H", "T"}:
            raise LabelRefused("card", "must be B badge, S station, H cabinet or T tray")
        codes.make(self.card, self.code_id)


@complete
@dataclass(frozen=True, kw_only=True)
class CommandCards(Label):
    """The sheet of command cards, or a strip of two for the cabinet front."""

    words: tuple[str, ...] = card_words()
    """Which cards, in the order of the sheet; NEXT and CAPTURE for the cabinet front."""
