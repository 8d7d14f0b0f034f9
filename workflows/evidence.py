"""What people and instruments hand us, with what the catalogue knows of it. Frozen values; they judge nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from workflows.open_vial import OpenVial


@dataclass(frozen=True, slots=True)
class Container:
    """A vial, bag, diluent or device as the catalogue knows it from its code."""

    role: Literal["drug", "diluent", "base", "device"]
    """What it may be used as."""
    item_id: str
    """The product all its package codes map to (R18a)."""
    text: str
    """Name, strength and form as a person reads them, tall-man where the site uses it."""
    drug: str = ""
    """Generic name in lower case; empty for diluents, bases and devices."""
    ndc: str = ""
    """National drug code with its dashes; empty where there is none."""
    gtin14: str = ""
    """14 digits; empty where the code was one of our own unit labels for goods without a GTIN."""
    concentration_mg_ml: Decimal | None = None
    """mg/mL of the liquid as supplied, or after the labelled reconstitution of a powder."""
    amount_mg: Decimal | None = None
    """Labelled mg of drug in one container."""
    volume_ml: Decimal | None = None
    """Labelled mL in one container; None for a powder."""
    fluid: str = ""
    """Name of a diluent or base fluid, as the order writes it: dextrose 5 %."""
    part: str = ""
    """Kind of closed-system device (vial adaptor, syringe connector, bag adaptor), a bag's material (non-PVC), or which
    reservoir it is: cassette; elastomeric 2 mL/h, with its nominal flow."""
    lot: str = ""
    """Lot, verbatim; empty if neither the code nor receiving knows it."""
    expiry: date | None = None
    """Last day of use in the site's zone; None if not known."""
    unit: str = ""
    """Identifies exactly one physical container: GTIN, lot and serial, or our unit label (R16); empty if the code cannot."""
    recalled: str = ""
    """Recall reference if this lot is recalled."""
    left: int | None = None
    """Tablets or capsules that are left in a stock bottle, by the record; None where it is no such bottle, or not known."""
    maker: str = ""
    """Who made it, the vendor of the compounding record (R48); empty where the formulary does not say."""
    materials: tuple[str, ...] = ()
    """What a device, bag or reservoir is made of where the drug touches it, as the formulary says; empty where it does not."""
    opened: OpenVial | None = None
    """What is left in it and until when, where it was opened before and kept; None for a sealed one."""
    protocol: str = ""
    """Number of the clinical trial whose stock it is; empty for normal stock (R56)."""
    kit: str = ""
    """Its kit, bottle or vial number in that trial; empty for none."""


@dataclass(frozen=True, slots=True)
class CabinetCode:
    """A primary engineering control (PEC), known by the code on its front; or a tray of a station for counting (R54)."""

    code: str
    """Register name, e.g. BSC-2."""
    certified_until: datetime | None
    """End of its six-monthly certification (R41); None: not certified."""
    category: int
    """Sterility category its room and certification allow: 1 or 2 (R34); 0 for a counting tray, which has none (R54)."""
    last_drug: str = ""
    """Generic name of the hazardous drug last opened in it."""
    decontaminated: bool = False
    """Whether it was decontaminated after that drug (R42)."""
    station: str = ""
    """The station it belongs to; empty if the register names none."""


@dataclass(frozen=True, slots=True)
class LabelCode:
    """A label of ours, found by its code."""

    label_kind: Literal["in_process", "final"]
    """Which label."""
    label_id: str
    """Eight characters."""
    copy: int
    """Copy number from 1."""
    preparation: str
    """The preparation it was printed for."""
    void: bool
    """True if a later copy or label replaced it."""


@dataclass(frozen=True, slots=True)
class OtherCode:
    """A code that is none of the above: a badge, a command card, an unknown product."""

    what: str
    """What it is, in words: "Ann's badge", "an unknown product 00312345678906"."""


Found = Container | CabinetCode | LabelCode | OtherCode


@dataclass(frozen=True, slots=True)
class Scan:
    """One code, read by an instrument or, where it is unreadable, typed with a witness (R19)."""

    raw: str
    """The characters as received, AIM identifier included, GS as U+001D."""
    how: Literal["serial", "wedge", "camera", "typed"]
    """Which way it came in."""
    found: Found
    """What the catalogue makes of it."""
    photo: str = ""
    """SHA-256 of the photo of the label; needed where it was typed."""


@dataclass(frozen=True, slots=True)
class Weighing:
    """One settled gross reading. Masses are differences of two of these (R2)."""

    g: Decimal
    """Gross grams, decimals as the balance sent them."""
    mode: Literal["stable", "averaged", "unstable", "typed"]
    """How it settled (R9)."""
    zero_g: Decimal | None
    """Settled reading of the empty pan before this load; None if the pan was never seen empty (R10)."""
    balance: str
    """Serial number that the instrument reported."""
    epoch: str
    """Changes with every reconnect, restart, zero, tare or adjustment; a pair must share it."""
    taken_at: datetime
    """UTC."""
    raw: tuple[str, ...] = ()
    """The lines as received."""
    settled_in_s: Decimal = Decimal(0)
    """Seconds from asking to settled."""
    division_g: Decimal | None = None
    """Scale division d of the balance then, in g; None: not stated, by a release that did not keep it."""
    repeatability_g: Decimal | None = None
    """Standard deviation s of one weighing that the balance was counted on for then, in g; None: not stated."""
    qualified_at: datetime | None = None
    """When s was measured at this station in its airflow, UTC; None: as entered on the register, or not stated."""


@dataclass(frozen=True, slots=True)
class PictureCode:
    """A code that stands in a picture, as the catalogue knew it then. It identifies nothing: it agrees, or it stops (R24)."""

    raw: str
    """As a scanner would send it; empty where it names neither a container nor a label of ours: it may be a patient's."""
    what: str
    """What it is, in words."""
    known: bool
    """Whether it was scanned or printed for this preparation."""


@dataclass(frozen=True, slots=True)
class Photo:
    """One picture, stored by its content."""

    sha256: str
    """Hex digest of the original bytes, which are never edited (R24)."""
    width: int
    """Pixels."""
    height: int
    """Pixels."""
    verdict: Literal["good", "bad"]
    """What the quality check at capture said."""
    why: tuple[str, ...] = ()
    """Reasons of a bad verdict: blurred, dark, flat, overexposed, empty, glare, too small, frozen."""
    sharpness: Decimal = Decimal(0)
    """Variance of the Laplacian, as devices/camera/quality.py defines it."""
    camera: str = ""
    """Device label."""
    codes: tuple[PictureCode, ...] | None = None
    """The codes in it that could be read; None: not stated, by a release that did not keep them."""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A person says that one named thing is done or seen."""

    item: str
    """The item confirmed, e.g. "gown", "dissolved and clear"."""


@dataclass(frozen=True, slots=True)
class Count:
    """A person counted what lies in the tray, by hand: nothing antineoplastic goes through a counting machine (R54)."""

    number: int
    """How many there were."""
    how: Literal["by fives", "one by one"]
    """In which way."""


@dataclass(frozen=True, slots=True)
class Programme:
    """What one person read on a pump's screen and typed in, number by number (R55). Nobody's plan is copied into it."""

    entry: str
    """Id of the drug library's entry."""
    version: str
    """Version of that entry."""
    reservoir_ml: Decimal
    """mL that the pump was told are in the reservoir."""
    rate_ml_h: Decimal
    """mL/h."""
    hours: Decimal
    """Hours that it will run."""
    locked: bool
    """Whether the programme is locked."""


@dataclass(frozen=True, slots=True)
class VolumeRead:
    """What a second person read off a filled syringe's scale, without being told what was planned (R13)."""

    volume_ml: Decimal
    """mL at the plunger's front edge."""


@dataclass(frozen=True, slots=True)
class Printed:
    """A label came out of a printer, after its codes were decoded back."""

    label_kind: Literal["in_process", "final"]
    """Which label."""
    label_id: str
    """Eight characters."""
    copy: int
    """Copy number from 1."""
    sha256: str
    """Digest of the PDF, which is kept."""
    printer: str
    """Printer or spool folder."""
    language: str = ""
    """Of its sentences: en, de; empty where the record does not say."""
    texts: str = ""
    """SHA-256 of that language's texts as they stood when it was drawn; empty where the record does not say (LABELS 8)."""


@dataclass(frozen=True, slots=True)
class Assertion:
    """What a passkey answered, whole, with the public half of its key: anybody can check it without the server (Q28)."""

    credential: str
    """Id of the key, base64url."""
    public_key: str
    """The key's public half (COSE), base64url."""
    name: str
    """Name that the key is bound to: the host name of this vialtrace."""
    authenticator_data: str
    """What the authenticator says of itself and of who used it, base64url."""
    client_data: str
    """What the browser says of the page and the challenge, base64url of its JSON."""
    signature: str
    """Over the authenticator data and the SHA-256 of the client data, base64url."""
    nonce: str
    """The random part of the challenge."""


@dataclass(frozen=True, slots=True)
class Signature:
    """Printed name, time and meaning, bound to what was shown (R52, Q18, Q19)."""

    meaning: Literal[
        "order verified",
        "order verified, making by volume authorised",
        "pre-mix approved",
        "approved for release",
        "rejected",
        "entered from paper",
        "recipe amended",
    ]
    """What the signature says."""
    name: str
    """Printed name."""
    licence: str
    """Licence number."""
    method: Literal["password", "badge and PIN", "passkey"]
    """How identity was proved."""
    components: int
    """2 at the first signing of a session, 1 after that (Q20); a passkey that recognises who used it is always two."""
    over: str
    """Digest of the last event that the page showed, hex."""
    photos_seen: tuple[str, ...] = ()
    """SHA-256 of each photo that was displayed large enough."""
    accepts: tuple[str, ...] = ()
    """Slots of typed entries that the pharmacist looked at and accepts."""
    assertion: Assertion | None = None
    """The passkey's answer, where one was used."""


@dataclass(frozen=True, slots=True)
class CoSignature:
    """A second person's signature under one command, whole, as a printout shows it (Q18, Q19, Q23, R29)."""

    person: str
    """Person id."""
    name: str
    """Printed name when signing."""
    licence: str
    """Licence number; empty where they have none."""
    meaning: str
    """What it means, in words."""
    method: Literal["badge and PIN"]
    """How identity was proved."""
    components: int
    """Always 2: a second person has no session."""
    over: str
    """Digest of the last event that the page showed, hex."""
    at: datetime
    """When, UTC."""


Outage = Literal["balance", "scanner", "network or server", "power", "pharmacist away", "other"]


@dataclass(frozen=True, slots=True)
class PaperLine:
    """One ingredient as it stands on a downtime sheet."""

    text: str
    """What it is: product, strength, size."""
    lot: str
    """Lot; "unknown" where the sheet says none."""
    unit: str = ""
    """Of a stock bottle that was counted from, or of an opened vial: which one, as `Container.unit` names it (R32, R54)."""
    number: int = 0
    """How many were taken out of that bottle; 0 for everything else."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a signed downtime sheet says, typed from it (R60). Nothing of it was read by an instrument of ours."""

    outage: Outage
    """What was away."""
    made_by: str
    """Name of who made it, as on the sheet."""
    checked_by: str
    """Name of who checked it, as on the sheet."""
    made_at: datetime
    """When compounding began, UTC."""
    beyond_use: datetime
    """As written on the label, UTC."""
    dose_mg: Decimal
    """In the container, in mg."""
    ingredients: tuple[PaperLine, ...]
    """What went in."""
    pages: tuple[str, ...]
    """SHA-256 of a picture of each page; the original stays on file."""
    note: str
    """What was away, how long, and what was done instead."""


Evidence = Scan | Weighing | Photo | Confirmation | Count | Programme | VolumeRead | Printed | Signature
