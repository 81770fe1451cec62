package drill

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/engardehq/bulkhead/internal/mutants"
	"github.com/engardehq/bulkhead/internal/result"
)

// journal keeps each result as it comes, a line of JSON each after a first one that says what was drilled, so that a drill that was
// interrupted can go on.
type journal struct {
	file *os.File
	done map[string]result.Drilled // by mutant, of a drill that goes on
}

type journalHead struct {
	TargetHash string `json:"target_hash"`
	Version    string `json:"version"`
}

// openJournal opens the journal in a folder, and reads the one that is there where the drill goes on.
func openJournal(folder string, doc result.Drill, resume bool) (*journal, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("journal of the drill: %w", err)
	}
	j := &journal{done: map[string]result.Drilled{}}
	name, head := filepath.Join(folder, "drill.journal"), journalHead{doc.TargetHash, doc.Version}
	if resume {
		if err := j.read(name, head); err != nil {
			return nil, err
		}
	}
	// Written anew: a line that was cut off in the middle doesn't come along.
	file, err := os.Create(name)
	if err != nil {
		return nil, fmt.Errorf("journal of the drill: %w", err)
	}
	j.file = file
	if err := j.line(head); err != nil {
		return nil, err
	}
	for _, r := range j.done {
		if err := j.add(r); err != nil {
			return nil, err
		}
	}
	return j, nil
}

func (j *journal) read(name string, want journalHead) error {
	f, err := os.Open(name)
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%w: --resume: there is no %s to go on from", ErrOptions, name)
	}
	if err != nil {
		return fmt.Errorf("journal of the drill: %w", err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 16<<20)
	var head journalHead
	if !lines.Scan() || json.Unmarshal(lines.Bytes(), &head) != nil || head != want {
		return fmt.Errorf("%w: --resume: %s is of another target or of another version of bulkhead; start anew without --resume", ErrOptions, name)
	}
	for lines.Scan() {
		var r result.Drilled
		if json.Unmarshal(lines.Bytes(), &r) != nil {
			break // the line at which it was cut off
		}
		if r.Outcome != result.Unjudged {
			j.done[r.ID] = r
		}
	}
	return lines.Err()
}

// judged is the earlier result of a mutant that is still the same.
func (j *journal) judged(m mutants.Mutant) (result.Drilled, bool) {
	r, ok := j.done[m.ID]
	return r, ok && r.Hash == hash(m)
}

func (j *journal) add(r result.Drilled) error { return j.line(r) }

func (j *journal) line(v any) error {
	data, err := json.Marshal(v)
	if err == nil {
		_, err = j.file.Write(append(data, '\n'))
	}
	if err != nil {
		return fmt.Errorf("journal of the drill: %w", err)
	}
	return nil
}

func (j *journal) close() { _ = j.file.Close() }

func hash(m mutants.Mutant) string {
	data, err := json.Marshal(m)
	if err != nil {
		panic("a mutant is plain data: " + err.Error())
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:8])
}
