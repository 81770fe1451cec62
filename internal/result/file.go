package result

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// save writes a document as JSON, whole or not at all. kind is what errors call it.
func save(kind, path string, doc any) error {
	if err := write(path, doc); err != nil {
		return fmt.Errorf("%s document: %w", kind, err)
	}
	return nil
}

func write(path string, doc any) (err error) {
	data, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(append(data, '\n'))
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Chmod(tmp.Name(), 0o644)
	}
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	return err
}

// read reads a document that save wrote; the error is os.ErrNotExist where there is none. One of another schema version is refused.
func read[T any](kind, path string) (*T, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s document: %w", kind, err)
	}
	var version struct {
		Version int `json:"schema_version"`
	}
	doc := new(T)
	if err := json.Unmarshal(data, &version); err != nil {
		return nil, fmt.Errorf("%s document %s: %w", kind, path, err)
	}
	if version.Version != SchemaVersion {
		return nil, fmt.Errorf("%s document %s has schema version %d; this bulkhead reads version %d", kind, path, version.Version, SchemaVersion)
	}
	if err := json.Unmarshal(data, doc); err != nil {
		return nil, fmt.Errorf("%s document %s: %w", kind, path, err)
	}
	return doc, nil
}
