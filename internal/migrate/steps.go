package migrate

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// Script runs a file of sql/ whole over a connection of the administrator; a failure is a *ScriptError. Whoever moves a database from one
// layout to another goes by such steps.
func Script(ctx context.Context, conn *pgx.Conn, file string) error {
	return runScript(ctx, conn.PgConn(), file)
}

// Passwords sets those of roles that are there (role name -> password).
func Passwords(ctx context.Context, conn *pgx.Conn, passwords map[string]string) error {
	return setPasswords(ctx, conn, passwords)
}
