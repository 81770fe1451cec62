package migrate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/fixtures"
)

const (
	projectDir = "engarde"
	// dsnVariable is what the project's env.py reads. An environment is private to the process;
	// an argument stands in the process list for everybody.
	dsnVariable    = "ENGARDE_MIGRATION_DSN"
	layoutVariable = "ENGARDE_LAYOUT"
)

// projectParts are the paths under fixtures/engarde that Alembic needs.
var projectParts = []string{"alembic.ini", "migrations"}

// Alembic runs `python -m alembic args...` (say "upgrade", "head") on EnGarde's project, as the layout wants its tables, against
// migratorDSN, which must be a direct connection (no pooler) of the layout's migrator in a form that
// libpq takes. It returns what Alembic wrote, without the password. The project is written to a
// folder within tmp, which goes again; tmp should be one that is cleared away even when this
// process is killed, as Alembic itself then is.
func Alembic(ctx context.Context, layout Layout, tmp, python, migratorDSN string, args ...string) (string, error) {
	folder, err := os.MkdirTemp(tmp, "alembic-")
	if err != nil {
		return "", fmt.Errorf("alembic: %w", err)
	}
	defer os.RemoveAll(folder)
	// The signal at the parent's death is tied to the thread that starts the child.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := copyProject(folder); err != nil {
		return "", fmt.Errorf("alembic: write the project to %s: %w", folder, err)
	}

	cmd := exec.CommandContext(ctx, python, append([]string{"-m", "alembic"}, args...)...)
	cmd.Dir = folder
	cmd.Env = alembicEnv(layout, migratorDSN)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	// Asked to end, Python rolls back; the server may not be left with a half-open transaction.
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	err = cmd.Run()
	output := redact(out.String(), migratorDSN)
	switch {
	case err == nil:
		return output, nil
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, exec.ErrNotFound):
		return output, fmt.Errorf("alembic: no Python at %s: install the requirements of fixtures/engarde into a "+
			"virtual environment and give its interpreter: %w", python, err)
	case ctx.Err() != nil:
		return output, fmt.Errorf("alembic %s: %w: %s", strings.Join(args, " "), ctx.Err(), lastLines(output, 3))
	default:
		return output, fmt.Errorf("alembic %s: %w: %s", strings.Join(args, " "), err, lastLines(output, 12))
	}
}

func copyProject(folder string) error {
	return eachProjectFile(func(name string, content []byte) error {
		to := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			return err
		}
		return os.WriteFile(to, content, 0o600)
	})
}

// eachProjectFile walks the Alembic project in a fixed order; names are relative to it.
func eachProjectFile(visit func(name string, content []byte) error) error {
	project, err := fs.Sub(fixtures.FS, projectDir)
	if err != nil {
		return err
	}
	for _, part := range projectParts {
		err := fs.WalkDir(project, part, func(name string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case entry.IsDir() && entry.Name() == "__pycache__":
				return fs.SkipDir
			case entry.IsDir():
				return nil
			}
			content, err := fs.ReadFile(project, name)
			if err != nil {
				return err
			}
			return visit(name, content)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// alembicEnv is the caller's environment without what would steer libpq or Python elsewhere.
func alembicEnv(layout Layout, dsn string) []string {
	env := slices.DeleteFunc(os.Environ(), func(pair string) bool {
		return strings.HasPrefix(pair, "PG") || strings.HasPrefix(pair, "PYTHON") || strings.HasPrefix(pair, "ENGARDE_")
	})
	return append(env, dsnVariable+"="+dsn, layoutVariable+"="+string(layout), "PYTHONDONTWRITEBYTECODE=1", "PYTHONUNBUFFERED=1", "PYTHONIOENCODING=utf-8")
}

// redact takes the password of the DSN out of a text, as it is and as URLs spell it.
func redact(text, dsn string) string {
	config, err := pgx.ParseConfig(dsn)
	if err != nil || config.Password == "" {
		return text
	}
	for _, form := range []string{config.Password, url.QueryEscape(config.Password), url.PathEscape(config.Password)} {
		text = strings.ReplaceAll(text, form, "***")
	}
	return text
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
