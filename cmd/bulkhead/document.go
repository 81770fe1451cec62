package main

import (
	"encoding/json"
	"fmt"
	"io"
)

// document is what a verb makes.
type document interface{ Save(file string) error }

// show saves a document where a file is wanted, and prints it: as JSON for programs, and nothing else then, or as a report for people.
func show[D document](w io.Writer, d D, report func(io.Writer, D) error, file string, asJSON bool) error {
	if file != "" {
		if err := d.Save(file); err != nil {
			return err
		}
	}
	if asJSON {
		data, err := json.MarshalIndent(d, "", "  ")
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(w, "%s\n", data)
		return err
	}
	if err := report(w, d); err != nil {
		return fmt.Errorf("printing the report: %w", err)
	}
	if file != "" {
		_, err := fmt.Fprintf(w, "Written: %s\n", file)
		return err
	}
	return nil
}
