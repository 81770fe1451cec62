package stack

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

const pgMajor = "15"

// Environment variables that say where things are.
const (
	pgBinEnv  = "BULKHEAD_PG_BIN"
	cacheEnv  = "BULKHEAD_CACHE"
	pythonEnv = "BULKHEAD_PYTHON"
)

// tools are the programs found, with their versions.
type tools struct {
	pgBin, pgVersion         string
	pgbouncer, poolerVersion string
	redis, redisVersion      string
}

func findTools(ctx context.Context, o Options) (tools, error) {
	var t tools
	var err error
	if t.pgBin, t.pgVersion, err = findPostgres(ctx, o.PGBin); err != nil {
		return t, err
	}
	if !slices.Contains(o.Without, PgBouncer) {
		if t.pgbouncer, t.poolerVersion, err = findProgram(ctx, "pgbouncer", "apt-get install pgbouncer"); err != nil {
			return t, err
		}
	}
	if !slices.Contains(o.Without, Redis) {
		if t.redis, t.redisVersion, err = findProgram(ctx, "redis-server", "apt-get install redis-server"); err != nil {
			return t, err
		}
	}
	return t, nil
}

const postgresMend = "apt-get install postgresql-15"

// Programs is the folder of PostgreSQL's programs, its clients among them: the one asked for, or the one that is found.
func Programs(ctx context.Context, asked string) (string, error) {
	dir, _, err := findPostgres(ctx, asked)
	return dir, err
}

// findPostgres looks for PostgreSQL 15's programs: where it was told, where Debian
// puts them, and on the PATH. A folder that was named is not second-guessed.
func findPostgres(ctx context.Context, asked string) (dir, version string, err error) {
	if asked == "" {
		asked = os.Getenv(pgBinEnv)
	}
	if asked != "" {
		version, err := postgresVersion(ctx, asked)
		if err != nil {
			return "", "", &Error{What: "no PostgreSQL in " + asked, Mend: postgresMend + ", or name the folder of its programs with --pg-bin", Err: err}
		}
		if major(version) != pgMajor {
			return "", "", &Error{What: fmt.Sprintf("%s holds PostgreSQL %s, and only %s is supported", asked, version, pgMajor), Mend: postgresMend}
		}
		return asked, version, nil
	}
	other := ""
	for _, dir := range postgresFolders(ctx) {
		version, err := postgresVersion(ctx, dir)
		if err != nil {
			continue
		}
		if major(version) == pgMajor {
			return dir, version, nil
		}
		other = fmt.Sprintf(": found PostgreSQL %s in %s", version, dir)
	}
	return "", "", &Error{What: "PostgreSQL " + pgMajor + " isn't installed" + other, Mend: postgresMend}
}

func postgresFolders(ctx context.Context) []string {
	dirs := []string{"/usr/lib/postgresql/" + pgMajor + "/bin", "/usr/pgsql-" + pgMajor + "/bin"}
	if out, err := output(ctx, "pg_config", "--bindir"); err == nil {
		dirs = append(dirs, strings.TrimSpace(out))
	}
	if path, err := exec.LookPath("postgres"); err == nil {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			dirs = append(dirs, filepath.Dir(real))
		}
	}
	return dirs
}

// postgresVersion asks the server itself, and that the other programs are beside it.
func postgresVersion(ctx context.Context, dir string) (string, error) {
	for _, name := range []string{"initdb", "pg_controldata"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			return "", err
		}
	}
	return programVersion(ctx, filepath.Join(dir, "postgres"))
}

// findOne looks for a program on the PATH and in the system folders, which not every user's PATH has.
func findOne(name string) (path string, err error) {
	path, err = exec.LookPath(name)
	if err != nil {
		for _, dir := range []string{"/usr/sbin", "/usr/local/sbin"} {
			if _, serr := os.Stat(filepath.Join(dir, name)); serr == nil {
				path, err = filepath.Join(dir, name), nil
			}
		}
	}
	return path, err
}

func findProgram(ctx context.Context, name, mend string) (path, version string, err error) {
	path, err = findOne(name)
	if err != nil {
		return "", "", &Error{What: name + " isn't installed", Mend: mend}
	}
	if path, err = filepath.Abs(path); err != nil {
		return "", "", err
	}
	version, err = programVersion(ctx, path)
	if err != nil {
		return "", "", &Error{What: path + " doesn't tell its version", Mend: mend, Err: err}
	}
	return path, version, nil
}

var versionWords = regexp.MustCompile(`\d+(?:\.\d+)+`)

func programVersion(ctx context.Context, path string) (string, error) {
	out, err := output(ctx, path, "--version")
	if err != nil {
		return "", err
	}
	v := versionWords.FindString(out)
	if v == "" {
		return "", fmt.Errorf("%s --version says %q", path, strings.TrimSpace(out))
	}
	return v, nil
}

func major(version string) string {
	head, _, _ := strings.Cut(version, ".")
	return head
}

// output runs a short question to a program; it is killed should it hang.
func output(ctx context.Context, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	return string(out), err
}
