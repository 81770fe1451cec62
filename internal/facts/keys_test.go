package facts

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

var keys = []fact{
	{"a unique key without the tenant tells whether another tenant's row exists", func(p *place) {
		s := p.as(app)
		s.run("SET app.tenant = '1'")
		if text := s.refused("23505", "INSERT INTO notes VALUES (30, 1, 'x')"); strings.Contains(text, "note 30") {
			p.Errorf("the error tells the other tenant's row: %s", text)
		}
		s.touches(1, "INSERT INTO notes VALUES (31, 1, 'x')")
		p.as(owner).run("ALTER TABLE notes DROP CONSTRAINT notes_pkey, ADD PRIMARY KEY (tenant, id)")
		s.touches(1, "INSERT INTO notes VALUES (30, 1, 'x')")
	}},
	{"a foreign key without the tenant tells whether another tenant's row exists", func(p *place) {
		p.as(owner).run(`CREATE TABLE parts (tenant int, note int REFERENCES notes (id)); GRANT ALL ON parts TO fact_app;
			ALTER TABLE parts ENABLE ROW LEVEL SECURITY; CREATE POLICY mine ON parts USING (tenant = current_setting('app.tenant')::int)`)
		s := p.as(app)
		s.run("SET app.tenant = '1'")
		s.gives("SELECT count(*) FROM notes WHERE id IN (30, 31)", "0")
		s.touches(1, "INSERT INTO parts VALUES (1, 30)") // tenant 2 has it
		s.refused("23503", "INSERT INTO parts VALUES (1, 31)")
	}},
	{"and it blocks the other tenant's DELETE", func(p *place) {
		p.as(owner).run("CREATE TABLE parts (tenant int, note int REFERENCES notes (id)); GRANT INSERT ON parts TO fact_app")
		s := p.as(app)
		s.run("SET app.tenant = '1'; INSERT INTO parts VALUES (1, 30)")
		s.refused("23503", "SET app.tenant = '2'; DELETE FROM notes WHERE id = 30")
	}},
	{"ON DELETE CASCADE crosses tenants, past the policies of the table that it deletes from", func(p *place) {
		p.as(owner).run(`CREATE TABLE parts (tenant int, note int REFERENCES notes (id) ON DELETE CASCADE); GRANT ALL ON parts TO fact_app;
			ALTER TABLE parts ENABLE ROW LEVEL SECURITY; ALTER TABLE parts FORCE ROW LEVEL SECURITY;
			CREATE POLICY mine ON parts USING (tenant = current_setting('app.tenant')::int)`)
		s := p.as(app)
		s.run("SET app.tenant = '1'; INSERT INTO parts VALUES (1, 30)")
		s.run("SET app.tenant = '2'; DELETE FROM notes WHERE id = 30")
		p.as(super).gives("SELECT count(*) FROM parts", "0")
	}},
}

var maintenance = []fact{
	// Not always a failure, and that is worse: which it is depends on the tables and on the form of the policy.
	{"FORCE with no tenant set: a new foreign key fails where only the table it refers to is forced", func(p *place) {
		s := p.as(owner)
		s.run("CREATE TABLE parts AS SELECT 30 AS note")
		s.refused("23503", "ALTER TABLE parts ADD FOREIGN KEY (note) REFERENCES notes (id)")
	}},
	{"FORCE with no tenant set: a new foreign key passes over rows that break it where its own table is forced", func(p *place) {
		s := p.as(owner)
		s.run(`CREATE TABLE parts AS SELECT 1 AS tenant, 777 AS note; ALTER TABLE parts ENABLE ROW LEVEL SECURITY; ALTER TABLE parts FORCE ROW LEVEL SECURITY;
			CREATE POLICY mine ON parts USING (tenant = NULLIF(current_setting('app.tenant', true), '')::int)`)
		s.run("ALTER TABLE parts ADD FOREIGN KEY (note) REFERENCES notes (id)")
		p.as(super).gives("SELECT convalidated, (SELECT count(*) FROM parts LEFT JOIN notes ON id = parts.note WHERE id IS NULL) FROM pg_constraint WHERE contype = 'f'", "t 1")
	}},
	{"FORCE with no tenant set: where the policy reads the setting without NULLIF, a new foreign key is an error", func(p *place) {
		s := p.as(owner)
		s.run(`CREATE TABLE parts AS SELECT 1 AS tenant, 30 AS note; ALTER TABLE parts ENABLE ROW LEVEL SECURITY; ALTER TABLE parts FORCE ROW LEVEL SECURITY;
			CREATE POLICY mine ON parts USING (tenant = current_setting('app.tenant')::int)`)
		s.refused("42704", "ALTER TABLE parts ADD FOREIGN KEY (note) REFERENCES notes (id)")
	}},
	{"pg_dump as the forced owner fails; with --enable-row-security and a tenant set it dumps that one tenant and says nothing", func(p *place) {
		program := filepath.Join(p.as(super).value("SELECT setting FROM pg_config WHERE name = 'BINDIR'"), "pg_dump")
		dump := func(options string, args ...string) (data, said string, err error) {
			cmd := exec.CommandContext(p.Context(), program, append(args, "--data-only", "--table=notes", "--dbname="+p.stack.DirectDSN(owner, p.database).Reveal())...)
			cmd.Env = append(os.Environ(), "PGOPTIONS="+options)
			var out, messages strings.Builder
			cmd.Stdout, cmd.Stderr = &out, &messages
			err = cmd.Run()
			return out.String(), messages.String(), err
		}
		if _, said, err := dump(""); err == nil || !strings.Contains(said, "row-level security") {
			p.Errorf("a dump by the forced owner: error %v: %s", err, said)
		}
		out, said, err := dump("-c app.tenant=1", "--enable-row-security")
		if err != nil {
			p.Fatalf("%v: %s", err, said)
		}
		if got := strings.Count(out, "\tnote "); got != 10 || said != "" {
			p.Errorf("%d of 30 rows are in the dump, want 10; it said %q", got, said)
		}
	}},
	{"row_security = off makes a filtered read an error, never an unfiltered one", func(p *place) {
		s := p.as(app)
		s.refused("42501", "SET row_security = off; SELECT count(*) FROM notes")
	}},
}

var databases = []fact{
	{"CREATE DATABASE ... TEMPLATE copies neither the database's grants nor settings of roles in it, but what is inside", func(p *place) {
		a := p.as(super)
		a.run("ALTER ROLE fact_app IN DATABASE " + p.database + " SET app.tenant = '1'; REVOKE ALL ON DATABASE " + p.database + " FROM PUBLIC")
		a.run("GRANT TEMPORARY ON DATABASE " + p.database + " TO fact_owner; GRANT CONNECT ON DATABASE " + p.database + " TO fact_app")
		here := p.as(app)
		here.gives("SELECT current_setting('app.tenant', true), has_database_privilege('public', current_database(), 'TEMPORARY')", "1 f")
		here.close()
		a.close()
		copied := &place{T: p.T, stack: p.stack, database: p.database + "_copy"}
		elsewhere := &place{T: p.T, stack: p.stack, database: "postgres"}
		elsewhere.as(super).run("CREATE DATABASE " + copied.database + " TEMPLATE " + p.database)
		s := copied.as(app)
		s.gives("SELECT current_setting('app.tenant', true), has_database_privilege('public', current_database(), 'TEMPORARY')", `\N t`)
		s.gives("SELECT datacl FROM pg_database WHERE datname = current_database()", `\N`)
		s.gives("SELECT relrowsecurity, relforcerowsecurity, (SELECT count(*) FROM pg_policy WHERE polrelid = c.oid) FROM pg_class AS c WHERE relname = 'notes'", "t t 1")
	}},
	{"it fails while a session is connected to the template", func(p *place) {
		p.as(app)
		elsewhere := &place{T: p.T, stack: p.stack, database: "postgres"}
		elsewhere.as(super).refused("55006", "CREATE DATABASE "+p.database+"_copy TEMPLATE "+p.database)
	}},
	{"roles are shared by all databases of a cluster", func(p *place) {
		a := p.as(super)
		a.run("CREATE ROLE fact_guest")
		p.Cleanup(func() { a.run("DROP ROLE fact_guest") })
		elsewhere := &place{T: p.T, stack: p.stack, database: "postgres"}
		elsewhere.as(app).gives("SELECT count(*) FROM pg_roles WHERE rolname = 'fact_guest'", "1")
	}},
}
