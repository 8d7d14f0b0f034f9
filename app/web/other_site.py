"""A preparation of another site of the same record, reviewed here: whose it is, and whether its pictures can be read."""

from __future__ import annotations

from app.web import desk
from app.web.house import house
from app.web.review_page import Place
from workflows.preparation import Preparation


def place_of(p: Preparation) -> Place | None:
    """The other site that a preparation is of; None where it is this process's own."""
    settings = desk.about()
    if settings.site == house().settings.site:
        return None
    return Place(settings.site, settings.site_name, settings.site_zone, far_pictures(p))


def far_pictures(p: Preparation) -> str:
    """Say that pictures of another site's preparation cannot be read at this process; empty where they can."""
    site = desk.about().site
    if site == house().settings.site:
        return ""
    gone = sum(not _there(photo.sha256) for photo in p.photos())
    what = "1 picture" if gone == 1 else f"{gone} pictures"
    return f"{what} cannot be read here: sign at {site}, or give both the same photos_url." if gone else ""


def _there(sha256: str) -> bool:
    try:
        return house().blobs.shelf.has(sha256)
    except OSError:
        return False
