"""A copy of a final label that is on no container is accounted for by two people before the preparation closes (L5)."""

from __future__ import annotations

from werkzeug.test import TestResponse

from app.stations import labels_left
from app.stations.labels_left import DESTROYED, NOT_FOUND
from tests.people.cast import ANN, BO, Member
from tests.pharmacy import STATION
from tests.web.at_station import Hood, token_in
from tests.web.test_labels_page import kept, press, printed


def say(hood: Hood, how: str, second: Member, label: str) -> TestResponse:
    """Ann says what became of the copy, and somebody signs beside her."""
    client = hood.client()
    form = {
        "csrf_token": token_in(client.get(f"{hood.path}/more").text),
        "badge": second.badge, "pin": second.pin, "how": how, "label": label,
    }  # fmt: skip
    return client.post(f"{hood.path}/label", data=form)


def left(hood: Hood) -> list[int]:
    with hood.house.store.reading() as conn:
        return [one.copy for one in labels_left.left(conn, hood.preparation, hood.p())]


def test_l5_two_copies_on_no_container_keep_a_preparation_open_until_two_people_account_for_them(hood: Hood) -> None:
    hood.advance("label-scan")
    printed(hood, 1)
    for copy, why in enumerate(("LOST", "DAMAGED"), start=1):
        press(hood, hood.client(), why, f"final.{copy}", back=hood.preparation)
        printed(hood, copy + 1)
    assert left(hood) == [1, 2, 3]
    hood.advance("waste")
    assert left(hood) == [1, 2], "the third is on the bag"
    ann, id_ = hood.client(), hood.p().final_label().label_id  # type: ignore[union-attr]  # it was printed
    assert hood.post(ann, "do", word="NEXT").get_json()["go"] == f"{hood.path}/label"
    shown = ann.get(f"{hood.path}/label").text
    assert ", copy 1?" in shown
    assert "DESTROYED" in shown
    for wrong in (say(hood, "", BO, f"{id_}.1"), say(hood, DESTROYED, ANN, f"{id_}.1")):
        assert wrong.status_code == 422
    assert left(hood) == [1, 2]
    assert say(hood, NOT_FOUND, BO, f"{id_}.1").status_code == 303
    assert say(hood, NOT_FOUND, BO, f"{id_}.1").status_code == 303, "pressed twice"
    assert left(hood) == [2]
    assert say(hood, DESTROYED, BO, f"{id_}.2").status_code == 303
    history = [what for what, _ in kept(hood)]
    assert history[:2] == ["label on no container, destroyed with a witness", "label on no container, NOT FOUND"]
    assert ann.get(f"{hood.path}/label").status_code == 303, "nothing is asked any more"
    hood.post(ann, "do", word="NEXT")
    assert hood.p().closed
    assert STATION in hood.path
