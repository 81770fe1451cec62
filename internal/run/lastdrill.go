package run

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/engardehq/bulkhead/internal/migrate"
	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/stack"
)

// Hash tells targets apart by what they promise and how they are made: a drill speaks for the targets of its own hash alone.
func (t Target) Hash() (string, error) {
	migrations, err := migrate.Hash(t.Layout)
	if err != nil {
		return "", err
	}
	data, err := json.Marshal(map[string]any{"target": t.Target, "layout": t.Layout, "migrations": migrations})
	if err != nil {
		return "", fmt.Errorf("hash of the target: %w", err)
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:16]), nil
}

// KeepDrill keeps a drill for the runs of its target that come after it.
func KeepDrill(d *result.Drill) error {
	file, err := drillFile(d.TargetHash)
	if err != nil {
		return err
	}
	return d.Save(file)
}

// LastDrill is the last whole drill of this target on this machine, nil where there is none.
func LastDrill(t Target) (*result.Drill, error) {
	hash, err := t.Hash()
	if err != nil {
		return nil, err
	}
	file, err := drillFile(hash)
	if err != nil {
		return nil, err
	}
	d, err := result.ReadDrill(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return d, err
}

func drillFile(hash string) (string, error) {
	cache, err := stack.CacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(cache, "drill", hash+".json"), nil
}
