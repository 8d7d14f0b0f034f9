"""What one reading claims: the answer every reader of this room gives. A claim is not acceptance."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

Element = tuple[str, str]
"""An application identifier and its value, both as printed: `("17", "271231")`."""

POSSIBLE_LOST_FNC1 = "POSSIBLE_LOST_FNC1"
AMBIGUOUS = "AMBIGUOUS"
CASE_LEVEL_GTIN = "CASE_LEVEL_GTIN"
VARIABLE_MEASURE = "VARIABLE_MEASURE"
RCN_NOT_TRADE_ITEM = "RCN_NOT_TRADE_ITEM"
UNATTACHED_CODE = "UNATTACHED_CODE"

BLOCKING = frozenset({POSSIBLE_LOST_FNC1, AMBIGUOUS, VARIABLE_MEASURE, RCN_NOT_TRADE_ITEM, UNATTACHED_CODE})
"""Flags under which a code names no product by itself. An outer pack's GTIN is still one product, so its flag is not
here."""


@dataclass(frozen=True)
class Refusal:
    """Why a reading was refused. A refused reading carries nothing else."""

    code: str
    """One of NO_DATA AIM_UNKNOWN UNICODE_DIGITS NOT_GS1 UNKNOWN_AI EMPTY_VALUE BAD_LENGTH BAD_CHARSET BAD_DATE
    CHECK_DIGIT DUPLICATE_CONFLICT MISSING_REQUISITE_AI CONFLICT FORMAT."""
    message: str
    """What to do, in words for the person who scanned."""


@dataclass(frozen=True)
class Hibc:
    """The primary data of a HIBC supplier label; mapped to a product only through the formulary's own column."""

    lic: str
    """Labeler identification code, four characters."""
    pcn: str
    """Product or catalogue number, 1 to 18 characters."""
    uom: str
    """Unit of measure, one digit: 0 is the unit of use."""

    def to_json(self) -> dict[str, object]:
        """Return the three parts by name."""
        return {"lic": self.lic, "pcn": self.pcn, "uom": self.uom}


@dataclass(frozen=True)
class OwnCode:
    """One of our own printed codes: `%VT-F-4M8D0ZRWP-1%`, or a command card `%VT-C-NEXT%`."""

    kind: str
    """P preparation, I in-process label, F final label, U unit, T tray, H cabinet, S station, B badge, C command
    card."""
    id: str | None = None
    """Eight characters without the check character; None on a command card."""
    copy: int | None = None
    """Copy number of a printed label, from 1; None where the code has none."""
    word: str | None = None
    """The word of a command card; None on every other kind."""

    def to_json(self) -> dict[str, object]:
        """Return kind and word of a command card, else kind, id and copy."""
        if self.kind == "C":
            return {"kind": self.kind, "word": self.word}
        return {"kind": self.kind, "id": self.id, "copy": self.copy}


@dataclass(frozen=True)
class CodeAnswer:
    """What one reading, or several codes seen together, claims."""

    status: str
    """`ok` a known kind of code, `plain` text that claims no product, `error` refused."""
    form: str | None = None
    """gs1 retail digital_link hri ndc ppn hibc pzn aic own several; None for plain text and refused codes."""
    aim: str | None = None
    """The AIM symbology identifier as sent, such as `]d2`; None if none came."""
    error: str | None = None
    """The refusal's code, None unless refused."""
    message: str | None = None
    """The refusal's words, None unless refused."""
    elements: tuple[Element, ...] = ()
    """GS1 elements in the order found; equal duplicates once."""
    gtin14: str | None = None
    """Fourteen digits with a right check digit, from AI 01 or a retail number filled with zeros on the left."""
    gtin14_candidates: tuple[str, ...] = ()
    """The readings of an ambiguous retail number, sorted; `gtin14` is then None."""
    ndc10: str | None = None
    """Ten NDC digits: out of a GTIN `x03…`, or of a typed NDC with one layout and one 10-digit form."""
    ndc11_candidates: tuple[str, ...] = ()
    """11-digit NDC forms. Of a GTIN always three, as the split is unknown."""
    lot: str | None = None
    """1 to 20 characters, exactly as in the code."""
    serial: str | None = None
    """1 to 20 characters, exactly as in the code."""
    expiry: date | None = None
    """Last day of use: AI 17 or 7003, field D of a PPN, the date of a HIBC label. Production and best-before dates
    are not."""
    expired: bool | None = None
    """True from the day after `expiry`; None without one."""
    flags: frozenset[str] = field(default_factory=frozenset)
    """Warnings, see BLOCKING."""
    text: str | None = None
    """For plain text: the data without identifier and suffix."""
    ndc_formats: tuple[str, ...] = ()
    """Layouts of a typed NDC that fit, such as `5-3-2`."""
    ndc10_candidates: tuple[str, ...] = ()
    """10-digit forms of a typed NDC, with hyphens."""
    ndc12_candidates: tuple[str, ...] = ()
    """12-digit forms of a typed NDC, without hyphens."""
    ppn: str | None = None
    """Pharmacy Product Number, 12 digits."""
    pzn: str | None = None
    """German Pharmazentralnummer, 8 digits."""
    aic: str | None = None
    """Italian AIC, 9 digits."""
    hibc: Hibc | None = None
    """Primary data of a HIBC label."""
    own: OwnCode | None = None
    """One of our own codes."""
    codes: tuple[CodeAnswer, ...] = ()
    """The single answers, for several codes seen together."""

    @property
    def names_product(self) -> bool:
        """True if the code names exactly one product. Formulary, expiry, recall and the step's rules follow."""
        if self.status != "ok" or self.flags & BLOCKING:
            return False
        elsewhere = any(code.ppn or code.pzn or code.aic or code.hibc for code in self.codes)
        named = self.gtin14 or self.ppn or self.pzn or self.aic or self.hibc or len(self.ndc_formats) == 1
        return bool(named) and not elsewhere

    def to_json(self) -> dict[str, object]:
        """Return the answer as `vialtrace barcode parse --json` prints it, without the line number."""
        answer: dict[str, object] = {
            "status": self.status,
            "form": self.form,
            "aim": self.aim,
            "error": self.error,
            "message": self.message,
            "elements": [list(element) for element in self.elements],
            "gtin14": self.gtin14,
            "ndc10": self.ndc10,
            "ndc11_candidates": list(self.ndc11_candidates),
            "lot": self.lot,
            "serial": self.serial,
            "expiry": self.expiry.isoformat() if self.expiry else None,
            "expired": self.expired,
            "flags": sorted(self.flags),
            "names_product": self.names_product,
            "text": self.text,
        }
        if self.gtin14_candidates:
            answer["gtin14_candidates"] = list(self.gtin14_candidates)
        return answer | self._by_form()

    def _by_form(self) -> dict[str, object]:
        match self.form:
            case "ndc":
                return {
                    "ndc_formats": list(self.ndc_formats),
                    "ndc10_candidates": list(self.ndc10_candidates),
                    "ndc12_candidates": list(self.ndc12_candidates),
                }
            case "ppn":
                return {"ppn": self.ppn, "pzn": self.pzn}
            case "pzn":
                return {"pzn": self.pzn}
            case "aic":
                return {"aic": self.aic}
            case "hibc":
                return {"hibc": self.hibc.to_json() if self.hibc else None}
            case "own":
                return {"own": self.own.to_json() if self.own else None}
            case "several":
                return {"codes": [code.to_json() for code in self.codes]}
        return {}


def refused(refusal: Refusal, aim: str | None = None, form: str | None = None) -> CodeAnswer:
    """Return the answer to a refused reading: the reason and nothing that could be taken for an identity."""
    return CodeAnswer("error", form, aim, refusal.code, refusal.message)
