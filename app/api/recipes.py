"""Recipes and sender profiles for a program: read, drafted, tried, signed by two with their passwords (R49, INTERFACES 4)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from app.api.answers import Reply, Trouble
from app.api.drafts import Draft, DraftTold, FieldTold, VersionTold, changed, merged, signatures, signer
from app.api.operations import operation
from app.api.reading import GONE
from app.api.shapes import Reason, Shape
from app.api.writing import Done, OnePerson, acted
from app.catalogue import beginning
from app.catalogue import drafts as book
from app.catalogue.drafts import NotDraftedError
from app.catalogue.hazards import Acting
from app.desk.profile_trial import Tried
from app.interfaces import kept_profiles
from app.interfaces.kept_profiles import NotProfileError, Trial
from app.interfaces.profile import ProfileError, read_profile
from app.web import profile_form, recipe_form
from app.web import recipes as page
from app.web import sender_profiles as profiles_page
from app.web.house import house
from app.web.recipe_form import NoRecipeError
from app.web.visit import acting_roles, signed_in, visit
from workflows.authoring import differences
from workflows.made_by import Master
from workflows.recipe import CountRecipe, Recipe

KINDS: dict[str, type] = {"weight": Recipe, "count": CountRecipe}
Document = Annotated[str, StringConstraints(min_length=2, max_length=200_000)]


class RecipeLine(Shape):
    """One recipe: the version that counts, and whether one is written."""

    name: str
    kind: Literal["weight", "count"]
    drug: str
    version: int
    """That counts now; 0 where none does."""
    effective_from: datetime | None
    drafted: bool


class Recipes(Shape):
    """Every recipe and every draft of one, by name."""

    items: list[RecipeLine]


class RecipeTold(RecipeLine):
    """One recipe with its values, versions and draft."""

    versions: list[VersionTold]
    """Newest first."""
    draft: DraftTold | None
    fields: list[FieldTold]


class DraftRecipe(Draft):
    """What is to become of the next version of a recipe."""

    kind: Literal["weight", "count"]
    """What is made by weight, or tablets and capsules that are counted."""


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


@operation("GET /recipes", scope="catalogue:read", tag="Catalogue", answer=Recipes, roles=page.READS)
def list_recipes() -> Recipes:
    """List every recipe and every draft of one."""
    with house().store.reading() as conn:
        found = [(name, book.versions(conn, name), book.open_draft(conn, name)) for name in book.names(conn)]
    return Recipes(items=[_recipe(*one) for one in found])


@operation("GET /recipes/{recipe}", scope="catalogue:read", tag="Catalogue", answer=RecipeTold, roles=page.READS)
def show_recipe(recipe: str) -> RecipeTold | Trouble:
    """Show one recipe with its values, versions and draft, and every field that a draft may say."""
    with house().store.reading() as conn:
        known, drafted = book.versions(conn, recipe), book.open_draft(conn, recipe)
    base = drafted.recipe if drafted else known[0].recipe if known else None
    if base is None:
        return GONE
    holds = recipe_form.written(base)
    return RecipeTold(
        **_recipe(recipe, known, drafted).model_dump(),
        versions=[
            VersionTold(
                version=one.recipe.version, effective_from=one.effective_from, signed_by=list(one.recipe.signed_by)
            )
            for one in known
        ],
        draft=_drafted(known, drafted) if drafted else None,
        fields=[
            FieldTold(name=one.name, label=one.label, says=one.says, holds=holds.get(one.name, ""))
            for one in recipe_form.inputs(_kind(base))
        ],
    )


@operation(
    "POST /recipes/{recipe}/draft", scope="catalogue:write", tag="Catalogue", answer=Done, body=DraftRecipe, session=True,
    keyed=True, roles=page.WRITES,
)  # fmt: skip
def draft_recipe(recipe: str, body: DraftRecipe) -> Reply | Trouble:
    """Write a draft of a recipe's next version, or of a new one. Nothing is made by it before two pharmacists have signed it."""
    with house().store.reading() as conn:
        known, drafted = book.versions(conn, recipe), book.open_draft(conn, recipe)
    base = drafted.recipe if drafted else known[0].recipe if known else None
    kind = _kind(base) if base else KINDS[body.kind]
    form = merged(
        recipe_form.written(base) if base else {"name": recipe},
        body.values,
        (one.name for one in recipe_form.inputs(kind)),
    )
    if isinstance(form, Trouble):
        return form
    if kind is not KINDS[body.kind] or form.get("name", "") != recipe:
        return Trouble(409, "NOT_DONE", f"{recipe} is made another way, or the draft names another recipe.")
    try:
        made = recipe_form.read(form, kind)
    except NoRecipeError as trouble:
        return Trouble(409, "NOT_DONE", str(trouble))
    return acted(lambda act: book.keep(act, made, body.effective_on, body.why).digest, NotDraftedError)


@operation(
    "POST /recipes/{recipe}/sign", scope="catalogue:write", tag="Catalogue", answer=Done, body=OnePerson, session=True,
    keyed=True, roles=page.WRITES,
)  # fmt: skip
def sign_recipe(recipe: str, body: OnePerson) -> Reply | Trouble:
    """Put one's name to the draft of a recipe; the second pharmacist makes it the next version."""
    who = signer(body, "recipe approved")
    if isinstance(who, Trouble):
        return who
    return acted(
        lambda act: "effective" if book.sign(act, recipe, who, body.over) is not None else "signed", NotDraftedError
    )


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


def _kind(made: Master) -> type:
    return type(made)


def _recipe(name: str, known: tuple[book.Version, ...], drafted: book.Draft | None) -> RecipeLine:
    counts = next((one for one in known if one.effective_from <= visit().at), None)
    base = counts.recipe if counts else drafted.recipe if drafted else known[0].recipe
    return RecipeLine(
        name=name,
        kind="count" if isinstance(base, CountRecipe) else "weight",
        drug=base.drug,
        version=counts.recipe.version if counts else 0,
        effective_from=counts.effective_from if counts else None,
        drafted=drafted is not None,
    )


def _drafted(known: tuple[book.Version, ...], drafted: book.Draft) -> DraftTold:
    before = beginning.counting_on(known, drafted.effective_on, visit().at, house().settings.zone)
    found = differences(before.recipe if before else None, drafted.recipe)
    return DraftTold(
        version=drafted.recipe.version,
        effective_on=drafted.effective_on,
        why=drafted.why,
        author=drafted.author,
        digest=drafted.digest,
        signed=signatures(drafted.signed),
        changes=changed((recipe_form.label_of(name), old, new) for name, old, new in found),
    )


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
