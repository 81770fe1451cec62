package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/engardehq/bulkhead/internal/tenant"
	"github.com/engardehq/bulkhead/internal/world"
)

// object is what a parameter names: rows of a table, by id or by another column.
type object struct{ table, column string }

// slot is a place in a request that names an object.
type slot struct {
	in       string // path, query, body
	name     string // "[]" for a body that is a list of them
	of       object
	required bool
	list     bool
}

// wholeBody is the name of a body that is itself a list.
const wholeBody = "[]"

// slots are the places of a call that name objects which the world has.
func (a *attack) slots(c call) (all []slot) {
	add := func(in, name string, required, list bool) {
		if of, ok := a.objectOf(c.Path, name); ok {
			all = append(all, slot{in, name, of, required, list})
		}
	}
	for _, p := range c.PathParams {
		add("path", p.Name, true, false)
	}
	for _, p := range c.Query {
		add("query", p.Name, p.Required, p.Schema.resolved(p.Schema).kind() == "array")
	}
	body := c.Body.resolved(c.Body)
	if body == nil {
		return all
	}
	if body.kind() == "array" {
		add("body", wholeBody, true, true)
	}
	for _, name := range body.properties() {
		p := body.property(name).resolved(c.Body)
		add("body", name, slices.Contains(body.required(), name), p.kind() == "array")
	}
	return all
}

// objectOf says what a parameter of a route names. ok is false where it names none, or a table that this world hasn't got.
func (a *attack) objectOf(route, name string) (o object, ok bool) {
	text, ok := a.Profile.Objects[route+" "+name]
	if !ok {
		text, ok = a.Profile.Objects[name]
	}
	parts := strings.Split(text, ".")
	if !ok || len(parts) < 2 {
		return o, false
	}
	o.table = parts[0] + "." + parts[1]
	if len(parts) == 3 {
		o.column = parts[2]
	}
	t, ok := a.World.Table(o.table)
	if !ok {
		return o, false
	}
	column := o.column
	if column == "" {
		column = "id"
	}
	_, ok = t.Column(column)
	return o, ok
}

// belonging names, for each slot, an object of one tenant; where one table refers to another, objects that belong together.
func (a *attack) belonging(slots []slot, tenantNo int) []string {
	rows := make([]tenant.Row, len(slots))
	for range slots { // a chain of references is as long as there are slots
		for i, child := range slots {
			for j, parent := range slots {
				if c, ok := a.parentColumn(child.of.table, parent.of.table); ok && i != j {
					t, _ := a.World.Table(child.of.table)
					cell := a.World.Cell(t, c)
					rows[j] = cell.Ref(tenantNo, rows[i]).Row
				}
			}
		}
	}
	ids := make([]string, len(slots))
	for i, s := range slots {
		ids[i] = a.named(s.of, tenantNo, rows[i])
	}
	return ids
}

func (a *attack) parentColumn(child, parent string) (*world.Column, bool) {
	t, ok := a.World.Table(child)
	if !ok || child == parent {
		return nil, false
	}
	i := slices.IndexFunc(t.Columns, func(c world.Column) bool {
		return (c.Kind == world.Parent || c.Kind == world.Aligned) && c.Table == parent
	})
	if i < 0 {
		return nil, false
	}
	return &t.Columns[i], true
}

// named is how a request names a seeded row; "" where the tenant has none, or the column is empty.
func (a *attack) named(o object, tenantNo int, row tenant.Row) string {
	t, _ := a.World.Table(o.table)
	if a.World.Rows(t, tenantNo) <= int64(row) {
		return ""
	}
	if o.column == "" || o.column == "id" {
		return a.World.Codec.ID(a.World.Ref(t, tenantNo, row)).String()
	}
	c, _ := t.Column(o.column)
	value, null := a.World.AppendValue(nil, t, c, tenantNo, row)
	if null {
		return ""
	}
	if c.Type == "uuid" {
		return tenant.UUID(value).String()
	}
	return string(value)
}

// uuid is a random one that names nothing.
func (a *attack) uuid() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var u tenant.UUID
	for i := range u {
		u[i] = byte(a.rand.Uint32())
	}
	u[6], u[8] = u[6]&0xf|0x40, u[8]&0x3f|0x80
	return u.String()
}

// filling is what stands in a request's places.
type filling struct {
	ids   []string       // by slot; "" leaves it out; several of a list on a line each
	path  map[string]any // other parameters, over what they would hold
	query map[string]any
	body  map[string]any
}

// request makes a call with these values. What isn't given is left out or, where it is required, the smallest that is valid.
func (a *attack) request(c call, slots []slot, f filling, who http.Header) request {
	path, query := map[string]any{}, map[string]any{}
	for _, p := range c.PathParams {
		path[p.Name] = p.Schema.value(p.Schema, a.uuid, 0)
	}
	for _, p := range c.Query {
		if p.Required {
			query[p.Name] = p.Schema.value(p.Schema, a.uuid, 0)
		}
	}
	var body any
	if c.Body != nil {
		body = c.Body.value(c.Body, a.uuid, 0)
	}
	for i, s := range slots {
		if f.ids == nil || f.ids[i] == "" {
			continue
		}
		var value any = f.ids[i]
		if s.list {
			value = strings.Split(f.ids[i], "\n")
		}
		switch fields, object := body.(map[string]any); {
		case s.in == "path":
			path[s.name] = f.ids[i]
		case s.in == "query":
			query[s.name] = value
		case s.name == wholeBody:
			body = value
		case object:
			fields[s.name] = value
		}
	}
	put(path, f.path)
	put(query, f.query)
	if fields, ok := body.(map[string]any); ok {
		put(fields, f.body)
	}
	r := request{verb: c.verb, path: fill(c.Path, path) + encode(query), header: who, limit: c.care.Limit}
	if c.Body != nil {
		r.body, r.kind = encodeBody(body, c.BodyType)
	}
	return r
}

func put(into, more map[string]any) {
	for k, v := range more {
		into[k] = v
	}
}

func fill(path string, values map[string]any) string {
	return inPath.ReplaceAllStringFunc(path, func(hole string) string {
		return url.PathEscape(fmt.Sprint(values[strings.Trim(hole, "{}")]))
	})
}

func encode(query map[string]any) string {
	if len(query) == 0 {
		return ""
	}
	q := url.Values{}
	for k, v := range query {
		if list, ok := v.([]string); ok {
			q[k] = list
			continue
		}
		q.Set(k, fmt.Sprint(v))
	}
	return "?" + q.Encode()
}

// encodeBody writes a body in the form that a route takes. An upload gets a small file in each of its fields.
func encodeBody(body any, kind string) ([]byte, string) {
	fields, _ := body.(map[string]any)
	switch {
	case strings.HasPrefix(kind, "multipart/"):
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		for _, name := range sortedKeys(fields) {
			if part, err := w.CreateFormFile(name, "bulkhead.json"); err == nil {
				_, _ = part.Write([]byte("{}"))
			}
		}
		w.Close()
		return b.Bytes(), w.FormDataContentType()
	case kind == "application/x-www-form-urlencoded":
		return []byte(strings.TrimPrefix(encode(fields), "?")), kind
	}
	data, err := json.Marshal(body)
	if err != nil {
		data = []byte("{}")
	}
	return data, "application/json"
}
