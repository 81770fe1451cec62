package session

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/engardehq/bulkhead/internal/oracle"
	"github.com/engardehq/bulkhead/internal/tenant"
)

// WebConfig says where the services are that speak HTTP, and who asks them.
type WebConfig struct {
	Services    map[string]WebService // by name
	Connections int                   // to each service
	Timeout     time.Duration         // of one request, waiting for a connection included
}

// WebService is a service that speaks HTTP. Login adds the credentials of a tenant's user.
type WebService struct {
	URL   string
	Login func(tenant int, into http.Header) error
}

// Web is the door of operations to services that speak HTTP. It is safe for concurrent use.
type Web struct {
	cfg    WebConfig
	oracle *oracle.Oracle
	client *http.Client
}

// OpenWeb makes the door. Close it when done.
func OpenWeb(cfg WebConfig, o *oracle.Oracle) *Web {
	transport := &http.Transport{MaxConnsPerHost: cfg.Connections, MaxIdleConnsPerHost: cfg.Connections, DisableCompression: true,
		DialContext: (&net.Dialer{Timeout: 5 * time.Second}).DialContext}
	return &Web{cfg: cfg, oracle: o, client: &http.Client{Transport: transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// Close closes all connections that are idle; those at work close when they are.
func (w *Web) Close() { w.client.CloseIdleConnections() }

// Call is one request of a tenant's user.
type Call struct {
	Service string
	Tenant  int
	Method  string
	Target  string // path and query
	Header  map[string]string
	Body    []byte
	Status  int // that must be answered; 0 is any from 200 to 299
	Reads   []Objects
	Named   []tenant.UUID // ids of other tenants in the request: to be told them again tells nothing
	File    string        // where the call comes from, for evidence
}

// Objects are the rows at one place of a JSON body.
type Objects struct {
	At   [][]string // places, of which the first counts that is there: keys of objects and numbers in lists, from the top; text on the way is read as JSON
	Want oracle.Want
	// Without are fields that aren't looked at as values of the row.
	Without []string
	// Nobody is a field that is null in what belongs to nobody, and is left out; "" where all belongs to somebody.
	Nobody string
}

// Visitor makes calls, one after the other. One goroutine uses it.
type Visitor struct {
	web     *Web
	reading oracle.Reading
	faults  []Fault
	body    bytes.Buffer
}

// NewVisitor returns a visitor; it holds no connection between calls.
func (w *Web) NewVisitor() *Visitor { return &Visitor{web: w} }

const bodyMax = 16 << 20

// StatusError is an answer with another status than the one that was wanted.
type StatusError struct{ Got, Want int }

func (e *StatusError) Error() string {
	if e.Want == 0 {
		return fmt.Sprintf("status %d", e.Got)
	}
	return fmt.Sprintf("status %d instead of %d", e.Got, e.Want)
}

// Do makes a call. Whatever goes wrong is in the Reply, whose faults are valid until the next Do. The whole body is judged, of errors too.
func (v *Visitor) Do(ctx context.Context, call *Call) (reply Reply) {
	ctx, cancel := context.WithTimeout(ctx, v.web.cfg.Timeout)
	defer cancel()
	v.faults = v.faults[:0]
	start := time.Now()
	sent := start
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { sent = time.Now() }})
	mark := v.web.oracle.Ledger.Mark()
	resp, err := v.send(ctx, call)
	if err == nil {
		v.body.Reset()
		_, err = io.Copy(&v.body, io.LimitReader(resp.Body, bodyMax))
		resp.Body.Close()
	}
	reply.Done = time.Now()
	reply.PoolWait, reply.Service = sent.Sub(start), reply.Done.Sub(sent)
	if err != nil {
		reply.Err = fmt.Errorf("%s: %w", call.File, err)
		return reply
	}
	reply.Bodies = 1
	switch resp.Header.Get("X-Cache") {
	case "hit":
		reply.Cache = CacheHit
	case "miss":
		reply.Cache = CacheMiss
	}
	v.judge(call, resp, mark, &reply)
	return reply
}

func (v *Visitor) send(ctx context.Context, call *Call) (*http.Response, error) {
	service, ok := v.web.cfg.Services[call.Service]
	if !ok {
		return nil, fmt.Errorf("there is no service %s", call.Service)
	}
	req, err := http.NewRequestWithContext(ctx, call.Method, service.URL+call.Target, bytes.NewReader(call.Body))
	if err != nil {
		return nil, err
	}
	if len(call.Body) > 0 {
		req.Header.Set("Content-Type", "application/json")
	}
	for name, value := range call.Header {
		req.Header.Set(name, value)
	}
	if err := service.Login(call.Tenant, req.Header); err != nil {
		return nil, err
	}
	resp, err := v.web.client.Do(req)
	var at interface{ Unwrap() error }
	if errors.As(err, &at) { // without the URL, which may hold another tenant's ids
		err = at.Unwrap()
	}
	return resp, err
}

// judge holds status and body against what they must be. A body that can't be read as the JSON wanted is damage: the answer was a success.
func (v *Visitor) judge(call *Call, resp *http.Response, mark oracle.Mark, reply *Reply) {
	body := v.body.Bytes()
	asWanted := resp.StatusCode == call.Status || call.Status == 0 && resp.StatusCode/100 == 2
	before := oracle.Counts{}
	if asWanted {
		for _, o := range call.Reads {
			v.objects(call, o, body, mark, reply)
		}
	}
	if reply.Counts == before { // else the same would be told twice
		v.reading.BeginAt(v.web.oracle, oracle.Want{Tenant: call.Tenant, Shape: oracle.Text}, mark)
		v.reading.Text(body, call.Named...)
		for _, values := range resp.Header {
			for _, value := range values {
				v.reading.Text([]byte(value), call.Named...)
			}
		}
		v.collect(call, reply)
	}
	switch {
	case asWanted:
	case call.Status >= 400 && resp.StatusCode/100 == 2:
		reply.Counts.Planted++
		v.faults = append(v.faults, Fault{Fault: oracle.Fault{Verdict: oracle.Planted, Detail: fmt.Sprintf("answered %d where another tenant's object was asked for", resp.StatusCode)}, File: call.File})
	default:
		reply.Err = fmt.Errorf("%s: %w", call.File, &StatusError{resp.StatusCode, call.Status})
	}
	// What the service did for the answer is done, unless it was out of its cache.
	reply.Committed = reply.Err == nil && reply.Cache != CacheHit
	reply.Faults = v.faults
}

func (v *Visitor) objects(call *Call, o Objects, body []byte, mark oracle.Mark, reply *Reply) {
	value, err := first(body, o.At)
	if err != nil {
		v.fault(call, reply, "the body isn't as it must be: "+err.Error())
		return
	}
	want := o.Want
	want.Stale = want.Stale || reply.Cache == CacheHit
	v.reading.BeginAt(v.web.oracle, want, mark)
	if list, ok := value.([]any); ok && o.Nobody != "" {
		value = slices.DeleteFunc(list, func(one any) bool {
			fields, _ := one.(map[string]any)
			owner, told := fields[o.Nobody]
			return told && owner == nil
		})
	}
	v.reading.Objects(value, o.Without...)
	v.reading.End()
	reply.Rows += v.reading.Rows
	v.collect(call, reply)
}

func (v *Visitor) collect(call *Call, reply *Reply) {
	reply.Counts.Add(v.reading.Counts)
	for _, f := range v.reading.Faults {
		v.faults = append(v.faults, Fault{Fault: f, File: call.File})
	}
}

func (v *Visitor) fault(call *Call, reply *Reply, detail string) {
	reply.Counts.Damaged++
	v.faults = append(v.faults, Fault{Fault: oracle.Fault{Verdict: oracle.Damaged, Detail: detail}, File: call.File})
}

// first finds the value at the first of the places that is there.
func first(text []byte, places [][]string) (value any, err error) {
	var all []error
	for _, place := range places {
		if value, err = at(text, place); err == nil {
			return value, nil
		}
		all = append(all, fmt.Errorf("no %s: %w", strings.Join(place, "."), err))
	}
	return nil, errors.Join(all...)
}

// at finds a value in a JSON text.
func at(text []byte, path []string) (value any, err error) {
	if value, err = parse(text); err != nil {
		return nil, err
	}
	for _, key := range path {
		if inner, isText := value.(string); isText {
			if value, err = parse([]byte(inner)); err != nil {
				return nil, err
			}
		}
		switch v := value.(type) {
		case map[string]any:
			inner, ok := v[key]
			if !ok {
				return nil, fmt.Errorf("there is no %q", key)
			}
			value = inner
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i < 0 || i >= len(v) {
				return nil, fmt.Errorf("there is no %q in a list of %d", key, len(v))
			}
			value = v[i]
		default:
			return nil, fmt.Errorf("there is nothing under %q", key)
		}
	}
	if inner, isText := value.(string); isText {
		return parse([]byte(inner))
	}
	return value, nil
}

func parse(text []byte) (value any, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err = d.Decode(&value); err != nil {
		return nil, fmt.Errorf("no JSON: %w", err)
	}
	return value, nil
}
