package web

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	answerMax   = 1 << 20
	answerLimit = 5 * time.Second
	atOnce      = 4 // requests under way
)

// client sends requests to one service on a loopback address. It has several lanes of one connection each: what one lane sends in turn reaches the
// same process of the service, so that what one request leaves behind there the next can find.
type client struct {
	base  string
	lanes [atOnce]*http.Client
	sent  atomic.Int64
}

type laneKey struct{}

// newClient refuses services elsewhere: an attack is for a machine of one's own.
func newClient(base string) (*client, error) {
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "http" || u.Host == "" {
		return nil, fmt.Errorf("%q is no URL of a service; want http://127.0.0.1:PORT", base)
	}
	c := &client{base: strings.TrimSuffix(base, "/")}
	for i := range c.lanes {
		c.lanes[i] = &http.Client{
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			Transport:     &http.Transport{MaxConnsPerHost: 1, MaxIdleConnsPerHost: 1, DialContext: loopback},
		}
	}
	return c, nil
}

func loopback(ctx context.Context, network, addr string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(addr)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("%s isn't a loopback address; an attack goes to 127.0.0.1 alone", addr)
	}
	dialer := net.Dialer{Timeout: answerLimit}
	return dialer.DialContext(ctx, network, addr)
}

func (c *client) close() {
	for _, lane := range c.lanes {
		lane.CloseIdleConnections()
	}
}

// request is what is sent.
type request struct {
	verb   string
	path   string // escaped, with its query
	header http.Header
	body   []byte
	kind   string // Content-Type of the body
	limit  time.Duration
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte // up to answerMax, of an archive what is in it; of an endless stream what came within the limit
	took   time.Duration
}

// ok tells an answer that serves.
func (a *answer) ok() bool { return a.status >= 200 && a.status < 300 }

// send sends a request and reads the answer. An error means that there was none.
func (c *client) send(ctx context.Context, r request) (*answer, error) {
	limit := r.limit
	if limit == 0 {
		limit = answerLimit
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, r.verb, c.base+r.path, bytes.NewReader(r.body))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.verb, err)
	}
	for name, values := range r.header {
		req.Header[name] = values
		if name == "Host" {
			req.Host = values[0]
		}
	}
	if r.kind != "" {
		req.Header.Set("Content-Type", r.kind)
	}
	lane, _ := ctx.Value(laneKey{}).(int)
	c.sent.Add(1)
	began := time.Now()
	resp, err := c.lanes[lane%atOnce].Do(req)
	if err != nil && ctx.Err() == nil && req.GetBody != nil {
		// A server closes connections that were idle; a request that met with that is sent anew.
		if req.Body, err = req.GetBody(); err == nil {
			began = time.Now()
			resp, err = c.lanes[lane%atOnce].Do(req)
		}
	}
	if err != nil {
		var broken *url.Error // which repeats the URL, with its ids
		if errors.As(err, &broken) {
			err = broken.Err
		}
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, answerMax))
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return nil, fmt.Errorf("reading the answer: %w", err)
	}
	if bytes.HasPrefix(body, []byte("PK\x03\x04")) {
		body = unpacked(body)
	}
	return &answer{resp.StatusCode, resp.Header, body, time.Since(began)}, nil
}

// unpacked is what an archive holds: marks don't show in its compressed form.
func unpacked(body []byte) []byte {
	archive, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		return body
	}
	var all []byte
	for _, f := range archive.File {
		r, err := f.Open()
		if err != nil {
			continue
		}
		content, _ := io.ReadAll(io.LimitReader(r, answerMax))
		r.Close()
		all = append(append(all, f.Name...), content...)
	}
	return all
}

// each calls f for every number below n, several at once and each on its lane, and waits. It ends early with the context.
func each(ctx context.Context, n, width int, f func(ctx context.Context, i int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for lane := range min(width, n) {
		wg.Go(func() {
			ctx := context.WithValue(ctx, laneKey{}, lane)
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				f(ctx, i)
			}
		})
	}
	wg.Wait()
}
