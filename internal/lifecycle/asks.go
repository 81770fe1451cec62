package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/engardehq/bulkhead/internal/result"
	"github.com/engardehq/bulkhead/internal/target"
	"github.com/engardehq/bulkhead/internal/tenant"
)

const (
	askLimit    = 60 * time.Second // a first run of a flow loads its modules
	servedLimit = 60 * time.Second // from the end of the onboarding until the tenant is served
	askEvery    = 100 * time.Millisecond
	bodyMax     = 8 << 20
)

func called(a target.OnboardingAsk) string { return a.Service + " " + a.Method + " " + a.Path }

type answer struct {
	status int
	body   []byte
}

// ask makes a request as the user of a tenant.
func (l *life) ask(ctx context.Context, a target.OnboardingAsk, as int) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	service := l.c.Services[a.Service]
	login := service.Login(as)
	if login == nil {
		return answer{}, fmt.Errorf("tenant %d has no credentials for %s", as, a.Service)
	}
	req, err := http.NewRequestWithContext(ctx, a.Method, service.URL+l.path(a), strings.NewReader(a.Body))
	if err != nil {
		return answer{}, err
	}
	req.Header = login.Clone()
	if a.Body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := l.client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, bodyMax))
	return answer{resp.StatusCode, body}, err
}

// path is that of a request, with ids in their places.
func (l *life) path(a target.OnboardingAsk) string {
	path := a.Path
	for table, ids := range l.ids {
		path = strings.ReplaceAll(path, "{"+table+"}", ids[0])
	}
	return path
}

// asks are the requests that can be made here: their service is there, and so is what made the rows that they name.
func (l *life) asks(foreign bool) (all []target.OnboardingAsk) {
	for _, a := range l.c.Target.Onboarding.Asks {
		if a.Foreign == foreign && l.c.Has(a.Service) && !strings.Contains(l.path(a), "{") {
			all = append(all, a)
		}
	}
	return all
}

// refused demands a refusal, in which nothing of the new tenant's stands.
func (l *life) refused(a target.OnboardingAsk, got answer, what string) {
	o := l.book.At(a.Channel)
	told := l.canary(got.body)
	switch {
	case o.Looked(slices.Contains(a.Refused, got.status) && !told):
	case told:
		o.Add(result.Finding{Channel: a.Channel, Severity: result.Leak, Count: 1, Where: called(a), What: what,
			Fix: "-- the service must look for the row among the caller's own", Evidence: []result.Evidence{{Owner: l.id, Detail: fmt.Sprintf("status %d, with the new tenant's canary", got.status)}}})
	case got.status >= 500:
		o.Unsure(fmt.Sprintf("%s: status %d", called(a), got.status))
	default:
		o.Add(result.Finding{Channel: a.Channel, Severity: result.Weakness, Count: 1, Where: called(a), What: what,
			Fix: "-- refuse it with one of the statuses that the target declares", Evidence: []result.Evidence{{Owner: l.id, Detail: fmt.Sprintf("status %d", got.status)}}})
	}
}

// canary tells whether a text has the new tenant's mark in it.
func (l *life) canary(text []byte) (found bool) {
	l.c.World.Codec.Scan(text, func(s tenant.Sighting) bool {
		found = s.Whole && s.Ref.Tenant == l.c.Tenant
		return !found
	})
	return found
}

// served waits until the new tenant is served everything that it is to be served with, and notes how long that took since the onboarding began.
func (l *life) served(ctx context.Context, began time.Time) error {
	for _, a := range l.asks(false) {
		for end := time.Now().Add(servedLimit); ; {
			got, err := l.ask(ctx, a, l.c.Tenant)
			if err == nil {
				if err = l.shows(a, got); err == nil {
					break
				}
			}
			if ctx.Err() != nil || time.Now().After(end) {
				return fmt.Errorf("the new tenant is not served: %s: %w", called(a), err)
			}
			select {
			case <-ctx.Done():
			case <-time.After(askEvery):
			}
		}
		l.book.At(a.Channel).Looked(true)
		l.done.Served = append(l.done.Served, result.LifecycleServe{What: called(a), Seconds: time.Since(began).Seconds()})
	}
	return nil
}

// shows demands a success with the ids of all rows of the tenant's, and with nothing that is another's.
func (l *life) shows(a target.OnboardingAsk, got answer) error {
	if got.status < 200 || got.status > 299 {
		return fmt.Errorf("status %d", got.status)
	}
	seen := map[string]bool{}
	var strange string
	tenant.ScanUUIDs(got.body, func(u tenant.UUID) bool {
		seen[u.String()] = true
		if ref, ours := l.c.World.Codec.Ref(u); ours && ref.Tenant != l.c.Tenant {
			strange = u.String()
		}
		return true
	})
	if strange != "" {
		l.book.At(a.Channel).Hits++
		l.book.At(a.Channel).Add(result.Finding{Channel: a.Channel, Severity: result.Leak, Count: 1, Where: called(a), What: "a new tenant is served what is another's",
			Fix: "-- `bulkhead attack` names the door", Evidence: []result.Evidence{{Tenant: l.id, Row: strange}}})
		return errors.New("it shows what is another tenant's")
	}
	for _, id := range l.ids[a.Shows] {
		if !seen[id] {
			return fmt.Errorf("%s of %s is not in the answer", id, a.Shows)
		}
	}
	return nil
}

// strangers ask for what is the new tenant's, with good credentials of their own.
func (l *life) strangers(ctx context.Context) {
	for _, a := range l.asks(true) {
		for _, stranger := range []int{0, 1} {
			got, err := l.ask(ctx, a, stranger)
			if err != nil {
				l.book.At(a.Channel).Unsure(fmt.Sprintf("%s by another tenant: %v", called(a), err))
				continue
			}
			l.refused(a, got, "another tenant is served what is a new tenant's")
		}
	}
}
