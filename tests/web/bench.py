"""The worked example made for real in a test: orders by HL7, every step through the dispatcher, photos as files."""

from __future__ import annotations

import io
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal as D
from typing import Any

import zxingcpp
from PIL import Image, ImageDraw
from sqlalchemy import select, update

from app import clock
from app.catalogue import recipes
from app.dispatch import Ask, Dispatcher, Outcome
from app.interfaces.demo import demo_orders
from app.interfaces.hl7 import read
from app.interfaces.intake import Intake
from app.interfaces.profile import load_profile
from app.interfaces.tables import ordered
from app.people.actors import actor
from app.preparations import load
from app.record import blobs
from app.stations import register
from app.stations.tables import balance
from app.web.house import House
from tests.cast import CURRENT, cosigned
from tests.people.cast import ANN, PAM, Member
from tests.workflows.example import BAG, BALANCE, CABINET, DILUENT, POLICY, RECIPE, device, scan, vial, weigh
from workflows import commands as asked
from workflows.circumstances import Actor
from workflows.evidence import Confirmation, Evidence, LabelCode, Photo, PictureCode, Printed, Signature
from workflows.preparation import Preparation
from workflows.recipe import Policy, Recipe

NOTHING = "a code that names nothing here"
PRINTER = Actor("system:printer", "label printer", frozenset({"system"}))
PROFILE = load_profile("oncehr")


def picture(name: str, size: tuple[int, int] = (1920, 1080), code: str = "") -> bytes:
    """A photo of its own: a coloured ground, a name, fine lines; with the DataMatrix of one of our labels where it is given."""
    made = Image.new("RGB", size, (40 + sum(name.encode()) % 60, 90, 110))
    pen = ImageDraw.Draw(made)
    for x in range(0, size[0], 40):
        pen.line((x, 0, size[0] - x, size[1]), fill=(120, 160, 170), width=2)
    pen.rectangle((size[0] // 3, size[1] // 4, size[0] * 2 // 3, size[1] * 3 // 4), fill=(245, 245, 240))
    pen.text((size[0] // 3 + 30, size[1] // 2 - 40), name, fill=(10, 10, 10), font_size=64)
    if code:
        symbol = zxingcpp.create_barcode(code, zxingcpp.BarcodeFormat.DataMatrix, force_square=True)
        made.paste(Image.fromarray(symbol.to_image(scale=10, add_quiet_zones=True)).convert("RGB"), (20, 20))
    out = io.BytesIO()
    made.save(out, "JPEG", quality=90)
    return out.getvalue()


@dataclass
class Seeded:
    """A pharmacy's own recipe, policy, balance and cabinet, and a way to make preparations in it."""

    house: House
    started: datetime = field(default_factory=lambda: clock.now() - timedelta(minutes=40))
    recipe: Recipe = RECIPE
    policy: Policy = POLICY
    numbers: int = 0
    furnished: bool = False

    def __post_init__(self) -> None:
        if self.furnished:
            return

        def rows(conn: Any) -> None:
            early = self.started - timedelta(days=1)
            recipes.add_recipe(conn, self.recipe, effective_from=early)
            recipes.add_policy(conn, self.house.settings.site, self.policy, effective_from=early)
            later = clock.now() + timedelta(days=90)
            scale = replace(BALANCE, checked_at=early, check_valid_until=later, calibrated_until=later)
            register.register_balance(conn, scale, station="HOOD-1", at=early, who="setup")
            conn.execute(update(balance).values(checked_at=self.started, check_valid_until=later))
            found = replace(CABINET, certified_until=later, decontaminated=True)
            register.register_cabinet(conn, found, label="BSC00002", station="HOOD-1", at=early, who="setup")

        self.house.store.write(rows)

    def message(self, number: int = 0, **changes: str) -> bytes:
        """The demo's message of this number, with texts replaced."""
        raw = demo_orders(self.started, PROFILE.zone)[number][1].decode()
        for old, new in changes.items():
            raw = raw.replace(old, new)
        return raw.encode()

    def receive(self, raw: bytes) -> str:
        """Take a message in and return the preparation of its order, if one was opened."""
        self.numbers += 1
        reading = read(raw, [PROFILE])
        intake = Intake(self.house.dispatcher, self.house.blobs)
        handled, _ = intake.receive(reading, at=self.started, own_id=f"A{self.numbers:06}")
        if not handled.verdict.changes:
            return ""
        with self.house.store.reading() as conn:
            placer = handled.verdict.changes[0].key.placer
            return str(conn.execute(select(ordered.c.preparation).where(ordered.c.key.contains(placer))).scalar_one())

    def order(self, placer: str = "DEMO1001", **changes: str) -> str:
        """Receive one cyclophosphamide order under this number and return its preparation."""
        return self.receive(self.message(0, DEMO1001=placer, DEMO000001=f"M-{placer}", **changes))

    def begin(self, placer: str = "DEMO1001", **changes: str) -> Making:
        """Receive an order and hand back its preparation, not verified yet."""
        return Making(self, self.order(placer, **changes), self.started)


@dataclass
class Making:
    """One preparation on its way; time goes on by itself, in the near past."""

    seeded: Seeded
    id: str
    at: datetime
    step: timedelta = timedelta(seconds=20)
    shots: dict[str, str] = field(default_factory=dict)
    maker: Member = ANN
    station: str = "HOOD-1"

    @property
    def house(self) -> House:
        return self.seeded.house

    @property
    def p(self) -> Preparation:
        with self.house.store.reading() as conn:
            found = load(conn, self.id)
        assert found is not None
        return found

    def who(self, member: Member | Actor) -> Actor:
        if isinstance(member, Actor):
            return member
        with self.house.store.reading() as conn:
            return replace(actor(conn, member.id, self.house.settings, clock.now()), competencies=CURRENT)

    def ask(
        self, command: asked.Command, member: Member | Actor | None = None, second: Member | None = None
    ) -> Outcome:
        member = member or self.maker
        dispatcher = Dispatcher(self.house.store, self.house.settings, lambda: self.at)
        dispatcher.counted = self.house.dispatcher.counted
        dispatcher.order_blocked = self.house.dispatcher.order_blocked
        desk = isinstance(member, Member) and not {"technician", "lead_technician"} & set(member.roles)
        ask = Ask(
            clock.new_command_id(),
            self.id,
            command,
            self.who(member),
            station="" if desk else self.station,
            second=self.who(second) if second else None,
            cosigned=cosigned(self.who(second), self.p.digest, self.at) if second else None,
            expected_version=self.p.version,
        )
        outcome = dispatcher.do(ask)
        self.at += self.step
        return outcome

    def do(
        self, evidence: Evidence, member: Member | Actor | None = None, slot: str = "", second: Member | None = None
    ) -> None:
        outcome = self.ask(asked.Submit(slot, evidence), member, second)
        assert outcome.kind == "accepted", outcome

    def sign(self, meaning: Any, member: Member = PAM) -> Signature:
        p, who = self.p, self.who(member)
        seen = (*(one.sha256 for one in p.photos()), *(one for name, one in self.shots.items() if "label" in name))
        accepts = tuple(entry.slot for entry in p.typed())
        return Signature(meaning, who.name, who.licence, "password", 2, p.digest, seen, accepts)

    def shoot(self, name: str, size: tuple[int, int] = (1920, 1080)) -> Photo:
        kept = self.house.blobs.put(picture(f"{name} {self.id}", size), "image/jpeg")
        self.house.store.write(lambda conn: blobs.enter(conn, kept, at=self.at, identifying=name == "final"))
        self.shots[name] = kept.sha256
        codes = (PictureCode("]d1%VT-U-CYA00001K%", f"a vial beside {name}", True), PictureCode("", NOTHING, False))
        return Photo(kept.sha256, *size, "good", (), D("312.4"), "camera of HOOD-1", codes)

    def label(self, kind: Any) -> Printed:
        return Printed(kind, self.id if kind == "final" else self.id[::-1], 1, "ab" * 32, "spool")

    def until_claimed(self) -> Making:
        self.do(self.sign("order verified"), PAM)
        assert self.ask(asked.Claim()).kind == "accepted"
        self.ask(asked.RecordLabel(self.label("in_process")), PRINTER)
        return self

    def until_staged(
        self, *, near_miss: bool = False, typed: bool = False, witness: Member | None = None, took_back: bool = False
    ) -> Making:
        self.until_claimed()
        self.do(scan(replace(CABINET, certified_until=self.at + timedelta(days=90), decontaminated=True)))
        for item in self.p.policy.ppe:
            self.do(Confirmation(item))
        if near_miss:
            strong = vial(
                "W", concentration_mg_ml=D("100"), ndc="0781-3529-10", item_id="cyclophosphamide-100", lot="WR5510"
            )
            assert self.ask(asked.Submit("", scan(strong))).kind == "rejected"
        if typed:
            shot = self.shoot("label of vial A")
            self.do(scan(vial(f"A/{self.id}"), "typed", shot.sha256), second=witness)
        else:
            self.do(scan(vial(f"A/{self.id}")))
        if took_back:
            assert self.ask(asked.Back("the label was smeared")).kind == "accepted"
            self.do(scan(vial(f"A/{self.id}")))
        for found in (vial(f"B/{self.id}"), replace(DILUENT, unit=f"N/{self.id}"), replace(BAG, unit=f"D/{self.id}")):
            self.do(scan(found))
        for number, part in enumerate(self.p.plan.devices):
            self.do(scan(device(part, f"{self.id}/{number}")))
        self.do(self.shoot("staged"))
        return self

    def until_drawn(self, **how: Any) -> Making:
        self.until_staged(**how)
        for before, after in (("30.11", "55.17"), ("30.05", "55.25")):
            self.do(weigh(before, self.at))
            self.do(weigh(after, self.at))
            self.do(Confirmation("dissolved and clear"))
        for before, after in (("18.42", "42.97"), ("18.40", "42.71")):
            self.do(weigh(before, self.at))
            self.do(weigh(after, self.at))
        for after in ("30.62", "30.94") if self.p.policy.weigh_vials else ():
            self.do(weigh(after, self.at))
        self.do(self.shoot("syringes"))
        return self

    def until_check(self, **how: Any) -> Making:
        self.until_drawn(**how)
        if self.p.recipe.hold:
            self.do(self.sign("pre-mix approved"), PAM)
        return self.mix()

    def mix(self) -> Making:
        self.do(weigh("287.60", self.at))
        self.do(weigh("336.30", self.at))
        self.do(self.shoot("empty"))
        self.do(self.label("final"), PRINTER)
        self.do(scan(LabelCode("final", self.id, 1, self.id, False)))
        self.do(self.shoot("final"))
        return self

    def release(self) -> Making:
        self.do(scan(LabelCode("in_process", self.id[::-1], 1, self.id, False)))
        return self

    def until_closed(self, **how: Any) -> Making:
        self.until_check(**how)
        self.do(self.sign("approved for release"), PAM)
        self.release()
        self.do(Confirmation("leftovers discarded"))
        return self
