package probes

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/engardehq/bulkhead/internal/catalog"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/target"
	"github.com/engardehq/bulkhead/sql"
)

var privilegeSpec = Spec{
	Name:     "privileges",
	Doc:      "tries what an application has no business to do: become another role, make objects, change tables, read files and large objects",
	Channels: []string{"S03", "S10", "S11", "S12", "S13", "S14", "S16", "W06"},
	Needs:    []string{"writes"},
	Glance:   true,
	Run:      privileges,
}

var ownSpec = Spec{
	Name:   "own",
	Doc:    "the team's own probes, from the folder of its target",
	Glance: true,
	Run:    ownProbes,
}

func privileges(ctx context.Context, a *Attack) error {
	shipped, err := LoadOwn(sql.FS, "probes/tries")
	if err != nil {
		return err
	}
	for _, role := range a.Target.Confined() {
		if a.Direct[role] == "" {
			continue
		}
		s, err := door{role: role, name: "direct", dsn: a.Direct[role]}.enter(ctx, &a.Config)
		if err != nil {
			return err
		}
		defer func() { s.leave() }()
		for _, one := range shipped {
			if err := a.tryOwn(ctx, s, role, one); err != nil {
				return fmt.Errorf("%s: %w", one.File, err)
			}
		}
		if err := a.tryObjects(ctx, s, role); err != nil {
			return err
		}
		if err := a.tryLargeObjects(ctx, s, role); err != nil {
			return err
		}
	}
	return nil
}

func ownProbes(ctx context.Context, a *Attack) error {
	for _, one := range a.Own {
		if one.Expect == expectations[2] { // the probe of interference asks it
			continue
		}
		for _, role := range a.Target.Confined() {
			if one.Role != "" && one.Role != role || a.Direct[role] == "" {
				continue
			}
			s, err := door{role: role, name: "direct", dsn: a.Direct[role]}.enter(ctx, &a.Config)
			if err != nil {
				return err
			}
			err = a.tryOwn(ctx, s, role, one)
			s.leave()
			if err != nil {
				return fmt.Errorf("%s: %w", one.File, err)
			}
		}
	}
	return nil
}

// arguments are the attacker and the victim, as far as a statement asks for them.
func (o Own) arguments(attacker, victim string) (args []any) {
	for i, id := range []string{attacker, victim} {
		if strings.Contains(o.SQL, fmt.Sprintf("$%d", i+1)) && !strings.Contains(o.SQL, "$$") {
			args = append(args, id)
		}
	}
	return args
}

// tryOwn tries a probe of a file as a role that acts for a tenant.
func (a *Attack) tryOwn(ctx context.Context, s *session, role string, one Own) error {
	attacker, victim := a.Tenants[1], a.Tenants[0]
	answer, refusal, err := s.tryAs(ctx, attacker, one.SQL, one.arguments(attacker, victim)...)
	if err != nil {
		return err
	}
	o := a.at(one.Channel)
	if one.Expect == expectations[0] {
		return a.judgeOwn(ctx, s, role, one, answer, refusal)
	}
	var pg *pgconn.PgError
	if errors.As(refusal, &pg) && pg.Code == "42501" {
		o.Looked(true)
		return nil
	}
	if refusal != nil {
		o.Unsure(fmt.Sprintf("%s as %s: neither refused nor allowed: %v", one.File, role, refusal))
		return nil
	}
	o.Looked(false)
	o.Add(one.finding(role, result.Weakness, result.Evidence{Tenant: attacker, File: one.File, Detail: "as " + role + ": not refused"}))
	return nil
}

func (a *Attack) judgeOwn(ctx context.Context, s *session, role string, one Own, answer string, refusal error) error {
	attacker, victim := a.Tenants[1], a.Tenants[0]
	o := a.at(one.Channel)
	if sight, leaks := a.judge.foreign(role, attacker, []byte(answer), one.arguments(attacker, victim)...); !o.Looked(!leaks) {
		if shippedTry(one) && a.leaks(role) { // statistics are shown of what the role may read all rows of: known already, with its cause
			return nil
		}
		o.Add(one.finding(role, result.Leak, sight.evidence(role, attacker, one.File)))
		return nil
	}
	if shippedTry(one) { // it may well show nothing to anybody
		return nil
	}
	control, err2, err := s.tryAs(ctx, victim, one.SQL, one.arguments(victim, attacker)...)
	if err == nil && (err2 != nil || control == "") {
		o.Unsure(fmt.Sprintf("%s as %s shows the victim itself no row, so it could show nothing", one.File, role))
	}
	return err
}

// leaks tells whether reads have found anything open to a role.
func (a *Attack) leaks(role string) bool {
	for _, roles := range a.leaked {
		if roles[role] {
			return true
		}
	}
	return false
}

func shippedTry(one Own) bool { return strings.HasPrefix(one.File, "probes/tries/") }

func (o Own) finding(role string, severity result.Severity, e result.Evidence) result.Finding {
	what := o.What
	if what == "" {
		what = "passes the probe " + o.File + ", which expects: " + o.Expect
	}
	return result.Finding{Channel: o.Channel, Severity: severity, Where: "role " + role, Count: 1, What: role + " " + what,
		Fix: strings.ReplaceAll(o.Mend, "{role}", identifier(role)), Evidence: []result.Evidence{e}}
}

// tryAs runs a statement as a tenant, rolled back, and gives the answer as text and the server's refusal.
func (s *session) tryAs(ctx context.Context, id, statement string, args ...any) (answer string, refusal, err error) {
	if err := s.run(ctx, "BEGIN", "SET LOCAL lock_timeout = '1s'", "SET LOCAL statement_timeout = '5s'"); err != nil {
		return "", nil, err
	}
	done, err := s.pipeline(ctx, one(s.c.Target.Tenancy.Set, id), one(statement, args...), one("ROLLBACK"))
	if err != nil {
		return "", nil, err
	}
	if done[0].refusal != nil {
		return "", nil, fmt.Errorf("setting the tenant: %w", done[0].refusal)
	}
	return done[1].last().text, done[1].refusal, nil
}

// may tells whether the target's matrix gives a role a right.
func (a *Attack) may(role, kind, object, right string) bool {
	return slices.ContainsFunc(a.Target.Matrix, func(m target.Right) bool {
		ok, _ := path.Match(m.On, object)
		return m.Role == role && ok && (m.Kind == kind || kind == "table" && m.Kind == "") && slices.Contains(m.May, right)
	})
}

// tryObjects tries to become other roles, to make objects, and to change the tables of tenants.
func (a *Attack) tryObjects(ctx context.Context, s *session, role string) error {
	tries, err := a.objectTries(ctx, role)
	if err != nil {
		return err
	}
	triggers, owned, err := a.alterable(ctx, role)
	if err != nil {
		return err
	}
	for _, r := range a.Catalog.TenantTables() {
		trigger, owns := triggers[r.OID], owned[r.OID]
		if catalog.Accepted(a.Target, role, r) != nil || r.Owner == role && a.may(role, "table", r.FullName(), "TRIGGER") {
			continue
		}
		if owns || a.Depth != Glance {
			tries = append(tries, Own{File: "ALTER TABLE", Channel: "S01", What: "switches row security off on " + r.FullName(),
				SQL: "ALTER TABLE " + r.SQL() + " DISABLE ROW LEVEL SECURITY", Mend: "ALTER TABLE " + r.SQL() + " OWNER TO CURRENT_USER;"})
		}
		a.at("S10").Looked(!trigger)
		if trigger {
			tries = append(tries, Own{File: "CREATE TRIGGER", Channel: "S10", What: "adds triggers to " + r.FullName(), Mend: "REVOKE TRIGGER ON " + r.SQL() + " FROM PUBLIC, {role};",
				SQL: "CREATE TRIGGER bulkhead_try AFTER INSERT ON " + r.SQL() + " FOR EACH ROW EXECUTE FUNCTION pg_catalog.suppress_redundant_updates_trigger()"})
		}
	}
	for _, one := range tries {
		one.Expect = expectations[1]
		if err := a.tryOwn(ctx, s, role, one); err != nil {
			return fmt.Errorf("%s: %w", one.File, err)
		}
	}
	return nil
}

// alterable tells to which tables a role may add triggers, and of which it has the rights of the owner. It is asked first: for a trigger the server
// locks the table before it looks at the right, and a glance has no time.
func (a *Attack) alterable(ctx context.Context, role string) (triggers, owned map[uint32]bool, err error) {
	triggers, owned = map[uint32]bool{}, map[uint32]bool{}
	var oids []uint32
	for _, r := range a.Catalog.TenantTables() {
		oids = append(oids, r.OID)
	}
	rows, err := a.boss.Query(ctx, text("alterable.sql"), role, oids)
	if err != nil {
		return nil, nil, err
	}
	var oid uint32
	var trigger, owns bool
	_, err = pgx.ForEachRow(rows, []any{&oid, &trigger, &owns}, func() error {
		triggers[oid], owned[oid] = trigger, owns
		return nil
	})
	return triggers, owned, err
}

func (a *Attack) objectTries(ctx context.Context, role string) (tries []Own, err error) {
	var roles, schemas []string
	if err := a.boss.QueryRow(ctx, text("names.sql"), pgx.QueryExecModeExec, role).Scan(&roles, &schemas); err != nil {
		return nil, err
	}
	declared := slices.IndexFunc(a.Target.Roles, func(r target.Role) bool { return r.Name == role })
	for _, other := range roles {
		if declared >= 0 && slices.Contains(a.Target.Roles[declared].Becomes, other) {
			continue
		}
		tries = append(tries, Own{File: "SET ROLE", Channel: "S03", What: "becomes " + other, SQL: "SET LOCAL ROLE " + identifier(other),
			Mend: "REVOKE " + identifier(other) + " FROM {role};"},
			Own{File: "SET SESSION AUTHORIZATION", Channel: "S03", What: "takes the place of " + other, SQL: "SET LOCAL SESSION AUTHORIZATION " + identifier(other), Mend: "ALTER ROLE {role} NOSUPERUSER;"})
	}
	for _, schema := range schemas {
		if !a.may(role, "schema", schema, "CREATE") {
			mend := "REVOKE CREATE ON SCHEMA " + identifier(schema) + " FROM PUBLIC, {role};"
			tries = append(tries, Own{File: "CREATE TABLE", Channel: "S13", What: "makes objects in schema " + schema, Mend: mend,
				SQL: "CREATE TABLE " + pgx.Identifier{schema, "bulkhead_try"}.Sanitize() + " ()"})
		}
	}
	database := identifier(a.Target.Database)
	if !a.may(role, "database", a.Target.Database, "TEMPORARY") {
		tries = append(tries, Own{File: "CREATE TEMPORARY TABLE", Channel: "S13", What: "makes temporary tables, which stand in front of the real ones and stay on a pooled connection",
			SQL: "CREATE TEMPORARY TABLE bulkhead_try ()", Mend: "REVOKE TEMPORARY ON DATABASE " + database + " FROM PUBLIC, {role};"})
	}
	if !a.may(role, "database", a.Target.Database, "CREATE") {
		tries = append(tries, Own{File: "CREATE SCHEMA", Channel: "S13", What: "makes schemas", SQL: "CREATE SCHEMA bulkhead_try",
			Mend: "REVOKE CREATE ON DATABASE " + database + " FROM PUBLIC, {role};"})
	}
	return tries, nil
}

// tryLargeObjects reads each large object, as far as there are a thousand.
func (a *Attack) tryLargeObjects(ctx context.Context, s *session, role string) error {
	rows, err := a.boss.Query(ctx, "SELECT oid FROM pg_catalog.pg_largeobject_metadata ORDER BY oid LIMIT 1000")
	if err != nil {
		return err
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[uint32])
	if err != nil {
		return err
	}
	o := a.at("S16")
	for _, oid := range all {
		content, refusal, err := s.tryAs(ctx, a.Tenants[1], "SELECT pg_catalog.encode(pg_catalog.lo_get($1::oid), 'escape')", oid)
		if err != nil {
			return err
		}
		if o.Looked(refusal != nil) {
			continue
		}
		f := result.Finding{Channel: "S16", Severity: result.Weakness, Where: fmt.Sprintf("large object %d, role %s", oid, role), Count: 1,
			What: fmt.Sprintf("%s reads large object %d, which no policy keeps to a tenant", role, oid),
			Fix:  fmt.Sprintf("REVOKE ALL ON LARGE OBJECT %d FROM PUBLIC, %s;", oid, identifier(role))}
		if sight, leaks := a.judge.foreign(role, a.Tenants[1], []byte(content)); leaks {
			f.Severity = result.Leak
			f.Evidence = append(f.Evidence, sight.evidence(role, a.Tenants[1], ""))
		}
		o.Add(f)
	}
	return nil
}
