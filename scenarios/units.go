package scenarios

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

const (
	rateUnits     = "/s, /min or /h, for example 300/s"
	durationUnits = "ns, us, ms, s, m or h, for example 50ms, 5s or 1m30s"
	shareUnits    = "%, for example 10%"
	// maxRate is beyond what one machine can offer; above it is a slip.
	maxRate = 100_000.0
	// maxDuration keeps sums of durations far from overflowing.
	maxDuration = 30 * 24 * time.Hour
)

// parseRate reads "300/s" as executions a second.
func parseRate(s string) (float64, error) {
	if isNumber(s) {
		return 0, fmt.Errorf("%s has no unit: add %s", s, rateUnits)
	}
	number, unit, found := strings.Cut(s, "/")
	seconds, ok := map[string]float64{"s": 1, "min": 60, "h": 3600}[unit]
	if !found || !ok {
		return 0, fmt.Errorf("%q has an unknown unit: use %s", s, rateUnits)
	}
	value, err := parseNumber(number)
	if err != nil {
		return 0, fmt.Errorf("%q does not begin with a number: write it as %s", s, "300/s")
	}
	rate := value / seconds
	switch {
	case rate <= 0:
		return 0, fmt.Errorf("%s is no load: give a rate above 0/s", s)
	case rate > maxRate:
		return 0, fmt.Errorf("%s is more than the %.0f/s that can be offered", s, maxRate)
	}
	return rate, nil
}

// parseDuration reads a duration of zero or more.
func parseDuration(s string) (time.Duration, error) {
	if isNumber(s) {
		return 0, fmt.Errorf("%s has no unit: add %s", s, durationUnits)
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		return 0, fmt.Errorf("%q is not a duration: use %s", s, durationUnits)
	}
	switch {
	case d < 0 || strings.HasPrefix(s, "-"):
		return 0, fmt.Errorf("%s is negative: give a duration of 0s or more", s)
	case d > maxDuration:
		return 0, fmt.Errorf("%s is longer than the longest possible, %s", s, "720h")
	}
	return d, nil
}

// parseShare reads "10%" as 0.1.
func parseShare(s string) (float64, error) {
	if isNumber(s) {
		return 0, fmt.Errorf("%s has no unit: add %s", s, shareUnits)
	}
	number, found := strings.CutSuffix(s, "%")
	if !found {
		return 0, fmt.Errorf("%q has an unknown unit: use %s", s, shareUnits)
	}
	value, err := parseNumber(strings.TrimSpace(number))
	if err != nil {
		return 0, fmt.Errorf("%q does not begin with a number: write it as %s", s, "10%")
	}
	if value < 0 || value > 100 || strings.HasPrefix(number, "-") {
		return 0, fmt.Errorf("%s is outside 0%% to 100%%", s)
	}
	return value / 100, nil
}

func isNumber(s string) bool {
	_, err := parseNumber(s)
	return err == nil
}

// parseNumber reads a finite decimal number; _ may part its digits.
func parseNumber(s string) (float64, error) {
	// ParseFloat alone would also take hexadecimal, inf and nan.
	if s == "" || strings.Trim(s, "+-0123456789._eE") != "" {
		return 0, errors.New("not a decimal number")
	}
	value, err := strconv.ParseFloat(strings.ReplaceAll(s, "_", ""), 64)
	if err != nil || math.IsInf(value, 0) {
		return 0, errors.New("not a decimal number")
	}
	return value, nil
}
