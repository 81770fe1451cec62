package backup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// onDatabase is a connection string to another database of the same server.
func onDatabase(dsn, database string) (string, error) {
	u, err := url.Parse(dsn)
	if err != nil {
		return "", errors.New("a connection string that is no URL") // the error would quote the password
	}
	u.Path = "/" + database
	return u.String(), nil
}

// program runs a program of PostgreSQL's to its end. options are for its session (PGOPTIONS).
func (c *Config) program(ctx context.Context, dsn, options, program string, args ...string) error {
	return c.stream(ctx, nil, dsn, options, program, args...)
}

// stream does the same and gives what the program writes to a reader.
func (c *Config) stream(ctx context.Context, read func(io.Reader) error, dsn, options, program string, args ...string) error {
	env, err := environment(dsn, options)
	if err != nil {
		return err
	}
	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, filepath.Join(c.Programs, program), append(args, "--no-password")...)
	cmd.Env, cmd.Stderr, cmd.WaitDelay = env, &said, 5*time.Second
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var out io.ReadCloser
	if read != nil {
		if out, err = cmd.StdoutPipe(); err != nil {
			return fmt.Errorf("%s: %w", program, err)
		}
	}
	if err = cmd.Start(); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s isn't there: install PostgreSQL's client programs (Debian: postgresql-client-15)", program)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", program, err)
	}
	var unread error
	if read != nil {
		if unread = read(out); unread != nil {
			_, _ = io.Copy(io.Discard, out) // or it would wait for a reader
		}
	}
	err = cmd.Wait()
	switch {
	case err != nil && ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil: // which also explains half a dump
		return &refusal{program: program, said: firstError(said.String()), err: err}
	case unread != nil:
		return fmt.Errorf("reading what %s wrote: %w", program, unread)
	}
	return nil
}

// refusal is a program that ended with an error of its own.
type refusal struct {
	program, said string
	err           error
}

func (r *refusal) Error() string { return fmt.Sprintf("%s: %v: %s", r.program, r.err, r.said) }
func (r *refusal) Unwrap() error { return r.err }

// environment tells a program where to connect; the password is not for process lists.
func environment(dsn, options string) ([]string, error) {
	u, err := url.Parse(dsn)
	if err != nil {
		return nil, errors.New("a connection string that is no URL")
	}
	password, _ := u.User.Password()
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.TempDir(), "LC_ALL=C", "PGHOST=" + u.Hostname(), "PGPORT=" + u.Port(),
		"PGUSER=" + u.User.Username(), "PGPASSWORD=" + password, "PGDATABASE=" + strings.TrimPrefix(u.Path, "/"), "PGSSLMODE=disable"}
	if options != "" {
		env = append(env, "PGOPTIONS="+options)
	}
	return env, nil
}

// firstError is what went wrong, in the server's words where it has any: around it stands which query that was.
func firstError(said string) string {
	lines := strings.Split(strings.TrimSpace(said), "\n")
	for _, mark := range []string{"ERROR:  ", "FATAL:  ", "error: "} {
		for _, line := range lines {
			if i := strings.LastIndex(line, mark); i >= 0 {
				return line[i+len(mark):]
			}
		}
	}
	return lines[0]
}
