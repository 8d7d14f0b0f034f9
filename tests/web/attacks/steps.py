"""Steps of a tablet made by hand."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image
from werkzeug.test import TestResponse

from tests.web.attacks.scene import JSON, Scene, attack
from tests.web.conftest import token_of
from tests.web.desk import at_desk


@attack("a weight as a number in the form")
def _typed_weight(scene: Scene) -> list[TestResponse]:
    return [scene.act(scene.at_station(), "weigh", grams="42.97", g="42.97", slot="syringe-full:1")]


@attack("the label of another bag, made up")
def _other_label(scene: Scene) -> list[TestResponse]:
    client = scene.at_station()
    return [scene.act(client, "scan", data=one, aim="]d1") for one in ("%VT-L-AAAAAAAA1-4%", "%VT-F-AAAAAAAA1-1%")]


@attack("a version that is no number, or none that ever was")
def _version(scene: Scene) -> list[TestResponse]:
    client = scene.at_station()
    return [scene.act(client, "do", word="BACK", expected_version=one) for one in ("", "x", "-1", "9" * 30, "1e3", "٣")]


@attack("a command without a number, or with one of its own making")
def _command_id(scene: Scene) -> list[TestResponse]:
    client = scene.at_station()
    return [
        scene.act(client, "do", word="BACK", command_id=one, expected_version=1)
        for one in ("", "x" * 10_000, "a\r\nb", "\0")
    ]


@attack("a scan with control marks, markup or a card's word in it")
def _strange_scan(scene: Scene) -> list[TestResponse]:
    client = scene.at_station()
    return [
        scene.act(client, "scan", data=one, aim="]d2")
        for one in ("\0\0", "<script>alert(1)</script>", "%VT-P-" + "Z" * 5000, "\u202e%VT")
    ]


@attack("a picture that is none")
def _no_picture(scene: Scene) -> list[TestResponse]:
    client = scene.at_station()
    kinds = (
        b"GIF89a" + b"\0" * 100,
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>",
        b"\xff\xd8\xff\xe0<html>",
        b"%PDF-1.7",
        b"",
    )
    return [
        scene.act(client, "photo", still=(io.BytesIO(one), "../../x.jpg", "image/jpeg"), slot="photo-final")
        for one in kinds
    ]


@attack("a picture that unfolds to a gigabyte")
def _bomb(scene: Scene) -> list[TestResponse]:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    bomb = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 5_000_000, 9))
        + chunk(b"IEND", b"")
    )
    return [scene.act(scene.at_station(), "photo", still=(io.BytesIO(bomb), "x.png", "image/png"), slot="photo-final")]


@attack("a good picture at a step that wants none")
def _wrong_step(scene: Scene) -> list[TestResponse]:
    out = io.BytesIO()
    Image.effect_noise((1920, 1080), 60).convert("RGB").save(out, "JPEG")
    return [
        scene.act(
            scene.at_station(), "photo", still=(io.BytesIO(out.getvalue()), "x.jpg", "image/jpeg"), slot="photo-final"
        )
    ]


@attack("an upload over the limit")
def _too_large(scene: Scene) -> list[TestResponse]:
    client = scene.at_station()
    return [
        client.post(
            f"{scene.path}/photo", data={"still": (io.BytesIO(b"\0" * 26 * 1024 * 1024), "x.jpg")}, headers=JSON
        )
    ]


@attack("a form of five thousand fields")
def _many_fields(scene: Scene) -> list[TestResponse]:
    client = at_desk(scene.pharmacy)
    token = token_of(client.get("/me"))
    form = {f"f{n}": (io.BytesIO(b"x"), "x") for n in range(5000)}
    return [
        client.post(f"/review/{scene.id}/sign", data={**form, "csrf_token": token}, content_type="multipart/form-data")
    ]
