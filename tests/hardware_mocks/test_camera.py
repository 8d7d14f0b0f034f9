"""Pictures carry their code where they should, spoil as they should, and a browser plays the clip."""

import base64
import io

import pytest
import zxingcpp
from PIL import Image, ImageChops, ImageFilter, ImageStat

from hardware_mocks import camera
from hardware_mocks.panel import presets
from tests.browser import filming

VIAL = camera.Scene("vial", ("Cyclophosphamide", "500 mg"), "(01)00310019955506(17)270331(10)AB123(21)A7K2M9", gs1=True)
BYTES = b"01003100199555061727033110AB123\x1d21A7K2M9"


def seen(data):
    return [(code.symbology_identifier, bytes(code.bytes)) for code in zxingcpp.read_barcodes(open_(data))]


def open_(data):
    return Image.open(io.BytesIO(data))


@pytest.mark.parametrize("kind", ["vial", "syringe", "bag", "cassette", "elastomeric", "bottle"])
@pytest.mark.parametrize("variant", ["sharp", "frozen"])
def test_the_code_on_the_label_reads_as_what_it_is(kind, variant):
    gs1 = camera.Scene(kind, VIAL.lines, VIAL.code, gs1=True)
    own = camera.Scene(kind, VIAL.lines, "%VT-I-4M8D0ZRWP%")
    assert seen(camera.jpeg(camera.photograph(gs1, variant))) == [("]d2", BYTES)]
    assert seen(camera.jpeg(camera.photograph(own, variant))) == [("]d1", b"%VT-I-4M8D0ZRWP%")]


@pytest.mark.parametrize("variant", ["blurred", "black"])
def test_a_spoiled_picture_has_no_code(variant):
    assert seen(camera.jpeg(camera.photograph(VIAL, variant))) == []


def test_blurred_is_soft_black_is_dark_glaring_is_white():
    def grey(variant):
        return camera.photograph(VIAL, variant).convert("L").resize((640, 480))

    def edges(variant):
        smooth = grey(variant).filter(ImageFilter.GaussianBlur(1))
        return ImageStat.Stat(smooth.filter(ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), 1, 128))).var[0]

    assert edges("blurred") * 3 < edges("sharp")
    assert grey("black").getextrema()[1] < 80
    assert sum(grey("glaring").histogram()[250:]) > 0.5 * 640 * 480


def test_live_frames_differ_and_frozen_ones_do_not():
    live, again = camera.photograph(VIAL), camera.photograph(VIAL)
    assert ImageStat.Stat(ImageChops.difference(live, again)).mean[0] > 1
    assert camera.photograph(VIAL, "frozen").tobytes() == camera.photograph(VIAL, "frozen").tobytes()
    assert live.size == (1920, 1440)


def test_what_cannot_be_drawn_is_refused_in_words():
    with pytest.raises(ValueError, match="no variant"):
        camera.photograph(VIAL, "upside down")
    with pytest.raises(ValueError, match="no kind"):
        camera.photograph(camera.Scene("ampoule", ()))
    with pytest.raises(ValueError, match="no room"):
        camera.photograph(camera.Scene("bag", ("line",) * 12, "%VT-C-NEXT%"))


def test_a_clip_is_frame_after_frame(tmp_path):
    clip = tmp_path / "a.mjpeg"
    camera.write_clip(clip, [VIAL], frames=3)
    assert clip.read_bytes().count(b"\xff\xd8\xff\xe0") == 3
    camera.write_clip(clip, [VIAL], frames=3, variant="frozen")
    data = clip.read_bytes()
    assert data == data[: len(data) // 3] * 3
    with pytest.raises(ValueError, match=r"\.mjpeg"):
        camera.write_clip(tmp_path / "a.avi", [VIAL])
    assert sorted(tmp_path.iterdir()) == [clip]


def test_every_picture_of_the_presets_can_be_taken():
    for picture in presets.load().pictures:
        scene = camera.Scene(picture.kind, picture.lines, picture.code, picture.gs1, picture.fill)
        assert len(seen(camera.jpeg(camera.photograph(scene)))) == 1


@pytest.mark.browser
def test_a_browser_plays_the_clip_as_its_camera(tmp_path, playwright):
    clip = tmp_path / "vial.mjpeg"
    camera.write_clip(clip, [VIAL], frames=4)
    browser = filming(playwright, clip)
    page = browser.new_page()
    page.route(
        "http://localhost/", lambda route: route.fulfill(body="<video autoplay></video>", content_type="text/html")
    )
    page.goto("http://localhost/")
    still = page.evaluate(STILL)
    browser.close()
    assert seen(base64.b64decode(still)) == [("]d2", BYTES)]


STILL = """async () => {
  const video = document.querySelector("video");
  video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { width: 1920, height: 1440 } });
  await new Promise((done) => video.requestVideoFrameCallback(done));
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth; canvas.height = video.videoHeight;
  canvas.getContext("2d").drawImage(video, 0, 0);
  return canvas.toDataURL("image/jpeg", 0.85).split(",")[1];
}"""
