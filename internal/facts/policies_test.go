package facts

// open adds a second policy beside the right one: permissive policies add up.
func (p *place) open(policy string) *session {
	p.as(owner).run(policy)
	s := p.as(app)
	s.run("SET app.tenant = '1'")
	return s
}

var policies = []fact{
	{"USING without WITH CHECK is no hole: USING checks what is written too", func(p *place) {
		s := p.as(app)
		s.run("SET app.tenant = '1'")
		s.refused("42501", "INSERT INTO notes VALUES (99, 2, 'x')")
		s.refused("42501", "INSERT INTO notes VALUES (99, 2, 'x') RETURNING id")
		s.refused("42501", "UPDATE notes SET tenant = 2")
		s.refused("42501", "UPDATE notes SET tenant = 2 WHERE id = 1")
		s.touches(1, "BEGIN; INSERT INTO notes VALUES (99, 1, 'x')")
		s.run("ROLLBACK")
	}},
	{"the same holds for a policy FOR UPDATE alone", func(p *place) {
		p.as(owner).run(`DROP POLICY mine ON notes; CREATE POLICY reads ON notes FOR SELECT USING (tenant = current_setting('app.tenant')::int);
			CREATE POLICY writes ON notes FOR UPDATE USING (tenant = current_setting('app.tenant')::int)`)
		s := p.as(app)
		s.run("SET app.tenant = '1'")
		s.refused("42501", "UPDATE notes SET tenant = 2")
	}},
	{"WITH CHECK (true) FOR INSERT: the bare INSERT goes through, with RETURNING it is refused", func(p *place) {
		s := p.open("CREATE POLICY more ON notes FOR INSERT WITH CHECK (true)")
		s.touches(1, "INSERT INTO notes VALUES (98, 2, 'x')")
		s.refused("42501", "INSERT INTO notes VALUES (99, 2, 'x') RETURNING id")
		p.as(super).gives("SELECT tenant FROM notes WHERE id > 90", "2")
	}},
	{"WITH CHECK (true) FOR ALL: a bare UPDATE gives rows away, UPDATE with WHERE is refused", func(p *place) {
		p.as(owner).run("DROP POLICY mine ON notes")
		s := p.open("CREATE POLICY mine ON notes USING (tenant = current_setting('app.tenant')::int) WITH CHECK (true)")
		s.refused("42501", "UPDATE notes SET tenant = 2 WHERE id = 1")
		s.refused("42501", "UPDATE notes SET tenant = 2 RETURNING id")
		s.touches(10, "UPDATE notes SET tenant = 2")
		s.touches(1, "INSERT INTO notes VALUES (98, 2, 'x')")
		s.refused("42501", "INSERT INTO notes VALUES (99, 2, 'x') RETURNING id")
	}},
	{"FOR UPDATE USING (true): a bare UPDATE reaches all rows, one whose WHERE or RETURNING names a column only those that may be read", func(p *place) {
		s := p.open("CREATE POLICY more ON notes FOR UPDATE USING (true)")
		s.touches(10, "UPDATE notes SET note = 'mine' WHERE true AND id > 0")
		s.touches(30, "UPDATE notes SET note = 'all'")
		s.touches(10, "UPDATE notes SET note = 'mine' RETURNING id")
		s.touches(30, "UPDATE notes SET note = 'all' WHERE true RETURNING 1") // names no column, so needs no right to read
	}},
	{"FOR DELETE USING (true): DELETE whose WHERE or RETURNING names a column is filtered, a bare DELETE is not", func(p *place) {
		s := p.open("CREATE POLICY more ON notes FOR DELETE USING (true)")
		s.touches(10, "BEGIN; DELETE FROM notes WHERE id > 0")
		s.touches(10, "ROLLBACK; BEGIN; DELETE FROM notes RETURNING id")
		s.touches(30, "ROLLBACK; BEGIN; DELETE FROM notes RETURNING 1")
		s.touches(30, "ROLLBACK; BEGIN; DELETE FROM notes")
	}},
	{"FOR SELECT USING (true) shows all rows and lets none be written", func(p *place) {
		s := p.open("CREATE POLICY more ON notes FOR SELECT USING (true)")
		s.gives("SELECT count(*) FROM notes", "30")
		s.touches(10, "UPDATE notes SET note = 'mine'")
		s.gives("SELECT count(*) FROM (SELECT FROM notes FOR UPDATE) AS locked", "10")
	}},
	{"permissive policies add up, restrictive ones narrow", func(p *place) {
		s := p.open("CREATE POLICY more ON notes FOR SELECT USING (id % 2 = 0); CREATE POLICY less ON notes AS RESTRICTIVE FOR SELECT USING (id <= 20)")
		s.gives("SELECT tenant, count(*) FROM notes GROUP BY tenant ORDER BY tenant", "1 10", "2 5")
	}},
	{"with row security on and no policy nothing is seen; a restrictive policy alone shows nothing either", func(p *place) {
		p.as(owner).run("DROP POLICY mine ON notes")
		s := p.open("CREATE POLICY less ON notes AS RESTRICTIVE USING (true)")
		s.gives("SELECT count(*) FROM notes", "0")
		s.refused("42501", "INSERT INTO notes VALUES (99, 1, 'x')")
	}},
	{"ON CONFLICT DO UPDATE and MERGE are held to the policies; DO NOTHING tells that another tenant has the key", func(p *place) {
		s := p.as(app)
		s.run("SET app.tenant = '1'")
		s.refused("42501", "INSERT INTO notes VALUES (30, 1, 'x') ON CONFLICT (id) DO UPDATE SET note = 'x'")
		s.touches(0, "INSERT INTO notes VALUES (30, 1, 'x') ON CONFLICT DO NOTHING")
		s.touches(1, "INSERT INTO notes VALUES (31, 1, 'x') ON CONFLICT DO NOTHING")
		s.touches(0, "MERGE INTO notes USING (VALUES (30)) AS v (id) ON notes.id = v.id WHEN MATCHED THEN DELETE")
		s.refused("42501", "MERGE INTO notes USING (VALUES (77)) AS v (id) ON notes.id = v.id WHEN NOT MATCHED THEN INSERT VALUES (v.id, 2, 'x')")
	}},
}
