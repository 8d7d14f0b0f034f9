"""Recipes for a program: read, drafted, signed by two with their passwords, withdrawn by one (R49)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Literal

from app.api.answers import Reply, Trouble
from app.api.drafts import Draft, DraftTold, FieldTold, VersionTold, changed, merged, signatures, signer
from app.api.operations import operation
from app.api.reading import GONE
from app.api.shapes import Shape
from app.api.writing import Done, OnePerson, acted
from app.catalogue import beginning
from app.catalogue import drafts as book
from app.catalogue.drafts import NotDraftedError
from app.catalogue.hazards import Acting
from app.catalogue.withdrawals import NotWithdrawnError, digest_of
from app.desk.withdrawing import withdraw
from app.web import desk, recipe_form
from app.web import recipes as page
from app.web.house import house
from app.web.recipe_form import NoRecipeError
from app.web.visit import visit
from workflows.authoring import differences
from workflows.made_by import Master
from workflows.recipe import CountRecipe, Recipe

KINDS: dict[str, type] = {"weight": Recipe, "count": CountRecipe}


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


class WithdrawRecipe(OnePerson):
    """The newest signed version, which is withdrawn with all before it; `against` says what is wrong, in ten letters or more.

    The answer's id names the preparations that were held, with blanks between.
    """

    version: int


class RecipeTold(RecipeLine):
    """One recipe with its values, versions and draft."""

    versions: list[VersionTold]
    """Newest first."""
    withdrawn: str
    """Why the newest version and all before it make nothing any more; empty where they may."""
    withdraw_over: str
    """What a signature under a withdrawal of the newest version is over; empty where none is signed."""
    draft: DraftTold | None
    fields: list[FieldTold]


class DraftRecipe(Draft):
    """What is to become of the next version of a recipe."""

    kind: Literal["weight", "count"]
    """What is made by weight, or tablets and capsules that are counted."""


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
        withdrawn=known[0].withdrawn.why if known and known[0].withdrawn else "",
        withdraw_over=digest_of(recipe, known[0].recipe.version) if known else "",
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
    "POST /recipes/{recipe}/withdraw", scope="catalogue:write", tag="Catalogue", answer=Done, body=WithdrawRecipe,
    session=True, keyed=True, roles=page.WRITES,
)  # fmt: skip
def withdraw_recipe(recipe: str, body: WithdrawRecipe) -> Reply | Trouble:
    """Have nothing made by a recipe any more, from now on; what is under way by it at this site is held."""
    who = signer(body, "recipe withdrawn")
    if isinstance(who, Trouble):
        return who
    ours, wrong = desk.dispatcher(), body.against

    def work(act: Acting) -> str:
        return " ".join(
            withdraw(act, ours, desk.acting(act.conn), recipe, body.version, wrong, replace(who, against=""), body.over)
        )

    return acted(work, NotWithdrawnError)


def _kind(made: Master) -> type:
    return type(made)


def _recipe(name: str, known: tuple[book.Version, ...], drafted: book.Draft | None) -> RecipeLine:
    counts = next((one for one in book.standing(known) if one.effective_from <= visit().at), None)
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
    before = beginning.counting_on(book.standing(known), drafted.effective_on, visit().at, house().settings.zone)
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
