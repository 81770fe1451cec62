package run

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/engardehq/bulkhead/fixtures"
)

// usualLangflow is the version that a stack has when none is asked for.
const usualLangflow = "1.13.0"

const (
	langflowLocks = "langflow/requirements-"
	lockEnding    = ".txt"
)

// failsAtKeys are versions in which much of the interface fails at a user who comes with an API key alone: it treats him as one who logged in.
var failsAtKeys = []string{"1.0.18"}

// LangflowVersions are those that a stack can be started with, the usual one first: there is a lock of each.
func LangflowVersions() []string {
	versions := []string{usualLangflow}
	files, _ := fs.Glob(fixtures.FS, langflowLocks+"*"+lockEnding) // the pattern is good
	for _, file := range files {
		v := strings.TrimSuffix(strings.TrimPrefix(file, langflowLocks), lockEnding)
		if !slices.Contains(versions, v) {
			versions = append(versions, v)
		}
	}
	return versions
}

// langflow is the version that a new stack gets.
func (o Options) langflow() string {
	if o.Langflow == "" {
		return usualLangflow
	}
	return o.Langflow
}

// langflowLock is what a version is installed from.
func langflowLock(version string) ([]byte, error) {
	if !slices.Contains(LangflowVersions(), version) {
		return nil, fmt.Errorf("langflow %s: nothing here says what it is made of; versions are %s", version, strings.Join(LangflowVersions(), ", "))
	}
	return requirements(langflowLocks + version + lockEnding)
}
