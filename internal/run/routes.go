package run

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"github.com/engardehq/bulkhead/fixtures"
	"github.com/engardehq/bulkhead/internal/identity"
	"github.com/engardehq/bulkhead/internal/probes/web"
	"github.com/engardehq/bulkhead/internal/stack"
)

// application is a web application that can be asked for its routes, hidden ones included.
type application struct {
	name         string // of its Python environment
	requirements []byte
	factory      string // MODULE:NAME
	packages     string // folder of fixtures that its own packages are in, "" for none
	env          []string
}

const routesLimit = 3 * time.Minute

// routesOf asks an application for its routes, by importing it in its own environment; nothing is served. The answer is kept in the cache, by a
// hash of all that decides it: importing Langflow takes ten seconds and more.
func routesOf(ctx context.Context, a application, tmp string) ([]web.Route, error) {
	script, err := fs.ReadFile(fixtures.FS, "routes.py")
	if err != nil {
		return nil, err
	}
	file, err := a.cacheFile(script)
	if err != nil {
		return nil, err
	}
	if data, err := os.ReadFile(file); err == nil {
		return web.ReadRoutes(data)
	}
	data, err := a.ask(ctx, script, tmp)
	if err != nil {
		return nil, fmt.Errorf("routes of %s: %w", a.name, err)
	}
	routes, err := web.ReadRoutes(data)
	if err != nil {
		return nil, fmt.Errorf("routes of %s: %w", a.name, err)
	}
	return routes, stack.WriteWhole(file, data, 0o600)
}

func (a application) cacheFile(script []byte) (string, error) {
	cache, err := stack.CacheDir()
	if err != nil {
		return "", err
	}
	key := sha256.New()
	fmt.Fprintf(key, "%s\n%s\n%s\n", a.factory, script, a.requirements)
	if a.packages != "" {
		err = fs.WalkDir(fixtures.FS, a.packages, func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			content, err := fs.ReadFile(fixtures.FS, name)
			fmt.Fprintf(key, "%s %d\n%s", name, len(content), content)
			return err
		})
	}
	return filepath.Join(cache, "routes", a.name+"-"+hex.EncodeToString(key.Sum(nil))[:16]+".json"), err
}

// ask runs the script, which dies with this process; what it leaves is in tmp.
func (a application) ask(ctx context.Context, script []byte, tmp string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, routesLimit)
	defer cancel()
	python, err := stack.FindPython(ctx)
	if err != nil {
		return nil, err
	}
	venv, err := stack.EnvPath(a.name, a.requirements, python)
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp(tmp, "routes-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	if a.packages != "" {
		code, err := fs.Sub(fixtures.FS, a.packages)
		if err != nil {
			return nil, err
		}
		if err := os.CopyFS(filepath.Join(folder, filepath.Base(a.packages)), code); err != nil {
			return nil, err
		}
	}
	// The signal at the parent's death is tied to the thread that starts the child.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd := exec.CommandContext(ctx, filepath.Join(venv, "bin", "python"), "-", a.factory, "--call")
	cmd.Dir, cmd.Stdin = folder, bytes.NewReader(script)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + folder, "TMPDIR=" + folder, "LANG=C.UTF-8", "PYTHONDONTWRITEBYTECODE=1", "PYTHONPATH=" + folder}, a.env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var out, log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &log
	if err := cmd.Run(); err != nil {
		lines := bytes.Split(bytes.TrimSpace(log.Bytes()), []byte("\n"))
		return nil, fmt.Errorf("%w: %s", err, stack.Redact(string(lines[len(lines)-1])))
	}
	return out.Bytes(), nil
}

// backendApplication is the reference backend. Settings that it can't do without are given; nothing listens where they point.
func backendApplication(tmp string) (application, error) {
	locked, err := requirements(backendFolder + "/requirements.txt")
	if err != nil {
		return application{}, err
	}
	return application{name: "backend", requirements: locked, factory: backendPackage + ".main:create_app", packages: backendFolder + "/" + backendPackage,
		env: []string{"ENGARDE_DATABASE_URL=postgresql://nobody@127.0.0.1:1/nothing", "ENGARDE_JWKS_FILE=" + filepath.Join(tmp, stack.Backend, "jwks.json"),
			"ENGARDE_JWT_ISSUER=" + identity.Issuer, "ENGARDE_JWT_AUDIENCE=" + identity.Audience}}, nil
}

func langflowApplication(version string) (application, error) {
	locked, err := langflowLock(version)
	return application{name: "langflow", requirements: locked, factory: "langflow.main:create_app"}, err
}
