package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/jackc/pgx/v5"

	"github.com/engardehq/bulkhead/internal/stack/stacktest"
	"github.com/engardehq/bulkhead/internal/tenant"
	"github.com/engardehq/bulkhead/internal/world"
)

// shop is a service of its own kind: things of three tenants in a real database, read and written over HTTP. Each flaw opens one way to another
// tenant's things; without one there is none.
type shop struct {
	t       testing.TB
	dsn     string
	conn    *pgx.Conn
	world   *world.World
	things  *world.Table
	tokens  *Tokens
	profile *Profile
	routes  []Route

	mu      sync.Mutex // of what follows, and of the connection
	flaw    string
	cache   map[string][]byte
	current int // the tenant, for the flaw of a global one
}

const shopTenants = 3

const shopProfile = `
channel: A01
anonymous: A02
tenant: tenant_id
schemas: [shop]
objects: {thing_id: shop.things, ids: shop.things}
care: [{match: "POST /things/batch", read: true}]
open: [{match: "GET /health", why: "tells that it is up"}]
makes: [{create: "POST /things", body: {name: bulkhead}, id: id, table: shop.things, owner: tenant_id, delete: "DELETE /things/{thing_id}"}]
cache: [{route: "GET /view", parameter: view, header: X-Cache, hit: HIT}]
routes:
  - {path: /health, methods: [GET]}
  - {path: /things, methods: [GET], query: [{name: sort, type: string}]}
  - {path: /things, methods: [POST], body: {media: application/json, schema: {type: object, required: [name], properties: {name: {type: string}}}}}
  - {path: /things/batch, methods: [POST], body: {media: application/json, schema: {type: object, required: [ids], properties: {ids: {type: array, items: {type: string, format: uuid}}}}}}
  - {path: "/things/{thing_id}", methods: [GET, DELETE]}
  - {path: "/things/{thing_id}", methods: [PATCH], body: {media: application/json, schema: {type: object, required: [name], properties: {name: {type: string}}}}}
  - {path: /view, methods: [GET], query: [view]}
`

func newShop(t testing.TB) *shop {
	n := stacktest.Postgres(t)
	s := &shop{t: t, dsn: n.DirectDSN("postgres", "postgres").Reveal(), tokens: newTokens(t)}
	var err error
	if s.world, err = world.New(world.Plan{Seed: 7, Tenants: shopTenants, Largest: 1, Probed: shopTenants, Tables: []world.Table{{Name: "shop.things", Rows: 12, Min: 2, Columns: []world.Column{
		{Name: "id", Type: "uuid", Kind: world.ID}, {Name: "tenant_id", Type: "uuid", Kind: world.Tenant}, {Name: "name", Type: "text", Kind: world.Text, Template: "thing {token}"}}}}}); err != nil {
		t.Fatal(err)
	}
	s.things, _ = s.world.Table("shop.things")
	s.tokens.Claims = func(n int) map[string]any {
		now := time.Now()
		return map[string]any{"sub": "user", "tenant_id": s.id(n), "iss": issuer, "aud": audience, "iat": now.Unix(), "exp": now.Add(time.Hour).Unix()}
	}
	if s.profile, err = ReadProfile([]byte(shopProfile)); err != nil {
		t.Fatal(err)
	}
	s.routes = s.profile.Routes
	if s.conn, err = pgx.Connect(t.Context(), s.dsn); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.conn.Close(context.Background()) })
	return s
}

func (s *shop) id(n int) string { return s.world.Codec.TenantID(n).String() }

// restock puts the things back as they were seeded.
func (s *shop) restock() {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.exec("DROP SCHEMA IF EXISTS shop CASCADE; CREATE SCHEMA shop; CREATE TABLE shop.things (id uuid PRIMARY KEY, tenant_id uuid NOT NULL, name text NOT NULL)")
	for n := range shopTenants {
		for row := range s.world.Rows(s.things, n) {
			ref := s.world.Ref(s.things, n, tenant.Row(row))
			s.exec("INSERT INTO shop.things VALUES ($1, $2, $3)", s.world.Codec.ID(ref).String(), s.id(n), "thing "+s.world.Codec.Token(ref))
		}
	}
	s.cache = map[string][]byte{}
}

func (s *shop) exec(sql string, values ...any) {
	s.t.Helper()
	if _, err := s.conn.Exec(context.Background(), sql, values...); err != nil {
		s.t.Fatalf("%s: %v", sql, err)
	}
}

// digest is all that is in the shop.
func (s *shop) digest() (all string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.conn.QueryRow(context.Background(), "SELECT string_agg(t::text, ' ' ORDER BY t) FROM shop.things AS t").Scan(&all); err != nil {
		s.t.Fatal(err)
	}
	return all
}

type thing struct {
	ID     string `json:"id"`
	Tenant string `json:"tenant_id"`
	Name   string `json:"name"`
}

func (s *shop) query(sql string, values ...any) ([]thing, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	rows, err := s.conn.Query(context.Background(), sql, append([]any{pgx.QueryExecModeExec}, values...)...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[thing])
}

const shown = "SELECT id::text, tenant_id::text, name FROM shop.things "

// serve opens the shop with a flaw and says where.
func (s *shop) serve(flaw string) *httptest.Server {
	s.flaw = flaw
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"up": true}`) })
	route := func(pattern string, f func(tenant string, r *http.Request, body map[string]any) (int, any)) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { s.answer(w, r, f) })
	}
	route("GET /things", s.list)
	route("POST /things", s.add)
	route("POST /things/batch", s.batch)
	route("GET /things/{id}", s.one)
	route("PATCH /things/{id}", s.change)
	route("DELETE /things/{id}", s.change)
	mux.HandleFunc("GET /view", s.view)
	return httptest.NewServer(mux)
}

// caller is the tenant of a request's token; "" for none that is good.
func (s *shop) caller(r *http.Request) string {
	token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !bearer || s.tokens.verify(token, s.flaw) != nil {
		return ""
	}
	claims := jwt.MapClaims{}
	if _, _, err := jwt.NewParser().ParseUnverified(token, claims); err != nil {
		return ""
	}
	id, _ := claims["tenant_id"].(string)
	if parsed(id).String() != id {
		return ""
	}
	if named := r.Header.Get("X-Tenant-Id"); s.flaw == "tenant from a header" && named != "" {
		return named
	}
	return id
}

func (s *shop) answer(w http.ResponseWriter, r *http.Request, f func(string, *http.Request, map[string]any) (int, any)) {
	if origin := r.Header.Get("Origin"); origin != "" && s.flaw == "every origin" {
		w.Header().Set("Access-Control-Allow-Origin", origin)
		w.Header().Set("Access-Control-Allow-Credentials", "true")
	}
	who := s.caller(r)
	if who == "" && s.flaw == "a list for anybody" && r.Method == "GET" {
		who = s.id(0)
	}
	if who == "" {
		s.write(w, 401, map[string]any{"detail": "a token is needed"})
		return
	}
	if s.flaw == "a global tenant" {
		who = s.crossed(who)
	}
	var body map[string]any
	if r.Method == "POST" || r.Method == "PATCH" {
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			s.malformed(w)
			return
		}
	}
	status, out := f(who, r, body)
	s.write(w, status, out)
}

// crossed is what a tenant in one place for all requests comes to: another may have been set meanwhile.
func (s *shop) crossed(who string) string {
	set := func(n int) { s.mu.Lock(); s.current = n; s.mu.Unlock() }
	for n := range shopTenants {
		if s.id(n) == who {
			set(n)
		}
	}
	time.Sleep(2 * time.Millisecond)
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.id(s.current)
}

func (s *shop) malformed(w http.ResponseWriter) {
	out := map[string]any{"detail": "no JSON"}
	switch s.flaw {
	case "errors with a trace":
		out["trace"] = "Traceback (most recent call last):\n  File \"shop.py\", line 3, in add"
	case "errors with a row":
		out["example"], _ = s.query(shown+"WHERE tenant_id = $1", s.id(2))
	}
	s.write(w, 400, out)
}

func (s *shop) write(w http.ResponseWriter, status int, out any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(out)
}

var missing = map[string]any{"detail": "not found"}

func (s *shop) list(who string, r *http.Request, _ map[string]any) (int, any) {
	condition, order := "WHERE tenant_id = $1", "ORDER BY id"
	if s.flaw == "a list of all" {
		condition = "WHERE $1::uuid IS NOT NULL"
	}
	switch sort := r.URL.Query().Get("sort"); {
	case sort == "":
	case s.flaw == "a sort that is a statement":
		order = "ORDER BY " + sort
	case !slices.Contains([]string{"id", "name"}, sort):
		return 422, map[string]any{"detail": "sort by id or name"}
	}
	found, err := s.query(shown+condition+" "+order, who)
	if err != nil {
		return 500, map[string]any{"detail": "failed"}
	}
	return 200, found
}

func (s *shop) add(who string, _ *http.Request, body map[string]any) (int, any) {
	name, ok := body["name"].(string)
	if !ok || strings.ContainsRune(name, 0) || len(name) > 1000 {
		return 422, map[string]any{"detail": "name it"}
	}
	if named, ok := body["tenant_id"].(string); ok && s.flaw == "tenant from a body" {
		who = named
	}
	made, err := s.query("INSERT INTO shop.things VALUES (gen_random_uuid(), $1, $2) RETURNING id::text, tenant_id::text, name", who, name)
	if err != nil {
		return 500, map[string]any{"detail": "failed"}
	}
	return 201, made[0]
}

func (s *shop) batch(who string, _ *http.Request, body map[string]any) (int, any) {
	all, _ := body["ids"].([]any)
	found := []thing{}
	for _, id := range all {
		text, _ := id.(string)
		if parsed(text).String() != text {
			return 422, map[string]any{"detail": "ids are uuids"}
		}
		condition := "WHERE id = $1 AND tenant_id = $2"
		if s.flaw == "a batch by ids alone" {
			condition = "WHERE id = $1 AND $2::uuid IS NOT NULL"
		}
		more, _ := s.query(shown+condition, text, who)
		found = append(found, more...)
	}
	return 200, found
}

func (s *shop) one(who string, r *http.Request, _ map[string]any) (int, any) {
	id := r.PathValue("id")
	if parsed(id).String() != id {
		return 422, map[string]any{"detail": "an id is a uuid"}
	}
	found, err := s.query(shown+"WHERE id = $1", id)
	if err != nil || len(found) == 0 {
		return 404, missing
	}
	if found[0].Tenant != who && s.flaw != "read by id alone" {
		if s.flaw == "another's is forbidden" {
			return 403, map[string]any{"detail": "forbidden"}
		}
		return 404, missing
	}
	return 200, found[0]
}

// change renames or deletes.
func (s *shop) change(who string, r *http.Request, body map[string]any) (int, any) {
	id, name := r.PathValue("id"), "changed"
	if r.Method == "PATCH" {
		name, _ = body["name"].(string)
	}
	if parsed(id).String() != id || name == "" || strings.ContainsRune(name, 0) {
		return 422, map[string]any{"detail": "an id is a uuid, a name a text"}
	}
	condition := " WHERE id = $1 AND tenant_id = $2"
	if s.flaw == "changed by id alone" && r.Method == "PATCH" || s.flaw == "deleted by id alone" && r.Method == "DELETE" {
		condition = " WHERE id = $1 AND $2::uuid IS NOT NULL"
	}
	const back = " RETURNING id::text, tenant_id::text, name"
	var found []thing
	var err error
	if r.Method == "PATCH" {
		found, err = s.query("UPDATE shop.things SET name = $3"+condition+back, id, who, name)
	} else {
		found, err = s.query("DELETE FROM shop.things"+condition+back, id, who)
	}
	if err != nil || len(found) == 0 {
		return 404, missing
	}
	return 200, map[string]any{"done": strconv.Itoa(len(found))}
}

// view is kept in a cache.
func (s *shop) view(w http.ResponseWriter, r *http.Request) {
	who, view := s.caller(r), r.URL.Query().Get("view")
	key := who + "\x00" + view
	switch s.flaw {
	case "a cache without the tenant":
		key = view
	case "a cache with joined keys":
		key = "view:" + view + ":" + who // which is then cut off
		key = key[:min(len(key), 60)]
	case "a cache before credentials":
		key = view
	}
	s.mu.Lock()
	kept, hit := s.cache[key]
	s.mu.Unlock()
	if who == "" && (!hit || s.flaw != "a cache before credentials") {
		s.write(w, 401, map[string]any{"detail": "a token is needed"})
		return
	}
	w.Header().Set("X-Cache", map[bool]string{true: "hit", false: "miss"}[hit])
	if !hit {
		found, err := s.query(shown+"WHERE tenant_id = $1 ORDER BY id", who)
		if err != nil {
			s.write(w, 500, map[string]any{"detail": "failed"})
			return
		}
		kept, _ = json.Marshal(found)
		s.mu.Lock()
		s.cache[key] = kept
		s.mu.Unlock()
	}
	w.WriteHeader(200)
	_, _ = w.Write(kept)
}
