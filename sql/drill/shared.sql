-- All that the databases of a cluster share and a mutant may change, one a row: held against the same from before, it tells whether the
-- mutant was undone. Passwords are left out.
SELECT format('role %s: %s', rolname, ROW(rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolconnlimit, rolbypassrls, rolvaliduntil))
FROM pg_roles
UNION ALL
SELECT format('member %s of %s by %s: %s', member::regrole, roleid::regrole, grantor::regrole, admin_option) FROM pg_auth_members
UNION ALL
SELECT format('setting of %s: %s', setrole::regrole, setconfig) FROM pg_db_role_setting WHERE setdatabase = 0
UNION ALL
SELECT format('parameter %s: %s', parname, paracl) FROM pg_parameter_acl
UNION ALL
SELECT format('slot %s', slot_name) FROM pg_replication_slots
UNION ALL
SELECT format('file %s: %s = %s', sourcefile, name, setting) FROM pg_file_settings
UNION ALL
SELECT format('tablespace %s: %s', spcname, spcacl) FROM pg_tablespace
ORDER BY 1;
