"""Mass, volume, concentration and density on exact decimals. Arithmetic that refuses to mix units; no float anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Self, TypeVar

Number = Decimal | int | str
Q = TypeVar("Q")


class UnitError(TypeError):
    """Two quantities were combined that have no meaning together, or a float was used as an amount."""


def exact(value: Number) -> Decimal:
    """Return `value` as a finite Decimal. Raises UnitError for a float, a bool, NaN or infinity."""
    if isinstance(value, float | bool):
        raise UnitError(f"{value!r} is not an exact number; write it as text or Decimal")
    number = Decimal(value)
    if not number.is_finite():
        raise UnitError(f"{value!r} is not a finite number")
    return number


def _is_exact(value: object) -> None:
    if type(value) is not Decimal:
        raise UnitError(f"{value!r} is not an exact number; write it as Decimal, or use of_g, of_mg, of_ml")


@dataclass(frozen=True, slots=True, order=True)
class Mass:
    """A mass; may be negative as a difference of two weighings."""

    g: Decimal
    """Grams."""

    def __post_init__(self) -> None:
        """Refuse anything but an exact number."""
        _is_exact(self.g)

    @classmethod
    def of_g(cls, value: Number) -> Self:
        """Return the mass of `value` grams."""
        return cls(exact(value))

    @classmethod
    def of_mg(cls, value: Number) -> Self:
        """Return the mass of `value` milligrams, scaled exactly."""
        return cls(exact(value).scaleb(-3))

    @property
    def mg(self) -> Decimal:
        """Milligrams."""
        return self.g.scaleb(3)

    def __add__(self, other: Mass) -> Mass:
        """Add a mass to a mass."""
        return Mass(self.g + _same(other, Mass).g)

    def __sub__(self, other: Mass) -> Mass:
        """Subtract a mass from a mass."""
        return Mass(self.g - _same(other, Mass).g)

    def __mul__(self, factor: Decimal) -> Mass:
        """Scale by a plain number."""
        return Mass(self.g * _plain(factor))

    def per(self, other: Mass) -> Decimal:
        """Return the plain ratio of two masses."""
        return self.g / _same(other, Mass).g

    def at(self, concentration: Concentration) -> Volume:
        """Return the volume that holds this mass of drug (R1)."""
        return Volume(self.mg / _same(concentration, Concentration).mg_per_ml)

    def of(self, density: Density) -> Volume:
        """Return the volume of liquid that weighs this much (R2)."""
        return Volume(self.g / _same(density, Density).g_per_ml)


@dataclass(frozen=True, slots=True, order=True)
class Volume:
    """A volume of liquid."""

    ml: Decimal
    """Millilitres."""

    def __post_init__(self) -> None:
        """Refuse anything but an exact number."""
        _is_exact(self.ml)

    @classmethod
    def of_ml(cls, value: Number) -> Self:
        """Return the volume of `value` millilitres."""
        return cls(exact(value))

    def __add__(self, other: Volume) -> Volume:
        """Add a volume to a volume."""
        return Volume(self.ml + _same(other, Volume).ml)

    def __sub__(self, other: Volume) -> Volume:
        """Subtract a volume from a volume."""
        return Volume(self.ml - _same(other, Volume).ml)

    def __mul__(self, factor: Decimal) -> Volume:
        """Scale by a plain number."""
        return Volume(self.ml * _plain(factor))

    def per(self, other: Volume) -> Decimal:
        """Return the plain ratio of two volumes."""
        return self.ml / _same(other, Volume).ml

    def weighs(self, density: Density) -> Mass:
        """Return the mass of this volume of a liquid (R1)."""
        return Mass(self.ml * _same(density, Density).g_per_ml)

    def holds(self, concentration: Concentration) -> Mass:
        """Return the mass of drug in this volume (R2)."""
        return Mass.of_mg(self.ml * _same(concentration, Concentration).mg_per_ml)


@dataclass(frozen=True, slots=True, order=True)
class Concentration:
    """Mass of drug per volume of liquid, greater than zero."""

    mg_per_ml: Decimal
    """Milligrams per millilitre."""

    def __post_init__(self) -> None:
        """Refuse zero and negative values."""
        _positive(self.mg_per_ml, "concentration", "mg/mL")

    @classmethod
    def of(cls, value: Number) -> Self:
        """Return the concentration of `value` mg/mL."""
        return cls(exact(value))


@dataclass(frozen=True, slots=True, order=True)
class Density:
    """Mass of liquid per volume, greater than zero."""

    g_per_ml: Decimal
    """Grams per millilitre."""

    def __post_init__(self) -> None:
        """Refuse zero and negative values."""
        _positive(self.g_per_ml, "density", "g/mL")

    @classmethod
    def of(cls, value: Number) -> Self:
        """Return the density of `value` g/mL."""
        return cls(exact(value))


def _same(other: object, kind: type[Q]) -> Q:
    if not isinstance(other, kind):
        raise UnitError(f"a {kind.__name__} is needed here, not {type(other).__name__}")
    return other


def _plain(factor: object) -> Decimal:
    if not isinstance(factor, Decimal):
        raise UnitError(f"scale by a plain Decimal, not by {type(factor).__name__}")
    return factor


def _positive(value: Decimal, name: str, unit: str) -> None:
    if exact(value) <= 0:
        raise UnitError(f"a {name} is greater than zero; {value} {unit} is not")
