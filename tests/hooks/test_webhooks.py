"""Webhooks: signed over id, timestamp and body, in order for each preparation, the same body again, nothing sent in clear."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from app.catalogue.hazards import Acting
from app.clock import now
from app.hooks import register
from app.hooks.delivery import Post, Posts, post
from app.hooks.notices import attach
from app.hooks.register import NotRegisteredError, Subscription, why_not
from app.hooks.signature import headers, secret_of
from app.interfaces.intake import Intake
from app.interfaces.senders import Senders
from app.record import outbox
from tests import pharmacy
from tests.interfaces.cases import PROFILE
from tests.interfaces.test_telling import do, opened, pharmacy_of
from tests.pharmacy import Set
from workflows import commands as asked

KEY = bytes(range(32))


class Far:
    """The receiver: remembers each post with its headers, and answers as it is told, then 204."""

    def __init__(self) -> None:
        far = self
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                far.heard.append((dict(self.headers.items()), body))
                self.send_response(far.answers.pop(0) if far.answers else 204)
                self.send_header("Location", "/elsewhere")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook?of=oncology"
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self._thread.join(10)

    @property
    def said(self) -> list[Any]:
        return [json.loads(body) for _, body in self.heard]


@contextmanager
def far_side() -> Iterator[Far]:
    far = Far()
    try:
        yield far
    finally:
        far.close()


@contextmanager
def telling(folder: Path, far: Far, **changes: Any) -> Iterator[tuple[Set, Intake, Post]]:
    with pharmacy_of(folder, PROFILE) as (rooms, intake, _):
        attach(rooms.dispatcher, Senders([PROFILE]))
        to = replace(Subscription("H1", "board", far.url, ("Task",), "id", ""), **changes)
        settings = rooms.dispatcher.settings
        rooms.store.write(lambda conn: register.register(Acting(conn, settings, "ADA00007", now()), to))
        yield rooms, intake, Post(rooms.store, settings, rooms.blobs, KEY, "H1", now)


def deliver(post: Post) -> None:
    while post.step():
        pass


def checked(head: dict[str, str], body: bytes, secret: str) -> bool:
    """Whether a message bears a signature of this secret, by the words of the documentation alone."""
    signed = f"{head['Vialtrace-Id']}.{head['Vialtrace-Timestamp']}.".encode() + body
    expected = "v1=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return expected in head["Vialtrace-Signature"].split(",")


@pytest.mark.parametrize(
    ("endpoint", "permitted", "refused"),
    [
        ("https://ehr.example/hook", (), False),
        ("http://127.0.0.1:8080/hook", (), False),
        ("http://[::1]/hook", (), False),
        ("http://localhost/hook", (), False),
        ("http://ehr.example/hook", (), True),
        ("http://ehr.example/hook", ("ehr.example",), False),
        ("http://127.0.0.1.ehr.example/hook", (), True),
        ("http://10.0.0.1/hook", (), True),
        ("https://name:word@ehr.example/", (), True),
        ("ftp://ehr.example/", (), True),
        ("https://", (), True),
        ("https://ehr.example:99999/", (), True),
        ("https://ehr.example/\r\nX: y", (), True),
        ("", (), True),
    ],
)
def test_nothing_is_posted_in_clear_beyond_this_machine_unless_it_is_permitted(
    endpoint: str, permitted: tuple[str, ...], refused: bool
) -> None:
    assert bool(why_not(endpoint, permitted)) is refused


def test_a_secret_is_one_subscriptions_own_and_each_rotation_another() -> None:
    made = {secret_of(key, id, number) for key in (KEY, bytes(32)) for id in ("H1", "H2") for number in (1, 2)}
    assert len(made) == 8
    assert secret_of(KEY, "H1", 1) == secret_of(KEY, "H1", 1)


def test_for_a_day_after_a_rotation_both_secrets_sign() -> None:
    at = datetime(2027, 3, 1, 12, tzinfo=UTC)
    to = Subscription("H1", "board", "https://x.example/", ("Task",), "id", "", secret=2, rotated_at=at)
    old, new = secret_of(KEY, "H1", 1), secret_of(KEY, "H1", 2)
    for later, both in ((timedelta(hours=23), True), (timedelta(hours=24), False)):
        head = headers(KEY, to, "N1", b"{}", at + later)
        assert (checked(head, b"{}", new), checked(head, b"{}", old)) == (True, both)
        assert not checked(head, b"{ }", new)
        assert not checked({**head, "Vialtrace-Timestamp": "1"}, b"{}", new)
        assert not checked({**head, "Vialtrace-Id": "N2"}, b"{}", new)


def test_the_example_in_the_documentation_takes_what_is_signed_and_nothing_else() -> None:
    page = (Path(__file__).parents[2] / "docs" / "interfaces.md").read_text("utf-8")
    names: dict[str, Any] = {}
    exec(page.split("```python\n")[1].split("```")[0], names)
    check, at = names["is_from_the_pharmacy"], datetime(2027, 3, 1, 12, tzinfo=UTC)
    to = Subscription("H1", "board", "https://x.example/", ("Task",), "id", "")
    head, secret = headers(KEY, to, "N1", b"{}", at), secret_of(KEY, "H1", 1)
    soon, late = (lambda: at.timestamp() + 9), (lambda: at.timestamp() + 999)
    assert check(head, b"{}", secret, now=soon)
    assert not check(head, b"{}", secret, now=late)
    assert not check(head, b"{ }", secret, now=soon)
    assert not check(head, b"{}", secret_of(KEY, "H2", 1), now=soon)
    assert not check({**head, "Vialtrace-Id": "N2"}, b"{}", secret, now=soon)


def test_each_change_of_state_is_told_in_order_signed_and_names_no_patient(tmp_path: Path) -> None:
    with far_side() as far, telling(tmp_path, far) as (rooms, intake, post):
        preparation = opened(rooms, intake, pharmacy.message(now()))
        pharmacy.sign(rooms, preparation, "verify", "order verified")
        do(rooms, preparation, asked.Claim())
        deliver(post)
        versions = [one["parameter"][1]["valueString"] for one in far.said]
        assert versions == sorted(versions, key=int)
        assert len(versions) == 3
        assert {one["parameter"][0]["valueReference"]["reference"] for one in far.said} == {f"Task/task-{preparation}"}
        secret = secret_of(KEY, "H1", 1)
        assert all(checked(head, body, secret) for head, body in far.heard)
        assert len({head["Vialtrace-Id"] for head, _ in far.heard}) == 3
        assert all(b"Marta" not in body and b"10234567" not in body for _, body in far.heard)


def test_the_whole_resource_is_as_it_stood_when_it_happened(tmp_path: Path) -> None:
    with far_side() as far, telling(tmp_path, far, content="full") as (rooms, intake, post):
        preparation = opened(rooms, intake, pharmacy.message(now()))
        pharmacy.sign(rooms, preparation, "verify", "order verified")
        do(rooms, preparation, asked.Claim())
        do(rooms, preparation, asked.Pause("equipment", "the lamp flickers"))
        deliver(post)
    told = [(one["status"], one["businessStatus"]["coding"][0]["code"]) for one in far.said]
    assert told == [("requested", "ordered"), ("requested", "ready"), ("in-progress", "claimed"), ("on-hold", "paused")]
    assert all(one["for"]["identifier"]["value"] == "10234567" for one in far.said)


def states(rooms: Set) -> list[str]:
    with rooms.store.reading() as conn:
        return [one.status for one in reversed(outbox.of_kinds(conn, ("hook/H1",), 99))]


def test_a_refusal_is_a_dead_letter_that_holds_back_its_preparation_and_no_other(tmp_path: Path) -> None:
    with far_side() as far, telling(tmp_path, far) as (rooms, intake, post):
        first = opened(rooms, intake, pharmacy.message(now()))
        far.answers = [404]
        deliver(post)
        pharmacy.sign(rooms, first, "verify", "order verified")
        deliver(post)
        assert (states(rooms), len(far.heard)) == (["stuck", "waiting"], 1)
        second = pharmacy.message(now()).replace(b"ORD", b"XRD").replace(b"RDE_O11|M", b"RDE_O11|N")
        intake.receive(pharmacy_read(second), at=now(), own_id="A2")
        deliver(post)
        assert (states(rooms), len(far.heard)) == (["stuck", "waiting", "done"], 2)
        with rooms.store.reading() as conn:
            dead = next(one for one in outbox.unfinished(conn) if one.status == "stuck")
        rooms.store.write(lambda conn: outbox.retry(conn, dead.id, at=now()))
        deliver(post)
        assert states(rooms) == ["done", "done", "done"]
        assert far.heard[2][1] == far.heard[0][1]
        assert far.heard[2][0]["Vialtrace-Id"] == far.heard[0][0]["Vialtrace-Id"]


def pharmacy_read(raw: bytes) -> Any:
    from app.interfaces.hl7 import read

    return read(raw, [PROFILE])


def test_who_is_busy_hears_the_same_body_later(tmp_path: Path) -> None:
    with far_side() as far, telling(tmp_path, far, content="full") as (rooms, intake, post):
        at = now()
        post._now = lambda: at
        opened(rooms, intake, pharmacy.message(now()))
        at = now()
        far.answers = [503]
        assert post.step()
        assert (states(rooms), post.step()) == (["waiting"], False)
        at += timedelta(seconds=2)
        assert post.step()
        assert states(rooms) == ["done"]
        assert far.heard[0][1] == far.heard[1][1]
        assert far.heard[0][0]["Vialtrace-Signature"] != far.heard[1][0]["Vialtrace-Signature"]


def test_what_each_answer_means() -> None:
    later, never = (500, 503, 429, 408), (400, 401, 404, 410, 422, 301)
    with far_side() as far:
        far.answers = [200, 202, 204, *later, *never]
        heard = [post(far.url, b"{}", {}) for _ in range(3 + len(later) + len(never))]
    assert [one.done for one in heard] == [True] * 3 + [False] * 10
    assert [one.again for one in heard[3:]] == [True] * 4 + [False] * 6


def test_a_redirect_is_never_followed_and_nobody_there_is_tried_again() -> None:
    with far_side() as far:
        far.answers = [307]
        heard = post(far.url, b"{}", {})
        assert (heard.done, heard.again, len(far.heard)) == (False, False, 1)
        url = far.url
    gone = post(url, b"{}", {}, within=2)
    assert (gone.done, gone.again) == (False, True)


def test_only_the_orders_of_its_sender_are_told_and_nothing_while_it_is_off(tmp_path: Path) -> None:
    with far_side() as far, telling(tmp_path, far, sender="elsewhere") as (rooms, intake, post):
        preparation = opened(rooms, intake, pharmacy.message(now()))
        settings = rooms.dispatcher.settings

        def act(work: Any) -> Any:
            return rooms.store.write(lambda conn: work(Acting(conn, settings, "ADA00007", now())))

        act(lambda it: register.register(it, Subscription("H2", "off", far.url, ("Task",), "id", PROFILE.name)))
        act(lambda it: register.switch(it, "H2", False))
        pharmacy.sign(rooms, preparation, "verify", "order verified")
        with rooms.store.reading() as conn:
            assert [one for one in outbox.unfinished(conn) if one.kind.startswith("hook/")] == []
        act(lambda it: register.switch(it, "H2", True))
        do(rooms, preparation, asked.Claim())
        deliver(post)
        deliver(Post(rooms.store, settings, rooms.blobs, KEY, "H2", now))
        assert len(far.heard) == 1


def test_a_host_that_is_permitted_no_more_hears_nothing(tmp_path: Path) -> None:
    with far_side() as far, telling(tmp_path, far) as (rooms, intake, post):
        opened(rooms, intake, pharmacy.message(now()))
        wrong = Subscription("H3", "clear", "http://ehr.example/", ("Task",), "id", "")
        settings = rooms.dispatcher.settings
        with pytest.raises(NotRegisteredError, match="without TLS"):
            rooms.store.write(lambda conn: register.register(Acting(conn, settings, "ADA00007", now()), wrong))
        permitting = settings.model_copy(update={"plain_webhooks": ("ehr.example",)})
        rooms.store.write(lambda conn: register.register(Acting(conn, permitting, "ADA00007", now()), wrong))
        do_nothing = Post(rooms.store, settings, rooms.blobs, KEY, "H3", now)
        pharmacy.sign(rooms, pharmacy_only(rooms), "verify", "order verified")
        assert do_nothing.step()
        with rooms.store.reading() as conn:
            (row,) = outbox.of_kinds(conn, ("hook/H3",), 9)
        assert (row.status, "without TLS" in row.says) == ("stuck", True)
        deliver(post)


def pharmacy_only(rooms: Set) -> str:
    from app.record import views

    with rooms.store.reading() as conn:
        (row,) = views.preparations(conn)
    return row.id


def test_a_subscription_has_a_thread_of_its_own_once_it_is_registered(tmp_path: Path) -> None:
    with far_side() as far, telling(tmp_path, far) as (rooms, intake, _):
        posts = Posts(rooms.store, rooms.dispatcher.settings, rooms.blobs, KEY, now)
        came = threading.Event()
        far.answers = [204]
        opened(rooms, intake, pharmacy.message(now()))
        posts.look()
        try:
            for _ in range(600):
                if far.heard:
                    came.set()
                    break
                came.wait(0.1)
            assert came.is_set()
        finally:
            posts.close()
