package scenarios

import (
	"slices"
	"strings"
)

// compare checks fields against each other. A comparison is left out where one
// of its fields could not be read: it would speak of a default instead.
func (r *reader) compare(s Scenario) {
	if r.sound("tenants", "largest_tenant") && s.LargestTenant*float64(s.Tenants) < 1 {
		r.at("largest_tenant", "with %d tenants one of them holds at least %.3g%%: give that or more", s.Tenants, 100/float64(s.Tenants))
	}
	if r.sound("tenants", "rows") && s.Rows < int64(s.Tenants) {
		r.at("rows", "%d rows leave some of the %d tenants without any: give at least one row a tenant", s.Rows, s.Tenants)
	}
	var inTables int64
	for _, total := range s.Tables {
		inTables += total
	}
	if r.sound("tables", "rows") && inTables > s.Rows {
		r.at("tables", "the tables' totals come to %d rows, more than rows = %d: raise rows or lower the totals", inTables, s.Rows)
	}
	if r.sound("load.users", "load.connections") && s.Load.Closed() && r.lines["load.connections"] > 0 && s.Load.Users < s.Load.Connections {
		r.at("load.connections", "%d users can't keep %d connections busy: give at most one a user", s.Load.Users, s.Load.Connections)
	}
	if c := s.Load.Tenants; r.sound("tenants", "load.tenants") && c.Spread == Hot && c.Count >= s.Tenants {
		r.at("load.tenants.hot", "%d of %d tenants can't be hot: give fewer than there are", c.Count, s.Tenants)
	}
	if r.sound("load.workers", "load.connections") && !s.Load.Closed() && s.Load.Workers < s.Load.Connections {
		r.at("load.workers", "%d workers can't keep %d connections busy: give at least as many workers as connections", s.Load.Workers, s.Load.Connections)
	}
	if r.sound("load.through", "without") && s.Load.Through == PgBouncer && slices.Contains(s.Without, string(PgBouncer)) {
		r.at("load.through", "goes through pgbouncer, which \"without\" leaves out: use direct")
	}
	r.compareFaults(s)
	if r.sound("load.mix") || len(s.Load.Mix) > 0 {
		r.compareObjectives(s)
	}
}

func (r *reader) compareObjectives(s Scenario) {
	for _, op := range sortedKeys(s.Objectives.Ops) {
		if _, ok := s.Load.Mix[op]; !ok && r.sound("objectives.ops."+op) {
			r.at("objectives.ops."+op, "is not in load.mix, so nothing would be measured: add it there or remove it here")
		}
	}
	if !r.sound("objectives") {
		return
	}
	for _, op := range s.Load.Ops() {
		if s.Objectives.For(op).ResponseP95 == 0 {
			r.at("objectives.response_p95", "is missing, and %s has none of its own", op)
		}
	}
}

// sound tells whether nothing was wrong with these fields nor in them, nor with
// what they stand in.
func (r *reader) sound(paths ...string) bool {
	for _, path := range paths {
		for _, p := range r.problems {
			if p.Field != "" && (path == p.Field || strings.HasPrefix(p.Field, path+".") || strings.HasPrefix(path, p.Field+".")) {
				return false
			}
		}
	}
	return true
}
