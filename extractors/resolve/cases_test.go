package resolve_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/onrecord-nlp/onrecord/extractors/quote"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// marked is a document made of a marked text, with what each of its lines
// expects. See testdata/cases.txt for the marks.
type marked struct {
	doc   *pipeline.Document
	lines []line
}

// line is one line of a marked text.
type line struct {
	at          pipeline.Span
	attribution int    // or -1
	want, inner string // "" where nothing is expected
}

func parseCase(text string) (*marked, error) {
	var (
		m      marked
		b      strings.Builder
		block  = -1
		roles  = map[rune]rune{'[': ']', '{': '}', '<': '>'}
		kinds  = map[byte]pipeline.BlockKind{'#': pipeline.BlockHeadline, '%': pipeline.BlockByline, '!': pipeline.BlockCaption, '~': pipeline.BlockBoilerplate}
		blocks []pipeline.Block
		attrs  = []pipeline.Attribution{}
	)
	for n, raw := range strings.Split(strings.TrimSpace(text), "\n") {
		if strings.TrimSpace(raw) == "" {
			block = -1
			continue
		}
		body, want, _ := strings.Cut(raw, " => ")
		kind := pipeline.BlockBody
		if k, ok := kinds[body[0]]; ok {
			kind, body, block = k, strings.TrimSpace(body[1:]), -1
		}
		if block < 0 {
			if b.Len() > 0 {
				b.WriteString("\n\n")
			}
			block = len(blocks)
			blocks = append(blocks, pipeline.Block{Span: pipeline.Span{Start: b.Len()}, Kind: kind})
		} else {
			b.WriteByte(' ')
		}
		l := line{at: pipeline.Span{Start: b.Len()}, attribution: -1}
		l.want, l.inner, _ = strings.Cut(strings.TrimSpace(want), " > ")
		var a pipeline.Attribution
		var open rune
		start := 0
		for _, r := range body {
			switch {
			case open == 0 && roles[r] != 0:
				open, start = r, b.Len()
			case open != 0 && r == roles[open]:
				s := pipeline.Span{Start: start, End: b.Len()}
				switch open {
				case '[':
					a.Source = append(a.Source, s)
				case '{':
					a.Cue = append(a.Cue, s)
				case '<':
					a.Content = append(a.Content, s)
				}
				open = 0
			default:
				b.WriteRune(r)
			}
		}
		if open != 0 {
			return nil, fmt.Errorf("line %d: %c is not closed", n+1, open)
		}
		l.at.End = b.Len()
		if len(a.Content) > 0 {
			a.Confidence, a.Kind, a.Manner = 1, pipeline.Indirect, pipeline.MannerCue
			l.attribution = len(attrs)
			attrs = append(attrs, a)
		}
		blocks[block].End = b.Len()
		m.lines = append(m.lines, l)
		if kind != pipeline.BlockBody {
			block = -1
		}
	}
	m.doc = &pipeline.Document{ID: "case", Text: b.String(), Blocks: blocks, Attributions: attrs}
	m.doc.Mark(pipeline.LayerBlocks)
	return &m, nil
}

// run cuts the text, pairs its marks, links quotes to contents and resolves.
func (m *marked) run(t testing.TB, tok, res pipeline.Stage, quotes *quote.Stage) {
	t.Helper()
	ctx := context.Background()
	for _, s := range []pipeline.Stage{tok, quotes} {
		if err := s.Process(ctx, m.doc); err != nil {
			t.Fatal(err)
		}
		m.doc.Mark(s.Writes())
	}
	for i := range m.doc.Quotes {
		q := &m.doc.Quotes[i]
		for k := range m.doc.Attributions {
			a := &m.doc.Attributions[k]
			for _, c := range a.Content {
				if 2*c.Intersect(q.Span).Len() > q.Len() {
					a.Quotes = append(a.Quotes, i)
					q.Uttered = true
					if c.Start >= q.Open.Start {
						a.Kind = pipeline.Direct
					}
				}
			}
		}
	}
	m.doc.Mark(pipeline.LayerAttributions)
	if err := res.Process(ctx, m.doc); err != nil {
		t.Fatal(err)
	}
	m.doc.Mark(pipeline.LayerSpeakers)
}

// got describes the speaker of a line in as many fields as want has.
func (m *marked) got(l line, want string, inner bool) string {
	who := -1
	res := &m.doc.Resolution
	if l.attribution >= 0 && !inner {
		who = res.OfAttribution[l.attribution]
	} else {
		for q := range m.doc.Quotes {
			if l.at.Contains(m.doc.Quotes[q].Span) {
				who = res.OfQuote[q]
				if !inner {
					break
				}
			}
		}
	}
	if who < 0 {
		return "-"
	}
	s := &m.doc.Speakers[who]
	fields := []string{s.Name, s.Kind.String(), s.Description, s.Pronoun}
	return strings.Join(fields[:min(strings.Count(want, " | ")+1, 4)], " | ")
}

func TestCases(t *testing.T) {
	file, err := os.ReadFile("testdata/cases.txt")
	if err != nil {
		t.Fatal(err)
	}
	s := stages(t)
	quotes, err := quote.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range strings.Split("\n"+string(file), "\n== ")[1:] {
		name, text, _ := strings.Cut(c, "\n")
		t.Run(name, func(t *testing.T) {
			m, err := parseCase(text)
			if err != nil {
				t.Fatal(err)
			}
			m.run(t, s[0], s[1], quotes)
			for _, l := range m.lines {
				if l.want != "" {
					if got := m.got(l, l.want, false); got != l.want {
						t.Errorf("%s\n  got  %s\n  want %s", l.at.In(m.doc.Text), got, l.want)
					}
				}
				if l.inner != "" {
					if got := m.got(l, l.inner, true); got != l.inner {
						t.Errorf("inner quotation of %s\n  got  %s\n  want %s", l.at.In(m.doc.Text), got, l.inner)
					}
				}
			}
		})
	}
}
