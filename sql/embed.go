// Package sql holds every SQL statement and script of the project as a file of its own, valid
// to paste into psql, and does nothing with them: internal/migrate, seed, ops, observe,
// faults, checks, probes, backup, onboarding, removal, mutants, cutover, drill, fingerprint, layouts and bench read them by path.
package sql

import "embed"

// FS has the folders of this package by their names; a script is known by its path.
//
//go:embed all:backup all:bench all:bootstrap all:catalog all:checks all:cutover all:drill all:faults all:fingerprint all:layouts all:mutants all:observe all:onboarding all:ops all:probes all:removal all:seed
var FS embed.FS
