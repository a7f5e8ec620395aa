package stance

import "testing"

func TestOpinions(t *testing.T) {
	if _, err := parseOpinions(opinions); err != nil {
		t.Fatal(err)
	}
}

func TestGroupOf(t *testing.T) {
	for word, want := range map[string]Group{
		"supports": Favour, "Welcomed": Favour, "rejecting": Against, "banned": Stop, "saved": Keep,
		"excellent": Good, "unacceptable": Bad, "unacceptably": Bad, "disgrace": Bad, "misled": Blame,
		"won": Credit, "died": Calamity, "condolences": Grief, "must": Must, "I’m": I, "tree": NoGroup, "": NoGroup,
	} {
		if got := GroupOf(word); got != want {
			t.Errorf("GroupOf(%q) = %s, want %s", word, got, want)
		}
	}
}
