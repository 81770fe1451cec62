package stack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
)

// Check is one line of doctor's report.
type Check struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Needed bool   `json:"needed"` // false: it is made when first needed, or only told

	Optional bool   `json:"optional,omitempty"` // only something that was asked for needs it
	Found    string `json:"found"`
	Mend     string `json:"mend,omitempty"` // the command that mends it
}

// Environment names a Python environment that a target needs.
type Environment struct {
	Name         string
	Requirements []byte
}

// Doctor says what this machine has for a native stack, and what it lacks.
func Doctor(ctx context.Context, o Options, envs []Environment) []Check {
	checks := []Check{
		doctorPostgres(ctx, o),
		doctorProgram(ctx, "PgBouncer", "pgbouncer", "apt-get install pgbouncer"),
		doctorProgram(ctx, "Redis", "redis-server", "apt-get install redis-server"),
	}
	python, perr := FindPython(ctx)
	checks = append(checks, found("Python >= 3.11 with venv", perr, python.Version+" in "+python.Path))
	user, uerr := findServiceUser()
	checks = append(checks, found("User that the servers run as", uerr, user.name), doctorTemp())
	checks = append(checks, doctorCache()...)
	for _, e := range envs {
		checks = append(checks, doctorEnv(e, python, perr))
	}
	return append(checks, doctorDocker(ctx), Check{
		Name: "Machine", OK: true,
		Found: fmt.Sprintf("%d cores, %.1f GiB of memory", runtime.NumCPU(), float64(memoryTotal())/(1<<30)),
	})
}

// Lacking says whether anything needed is missing.
func Lacking(checks []Check) bool {
	return slices.ContainsFunc(checks, func(c Check) bool { return c.Needed && !c.OK })
}

// found makes a check of something needed from the error of looking for it.
func found(name string, err error, what string) Check {
	c := Check{Name: name, OK: err == nil, Needed: true, Found: what}
	if err == nil {
		return c
	}
	c.Found = err.Error()
	var e *Error
	if errors.As(err, &e) {
		c.Found, c.Mend = e.What, e.Mend
		if e.Err != nil {
			c.Found += ": " + e.Err.Error()
		}
	}
	return c
}

func doctorPostgres(ctx context.Context, o Options) Check {
	dir, version, err := findPostgres(ctx, o.PGBin)
	return found("PostgreSQL "+pgMajor, err, version+" in "+dir)
}

func doctorProgram(ctx context.Context, name, program, mend string) Check {
	path, version, err := findProgram(ctx, program, mend)
	return found(name, err, version+" in "+path)
}

// doctorDocker tells whether servers could run in containers.
func doctorDocker(ctx context.Context) Check {
	engine, err := reachDocker(ctx)
	c := found("Docker, for --provider "+ProviderContainers, err, "")
	c.Needed, c.Optional = false, true
	if err != nil {
		return c
	}
	defer engine.Close()
	c.Found = fmt.Sprintf("%s at %s", engine.Version, engine.Host)
	var names []string
	for _, service := range inContainers {
		names = append(names, imageName(service, findImageSource().tag()))
	}
	if there, err := engine.Has(ctx, names...); err == nil && !there {
		c.Found += "; without the images: the first run loads or builds them"
	}
	return c
}

// leastDisk is what a default run needs: data folder, its copy in the cache, logs.
const leastDisk = 4 << 30

func doctorTemp() Check {
	dir := os.TempDir()
	free, err := diskFree(dir)
	if err == nil && free < leastDisk {
		err = &Error{What: fmt.Sprintf("%.1f GiB free in %s, %d are needed", float64(free)/(1<<30), dir, leastDisk>>30), Mend: "make room, or set TMPDIR to a folder elsewhere"}
	}
	if err == nil && os.Getuid() == 0 {
		err = passable(filepath.Join(dir, "x"))
	}
	return found("Free disk for a run", err, fmt.Sprintf("%.1f GiB in %s", float64(free)/(1<<30), dir))
}

func doctorCache() []Check {
	dir, err := CacheDir()
	if err == nil {
		err = os.MkdirAll(dir, 0o700)
	}
	if err == nil {
		var probe *os.File
		if probe, err = os.CreateTemp(dir, ".probe-*"); err == nil {
			err = errors.Join(probe.Close(), os.Remove(probe.Name()))
		}
	}
	if err != nil {
		err = &Error{What: "the cache folder can't be written", Mend: "set " + cacheEnv + " to a folder of yours", Err: err}
		return []Check{found("Cache folder", err, "")}
	}
	checks := []Check{found("Cache folder", nil, dir)}
	states, err := OpenStates()
	if err != nil {
		return append(checks, found("Saved states", err, ""))
	}
	list := states.List()
	var bytes int64
	for _, st := range list {
		bytes += st.Bytes
	}
	what := "none yet: the first run takes longer"
	if len(list) > 0 {
		what = fmt.Sprintf("%d, %d MB, the newest of %s", len(list), bytes>>20, list[0].Made.Local().Format("2006-01-02 15:04"))
	}
	return append(checks, Check{Name: "Saved states", OK: true, Found: what})
}

func doctorEnv(e Environment, python Python, perr error) Check {
	c := Check{Name: "Environment of " + e.Name, Found: "not built yet: the first run builds it", Mend: "bulkhead run (builds it)"}
	if perr != nil {
		c.Found = "can't be built without Python"
		return c
	}
	path, err := EnvPath(e.Name, e.Requirements, python)
	if err != nil {
		c.Found = err.Error()
		return c
	}
	if EnvReady(path) {
		c.OK, c.Found, c.Mend = true, path, ""
	}
	return c
}
