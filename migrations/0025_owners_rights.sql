-- What runs with the owner's rights finds no name in a temporary schema.
--
-- A session's temporary schema is searched for tables and types before all others, unless a path
-- names it. So a session that could fill one could put a type `text` there whose check calls a
-- function, and the functions below would have called it as the owner: it would have read the key
-- of the proofs.
do $$
declare
    routine regprocedure;
begin
    for routine in
        select p.oid
        from pg_proc p
        where p.pronamespace = 'app'::regnamespace
            and exists (select from unnest(p.proconfig) setting where setting like 'search_path=%')
    loop
        execute format('alter routine %s set search_path = pg_catalog, pg_temp', routine);
    end loop;
end
$$;

-- And no hat fills one: a table of its own there would also stand in for ours, for as long as the
-- connection lives, whichever department it works for next.
--
-- Called whenever the schema was brought up to date, since this is a right on the database: one that
-- was made from a template or a backup has it as a new one does.
create procedure app.close_temporary_schemas()
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    execute format('revoke temporary on database %I from public', current_database());
exception
    -- The database is somebody else's. The check at the start says what they have to do.
    when insufficient_privilege then null;
end
$$;
revoke execute on procedure app.close_temporary_schemas() from public;
