"""Pictures for the camera's tests, drawn here: a code on a textured ground, turned, blurred, noisy, dark."""

from __future__ import annotations

import io
import random

import numpy as np
import zxingcpp
from PIL import Image, ImageDraw, ImageFilter

FORMATS = zxingcpp.BarcodeFormat


def symbol(text: str, format_: zxingcpp.BarcodeFormat, scale: int = 5) -> Image.Image:
    """Return one symbol with its quiet zone; text with brackets is GS1."""
    options = {"gs1": True} if text.startswith("(") else {}
    if format_ == FORMATS.DataMatrix:
        options["force_square"] = True
    return Image.fromarray(np.array(zxingcpp.create_barcode(text, format_, **options).to_image(scale=scale)))


def ground(width: int, height: int, seed: int = 1) -> Image.Image:
    """Return a bench to lay a label on: soft texture with a few hard edges, no code."""
    rng = np.random.default_rng(seed)
    soft = Image.fromarray(rng.integers(60, 200, (max(1, height // 16), max(1, width // 16)), np.uint8)).resize(
        (width, height)
    )
    draw = ImageDraw.Draw(soft)
    for _ in range(30):
        x, y = (int(n) for n in rng.integers(0, (width, height)))
        draw.rectangle((x, y, x + 30, y + 12), fill=int(rng.integers(20, 240)))
    return soft


def laid(
    *symbols: Image.Image, width: int = 1600, height: int = 1200, degrees: float = 0, seed: int = 1
) -> Image.Image:
    """Return the symbols side by side on the bench, each turned."""
    picture = ground(width, height, seed)
    x = 60
    for code in symbols:
        turned = code.rotate(degrees, expand=True, fillcolor=255)
        card = Image.new("L", (turned.width + 40, turned.height + 40), 255)
        card.paste(turned, (20, 20))
        picture.paste(card, (x, (height - card.height) // 2))
        x += card.width + 60
    return picture


def worn(picture: Image.Image, blur: float = 0, noise: float = 0, light: float = 1, seed: int = 1) -> Image.Image:
    """Return the picture as a poorer camera in poorer light would give it."""
    grey = np.asarray(picture.filter(ImageFilter.GaussianBlur(blur)) if blur else picture, np.float64) * light
    grey += np.random.default_rng(seed).normal(0, noise, grey.shape) if noise else 0
    return Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8))


def encoded(picture: Image.Image, kind: str = "JPEG", quality: int = 90) -> bytes:
    """Return the picture as a file's bytes."""
    out = io.BytesIO()
    picture.save(out, kind, **({"quality": quality} if kind != "PNG" else {}))
    return out.getvalue()


def gtin(rng: random.Random) -> str:
    """Return a GTIN-14 with an NDC inside and a right check digit."""
    body = "003" + "".join(rng.choice("0123456789") for _ in range(10))
    total = sum(int(d) * (3 if place % 2 == 0 else 1) for place, d in enumerate(body[::-1]))
    return body + str(-total % 10)
