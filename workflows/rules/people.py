"""Who may do it: roles, competencies, one's own work, signatures (R25, R29, R44, R52)."""

from __future__ import annotations

from workflows import passkeys
from workflows.circumstances import Actor, Circumstances
from workflows.evidence import Printed, Scan, Signature
from workflows.findings import Finding, Refused
from workflows.oral import is_oral
from workflows.preparation import Preparation
from workflows.rules.dating import beyond_use
from workflows.rules.expiry import recalled_since
from workflows.rules.rule import Case, Rule

TECHNICIAN = frozenset({"technician", "lead_technician"})
PHARMACIST = frozenset({"pharmacist"})
LOOK_AGAIN = "Open the page again and look at what changed."


def lapsed(p: Preparation, who: Actor, now: Circumstances) -> tuple[str, ...]:
    """Return the competency codes that `who` lacks or has let lapse (R44)."""
    return tuple([code for code in wanted_of(p) if not who.holds(code, now.at)])


def wanted_of(p: Preparation) -> tuple[str, ...]:
    """Return the competency codes that this preparation asks of a technician: more for a pump and for the mouth (R44, G33)."""
    pump = p.policy.pump_competencies if p.planned.container == "cassette" else ()
    mouth = p.policy.counting.competencies if p.policy.counting and is_oral(p.planned.container) else ()
    return (*p.policy.competencies, *pump, *mouth)


def may_compound(p: Preparation, who: Actor, now: Circumstances) -> Refused | None:
    """Say why `who` may not do technician's work on this preparation, or None (R44).

    Emergency access lets somebody finish or stop what is running already. It begins nothing, and releases nothing (Q30).
    """
    unable = entitled(p, who, now)
    return None if unable and p.claimed_by and who.in_emergency(now.at) else unable


def entitled(p: Preparation, who: Actor, now: Circumstances) -> Refused | None:
    """Say why `who` is no technician with current competencies, or None; emergency access counts for nothing here."""
    if not who.roles & TECHNICIAN:
        return Refused("NOT_A_TECHNICIAN", f"{who.name} is not a technician. A technician does this step.")
    missing = lapsed(p, who, now)
    if missing:
        why = "".join(f"{words} " for code, words in who.wanting if code in missing)
        says = f"{who.name}'s competency {', '.join(missing)} is missing or has lapsed. {why}Another technician takes over."
        return Refused("COMPETENCY", says)
    return None


def may_judge(who: Actor) -> Refused | None:
    """Say why `who` may not sign as pharmacist for this preparation, or None (R25, Q25, Q27)."""
    if not who.roles & PHARMACIST:
        return Refused("NOT_A_PHARMACIST", f"{who.name} is not a pharmacist. A pharmacist signs this.")
    if not who.licence:
        return Refused("NOT_LICENSED", who.no_licence or f"{who.name} has no licence on record for this site.")
    return None


def took_part(p: Preparation, who: Actor) -> Refused | None:
    """Say that `who` had a hand in preparing it, or None: nobody approves their own work (R25)."""
    if who.id in p.hands:
        return Refused("OWN_WORK", f"{who.name} took part in preparing this. Another pharmacist judges it.")
    return None


def _over_head(case: Case[Signature]) -> Finding | None:
    if case.evidence.over != case.now.head:
        return Finding("CHANGED_SINCE_SHOWN", "Something was added after this page was drawn.", LOOK_AGAIN)
    return None


def _own_name(case: Case[Signature]) -> Finding | None:
    signature, who = case.evidence, case.now.who
    if (signature.name, signature.licence) != (who.name, who.licence) or signature.components not in (1, 2):
        return Finding(
            "SIGNED_FOR_ANOTHER", "A signature carries the signer's own name and licence.", "Sign in and sign again."
        )
    return None


def without_its_key(signature: Signature, now: Circumstances) -> Finding | None:
    """Say why a signature that lets a dose go is not by the passkey this site asks for, or None (Q28)."""
    if now.release_signature != "passkey" and signature.method != "passkey":
        return None
    if signature.method != "passkey":
        return Finding("PASSKEY_NEEDED", "This site approves by passkey.", "Sign with your passkey.")
    if wrong := passkeys.unbound(signature, now.preparation, now.who.id):
        return Finding("NOT_THIS_SIGNATURE", wrong, "Open the page again and sign once more.")
    return None


def _by_passkey(case: Case[Signature]) -> Finding | None:
    return without_its_key(case.evidence, case.now)


def _means(meaning: str) -> Rule[Signature]:
    def check(case: Case[Signature]) -> Finding | None:
        if case.evidence.meaning == meaning:
            return None
        return Finding(
            "WRONG_MEANING", f"The signature means {case.evidence.meaning}; needed is {meaning}.", "Sign again."
        )

    return Rule(f"The signature means: {meaning} (R52).", check, edges=("other meaning",))


def _photos_seen(case: Case[Signature]) -> Finding | None:
    p = case.preparation
    taken = {photo.sha256 for photo in p.photos()}
    taken |= {entry.evidence.photo for entry in p.typed() if isinstance(entry.evidence, Scan)}
    unseen = taken - set(case.evidence.photos_seen)
    if unseen:
        says = f"{len(unseen)} of {len(taken)} photos were not looked at."
        return Finding("PHOTOS_NOT_SEEN", says, "Look at every photo, then sign.")
    return None


def _typed_accepted(case: Case[Signature]) -> Finding | None:
    open_ones = [entry.slot for entry in case.preparation.typed() if entry.slot not in case.evidence.accepts]
    if open_ones:
        says = f"Codes were typed by hand: {', '.join(open_ones)}."
        return Finding("TYPED_NOT_ACCEPTED", says, "Compare each with its photo and tick it, or reject.")
    return None


def _in_time(case: Case[Signature] | Case[Scan]) -> Finding | None:
    limit = beyond_use(case.preparation)
    if limit is None:
        return Finding("NO_BEYOND_USE", "No beyond-use time can be worked out.", "Reject to remake.")
    if limit.at <= case.now.at:
        says = f"The beyond-use time {limit.at:%Y-%m-%d %H:%M} UTC has passed ({limit.limited_by})."
        return Finding("BEYOND_USE", says, "It cannot be used any more. A pharmacist rejects it to remake.")
    return None


def _by_the_printer(case: Case[Printed]) -> Finding | None:
    if case.evidence.label_kind != "final":
        return Finding("WRONG_LABEL", "Another label than the final one came out.", "Print the final label.")
    known = {(label.label_id, label.copy) for label in case.preparation.labels}
    if (case.evidence.label_id, case.evidence.copy) in known:
        return Finding(
            "COPY_TWICE", "This copy of the label was already printed.", "Print the next copy with a reason."
        )
    return None


IS_OVER_WHAT_WAS_SHOWN = Rule[Signature](
    "It is bound to the record as it was shown; nothing was added since (Q26).", _over_head, edges=("stale page",)
)
IS_THE_SIGNERS_OWN = Rule[Signature](
    "It carries the signer's own printed name and licence (R52).", _own_name, edges=("another's name",)
)
IS_BY_PASSKEY_WHERE_ASKED = Rule[Signature](
    "Where the site asks for a passkey, it is one that recognised who used it, over this record alone (Q28).",
    _by_passkey,
    edges=("passkey asked",),
)
MEANS_ORDER_VERIFIED = _means("order verified")
MEANS_PRE_MIX_APPROVED = _means("pre-mix approved")
MEANS_VERIFIED_BY_VOLUME = _means("order verified, making by volume authorised")
MEANS_APPROVED = _means("approved for release")
EVERY_PHOTO_WAS_SEEN = Rule[Signature](
    "Every photo was displayed large enough to be judged (R25).", _photos_seen, edges=("one photo not seen",)
)
EVERY_TYPED_CODE_IS_ACCEPTED = Rule[Signature](
    "Every code that was typed by hand was compared with its photo and accepted (R19).",
    _typed_accepted,
    edges=("typed code not accepted",),
)
IS_BEFORE_BEYOND_USE = Rule[Signature](
    "The beyond-use time has not passed (R33).", _in_time, edges=("beyond use passed",)
)
NOTHING_IN_IT_IS_RECALLED = Rule[Signature](
    "Nothing that went in was recalled meanwhile (R19).",
    lambda case: recalled_since(case.now.recalled),
    edges=("recalled meanwhile",),
)
LEAVES_BEFORE_BEYOND_USE = Rule[Scan](
    "Nothing leaves past its beyond-use time, however it was approved (R33).", _in_time, edges=("beyond use passed",)
)
IS_A_NEW_COPY = Rule[Printed](
    "It is the final label, and no copy number is printed twice (L5).", _by_the_printer, edges=("same copy",)
)
