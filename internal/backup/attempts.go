package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/engardehq/bulkhead/internal/result"
)

// attempt is a dump by a role that policies hold, as somebody would make it who has no superuser.
type attempt struct {
	login, become string
	how           string
	args          []string
	options       string // of its session
}

func (a attempt) role() string {
	if a.become != "" {
		return a.become + " by " + a.login
	}
	return a.login
}

// attempts dumps as each role that may log in, or that one of them may become. pg_dump has row security off and so must be refused where a
// policy holds; with --enable-row-security it dumps what the role sees, without a word.
func (b *backup) attempts(ctx context.Context) error {
	for _, r := range b.c.Target.Roles {
		if !r.Login {
			continue
		}
		for _, become := range append([]string{""}, r.Becomes...) {
			if err := b.attemptsOf(ctx, r.Name, become); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *backup) attemptsOf(ctx context.Context, login, become string) error {
	acts := become
	var as []string
	if become != "" {
		as = []string{"--role=" + become}
	} else {
		acts = login
	}
	readable, err := texts(ctx, b.conn, "backup/readable.sql", acts, b.schemas)
	if err != nil {
		return err
	}
	if _, err := b.attempt(ctx, attempt{login: login, become: become, how: "everything", args: as}); err != nil || len(readable) == 0 {
		return err
	}
	own := slices.Clone(as)
	for _, table := range readable {
		own = append(own, "--table="+table)
	}
	if _, err := b.attempt(ctx, attempt{login: login, become: become, how: "the tables that it reads", args: own}); err != nil {
		return err
	}
	seen := append(own, "--enable-row-security")
	missing, err := b.attempt(ctx, attempt{login: login, become: become, how: "the tables that it reads, --enable-row-security", args: seen})
	if err != nil || !missing {
		return err
	}
	tenant := b.largest()
	if tenant == "" {
		return nil
	}
	_, err = b.attempt(ctx, attempt{login: login, become: become, how: "the same with a tenant set", args: seen,
		options: "-c " + b.c.Target.Tenancy.Setting + "=" + tenant})
	return err
}

// largest is the tenant with most rows: its dump looks most like a whole one.
func (b *backup) largest() (tenant string) {
	for _, one := range slices.Sorted(maps.Keys(b.original.state.Tenants)) {
		if one != orNone(nil) && (tenant == "" || b.original.state.Tenants[one] > b.original.state.Tenants[tenant]) {
			tenant = one
		}
	}
	return tenant
}

// attempt makes one dump, reads it as it comes and counts. missing tells that it went through and lacks rows.
func (b *backup) attempt(ctx context.Context, a attempt) (missing bool, err error) {
	dsn, ok := b.c.DSN[a.login]
	if !ok {
		return false, fmt.Errorf("nobody knows how to log in as %s", a.login)
	}
	counted := &counts{column: b.c.Target.Tenancy.Column, rows: map[string]int64{}, tenants: map[string]map[string]int64{}}
	args := append([]string{"--data-only", "--snapshot=" + b.snapshot}, a.args...)
	err = b.c.stream(ctx, func(r io.Reader) error { return counted.read(r) }, dsn, a.options, "pg_dump", args...)
	done := result.BackupAttempt{Role: a.role(), How: a.how}
	o := b.book.At(channel)
	var refused *refusal
	switch {
	case errors.As(err, &refused):
		done.Refused = refused.said
		o.Looked(true)
	case err != nil:
		return false, err
	default:
		b.judge(counted, &done)
		if o.Looked(done.RowsMissing == 0 || done.TenantsMissing > 0) {
			break
		}
		o.Add(result.Finding{Channel: channel, Severity: result.Weakness, Count: done.RowsMissing, Where: "dump by " + done.Role,
			What:     "a dump lacks rows, and the counts of tenants' rows don't show it",
			Fix:      "-- dump as a superuser, and count the rows of every table after each restore",
			Evidence: []result.Evidence{{Detail: fmt.Sprintf("%s: %d of %d rows are missing", a.how, done.RowsMissing, done.Rows+done.RowsMissing)}}})
	}
	b.done.Attempts = append(b.done.Attempts, done)
	return done.RowsMissing > 0, nil
}

// judge holds what a dump has against what its tables have.
func (b *backup) judge(counted *counts, done *result.BackupAttempt) {
	short := map[string]bool{}
	for table, n := range counted.rows {
		done.Tables++
		done.Rows += n
		done.RowsMissing += max(b.original.state.Tables[table].Rows-n, 0)
		for tenant, has := range b.byTable[table] {
			if counted.tenants[table][tenant] < has {
				short[tenant] = true
			}
		}
	}
	done.TenantsMissing = len(short)
}
