package probes

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/engardehq/bulkhead/internal/probes/book"
	"github.com/engardehq/bulkhead/internal/result"
)

// scope tries how long a tenant holds: in a transaction its own rows and no others, after it nothing.
func scope(ctx context.Context, c *Config, b book.Book) error {
	boss, err := admin(ctx, c)
	if err != nil {
		return err
	}
	defer boss.leave()
	victim, attacker := pair(c)
	for _, d := range doors(c) {
		w, err := findWitness(ctx, c, boss, d.role, []string{victim, attacker})
		if err != nil {
			b.At("C02").Unsure(err.Error())
			b.At("C03").Unsure(err.Error())
			continue
		}
		stays, err := setterStays(ctx, c, b, d, w, boss)
		if err != nil {
			return err
		}
		if err := scopeThrough(ctx, c, b.At("C02"), d, w, stays); err != nil {
			return err
		}
		if d.pooled {
			if err := otherClients(ctx, c, b.At("C03"), d, w); err != nil {
				return err
			}
		}
	}
	nameLeft(b.At("C03"))
	if len(c.Pooled) == 0 {
		b.At("C03").NotChecked = "there is no pooler"
	}
	return nil
}

// setterStays looks whether the target's own way to set a tenant outlives its transaction: the next client of the connection would have it.
func setterStays(ctx context.Context, c *Config, b book.Book, d door, w *witness, boss *session) (bool, error) {
	o := b.At("C03")
	victim, _ := pair(c)
	s, err := d.enter(ctx, c)
	if err != nil {
		return false, err
	}
	defer s.leave()
	seen, err := s.as(ctx, w, victim)
	if err != nil {
		return false, fmt.Errorf("reading %s as its own tenant (%s): %w", w.relation.FullName(), d, err)
	}
	if !slices.Contains(seen, victim) {
		o.Unsure(fmt.Sprintf("%s shows a tenant none of its own rows as %s, so nothing could show a leak", w.relation.FullName(), d))
	}
	next := s
	if d.pooled {
		if next, err = d.enter(ctx, c); err != nil {
			return false, err
		}
		defer next.leave()
	}
	_, left, err := next.who(ctx)
	if err != nil {
		return false, err
	}
	// The reset belongs to the one server connection, wherever the next statement of s may be served.
	defer func() { _ = next.run(context.WithoutCancel(ctx), "RESET "+c.Target.Tenancy.Setting) }()
	if o.Looked(left != victim) {
		return false, nil
	}
	shown, _ := next.sees(ctx, w) // an error shows nothing
	f := result.Finding{Channel: "C03", Severity: result.Weakness, Count: 1, Where: c.Target.Tenancy.Setting,
		What: fmt.Sprintf("the tenant that %s sets stays when its transaction is over: whoever uses the connection next is that tenant", quote(c.Target.Tenancy.Set)),
		Evidence: []result.Evidence{{Tenant: "none", Owner: victim, Table: w.relation.FullName(),
			Detail: fmt.Sprintf("as %s: the next transaction finds %s set and sees the rows of %d tenants", d, left, len(shown))}}}
	if slices.Contains(shown, victim) {
		f.Severity = result.Leak
	}
	f.Fix, err = mendSetter(ctx, boss)
	o.Add(f)
	return true, err
}

// mendSetter makes the functions that set the tenant for the session set it for the transaction.
func mendSetter(ctx context.Context, boss *session) (string, error) {
	rows, err := boss.Query(ctx, text("setters.sql"), boss.c.Target.Tenancy.Setting)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	var mends []string
	for rows.Next() {
		var name, definition string
		if err := rows.Scan(&name, &definition); err != nil {
			return "", err
		}
		bare := name[strings.LastIndexByte(strings.SplitN(name, "(", 2)[0], '.')+1:]
		if !strings.Contains(boss.c.Target.Tenancy.Set, strings.SplitN(bare, "(", 2)[0]) {
			continue
		}
		if mended := falseToTrue.ReplaceAllString(definition, "${1}true)"); mended != definition {
			mends = append(mends, strings.TrimSpace(mended)+";")
		}
	}
	if len(mends) == 0 {
		return "-- set the tenant with set_config(" + quote(boss.c.Target.Tenancy.Setting) + ", tenant, true): for the transaction", rows.Err()
	}
	return strings.Join(mends, "\n"), rows.Err()
}

// trial is one way to set and lose a tenant. The steps are run in order; each answer is held against the tenant that must be seen then.
type trial struct {
	name  string
	alone bool // needs a session of its own, so not through the pooler
	steps []step
}

type step struct {
	do   string // a statement; or "set" and "session", with tenant
	as   string
	want string // the tenant whose rows must be all that is seen after it; "" none, "-" not looked at
}

func trials(victim, attacker string, setting string) []trial {
	set := func(tenant, want string) step { return step{"set", tenant, want} }
	do := func(statement, want string) step { return step{statement, "", want} }
	begin, commit, rollback := do("BEGIN", ""), do("COMMIT", ""), do("ROLLBACK", "")
	return []trial{
		{"set outside a transaction", false, []step{set(victim, "")}},
		{"set, then COMMIT", false, []step{begin, set(victim, victim), commit}},
		{"set, then ROLLBACK", false, []step{begin, set(victim, victim), rollback}},
		{"set in a savepoint that is rolled back", false, []step{begin, do("SAVEPOINT a", ""), set(victim, victim), do("ROLLBACK TO a", ""), commit}},
		{"another tenant in a savepoint that is rolled back", false, []step{begin, set(attacker, attacker), do("SAVEPOINT a", attacker), set(victim, victim), do("ROLLBACK TO a", attacker), commit}},
		{"two savepoints deep", false, []step{begin, set(attacker, attacker), do("SAVEPOINT a", attacker), set(victim, victim), do("SAVEPOINT b", victim), set(attacker, attacker),
			do("RELEASE b", attacker), do("ROLLBACK TO a", attacker), commit}},
		{"set twice in a transaction", false, []step{begin, set(victim, victim), set(attacker, attacker), commit}},
		{"SET LOCAL to the default", false, []step{begin, set(victim, victim), do("SET LOCAL "+setting+" TO DEFAULT", ""), commit}},
		{"RESET within the transaction", true, []step{begin, set(victim, victim), do("RESET "+setting, ""), commit}},
		{"set, then an error and ROLLBACK", false, []step{begin, set(victim, victim), do("!SELECT 1/0", "-"), rollback}},
		{"a session's tenant underneath, then RESET", true, []step{{"session", victim, victim}, do("BEGIN", victim), set(attacker, attacker), do("COMMIT", victim), do("RESET "+setting, "")}},
		{"a session's tenant underneath, then RESET ALL", true, []step{{"session", victim, victim}, do("RESET ALL", "")}},
		{"a session's tenant underneath, then DISCARD ALL", true, []step{{"session", victim, victim}, do("DISCARD ALL", "")}},
		{"a session's tenant that is rolled back", true, []step{begin, {"session", victim, victim}, rollback}},
		{"set, then COMMIT AND CHAIN", false, []step{begin, set(victim, victim), do("COMMIT AND CHAIN", ""), commit}},
		{"set, then ROLLBACK AND CHAIN", false, []step{begin, set(victim, victim), do("ROLLBACK AND CHAIN", ""), commit}},
	}
}

// scopeThrough makes the trials through one door. Where the setter is known to outlive its transaction, its own finding stands for them.
func scopeThrough(ctx context.Context, c *Config, o *book.Outcome, d door, w *witness, stays bool) error {
	victim, attacker := pair(c)
	for _, t := range trials(victim, attacker, c.Target.Tenancy.Setting) {
		if t.alone && d.pooled {
			continue
		}
		wrong, detail, err := try(ctx, c, d, w, t)
		if err != nil {
			o.Unsure(fmt.Sprintf("%s, as %s: %v", t.name, d, err))
			continue
		}
		if o.Looked(!wrong) || stays {
			continue
		}
		o.Add(result.Finding{Channel: "C02", Severity: result.Leak, Count: 1, Where: w.relation.FullName(),
			What:     "a tenant doesn't hold for as long as its transaction and no longer",
			Evidence: []result.Evidence{{Tenant: attacker, Owner: victim, Table: w.relation.FullName(), Detail: fmt.Sprintf("%s, as %s: %s", t.name, d, detail)}},
			Fix:      "-- policies must compare with NULLIF(current_setting(" + quote(c.Target.Tenancy.Setting) + ", true), ''), and the tenant must be set with set_config(..., true)"})
	}
	return nil
}

// try goes through one trial and tells whether anything but what must be seen was seen.
func try(ctx context.Context, c *Config, d door, w *witness, t trial) (wrong bool, detail string, err error) {
	s, err := d.enter(ctx, c)
	if err != nil {
		return false, "", err
	}
	defer s.leave()
	within := false
	for _, st := range t.steps {
		statement, mayFail := strings.CutPrefix(st.do, "!")
		switch statement {
		case "set":
			err = s.become(ctx, st.as)
		case "session":
			err = s.put(ctx, st.as, false)
		default:
			err = s.run(ctx, statement)
		}
		if err != nil && !mayFail {
			return false, "", fmt.Errorf("%s: %w", statement, err)
		}
		switch {
		case statement == "BEGIN":
			within = true
		case statement == "COMMIT" || statement == "ROLLBACK":
			within = false
		}
		if st.want == "-" {
			continue
		}
		seen, err := s.look(ctx, w, within)
		if err != nil {
			return false, "", err
		}
		if st.want == "" && len(seen) > 0 || st.want != "" && !only(seen, st.want) {
			return true, fmt.Sprintf("after %s the rows of %d tenants are seen, want those of %q", statement, len(seen), st.want), nil
		}
	}
	return false, "", nil
}

// look reads the witness; a refusal by the server is no row. Within a transaction a savepoint keeps it alive.
func (s *session) look(ctx context.Context, w *witness, within bool) ([]string, error) {
	if within {
		if err := s.run(ctx, "SAVEPOINT look"); err != nil {
			return nil, err
		}
	}
	seen, err := s.sees(ctx, w)
	if err != nil && !refused(err) {
		return nil, err
	}
	if within {
		back := "RELEASE look"
		if err != nil {
			back = "ROLLBACK TO look"
		}
		return seen, s.run(ctx, back)
	}
	return seen, nil
}

// falseToTrue finds the third argument of set_config, or of SET without LOCAL.
var falseToTrue = regexp.MustCompile(`(?is)(set_config\s*\([^;]*?,\s*)false\s*\)`)
