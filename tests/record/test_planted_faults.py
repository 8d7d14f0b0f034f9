"""Each fault planted in chain, verifier, checkpoints, keys and bundles is caught by the test that is named beside it."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import orjson
import pytest

from app.record import bundle_check, canonical, chain, ordertext, running, stretches, trust
from app.record import verify as verifying
from app.record.blobs import Blobs
from app.record.canonical import EVENT_TAG, NOTHING_BEFORE, ROW_TAG, SITE_TAG
from app.record.checkpoints import Comparison
from app.record.keys import Keyring, PublicKey, PublicKeys
from app.record.signer import Signer
from tests.planting import Fault, always, each, is_caught
from tests.record import (
    rewriting,
    test_abreast,
    test_blobs,
    test_bundle,
    test_canonical,
    test_checkpoints,
    test_format,
    test_tamper,
    test_verify,
)
from tests.record.test_abreast import short  # noqa: F401  # fixtures of the tests that are named
from tests.record.test_checkpoints import hundred, office  # noqa: F401
from tests.record.test_format import vectors  # noqa: F401


def unlinked(tag: bytes) -> Any:
    """A digest that says nothing of what stood before."""
    return lambda _before, content: sha256(tag + NOTHING_BEFORE + content).digest()


def unhashed(self: Blobs, name: str, conn: object = None) -> bytes | None:  # as it is called
    return self.shelf.read(name)


def believed(chain_: Any, found: Any, stretch: Any) -> bool:
    """Join a stretch on its own word."""
    chain_.seq = stretch.until
    chain_.sites.update(found.ended[0])
    chain_.streams.update(found.ended[1])
    return True


class Anybody:
    """A site at which every key was introduced."""

    class introduced(set[str]):  # named as what it stands for
        def __contains__(self, _key: object) -> bool:
            return True

    def __init__(self) -> None:
        self.introduced = Anybody.introduced()  # type: ignore[misc]  # the class's name, as an instance


OTHER_NAME = 'UPDATE order_text SET fields = \'{"family":"Roe"}\''

CHAIN = each(
    Fault("an event says nothing of the one before", canonical, "event_digest", unlinked(EVENT_TAG),
          test_format.test_q58_the_program_makes_the_published_digests),
    Fault("an event says nothing of its site's one before", canonical, "site_digest", unlinked(SITE_TAG),
          test_format.test_q58_the_program_makes_the_published_digests),
    Fault("a row says nothing of the row before", canonical, "row_digest", unlinked(ROW_TAG),
          test_format.test_q58_the_program_makes_the_published_digests),
    Fault("an event's digest is that of another kind of thing", canonical, "event_digest",
          lambda before, body: sha256(SITE_TAG + before + body).digest(), test_tamper.test_the_second_verifier_runs_alone),
    Fault("anything that JSON can say is recorded", canonical, "dump", orjson.dumps,
          test_canonical.test_q58_what_other_writers_would_write_differently_is_refused, {"value": 1.5, "word": "float"}),
    Fault("a body may say the same in other bytes", canonical, "parse", orjson.loads,
          test_canonical.test_q58_a_body_that_is_not_canonical_is_refused, {"text": '{"b":1,"a":2}'}),
)  # fmt: skip
VERIFIER = each(
    Fault("columns are not compared with the body", chain, "_says_the_same", always(True),
          test_verify.test_q59_every_flipped_byte_of_every_column_is_found_and_the_event_named, {"column": "who"}),
    Fault("gaps are not told", chain.ChainCheck, "_numbers", always(()),
          test_verify.test_every_number_that_is_missing_is_named,
          {"first": 9, "last": 9, "says": "row 10 comes after row 8: row 9 is missing, removed or moved"}),
    Fault("heads are not compared", verifying, "_heads", always(()),
          test_verify.test_what_points_at_the_log_is_compared_with_it,
          {"sql": "DELETE FROM event WHERE seq > 15", "expected": ("head", "MAIN 16")}),
    Fault("lists are not compared", verifying, "_views", always(()),
          test_verify.test_what_points_at_the_log_is_compared_with_it,
          {"sql": "UPDATE preparation SET version = 2", "expected": ("view", "preparation P1")}),
    Fault("histories are not compared", running, "check_rows", always(()),
          test_verify.test_what_points_at_the_log_is_compared_with_it,
          {"sql": "DELETE FROM refusal", "expected": ("row", "refusal 1")}),
    Fault("a row of a history may say anything", running, "_fits", always(True),
          test_tamper.test_fifty_random_tamperings_are_found_and_named),
    Fault("a patient's text may be another", ordertext, "is_text", always(True),
          test_verify.test_what_points_at_the_log_is_compared_with_it,
          {"sql": OTHER_NAME, "expected": ("order_text", "order_text OT1")}),
    Fault("a patient's text is believed by its own row", verifying, "_patient", always(()),
          test_verify.test_a_patients_text_is_compared_with_the_event_and_not_with_its_own_row_alone,
          {"sql": test_verify.SWAPPED, "says": "the text is not the one that MAIN 1 (P1 version 1) was recorded for"}),
    Fault("a photo is not hashed again", Blobs, "get", unhashed, test_verify.test_q61_every_flipped_byte_of_a_photo_is_found),
    Fault("a damaged photo is shown as the picture", Blobs, "get", unhashed,
          test_blobs.test_a_damaged_photo_is_never_shown_as_the_picture_and_is_mended_by_the_same_bytes),
    Fault("a missing photo is not told", verifying, "_photos", always(()), test_verify.test_q61_a_deleted_photo_is_found),
    Fault("triggers are not looked at", verifying, "schema_faults", always(()),
          test_verify.test_a_missing_trigger_is_a_fault),
    Fault("a stretch is joined on its own word", stretches, "join", believed,
          test_abreast.test_the_event_at_the_seam_is_not_believed_on_its_word, {"number": 3}),
)  # fmt: skip
CHECKPOINTS = each(
    Fault("any signature fits", PublicKey, "fits", always(True),
          test_checkpoints.test_every_flipped_bit_of_a_checkpoint_is_found),
    Fault("a checkpoint is not compared with the log", Comparison, "_compared", always(()),
          test_checkpoints.test_a_rolled_back_database_is_found),
    Fault("a checkpoint's histories are not compared", Comparison, "_tables_differ", always(()),
          test_checkpoints.test_a_rewritten_refusal_is_found_by_the_digest_in_the_checkpoint),
    Fault("trust goes on behind a fault", Comparison, "broken", always(None),
          test_checkpoints.test_trust_ends_before_the_first_fault),
    Fault("a new key need not be introduced", trust, "_Site", Anybody,
          test_checkpoints.test_q62_a_new_key_that_the_old_one_did_not_introduce_is_a_fault),
    Fault("a revoked key counts", PublicKeys, "__or__", lambda one, other: PublicKeys({**one.keys, **other.keys}, ()),
          test_checkpoints.test_q62_a_revoked_key_counts_for_nothing_from_its_event_on),
    Fault("a history that does not continue is signed", Signer, "_continues", always(None),
          test_checkpoints.test_a_history_that_does_not_continue_is_not_signed, {"change": rewriting.edited(40)}),
    Fault("a key that others may open is used", Keyring, "_belongs_to_us", staticmethod(always(None)),
          test_checkpoints.test_q62_keys_that_others_may_open_are_not_used),
    Fault("a bundle's photos are not looked at", bundle_check._Bundle, "_blobs", always(()),
          test_bundle.test_one_flipped_bit_in_any_file_is_found, {"preparation": None}),
    Fault("a bundle's chain is not followed", bundle_check._Bundle, "_chain", always(()),
          test_bundle.test_one_flipped_bit_in_any_file_is_found, {"preparation": None}),
    Fault("a bundle's checkpoints are not compared", bundle_check._Bundle, "_checkpoints", always(()),
          test_bundle.test_a_forger_who_signs_anew_is_found_against_the_keys_given),
)  # fmt: skip


@CHAIN
def test_a_fault_of_the_chain_is_caught(fault: Fault, request: pytest.FixtureRequest) -> None:
    is_caught(fault, request)


@VERIFIER
def test_a_fault_of_the_verifier_is_caught(fault: Fault, request: pytest.FixtureRequest) -> None:
    is_caught(fault, request)


@CHECKPOINTS
def test_a_fault_of_checkpoints_keys_and_bundles_is_caught(fault: Fault, request: pytest.FixtureRequest) -> None:
    is_caught(fault, request)
