package facts

var settings = []fact{
	{"reading an unset setting is an error on a fresh session, and NULL when missing is allowed", func(p *place) {
		s := p.as(app)
		s.refused("42704", "SELECT current_setting('app.tenant')")
		s.gives("SELECT current_setting('app.tenant', true)", `\N`)
	}},
	{"after SET LOCAL and COMMIT or ROLLBACK the setting is '', never NULL again", func(p *place) {
		for _, end := range []string{"COMMIT", "ROLLBACK"} {
			s := p.as(app)
			s.run("BEGIN; SET LOCAL app.tenant = '1'")
			s.run(end)
			s.gives("SELECT current_setting('app.tenant'), current_setting('app.tenant', true)", " ")
		}
	}},
	{"after RESET or DISCARD ALL of a set setting it is '', never NULL again", func(p *place) {
		for _, end := range []string{"RESET app.tenant", "RESET ALL", "DISCARD ALL"} {
			s := p.as(app)
			s.run("SET app.tenant = '1'")
			s.run(end)
			s.gives("SELECT current_setting('app.tenant', true)", "")
		}
	}},
	{"RESET ALL and DISCARD ALL leave a setting that was never set NULL", func(p *place) {
		s := p.as(app)
		s.run("RESET ALL")
		s.run("DISCARD ALL")
		s.gives("SELECT current_setting('app.tenant', true)", `\N`)
	}},
	{"''::uuid is an error, even for a policy on an empty table; NULL is none", func(p *place) {
		p.as(owner).run(`CREATE TABLE empty (tenant uuid); ALTER TABLE empty ENABLE ROW LEVEL SECURITY; GRANT SELECT ON empty TO fact_app;
			CREATE POLICY mine ON empty USING (tenant = current_setting('app.tenant', true)::uuid)`)
		s := p.as(app)
		s.refused("22P02", "SELECT ''::uuid")
		s.gives("SELECT count(*) FROM empty", "0")
		s.run("BEGIN; SET LOCAL app.tenant = '00000000-0000-0000-0000-000000000001'; COMMIT")
		s.refused("22P02", "SELECT count(*) FROM empty")
	}},
	{"the form with NULLIF fails closed on a fresh session and on a used one", func(p *place) {
		s := p.as(app)
		s.gives("SELECT count(*) FROM notes", "0")
		s.gives("BEGIN; SET LOCAL app.tenant = '1'; SELECT count(*) FROM notes", "10")
		s.run("COMMIT")
		s.gives("SELECT count(*) FROM notes", "0")
	}},
	{"a role that can run SQL can set any tenant: the setting is context, not authentication", func(p *place) {
		s := p.as(app)
		s.gives("SET app.tenant = '2'; SELECT count(*) FROM notes", "20")
	}},
	{"the application's own WHERE hides that row security is off", func(p *place) {
		p.as(owner).run("ALTER TABLE notes DISABLE ROW LEVEL SECURITY")
		s := p.as(app)
		s.gives("SELECT count(*) FROM notes WHERE tenant = 1", "10")
		s.gives("SELECT count(*) FROM notes WHERE tenant = 1 AND tenant <> 1", "0")
		s.gives("SELECT count(*) FROM notes", "30")
	}},
}

var owners = []fact{
	{"a table's owner passes its policies without FORCE", func(p *place) {
		s := p.as(owner)
		s.gives("SELECT count(*) FROM notes", "0")
		s.run("ALTER TABLE notes NO FORCE ROW LEVEL SECURITY")
		s.gives("SELECT count(*) FROM notes", "30")
	}},
	{"a member of the owner passes them too, even one that inherits", func(p *place) {
		p.as(super).run("ALTER TABLE notes NO FORCE ROW LEVEL SECURITY; GRANT fact_owner TO fact_app")
		p.as(app).gives("SELECT count(*) FROM notes", "30")
		p.as(super).run("REVOKE fact_owner FROM fact_app")
		p.as(app).gives("SELECT count(*) FROM notes", "0")
	}},
	{"row security never applies to TRUNCATE: the owner of a forced table can truncate it", func(p *place) {
		s := p.as(owner)
		s.touches(0, "DELETE FROM notes")
		s.run("TRUNCATE notes")
		p.as(super).gives("SELECT count(*) FROM notes", "0")
	}},
	{"the owner of a forced table can switch row security off", func(p *place) {
		p.as(owner).gives("ALTER TABLE notes DISABLE ROW LEVEL SECURITY; SELECT count(*) FROM notes", "30")
	}},
	{"BYPASSRLS passes policies and is not inherited by members, who must become the role", func(p *place) {
		a := p.as(super)
		a.run("CREATE ROLE fact_bypass BYPASSRLS; GRANT SELECT ON notes TO fact_bypass; GRANT fact_bypass TO fact_app")
		p.Cleanup(func() { a.run("DROP OWNED BY fact_bypass; DROP ROLE fact_bypass") })
		s := p.as(app)
		s.gives("SELECT count(*) FROM notes", "0")
		s.gives("SET ROLE fact_bypass; SELECT count(*) FROM notes", "30")
	}},
	{"an advanced sequence stays advanced after a rollback", func(p *place) {
		s := p.as(owner)
		s.run("CREATE SEQUENCE numbers")
		s.run("BEGIN; SELECT nextval('numbers'), nextval('numbers'); ROLLBACK")
		s.gives("SELECT nextval('numbers')", "3")
	}},
	{"a table made anew has no policies and no row security; default privileges leave it readable", func(p *place) {
		s := p.as(owner)
		s.run(`ALTER DEFAULT PRIVILEGES FOR ROLE fact_owner IN SCHEMA public GRANT SELECT ON TABLES TO fact_app;
			CREATE TABLE notes_new AS SELECT * FROM notes; DROP TABLE notes; ALTER TABLE notes_new RENAME TO notes;
			INSERT INTO notes VALUES (99, 2, 'of tenant 2')`)
		p.as(app).gives("SET app.tenant = '1'; SELECT tenant FROM notes", "2")
	}},
}
