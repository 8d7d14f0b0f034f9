"""A record of before passkeys and one-time codes keeps its people and sessions."""

from __future__ import annotations

from pathlib import Path

from alembic import command

from app.people import accounts, badges, sessions
from app.record import upgrade
from app.record.engine import open_store
from app.settings import Settings

OLD = (
    "INSERT INTO person VALUES ('ANN00001','Ann T.','technician','','','',1,'2026-11-23T09:00:00.000000Z')",
    "INSERT INTO user_name VALUES ('ann','ann','ANN00001','2026-11-23T09:00:00.000000Z')",
    "INSERT INTO badge VALUES ('ANN00001','ANN00001','2026-11-23T09:00:00.000000Z',NULL,'')",
    "INSERT INTO sign_in VALUES ('S1','hash','ANN00001','ANN00001','HOOD-1','badge and PIN','2026-11-23T09:00:00.000000Z',"
    "'2026-11-23T09:05:00.000000Z','/terminal/HOOD-1','2026-11-23T09:20:00.000000Z',NULL,'','',NULL,NULL)",
)


def test_people_badges_and_sessions_of_an_older_record_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "vialtrace.db"
    with upgrade.offline(path) as conn:
        with conn.begin():
            command.upgrade(upgrade.configuration(conn), "0007_used_once")
        with conn.begin():
            for statement in OLD:
                conn.exec_driver_sql(statement)
    assert upgrade.upgrade(path)[0] == "0007_used_once"
    store = open_store(Settings(data_dir=tmp_path))  # type: ignore[call-arg]  # the rest has defaults
    with store.reading() as conn:
        ann, session = accounts.by_id(conn, "ANN00001"), sessions.by_id(conn, "S1")
        (badge,) = badges.of(conn, "ANN00001")
    store.close()
    assert (ann.name, ann.licence_until) == ("Ann T.", None)
    assert (badge.code, badge.tried) == ("ANN00001", None)
    assert session is not None
    assert (session.method, session.duty, session.locked is not None, session.place) == (
        "badge and PIN",
        "",
        True,
        "/terminal/HOOD-1",
    )
