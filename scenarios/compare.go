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
	r.compareTraffic("load", s.Tenants, s.Load)
	if r.sound("load.through", "without") && s.Load.Through == PgBouncer && slices.Contains(s.Without, string(PgBouncer)) {
		r.at("load.through", "goes through pgbouncer, which \"without\" leaves out: use direct")
	}
	r.compareFaults("faults", "load", s.Faults, s.Load.Length())
	if s.HTTP != nil {
		r.compareTraffic("http", s.Tenants, s.HTTP.Traffic)
		r.compareFaults("http.faults", "http", s.HTTP.Faults, s.HTTP.Length())
	}
	if r.sound("load.mix") || len(s.Load.Mix) > 0 {
		r.compareObjectives(s)
	}
}

// compareTraffic holds the fields of one load against each other.
func (r *reader) compareTraffic(path string, tenants int, l Traffic) {
	users, connections, workers := join(path, "users"), join(path, "connections"), join(path, "workers")
	if r.sound(users, connections) && l.Closed() && r.lines[connections] > 0 && l.Users < l.Connections {
		r.at(connections, "%d users can't keep %d connections busy: give at most one a user", l.Users, l.Connections)
	}
	if r.sound("tenants", join(path, "tenants")) && l.Tenants.Spread == Hot && l.Tenants.Count >= tenants {
		r.at(join(path, "tenants.hot"), "%d of %d tenants can't be hot: give fewer than there are", l.Tenants.Count, tenants)
	}
	if r.sound(workers, connections) && !l.Closed() && l.Workers < l.Connections {
		r.at(workers, "%d workers can't keep %d connections busy: give at least as many workers as connections", l.Workers, l.Connections)
	}
}

func (r *reader) compareObjectives(s Scenario) {
	http := map[string]float64{}
	if s.HTTP != nil {
		http = s.HTTP.Mix
	}
	for _, op := range sortedKeys(s.Objectives.Ops) {
		_, inLoad := s.Load.Mix[op]
		if _, ok := http[op]; !ok && !inLoad && r.sound("objectives.ops."+op) {
			r.at("objectives.ops."+op, "is not in load.mix nor in http.mix, so nothing would be measured: add it there or remove it here")
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
	for _, op := range sortedKeys(http) {
		if s.Objectives.Ops[op].ResponseP95 == 0 {
			r.at("http.mix."+op, "needs a target of its own, objectives.ops.%s.response_p95: that of all is for queries, and an HTTP request is more than one", op)
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
