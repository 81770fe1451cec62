package stack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// defaultKeep is how many states stay: each is some hundred megabytes.
const defaultKeep = 3

const (
	stateData     = "data"
	stateLangflow = "langflow"
	stateFiles    = "files"
	stateSecrets  = "secrets.json"
	stateMeta     = "state.json"
)

// States is the cache of cleanly stopped data folders. A state is made under a
// temporary name and renamed when whole; it is only ever copied from.
type States struct {
	dir  string
	Keep int // the newest so many stay after Save
}

// State is one entry: data folder, Langflow's config folder, secrets, further files.
type State struct {
	Key   string    `json:"key"`
	Made  time.Time `json:"made"`
	PG    string    `json:"postgres"`
	Bytes int64     `json:"bytes"`

	dir string
}

// OpenStates opens the cache; it need not exist yet.
func OpenStates() (*States, error) {
	cache, err := CacheDir()
	if err != nil {
		return nil, err
	}
	return &States{dir: filepath.Join(cache, "state"), Keep: defaultKeep}, nil
}

// Lookup gives the state of a key, nil when there is none. The key is a hash: letters and digits.
func (s *States) Lookup(key string) (*State, error) {
	dir := filepath.Join(s.dir, key)
	data, err := os.ReadFile(filepath.Join(dir, stateMeta))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look up state: %w", err)
	}
	st := &State{dir: dir}
	if err := json.Unmarshal(data, st); err != nil {
		return nil, fmt.Errorf("read %s: %w", filepath.Join(dir, stateMeta), err)
	}
	return st, nil
}

// ReadFile gives a file that was saved beside the data, world.json for one.
func (st *State) ReadFile(name string) ([]byte, error) {
	return os.ReadFile(filepath.Join(st.dir, stateFiles, name))
}

// CopyTo copies the state into the scratch folder of a stack whose PostgreSQL isn't
// started yet, and makes its secrets the stack's.
func (st *State) CopyTo(ctx context.Context, n *Native) error {
	// Shared with other readers; Save, which removes old states, takes it alone.
	lock, err := lockFile(ctx, st.dir+".lock", unix.LOCK_SH, nil)
	if err != nil {
		return fmt.Errorf("copy state: %w", err)
	}
	defer lock.release()
	secrets, err := loadSecrets(filepath.Join(st.dir, stateSecrets))
	if err != nil {
		return fmt.Errorf("copy state: %w", err)
	}
	if _, err := n.folder(postgresDir, 0o700, true); err != nil {
		return err
	}
	if _, err := n.folder(Langflow, 0o700, false); err != nil {
		return err
	}
	c := &copier{uid: n.user.uid, gid: n.user.gid}
	if err := c.tree(ctx, filepath.Join(st.dir, stateData), n.DataDir()); err != nil {
		return fmt.Errorf("copy data folder: %w", err)
	}
	c = &copier{uid: -1, gid: -1}
	if err := c.treeIfThere(ctx, filepath.Join(st.dir, stateLangflow), n.LangflowDir()); err != nil {
		return fmt.Errorf("copy langflow's config folder: %w", err)
	}
	// Otherwise the kernel writes all this to disk while the load is being measured.
	if err := syncFilesystem(n.scratch); err != nil {
		return fmt.Errorf("flush copied state: %w", err)
	}
	n.Secrets = secrets
	return nil
}

// Save keeps the data folder of a cleanly stopped PostgreSQL with what belongs to
// it, under a key, and removes the oldest states. Langflow must be stopped too.
func (s *States) Save(ctx context.Context, key string, n *Native, files map[string][]byte) error {
	if err := n.cleanlyStopped(ctx); err != nil {
		return fmt.Errorf("save state: %w", err)
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return fmt.Errorf("save state: %w", err)
	}
	lock, err := lockFile(ctx, filepath.Join(s.dir, "save.lock"), unix.LOCK_EX, nil)
	if err != nil {
		return fmt.Errorf("save state: %w", err)
	}
	defer lock.release()
	s.removeHalves()
	if old, err := s.Lookup(key); err != nil || old != nil {
		return err
	}
	tmp, err := os.MkdirTemp(s.dir, ".half-*")
	if err != nil {
		return fmt.Errorf("save state: %w", err)
	}
	if err := s.fill(ctx, tmp, key, n, files); err != nil {
		return errors.Join(fmt.Errorf("save state: %w", err), os.RemoveAll(tmp))
	}
	if err := os.Rename(tmp, filepath.Join(s.dir, key)); err != nil {
		return errors.Join(fmt.Errorf("save state: %w", err), os.RemoveAll(tmp))
	}
	s.prune(key)
	return nil
}

func (s *States) fill(ctx context.Context, tmp, key string, n *Native, files map[string][]byte) error {
	c := &copier{uid: os.Getuid(), gid: os.Getgid(), skip: skipSaved}
	if err := c.tree(ctx, n.DataDir(), filepath.Join(tmp, stateData)); err != nil {
		return err
	}
	if err := c.treeIfThere(ctx, n.LangflowDir(), filepath.Join(tmp, stateLangflow)); err != nil {
		return err
	}
	if err := n.Secrets.save(filepath.Join(tmp, stateSecrets)); err != nil {
		return err
	}
	if err := os.Mkdir(filepath.Join(tmp, stateFiles), 0o700); err != nil {
		return err
	}
	for name, data := range files {
		if name != filepath.Base(name) {
			return fmt.Errorf("%q isn't a plain file name", name)
		}
		if err := os.WriteFile(filepath.Join(tmp, stateFiles, name), data, 0o600); err != nil {
			return err
		}
	}
	meta, err := json.Marshal(State{Key: key, Made: time.Now().UTC(), PG: n.tools.pgVersion, Bytes: c.bytes.Load()})
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(tmp, stateMeta), meta, 0o600); err != nil {
		return err
	}
	// The name must not reach the disk before what it stands for.
	return syncFilesystem(tmp)
}

// skipSaved leaves out what belongs to a running server alone.
func skipSaved(rel string) bool {
	return rel == "postmaster.pid" || rel == "postmaster.opts" || strings.HasPrefix(rel, "pg_stat_tmp/")
}

// cleanlyStopped asks pg_controldata: a folder of a server that runs or crashed
// would make each later run start with a recovery, or not at all.
func (n *Native) cleanlyStopped(ctx context.Context) error {
	if n.get(Postgres) != nil || n.get(Langflow) != nil {
		return errors.New("postgres and langflow must be stopped first")
	}
	out, err := n.controlData(ctx)
	if err != nil {
		return fmt.Errorf("pg_controldata: %w", err)
	}
	for _, line := range strings.Split(out, "\n") {
		if state, ok := strings.CutPrefix(line, "Database cluster state:"); ok {
			if state = strings.TrimSpace(state); state != "shut down" {
				return fmt.Errorf("the data folder wasn't cleanly stopped: it is %q", state)
			}
			return nil
		}
	}
	return errors.New("pg_controldata says nothing of the cluster's state")
}

// removeHalves removes what a killed Save left; the save lock is held, so nobody writes them.
func (s *States) removeHalves() {
	halves, _ := filepath.Glob(filepath.Join(s.dir, ".half-*"))
	for _, h := range halves {
		_ = os.RemoveAll(h)
	}
}

// List gives all whole states, the newest first.
func (s *States) List() []*State {
	metas, _ := filepath.Glob(filepath.Join(s.dir, "*", stateMeta))
	var all []*State
	for _, m := range metas {
		if st, err := s.Lookup(filepath.Base(filepath.Dir(m))); err == nil && st != nil {
			all = append(all, st)
		}
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Made.After(all[j].Made) })
	return all
}

// prune removes all but the newest; one that is being copied stays until the next time.
func (s *States) prune(justSaved string) {
	for i, st := range s.List() {
		if i < max(s.Keep, 1) || st.Key == justSaved {
			continue
		}
		lock, ok := tryLock(st.dir+".lock", unix.LOCK_EX)
		if !ok {
			continue
		}
		half := filepath.Join(s.dir, ".half-"+st.Key)
		if os.Rename(st.dir, half) == nil { // at once out of reach, however long removing takes
			_ = os.RemoveAll(half)
		}
		_ = os.Remove(st.dir + ".lock")
		lock.release()
	}
}
