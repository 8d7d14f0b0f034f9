"""A client that was generated from the OpenAPI document, and how it makes a preparation at a station."""

from __future__ import annotations

import importlib
import io
import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import httpx
from flask import Flask

from app.api.document import document
from tests import pharmacy
from tests.people.cast import Member
from tests.pharmacy import STATION, code_of
from tests.web.at_station import patience

PACKAGE = "generated_vialtrace"
SCANS = {"diluent": "diluent", "base": "bag", "vial:1": "vial A", "vial:2": "vial B"}


def generate(folder: Path) -> None:
    """Write the client from the document as the application hands it out, and let Python find it."""
    described = folder / "openapi.json"
    described.write_text(json.dumps(document()), encoding="utf-8")
    settings = folder / "settings.yml"
    settings.write_text("post_hooks: []\n", encoding="utf-8")  # nobody reads it: it need not be formatted
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none", "--fail-on-warning"]
    made = subprocess.run(
        [*command, "--config", str(settings), "--path", str(described), "--output-path", str(folder / PACKAGE)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    sys.path.insert(0, str(folder))


@dataclass
class Robot:
    """A program that knows nothing of this one but its document."""

    app: Flask
    secret: str
    _session: str = ""
    _keys: count[int] = field(default_factory=count)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """A shape of the generated client by its name: `robot.Scan(kind="scan", raw=…)`."""
        return getattr(importlib.import_module(f"{PACKAGE}.models"), name)  # type: ignore[no-any-return]  # generated

    def ask(self, operation: str, *places: str, **given: Any) -> Any:
        """What an operation of the generated client answers, typed as the client types it."""
        made = importlib.import_module(f"{PACKAGE}.client").AuthenticatedClient(
            base_url="http://pharmacy.example/api/v1",
            token=self.secret,
            headers={"Vialtrace-Session": self._session} if self._session else {},
            raise_on_unexpected_status=True,
            httpx_args={"transport": httpx.WSGITransport(app=self.app)},
        )
        with made as client:
            asked = importlib.import_module(f"{PACKAGE}.api.{operation}")
            return asked.sync_detailed(*places, client=client, **given).parsed

    def sign_in(self, member: Member, station: str = "") -> None:
        """Somebody signs in through the program, at a station or at a desk."""
        at_desk = self.ByPassword(kind="desk", user=member.user, password=member.password)
        by = self.ByBadge(kind="station", station=station, badge=member.badge, pin=member.pin) if station else at_desk
        self._session = ""
        self._session = self.ask("access.sign_in", body=self.SignIn(by=by)).session

    def see(self, preparation: str) -> Any:
        return self.ask("preparations.show_preparation", preparation)

    def sign(self, p: Any, slot: str, member: Member) -> Any:
        """Look at every photo, then sign."""
        for one in p.pictures:
            assert self.ask("record.show_photo", p.id, one.sha256).payload.read()
        signature = self.Signed(
            over=p.head,
            user=member.user,
            password=member.password,
            photos_seen=[one.sha256 for one in p.pictures],
            accepts=p.typed,
        )
        command = self.Sign(kind="sign", slot=self.SignSlot(slot), signature=signature)
        body = self.ReviewAct(expected_version=p.version, command=command)
        return self.ask("review.review_preparation", p.id, body=body, idempotency_key=self.key())

    def act(self, p: Any, command: Any, key: str = "") -> Any:
        """One act at the station."""
        body = self.StationAct(expected_version=p.version, command=command)
        where = (STATION, p.id)
        return self.ask("at_a_station.act_at_station", *where, body=body, idempotency_key=key or self.key())

    def key(self) -> str:
        return f"robot-{next(self._keys):06d}"

    def weigh(self, p: Any, slot: str, put: Callable[[str], None], lift: Callable[[], None]) -> Any:
        """Put what is weighed on the pan once it was seen empty, and ask until the balance has settled."""
        with patience() as may_wait:
            while may_wait() and not self.ask("stations.show_scale", STATION).empty:
                time.sleep(0.1)
            put(pharmacy.WEIGHED[slot])
            key = self.key()
            while may_wait():
                said = self.act(p, self.Weigh(kind="weigh", slot=slot), key)
                if getattr(said, "code", "") != "NO_WEIGHT":
                    break
                time.sleep(0.1)
        lift()
        return said

    def photograph(self, p: Any, slot: str, picture: bytes) -> Any:
        file = importlib.import_module(f"{PACKAGE}.types").File
        given = {"expected_version": p.version, "slot": slot, "idempotency_key": self.key()}
        return self.ask("at_a_station.take_photo", STATION, p.id, body=file(payload=io.BytesIO(picture)), **given)

    def raw_for(self, p: Any, wanted: Any) -> str:
        """What a scanner reads for the step that waits."""
        if wanted.step == "cabinet":
            return pharmacy.cabinet_code()
        if wanted.step in ("label-scan", "release"):
            kind = "final" if wanted.step == "label-scan" else "in_process"
            label = next(one for one in reversed(p.labels) if one.kind == kind)
            return pharmacy.own("F" if kind == "final" else "I", label.id, label.copy_number)
        if wanted.step == "device":
            return code_of(wanted.slot.split(":")[1])
        return code_of(SCANS[wanted.slot])
