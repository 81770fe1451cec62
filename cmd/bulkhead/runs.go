package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/engardehq/bulkhead/internal/compare"
	"github.com/engardehq/bulkhead/internal/result"
)

// runsIn reads run documents, each place a file, the folder of a run, or a folder of either.
func runsIn(places []string) (runs []compare.Run, err error) {
	var files []string
	for _, place := range places {
		found, err := documentsIn(place)
		if err != nil {
			return nil, err
		}
		for _, file := range found {
			if !slices.Contains(files, file) {
				files = append(files, file)
			}
		}
	}
	for _, file := range files {
		doc, err := result.Read(file)
		if err != nil {
			return nil, err
		}
		if doc.Started.IsZero() {
			return nil, fmt.Errorf("%s is no run document: it doesn't say when it began", file)
		}
		runs = append(runs, compare.Run{File: file, Doc: doc})
	}
	return runs, nil
}

// documentsIn gives the run documents of a place: itself, run.json in it, or else all *.json and */run.json in it, sorted.
func documentsIn(place string) ([]string, error) {
	info, err := os.Stat(place)
	if err != nil {
		if strings.HasPrefix(place, "-") {
			return nil, fmt.Errorf("%s: options have to stand before the --", place)
		}
		return nil, fmt.Errorf("%s: %w: name a run.json, the folder of a run, or a folder of them", place, errors.Unwrap(err))
	}
	if !info.IsDir() {
		return []string{place}, nil
	}
	for _, pattern := range []string{"run.json", "*.json"} {
		files, err := fs.Glob(os.DirFS(place), pattern)
		if err != nil {
			return nil, err
		}
		if pattern == "*.json" {
			below, err := fs.Glob(os.DirFS(place), "*/run.json")
			if err != nil {
				return nil, err
			}
			files = append(files, below...)
		}
		if len(files) > 0 {
			return in(place, files), nil
		}
	}
	return nil, fmt.Errorf("%s holds no run document: neither run.json, nor *.json, nor folders with a run.json", place)
}

func in(folder string, files []string) []string {
	for i, f := range files {
		files[i] = filepath.Join(folder, f)
	}
	slices.Sort(files)
	return files
}

// keepAsBaseline writes the runs into a folder, each under the time that it began at, so that a baseline grows and none counts twice.
func keepAsBaseline(folder string, runs []compare.Run) error {
	for _, r := range runs {
		if err := r.Doc.Save(filepath.Join(folder, r.Doc.Started.UTC().Format("20060102-150405.000")+".json")); err != nil {
			return fmt.Errorf("keeping the baseline: %w", err)
		}
	}
	return nil
}
