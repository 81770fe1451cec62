package facts

import (
	"net/url"
	"strings"
)

// past are the ways that go past the policies of a table.
var past = []fact{
	{"a materialized view holds what its owner saw when it was filled, and can't have policies", func(p *place) {
		p.as(super).run("CREATE MATERIALIZED VIEW copy AS SELECT * FROM notes; GRANT SELECT ON copy TO fact_app")
		p.as(app).gives("SET app.tenant = '1'; SELECT count(*) FROM copy", "30")
		p.as(super).refused("42809", "ALTER TABLE copy ENABLE ROW LEVEL SECURITY")
	}},
	{"a view reads with its owner's rights: a superuser's shows all, a forced owner's what the policies give the owner", func(p *place) {
		p.as(super).run("CREATE VIEW supers AS SELECT * FROM notes; GRANT SELECT ON supers TO fact_app")
		p.as(owner).run("CREATE VIEW owners AS SELECT * FROM notes; GRANT SELECT ON owners TO fact_app")
		s := p.as(app)
		s.run("SET app.tenant = '1'")
		s.gives("SELECT count(*) FROM supers", "30")
		s.gives("SELECT count(*) FROM owners", "10")
		p.as(owner).run("ALTER TABLE notes NO FORCE ROW LEVEL SECURITY")
		s.gives("SELECT count(*) FROM owners", "30")
		p.as(super).run("ALTER VIEW supers SET (security_invoker = true)")
		p.as(owner).run("ALTER VIEW owners SET (security_invoker = true)")
		s.gives("SELECT (SELECT count(*) FROM supers), (SELECT count(*) FROM owners)", "10 10")
	}},
	{"an invoker view reads as the session's role even inside a view that isn't one", func(p *place) {
		p.as(super).run(`CREATE VIEW inner_view WITH (security_invoker = true) AS SELECT * FROM notes;
			CREATE VIEW outer_view AS SELECT * FROM inner_view; GRANT SELECT ON inner_view, outer_view TO fact_app`)
		s := p.as(app)
		s.run("SET app.tenant = '1'")
		s.gives("SELECT (SELECT count(*) FROM inner_view), (SELECT count(*) FROM outer_view)", "10 10")
	}},
	{"a policy that names roles is chosen by a view's owner, not by its reader", func(p *place) {
		p.as(owner).run(`DROP POLICY mine ON notes; CREATE POLICY mine ON notes TO fact_app USING (tenant = current_setting('app.tenant')::int);
			CREATE POLICY maintenance ON notes TO fact_owner USING (true);
			CREATE VIEW owners AS SELECT * FROM notes; GRANT SELECT ON owners TO fact_app`)
		p.as(app).gives("SET app.tenant = '1'; SELECT (SELECT count(*) FROM notes), (SELECT count(*) FROM owners)", "10 30")
	}},
	{"a SECURITY DEFINER function reads with its owner's rights, and PUBLIC may execute it from the start", func(p *place) {
		p.as(super).run("CREATE FUNCTION total() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM public.notes'")
		s := p.as(app)
		s.run("SET app.tenant = '1'")
		s.gives("SELECT total()", "30")
		p.as(super).run("ALTER FUNCTION total() SECURITY INVOKER")
		s.gives("SELECT total()", "10")
	}},
	{"a LEAKPROOF function in the WHERE runs before the policy and sees every row; another one runs after it", func(p *place) {
		p.as(super).run(`CREATE FUNCTION tell(text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS 'BEGIN RAISE NOTICE ''%'', $1; RETURN true; END';
			GRANT EXECUTE ON FUNCTION tell(text) TO fact_app`)
		s := p.as(app)
		s.run("SET app.tenant = '1'")
		s.gives("SELECT count(*) FROM notes WHERE tell(note)", "10")
		if len(s.notices) != 10 {
			p.Errorf("a function that isn't leakproof saw %d rows", len(s.notices))
		}
		p.as(super).run("ALTER FUNCTION tell(text) LEAKPROOF")
		s.notices = nil
		s.gives("SELECT count(*) FROM notes WHERE tell(note)", "10")
		if len(s.notices) != 30 {
			p.Errorf("a leakproof function saw %d rows, want 30", len(s.notices))
		}
	}},
	{"only a superuser can make a function LEAKPROOF", func(p *place) {
		p.as(owner).refused("42501", "CREATE FUNCTION tell(text) RETURNS boolean LANGUAGE sql LEAKPROOF AS 'SELECT true'")
	}},
	{"a partition or inheritance child that is granted directly is read without its parent's policies", func(p *place) {
		p.as(owner).run(`CREATE TABLE years (year int, tenant int) PARTITION BY LIST (year); CREATE TABLE years_1 PARTITION OF years FOR VALUES IN (1);
			CREATE TABLE family (tenant int); CREATE TABLE child () INHERITS (family);
			INSERT INTO years VALUES (1, 1), (1, 2); INSERT INTO child VALUES (1), (2);
			ALTER TABLE years ENABLE ROW LEVEL SECURITY; CREATE POLICY mine ON years USING (tenant = current_setting('app.tenant')::int);
			ALTER TABLE family ENABLE ROW LEVEL SECURITY; CREATE POLICY mine ON family USING (tenant = current_setting('app.tenant')::int);
			GRANT SELECT ON years, family TO fact_app`)
		s := p.as(app)
		s.run("SET app.tenant = '1'")
		s.gives("SELECT (SELECT count(*) FROM years), (SELECT count(*) FROM family)", "1 1") // the parent's policy covers the children
		s.refused("42501", "SELECT FROM years_1")
		p.as(owner).run("GRANT SELECT ON years_1, child TO fact_app")
		s.gives("SELECT (SELECT count(*) FROM years_1), (SELECT count(*) FROM child)", "2 2")
	}},
	{"a foreign table reads with the rights of the role in its user mapping", func(p *place) {
		at, err := url.Parse(p.stack.DirectDSN(super, p.database).Reveal())
		if err != nil {
			p.Fatal(err)
		}
		password, _ := at.User.Password()
		quoted := "'" + strings.ReplaceAll(password, "'", "''") + "'"
		p.as(super).run("CREATE EXTENSION postgres_fdw; CREATE SERVER here FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '" + at.Hostname() + "', port '" + at.Port() +
			"', dbname '" + p.database + "'); CREATE USER MAPPING FOR fact_app SERVER here OPTIONS (user 'postgres', password " + quoted + `);
			CREATE FOREIGN TABLE far (id int, tenant int) SERVER here OPTIONS (schema_name 'public', table_name 'notes'); GRANT SELECT ON far TO fact_app`)
		p.as(app).gives("SET app.tenant = '1'; SELECT (SELECT count(*) FROM notes), (SELECT count(*) FROM far)", "10 30")
		p.as(super).refused("42809", "ALTER FOREIGN TABLE far ENABLE ROW LEVEL SECURITY")
	}},
	{"logical decoding gives all tenants' changes to a role with REPLICATION", func(p *place) {
		a := p.as(super)
		s := p.as(app)
		s.refused("42501", "SELECT pg_create_logical_replication_slot('out', 'test_decoding')")
		a.run("ALTER ROLE fact_app REPLICATION")
		p.Cleanup(func() { a.run("ALTER ROLE fact_app NOREPLICATION; SELECT pg_drop_replication_slot('out')") })
		s = p.as(app)
		s.run("SET app.tenant = '1'")
		s.run("SELECT pg_create_logical_replication_slot('out', 'test_decoding')")
		a.run("INSERT INTO notes VALUES (99, 2, 'secret of tenant 2')")
		s.gives("SELECT count(*) FROM notes WHERE note LIKE 'secret%'", "0")
		s.gives("SELECT count(*) FROM pg_logical_slot_get_changes('out', NULL, NULL) WHERE data LIKE '%secret of tenant 2%'", "1")
	}},
	{"a trigger function reads and writes with the rights of who fired it, unless it is SECURITY DEFINER", func(p *place) {
		p.as(super).run(`CREATE TABLE log (line text); CREATE FUNCTION note_down() RETURNS trigger LANGUAGE plpgsql AS
			'BEGIN INSERT INTO public.log SELECT count(*) FROM public.notes; RETURN NULL; END'; GRANT INSERT ON log TO fact_app;
			CREATE TRIGGER down AFTER INSERT ON notes FOR EACH STATEMENT EXECUTE FUNCTION note_down()`)
		s := p.as(app)
		s.run("SET app.tenant = '1'")
		s.run("INSERT INTO notes VALUES (98, 1, 'x')")
		p.as(super).run("ALTER FUNCTION note_down() SECURITY DEFINER")
		s.run("INSERT INTO notes VALUES (99, 1, 'x')")
		p.as(super).gives("SELECT line FROM log", "11", "32")
	}},
	{"a rule writes with the rights of the table's owner", func(p *place) {
		p.as(owner).run("CREATE TABLE log (tenant int, line text); CREATE RULE down AS ON INSERT TO notes DO ALSO INSERT INTO log VALUES (new.tenant, new.note)")
		s := p.as(app)
		s.refused("42501", "INSERT INTO log VALUES (1, 'x')")
		s.run("SET app.tenant = '1'; INSERT INTO notes VALUES (99, 1, 'x')")
		p.as(super).gives("SELECT tenant, line FROM log", "1 x")
	}},
	{"a check constraint's function that reads the table reads as the writer", func(p *place) {
		p.as(owner).run(`CREATE FUNCTION few() RETURNS boolean LANGUAGE sql AS 'SELECT count(*) < 20 FROM public.notes';
			ALTER TABLE notes ADD CONSTRAINT few CHECK (few()) NOT VALID`)
		s := p.as(app)
		s.touches(1, "SET app.tenant = '1'; INSERT INTO notes VALUES (98, 1, 'x')")
		s.refused("23514", "SET app.tenant = '2'; INSERT INTO notes VALUES (99, 2, 'x')")
	}},
}
