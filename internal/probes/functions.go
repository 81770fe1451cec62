package probes

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/engardehq/bulkhead/internal/result"
)

var functionSpec = Spec{
	Name:     "functions",
	Doc:      "calls every function that a confined role may execute with other tenants' ids, texts and tables, and looks through answers, notices and errors",
	Channels: []string{"S08"},
	Needs:    []string{"writes"},
	Glance:   true,
	Run:      callFunctions,
}

func callFunctions(ctx context.Context, a *Attack) error {
	o := a.at("S08")
	o.Residue("the statement that sets the tenant takes any tenant: whoever runs SQL as the application can be any")
	for _, role := range a.Target.Confined() {
		if a.Direct[role] == "" {
			continue
		}
		functions, err := a.functions(ctx, role)
		if err != nil {
			return err
		}
		attacker := a.Tenants[1]
		m, err := a.gather(ctx, a.Tenants[0])
		if err != nil {
			return err
		}
		by := &caller{role: role, attacker: attacker}
		for _, f := range functions {
			if err == nil {
				if err = a.callAll(ctx, by, f, m); err != nil {
					err = fmt.Errorf("calling %s as %s: %w", f.signature, role, err)
				}
			}
		}
		by.leave()
		if err != nil {
			return err
		}
	}
	return nil
}

// caller calls functions as one role for one tenant, and hears what the server has to say meanwhile.
type caller struct {
	role, attacker string
	session        *session // nil before the first call
	notices        strings.Builder
}

func (c *caller) leave() {
	if c.session != nil {
		c.session.leave()
	}
}

// enter connects where that wasn't done, or where a function has ended the connection.
func (c *caller) enter(ctx context.Context, a *Attack) (err error) {
	if c.session != nil && !c.session.IsClosed() {
		return nil
	}
	c.session, err = door{role: c.role, name: "direct", dsn: a.Direct[c.role]}.enter(ctx, &a.Config, func(config *pgx.ConnConfig) {
		config.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) { c.notices.WriteString(n.Message + "\n" + n.Detail + "\n") }
	})
	return err
}

// call makes one call, rolled back, and gives all that was said.
func (c *caller) call(ctx context.Context, a *Attack, one call) (string, error) {
	if err := c.enter(ctx, a); err != nil {
		return "", err
	}
	c.notices.Reset()
	if err := c.session.run(ctx, "BEGIN", "SET LOCAL statement_timeout = '2s'", "SET LOCAL lock_timeout = '1s'"); err != nil {
		return "", err
	}
	done, err := c.session.pipeline(ctx, segment{{a.Target.Tenancy.Set, []any{c.attacker}}}, segment{{one.sql, one.args}}, segment{{sql: "ROLLBACK"}})
	if err == nil {
		err = done[0].refusal
	}
	if err != nil {
		return "", err
	}
	return done[1].text() + "\n" + c.notices.String(), nil
}

// callAll calls one function until an answer holds what is another tenant's.
func (a *Attack) callAll(ctx context.Context, by *caller, f function, m material) error {
	most := callsMax
	if a.Depth == Glance {
		most = 12
	}
	calls, err := a.calls(ctx, f, m, most)
	if err != nil {
		return err
	}
	for _, c := range calls {
		answer, err := by.call(ctx, a, c)
		if err != nil {
			return err
		}
		sight, leaks := a.judge.foreign(by.role, by.attacker, []byte(answer), c.args...)
		if a.at("S08").Looked(!leaks) {
			continue
		}
		rights := "its caller's rights"
		if f.definer {
			rights = "the rights of its owner " + f.owner
		}
		a.at("S08").Add(result.Finding{Channel: "S08", Severity: result.Leak, Where: f.signature + ", role " + by.role, Count: 1, Fix: f.mend(by.role),
			What:     fmt.Sprintf("%s is shown other tenants' data by %s, which runs with %s", by.role, f.signature, rights),
			Evidence: []result.Evidence{sight.evidence(by.role, by.attacker, fmt.Sprintf("%s with %v", c.sql, c.args))}})
		return nil
	}
	return nil
}

// wordsOf are all that an error of the server's tells a client.
func wordsOf(err error) string {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return ""
	}
	return fmt.Sprintf("%s %s\n%s\n%s\n%s\n", pg.Code, pg.Message, pg.Detail, pg.Hint, pg.Where)
}

// withoutArguments takes out of an answer what the caller had said itself.
func withoutArguments(answer string, args []any) string {
	for _, arg := range args {
		if s, ok := arg.(string); ok && len(s) >= valueLen {
			answer = strings.ReplaceAll(answer, s, "")
			answer = strings.ReplaceAll(answer, strings.Trim(s, `{}"[]`), "")
		}
	}
	return answer
}
