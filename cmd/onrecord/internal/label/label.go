// Package label keeps labels that people make by hand: a folder for each
// annotator with a file an article, and the HTTP interface through which a page
// reads and writes them.
//
// A project is a folder. DIR/NAME/FILE.json is an article that the annotator
// NAME has finished, in the form of package goldform, and DIR/NAME/.work/
// FILE.state the working state of every article that they have touched: all its
// statements, those rejected and those still to be judged among them. So
// everything that reads gold can read DIR/NAME at any time, and sees finished
// articles alone. FILE is made of the article's id by [FileName].
//
// The working state is what counts, and the finished article is made of it. A
// state is written beside its place, synced and renamed before a change is
// acknowledged; what a crash leaves undone behind that, [Open] does.
package label

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

// Status says what a person has decided about a row.
type Status string

// Statuses. Rows that are Accepted, Edited or Made are labels.
const (
	Suggested Status = "suggested" // nobody has judged it
	Accepted  Status = "accepted"  // right as it was suggested
	Edited    Status = "edited"    // suggested, and corrected
	Made      Status = "made"      // by hand
	Rejected  Status = "rejected"
)

// label reports whether rows of the status belong to the finished article.
func (s Status) label() bool { return s == Accepted || s == Edited || s == Made }

func (s Status) known() bool { return s.label() || s == Suggested || s == Rejected }

// State is the working state of one article: its labels in the one form that
// labels have, and a status for each row of them.
type State struct {
	// Revision counts the changes: 0 where nothing was changed yet.
	Revision int              `json:"revision"`
	Done     bool             `json:"done"`
	Labels   *goldform.Record `json:"labels"`
	Rows     Rows             `json:"rows"`
}

// Rows are about the rows of a State's Labels, entry by entry. A key names a row
// for as long as it is there, whatever comes before it.
type Rows struct {
	Claims   []Row    `json:"claims"`
	Quotes   []Row    `json:"quotes"`
	Speakers []string `json:"speakers"` // keys
}

// Row is the key and the status of a claim or quotation.
type Row struct {
	Key    string `json:"key"`
	Status Status `json:"status"`
}

// begin makes the state of an article that nobody has touched. The record needs
// no key but "text".
func begin(a goldform.Article, status Status) (*State, error) {
	r, err := goldform.RecordOf(a)
	if err != nil {
		return nil, err
	}
	r.Blocks = nil
	s := &State{Labels: r}
	s.Labels.Claims = orEmpty(r.Claims)
	s.Labels.Quotes = orEmpty(r.Quotes)
	s.Labels.Speakers = orEmpty(r.Speakers)
	s.Rows = Rows{Claims: make([]Row, len(r.Claims)), Quotes: make([]Row, len(r.Quotes)), Speakers: make([]string, len(r.Speakers))}
	for i := range s.Rows.Claims {
		s.Rows.Claims[i] = Row{fmt.Sprintf("c%d", i), status}
	}
	for i := range s.Rows.Quotes {
		s.Rows.Quotes[i] = Row{fmt.Sprintf("q%d", i), status}
	}
	for i := range s.Rows.Speakers {
		s.Rows.Speakers[i] = fmt.Sprintf("s%d", i)
	}
	return s, nil
}

func orEmpty[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// check says what is wrong with a state. Its labels must be as the form wants
// them even where nobody has judged them.
func (s *State) check() error {
	l := s.Labels
	switch {
	case l == nil || l.Text == nil:
		return errors.New("there are no labels")
	case l.Attributions != nil:
		return errors.New("labels: the key \"attributions\" is not for labels made here")
	case len(s.Rows.Claims) != len(l.Claims) || len(s.Rows.Quotes) != len(l.Quotes) || len(s.Rows.Speakers) != len(l.Speakers):
		return fmt.Errorf("rows: %d, %d and %d for %d claims, %d quotes and %d speakers",
			len(s.Rows.Claims), len(s.Rows.Quotes), len(s.Rows.Speakers), len(l.Claims), len(l.Quotes), len(l.Speakers))
	}
	seen := make(map[string]bool)
	keys := slices.Clone(s.Rows.Speakers)
	for _, r := range slices.Concat(s.Rows.Claims, s.Rows.Quotes) {
		keys = append(keys, r.Key)
		if !r.Status.known() {
			return fmt.Errorf("rows: %q is no status", r.Status)
		}
	}
	for _, k := range keys {
		if k == "" || seen[k] {
			return fmt.Errorf("rows: the key %q is empty, or stands twice", k)
		}
		seen[k] = true
	}
	// While an article is in the making some rows may have no stance yet.
	trial := *l
	trial.Claims, trial.Quotes = slices.Clone(l.Claims), slices.Clone(l.Quotes)
	for i := range trial.Claims {
		trial.Claims[i].Stance = cmp.Or(trial.Claims[i].Stance, pipeline.Neutral.String())
	}
	for i := range trial.Quotes {
		trial.Quotes[i].Stance = cmp.Or(trial.Quotes[i].Stance, pipeline.Neutral.String())
	}
	_, err := trial.Article()
	return err
}

// left counts the rows that nobody has judged, and rows those that are labels.
func (s *State) count() (left, labels int) {
	for _, r := range slices.Concat(s.Rows.Claims, s.Rows.Quotes) {
		switch {
		case r.Status == Suggested:
			left++
		case r.Status.label():
			labels++
		}
	}
	return left, labels
}

// Gold returns what the annotator has decided, as a line of the JSON form: rows
// that are labels, in the order of the text, without confidences; and the
// speakers, less those of whom all rows were rejected or left. Where one row has
// a stance, those without are neutral: the form wants all or none.
func (s *State) Gold() ([]byte, error) {
	in := s.Labels
	out := *in
	out.Blocks = nil
	claims := kept(s.Rows.Claims, func(a, b int) int {
		return compareExtent(extent(in.Claims[a].Content), extent(in.Claims[b].Content))
	})
	quotes := kept(s.Rows.Quotes, func(a, b int) int {
		return compareExtent([2]int{in.Quotes[a].Start, in.Quotes[a].End}, [2]int{in.Quotes[b].Start, in.Quotes[b].End})
	})

	speakers := s.speakers(claims, quotes)
	out.Speakers = make([]goldform.Speaker, 0, len(speakers))
	speakerAt := make(map[int]int, len(speakers))
	for to, from := range speakers {
		speakerAt[from] = to
		out.Speakers = append(out.Speakers, in.Speakers[from])
	}
	voice := func(v goldform.Voice) goldform.Voice {
		if i := s.speakerOf(v); i >= 0 {
			to := speakerAt[i]
			v.SpeakerIndex = &to // left out again where the name tells
		}
		v.SpeakerKind = ""
		return v
	}
	stanced := false
	for _, i := range claims {
		stanced = stanced || in.Claims[i].Stance != ""
	}
	for _, i := range quotes {
		stanced = stanced || in.Quotes[i].Stance != ""
	}
	view := func(v goldform.View) goldform.View {
		v.StanceConfidence = nil
		if v.Stance == "" && stanced {
			v.Stance = pipeline.Neutral.String()
		}
		return v
	}

	out.Claims = make([]goldform.Claim, 0, len(claims))
	claimAt := make(map[int]int, len(claims))
	for to, from := range claims {
		c := in.Claims[from]
		c.Voice, c.View, c.Confidence = voice(c.Voice), view(c.View), nil
		claimAt[from] = to
		out.Claims = append(out.Claims, c)
	}
	out.Quotes = make([]goldform.Quote, 0, len(quotes))
	for _, from := range quotes {
		q := in.Quotes[from]
		q.Voice, q.View, q.Confidence = voice(q.Voice), view(q.View), nil
		if q.Claim != nil {
			if to, ok := claimAt[*q.Claim]; ok {
				q.Claim = &to
			} else {
				q.Claim = nil
			}
		}
		out.Quotes = append(out.Quotes, q)
	}
	a, err := out.Article()
	if err != nil {
		return nil, err
	}
	b, err := goldform.AppendArticle(nil, a)
	return append(b, '\n'), err
}

// kept lists the rows that are labels, in order.
func kept(rows []Row, compare func(a, b int) int) []int {
	var out []int
	for i, r := range rows {
		if r.Status.label() {
			out = append(out, i)
		}
	}
	slices.SortStableFunc(out, compare)
	return out
}

// extent is from the first start to the last end of spans.
func extent(spans []goldform.Offsets) [2]int {
	x := [2]int{spans[0][0], spans[0][1]}
	for _, s := range spans {
		x[0], x[1] = min(x[0], s[0]), max(x[1], s[1])
	}
	return x
}

func compareExtent(a, b [2]int) int {
	return cmp.Or(cmp.Compare(a[0], b[0]), -cmp.Compare(a[1], b[1]))
}

// speakerOf is the index of the speaker that a row names, -1 for none. Rows of a
// state have indices throughout; of rows that were read from elsewhere the name
// tells.
func (s *State) speakerOf(v goldform.Voice) int {
	if v.Speaker == "" {
		return -1
	}
	if v.SpeakerIndex != nil {
		return *v.SpeakerIndex
	}
	return slices.IndexFunc(s.Labels.Speakers, func(sp goldform.Speaker) bool { return sp.Name == v.Speaker })
}

// speakers lists the speakers of the finished article, whose rows are given.
func (s *State) speakers(claims, quotes []int) []int {
	used, dropped := make(map[int]bool), make(map[int]bool)
	for _, c := range s.Labels.Claims {
		dropped[s.speakerOf(c.Voice)] = true
	}
	for _, q := range s.Labels.Quotes {
		dropped[s.speakerOf(q.Voice)] = true
	}
	for _, i := range claims {
		used[s.speakerOf(s.Labels.Claims[i].Voice)] = true
	}
	for _, i := range quotes {
		used[s.speakerOf(s.Labels.Quotes[i].Voice)] = true
	}
	var out []int
	for i := range s.Labels.Speakers {
		if used[i] || !dropped[i] {
			out = append(out, i)
		}
	}
	return out
}
