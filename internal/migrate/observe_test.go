package migrate

import "testing"

// TestStatementsAreTheSuperusersAlone: texts and counts of statements tell what other tenants do.
func TestStatementsAreTheSuperusersAlone(t *testing.T) {
	s := startServer(t)
	if err := Bootstrap(t.Context(), Hardened, s.super("engarde"), s.passwords); err != nil {
		t.Fatal(err)
	}
	if n := count(t, s.connect(t, s.super("engarde")), `SELECT count(*) FROM observe.pg_stat_statements`); n == 0 {
		t.Error("the superuser sees no statement")
	}
	for _, role := range []string{"engarde_user", "langflow_app", "audit_user", "engarde_migrator"} {
		tx, err := s.connect(t, s.as(role)).Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		wantCode(t, tx, insufficientPrivilege, `SELECT count(*) FROM observe.pg_stat_statements`)
		wantCode(t, tx, insufficientPrivilege, `SELECT count(*) FROM observe.pg_stat_statements(false)`)
		wantCode(t, tx, insufficientPrivilege, `SELECT observe.pg_stat_statements_reset()`)
	}
	// Nor by a right that the schema alone would have to withhold.
	super := s.connect(t, s.super("engarde"))
	run(t, super, `GRANT USAGE ON SCHEMA observe TO engarde_user`)
	tx, err := s.connect(t, s.as("engarde_user")).Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	wantCode(t, tx, insufficientPrivilege, `SELECT count(*) FROM observe.pg_stat_statements`)
	wantCode(t, tx, insufficientPrivilege, `SELECT count(*) FROM observe.pg_stat_statements(false)`)
}
