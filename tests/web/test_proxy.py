"""A proxy on this machine may say that the tablet came by TLS; nobody else may (Q34)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.people.cast import PAM
from tests.web.conftest import Pharmacy, sign_in_desk

SAYS = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "pharmacy.example", "X-Forwarded-For": "10.0.0.7"}


def test_q34_behind_a_proxy_on_this_machine_cookies_are_those_of_tls(make_pharmacy: Callable[..., Pharmacy]) -> None:
    client = make_pharmacy(behind_proxy=True).client()
    page = client.get("/sign-in", headers=SAYS)
    assert "NOT A SECURE CONTEXT" not in page.text
    assert "max-age=31536000" in page.headers["Strict-Transport-Security"]
    assert "__Host-" in page.headers["Set-Cookie"]
    assert sign_in_desk(client, PAM, headers=SAYS, base_url="https://pharmacy.example").status_code == 302


@pytest.mark.parametrize("setting", [True, False])
def test_q34_from_another_machine_such_headers_make_nothing_secure(
    make_pharmacy: Callable[..., Pharmacy], setting: bool
) -> None:
    client = make_pharmacy(behind_proxy=setting).client()
    far = {"environ_base": {"REMOTE_ADDR": "10.0.0.9"}, "base_url": "http://pharmacy.example"}
    page = client.get("/sign-in", headers=SAYS, **far)
    assert "NOT A SECURE CONTEXT" in page.text
    assert "Strict-Transport-Security" not in page.headers


def test_q34_without_the_setting_not_even_this_machine_is_believed(pharmacy: Pharmacy) -> None:
    page = pharmacy.client().get("/sign-in", headers=SAYS, base_url="http://pharmacy.example")
    assert "NOT A SECURE CONTEXT" in page.text
