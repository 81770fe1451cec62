package fingerprint

import (
	"fmt"
	"maps"
	"slices"
)

// Kind says what of a database is different.
type Kind string

// The kinds of difference.
const (
	TableLost    Kind = "table lost"
	TableNew     Kind = "table new"
	RowsLost     Kind = "rows lost"
	RowsNew      Kind = "rows new"
	RowsAltered  Kind = "rows altered" // as many, and others
	ColumnLost   Kind = "column lost"
	ColumnNew    Kind = "column new"
	Owner        Kind = "owner"
	RowSecurity  Kind = "row security"
	PolicyLost   Kind = "policy lost"
	PolicyNew    Kind = "policy new"
	GrantLost    Kind = "grant lost"
	GrantNew     Kind = "grant new"
	KeyLost      Kind = "key lost"
	KeyNew       Kind = "key new"
	ObjectLost   Kind = "object lost"
	ObjectNew    Kind = "object new"
	ObjectOther  Kind = "object altered"
	Revision     Kind = "revision"
	TenantsOther Kind = "rows of a tenant"
)

// Difference is one thing that two states don't share.
type Difference struct {
	Kind   Kind   `json:"kind"`
	Where  string `json:"where"`
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}

func (d Difference) String() string {
	switch {
	case d.Before == "" && d.After == "":
		return fmt.Sprintf("%s: %s", d.Where, d.Kind)
	case d.After == "":
		return fmt.Sprintf("%s: %s: %s", d.Where, d.Kind, d.Before)
	case d.Before == "":
		return fmt.Sprintf("%s: %s: %s", d.Where, d.Kind, d.After)
	}
	return fmt.Sprintf("%s: %s: %s, was %s", d.Where, d.Kind, d.After, d.Before)
}

// Compare tells what is different after, table by table, in a stable order.
func Compare(before, after *State) (all []Difference) {
	add := func(kind Kind, where, was, is string) {
		all = append(all, Difference{Kind: kind, Where: where, Before: was, After: is})
	}
	for _, name := range union(before.Tables, after.Tables) {
		old, was := before.Tables[name]
		now, is := after.Tables[name]
		switch {
		case !is:
			add(TableLost, name, fmt.Sprintf("%d rows", old.Rows), "")
		case !was:
			add(TableNew, name, "", fmt.Sprintf("%d rows", now.Rows))
		default:
			compareTable(name, old, now, add)
		}
	}
	for _, name := range union(before.Objects, after.Objects) {
		old, was := before.Objects[name]
		now, is := after.Objects[name]
		switch {
		case !is:
			add(ObjectLost, name, "", "")
		case !was:
			add(ObjectNew, name, "", "")
		case old != now:
			add(ObjectOther, name, old, now)
		}
	}
	for _, schema := range union(before.Revisions, after.Revisions) {
		if old, now := before.Revisions[schema], after.Revisions[schema]; !slices.Equal(old, now) {
			add(Revision, schema+".alembic_version", fmt.Sprint(old), fmt.Sprint(now))
		}
	}
	if before.Tenants != nil && after.Tenants != nil {
		for _, tenant := range union(before.Tenants, after.Tenants) {
			if old, now := before.Tenants[tenant], after.Tenants[tenant]; old != now {
				add(TenantsOther, tenant, fmt.Sprint(old), fmt.Sprint(now))
			}
		}
	}
	return all
}

func compareTable(name string, old, now Table, add func(kind Kind, where, was, is string)) {
	compareRows(name, old, now, add)
	if old.Owner != now.Owner {
		add(Owner, name, old.Owner, now.Owner)
	}
	if old.RowSecurity != now.RowSecurity {
		add(RowSecurity, name, old.RowSecurity, now.RowSecurity)
	}
	for _, list := range []struct {
		lost, new Kind
		old, now  []string
	}{
		{ColumnLost, ColumnNew, old.Columns, now.Columns}, {PolicyLost, PolicyNew, old.Policies, now.Policies},
		{GrantLost, GrantNew, old.Grants, now.Grants}, {KeyLost, KeyNew, old.Keys, now.Keys},
	} {
		for _, item := range list.old {
			if !slices.Contains(list.now, item) {
				add(list.lost, name, item, "")
			}
		}
		for _, item := range list.now {
			if !slices.Contains(list.old, item) {
				add(list.new, name, "", item)
			}
		}
	}
}

// compareRows compares whole rows where the columns are the same, and else column by column.
func compareRows(name string, old, now Table, add func(kind Kind, where, was, is string)) {
	if old.ColumnSums == nil || now.ColumnSums == nil {
		return
	}
	switch {
	case now.Rows < old.Rows:
		add(RowsLost, name, fmt.Sprint(old.Rows), fmt.Sprint(now.Rows))
	case now.Rows > old.Rows:
		add(RowsNew, name, fmt.Sprint(old.Rows), fmt.Sprint(now.Rows))
	case maps.Equal(old.ColumnSums, now.ColumnSums):
		if old.Sum != now.Sum && len(old.ColumnSums) == len(now.ColumnSums) {
			add(RowsAltered, name, "", "the same values in other rows")
		}
	default:
		for _, column := range slices.Sorted(maps.Keys(old.ColumnSums)) {
			if sum, ok := now.ColumnSums[column]; ok && sum != old.ColumnSums[column] {
				add(RowsAltered, name, "", "values of "+column)
			}
		}
	}
}

// Moved is the state with its tables by other names, as after a move to another schema.
func (s *State) Moved(to func(name string) string) *State {
	moved := *s
	moved.Tables = map[string]Table{}
	for name, t := range s.Tables {
		moved.Tables[to(name)] = t
	}
	return &moved
}

func union[V any](a, b map[string]V) []string {
	names := maps.Clone(a)
	if names == nil {
		names = map[string]V{}
	}
	maps.Copy(names, b)
	return slices.Sorted(maps.Keys(names))
}
