// Package compose holds the configuration of the servers that a stack is made of,
// shared by every provider so that all run the same settings. It starts nothing;
// internal/stack fills the templates in.
package compose

import _ "embed"

// PgBouncer is the text/template of pgbouncer.ini.
//
//go:embed pgbouncer.ini.tmpl
var PgBouncer string
