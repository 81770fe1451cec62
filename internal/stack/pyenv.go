package stack

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

//go:embed uv.txt
var uvRequirements []byte

const (
	oldestPython = 11 // 3.11
	pythonMend   = "apt-get install python3 python3-venv"

	// envComplete is written last: a folder without it is a build that was killed.
	// The folder isn't built elsewhere and renamed, because an environment's
	// scripts name its own path.
	envComplete = ".complete"
)

// Python is an interpreter that can make environments.
type Python struct {
	Path    string // of the interpreter itself, not of a wrapper
	Version string
}

// FindPython looks for Python 3.11 or later that can make environments:
// BULKHEAD_PYTHON, else what is on the PATH.
func FindPython(ctx context.Context) (Python, error) {
	names := []string{"python3", "python3.11", "python3.12", "python3.13", "python3.14"}
	if name := os.Getenv(pythonEnv); name != "" {
		names = []string{name}
	}
	reason := "there is none"
	for _, name := range names {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		const ask = "import sys, platform, venv, ensurepip; print(platform.python_version(), sys.version_info[1], sys.version_info[0], sys.executable)"
		out, err := output(ctx, path, "-c", ask)
		f := strings.Fields(out)
		if err != nil || len(f) < 4 {
			reason = path + " can't make environments (its venv module is missing)"
			continue
		}
		minor, _ := strconv.Atoi(f[1])
		if f[2] != "3" || minor < oldestPython {
			reason = path + " is " + f[0]
			continue
		}
		return Python{Path: f[3], Version: f[0]}, nil
	}
	return Python{}, &Error{What: fmt.Sprintf("Python 3.%d or later is needed for Langflow and the migrations: %s", oldestPython, reason), Mend: pythonMend}
}

// EnvPath is where the environment of these requirements is, or will be.
func EnvPath(name string, requirements []byte, python Python) (string, error) {
	cache, err := CacheDir()
	if err != nil {
		return "", err
	}
	key := sha256.New()
	fmt.Fprintf(key, "python %s\n", python.Version)
	key.Write(requirements)
	return filepath.Join(cache, "env", name+"-"+hex.EncodeToString(key.Sum(nil))[:16]), nil
}

// EnvReady says whether an environment is there and whole.
func EnvReady(path string) bool {
	_, err := os.Stat(filepath.Join(path, envComplete))
	return err == nil
}

// Env gives the Python environment of locked requirements, from the cache or
// built now. Its programs are <path>/bin/python and beside it. What it builds with
// runs under the keeper. progress may be nil.
func (n *Native) Env(ctx context.Context, name string, requirements []byte, progress func(string)) (string, error) {
	if progress == nil {
		progress = func(string) {}
	}
	python, err := FindPython(ctx)
	if err != nil {
		return "", err
	}
	path, err := EnvPath(name, requirements, python)
	if err != nil {
		return "", err
	}
	if EnvReady(path) {
		return path, nil
	}
	lock, err := lockFile(ctx, path+".lock", unix.LOCK_EX, func() { progress("waiting for another process that builds " + name + "'s environment") })
	if err != nil {
		return "", fmt.Errorf("build %s's environment: %w", name, err)
	}
	defer lock.release()
	if EnvReady(path) {
		return path, nil
	}
	if err := n.buildEnv(ctx, name, path, requirements, python, progress); err != nil {
		return "", errors.Join(fmt.Errorf("build %s's environment: %w", name, err), os.RemoveAll(path))
	}
	return path, nil
}

func (n *Native) buildEnv(ctx context.Context, name, path string, requirements []byte, python Python, progress func(string)) error {
	if free, err := diskFree(filepath.Dir(path)); err == nil && free < 3<<30 {
		return &Error{What: fmt.Sprintf("%d MB are free in %s, and an environment may take 2000", free>>20, filepath.Dir(path)), Mend: "make room, or set " + cacheEnv + " to a folder elsewhere"}
	}
	if err := os.RemoveAll(path); err != nil { // of a killed build
		return err
	}
	locked := filepath.Join(n.scratch, "requirements-"+name+".txt")
	if err := os.WriteFile(locked, requirements, 0o600); err != nil {
		return err
	}
	env := append(os.Environ(), "PIP_DISABLE_PIP_VERSION_CHECK=1", "PIP_NO_INPUT=1", "UV_NO_PROGRESS=1", "UV_PYTHON_DOWNLOADS=never", "VIRTUAL_ENV=")
	run := func(step string, argv ...string) error {
		return n.Run(ctx, Command{Name: "env-" + name, Argv: argv, Env: env})
	}
	progress("making " + name + "'s Python environment")
	// Copies rather than links would tie it to nothing, but double its start-up cost; links it is.
	if err := run("venv", python.Path, "-m", "venv", path); err != nil {
		return err
	}
	bin := filepath.Join(path, "bin")
	uv, err := n.uv(ctx, python, run)
	if err == nil {
		progress("installing " + name + "'s packages with uv")
		err = run("install", uv, "pip", "install", "--python", filepath.Join(bin, "python"), "--require-hashes", "--compile-bytecode", "-r", locked)
	} else if ctx.Err() == nil {
		progress("installing " + name + "'s packages with pip, because uv can't be had")
		err = run("install", filepath.Join(bin, "python"), "-m", "pip", "install", "--require-hashes", "-r", locked)
	}
	if err != nil {
		return err
	}
	return WriteWhole(filepath.Join(path, envComplete), []byte(python.Version+"\n"), 0o600)
}

// uv gives the builder, which installs in parallel what takes pip minutes. It
// lives in an environment of its own.
func (n *Native) uv(ctx context.Context, python Python, run func(string, ...string) error) (string, error) {
	home, err := EnvPath("uv", uvRequirements, python)
	if err != nil {
		return "", err
	}
	uv := filepath.Join(home, "bin", "uv")
	lock, err := lockFile(ctx, home+".lock", unix.LOCK_EX, nil)
	if err != nil {
		return "", err
	}
	defer lock.release()
	if EnvReady(home) {
		return uv, nil
	}
	locked := filepath.Join(n.scratch, "requirements-uv.txt")
	err = errors.Join(os.RemoveAll(home), os.WriteFile(locked, uvRequirements, 0o600))
	if err == nil {
		err = run("venv of uv", python.Path, "-m", "venv", home)
	}
	if err == nil {
		err = run("uv", filepath.Join(home, "bin", "python"), "-m", "pip", "install", "--require-hashes", "-r", locked)
	}
	if err == nil {
		err = WriteWhole(filepath.Join(home, envComplete), []byte(python.Version+"\n"), 0o600)
	}
	if err != nil {
		return "", errors.Join(err, os.RemoveAll(home))
	}
	return uv, nil
}
