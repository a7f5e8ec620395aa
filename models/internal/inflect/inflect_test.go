package inflect

import (
	"strings"
	"testing"
)

func TestVerb(t *testing.T) {
	for _, c := range []struct{ entry, want string }{
		{"add", "add adds adding added"},
		{"note", "note notes noting noted"},
		{"agree", "agree agrees agreeing agreed"},
		{"deny", "deny denies denying denied"},
		{"convey", "convey conveys conveying conveyed"},
		{"admit*", "admit admits admitting admitted"},
		{"stress", "stress stresses stressing stressed"},
		{"preach", "preach preaches preaching preached"},
		{"echo", "echo echoes echoing echoed"},
		{"say:said", "say says saying said"},
		{"write:wrote/written", "write writes writing wrote written"},
		{"lie:lied", "lie lies lying lied"},
		{"forbid*:forbade/forbidden", "forbid forbids forbidding forbade forbidden"},
		{"x", "x xs xing xed"},
	} {
		if _, got := Verb(c.entry); strings.Join(got, " ") != c.want {
			t.Errorf("Verb(%q) = %v, want %s", c.entry, got, c.want)
		}
	}
}
