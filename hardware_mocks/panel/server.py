"""The panel's web server: one page, its state as JSON, and one POST for each thing a person can do to the station.

GET  /state                                   what is on the pan, displayed, plugged in, wrong
GET  /presets                                 what --presets offers, as the page shows it
GET  /picture?n=0&variant=sharp               a camera picture of the presets, JPEG
GET  /label.png?3                             the third label that came out, PNG; without a number the last; 404 for none
GET  /still.jpg                               what the station's camera sees now, JPEG; 503 while its plug is out
POST /load      {"g": "24.55"}                exactly this on the pan; with "how": "add", "remove" (by "name") or "clear"
POST /scan      {"data": "]d201..."}          hold a code to the scanner; the answer's "heard" tells whether a host listened
POST /plug      {"device": "balance", "in": false}
POST /camera    {"shot": "Everything staged"}  lay that before the camera; {"variant": "blurred"} spoils its pictures
POST /key       {"key": "tare"}               print, tare, zero, adjust, or power (off and on again)
POST /fault     {"code": "F13", ...}          command, nth, after, on_load and the fault's own parameters; {"clear": true}
POST /serial    {"serial": "B987654321"}
POST /airflow   {"on": true}
POST /pan       {"lifted": true}
POST /speed     {"factor": 10}
"""

import json
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlsplit

from hardware_mocks import camera, faults, printer
from hardware_mocks.panel.offer import Offer
from hardware_mocks.panel.presets import Presets, scene
from hardware_mocks.station import Station

HERE = Path(__file__).parent
PAGES = {
    "/": ("page.html", "text/html; charset=utf-8"),
    "/page.css": ("page.css", "text/css; charset=utf-8"),
    "/page.js": ("page.js", "text/javascript; charset=utf-8"),
}
LARGEST_BODY = 65_536
TRIGGERS = ("command", "nth", "after", "on_load")
Given = Mapping[str, Any]


class Panel:
    """The web page of one station. Starts at `with`, and leaves no thread behind."""

    def __init__(self, station: Station, offer: Offer | Presets, port: int = 0) -> None:
        """`offer` may be a fixed set of presets, or a file of them that is read again whenever it changes."""
        given = Offer(offer) if isinstance(offer, Presets) else offer
        handler = type("PanelRequest", (_Request,), {"station": station, "offer": given})
        if given.presets.shots:
            _lay(station, given, given.presets.shots[0].name)
        self._server = _Server(("127.0.0.1", port), handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.1,), name=f"mock {station.name} panel", daemon=True
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> "Panel":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join(timeout=5)
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that goes away in the middle is no news; anything else has been answered with 500."""


class _Request(BaseHTTPRequestHandler):
    station: Station
    offer: Offer
    timeout = 10

    def do_GET(self) -> None:
        if not self._comes_from_here():
            return
        url = urlsplit(self.path)
        if url.path in PAGES:
            name, kind = PAGES[url.path]
            self._answer(200, (HERE / name).read_bytes(), kind)
        elif url.path == "/state":
            self._json(200, {**state(self.station), "presets": self.offer.revision})
        elif url.path == "/presets":
            self._json(200, offered(self.offer.presets))
        elif url.path == "/still.jpg":
            self._still()
        elif url.path == "/label.png" and (out := self._paper(url.query)):
            self._answer(200, out.png(), "image/png")
        elif url.path == "/picture":
            self._picture(parse_qs(url.query))
        else:
            self._json(404, {"error": f"there is no {url.path} here"})

    def do_POST(self) -> None:
        act = ACTS.get(urlsplit(self.path).path)
        if not self._comes_from_here():
            return
        if act is None:
            self._json(404, {"error": f"there is no {self.path} here; these can be done: {', '.join(ACTS)}"})
            return
        try:
            body = self._body()
            more = act(self.station, body)
            self._turn_camera(body)
        except KeyError as missing:
            self._json(400, {"error": f"{missing.args[0]} is missing"})
        except (ValueError, LookupError, TypeError) as trouble:
            self._json(400, {"error": str(trouble)})
        else:
            self._json(200, {**state(self.station), "presets": self.offer.revision, **(more or {})})

    def _body(self) -> dict[str, Any]:
        length = int(self.headers.get("Content-Length") or 0)
        if length > LARGEST_BODY:
            raise ValueError("the body is too long")
        given = json.loads(self.rfile.read(length) or b"{}")
        if not isinstance(given, dict):
            raise ValueError('a JSON object is needed, like {"g": "24.55"}')
        return given

    def _comes_from_here(self) -> bool:
        """Only pages of this panel may work the station, and only under a local name."""
        here = self.headers.get("Host", "")
        origin = self.headers.get("Origin")
        if here.split(":")[0] in {"127.0.0.1", "localhost"} and origin in {None, f"http://{here}"}:
            return True
        self._json(403, {"error": "the panel answers its own page only"})
        return False

    def _turn_camera(self, body: Given) -> None:
        """Lay before the camera what was asked for, or what belongs to the thing that was just handled."""
        handled = str(body.get("data") or body.get("name") or "")
        shot = str(body.get("shot") or (self.offer.presets.shot_after(handled) if handled else ""))
        if shot:
            _lay(self.station, self.offer, shot)

    def _paper(self, number: str) -> printer.Paper | None:
        made = self.station.printer
        return made.paper(int(number) if number.isdecimal() else made.printed)

    def _still(self) -> None:
        still = self.station.stand.still()
        if still is None:
            self._json(503, {"error": "the camera's plug is out"})
        else:
            self._answer(200, still, "image/jpeg")

    def _picture(self, query: Mapping[str, list[str]]) -> None:
        try:
            picture = self.offer.presets.pictures[int(query.get("n", ["0"])[0])]
            variant = query.get("variant", ["sharp"])[0]
            self._answer(200, camera.jpeg(camera.photograph(scene(picture), variant)), "image/jpeg")
        except (ValueError, LookupError) as trouble:
            self._json(400, {"error": str(trouble)})

    def _json(self, status: int, body: object) -> None:
        self._answer(status, json.dumps(body).encode(), "application/json")

    def _answer(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words: Any) -> None:
        """Quiet: standard output carries the line with the URLs and nothing else."""


def state(station: Station) -> dict[str, Any]:
    """Everything the page shows, in plain JSON."""
    reading = station.pan.read()
    return {
        "station": station.name,
        "display": {
            "value": str(reading.value),
            "unit": station.pan.build.unit,
            "stable": reading.stable,
            "state": reading.state,
            "text": station.balance.display,
            "tare": str(station.pan.tare),
        },
        "load": str(station.bench.load),
        "items": [{"name": item.name, "g": str(item.g)} for item in station.bench.items],
        "model": station.balance.profile.model,
        "serial": station.serial,
        "plugs": {
            device: {"in": station.plugged(device), "host": station.connected(device), "url": url}
            for device, url in (
                ("balance", station.balance_url),
                ("scanner", station.scanner_url),
                ("printer", station.printer_url),
            )
        }
        | {"camera": {"in": station.stand.plugged, "host": station.stand.plugged, "url": "/still.jpg"}},
        "camera": {"shows": station.stand.shows, "variant": station.stand.variant},
        "labels": station.printer.printed,
        "airflow": station.bench.airflow,
        "pan_lifted": not station.bench.pan_in_place,
        "speed": station.bench.clock.speed,
        "faults": station.faults.waiting(),
        "scans": station.scans[-5:],
        "wire": [[way, data.decode("latin-1")] for way, data in list(station.wire_log)[-14:]],
    }


def offered(presets: Presets) -> dict[str, Any]:
    """Presets and the table of faults, as the page draws them."""
    return {
        "title": presets.title,
        "mark": presets.mark,
        "weights": [{**vars(one), "g": str(one.g)} for one in presets.weights],
        "codes": [vars(one) for one in presets.codes],
        "pictures": [{"name": p.name, "kind": p.kind} for p in presets.pictures],
        "shots": [{"name": one.name, "set": one.set} for one in presets.shots],
        "variants": list(camera.VARIANTS),
        "printer": list(printer.FAILURES),
        "faults": [{"code": f.code, "says": f.says, "takes": dict(f.takes)} for f in faults.TABLE.values()],
    }


def _load(station: Station, given: Given) -> None:
    how, name = given.get("how", "only"), str(given.get("name") or "load")
    if how == "clear":
        station.clear()
    elif how == "remove":
        station.take(name)
    elif how in {"only", "add"}:
        g = given["g"]
        if not isinstance(g, str):
            raise ValueError('g is text, like "24.55", so that no digit is lost')
        (station.bench.put if how == "only" else station.bench.add)(g, name)
    else:
        raise ValueError(f"how is only, add, remove or clear, not {how!r}")


def _scan(station: Station, given: Given) -> dict[str, Any]:
    return {"heard": station.scan(str(given["data"]))}


def _lay(station: Station, offer: Offer, shot: str) -> None:
    station.stand.lay(shot, offer.presets.scenes(shot))


def _camera(station: Station, given: Given) -> None:
    if "variant" in given:
        station.stand.spoil(str(given["variant"]))
    elif "shot" not in given:
        raise ValueError("give a shot or a variant")


def _plug(station: Station, given: Given) -> None:
    if given["device"] == "camera":
        station.stand.plugged = _flag(given, "in")
        return
    act = station.replug if _flag(given, "in") else station.unplug
    act(str(given["device"]))


def _key(station: Station, given: Given) -> None:
    if given["key"] == "power":
        station.power_cycle()
    else:
        station.key(str(given["key"]))


def _fault(station: Station, given: Given) -> None:
    if given.get("clear"):
        return station.clear_faults()
    return station.fault(str(given["code"]), **{key: value for key, value in given.items() if key != "code"})


def _serial(station: Station, given: Given) -> None:
    station.become(str(given["serial"]))


def _airflow(station: Station, given: Given) -> None:
    station.airflow(_flag(given, "on"))


def _pan(station: Station, given: Given) -> None:
    station.bench.lift_pan(_flag(given, "lifted"))


def _speed(station: Station, given: Given) -> None:
    station.settle_speed(float(given["factor"]))


def _flag(given: Given, key: str) -> bool:
    if not isinstance(given[key], bool):
        raise ValueError(f"{key} is true or false")
    return bool(given[key])


ACTS: dict[str, Callable[[Station, Given], dict[str, Any] | None]] = {
    "/load": _load,
    "/scan": _scan,
    "/plug": _plug,
    "/camera": _camera,
    "/key": _key,
    "/fault": _fault,
    "/serial": _serial,
    "/airflow": _airflow,
    "/pan": _pan,
    "/speed": _speed,
}
