package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/onrecord-nlp/onrecord/pipeline"
)

// stage is a stage of the given name that calls do, if there is one.
type stage struct {
	name   string
	reads  pipeline.Layers
	writes pipeline.Layer
	do     func(*pipeline.Document) error
}

func (s stage) Name() string           { return s.name }
func (s stage) Doc() string            { return "does what the test says" }
func (s stage) Reads() pipeline.Layers { return s.reads }
func (s stage) Writes() pipeline.Layer { return s.writes }
func (s stage) Process(_ context.Context, d *pipeline.Document) error {
	if s.do == nil {
		return nil
	}
	return s.do(d)
}

func TestCompose(t *testing.T) {
	blocks := stage{name: "a", writes: pipeline.LayerBlocks}
	tokens := stage{name: "b", reads: pipeline.LayerSet(pipeline.LayerBlocks), writes: pipeline.LayerTokens}
	quotes := stage{name: "c", reads: pipeline.LayerSet(pipeline.LayerBlocks, pipeline.LayerTokens), writes: pipeline.LayerQuotes}
	own := stage{name: "d", reads: pipeline.LayerSet(pipeline.LayerTokens), writes: pipeline.LayerOwn}
	after := stage{name: "e", reads: pipeline.LayerSet(pipeline.LayerOwn), writes: pipeline.LayerOwn + 1}
	for _, c := range []struct {
		name   string
		stages []pipeline.Stage
		given  []pipeline.Layer
		want   string // in the error
	}{
		{"in order", []pipeline.Stage{blocks, tokens, quotes}, nil, ""},
		{"none", nil, nil, ""},
		{"out of order", []pipeline.Stage{tokens, blocks}, nil, `stage "b" reads the layer "blocks", which no stage before it writes`},
		{"left out", []pipeline.Stage{blocks, quotes}, nil, `stage "c" reads the layer "tokens"`},
		{"given", []pipeline.Stage{quotes}, []pipeline.Layer{pipeline.LayerBlocks, pipeline.LayerTokens}, ""},
		{"two writers", []pipeline.Stage{blocks, stage{name: "z", writes: pipeline.LayerBlocks}}, nil, `stages "a" and "z" both write the layer "blocks"`},
		{"own layers", []pipeline.Stage{blocks, tokens, own, after}, nil, ""},
		{"own layer unmet", []pipeline.Stage{blocks, tokens, after}, nil, `stage "e" reads the layer "own 0"`},
	} {
		_, err := pipeline.New(c.stages, c.given...)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.want)
		}
	}
}

func compose(t *testing.T, stages ...pipeline.Stage) *pipeline.Pipeline {
	t.Helper()
	p, err := pipeline.New(stages)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// A layer that is there is kept, and its stage does not run; what ran is
// marked; what failed is not, nor what comes after it.
func TestProcess(t *testing.T) {
	var ran []string
	note := func(name string, err error) func(*pipeline.Document) error {
		return func(*pipeline.Document) error { ran = append(ran, name); return err }
	}
	fault := errors.New("no good")
	p := compose(t,
		stage{name: "a", writes: pipeline.LayerBlocks, do: note("a", nil)},
		stage{name: "b", writes: pipeline.LayerTokens, do: note("b", nil)},
		stage{name: "c", writes: pipeline.LayerQuotes, do: note("c", fault)},
		stage{name: "d", writes: pipeline.LayerAttributions, do: note("d", nil)},
	)
	d := new(pipeline.Document)
	d.Mark(pipeline.LayerBlocks)
	err := p.Process(t.Context(), d)
	var se *pipeline.StageError
	if !errors.As(err, &se) || se.Stage != "c" || !errors.Is(err, fault) {
		t.Errorf("error %v, want one of the stage c", err)
	}
	if want := []string{"b", "c"}; !slices.Equal(ran, want) {
		t.Errorf("ran %v, want %v", ran, want)
	}
	for l, want := range map[pipeline.Layer]bool{pipeline.LayerBlocks: true, pipeline.LayerTokens: true, pipeline.LayerQuotes: false, pipeline.LayerAttributions: false} {
		if d.Has(l) != want {
			t.Errorf("has %v is %v, want %v", l, d.Has(l), want)
		}
	}
}

// Who observes is told of each stage that ran, the one that failed included,
// and how long it took.
func TestObserve(t *testing.T) {
	stages := []pipeline.Stage{
		stage{name: "a", writes: pipeline.LayerBlocks},
		stage{name: "b", writes: pipeline.LayerTokens, do: func(*pipeline.Document) error { time.Sleep(5 * time.Millisecond); return nil }},
		stage{name: "c", writes: pipeline.LayerQuotes, do: func(*pipeline.Document) error { return errors.New("no good") }},
		stage{name: "d", writes: pipeline.LayerAttributions},
	}
	var ran []int
	p := compose(t, stages...).Observe(func(stage int, took time.Duration) {
		ran = append(ran, stage)
		if took < 0 || stage == 1 && took < 5*time.Millisecond {
			t.Errorf("stage %d took %v", stage, took)
		}
	})
	d := new(pipeline.Document)
	d.Mark(pipeline.LayerBlocks)
	if err := p.Process(t.Context(), d); err == nil {
		t.Error("no error")
	}
	if want := []int{1, 2}; !slices.Equal(ran, want) {
		t.Errorf("told of %v, want %v", ran, want)
	}
}

// A panic is an error whose text is the same each time, with the stack apart.
func TestPanic(t *testing.T) {
	p := compose(t, stage{name: "a", do: func(*pipeline.Document) error { panic("oh") }})
	err := p.Process(t.Context(), new(pipeline.Document))
	var pe *pipeline.PanicError
	if !errors.As(err, &pe) || pe.Value != "oh" || !strings.Contains(string(pe.Stack), "pipeline_test.go") {
		t.Fatalf("error %v, want a panic with its stack", err)
	}
	if got, want := err.Error(), "stage a: panic: oh"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// numbered yields n documents, an error in place of every fifth, and a warning
// beside every seventh.
func numbered(n int) iter.Seq2[*pipeline.Document, error] {
	return func(yield func(*pipeline.Document, error) bool) {
		for i := range n {
			if i%5 == 4 {
				if !yield(nil, fmt.Errorf("error %d", i)) {
					return
				}
				continue
			}
			var warning error
			if i%7 == 0 {
				warning = fmt.Errorf("warning %d", i)
			}
			if !yield(&pipeline.Document{ID: fmt.Sprint(i)}, warning) {
				return
			}
		}
	}
}

func describe(r pipeline.Result) string {
	if r.Doc == nil {
		return r.Read.Error()
	}
	return fmt.Sprintf("%s %v %v", r.Doc.ID, r.Read, r.Err)
}

// The results come in the order of the input whatever the number of workers,
// errors in their place, though later documents are done before earlier ones.
func TestRunKeepsOrder(t *testing.T) {
	p := compose(t, stage{name: "a", do: func(d *pipeline.Document) error {
		if len(d.ID)%2 == 1 {
			time.Sleep(100 * time.Microsecond)
		}
		if strings.HasSuffix(d.ID, "7") {
			return errors.New("seven")
		}
		return nil
	}})
	var want []string
	for r := range p.Run(t.Context(), numbered(300), 1) {
		want = append(want, describe(r))
	}
	if len(want) != 300 || want[4] != "error 4" || want[7] != "7 warning 7 stage a: seven" || want[299] != "error 299" {
		t.Fatalf("results %q", want)
	}
	for _, workers := range []int{0, 2, 7, 64} {
		var got []string
		for r := range p.Run(t.Context(), numbered(300), workers) {
			got = append(got, describe(r))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d workers: other results than one", workers)
		}
	}
}

// However slow the reader of the results is, few documents are held: four a
// worker that are long, and of short ones no more than the workers take at a
// time.
func TestRunHoldsFew(t *testing.T) {
	for _, c := range []struct {
		length   int
		most     int64 // held for each worker
		articles int
	}{
		{300 << 10, 4, 100},
		{40 << 10, 10, 200},
		{100, 96, 1000},
	} {
		var read, most atomic.Int64
		text := strings.Repeat("x", c.length)
		in := func(yield func(*pipeline.Document, error) bool) {
			for range c.articles {
				read.Add(1)
				if !yield(&pipeline.Document{Text: text}, nil) {
					return
				}
			}
		}
		const workers = 3
		taken := int64(0)
		for range compose(t).Run(t.Context(), in, workers) {
			if taken%20 == 0 {
				time.Sleep(time.Millisecond)
			}
			taken++
			most.Store(max(most.Load(), read.Load()-taken))
		}
		if taken != int64(c.articles) || most.Load() > c.most*workers+1 {
			t.Errorf("%d bytes: %d results, and %d documents held, want %d and at most %d", c.length, taken, most.Load(), c.articles, c.most*workers+1)
		}
	}
}

// No document waits for one that has not come yet: who sends one may wait for
// its result before the next.
func TestRunHoldsNothingBack(t *testing.T) {
	next := make(chan struct{}, 1)
	next <- struct{}{}
	in := func(yield func(*pipeline.Document, error) bool) {
		for range 20 {
			<-next
			if !yield(&pipeline.Document{}, nil) {
				return
			}
		}
	}
	n := 0
	for range compose(t).Run(t.Context(), in, 2) {
		n++
		next <- struct{}{}
	}
	if n != 20 {
		t.Errorf("%d results", n)
	}
}

// Who has seen enough may stop, and no goroutine stays behind to read on.
func TestRunStops(t *testing.T) {
	var read atomic.Int64
	in := func(yield func(*pipeline.Document, error) bool) {
		for i := 0; ; i++ {
			read.Add(1)
			if !yield(&pipeline.Document{ID: fmt.Sprint(i)}, nil) {
				return
			}
		}
	}
	n := 0
	for range compose(t).Run(t.Context(), in, 4) {
		if n++; n == 10 {
			break
		}
	}
	after := read.Load()
	time.Sleep(5 * time.Millisecond)
	if read.Load() != after {
		t.Error("reading went on")
	}
}

// When the context is cancelled the results end, all of them whole.
func TestRunCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	in := func(yield func(*pipeline.Document, error) bool) {
		for i := 0; ; i++ {
			if !yield(&pipeline.Document{ID: fmt.Sprint(i)}, nil) {
				return
			}
		}
	}
	p := compose(t, stage{name: "a", writes: pipeline.LayerBlocks})
	n := 0
	for r := range p.Run(ctx, in, 4) {
		if r.Err != nil || !r.Doc.Has(pipeline.LayerBlocks) || r.Doc.ID != fmt.Sprint(n) {
			t.Fatalf("result %d: %s", n, describe(r))
		}
		if n++; n == 20 {
			cancel()
		}
	}
	if n < 20 {
		t.Errorf("%d results", n)
	}
}

func TestSpan(t *testing.T) {
	type span = pipeline.Span
	a := span{3, 8}
	for _, c := range []struct {
		b                  span
		contains, overlaps bool
		both               span
	}{
		{span{3, 8}, true, true, span{3, 8}},
		{span{4, 5}, true, true, span{4, 5}},
		{span{0, 3}, false, false, span{3, 3}},
		{span{0, 4}, false, true, span{3, 4}},
		{span{8, 9}, false, false, span{8, 8}},
		{span{20, 30}, false, false, span{20, 20}},
	} {
		if a.Contains(c.b) != c.contains || a.Overlaps(c.b) != c.overlaps || c.b.Overlaps(a) != c.overlaps || a.Intersect(c.b) != c.both {
			t.Errorf("%v and %v: contains %v, overlaps %v, share %v", a, c.b, a.Contains(c.b), a.Overlaps(c.b), a.Intersect(c.b))
		}
	}
	if got := pipeline.Cover([]span{{5, 6}, {1, 2}, {3, 9}}); got != (span{1, 9}) {
		t.Errorf("cover %v", got)
	}
	if got := pipeline.Cover(nil); !got.Empty() {
		t.Errorf("cover of nothing %v", got)
	}
}

// Every name can be read back.
func TestNames(t *testing.T) {
	for k := pipeline.BlockBody; k <= pipeline.BlockBoilerplate; k++ {
		if got, ok := pipeline.ParseBlockKind(k.String()); !ok || got != k {
			t.Errorf("block kind %v reads as %v", k, got)
		}
	}
	for k := pipeline.Direct; k <= pipeline.Indirect; k++ {
		if got, ok := pipeline.ParseKind(k.String()); !ok || got != k {
			t.Errorf("kind %v reads as %v", k, got)
		}
	}
	for m := pipeline.MannerNone; m <= pipeline.MannerDialogue; m++ {
		if got, ok := pipeline.ParseManner(m.String()); !ok || got != m {
			t.Errorf("manner %v reads as %v", m, got)
		}
	}
	for k := pipeline.SpeakerPerson; k <= pipeline.SpeakerUnnamed; k++ {
		if got, ok := pipeline.ParseSpeakerKind(k.String()); !ok || got != k {
			t.Errorf("speaker kind %v reads as %v", k, got)
		}
	}
	for p := pipeline.Neutral; p <= pipeline.Oppose; p++ {
		if got, ok := pipeline.ParsePosition(p.String()); !ok || got != p {
			t.Errorf("position %v reads as %v", p, got)
		}
	}
	for c := pipeline.CueNone; c <= pipeline.CueMental; c++ {
		if got, ok := pipeline.ParseCueClass(c.String()); !ok || got != c {
			t.Errorf("cue class %v reads as %v", c, got)
		}
	}
	if _, ok := pipeline.ParseKind("spoken"); ok {
		t.Error("a kind that is none was read")
	}
}

func TestOutlet(t *testing.T) {
	for url, want := range map[string]string{
		"https://www.Example.com:8080/a?b": "example.com",
		"http://news.example.co.uk/":       "news.example.co.uk",
		" https://example.com/x ":          "example.com",
		"example.com/a":                    "example.com",
		"/relative":                        "",
		"file:///a":                        "",
		"javascript:alert(1)":              "",
		"":                                 "",
		"http://[broken":                   "",
	} {
		if got := (&pipeline.Document{URL: url}).Outlet(); got != want {
			t.Errorf("%q is of %q, wanted %q", url, got, want)
		}
	}
}

func TestLine(t *testing.T) {
	for words, want := range map[string]string{
		"Amber Rudd":                  "Amber Rudd",
		"Amber\nRudd":                 "Amber Rudd",
		"Amber \r\n  Rudd":            "Amber Rudd",
		"Amber  Rudd":                 "Amber Rudd",
		"the\u00a0BBC":                "the BBC",
		"Zoë\u2028Ólafsdóttir\tSmith": "Zoë Ólafsdóttir Smith",
	} {
		text := "“" + words + "”"
		span := pipeline.Span{Start: len("“"), End: len(text) - len("”")}
		if got := span.Line(text); got != want {
			t.Errorf("%q on one line is %q, wanted %q", words, got, want)
		}
	}
}

// Readings pass from stage to stage and go with the last, whichever stages ran.
func TestReadings(t *testing.T) {
	var seen []bool
	look := func(d *pipeline.Document) error {
		seen = append(seen, d.Readings.Any())
		return nil
	}
	p := compose(t,
		stage{name: "a", writes: pipeline.LayerBlocks, do: look},
		stage{name: "b", writes: pipeline.LayerTokens, do: func(d *pipeline.Document) error {
			d.Readings = pipeline.Readings{Width: 2, Rows: []float32{1, 2, 3, 4}, Row: []int32{1, -1, 0, 1}}
			return nil
		}},
		stage{name: "c", writes: pipeline.LayerQuotes, do: look},
		stage{name: "d", writes: pipeline.LayerAttributions, do: look},
	)
	for _, c := range []struct {
		name string
		has  []pipeline.Layer
		want []bool
	}{
		{"all stages", nil, []bool{false, true, true}},
		{"the last alone", []pipeline.Layer{pipeline.LayerBlocks, pipeline.LayerTokens, pipeline.LayerQuotes}, []bool{false}},
		{"the last has run before", []pipeline.Layer{pipeline.LayerAttributions}, []bool{false, true}},
	} {
		d := new(pipeline.Document)
		for _, l := range c.has {
			d.Mark(l)
		}
		seen = nil
		if err := p.Process(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(seen, c.want) {
			t.Errorf("%s: stages saw readings %v, want %v", c.name, seen, c.want)
		}
		if d.Readings.Any() || d.Readings.Row != nil || d.Readings.Width != 0 {
			t.Errorf("%s: readings stay with the document", c.name)
		}
	}
}

// A token has the row that it names, its own or one that it shares.
func TestReadingsOf(t *testing.T) {
	r := pipeline.Readings{Width: 2, Rows: []float32{1, 2, 3, 4}, Row: []int32{1, -1, 0, 1}}
	for token, want := range [][]float32{{3, 4}, nil, {1, 2}, {3, 4}, nil} { // the last is beyond those read
		if got := r.Of(token); !slices.Equal(got, want) || (got == nil) != (want == nil) {
			t.Errorf("token %d: %v, want %v", token, got, want)
		}
	}
	none := pipeline.Readings{}
	if !r.Any() || none.Any() || none.Of(0) != nil {
		t.Error("the zero readings hold some, or others none")
	}
}
