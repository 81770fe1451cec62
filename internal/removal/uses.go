package removal

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/engardehq/bulkhead/internal/target"
	"github.com/engardehq/bulkhead/internal/tenant"
)

const (
	useLimit  = 60 * time.Second // a first run of a flow loads its modules
	useEvery  = 500 * time.Millisecond
	useAtOnce = 8               // requests: a service may have several workers, each with a memory of its own, and an idle one takes what comes one by one
	useSlack  = time.Second     // a worker may have asked just before the doors were shut, and the machine is busy
	useGiveUp = 2 * time.Second // over the declared time: a service that still serves then is not about to stop
)

// visitor is the tenant's user, who goes on asking. Each request is a connection of its own, so that all workers are met.
type visitor struct {
	c      *Config
	mark   string // stands in uploaded files
	client *http.Client
	n      atomic.Int64
}

func newVisitor(c *Config) *visitor {
	w := c.World
	return &visitor{c: c, mark: w.Codec.Token(tenant.Ref{Tenant: c.Tenant, Table: tenant.TenantTable}),
		client: &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: (&net.Dialer{Timeout: 5 * time.Second}).DialContext}}}
}

var placeholder = regexp.MustCompile(`\{([a-z_]+\.[a-z_]+|n)\}`)

// fill puts ids and numbers in their places.
func (v *visitor) fill(text string) string {
	return placeholder.ReplaceAllStringFunc(text, func(name string) string {
		name = strings.Trim(name, "{}")
		if name == "n" {
			return strconv.FormatInt(v.n.Add(1), 10)
		}
		w := v.c.World
		table, ok := w.Table(name)
		if !ok {
			return name
		}
		return w.Codec.ID(w.Ref(table, v.c.Tenant, tenant.Row(0))).String()
	})
}

// ask makes one request and gives its status.
func (v *visitor) ask(ctx context.Context, u target.RemovalUse, login http.Header) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, useLimit)
	defer cancel()
	body, kind := []byte(v.fill(u.Body)), "application/json"
	if u.File != "" {
		var form bytes.Buffer
		w := multipart.NewWriter(&form)
		part, err := w.CreateFormFile("file", u.File)
		if err == nil {
			_, err = io.WriteString(part, v.mark+"\n")
		}
		if err != nil {
			return 0, err
		}
		if err := w.Close(); err != nil {
			return 0, err
		}
		body, kind = form.Bytes(), w.FormDataContentType()
	}
	req, err := http.NewRequestWithContext(ctx, u.Method, v.c.Services[u.Service].URL+v.fill(u.Path), bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	req.Header = login.Clone()
	if len(body) > 0 {
		req.Header.Set("Content-Type", kind)
	}
	resp, err := v.client.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, err
}

// use is a request that must be refused in the end.
type use struct {
	target.RemovalUse
	login  http.Header
	before int // status before the removal
	asked  int64
	served time.Time // when the last request that was served was sent
	odd    string    // an answer that was neither
}

func (u *use) name() string { return u.Service + " " + u.Method + " " + u.Path }

// begin makes every use once, and gives those that must be refused later. Who logs in keeps its credentials: they are tried again.
func (v *visitor) begin(ctx context.Context) (uses []*use, said []string) {
	for _, u := range v.c.Target.Removal.Uses {
		s, ok := v.c.Services[u.Service]
		if !ok {
			continue
		}
		one := &use{RemovalUse: u, login: s.Login(v.c.Tenant)}
		if one.login == nil {
			said = append(said, "the tenant's user has no credentials for "+u.Service)
			continue
		}
		status, err := v.ask(ctx, u, one.login)
		if one.before = status; err != nil {
			said = append(said, fmt.Sprintf("%s before the removal: %v", one.name(), err))
		} else if status < 200 || status > 299 {
			said = append(said, fmt.Sprintf("%s before the removal: status %d", one.name(), status))
		}
		if len(u.Refused) > 0 {
			uses = append(uses, one)
			if u.Within > 0 {
				v.again(ctx, one) // all workers know the tenant
			}
		}
	}
	return uses, said
}

// again makes the request several times at once, and notes whether it was served. refused is true where none was.
func (v *visitor) again(ctx context.Context, u *use) (refused bool) {
	var statuses [useAtOnce]int
	var errs [useAtOnce]error
	var all sync.WaitGroup
	sent := time.Now()
	for i := range statuses {
		all.Go(func() { statuses[i], errs[i] = v.ask(ctx, u.RemovalUse, u.login) })
	}
	all.Wait()
	if ctx.Err() != nil {
		return false
	}
	refused = true
	for i, status := range statuses {
		u.asked++
		switch {
		case errs[i] != nil:
			u.odd, refused = errs[i].Error(), false
		case slices.Contains(u.Refused, status):
		case status >= 200 && status <= 299:
			u.served, refused = sent, false
		default:
			u.odd, refused = fmt.Sprintf("status %d", status), false
		}
	}
	return refused
}

// follow asks all the while for what may be served for some time yet, until stop is called.
func (v *visitor) follow(ctx context.Context, uses []*use) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var done sync.WaitGroup
	done.Go(func() {
		for pause(ctx, useEvery) == nil {
			for _, u := range uses {
				if u.Within > 0 {
					v.again(ctx, u)
				}
			}
		}
	})
	return func() { cancel(); done.Wait() }
}

// end asks until the use is refused, or has been served for too long. It gives how long after shut it was served.
func (v *visitor) end(ctx context.Context, u *use, shut time.Time) (seconds float64, still bool) {
	for !v.again(ctx, u) {
		if time.Since(shut) > u.Within+useGiveUp || pause(ctx, useEvery) != nil {
			return time.Since(shut).Seconds(), true
		}
	}
	if u.served.Before(shut) {
		return 0, false
	}
	return u.served.Sub(shut).Seconds(), u.served.Sub(shut) > u.Within+useSlack
}
