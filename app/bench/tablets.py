"""Tablets at a server: each signs in with badge and PIN, and scans what is wrong, over one connection that stays open."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from time import perf_counter
from typing import Any
from urllib.parse import urlencode

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
DRAWN = "application/json, text/html;q=0.5"
"""What a page of the terminal takes: data, and the part of itself that changed."""
TOKEN = re.compile(r'name="csrf[-_]token" (?:value|content)="([^"]+)"')


@dataclass
class Tablet:
    """One station's tablet, with its cookies and the screen that it shows."""

    port: int
    """Of the server, on this machine."""
    station: str
    """Where it stands; empty at the bare server."""
    preparation: str
    """What is made there."""
    _cookies: dict[str, str] = field(default_factory=dict)
    _token: str = ""
    _screen: dict[str, Any] = field(default_factory=dict)
    wire: int = 0
    """Bytes of the last answer's body as they came: packed, if it was."""

    def __post_init__(self) -> None:
        self._line = HTTPConnection("127.0.0.1", self.port, timeout=120)

    def close(self) -> None:
        """Hang up."""
        self._line.close()

    @property
    def path(self) -> str:
        return f"/terminal/{self.station}/p/{self.preparation}"

    def _ask(self, method: str, path: str, form: dict[str, Any] | None = None, kind: str = "application/json") -> bytes:
        headers = {**(FORM if form else {}), **self._headers(kind)}
        answer, body = self._read(method, path, urlencode(form) if form else None, headers)
        for line in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = line.split(";", 1)[0].partition("=")
            self._cookies[name] = value
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path} was answered {answer.status}: {body[:200]!r}")
        return body

    def fetch(self, path: str, kind: str = "*/*") -> bytes:
        """Return a body as a browser gets it that takes packed files: unpacked again, `wire` saying what came."""
        answer, body = self._read("GET", path, None, self._headers(kind) | {"Accept-Encoding": "gzip"})
        if answer.status != 200:
            raise RuntimeError(f"{path} was answered {answer.status}")
        return gzip.decompress(body) if answer.headers["Content-Encoding"] == "gzip" else body

    def _read(self, method: str, path: str, form: str | None, headers: dict[str, str]) -> tuple[HTTPResponse, bytes]:
        answer = self._answered(method, path, form, headers)
        body = answer.read()
        self.wire = len(body)
        return answer, body

    def _headers(self, kind: str) -> dict[str, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        return {"Accept": kind, **({"Cookie": cookies} if cookies else {})}

    def _answered(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> HTTPResponse:
        """Send it; a line that the server hung up on, because nothing was said for long, is opened again, once."""
        try:
            self._line.request(method, path, body, headers)
            return self._line.getresponse()
        except (BrokenPipeError, ConnectionResetError):
            self._line.close()
            self._line.request(method, path, body, headers)
            return self._line.getresponse()

    def _look(self, path: str) -> str:
        page = self._ask("GET", path, kind="text/html").decode()
        found = TOKEN.search(page)
        if found is None:
            raise RuntimeError(f"{path} carries no token")
        self._token = found[1]
        return page

    def sign_in(self, badge: str, pin: str) -> None:
        """Badge and PIN, then the screen of the preparation in hand."""
        self._look(f"/terminal/{self.station}")
        form = {"badge": badge, "pin": pin, "csrf_token": self._token}
        self._ask("POST", f"/terminal/{self.station}/sign-in", form)
        self._look(self.path)
        self.read()

    def json(self, path: str) -> Any:
        """What a page asks by itself, as data."""
        return json.loads(self._ask("GET", path))

    def read(self) -> None:
        """The screen as data, drawn for nobody."""
        self._screen = json.loads(self._ask("GET", self.path))["screen"]

    def scan(self) -> None:
        """One reading posted: judged, kept as an event, and answered with the screen anew, drawn for the page that stands."""
        form = {
            "raw": "]C0NOTACABINET", "csrf_token": self._token, "command_id": self._screen.get("command_id", ""),
            "expected_version": self._screen.get("version", ""),
        }  # fmt: skip
        before = self._screen.get("version", 0)
        self._screen = json.loads(self._ask("POST", f"{self.path}/scan", form, DRAWN))["screen"]
        if self.station and self._screen["version"] != before + 1:
            raise RuntimeError("a scan was not kept as an event")

    def do(self, word: str) -> None:
        """Press the button of a word."""
        self.read()
        form = {
            "word": word, "csrf_token": self._token, "command_id": self._screen["command_id"],
            "expected_version": self._screen["version"],
        }  # fmt: skip
        self._ask("POST", f"{self.path}/do", form, DRAWN)


class Desk(Tablet):
    """A pharmacist's browser with the page of the queue open."""

    def __init__(self, port: int) -> None:
        super().__init__(port, "", "")
        self._seen = ""

    def sign_in(self, user: str, password: str) -> None:
        """By user name and password, at an office's computer."""
        self._look("/sign-in")
        self._ask("POST", "/sign-in", {"user": user, "password": password, "csrf_token": self._token})

    def another(self) -> Desk:
        """Return one more page of the same person, on a line of its own."""
        page = Desk(self.port)
        page._cookies = dict(self._cookies)
        return page

    def has_news(self) -> bool:
        """Ask as the page does; say whether the answer was more than "nothing new"."""
        answer = self._answered("GET", "/review/rows", None, self._headers("application/json") | self._known())
        answer.read()
        if answer.status not in (200, 304):
            raise RuntimeError(f"the queue was answered {answer.status}")
        self._seen = answer.headers.get("ETag", self._seen)
        return answer.status == 200

    def _known(self) -> dict[str, str]:
        return {"If-None-Match": self._seen} if self._seen else {}


def all_at_once(tablets: Sequence[Tablet], act: str, times: int) -> tuple[float, list[float]]:
    """Let every tablet do the same so many times; return how many of it a second, and the seconds of each."""

    def one(tablet: Tablet) -> list[float]:
        took, do = [], getattr(tablet, act)
        for _ in range(times):
            begun = perf_counter()
            do()
            took.append(perf_counter() - begun)
        return took

    begun = perf_counter()
    with ThreadPoolExecutor(len(tablets)) as people:
        each = [seconds for took in people.map(one, tablets) for seconds in took]
    return len(each) / (perf_counter() - begun), each
