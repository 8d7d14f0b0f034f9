"""Dose to volume to mass and back: expected masses, windows, smallest weighable mass, reconstitution, sums (R1 to R15)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from workflows.quantities import Concentration, Density, Mass, Volume
from workflows.recipe import ToleranceBand

SQRT2 = Decimal("1.414213562373095048801688724")
"""Two weighings of equal repeatability make one difference (R13)."""
SMALLEST_ML = Decimal("0.5")
"""Below this no draw is accepted by its weight alone (R11)."""
LABEL_CONCENTRATION_LIMIT = Decimal("0.05")
"""How far the actual concentration may be from the label's (R5)."""
VIAL_AGREEMENT = Decimal("0.02")
"""How far the vial's loss may be from the syringe's gain (R4)."""
CHECK_LIMIT = Decimal("0.001")
"""Relative control limit of the day's scale check (R15)."""


@dataclass(frozen=True, slots=True)
class Window:
    """What a difference of two weighings must lie in; both ends belong to it."""

    low: Mass
    """Smallest accepted mass."""
    expected: Mass
    """Expected mass."""
    high: Mass
    """Greatest accepted mass."""

    def holds(self, measured: Mass) -> bool:
        """Say whether the unrounded mass lies inside, ends included (R1)."""
        return self.low <= measured <= self.high


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a measured difference means (R2)."""

    mass: Mass
    """Difference of the two weighings; 0 g where its volume was read off a scale instead (R13)."""
    volume: Volume
    """That mass divided by the density."""
    dose: Mass
    """Drug in that volume."""


@dataclass(frozen=True, slots=True)
class Reconstituted:
    """What the weighed diluent says of a dissolved powder (R5)."""

    diluent: Volume
    """Volume of diluent that went in."""
    concentration: Concentration
    """Actual concentration; nominal where the displacement is not known."""
    nominal: bool
    """True if the powder displacement is not known: shown as nominal, and no draw is recomputed with it."""
    off_label: Decimal
    """Actual over label concentration, minus 1."""

    @property
    def keeps_label(self) -> bool:
        """Whether the label concentration stands: inside 5 % (R5)."""
        return abs(self.off_label) <= LABEL_CONCENTRATION_LIMIT


@dataclass(frozen=True, slots=True)
class DoseAccount:
    """Ordered against prescribed against dispensed, the two causes apart (R8, R11)."""

    rounding: Decimal
    """Prescribed over ordered, minus 1: authorised rounding."""
    compounding: Decimal
    """Dispensed over prescribed, minus 1: what the weighing found."""
    together: Decimal
    """Dispensed over ordered, minus 1."""


def draw_volume(dose: Mass, concentration: Concentration) -> Volume:
    """Return V = dose / c in mL (R1)."""
    return dose.at(concentration)


def expected_mass(volume: Volume, density: Density) -> Mass:
    """Return m_exp = V x density in g (R1)."""
    return volume.weighs(density)


def window(expected: Mass, tolerance: Decimal) -> Window:
    """Return m_exp x (1 - p) to m_exp x (1 + p), unrounded; `tolerance` p is a fraction (R1)."""
    if not 0 < tolerance < 1:
        raise ValueError(f"a tolerance lies between 0 and 1; {tolerance} does not")
    return Window(expected * (1 - tolerance), expected, expected * (1 + tolerance))


def draw_tolerance(volume: Volume, bands: Iterable[ToleranceBand]) -> Decimal | None:
    """Return the fraction allowed for a draw of `volume`; None if a weight alone is not accepted (R11).

    Below 0.5 mL none is, whatever a policy says, and none is wider than a smaller volume's.
    `bands` run from the largest volume down; a volume equal to a band's limit belongs to the next band below it,
    except the lowest weighed one (0.5 mL), which includes its own limit as R11 words it.
    """
    if volume.ml < SMALLEST_ML:
        return None
    ordered = sorted(bands, key=lambda band: band.above_ml, reverse=True)
    lowest = _lowest_weighed(ordered)
    of_it = [band for band in ordered if volume.ml > band.above_ml or (volume.ml == band.above_ml and band is lowest)]
    if not of_it or of_it[0].tolerance is None:
        return None
    return min(band.tolerance for band in of_it if band.tolerance is not None)


def _lowest_weighed(ordered: list[ToleranceBand]) -> ToleranceBand | None:
    weighed = [band for band in ordered if band.tolerance is not None]
    return weighed[-1] if weighed else None


def difference(after: Mass, before: Mass) -> Mass:
    """Return after minus before: only differences are results (R2)."""
    return after - before


def drawn(mass: Mass, density: Density, concentration: Concentration) -> Drawn:
    """Return volume and dose of a measured mass (R2)."""
    volume = mass.of(density)
    return Drawn(mass, volume, volume.holds(concentration))


def total(draws: Iterable[Drawn]) -> Drawn:
    """Return the sum of several draws (R7, R8)."""
    mass, volume, dose = Mass(Decimal(0)), Volume(Decimal(0)), Mass(Decimal(0))
    for draw in draws:
        mass, volume, dose = mass + draw.mass, volume + draw.volume, dose + draw.dose
    return Drawn(mass, volume, dose)


def deviation(found: Mass, wanted: Mass) -> Decimal:
    """Return found over wanted, minus 1, as a signed fraction (R8)."""
    return found.per(wanted) - 1


def dose_account(ordered: Mass, prescribed: Mass, dispensed: Mass) -> DoseAccount:
    """Split the deviation into authorised rounding and compounding, and give both together (R8, R11)."""
    return DoseAccount(deviation(prescribed, ordered), deviation(dispensed, prescribed), deviation(dispensed, ordered))


def residual_limit(dose_mass: Mass) -> Mass:
    """Return the most a used syringe may weigh above its empty weight: 0.5 % of the dose mass or 0.15 g (R3)."""
    return max(dose_mass * Decimal("0.005"), Mass.of_g("0.15"))


def vial_agreement_limit(draw: Mass, repeatability: Mass) -> Mass:
    """Return how far a vial's loss may be from the syringe's gain: max(2 %, 3 x sqrt 2 x s) (R4)."""
    return max(draw * VIAL_AGREEMENT, repeatability * (3 * SQRT2))


def reconstituted(
    gain: Mass, diluent_density: Density, drug: Mass, displacement: Volume | None, label: Concentration
) -> Reconstituted:
    """Return the actual concentration from the weighed diluent (R5).

    `gain` is the vial's mass after minus before; `displacement` None means not known, and the result is nominal.
    Raises ValueError if the gain is not positive.
    """
    if gain.g <= 0:
        raise ValueError("the vial did not gain weight: no diluent went in")
    diluent = gain.of(diluent_density)
    liquid = diluent if displacement is None else diluent + displacement
    actual = Concentration(drug.mg / liquid.ml)
    return Reconstituted(diluent, actual, displacement is None, actual.mg_per_ml / label.mg_per_ml - 1)


def smallest_weighable(repeatability: Mass, division: Mass, gate: Decimal) -> Mass:
    """Return sqrt 2 x 2 x max(s, 0.41 d) / gate, for a difference of two weighings (R13)."""
    spread = max(repeatability, division * Decimal("0.41"))
    return spread * (2 * SQRT2 / gate)


def zero_is_good(zero: Mass, division: Mass) -> bool:
    """Say whether the empty pan reads within two divisions of zero (R10)."""
    return abs(zero.g) <= 2 * division.g


def scale_check_passes(reading: Mass, certificate: Mass, division: Mass) -> bool:
    """Say whether a check weight reads within 0.1 % or two divisions of its certificate value (R15)."""
    return abs((reading - certificate).g) <= check_limit(certificate, division).g


def check_limit(certificate: Mass, division: Mass) -> Mass:
    """Return how far a check weight may read from its certificate: 0.1 % or two divisions, whichever is more (R15)."""
    return max(certificate * CHECK_LIMIT, division * Decimal(2))


def syringes_for(volume: Volume, sizes_ml: Iterable[Decimal]) -> tuple[Volume, ...]:
    """Return the nominal size of each syringe: fewest syringes filled to at most three quarters, then the smallest (R47).

    The volume is split equally. Raises ValueError if no size is in stock.
    """
    sizes = sorted(sizes_ml)
    if not sizes:
        raise ValueError("no syringe sizes are configured")
    usable = Decimal("0.75")
    count = 1
    while volume.ml / count > sizes[-1] * usable:
        count += 1
    share = volume.ml / count
    size = next(size for size in sizes if share <= size * usable)
    return (Volume(size),) * count
