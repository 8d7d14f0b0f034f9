"""A site's policy in the writing: a draft, the signatures over it, and the version that the second one makes of it (U2, R11).

A draft changes nothing, and a new version changes no preparation that is open: each keeps the policy it was opened with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Connection, func, select

from app.catalogue import beginning, drug_names, recipes
from app.catalogue.hazards import LEAST_WORDS, Acting, Signer
from app.catalogue.signing import MEANWHILE, Signed, digest_of, why_not, written_over
from app.catalogue.tables import policy as kept_policy
from app.catalogue.tables import policy_draft
from app.record import canonical, codec
from app.record.running import append_row
from workflows import pump_register
from workflows.recipe import Policy
from workflows.site_policy import differences, given_up, signed, wrong_in


class NotWrittenError(ValueError):
    """The draft cannot be kept or signed; the text says why and what to do instead."""


@dataclass(frozen=True)
class Draft:
    """What a row of the table holds."""

    policy: Policy
    """As written; its version is that which it becomes."""
    effective_on: date
    """From the beginning of this day at the site, or from the second signature if that is later."""
    why: str
    """Why it changes."""
    signed: tuple[Signed, ...]
    """Who has signed just this."""
    author: str
    """Person id of who wrote it last."""

    @property
    def digest(self) -> str:
        """What a signature is over."""
        return digest_of(self)


@dataclass(frozen=True)
class Version:
    """One signed version."""

    policy: Policy
    """As signed."""
    effective_from: datetime
    """From when it counts, UTC."""


def versions(conn: Connection, site: str) -> tuple[Version, ...]:
    """Return every signed version of a site's policy, newest first."""
    rows = conn.execute(select(kept_policy).where(kept_policy.c.site == site).order_by(kept_policy.c.version.desc()))
    return tuple(Version(codec.decode(Policy, canonical.parse(row.body)), row.effective_from) for row in rows)


def open_draft(conn: Connection, site: str) -> Draft | None:
    """Return the draft that is not a version yet, or None; one that a newer version has overtaken is none any more."""
    newest = select(func.max(policy_draft.c.seq)).where(policy_draft.c.site == site).scalar_subquery()
    body = conn.execute(select(policy_draft.c.body).where(policy_draft.c.seq == newest)).scalar_one_or_none()
    found = None if body is None else codec.decode(Draft, canonical.parse(body))
    last = conn.execute(select(func.max(kept_policy.c.version)).where(kept_policy.c.site == site)).scalar() or 0
    return found if found is not None and found.policy.version > last else None


def keep(act: Acting, policy: Policy, effective_on: date, why: str, over: str | None = None) -> Draft:
    """Keep a draft in place of the one before, unsigned. Raises NotWrittenError for what cannot be right.

    `over`: what it was written over, as `written_over` says it, where a page showed that; None: whatever stands there.
    """
    if faults := _faults(act, policy):
        raise NotWrittenError(" ".join(faults))
    if len(why.strip()) < LEAST_WORDS:
        raise NotWrittenError("Say why: what changes, and what it was read in.")
    standing = versions(act.conn, act.settings.site)
    before = standing[0].policy if standing else None
    if lost := given_up(before, policy):
        raise NotWrittenError(" ".join(lost))
    if before is not None and not differences(before, policy):
        raise NotWrittenError("Nothing of it is different from the newest version.")
    _in_turn(act, standing, effective_on)
    version = (before.version if before else 0) + 1
    draft = Draft(replace(policy, version=version, signed_by=()), effective_on, why.strip(), (), act.who)
    old = open_draft(act.conn, act.settings.site)
    if over not in (None, written_over(version - 1, old)):
        raise NotWrittenError(MEANWHILE)
    if old is not None and replace(old, signed=(), author=act.who) == draft:
        raise NotWrittenError("Nothing of it is different from the draft.")
    _write(act, draft)
    _note(act, "policy_drafted", draft, {"why": draft.why, "digest": draft.digest})
    return draft


def sign(act: Acting, signer: Signer, over: str, *, pharmacist: bool) -> Policy | None:
    """Keep a signature over the draft; the second, of somebody else, makes it the next version and returns that (U2)."""
    draft = open_draft(act.conn, act.settings.site)
    if draft is None:
        raise NotWrittenError("There is no draft of it.")
    _in_turn(act, versions(act.conn, act.settings.site), draft.effective_on)
    new = Signed(signer, pharmacist)
    if says := why_not(draft.signed, new, over=over, digest=draft.digest):
        raise NotWrittenError(says)
    draft = replace(draft, signed=(*draft.signed, new))
    if faults := _faults(act, _vouched(draft)):
        raise NotWrittenError(f"{' '.join(faults)} Nothing was signed.")
    _write(act, draft)
    told = {"name": signer.name, "licence": signer.licence, "against": signer.against, "over": over}
    _note(act, "policy_signed", draft, told)
    return None if len(draft.signed) < 2 else _begin(act, draft)


def _faults(act: Acting, policy: Policy) -> tuple[str, ...]:
    """Return what cannot be right in it, by itself and beside the drugs that this site knows."""
    return (*wrong_in(policy), *drug_names.unknown_in(act.conn, act.settings.site, policy))


def _in_turn(act: Acting, known: tuple[Version, ...], day: date) -> None:
    if early := beginning.too_early(known, day, act.at, act.settings.zone):
        raise NotWrittenError(early)


def _begin(act: Acting, draft: Draft) -> Policy:
    made = signed(_vouched(draft), draft.policy.version, tuple(one.by.name for one in draft.signed))
    begins = beginning.begins(draft.effective_on, act.at, act.settings.zone)
    recipes.add_policy(act.conn, act.settings.site, made, effective_from=begins)
    _note(act, "policy_effective", draft, {"effective_from": begins.isoformat(), "signed_by": list(made.signed_by)})
    return made


def _vouched(draft: Draft) -> Policy:
    """Return the policy with the pharmacist who has signed it in the lines of the pumps' library that wait for one."""
    pharmacist = next((one.by.name for one in draft.signed if one.pharmacist), "")
    return pump_register.vouched(draft.policy, pharmacist)


def _write(act: Acting, draft: Draft) -> None:
    body = canonical.dump(codec.encode(draft)).decode()
    append_row(act.conn, policy_draft, {"site": act.settings.site, "body": body, "at": act.at, "who": act.who})


def _note(act: Acting, kind: str, draft: Draft, data: Mapping[str, object]) -> None:
    told = {"version": draft.policy.version, **data}
    act.write(kind, told)
