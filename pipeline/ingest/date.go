package ingest

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/itlightning/dateparse"
)

// parseDate reads a date of publication in the usual forms: RFC 3339 and its
// relatives, "March 26, 2017 7:01:28 pm", "26 March 2017", RFC 1123, digits run
// together, seconds since 1970 (or milli-, micro- or nanoseconds, as the size
// tells). A time without zone is taken as UTC, and so is one with an
// abbreviation that [zoneOffset] does not know. The result is in UTC.
//
// It returns the zero time for what it cannot read, and for what can be read in
// two ways (03/04/2017), names no day (2017, March 2017) or lies outside the
// years 1600 to 2200: an unknown date is better than a wrong one.
func parseDate(s string) time.Time {
	s = strings.TrimSpace(s)
	if len(s) < 6 || len(s) > 64 {
		return time.Time{}
	}
	if t, ok := parseEpoch(s); ok {
		return plausible(t)
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return plausible(t)
	}
	if strings.Trim(s, "0123456789-/.") == "" && len(s) < 8 {
		if _, err := time.Parse("2-1-06", s); err != nil {
			return time.Time{} // a year and a month
		}
	}
	s, offset := cutZone(s)
	return plausible(parseAny(s).Add(-offset))
}

// parseAny reads a date of any form, or returns the zero time.
func parseAny(s string) (t time.Time) {
	defer func() {
		if recover() != nil { // the library has been known to index out of range
			t = time.Time{}
		}
	}()
	if t, err := dateparse.ParseStrict(s, dateparse.SimpleErrorMessages(true)); err == nil {
		return t
	}
	read := func(monthFirst bool) (time.Time, bool) {
		t, err := dateparse.ParseIn(s, time.UTC, dateparse.PreferMonthFirst(monthFirst), dateparse.SimpleErrorMessages(true))
		return t, err == nil
	}
	dayFirst, okDay := read(false)
	if strings.Count(s, ".") == 2 && !strings.ContainsRune(s, '/') {
		return dayFirst // 4.3.2017 is written where the day comes first
	}
	monthFirst, okMonth := read(true)
	switch {
	case okDay && okMonth && !dayFirst.Equal(monthFirst):
		return time.Time{}
	case okDay:
		return dayFirst
	case okMonth:
		return monthFirst
	}
	return time.Time{}
}

// parseEpoch reads a number of seconds since 1970, or of thousandths and so on.
func parseEpoch(s string) (time.Time, bool) {
	whole, _, _ := strings.Cut(s, ".")
	if len(whole) < 9 {
		return time.Time{}, false
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f < 1e8 || len(whole) == 14 && (whole[:2] == "19" || whole[:2] == "20") { // 20170326190128
		return time.Time{}, false
	}
	for f > 1e11 {
		f /= 1000
	}
	sec, frac := math.Modf(f)
	return time.Unix(int64(sec), int64(frac*1e6)*1000), true
}

func plausible(t time.Time) time.Time {
	t = t.UTC()
	if y := t.Year(); y < 1600 || y > 2200 {
		return time.Time{}
	}
	return t
}

// cutZone takes the abbreviation of a time zone off the end of s.
func cutZone(s string) (string, time.Duration) {
	i := strings.LastIndexByte(s, ' ')
	if i < 0 {
		return s, 0
	}
	if h, ok := zoneOffset(s[i+1:]); ok {
		return strings.TrimRight(s[:i], " ,"), time.Duration(h) * time.Hour
	}
	return s, 0
}

// zoneOffset returns the hours east of Greenwich of the abbreviations that
// RFC 822 defines and of a few that mean one thing only.
func zoneOffset(zone string) (hours int, ok bool) {
	switch strings.Trim(zone, "()") {
	case "UTC", "GMT", "UT", "Z", "WET":
		return 0, true
	case "EST":
		return -5, true
	case "EDT":
		return -4, true
	case "CST":
		return -6, true
	case "CDT":
		return -5, true
	case "MST":
		return -7, true
	case "MDT":
		return -6, true
	case "PST":
		return -8, true
	case "PDT":
		return -7, true
	case "BST", "CET", "WEST":
		return 1, true
	case "CEST", "EET", "SAST":
		return 2, true
	case "EEST", "MSK":
		return 3, true
	case "HKT":
		return 8, true
	case "JST":
		return 9, true
	case "AEST":
		return 10, true
	case "AEDT":
		return 11, true
	}
	return 0, false
}
