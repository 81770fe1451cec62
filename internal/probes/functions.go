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
		for _, f := range functions {
			if err := a.callAll(ctx, role, attacker, f, m); err != nil {
				return fmt.Errorf("calling %s as %s: %w", f.signature, role, err)
			}
		}
	}
	return nil
}

// callAll calls one function until an answer holds what is another tenant's.
func (a *Attack) callAll(ctx context.Context, role, attacker string, f function, m material) error {
	most := callsMax
	if a.Depth == Glance {
		most = 12
	}
	calls, err := a.calls(ctx, f, m, most)
	if err != nil {
		return err
	}
	var notices strings.Builder
	s, err := door{role: role, name: "direct", dsn: a.Direct[role]}.enter(ctx, &a.Config, func(c *pgx.ConnConfig) {
		c.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) { notices.WriteString(n.Message + "\n" + n.Detail + "\n") }
	})
	if err != nil {
		return err
	}
	defer func() { s.leave() }()
	for _, c := range calls {
		notices.Reset()
		var answer string
		err := s.inTransaction(ctx, "ROLLBACK", func() error {
			if err := s.run(ctx, "SET LOCAL statement_timeout = '2s'", "SET LOCAL lock_timeout = '1s'"); err != nil {
				return err
			}
			if err := s.become(ctx, attacker); err != nil {
				return err
			}
			answer, err = s.answer(ctx, c)
			return err
		})
		if err != nil {
			return err
		}
		sight, leaks := a.judge.foreign(role, attacker, []byte(answer+"\n"+notices.String()), c.args...)
		if a.at("S08").Looked(!leaks) {
			continue
		}
		rights := "its caller's rights"
		if f.definer {
			rights = "the rights of its owner " + f.owner
		}
		a.at("S08").Add(result.Finding{Channel: "S08", Severity: result.Leak, Where: f.signature + ", role " + role, Count: 1, Fix: f.mend(role),
			What:     fmt.Sprintf("%s is shown other tenants' data by %s, which runs with %s", role, f.signature, rights),
			Evidence: []result.Evidence{sight.evidence(role, attacker, fmt.Sprintf("%s with %v", c.sql, c.args))}})
		return nil
	}
	return nil
}

// answer calls a function and gives all that came back as text, an error's words included.
func (s *session) answer(ctx context.Context, c call) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, statementLimit)
	defer cancel()
	var all strings.Builder
	rows, err := s.Query(ctx, c.sql, append([]any{pgx.QueryExecModeExec}, c.args...)...)
	if err == nil {
		for rows.Next() {
			for _, v := range rows.RawValues() {
				all.Write(v)
				all.WriteByte('\n')
			}
		}
		rows.Close()
		err = rows.Err()
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		fmt.Fprintf(&all, "%s %s\n%s\n%s\n%s\n", pg.Code, pg.Message, pg.Detail, pg.Hint, pg.Where)
		err = nil
	}
	return all.String(), err
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
