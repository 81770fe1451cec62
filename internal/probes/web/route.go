package web

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Route is a path of a service with the verbs that it takes, as the application itself lists them.
type Route struct {
	Path       string   `json:"path"` // with {name} for parameters
	Methods    []string `json:"methods"`
	Hidden     bool     `json:"hidden"` // not in the service's own documentation
	Deprecated bool     `json:"deprecated"`
	PathParams []Param  `json:"path_params"`
	Query      []Param  `json:"query"`
	Body       Schema   `json:"-"` // nil for none
	BodyType   string   `json:"-"`
}

// Param is a parameter in a path or query.
type Param struct {
	Name     string
	Required bool
	Schema   Schema
}

// UnmarshalJSON takes a parameter's name alone as well, and a type in place of a schema.
func (p *Param) UnmarshalJSON(data []byte) error {
	if err := json.Unmarshal(data, &p.Name); err == nil {
		return nil
	}
	var wide struct {
		Name, Type string
		Required   bool
		Schema     Schema
	}
	err := json.Unmarshal(data, &wide)
	p.Name, p.Required, p.Schema = wide.Name, wide.Required, wide.Schema
	switch {
	case p.Schema != nil || wide.Type == "":
	case wide.Type == "uuid":
		p.Schema = Schema{"type": "string", "format": "uuid"}
	default:
		p.Schema = Schema{"type": wide.Type}
	}
	return err
}

// UnmarshalJSON takes a body as {"media": ..., "schema": ...}.
func (r *Route) UnmarshalJSON(data []byte) error {
	type plain Route
	if err := json.Unmarshal(data, (*plain)(r)); err != nil {
		return err
	}
	var wide struct {
		Body *struct {
			Media  string
			Schema Schema
		}
	}
	err := json.Unmarshal(data, &wide)
	if wide.Body != nil {
		r.Body, r.BodyType = wide.Body.Schema, wide.Body.Media
		if r.Body == nil {
			r.Body = Schema{}
		}
	}
	return err
}

// ReadRoutes reads a list of routes, in JSON or YAML: {"routes": [...]} or the list alone.
func ReadRoutes(data []byte) ([]Route, error) {
	var read any
	if err := yaml.Unmarshal(data, &read); err != nil {
		return nil, fmt.Errorf("routes: %w", err)
	}
	if m, ok := read.(map[string]any); ok {
		read = m["routes"]
	}
	plain, err := json.Marshal(read)
	if err != nil {
		return nil, fmt.Errorf("routes: %w", err)
	}
	var all []Route
	if err := json.Unmarshal(plain, &all); err != nil {
		return nil, fmt.Errorf("routes: %w", err)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("routes: none is listed; want {\"routes\": [{\"path\": ..., \"methods\": [...]}]}")
	}
	return tidy(all), nil
}

var inPath = regexp.MustCompile(`\{([^}:]+)(:[^}]*)?\}`)

// tidy leaves out what isn't HTTP, and finds the parameters of a path that a list doesn't name.
func tidy(routes []Route) (all []Route) {
	for _, r := range routes {
		var verbs []string
		for _, verb := range r.Methods {
			switch verb = strings.ToUpper(verb); verb {
			case "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD":
				verbs = append(verbs, verb)
			}
		}
		r.Methods = verbs
		if len(verbs) == 0 {
			continue
		}
		known := map[string]bool{}
		for _, p := range r.PathParams {
			known[p.Name] = true
		}
		for _, m := range inPath.FindAllStringSubmatch(r.Path, -1) {
			if !known[m[1]] {
				r.PathParams = append(r.PathParams, Param{Name: m[1]})
			}
		}
		r.Path = inPath.ReplaceAllString(r.Path, "{$1}")
		all = append(all, r)
	}
	return all
}

// call is a route and one of its verbs.
type call struct {
	*Route
	verb string
	care Care
}

func (c call) String() string { return c.verb + " " + c.Path }

// safe tells verbs that change nothing.
func (c call) safe() bool { return c.verb == "GET" || c.verb == "HEAD" || c.care.Read }

// calls are all that may be called.
func (a *attack) calls() (all []call) {
	for i := range a.Routes {
		r := &a.Routes[i]
		for _, verb := range r.Methods {
			if care := a.Profile.care(r.Path, verb); care.Skip == "" {
				all = append(all, call{r, verb, care})
			}
		}
	}
	return all
}
