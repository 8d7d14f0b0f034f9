"""A drawn PDF becomes PDF/A-3b: says what it is, in which colours, holds its data as attachments, and nothing from outside.

What is asserted here is built from the words of ISO 19005-3; no validator has been run over it, the tests look at the structure.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, String
from PIL import ImageCms

SRGB = "sRGB IEC61966-2.1"
VERSION_AT = slice(8, 12)
MADE_AT = slice(24, 36)
"""Bytes of an ICC header: the profile's version, and the date it was made."""
ICC_4_2 = b"\x04\x20\x00\x00"
"""The version that PDF 1.7 names; the profile uses nothing newer."""
LONG_AGO = b"\x07\xd0\x00\x01\x00\x01" + bytes(6)
"""2000-01-01: equal documents have equal bytes."""


@dataclass(frozen=True)
class Attachment:
    """A file inside the document (PDF/A-3)."""

    name: str
    """File name, ASCII."""
    media_type: str
    """Such as application/json."""
    content: bytes
    """Its bytes."""
    says: str
    """What it is, in a sentence."""


@dataclass(frozen=True)
class Described:
    """What the document says of itself, in its metadata."""

    title: str
    """Shown in the title bar."""
    author: str
    """The site."""
    software: str
    """Name and version."""
    at: datetime
    """When it was made, UTC."""


def archive(drawn: bytes, described: Described, attached: Iterable[Attachment] = ()) -> bytes:
    """Return the document as PDF/A-3b. Raises ValueError for a font that is not embedded: it could not be kept."""
    with Pdf.open(io.BytesIO(drawn)) as pdf:
        _drop_unused_fonts(pdf)
        loose = [str(font.BaseFont) for font in fonts_of(pdf) if not is_embedded(font)]
        if loose:
            raise ValueError(f"fonts that are not embedded: {', '.join(loose)}")
        pdf.Root.OutputIntents = Array([pdf.make_indirect(_output_intent(pdf))])
        pdf.Root.Lang = String("en")
        pdf.Root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
        files = [_attach(pdf, one, described.at) for one in attached]
        if files:
            pdf.Root.AF = Array(files)
        _describe(pdf, described)
        out = io.BytesIO()
        pdf.save(out, min_version="1.7", deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    return out.getvalue()


def fonts_of(pdf: Pdf) -> tuple[pikepdf.Object, ...]:
    """Return every font of every page's resources."""
    found = [font for page in pdf.pages for font in page.resources.get("/Font", Dictionary()).values()]
    return tuple({font.objgen: font for font in found}.values())


def is_embedded(font: pikepdf.Object) -> bool:
    """Say whether the font's program is in the file."""
    descriptor = font.get("/FontDescriptor")
    return descriptor is not None and any(key in descriptor for key in ("/FontFile", "/FontFile2", "/FontFile3"))


def _drop_unused_fonts(pdf: Pdf) -> None:
    """Leave each page the fonts it writes with; the drawing library lists a standard one everywhere, which nobody embeds."""
    for page in pdf.pages:
        used = {str(one.operands[0]) for one in pikepdf.parse_content_stream(page) if str(one.operator) == "Tf"}
        fonts = page.resources.get("/Font", Dictionary())
        kept = {name: font for name, font in fonts.items() if name in used}
        if "/Trans" in page.obj:
            del page.obj["/Trans"]
        page.obj.Resources = Dictionary({**dict(page.resources.items()), "/Font": Dictionary(kept)})


@lru_cache(maxsize=1)
def srgb_profile() -> bytes:
    """Return an sRGB profile made from its primaries: nobody's file, free to be shipped."""
    made = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    made[VERSION_AT], made[MADE_AT] = ICC_4_2, LONG_AGO
    return bytes(made)


def _output_intent(pdf: Pdf) -> Dictionary:
    profile = pdf.make_stream(srgb_profile(), N=3, Alternate=Name.DeviceRGB)
    return Dictionary(
        Type=Name.OutputIntent,
        S=Name.GTS_PDFA1,
        OutputConditionIdentifier=String(SRGB),
        RegistryName=String("http://www.color.org"),
        Info=String(SRGB),
        DestOutputProfile=profile,
    )


def _attach(pdf: Pdf, one: Attachment, at: datetime) -> pikepdf.Object:
    stamp = _pdf_time(at)
    spec = pikepdf.AttachedFileSpec(
        pdf,
        one.content,
        description=one.says,
        filename=one.name,
        mime_type=one.media_type,
        creation_date=stamp,
        mod_date=stamp,
        relationship=Name.Data,
    )
    pdf.attachments[one.name] = spec
    return spec.obj


def _pdf_time(at: datetime) -> str:
    return f"D:{at.astimezone(UTC):%Y%m%d%H%M%S}Z"


def _describe(pdf: Pdf, described: Described) -> None:
    """Write the same facts to the old information dictionary and to the metadata: PDF/A wants them equal."""
    at = described.at.astimezone(UTC).replace(microsecond=0)
    stamp = _pdf_time(at)
    for key in list(pdf.docinfo.keys()):
        del pdf.docinfo[key]
    for name, text in (
        ("/Title", described.title),
        ("/Author", described.author),
        ("/Creator", described.software),
        ("/Producer", described.software),
        ("/CreationDate", stamp),
        ("/ModDate", stamp),
    ):
        pdf.docinfo[name] = String(text)
    with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as meta:
        meta["dc:title"] = described.title
        meta["dc:creator"] = [described.author]
        meta["dc:format"] = "application/pdf"
        meta["xmp:CreatorTool"] = meta["pdf:Producer"] = described.software
        meta["xmp:CreateDate"] = meta["xmp:ModifyDate"] = meta["xmp:MetadataDate"] = at.isoformat()
        meta["pdfaid:part"] = "3"
        meta["pdfaid:conformance"] = "B"
