package job

import "testing"

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
