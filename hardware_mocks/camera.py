"""A pretend camera: pictures of vials, syringes and bags with their labels and codes, and clips for a browser's fake camera.

Every frame carries fresh sensor noise, as a live sensor's does; only the frozen variant repeats itself bit for bit.
"""

import io
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import zxingcpp
from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageFont

WIDTH, HEIGHT = 1920, 1440
MODULE = 10
"""Pixels of one module of a DataMatrix: a 22-module symbol is 220 pixels wide."""
NOISE = 4.0
"""Standard deviation of the sensor noise, in grey levels of 255."""
SLACK = 256
"""Pixels by which the sensor's noise is larger than a frame: 65,536 frames that differ."""
VARIANTS = ("sharp", "blurred", "black", "glaring", "streaked", "frozen")
STEEL, BENCH, INK, AMBER, LIQUID = (176, 182, 188), (206, 211, 216), (24, 28, 34), (255, 204, 64), (214, 226, 238)


@dataclass(frozen=True)
class Scene:
    """One thing in front of the camera."""

    kind: str
    """One of KINDS."""
    lines: tuple[str, ...]
    """The words on its label, the first one large."""
    code: str = ""
    """Data of the DataMatrix on the label; bracketed element strings where gs1; empty for none."""
    gs1: bool = False
    """A GS1 DataMatrix (]d2); else a plain one (]d1)."""
    fill: float = 0.6
    """Share of the container that is full, 0 to 1."""


def photograph(scene: Scene, variant: str = "sharp") -> Image.Image:
    """One frame, 1920 by 1440, of a scene, in one of VARIANTS."""
    frame = through_lens([scene], variant)
    return frame if variant == "frozen" else with_noise(frame)


def jpeg(frame: Image.Image, quality: int = 85) -> bytes:
    """The frame as a JPEG."""
    out = io.BytesIO()
    frame.save(out, "JPEG", quality=quality)
    return out.getvalue()


def write_clip(path: Path, scenes: Sequence[Scene], *, frames: int = 20, variant: str = "sharp") -> None:
    """A .mjpeg that Chromium plays in a loop, `frames` frames of each scene (30 a second).

    --use-file-for-fake-video-capture=<absolute path>. Replace the file and ask for the camera again to change the picture.
    """
    if path.suffix != ".mjpeg":
        raise ValueError(f"{path.name}: a clip is a .mjpeg, or the browser does not play it")
    if not scenes or frames < 1:
        raise ValueError("a clip needs at least one scene and one frame")
    clip = b"".join(_shots(scene, frames, variant) for scene in scenes)
    new = path.with_suffix(".part")
    new.write_bytes(clip)
    new.replace(path)


def _shots(scene: Scene, frames: int, variant: str) -> bytes:
    """The scene is drawn once, with noise of its own; a part of the noise is new in each frame, and in none of a frozen clip."""
    clean = through_lens([scene], variant)
    if variant == "frozen":
        return jpeg(clean) * frames
    noisy = with_noise(clean)
    return b"".join(jpeg(_flickering(noisy)) for _ in range(frames))


def _flickering(frame: Image.Image) -> Image.Image:
    """The frame with new noise in a strip of it: enough that no two are the same, and quickly made."""
    top = random.randrange(frame.height - SLACK)
    strip = (0, top, frame.width, top + SLACK)
    made = frame.copy()
    made.paste(with_noise(frame.crop(strip)), strip)
    return made


def through_lens(scenes: Sequence[Scene], variant: str = "sharp") -> Image.Image:
    """What falls on the sensor, before its noise: one scene, or several side by side."""
    if variant not in VARIANTS:
        raise ValueError(f"there is no variant {variant!r}: {', '.join(VARIANTS)}")
    frame = _draw(scenes[0]) if len(scenes) == 1 else _side_by_side(scenes)
    if variant == "black":
        return Image.new("RGB", frame.size, (6, 6, 7))
    if variant == "blurred":
        return frame.filter(ImageFilter.GaussianBlur(14))
    if variant == "streaked":
        return _streak(frame)
    return _glare(frame) if variant == "glaring" else frame


def with_noise(frame: Image.Image) -> Image.Image:
    """The frame as a live sensor gives it: no two are the same."""
    left, top = random.randrange(SLACK), random.randrange(SLACK)
    grain = _sensor().crop((left, top, left + frame.width, top + frame.height))
    return ImageChops.add(frame, grain, 1, -128)


@cache
def _sensor() -> Image.Image:
    """Noise for every frame, made once: each frame is laid on another place of it."""
    grain = Image.effect_noise((WIDTH + SLACK, HEIGHT + SLACK), NOISE)
    return Image.merge("RGB", (grain, grain, grain))


def _glare(frame: Image.Image) -> Image.Image:
    """The lamp in the lens: nearly everything is white."""
    lamp = ImageChops.invert(Image.radial_gradient("L").crop((48, 48, 208, 208)).resize(frame.size))
    return ImageChops.add(ImageEnhance.Brightness(frame).enhance(1.6), Image.merge("RGB", (lamp, lamp, lamp)))


def _streak(frame: Image.Image) -> Image.Image:
    """A lamp mirrored in the glass or film: a band from top to bottom in which nothing can be read."""
    light = Image.new("L", frame.size, 0)
    ImageDraw.Draw(light).polygon(((1060, 0), (1320, 0), (1360, frame.height), (1100, frame.height)), fill=255)
    soft = light.filter(ImageFilter.GaussianBlur(12))
    return ImageChops.add(frame, Image.merge("RGB", (soft, soft, soft)))


def _draw(scene: Scene) -> Image.Image:
    draw_kind = KINDS.get(scene.kind)
    if draw_kind is None:
        raise ValueError(f"there is no kind {scene.kind!r}: {', '.join(KINDS)}")
    frame = Image.new("RGB", (WIDTH, HEIGHT), BENCH)
    brush = ImageDraw.Draw(frame)
    brush.rectangle((0, 1120, WIDTH, HEIGHT), fill=STEEL)
    for y in range(1120, HEIGHT, 40):
        brush.line((0, y, WIDTH, y), fill=(168, 174, 180), width=2)
    place = draw_kind(brush, scene.fill)
    label = _label(scene, place[2] - place[0], place[3] - place[1])
    frame.paste(label, place[:2])
    return frame


def _side_by_side(scenes: Sequence[Scene]) -> Image.Image:
    """Several scenes on one bench, as large as they fit."""
    columns = next(count for count in range(1, len(scenes) + 1) if count * count >= len(scenes))
    rows = -(-len(scenes) // columns)
    width, height = WIDTH // columns, HEIGHT // rows
    frame = Image.new("RGB", (WIDTH, HEIGHT), BENCH)
    for number, scene in enumerate(scenes):
        small = _draw(scene)
        small.thumbnail((width, height), Image.Resampling.LANCZOS)
        left, top = number % columns * width, number // columns * height
        frame.paste(small, (left + (width - small.width) // 2, top + (height - small.height) // 2))
    return frame


def _vial(brush: ImageDraw.ImageDraw, fill: float) -> tuple[int, int, int, int]:
    """Glass, stopper and cap; returns where the label sits."""
    brush.rounded_rectangle((500, 260, 1420, 1330), 90, fill=(232, 238, 242), outline=(120, 130, 140), width=8)
    top = 1320 - int(1000 * fill)
    brush.rounded_rectangle((512, top, 1408, 1318), 80, fill=LIQUID)
    brush.rectangle((760, 140, 1160, 270), fill=(225, 230, 234), outline=(120, 130, 140), width=6)
    brush.rounded_rectangle((720, 40, 1200, 160), 20, fill=(196, 62, 62), outline=(130, 30, 30), width=6)
    return (540, 480, 1380, 1180)


def _syringe(brush: ImageDraw.ImageDraw, fill: float) -> tuple[int, int, int, int]:
    """Barrel with graduations, plunger, closed-system connector; the label hangs as a flag below."""
    brush.rounded_rectangle((330, 200, 1500, 470), 30, fill=(238, 243, 247), outline=(110, 120, 130), width=8)
    end = 340 + int(1150 * fill)
    brush.rectangle((340, 212, end, 458), fill=LIQUID)
    brush.rectangle((end, 212, end + 46, 458), fill=(50, 54, 60))
    brush.rectangle((end + 46, 300, 1800, 370), fill=(222, 226, 230), outline=(140, 148, 156), width=4)
    brush.rectangle((1790, 220, 1830, 450), fill=(222, 226, 230), outline=(140, 148, 156), width=4)
    for mark in range(36):
        x = 345 + mark * 32
        brush.line((x, 212, x, 270 if mark % 5 else 310), fill=INK, width=4)
        if mark % 5 == 0:
            brush.text((x - 16, 318), str(mark), font=_font(40), fill=INK)
    brush.polygon(((330, 280), (230, 300), (120, 300), (120, 370), (230, 370), (330, 390)), fill=(86, 140, 196))
    return (420, 560, 1380, 1200)


def _bag(brush: ImageDraw.ImageDraw, fill: float) -> tuple[int, int, int, int]:
    """Film, hanger, two ports; returns where the label sits."""
    brush.rounded_rectangle((420, 60, 1500, 1260), 110, fill=(236, 241, 245), outline=(130, 140, 150), width=8)
    top = 1240 - int(1100 * fill)
    brush.rounded_rectangle((436, top, 1484, 1246), 100, fill=LIQUID)
    brush.ellipse((920, 84, 1000, 150), fill=BENCH, outline=(130, 140, 150), width=6)
    brush.rectangle((760, 1256, 830, 1400), fill=(70, 120, 190))
    brush.rectangle((1090, 1256, 1160, 1400), fill=(222, 226, 230), outline=(130, 140, 150), width=5)
    return (500, 330, 1420, 1080)


def _cassette(brush: ImageDraw.ImageDraw, fill: float) -> tuple[int, int, int, int]:
    """A hard box whose bag is seen through its window, with the toothed edge that hangs in the pump, and tubing."""
    brush.line((1380, 330, 1660, 330, 1660, 1380), fill=(236, 240, 243), width=26, joint="curve")
    brush.rounded_rectangle((360, 120, 1400, 1260), 40, fill=(210, 218, 224), outline=(110, 120, 130), width=8)
    for place in range(8):
        brush.rectangle((420 + place * 120, 84, 480 + place * 120, 124), fill=(70, 120, 190))
    top = 1200 - int(980 * fill)
    brush.rounded_rectangle((420, 190, 1340, 1210), 60, fill=(238, 243, 247), outline=(150, 158, 166), width=5)
    brush.rounded_rectangle((428, top, 1332, 1204), 50, fill=LIQUID)
    return (460, 330, 1300, 1080)


def _elastomeric(brush: ImageDraw.ImageDraw, fill: float) -> tuple[int, int, int, int]:
    """A clear shell round a balloon, with its filling port above and its tubing below."""
    brush.line((960, 1230, 960, 1400, 1700, 1400), fill=(236, 240, 243), width=26, joint="curve")
    brush.rectangle((900, 40, 1020, 130), fill=(70, 120, 190))
    brush.ellipse((380, 110, 1540, 1270), fill=(236, 241, 245), outline=(120, 130, 140), width=8)
    slack = int(330 * (1 - fill))
    brush.ellipse((430 + slack, 160 + slack, 1490 - slack, 1220 - slack), fill=LIQUID, outline=(150, 158, 166), width=5)
    return (540, 380, 1380, 1040)


def _bottle(brush: ImageDraw.ImageDraw, fill: float) -> tuple[int, int, int, int]:
    """An amber bottle with a child-resistant cap; tablets show through."""
    brush.rectangle((620, 40, 1300, 210), fill=(250, 250, 250), outline=(120, 130, 140), width=8)
    for x in range(650, 1300, 50):
        brush.line((x, 60, x, 190), fill=(190, 196, 202), width=6)
    brush.rounded_rectangle((480, 210, 1440, 1340), 90, fill=(214, 150, 82), outline=(140, 84, 30), width=8)
    top = 1320 - int(1060 * fill)
    for y in range(max(top, 260), 1300, 70):
        for x in range(530, 1390, 110):
            brush.ellipse((x, y, x + 84, y + 46), fill=(240, 196, 158), outline=(150, 96, 50), width=4)
    return (520, 420, 1400, 1140)


KINDS = {
    "vial": _vial, "syringe": _syringe, "bag": _bag,
    "cassette": _cassette, "elastomeric": _elastomeric, "bottle": _bottle,
}  # fmt: skip
"""What can lie before the camera: the drawing of each, which returns where its label sits."""


def _label(scene: Scene, width: int, height: int) -> Image.Image:
    """White paper, amber edge, the words, and the code in the corner."""
    paper = Image.new("RGB", (width, height), (252, 252, 250))
    brush = ImageDraw.Draw(paper)
    brush.rectangle((0, 0, width - 1, height - 1), outline=INK, width=4)
    brush.rectangle((4, 4, width - 5, 34), fill=AMBER)
    y = 60
    for number, line in enumerate(scene.lines):
        font = _fitting(line, 68 if number == 0 else 48, width - 60)
        brush.text((30, y), line, font=font, fill=INK)
        y += int(font.size * 1.35)
    if scene.code:
        symbol = _symbol(scene)
        if symbol.width > width - 40 or y + symbol.height > height - 10:
            raise ValueError(f"the label has no room for {len(scene.lines)} lines and the code")
        paper.paste(symbol, (width - symbol.width - 20, height - symbol.height - 14))
    return paper


def _symbol(scene: Scene) -> Image.Image:
    options = {"gs1": True} if scene.gs1 else {}
    barcode = zxingcpp.create_barcode(scene.code, zxingcpp.BarcodeFormat.DataMatrix, force_square=True, **options)
    small = Image.fromarray(barcode.to_image(scale=1, add_quiet_zones=True))
    return small.convert("RGB").resize((small.width * MODULE, small.height * MODULE), Image.Resampling.NEAREST)


def _font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise TypeError("Pillow was built without FreeType: labels cannot be drawn")
    return font


def _fitting(text: str, size: int, width: int) -> ImageFont.FreeTypeFont:
    while _font(size).getlength(text) > width and size > 20:
        size -= 2
    return _font(size)
