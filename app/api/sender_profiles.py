"""Sender profiles for a program: read, drafted, tried, signed by two with their passwords (INTERFACES 4)."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field, StringConstraints

from app.api.answers import Reply, Trouble
from app.api.drafts import DraftTold, changed, signatures, signer
from app.api.operations import operation
from app.api.reading import GONE
from app.api.shapes import Reason, Shape
from app.api.writing import Done, OnePerson, acted
from app.catalogue.hazards import Acting
from app.desk.profile_trial import Tried
from app.interfaces import kept_profiles
from app.interfaces.kept_profiles import NotProfileError, Trial
from app.interfaces.profile import ProfileError, read_profile
from app.web import profile_form
from app.web import sender_profiles as profiles_page
from app.web.house import house
from app.web.visit import acting_roles, signed_in, visit

Document = Annotated[str, StringConstraints(min_length=2, max_length=200_000)]


class ProfileLine(Shape):
    """One sender profile."""

    name: str
    version: int
    """That counts now; 0 where none does."""
    signed_by: list[str]
    """Nobody: the document in the settings counts."""
    drafted: bool


class Profiles(Shape):
    """Every sender profile."""

    items: list[ProfileLine]


class ProfileTold(ProfileLine):
    """One sender profile, whole."""

    document: str
    """JSON text of the newest that is written: draft, version, or document of the settings."""
    draft: DraftTold | None
    tried: bool
    """The draft was tried on messages: before that it cannot be signed."""


class DraftProfile(Shape):
    """The next version of a sender profile, whole."""

    document: Document
    """JSON text; its `name` is that of the address."""
    effective_on: date
    why: Reason


class TryProfile(Shape):
    """On which messages a draft is tried: on one that is pasted in, on the newest that came, or both."""

    over: Reason
    """Digest of the draft."""
    message: Annotated[str, StringConstraints(max_length=200_000)] = ""
    newest: Annotated[int, Field(ge=0, le=200)] = 0


class FieldReadOtherwise(Shape):
    """One field of a message that the draft reads otherwise."""

    field: str
    """order 1 dose, refused, finding."""
    counts: str
    """As what counts reads it; empty for nothing, and where it is of the patient."""
    draft: str
    """As the draft reads it; empty in the same way."""
    hidden: bool
    """It is of the patient, and held back: this answer is kept with its key, and would outlive a purge."""


class MessageReadOtherwise(Shape):
    """One message that the draft reads otherwise."""

    message: int
    """Its number among the messages; 0 for the one pasted in."""
    control_id: str
    """Its number at the sender."""
    fields: list[FieldReadOtherwise]


class TriedTold(Shape):
    """What a draft read otherwise than what counts."""

    pasted: int
    real: int
    otherwise: int
    """Messages that it reads otherwise."""
    differing: list[MessageReadOtherwise]
    """Each of them, field by field: what a signature stands for."""
    digest: str
    """Of the draft, tried: what a signature is over."""


@operation(
    "GET /sender-profiles", scope="catalogue:read", tag="Catalogue", answer=Profiles, roles=profiles_page.READS
)  # fmt: skip
def list_sender_profiles() -> Profiles:
    """List the sender profiles: which counts, and whether one is written."""
    names = dict.fromkeys(house().senders.names)
    with house().store.reading() as conn:
        names |= dict.fromkeys(kept_profiles.names(conn))
        return Profiles(items=[_profile(profiles_page.line(conn, name)) for name in names])


@operation(
    "GET /sender-profiles/{profile}", scope="catalogue:read", tag="Catalogue", answer=ProfileTold,
    roles=profiles_page.READS,
)  # fmt: skip
def show_sender_profile(profile: str) -> ProfileTold | Trouble:
    """Show one sender profile, whole."""
    with house().store.reading() as conn:
        document = profiles_page.base(conn, profile)
        if not document:
            return GONE
        line, drafted = profiles_page.line(conn, profile), kept_profiles.open_draft(conn, profile)
        known = kept_profiles.versions(conn, profile)
    return ProfileTold(
        **_profile(line).model_dump(),
        document=document,
        draft=_profile_draft(known, drafted) if drafted else None,
        tried=drafted is not None and drafted.tried is not None,
    )


@operation(
    "POST /sender-profiles/{profile}/draft", scope="catalogue:write", tag="Catalogue", answer=Done, body=DraftProfile,
    session=True, keyed=True, roles=profiles_page.WRITES,
)  # fmt: skip
def draft_sender_profile(profile: str, body: DraftProfile) -> Reply | Trouble:
    """Write a draft of a sender profile, or of a new one. Nothing is read by it before two people have tried and signed it."""
    try:
        read_profile(body.document)
    except ProfileError as trouble:
        return Trouble(409, "NOT_DONE", str(trouble))
    filed = house().senders.filed(profile)

    def work(act: Acting) -> str:
        return kept_profiles.keep(act, profile, body.document, body.effective_on, body.why, filed).digest

    return acted(work, NotProfileError)


@operation(
    "POST /sender-profiles/{profile}/try", scope="catalogue:write", tag="Catalogue", answer=TriedTold, body=TryProfile,
    session=True, keyed=True, roles=profiles_page.WRITES,
)  # fmt: skip
def try_sender_profile(profile: str, body: TryProfile) -> Reply | Trouble:
    """Read messages by the draft and by what counts, count those that read otherwise, and keep that it was tried."""
    pasted = body.message.replace("\r\n", "\r").encode("utf-8")
    found = profiles_page.tried_on(profile, pasted, body.newest)
    if found is None:
        return GONE
    if says := profiles_page.is_no_trial(found):
        return Trouble(409, "NOT_DONE", says)
    trial = Trial(visit().at, signed_in()[0].id, found.pasted, found.real, len(found.differing))
    differing = _otherwise(found)
    return acted(
        lambda act: TriedTold(
            pasted=found.pasted,
            real=found.real,
            otherwise=len(found.differing),
            differing=differing,
            digest=kept_profiles.tried(act, profile, body.over, trial).digest,
        ),
        NotProfileError,
    )


@operation(
    "POST /sender-profiles/{profile}/sign", scope="catalogue:write", tag="Catalogue", answer=Done, body=OnePerson,
    session=True, keyed=True, roles=profiles_page.WRITES,
)  # fmt: skip
def sign_sender_profile(profile: str, body: OnePerson) -> Reply | Trouble:
    """Put one's name to the draft of a sender profile that was tried; the second, one of the two a pharmacist, makes it count."""
    who, pharmacist = signer(body, "sender profile approved"), "pharmacist" in acting_roles()
    if isinstance(who, Trouble):
        return who

    def work(act: Acting) -> str:
        made = kept_profiles.sign(act, profile, who, body.over, pharmacist)
        return "effective" if made is not None else "signed"

    return acted(work, NotProfileError)


def _otherwise(found: Tried) -> list[MessageReadOtherwise]:
    """Return what differs field by field; of what is of the patient, that it differs."""
    return [
        MessageReadOtherwise(
            message=each.seq,
            control_id=each.control_id,
            fields=[
                FieldReadOtherwise(
                    field=one.field,
                    counts="" if one.identifying else one.counts,
                    draft="" if one.identifying else one.draft,
                    hidden=one.identifying,
                )
                for one in each.lines
            ],
        )
        for each in found.differing
    ]


def _profile(line: profiles_page.Line) -> ProfileLine:
    return ProfileLine(
        name=line.name,
        version=line.counts.version if line.counts else 0,
        signed_by=list(line.counts.signed_by) if line.counts else [],
        drafted=line.draft is not None,
    )


def _profile_draft(known: tuple[kept_profiles.Version, ...], drafted: kept_profiles.Draft) -> DraftTold:
    before = known[0].document if known else ""
    return DraftTold(
        version=drafted.version,
        effective_on=drafted.effective_on,
        why=drafted.why,
        author=drafted.author,
        digest=drafted.digest,
        signed=signatures(drafted.signed),
        changes=changed(profile_form.differences(before, drafted.document)),
    )
