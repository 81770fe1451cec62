package reports

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/engardehq/bulkhead/internal/result"
)

// The parts of a SARIF log that bulkhead fills. They are a tenth of the format; a library for all of it brings another validator of JSON
// Schemas with it.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool        sarifTool         `json:"tool"`
		Automation  sarifID           `json:"automationDetails"`
		Invocations []sarifInvocation `json:"invocations"`
		Columns     string            `json:"columnKind"`
		Results     []sarifResult     `json:"results"`
		Properties  map[string]any    `json:"properties"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version,omitempty"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifID struct {
		ID string `json:"id"`
	}
	sarifRule struct {
		ID         string         `json:"id"`
		Short      sarifText      `json:"shortDescription"`
		Full       sarifText      `json:"fullDescription"`
		Help       sarifHelp      `json:"help"`
		Default    sarifLevel     `json:"defaultConfiguration"`
		Properties map[string]any `json:"properties"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifHelp struct {
		Text     string `json:"text"`
		Markdown string `json:"markdown"`
	}
	sarifLevel struct {
		Level string `json:"level"`
	}
	sarifInvocation struct {
		Succeeded bool                `json:"executionSuccessful"`
		ExitCode  int                 `json:"exitCode"`
		Start     string              `json:"startTimeUtc,omitempty"`
		Notes     []sarifNotification `json:"toolExecutionNotifications"`
	}
	sarifNotification struct {
		Level   string        `json:"level"`
		Message sarifText     `json:"message"`
		Rule    *sarifRuleRef `json:"associatedRule,omitempty"`
	}
	sarifRuleRef struct {
		ID    string `json:"id"`
		Index int    `json:"index"`
	}
	sarifResult struct {
		Rule         string            `json:"ruleId"`
		Index        int               `json:"ruleIndex"`
		Kind         string            `json:"kind"`
		Level        string            `json:"level"`
		Message      sarifText         `json:"message"`
		Locations    []sarifLocation   `json:"locations"`
		Related      []sarifLocation   `json:"relatedLocations,omitempty"`
		Count        int64             `json:"occurrenceCount"`
		Fingerprints map[string]string `json:"partialFingerprints"`
		Properties   map[string]any    `json:"properties"`
	}
	sarifLocation struct {
		ID       int            `json:"id,omitempty"`
		Physical *sarifPhysical `json:"physicalLocation,omitempty"`
		Logical  []sarifLogical `json:"logicalLocations,omitempty"`
		Message  *sarifText     `json:"message,omitempty"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   sarifRegion   `json:"region"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		Line int `json:"startLine"`
	}
	sarifLogical struct {
		Name      string `json:"name"`
		Qualified string `json:"fullyQualifiedName"`
		Kind      string `json:"kind"`
	}
)

// place is where a finding is: an object of the database, a route, or a part of the stack. Code hosts show only what has a file, so each
// has the path of one that stands for it.
type place struct {
	logical sarifLogical
	file    string
}

var (
	relation = regexp.MustCompile(`^[a-z_][\w$]*\.[A-Za-z_][\w$]*(\(.*\))?$`)
	route    = regexp.MustCompile(`^(\S+) ((?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) /\S*)`)
)

// places reads the words of a finding's place: several are parted by semicolons, relations by commas, and last may come by whom. Where the
// words count relations without naming them, the evidence does.
func places(f result.Finding) (all []place) {
	add := func(p place) {
		if p.logical.Name != "" && !slices.ContainsFunc(all, func(other place) bool { return other.logical == p.logical }) {
			all = append(all, p)
		}
	}
	for part := range strings.SplitSeq(f.Where, "; ") {
		names := strings.Split(part, ", ")
		for i, name := range names {
			name, _, _ = strings.Cut(strings.TrimSpace(name), " and ")
			if i == 0 || relation.MatchString(name) {
				add(placeOf(name))
			}
		}
	}
	for _, e := range f.Evidence {
		if relation.MatchString(e.Table) {
			add(placeOf(e.Table))
		}
	}
	if len(all) == 0 {
		add(placeOf("stack"))
	}
	return all
}

func placeOf(name string) place {
	if m := route.FindStringSubmatch(name); m != nil {
		_, path, _ := strings.Cut(m[2], " ")
		return place{sarifLogical{m[2], m[1] + " " + m[2], "function"}, (&url.URL{Path: m[1] + path}).EscapedPath()}
	}
	if !relation.MatchString(name) {
		return place{sarifLogical{name, name, "resource"}, "stack/" + url.PathEscape(name)}
	}
	schema, object, _ := strings.Cut(name, ".")
	kind := "table"
	if strings.Contains(object, "(") {
		kind = "function"
	}
	return place{sarifLogical{object, name, kind}, "database/" + schema + "/" + url.PathEscape(object)}
}
