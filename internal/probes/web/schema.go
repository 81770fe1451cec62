package web

import (
	"math"
	"strings"
)

// Schema is a JSON schema as applications print them: references lead to #/$defs or #/components/schemas within the schema itself.
type Schema map[string]any

// deep is how far a schema that holds itself is followed.
const deep = 6

// value is the smallest value that a schema takes; root is where references lead to. A uuid is made by the caller's func: it must name nothing.
func (s Schema) value(root Schema, uuid func() string, depth int) any {
	s = s.resolved(root)
	if depth > deep {
		return nil
	}
	for _, key := range []string{"const", "default"} {
		if v, ok := s[key]; ok && (key == "const" || v != nil) {
			return v
		}
	}
	if all, ok := s["enum"].([]any); ok && len(all) > 0 {
		return all[0]
	}
	switch s.kind() {
	case "object":
		made := map[string]any{}
		for _, name := range s.required() {
			made[name] = s.property(name).value(root, uuid, depth+1)
		}
		return made
	case "array":
		made := []any{}
		items, _ := s["items"].(map[string]any)
		for range int(s.number("minItems", 0)) {
			made = append(made, Schema(items).value(root, uuid, depth+1))
		}
		return made
	case "integer":
		return int64(s.lowest())
	case "number":
		return s.lowest()
	case "boolean":
		return false
	case "null":
		return nil
	}
	return s.text(uuid)
}

// text is a string that a schema takes, as far as it says so; a pattern is not followed.
func (s Schema) text(uuid func() string) string {
	switch s["format"] {
	case "uuid", "uuid4":
		return uuid()
	case "date-time":
		return "2026-01-02T03:04:05Z"
	case "date":
		return "2026-01-02"
	case "email":
		return "nobody@example.com"
	case "uri", "url":
		return "http://127.0.0.1:9/"
	}
	text := "bulkhead"
	if least := int(s.number("minLength", 0)); least > len(text) {
		text += strings.Repeat("x", least-len(text))
	}
	if most := int(s.number("maxLength", math.MaxInt32)); most < len(text) {
		text = text[:most]
	}
	return text
}

// resolved follows references and takes the first choice that isn't null.
func (s Schema) resolved(root Schema) Schema {
	for range deep {
		if ref, ok := s["$ref"].(string); ok {
			s = root.at(ref)
			continue
		}
		var choice Schema
		for _, key := range []string{"anyOf", "oneOf", "allOf"} {
			all, _ := s[key].([]any)
			for _, one := range all {
				if m, ok := one.(map[string]any); ok && m["type"] != "null" && choice == nil {
					choice = Schema(m)
				}
			}
		}
		if choice == nil {
			break
		}
		s = choice
	}
	return s
}

// at follows a reference such as #/$defs/Flow.
func (s Schema) at(ref string) Schema {
	var here any = map[string]any(s)
	for part := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
		m, ok := here.(map[string]any)
		if !ok {
			return nil
		}
		here = m[part]
	}
	m, _ := here.(map[string]any)
	return m
}

func (s Schema) kind() string {
	switch t := s["type"].(type) {
	case string:
		return t
	case []any:
		for _, one := range t {
			if name, ok := one.(string); ok && name != "null" {
				return name
			}
		}
	}
	if s["properties"] != nil {
		return "object"
	}
	return "string"
}

func (s Schema) required() (names []string) {
	all, _ := s["required"].([]any)
	for _, one := range all {
		if name, ok := one.(string); ok {
			names = append(names, name)
		}
	}
	return names
}

func (s Schema) property(name string) Schema {
	all, _ := s["properties"].(map[string]any)
	m, _ := all[name].(map[string]any)
	return m
}

func (s Schema) properties() []string {
	all, _ := s["properties"].(map[string]any)
	return sortedKeys(all)
}

func (s Schema) number(key string, otherwise float64) float64 {
	switch n := s[key].(type) {
	case float64:
		return n
	case int:
		return float64(n)
	}
	return otherwise
}

// lowest is a number within the limits, 1 where there are none.
func (s Schema) lowest() float64 {
	n := s.number("minimum", math.Inf(-1))
	if over := s.number("exclusiveMinimum", math.Inf(-1)); over >= n {
		n = over + 1
	}
	if math.IsInf(n, -1) {
		n = min(1, s.number("maximum", 1))
	}
	return n
}
