package ingest

import (
	"testing"
	"time"
)

func TestParseDate(t *testing.T) {
	cases := []struct{ in, want string }{
		{"2017-03-26", "2017-03-26T00:00:00Z"},
		{"2017-03-26T19:01:28Z", "2017-03-26T19:01:28Z"},
		{"2017-03-26T19:01:28.5+05:30", "2017-03-26T13:31:28Z"},
		{"2017-03-26 19:01:28", "2017-03-26T19:01:28Z"},
		{"2017-03-26 19:01:28+00:00", "2017-03-26T19:01:28Z"},
		{"March 26, 2017 7:01:28 pm", "2017-03-26T19:01:28Z"},
		{"Sunday, March 26, 2017", "2017-03-26T00:00:00Z"},
		{"Mar. 26, 2017", "2017-03-26T00:00:00Z"},
		{"26 March 2017", "2017-03-26T00:00:00Z"},
		{"Sun, 26 Mar 2017 19:01:28 GMT", "2017-03-26T19:01:28Z"},
		{"Sun, 26 Mar 2017 19:01:28 EST", "2017-03-27T00:01:28Z"},
		{"Sun, 26 Mar 2017 19:01:28 -0500", "2017-03-27T00:01:28Z"},
		{"20170326", "2017-03-26T00:00:00Z"},
		{"20170326190128", "2017-03-26T19:01:28Z"},
		{"1490554888", "2017-03-26T19:01:28Z"},
		{"1490554888000", "2017-03-26T19:01:28Z"},
		{"1490554888.25", "2017-03-26T19:01:28Z"},
		{"1.490554888e9", ""}, // nobody writes so
		{"31/03/2017", "2017-03-31T00:00:00Z"},
		{"3/31/2017", "2017-03-31T00:00:00Z"},
		{"26.03.2017", "2017-03-26T00:00:00Z"},
		{"4.3.2017", "2017-03-04T00:00:00Z"},
		{"03/04/2017", ""}, // March or April
		{"2017", ""},
		{"2017-03", ""},
		{"March 2017", ""},
		{"last Tuesday", ""},
		{"17 hours ago", ""},
		{"0001-01-01", ""},
		{"2017-02-30", ""},
		{"", ""},
		{"\x00\xFF", ""},
	}
	for _, c := range cases {
		got := ""
		if d := parseDate(c.in); !d.IsZero() {
			got = d.Format(time.RFC3339)
		}
		if got != c.want {
			t.Errorf("%q: got %q, want %q", c.in, got, c.want)
		}
	}
}

func FuzzParseDate(f *testing.F) {
	for _, s := range []string{"2017-03-26", "March 26, 2017 7:01:28 pm", "4.3.2017", "1490554888", "Sun, 26 Mar 2017 19:01:28 EST"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d := parseDate(s); !d.IsZero() && (d.Year() < 1600 || d.Year() > 2200 || d.Location() != time.UTC) {
			t.Errorf("%q: %v", s, d)
		}
	})
}

func TestLanguageTag(t *testing.T) {
	for in, want := range map[string]string{"en": "en", "EN": "en", "en_US": "en-US", "eng": "en", "English": "en", "german": "de", "zh-Hant": "zh-Hant",
		"": "", "und": "", "x": "", "news": "", "nonsense here": ""} {
		if got := languageTag(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestNormalizeKeepsWhatNeedsNothing(t *testing.T) {
	const s = "“Yes,” she said — très bien.\n\tNo 😀\u00a0…"
	if got := testing.AllocsPerRun(10, func() {
		if normalize(s) != s {
			t.Error("changed")
		}
	}); got != 0 {
		t.Errorf("%v allocations", got)
	}
}

// The text is believed, not what declares its language, as far as it tells.
func TestBelieved(t *testing.T) {
	for _, c := range []struct{ declared, told, want string }{
		{"", "en", "en"},
		{"", "und", ""},
		{"", "und-Cyrl", "und-Cyrl"},
		{"en-GB", "en", "en-GB"},
		{"en-GB", "und", "en-GB"},
		{"en-GB", "de", "de"},
		{"en", "und-Latn", "und-Latn"}, // surely not English
		{"de", "en", "en"},
		{"eo", "und-Latn", "eo"},
		{"und", "en", "en"},
		{"und", "und", "und"},
		{"und", "und-Latn", "und-Latn"},
		{"zh-Hans", "zh", "zh-Hans"},
	} {
		if got := believed(c.declared, c.told); got != c.want {
			t.Errorf("declared %q, told %q: %q, want %q", c.declared, c.told, got, c.want)
		}
	}
}
