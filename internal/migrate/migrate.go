// Package migrate brings a database to the form of the target: roles, grants, schemas and the
// audit table from sql/bootstrap, EnGarde's tables by its real Alembic project, and row security
// on the tables that Langflow made. It never makes tables of either application by itself, and
// never prints a password. internal/run and the tests call it, in this order: Bootstrap, Alembic
// and Langflow's own start-up in either order, AfterLangflow.
package migrate

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Layout names a way of setting the target up: a folder under sql/bootstrap.
type Layout string

// The layouts. Tables and keys are the same in all; roles, schemas, owners and policies are not.
const (
	Hardened Layout = "hardened" // with the departures that target.yaml lists
	Drawn    Layout = "drawn"    // the design to the letter
	Before   Layout = "before"   // one schema, one role, no policies: what the design replaces
)

// Layouts are all, the one that runs by default first.
var Layouts = []Layout{Hardened, Drawn, Before}

// Parts are what differs between layouts for whoever starts the applications.
type Parts struct {
	Migrator        string // role that EnGarde's migrations log in as
	Langflow        string // role that Langflow logs in as
	LangflowSchema  string // where its tables are
	LangflowOptions string // the `options` of its database URL, "" for none
	Protects        bool   // has something to do after Langflow made its tables
	StepsAside      bool   // and before another version of it is started
	scripts         []string
}

// layouts: scripts is what Bootstrap runs, in order: rights on the database and the schemas name the
// roles, the audit table needs its schema.
var layouts = map[Layout]Parts{
	Hardened: {Migrator: "engarde_migrator", Langflow: "langflow_app", LangflowSchema: "langflow", Protects: true, StepsAside: true,
		scripts: []string{"roles.sql", "database.sql", "schemas.sql", "audit.sql"}},
	Drawn: {Migrator: "engarde_user", Langflow: "langflow_app", LangflowSchema: "langflow", LangflowOptions: "-csearch_path=langflow,public", Protects: true,
		scripts: []string{"roles.sql", "schemas.sql", "audit.sql"}},
	Before: {Migrator: "engarde_user", Langflow: "engarde_user", LangflowSchema: "public",
		scripts: []string{"roles.sql"}},
}

// Parts tells what the layout is made of; empty where there is no such layout.
func (l Layout) Parts() Parts { return layouts[l] }

const (
	bootstrapDir      = "bootstrap"
	afterLangflowFile = "after_langflow.sql"
	beforeUpgradeFile = "before_upgrade.sql"
)

// Bootstrap makes the database named by superDSN where it isn't there yet, runs the layout's
// scripts in it and sets the passwords (role name -> password). It may be run again on the
// same database, and on a clone of it, with the same result.
func Bootstrap(ctx context.Context, layout Layout, superDSN string, passwords map[string]string) error {
	parts, ok := layouts[layout]
	if !ok {
		return fmt.Errorf("bootstrap: no layout %q; there are: %v", layout, Layouts)
	}
	if err := ensureDatabase(ctx, superDSN); err != nil {
		return fmt.Errorf("bootstrap: %w", err)
	}
	conn, err := pgx.Connect(ctx, superDSN)
	if err != nil {
		return fmt.Errorf("bootstrap: %w", err)
	}
	defer closeConn(ctx, conn)
	for _, file := range parts.scripts {
		if err := runScript(ctx, conn.PgConn(), path.Join(bootstrapDir, string(layout), file)); err != nil {
			return fmt.Errorf("bootstrap: %w", err)
		}
	}
	if err := setPasswords(ctx, conn, passwords); err != nil {
		return fmt.Errorf("bootstrap: %w", err)
	}
	return nil
}

// AfterLangflow puts row security, policies and grants on whatever tables Langflow has made,
// in one transaction, and makes the view public.tenant_flows, as far as the layout has them. Run it after each start or upgrade
// of Langflow; Alembic must be at its head. Langflow may be at work meanwhile: where the two
// get into each other's way, it is tried again.
//
// It brings tables and view back to their stated form, so it would also hide what somebody
// changed there: don't call it on a stack that is to be judged as it is found.
func AfterLangflow(ctx context.Context, layout Layout, superDSN string) error {
	if !layout.Parts().Protects {
		return nil
	}
	if err := aroundLangflow(ctx, superDSN, path.Join(bootstrapDir, string(layout), afterLangflowFile)); err != nil {
		return fmt.Errorf("after langflow: %w", err)
	}
	return nil
}

// BeforeUpgrade takes away, as far as the layout has it, what keeps another version of Langflow from changing its tables, and with it everybody's
// right to read them. AfterLangflow gives both back. Langflow should be stopped.
func BeforeUpgrade(ctx context.Context, layout Layout, superDSN string) error {
	if !layout.Parts().StepsAside {
		return nil
	}
	if err := aroundLangflow(ctx, superDSN, path.Join(bootstrapDir, string(layout), beforeUpgradeFile)); err != nil {
		return fmt.Errorf("before the upgrade of langflow: %w", err)
	}
	return nil
}

// aroundLangflow runs a script that changes tables which a running Langflow uses, again where the two got in each other's way.
func aroundLangflow(ctx context.Context, superDSN, file string) error {
	const tries = 20
	for try := 1; ; try++ {
		err := runOnce(ctx, superDSN, file)
		if err == nil || try == tries || !inTheWay(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(time.Duration(min(try, 4)) * 250 * time.Millisecond):
		}
	}
}

func runOnce(ctx context.Context, dsn, file string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	// Closing is what rolls back a script that failed half-way.
	defer closeConn(ctx, conn)
	return runScript(ctx, conn.PgConn(), file)
}

// inTheWay reports whether the error came from sharing tables with a running Langflow: a lock
// not got in time, a deadlock, or a row of the catalog that both changed.
func inTheWay(err error) bool {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return false
	}
	const lockNotAvailable, deadlock, internal = "55P03", "40P01", "XX000"
	return pg.Code == lockNotAvailable || pg.Code == deadlock ||
		pg.Code == internal && pg.Message == "tuple concurrently updated"
}

func ensureDatabase(ctx context.Context, superDSN string) error {
	config, err := pgx.ParseConfig(superDSN)
	if err != nil {
		return err
	}
	if config.Database == "" {
		return errors.New("the address names no database: add it, as in .../engarde")
	}
	wanted := config.Database
	config.Database = "postgres"
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return err
	}
	defer closeConn(ctx, conn)
	var there bool
	const look = "bootstrap/database_exists.sql"
	if err := queryValue(ctx, conn, look, &there, wanted); err != nil || there {
		return err
	}
	return runAnswer(ctx, conn, "bootstrap/create_database.sql", wanted)
}

// setPasswords lets the server put each statement together and sends it back unread. It logs no
// statement meanwhile, whatever the server is set to: the text holds the password.
func setPasswords(ctx context.Context, conn *pgx.Conn, passwords map[string]string) error {
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if err := runScript(ctx, conn.PgConn(), "bootstrap/no_statement_log.sql"); err != nil {
			return err
		}
		for _, role := range slices.Sorted(maps.Keys(passwords)) {
			if err := runAnswer(ctx, conn, "bootstrap/role_password.sql", role, passwords[role]); err != nil {
				return fmt.Errorf("password of %s: %w", role, err)
			}
		}
		return nil
	})
}

// closeConn says good-bye even where the caller's time is up.
func closeConn(ctx context.Context, conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	_ = conn.Close(ctx)
}
