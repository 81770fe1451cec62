-- Functions, procedures and aggregates of the database's own that role $1 may execute: quoted name, signature as in ALTER, kind, types of the
-- arguments to give, whether it runs with its owner's rights, the owner, and
-- the body. What only a server calls is left out, and so are extensions'
-- functions that run with the caller's rights.
SELECT n.nspname::text, p.proname::text, format('%I.%I(%s)', n.nspname, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid)), p.prokind::text,
       ARRAY(SELECT pg_catalog.format_type(t.oid, NULL) FROM unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) WITH ORDINALITY AS t(oid, place)
             WHERE coalesce(p.proargmodes[t.place], 'i') IN ('i', 'b', 'v') OR p.prokind = 'p' AND p.proargmodes[t.place] = 'o' ORDER BY t.place),
       p.prosecdef, pg_catalog.pg_get_userbyid(p.proowner)::text, p.provariadic <> 0,
       p.prosrc || coalesce(pg_catalog.pg_get_function_sqlbody(p.oid), '')
FROM pg_catalog.pg_proc AS p
JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND p.prokind IN ('f', 'p', 'a')
  AND p.prorettype::regtype::text NOT IN ('trigger', 'event_trigger', 'internal', 'language_handler', 'fdw_handler', 'index_am_handler', 'table_am_handler', 'tsm_handler')
  AND NOT 'internal'::regtype = ANY (p.proargtypes::oid[])
  AND pg_catalog.has_schema_privilege($1::name, n.oid, 'USAGE')
  AND pg_catalog.has_function_privilege($1::name, p.oid, 'EXECUTE')
  AND (p.prosecdef OR NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                                  WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'))
ORDER BY 1, 2, 3
