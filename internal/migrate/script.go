package migrate

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/engardehq/bulkhead/sql"
)

// ScriptError is a failure in a file of sql/. Line is 1-based, 0 where the server gave nothing
// to find it by. It unwraps to the *pgconn.PgError.
type ScriptError struct {
	File string
	Line int
	Err  error
}

func (e *ScriptError) Error() string {
	place := "sql/" + e.File
	if e.Line > 0 {
		place += ":" + strconv.Itoa(e.Line)
	}
	var pg *pgconn.PgError
	if !errors.As(e.Err, &pg) {
		return place + ": " + e.Err.Error()
	}
	message := fmt.Sprintf("%s: %s (SQLSTATE %s)", place, pg.Message, pg.Code)
	if pg.Hint != "" {
		message += "; " + pg.Hint
	}
	return message
}

func (e *ScriptError) Unwrap() error { return e.Err }

// runScript sends a whole file in one go, as psql -f would, and stops at the first error.
func runScript(ctx context.Context, conn *pgconn.PgConn, file string) error {
	text, err := readSQL(file)
	if err != nil {
		return err
	}
	return runText(ctx, conn, file, text)
}

func runText(ctx context.Context, conn *pgconn.PgConn, file, text string) error {
	results := conn.Exec(ctx, text)
	done := 0
	for results.NextResult() {
		if _, err := results.ResultReader().Close(); err != nil {
			break
		}
		done++
	}
	if err := results.Close(); err != nil {
		return &ScriptError{File: file, Line: lineOf(text, done, err), Err: err}
	}
	return nil
}

// queryValue runs a one-value query kept in a file.
func queryValue(ctx context.Context, conn *pgx.Conn, file string, into any, args ...any) error {
	text, err := readSQL(file)
	if err != nil {
		return err
	}
	if err := conn.QueryRow(ctx, text, args...).Scan(into); err != nil {
		return &ScriptError{File: file, Line: lineOf(text, 0, err), Err: err}
	}
	return nil
}

// runAnswer runs the statement that the file's query answers with.
func runAnswer(ctx context.Context, conn *pgx.Conn, file string, args ...any) error {
	var statement string
	if err := queryValue(ctx, conn, file, &statement, args...); err != nil {
		return err
	}
	if _, err := conn.Exec(ctx, statement); err != nil {
		return &ScriptError{File: file, Err: err}
	}
	return nil
}

func readSQL(file string) (string, error) {
	text, err := fs.ReadFile(sql.FS, file)
	return string(text), err
}

var blockLine = regexp.MustCompile(`inline_code_block line (\d+)`)

// lineOf finds the line of an error in a script of which done statements had succeeded. The
// server says where only for what it finds while reading (Position counts characters from 1);
// else it is the failed statement's first line, or the line in its DO block.
func lineOf(text string, done int, err error) int {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return 0
	}
	if pg.Position > 0 {
		return 1 + strings.Count(string([]rune(text)[:min(int(pg.Position)-1, utf8.RuneCountInString(text))]), "\n")
	}
	starts := statementStarts(text)
	if done >= len(starts) {
		return 0
	}
	at := starts[done]
	within := 1
	if found := blockLine.FindStringSubmatch(pg.Where); found != nil {
		if body := strings.IndexByte(text[at:], '$'); body >= 0 {
			at += body
			within, _ = strconv.Atoi(found[1])
		}
	}
	return strings.Count(text[:at], "\n") + within
}

// token is one thing that a semicolon can hide in, or a semicolon, or anything else but space.
var token = regexp.MustCompile(`(?s)--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$[A-Za-z_]*\$|;|\s+|.`)

// statementStarts gives the byte offset of each statement in a script.
func statementStarts(text string) []int {
	var starts []int
	fresh := true
	for at := 0; at < len(text); {
		found := token.FindString(text[at:])
		switch {
		case found == ";":
			fresh = true
		case strings.HasPrefix(found, "--"), strings.HasPrefix(found, "/*"), strings.TrimSpace(found) == "":
		default:
			if fresh {
				starts = append(starts, at)
				fresh = false
			}
			if len(found) > 1 && found[0] == '$' {
				if end := strings.Index(text[at+len(found):], found); end >= 0 {
					at += len(found) + end
				}
			}
		}
		at += len(found)
	}
	return starts
}
