package run

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/engardehq/bulkhead/fixtures"
	"github.com/engardehq/bulkhead/internal/identity"
	"github.com/engardehq/bulkhead/internal/stack"
	"github.com/engardehq/bulkhead/internal/tenant"
	"github.com/engardehq/bulkhead/internal/world"
)

// langflowComponents writes the components that Langflow's server loads itself, changed as the options say, and gives their folder.
func langflowComponents(o Options, n *stack.Native) (string, error) {
	const from = "langflow/components"
	folder := filepath.Join(n.Scratch(), "components")
	files, err := fs.Sub(fixtures.FS, from)
	if err == nil {
		err = errors.Join(os.RemoveAll(folder), os.CopyFS(folder, files))
	}
	if err != nil {
		return "", fmt.Errorf("langflow's components: %w", err)
	}
	for _, change := range o.Components {
		if err := changeComponents(folder, change); err != nil {
			return "", fmt.Errorf("langflow's components: %w", err)
		}
	}
	return folder, nil
}

// changeComponents puts another text in the place of one that must be there.
func changeComponents(folder, change string) error {
	before, after, ok := strings.Cut(change, " => ")
	if !ok {
		return fmt.Errorf("%q; want OLD => NEW", change)
	}
	found := false
	err := filepath.WalkDir(folder, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(file)
		if err != nil || !strings.Contains(string(text), before) {
			return err
		}
		found = true
		return os.WriteFile(file, []byte(strings.ReplaceAll(string(text), before, after)), 0o600)
	})
	if err == nil && !found {
		err = fmt.Errorf("no component has the text %q, which was to be changed", before)
	}
	return err
}

// makeLangflowKeys has Langflow make an API key for the user of each of the first tenants. They are kept with the state: Langflow has them in
// its database.
func makeLangflowKeys(ctx context.Context, o Options, t Target, n *stack.Native, url string, plan world.Plan) error {
	w, err := world.New(plan)
	if err != nil {
		return err
	}
	users, ok := w.Table(t.Layout.Parts().LangflowSchema + ".user")
	if !ok {
		return nil
	}
	count := min(o.Scenario.LangflowUsers, w.Tenants)
	o.Console.Step("making keys to Langflow's interface for %d tenants", count)
	n.Secrets.LangflowKeys = map[string]stack.Password{}
	for tn := range count {
		user := w.Codec.ID(w.Ref(users, tn, tenant.Row(0))).String()
		key, err := langflowKey(ctx, url, n.Secrets.LangflowKey.Reveal(), user)
		if err != nil {
			return fmt.Errorf("key to Langflow's interface for user %s: %w", user, err)
		}
		n.Secrets.LangflowKeys[w.Codec.TenantID(tn).String()] = key
	}
	return nil
}

const langflowKeyLimit = 30 * time.Second

// langflowKey asks as the user itself, by a token that the operator signs: users that were seeded have no password, and Langflow
// limits the logins of a minute.
func langflowKey(ctx context.Context, url, secret, user string) (stack.Password, error) {
	ctx, cancel := context.WithTimeout(ctx, langflowKeyLimit)
	defer cancel()
	token, err := identity.LangflowToken(secret, user)
	if err != nil {
		return "", err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/api/v1/api_key/", bytes.NewReader([]byte(`{"name": "tenant"}`)))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<16))
	if err != nil {
		return "", err
	}
	var made struct {
		Key stack.Password `json:"api_key"`
	}
	if resp.StatusCode != http.StatusOK || json.Unmarshal(body, &made) != nil || made.Key == "" {
		return "", fmt.Errorf("POST /api/v1/api_key/: status %d", resp.StatusCode)
	}
	return made.Key, nil
}
