package facts

import "strings"

// flows makes the tables of the design's cross-schema queries, small: 200 users of a tenant each, 100 entries a user.
const flows = `
CREATE TABLE side (user_id int PRIMARY KEY, tenant int NOT NULL);
CREATE TABLE flow (id int PRIMARY KEY, user_id int NOT NULL);
CREATE TABLE entries (id int PRIMARY KEY, user_id int NOT NULL, flow_id int NOT NULL, filler text NOT NULL);
CREATE INDEX by_tenant ON side (tenant); CREATE INDEX by_user ON flow (user_id); CREATE INDEX entries_of_user ON entries (user_id);
INSERT INTO side SELECT i, i FROM generate_series(1, 200) AS i;
INSERT INTO flow SELECT i, (i - 1) % 200 + 1 FROM generate_series(1, 400) AS i;
INSERT INTO entries SELECT i, i % 200 + 1, i % 400 + 1, repeat('x', 100) FROM generate_series(1, 20000) AS i;
GRANT SELECT ON side, flow, entries TO fact_app;
ALTER TABLE entries ENABLE ROW LEVEL SECURITY;
ALTER TABLE entries FORCE ROW LEVEL SECURITY`

// shape makes the tables with a policy on entries, and gives a session of tenant 7.
func (p *place) shape(condition string) *session {
	p.Helper()
	s := p.as(owner)
	s.run(flows)
	s.run("CREATE POLICY mine ON entries USING (" + condition + ")")
	p.as(super).run("VACUUM ANALYZE")
	a := p.as(app)
	a.run("SET app.tenant = '7'")
	a.gives("SELECT count(*), min(user_id), max(user_id) FROM entries", "100 7 7")
	return a
}

// plan is the plan of a statement; each word must be in it, and none of those after a "!" may be.
func (s *session) plan(statement string, words ...string) {
	s.Helper()
	var lines []string
	for _, row := range s.run("EXPLAIN (COSTS OFF) " + statement).Rows {
		lines = append(lines, string(row[0]))
	}
	plan := strings.Join(lines, "\n")
	for _, word := range words {
		if without, not := strings.CutPrefix(word, "!"); strings.Contains(plan, without) == not {
			s.Errorf("the plan of %s, which should have %q:\n%s", statement, words, plan)
		}
	}
}

const (
	newest    = "SELECT * FROM entries ORDER BY id DESC LIMIT 20"
	ofOneUser = "SELECT * FROM entries WHERE user_id = 7 ORDER BY filler LIMIT 20"
	sorted    = "SELECT * FROM entries ORDER BY filler DESC LIMIT 20"
	perFlow   = "SELECT f.id, count(e.id) FROM flow AS f LEFT JOIN entries AS e ON e.flow_id = f.id GROUP BY f.id"
)

const tenantNow = "NULLIF(current_setting('app.tenant', true), '')::int"

var plans = []fact{
	{"user_id IN (SELECT ...) in a policy is a hashed sub-plan over a sequential scan", func(p *place) {
		s := p.shape("user_id IN (SELECT user_id FROM side WHERE side.tenant = " + tenantNow + ")")
		for _, statement := range []string{sorted, perFlow} {
			s.plan(statement, "Seq Scan on entries", "hashed SubPlan", "!InitPlan", "!entries_of_user")
		}
		// "Whatever the statement's WHERE" says too much: an index that the WHERE itself can use serves it; the sub-plan then filters.
		s.plan(ofOneUser, "entries_of_user", "hashed SubPlan")
	}},
	{"flow_id IN (SELECT ...) in a policy is the same", func(p *place) {
		s := p.shape("flow_id IN (SELECT flow.id FROM flow JOIN side USING (user_id) WHERE side.tenant = " + tenantNow + ")")
		s.plan(sorted, "Seq Scan on entries", "hashed SubPlan", "!InitPlan")
	}},
	{"user_id = ANY (ARRAY(SELECT ...)) in a policy is an InitPlan, and the index on user_id serves it", func(p *place) {
		s := p.shape("user_id = ANY (ARRAY(SELECT side.user_id FROM side WHERE side.tenant = " + tenantNow + "))")
		for _, statement := range []string{sorted, perFlow} {
			s.plan(statement, "InitPlan", "entries_of_user", "!Seq Scan on entries", "!SubPlan")
		}
	}},
	{"a LIMIT in the order of another index is served by that index, whatever the form of the policy", func(p *place) {
		s := p.shape("user_id IN (SELECT user_id FROM side WHERE side.tenant = " + tenantNow + ")")
		s.plan(newest, "Index Scan Backward using entries_pkey", "hashed SubPlan")
	}},
	{"the setting is stable: the comparison with a tenant column is an index condition", func(p *place) {
		p.as(owner).run("CREATE TABLE wide AS SELECT i AS id, i % 200 AS tenant, repeat('x', 100) AS filler FROM generate_series(1, 20000) AS i;" +
			"CREATE INDEX wide_of_tenant ON wide (tenant); ALTER TABLE wide ENABLE ROW LEVEL SECURITY; CREATE POLICY mine ON wide USING (tenant = " + tenantNow +
			"); GRANT SELECT ON wide TO fact_app")
		p.as(super).run("VACUUM ANALYZE wide")
		p.as(app).plan("SELECT * FROM wide", "Index Cond: (tenant = (NULLIF(current_setting(", "!Seq Scan")
	}},
	{"a condition with a function that isn't leakproof can't use an index before the policy", func(p *place) {
		s := p.shape("user_id = ANY (ARRAY(SELECT side.user_id FROM side WHERE side.tenant = " + tenantNow + "))")
		p.as(owner).run("CREATE INDEX entries_lower ON entries (lower(filler))")
		p.as(super).run("ANALYZE entries")
		s.plan("SELECT * FROM entries WHERE lower(filler) = 'y'", "!entries_lower")
		p.as(super).plan("SELECT * FROM entries WHERE lower(filler) = 'y'", "entries_lower")
	}},
}
