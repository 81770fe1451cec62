// Package compose holds the configuration of the servers that a stack is made of,
// shared by every provider so that all run the same settings, and the recipes of the
// images that containers run from. It starts and builds nothing;
// internal/stack fills the templates in and has the images built.
package compose

import _ "embed"

// PgBouncer is the text/template of pgbouncer.ini.
//
//go:embed pgbouncer.ini.tmpl
var PgBouncer string

// Dockerfile has a target for each server that can run in a container: postgres, pgbouncer, redis.
//
//go:embed Dockerfile
var Dockerfile []byte

// Base is the script that makes the Debian that the images stand on.
//
//go:embed base.sh
var Base []byte
