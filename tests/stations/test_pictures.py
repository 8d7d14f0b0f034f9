"""A photo at the hood is examined in a process of its own, and its codes are held against what was scanned (R24, B33)."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.desk.evidence_words import found_words
from app.stations import pictures
from app.stations.scans import Read
from devices.camera.decode import Decoder
from hardware_mocks.camera import Scene, jpeg, photograph
from tests import pharmacy
from tests.devices.camera.pictures import FORMATS, encoded, laid, symbol
from tests.workflows.example import Bench, vial
from workflows.evidence import Found, LabelCode, OtherCode, Scan
from workflows.upcasting import upcast

VIAL = Scene("vial", ("Cyclophosphamide", "500 mg / vial"), pharmacy.own("U", "CYA00001")[3:])


@pytest.fixture(scope="module")
def look() -> Iterator[Decoder]:
    with Decoder() as made:
        yield made


def test_r24_the_codes_of_a_good_photo_are_read_as_a_scanner_would_send_them(look: Decoder) -> None:
    seen = pictures.examine(jpeg(photograph(VIAL, "sharp")), look)
    assert isinstance(seen, pictures.Examined)
    assert (seen.why, seen.codes, seen.media_type) == ((), (pharmacy.own("U", "CYA00001"),), "image/jpeg")


@pytest.mark.parametrize(
    ("variant", "why"), [("blurred", "blurred"), ("black", "dark"), ("glaring", "overexposed"), ("streaked", "glare")]
)
def test_r24_a_poor_photo_says_why(look: Decoder, variant: str, why: str) -> None:
    seen = pictures.examine(jpeg(photograph(VIAL, variant)), look)
    assert isinstance(seen, pictures.Examined)
    assert why in seen.why
    assert seen.words


def test_r24_a_station_whose_good_photos_are_sharper_refuses_a_soft_one(look: Decoder) -> None:
    soft = jpeg(photograph(VIAL, "sharp"))
    plain = pictures.examine(soft, look)
    assert isinstance(plain, pictures.Examined)
    for share, why in ((3.9, ()), (4.1, ("blurred",))):
        seen = pictures.examine(soft, look, reference=plain.sharpness * share)
        assert isinstance(seen, pictures.Examined)
        assert seen.why == why


def even(noise: float, slope: float) -> bytes:
    """A bench with nothing on it: even, lit from one side, seen by a noisy camera."""
    lit = np.linspace(120 - slope / 2, 120 + slope / 2, 1920)[None, :].repeat(1440, 0)
    return encoded(Image.fromarray(np.clip(np.random.default_rng(7).normal(lit, noise), 0, 255).astype(np.uint8)))


@pytest.mark.parametrize(("noise", "slope"), [(3, 20), (8, 100), (20, 100)])
def test_r24_a_photo_of_nothing_is_refused_whatever_the_light_and_one_small_vial_is_something(
    look: Decoder, noise: float, slope: float
) -> None:
    seen = pictures.examine(even(noise, slope), look)
    assert isinstance(seen, pictures.Examined)
    assert "empty" in seen.why
    with Image.open(io.BytesIO(even(noise, slope))) as bench:
        bench.paste(photograph(VIAL, "sharp").resize((360, 270)), (1400, 900))
        small = pictures.examine(encoded(bench), look)
    assert isinstance(small, pictures.Examined)
    assert "empty" not in small.why


@pytest.mark.parametrize("work", ["stays_alone", "crashes"])
def test_b33_a_picture_that_holds_or_kills_the_decoder_is_taken_again_and_the_next_one_is_examined(
    work: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "PATIENCE_S", 0.3)
    with Decoder(f"tests.devices.camera.misbehaving:{work}") as bad:
        bad.start()
        assert pictures.examine(jpeg(photograph(VIAL, "sharp")), bad) == pictures.NOT_EXAMINED
        assert bad._worker.pid is not None, "another process stands ready"


def test_b33_the_servers_own_process_unpacks_no_picture() -> None:
    for room in ("app/web", "app/stations"):
        for file in Path(room).rglob("*.py"):
            assert "quality.judge" not in file.read_text(encoding="utf-8"), file


def read_as(found: Found) -> Read:
    return Read(Scan("", "camera", found))


@pytest.mark.parametrize(
    ("seen", "says"),
    [
        (vial("A"), ""),
        (replace(vial("A"), unit="B9"), "cyclophosphamide"),
        (replace(vial("A"), gtin14="00000000000000", unit=""), "cyclophosphamide"),
        (replace(vial("A"), unit="", lot="OTHER"), "lot OTHER"),
        (replace(vial("A"), unit="", lot=""), ""),
        (LabelCode("in_process", "AAAAAAAA", 1, "P1", False), ""),
        (LabelCode("in_process", "AAAAAAAA", 1, "P1", True), "a label that is void"),
        (LabelCode("in_process", "AAAAAAAA", 1, "P2", False), "the label of another preparation"),
        (OtherCode("an unknown unit label XXXXXXXX"), "an unknown unit label XXXXXXXX"),
        (OtherCode("a badge"), ""),
        (OtherCode("UNKNOWN PRODUCT 0: it is not in the formulary"), ""),
    ],
)
def test_r24_what_was_not_scanned_is_named_and_what_names_nothing_accuses_nobody(seen: Found, says: str) -> None:
    bench = Bench()
    bench.until_staged()
    assert bench.p is not None
    told = pictures.seen_in("P1", bench.p, ("a code",), lambda _raw: read_as(seen), found_words)
    assert says in told[0].strange
    assert bool(says) == bool(told[0].strange)


KEPT = [
    (vial("A"), "]d2x", True),
    (replace(vial("A"), unit="B9"), "]d2x", False),
    (LabelCode("final", "AAAAAAAA", 1, "P1", False), "]d2x", True),
    (LabelCode("final", "AAAAAAAA", 1, "P2", False), "]d2x", False),
    (OtherCode("a badge"), "", False),
    (OtherCode("a code that names no product (MRN 4711 Doe)"), "", False),
]


@pytest.mark.parametrize(("seen", "raw", "known"), KEPT)
def test_r24_what_names_neither_container_nor_label_is_kept_without_its_characters(
    seen: Found, raw: str, known: bool
) -> None:
    """A wristband's or an order's code may lie in the picture, and what a record keeps cannot be purged."""
    bench = Bench()
    bench.until_staged()
    assert bench.p is not None
    (told,) = pictures.seen_in("P1", bench.p, ("]d2x",), lambda _raw: read_as(seen), found_words)
    assert (told.code.raw, told.code.known) == (raw, known)
    assert "4711" not in told.code.what


def test_b7_a_retail_code_on_which_two_decoders_agree_counts_and_one_that_only_one_read_does_not(
    look: Decoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    carton = encoded(laid(symbol("303381234567", FORMATS.EAN13), width=1920))
    seen = pictures.examine(carton, look)
    assert isinstance(seen, pictures.Examined)
    (code,) = seen.codes
    assert code[:3] == "]E0"
    still = look.decode(carton, symbologies=pictures.LOOKED_FOR, seconds=5)
    alone = replace(still, codes=tuple(replace(one, decoders=("zxing-cpp",)) for one in still.codes))
    monkeypatch.setattr(look, "decode", lambda *_a, **_k: alone)
    assert pictures.examine(carton, look) == replace(seen, codes=())


def test_q11_photos_of_before_state_no_codes_and_open_as_they_were() -> None:
    photo = {"kind": "photo", "sha256": "00", "width": 1920, "height": 1440, "verdict": "good"}
    for kind, shape in (("accepted", 4), ("rejected", 3)):
        assert upcast(kind, shape, {"evidence": photo})["evidence"]["codes"] is None
        assert upcast(kind, shape, {"evidence": {"kind": "scan", "raw": "x"}}) == {
            "evidence": {"kind": "scan", "raw": "x"}
        }
