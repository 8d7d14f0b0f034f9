"""The worked example at the tablet and the desk, over HTTP alone: what the screen asks for is given, as often as it asks."""

from __future__ import annotations

import http.cookiejar
import json
import re
import secrets
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any

from app import preparations
from app.demo.stock import CABINET_LABEL, DEVICES, STATION, UNITS
from app.record.place import Place, read_only
from hardware_mocks.station import Station
from labels import codes
from tests.pharmacy import WEIGHED, WEIGHTS
from tests.web.bench import picture
from workflows.preparation import Preparation

Form = list[tuple[str, str]]
File = tuple[str, bytes]
UNIT = {"vial:1": UNITS[0].label, "vial:2": UNITS[1].label, "diluent": UNITS[2].label, "base": UNITS[3].label}


class Browser:
    """Somebody's cookies; they outlive the server, as a tablet's do."""

    def __init__(self) -> None:
        self.last = ""
        """What was answered to the last form."""
        self._open = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())).open

    def get(self, url: str) -> str:
        with self._open(urllib.request.Request(url, headers={"Accept": "text/html"}), timeout=60) as answer:
            return str(answer.read().decode())

    def ask(self, url: str, known: str = "") -> tuple[int, str, bytes]:
        """Ask as a page that asks by itself: status, ETag and content; `known` is the ETag it has."""
        asked = urllib.request.Request(url, headers={"Accept": "application/json", "If-None-Match": known})
        try:
            with self._open(asked, timeout=60) as answer:
                return answer.status, str(answer.headers["ETag"]), answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, str(error.headers["ETag"]), error.read()

    def json(self, url: str) -> dict[str, Any]:
        with self._open(urllib.request.Request(url, headers={"Accept": "application/json"}), timeout=60) as answer:
            found: dict[str, Any] = json.loads(answer.read())
            return found

    def post(self, url: str, form: Form, file: File | None = None) -> tuple[int, str]:
        """Post a form and return status and body; raises OSError when the server goes away."""
        content, kind = urllib.parse.urlencode(form).encode(), "application/x-www-form-urlencoded"
        if file is not None:
            content, kind = multipart(form, file)
        asked = urllib.request.Request(url, content, {"Content-Type": kind, "Accept": "application/json"})
        try:
            with self._open(asked, timeout=60) as answer:
                status, self.last = answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                status, self.last = error.code, error.read().decode()
        return status, self.last

    def token(self, url: str) -> str:
        found = re.search(r'name="csrf[-_]token" (?:value|content)="([^"]+)"', self.get(url))
        assert found is not None, url
        return found[1]


def multipart(form: Form, file: File) -> tuple[bytes, str]:
    """Return a form with one file as a browser sends it."""
    edge = secrets.token_hex(12)
    parts = [
        f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'.encode() for name, text in form
    ]
    named = f'--{edge}\r\nContent-Disposition: form-data; name="{file[0]}"; filename="still.jpg"\r\n'
    head = f"{named}Content-Type: image/jpeg\r\n\r\n"
    parts += [head.encode(), file[1], f"\r\n--{edge}--\r\n".encode()]
    return b"".join(parts), f"multipart/form-data; boundary={edge}"


@dataclass
class Wanted:
    """One request that the screen asks for: sent again as it was when the server died."""

    who: Browser
    path: str
    form: Form
    file: File | None = None
    command_id: str = ""


@dataclass
class Making:
    """One preparation, its technician's tablet and its pharmacist's desk."""

    folder: Path
    preparation: str
    bench: Station
    home: str = ""
    """Address of the server of the moment, with its slash."""
    office: str = ""
    """Address of the server that the desk asks, where it is another."""
    place: Place | None = None
    """Where the record lies, where it is no file in the folder."""
    tablet: Browser = field(default_factory=Browser)
    desk: Browser = field(default_factory=Browser)

    @property
    def p(self) -> Preparation:
        """The preparation as it is on disk."""
        with read_only(self.place or self.folder / "vialtrace.db") as conn:
            found = preparations.load(conn, self.preparation)
        assert found is not None
        return found

    @property
    def path(self) -> str:
        return f"terminal/{STATION}/p/{self.preparation}"

    def sign_in(self, badge: str, pin: str, user: str, password: str) -> None:
        at = f"{self.home}terminal/{STATION}"
        form = [("badge", badge), ("pin", pin), ("csrf_token", self.tablet.token(at))]
        status, _ = self.tablet.post(f"{at}/sign-in", form)
        assert status == 200, status
        office = self.office or self.home
        desk = [("user", user), ("password", password), ("csrf_token", self.desk.token(f"{office}sign-in"))]
        status, _ = self.desk.post(f"{office}sign-in", desk)
        assert status == 200, status

    def open(self) -> None:
        """Claim it from the work list."""
        at = f"{self.home}terminal/{STATION}/worklist"
        form = [("preparation", self.preparation), ("csrf_token", self.tablet.token(at))]
        status, said = self.tablet.post(f"{at}/open", form)
        assert status == 200, said

    def next(self, user: str, password: str) -> Wanted | None:
        """Return what the screen asks for now; None where it waits for a label or a settling balance."""
        screen = self.tablet.json(f"{self.home}{self.path}")["screen"]
        slot = screen["slot"]
        form = [("command_id", screen["command_id"]), ("expected_version", str(screen["version"])), ("slot", slot)]
        form.append(("csrf_token", self.tablet.token(f"{self.home}{self.path}/more")))
        if "approve" in self.waiting():
            return self.approval(user, password)
        if not slot:
            return None
        return self.given(slot, form, screen["command_id"])

    def stuck(self) -> str:
        """Say what the screen shows and what was answered last."""
        shown = self.tablet.json(f"{self.home}{self.path}")["screen"]
        return f"{shown['kind']} {shown['slot']}: {shown['task']} {shown['says']}; {self.tablet.last}"

    def given(self, slot: str, form: Form, command_id: str) -> Wanted:
        if slot in WEIGHED:
            if self.settle(WEIGHED[slot]):
                return Wanted(self.tablet, f"{self.path}/weigh", form, None, command_id)
            return Wanted(self.tablet, f"{self.path}/do", [*form, ("word", "BACK")], None, command_id)
        if slot.startswith("photo"):
            label = self.p.final_label() if slot == "photo-final" else None
            code = codes.make("F", label.label_id, label.copy) if label else ""
            still = ("still", picture(f"{slot} {self.preparation}", code=code))
            return Wanted(self.tablet, f"{self.path}/photo", form, still, command_id)
        raw = self.code(slot)
        if raw:
            return Wanted(self.tablet, f"{self.path}/scan", [*form, ("raw", raw)], None, command_id)
        return Wanted(self.tablet, f"{self.path}/do", [*form, ("word", "NEXT")], None, command_id)

    def settle(self, grams: str) -> bool:
        """Empty the pan, put something on it, and look on as the page does; False where the first reading is void."""
        self.bench.clear()
        for load in ("", grams):
            if load:
                self.bench.put(load)
            for _ in range(100):
                seen = self.tablet.json(f"{self.home}{self.path}/live")
                if seen["unchecked"]:
                    self.check_scale()
                    return self.settle(grams)
                if seen["trouble_word"] == "READINGS VOID":
                    return False
                if seen["ready"] if load else seen["prompt"] == "Put it on the pan.":
                    break
                time.sleep(0.1)
        return True

    def check_scale(self) -> None:
        """Do the balance's check, which is due again once nobody heard it for so long that it may have been off."""
        at = f"{self.home}terminal/{STATION}/scale-check"
        form = [("csrf_token", self.tablet.token(f"{self.home}{self.path}/more"))]
        lies = None
        while self.tablet.json(f"{self.home}{self.path}/live")["unchecked"]:
            page, seen = self.tablet.get(at), self.tablet.json(f"{at}/live")
            asked = next((word for word in ("STAYED ON", "LEVEL") if f'data-word="{word}"' in page), "")
            if asked:  # also once more, where the balance was lost in the middle of its check
                self.tablet.post(f"{at}/do", [*form, ("word", asked)])
            wanted = next((grams for _, name, grams in WEIGHTS if f"Put the {name} weight on the pan." in page), "0")
            if seen["ready"] and wanted == lies:
                self.tablet.post(f"{at}/weigh", form)
            elif wanted != lies or seen["instead"]:
                self.bench.clear()
                self.until_empty(at)
                self.bench.put(wanted)
                lies = wanted
            time.sleep(0.1)

    def until_empty(self, at: str) -> None:
        """Look on until the empty pan was seen at rest: nothing counts before."""
        for _ in range(100):
            seen = self.tablet.json(f"{at}/live")
            if seen["settled"] and abs(float(seen["value"])) < 0.5:
                return
            time.sleep(0.1)

    def waiting(self) -> Iterable[str]:
        p = self.p
        return [one.name for one in preparations.next_slots(preparations.workflow_of(p), p)]

    def code(self, slot: str) -> str:
        """Return what the scanner reads for a slot; empty for one that is confirmed."""
        if slot == "cabinet":
            return f"]d1{codes.make('H', CABINET_LABEL)}"
        if slot in UNIT:
            return f"]d1{codes.make('U', UNIT[slot])}"
        if slot.startswith("device:"):
            return f"]d201{dict(DEVICES)[slot.split(':')[1]]}1728013110C77"
        if slot in ("label-scan", "release"):
            label = self.p.final_label() if slot == "label-scan" else self.p.in_process
            assert label is not None
            return f"]d1{codes.make('F' if slot == 'label-scan' else 'I', label.label_id, label.copy)}"
        return ""

    def approval(self, user: str, password: str) -> Wanted:
        """Return the pharmacist's signature, every photo seen."""
        page = self.desk.get(f"{self.office or self.home}review/{self.preparation}")
        part = next(
            one
            for one in re.findall(r"<form.*?</form>", page, re.DOTALL)
            if f"{self.preparation}/sign" in one.split(">", 1)[0]
        )
        fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', part)
        form = [(name, unescape(value)) for name, value in fields]
        form += [("user", user), ("password", password), *(("seen", photo.sha256) for photo in self.p.photos())]
        return Wanted(self.desk, f"review/{self.preparation}/sign", form, None, dict(form)["command_id"])
