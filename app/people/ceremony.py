"""What the passkey library is asked: the question for a browser, and whether its answer holds. Loaded with the first passkey."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

DOES_NOT_HOLD = (ValueError, TypeError, KeyError, AttributeError)
"""What an answer that is none raises in the library, beside its own exception."""


@dataclass(frozen=True)
class Site:
    """As what browsers know this vialtrace: passkeys are bound to both."""

    name: str
    """Host name."""
    origin: str
    """Scheme, host name and port."""


@dataclass(frozen=True)
class NewKey:
    """What a browser registered."""

    credential: bytes
    """Its id."""
    public_key: bytes
    """COSE."""
    count: int
    """How often it was used."""
    model: str
    """AAGUID of the authenticator."""


def ask_for_new(
    site: Site, *, called: str, person: str, user: str, name: str, challenge: bytes, known: Sequence[bytes]
) -> str:
    """Return the question for a new passkey, as JSON; one of `known` does not answer it."""
    from webauthn import generate_registration_options, options_to_json
    from webauthn.helpers import structs

    options = generate_registration_options(
        rp_id=site.name,
        rp_name=called,
        user_id=person.encode(),
        user_name=user,
        user_display_name=name,
        challenge=challenge,
        exclude_credentials=[structs.PublicKeyCredentialDescriptor(id=one) for one in known],
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
    )
    return str(options_to_json(options))


def ask_for_answer(site: Site, challenge: bytes, allowed: Sequence[bytes] = ()) -> str:
    """Return the question for an answer by one of `allowed`, or by any passkey of the site, as JSON.

    A passkey recognises who uses it, by finger, face or its own PIN: possession alone never counts.
    """
    from webauthn import generate_authentication_options, options_to_json
    from webauthn.helpers import structs

    options = generate_authentication_options(
        rp_id=site.name,
        challenge=challenge,
        allow_credentials=[structs.PublicKeyCredentialDescriptor(id=one) for one in allowed] or None,
        user_verification=structs.UserVerificationRequirement.REQUIRED,
    )
    return str(options_to_json(options))


def registered(raw: Mapping[str, Any], challenge: bytes, site: Site) -> NewKey | None:
    """Return the key that answered, or None where the answer does not hold."""
    from webauthn import verify_registration_response
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        made = verify_registration_response(
            credential=dict(raw),
            expected_challenge=challenge,
            expected_rp_id=site.name,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, *DOES_NOT_HOLD):
        return None
    return NewKey(made.credential_id, made.credential_public_key, made.sign_count, str(made.aaguid))


def answered(raw: Mapping[str, Any], challenge: bytes, site: Site, *, public_key: bytes, count: int) -> bool:
    """Say whether the answer was given by this key to this challenge on this site, its user recognised."""
    from webauthn import verify_authentication_response
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        verify_authentication_response(
            credential=dict(raw),
            expected_challenge=challenge,
            expected_rp_id=site.name,
            expected_origin=site.origin,
            credential_public_key=public_key,
            credential_current_sign_count=count,
            require_user_verification=True,
        )
    except (WebAuthnException, *DOES_NOT_HOLD):
        return False
    return True
