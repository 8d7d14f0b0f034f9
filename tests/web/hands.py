"""A preparation at a station over HTTP alone: what the screen asks for is scanned, weighed, photographed and confirmed."""

from __future__ import annotations

import io
import time
from collections.abc import Mapping
from dataclasses import dataclass

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from hardware_mocks.camera import Scene, jpeg, photograph
from tests import pharmacy
from tests.people.cast import PAM, Member
from tests.web.at_station import JSON, Hood, patience
from tests.web.conftest import sign_in_desk
from tests.web.desk import form_of


@dataclass(frozen=True)
class Shelf:
    """What lies at hand, by the slot that asks for it."""

    codes: Mapping[str, str]
    """What the scanner reads."""
    grams: Mapping[str, str]
    """What is put on the pan, in g."""


class Hands:
    """Ann at the station, without a browser."""

    def __init__(self, hood: Hood, shelf: Shelf) -> None:
        self.hood, self.shelf, self.client = hood, shelf, hood.client()

    def make(self) -> None:
        """Work from the work list to where the screen waits for the pharmacist; every step has to be taken as it is asked."""
        claimed = self.worklist("worklist/scan", raw=pharmacy.own("P", self.hood.preparation))
        assert self.hood.preparation in str((claimed.json or {}).get("go")), claimed.text
        with patience(600) as may_wait:
            while may_wait():
                if "photo-final" in self.hood.p().entries:
                    return
                shown = self.hood.screen(self.client)
                if shown["kind"] == "print" or not shown["slot"]:
                    time.sleep(0.05)  # a label is being printed
                else:
                    self.give(str(shown["slot"]))
        raise AssertionError(self.hood.screen(self.client))

    def worklist(self, what: str, **fields: str) -> TestResponse:
        page = self.client.get(f"/terminal/{pharmacy.STATION}/worklist").text
        token = page.split('name="csrf_token" value="')[1].split('"')[0]
        return self.client.post(f"/terminal/{pharmacy.STATION}/{what}", data={"csrf_token": token, **fields})

    def give(self, slot: str) -> None:
        before = self.hood.p().version
        if slot in self.shelf.grams:
            self.weigh(self.shelf.grams[slot])
            said = self.hood.post(self.client, "weigh", slot=slot).get_json()
        elif slot.startswith("photo"):
            label = self.hood.p().final_label() if slot == "photo-final" else None
            code = pharmacy.own("F", label.label_id, label.copy)[3:] if label else ""
            still = jpeg(photograph(Scene("bag", (slot, self.hood.preparation), code), "sharp"))
            said = self.hood.post(self.client, "photo", slot=slot, still=(io.BytesIO(still), "still.jpg")).get_json()
        elif raw := self.code(slot):
            said = self.hood.post(self.client, "scan", raw=raw).get_json()
        else:
            said = self.hood.post(self.client, "do", word="NEXT").get_json()
        assert self.hood.p().version > before, (slot, said)

    def code(self, slot: str) -> str:
        if slot == "cabinet":
            return pharmacy.cabinet_code()
        if slot == "label-scan":
            label = self.hood.p().final_label()
            assert label is not None
            return pharmacy.own("F", label.label_id, label.copy)
        if slot.startswith("device:"):
            return pharmacy.code_of(slot.split(":")[1])
        return self.shelf.codes.get(slot, "")

    def weigh(self, grams: str) -> None:
        """Empty the pan, put it on, and look on as the page does, until its reading may be taken."""
        self.hood.station.clear()
        self.seen("prompt", "Put it on the pan.")
        self.hood.station.put(grams)
        self.seen("ready", True)

    def seen(self, name: str, wanted: object) -> None:
        with patience() as may_wait:
            while may_wait():
                live = self.client.get(f"{self.hood.path}/live", headers=JSON).get_json()
                if live[name] == wanted:
                    return
                time.sleep(0.05)
        raise AssertionError(live)

    def take_label_off(self) -> None:
        """The last scan: the in-process label leaves the released dose (L5)."""
        label = self.hood.p().in_process
        assert label is not None
        answer = self.hood.post(self.client, "scan", raw=pharmacy.own("I", label.label_id, label.copy))
        assert self.hood.p().outcome == "released", answer.get_json()


def office(hood: Hood, member: Member = PAM) -> FlaskClient:
    """Somebody signed in at a desk."""
    client = hood.app.test_client()
    assert sign_in_desk(client, member).status_code == 302
    return client


def approve(hood: Hood) -> None:
    """Pam has seen every photo and signs the release."""
    pam, where = office(hood), f"/review/{hood.preparation}"
    form = form_of(pam.get(where).text, f"{where}/sign")
    seen = [photo.sha256 for photo in hood.p().photos()]
    signs = {**form, "user": PAM.user, "password": PAM.password, "seen": seen}
    assert pam.post(f"{where}/sign", data=signs).status_code in (302, 303)
