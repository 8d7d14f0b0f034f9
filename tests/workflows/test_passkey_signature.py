"""A passkey's answer counts for one meaning over one record of one preparation by one person, or not at all (Q28)."""

import json
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from tests.cast import PAM
from tests.workflows.answers import done, refused, would
from tests.workflows.example import Bench
from workflows import passkeys
from workflows.commands import Submit
from workflows.evidence import Signature
from workflows.upcasting import newest, upcast

ASKED: Any = {"release_signature": "passkey", "preparation": "P1"}
"""A site that asks for passkeys, and the preparation in hand."""


@pytest.fixture
def checking() -> Bench:
    bench = Bench()
    bench.until_check()
    return bench


def by_key(bench: Bench, **changes: Any) -> Signature:
    signed = passkeys.as_if_signed(bench.sign("approved for release"), "P1", PAM.id)
    assert signed.assertion is not None
    return replace(signed, assertion=replace(signed.assertion, **changes))


def test_the_challenge_is_the_published_one() -> None:
    text = '{"meaning":"approved for release","nonce":"n","over":"ab","preparation":"P1","signer":"pam"}'
    assert passkeys.challenge("approved for release", "ab", "P1", "pam", "n") == (
        sha256(b"vialtrace/sign/1\0" + text.encode()).digest()
    )


def test_q28_a_site_that_asks_for_a_passkey_takes_no_password(checking: Bench) -> None:
    password = Submit("", checking.sign("approved for release"))
    done(would(checking, password, PAM))
    assert refused(would(checking, password, PAM, **ASKED)) == "PASSKEY_NEEDED"
    done(would(checking, Submit("", by_key(checking)), PAM, **ASKED))


def test_q28_where_none_is_asked_for_one_still_has_to_be_for_this_signature(checking: Bench) -> None:
    done(would(checking, Submit("", by_key(checking)), PAM, preparation="P1"))
    assert refused(would(checking, Submit("", by_key(checking)), PAM, preparation="P2")) == "NOT_THIS_SIGNATURE"


def test_q28_an_answer_for_anything_else_is_refused(checking: Bench) -> None:
    good = by_key(checking)
    others = {
        "another preparation": passkeys.as_if_signed(good, "P2", PAM.id),
        "another signer": passkeys.as_if_signed(good, "P1", "quin"),
        "another meaning": replace(
            passkeys.as_if_signed(replace(good, meaning="rejected"), "P1", PAM.id), meaning=good.meaning
        ),
        "an older page": replace(passkeys.as_if_signed(replace(good, over="0" * 64), "P1", PAM.id), over=good.over),
        "another nonce": by_key(checking, nonce="other"),
        "another name": by_key(checking, name="elsewhere.example"),
        "no answer": replace(good, assertion=None),
        "not the page": by_key(checking, client_data="e30"),
        "nonsense": by_key(checking, client_data="%%"),
        "half": by_key(checking, authenticator_data="AAAA"),
        "nobody recognised": by_key(checking, authenticator_data=_data(flags=1)),
        "nobody there": by_key(checking, authenticator_data=_data(flags=4)),
    }
    done(would(checking, Submit("", good), PAM, **ASKED))
    answers = {why: refused(would(checking, Submit("", one), PAM, **ASKED)) for why, one in others.items()}
    assert answers == dict.fromkeys(others, "NOT_THIS_SIGNATURE")


def _data(flags: int) -> str:
    return passkeys.to_text(sha256(b"").digest() + bytes((flags,)) + bytes(4))


def test_a_registration_is_no_signature(checking: Bench) -> None:
    good = by_key(checking)
    assert good.assertion is not None
    page = json.loads(passkeys.from_text(good.assertion.client_data)) | {"type": "webauthn.create"}
    made = by_key(checking, client_data=passkeys.to_text(json.dumps(page).encode()))
    assert refused(would(checking, Submit("", made), PAM, **ASKED)) == "NOT_THIS_SIGNATURE"


@pytest.mark.parametrize("text", ["A", "AA==", "A A", "AB", "é", "AAAA\n"])
def test_only_what_a_browser_writes_is_read(text: str) -> None:
    with pytest.raises(ValueError, match="not base64url"):
        passkeys.from_text(text)


@pytest.mark.parametrize("raw", [b"", b"a", b"ab", b"abc", bytes(range(256))])
def test_what_is_written_is_read_again(raw: bytes) -> None:
    assert passkeys.from_text(passkeys.to_text(raw)) == raw


def test_q11_a_signature_of_before_passkeys_is_read_as_one_without() -> None:
    signature = {"kind": "signature", "name": "Pam"}
    assert upcast("accepted", 1, {"slot": "approve", "evidence": signature})["evidence"]["assertion"] is None
    assert upcast("accepted", 1, {"slot": "vial:1", "evidence": {"kind": "scan"}}) == {
        "slot": "vial:1",
        "evidence": {"kind": "scan"},
        "cosigned": None,
    }
    assert upcast("remade", 1, {"reason": "label", "signature": {"name": "Pam"}})["signature"]["assertion"] is None
    assert (newest("accepted"), newest("handed_over"), newest("opened")) == (6, 3, 2)
