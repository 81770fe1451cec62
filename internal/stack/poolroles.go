package stack

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
)

// PoolRoles sets the roles that the pooler lets in, without a restart; connections stay.
func (n *Native) PoolRoles(ctx context.Context, roles ...string) error {
	pg, pooler := n.get(Postgres), n.get(PgBouncer)
	if pg == nil || pooler == nil {
		return errors.New("change pooled roles: pgbouncer isn't up")
	}
	n.mu.Lock()
	n.poolers = slices.Clone(roles)
	n.mu.Unlock()
	if err := n.writePoolerConf(filepath.Join(n.scratch, PgBouncer), nativePooler(pg.port, pooler.port)); err != nil {
		return err
	}
	if _, err := n.poolerShow(ctx, pooler.port, "RELOAD"); err != nil {
		return fmt.Errorf("reload pgbouncer: %w", err)
	}
	return nil
}
