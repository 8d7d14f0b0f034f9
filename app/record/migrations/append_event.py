"""The one way into the log on PostgreSQL: a function of the owner's that links, numbers and inserts, in one round trip.

The role that serves may call it and may not insert. Whoever wants it otherwise writes a second version beside this one and a
migration that makes it: migrations of every release call this module, and a test holds its text.
"""

from __future__ import annotations

RECORD = 1_986_618_732
"""First number of our advisory locks: "vial" as four bytes."""

WRITING = 1
"""Second number of the lock that is one writer's turn."""

NAME = "append_event"

TAKES = (
    "p_stream text, p_expected bigint, p_kinds text[], p_shapes bigint[], p_bodies text[], p_who text, "
    "p_second text, p_at text, p_station text, p_command text, p_site text"
)

GIVES = "actual bigint, at_ordinal bigint, at_site_seq bigint, link bytea, site_link bytea"
"""One row an event with its place and links; or one row alone with `actual` set where the stream is at another version."""

BODY = f"""
DECLARE
    tag CONSTANT bytea := '\\x{b"vialtrace/event/1".hex()}00';
    site_tag CONSTANT bytea := '\\x{b"vialtrace/site/1".hex()}00';
    nothing CONSTANT bytea := decode(repeat('00', 32), 'hex');
    next_seq bigint;
    version_now bigint := 0;
    is_new boolean;
BEGIN
    PERFORM pg_advisory_xact_lock({RECORD}, {WRITING});
    SELECT h.site_seq, h.site_digest INTO at_site_seq, site_link FROM public.site_head h WHERE h.site = p_site FOR UPDATE;
    is_new := NOT FOUND;
    IF is_new THEN
        at_site_seq := 0;
        site_link := nothing;
    END IF;
    SELECT e.version, e.digest INTO version_now, link FROM public.event e
        WHERE e.preparation = p_stream ORDER BY e.version DESC LIMIT 1;
    IF NOT FOUND THEN
        version_now := 0;
        link := nothing;
    END IF;
    IF version_now <> p_expected THEN
        actual := version_now;
        RETURN NEXT;
        RETURN;
    END IF;
    SELECT coalesce(max(e.seq), 0) INTO next_seq FROM public.event e;
    SELECT count(*) - 1 INTO at_ordinal FROM public.event e WHERE e.command_id = p_command;
    FOR n IN 1 .. cardinality(p_bodies) LOOP
        next_seq := next_seq + 1;
        version_now := version_now + 1;
        at_site_seq := at_site_seq + 1;
        at_ordinal := at_ordinal + 1;
        link := sha256(tag || link || convert_to(p_bodies[n], 'UTF8'));
        site_link := sha256(site_tag || site_link || link);
        INSERT INTO public.event (seq, preparation, version, kind, shape, body, who, second_person, at, station, command_id,
                ordinal, digest, site, site_seq, site_digest)
            VALUES (next_seq, p_stream, version_now, p_kinds[n], p_shapes[n], p_bodies[n], p_who, p_second, p_at, p_station,
                p_command, at_ordinal, link, p_site, at_site_seq, site_link);
        RETURN NEXT;
    END LOOP;
    IF is_new THEN
        INSERT INTO public.site_head (site, site_seq, site_digest, last_at) VALUES (p_site, at_site_seq, site_link, p_at);
    ELSE
        UPDATE public.site_head h SET site_seq = at_site_seq, site_digest = site_link, last_at = p_at WHERE h.site = p_site;
    END IF;
END
"""  # noqa: S608  # two numbers of our own
"""It waits for the writer's turn by itself, so that numbers and links are right whoever calls it, inside our order or not."""


def make() -> None:
    """In a migration: make the function on PostgreSQL, callable by nobody until it is granted; elsewhere do nothing."""
    from alembic import op  # loaded to migrate; the words are also asked for at every start

    if op.get_bind().dialect.name == "postgresql":
        op.execute(statement())
        op.execute(f"REVOKE ALL ON FUNCTION {NAME} FROM PUBLIC")


def statement() -> str:
    """Return the statement that makes the function; it resolves no name by a caller's path."""
    return (
        f"CREATE FUNCTION {NAME}({TAKES}) RETURNS TABLE ({GIVES}) LANGUAGE plpgsql SECURITY DEFINER "
        f"SET search_path = pg_catalog, pg_temp AS $body${BODY}$body$"
    )
