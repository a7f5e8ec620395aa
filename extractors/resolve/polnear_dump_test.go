package resolve_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/onrecord-nlp/onrecord/extractors/quote"
	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

func TestPolnearDump(t *testing.T) {
	if os.Getenv("PN") == "" {
		t.Skip()
	}
	mod, _ := strconv.Atoi(os.Getenv("PN"))
	mode := os.Getenv("MODE")
	st := stages(t)
	q, _ := quote.New()
	f, _ := os.Open("../../../shared/data/polnear/train.jsonl")
	_ = bufio.NewReader(f)
	_ = json.Marshal
	n := 0
	for a, err := range goldform.ReadArticles(f) {
		if err != nil {
			t.Fatal(err)
		}
		n++
		if n%mod != 3 {
			continue
		}
		d := a.Doc
		prepare(t, d, st, q)
		if mode == "doc" {
			fmt.Println("=====", d.ID)
			for k, a := range d.Attributions {
				s := "-"
				if len(a.Source) > 0 {
					s = a.Source[0].In(d.Text)
				}
				w := "-"
				if x := d.Resolution.OfAttribution[k]; x >= 0 {
					sp := d.Speakers[x]
					w = fmt.Sprintf("%s | %s | %s | %s", sp.Name, sp.Kind, sp.Description, sp.Pronoun)
				}
				fmt.Printf("   %q => %s\n", s, w)
			}
		}
	}
}

func TestPolnearSample(t *testing.T) {
	if os.Getenv("SAMPLE") == "" {
		t.Skip()
	}
	sampleDocs(t)
}

func prepare(t *testing.T, d *pipeline.Document, st []pipeline.Stage, q pipeline.Stage) {
	at := 0
	for line := range strings.SplitAfterSeq(d.Text, "\n") {
		if s := strings.TrimRight(line, "\n"); strings.TrimSpace(s) != "" {
			d.Blocks = append(d.Blocks, pipeline.Block{Span: pipeline.Span{Start: at, End: at + len(s)}})
		}
		at += len(line)
	}
	d.Blocks[0].Kind = pipeline.BlockHeadline
	d.Mark(pipeline.LayerBlocks)
	p0, _ := pipeline.New([]pipeline.Stage{st[0], q}, pipeline.LayerBlocks)
	p0.Process(context.Background(), d)
	for k := range d.Attributions {
		for i, x := range d.Quotes {
			for _, c := range d.Attributions[k].Content {
				if c.Overlaps(x.Span) && x.Uttered && 2*c.Intersect(x.Span).Len() >= x.Len() {
					d.Attributions[k].Quotes = append(d.Attributions[k].Quotes, i)
					break
				}
			}
		}
	}
	if err := st[1].Process(context.Background(), d); err != nil {
		t.Fatal(err)
	}
}

func sampleDocs(t *testing.T) {
	st := stages(t)
	q, _ := quote.New()
	f, _ := os.Open("../../../shared/data/polnear/train.jsonl")
	mod, _ := strconv.Atoi(os.Getenv("SAMPLE"))
	off, _ := strconv.Atoi(os.Getenv("OFF"))
	want := os.Getenv("WANT")
	perDoc, _ := strconv.Atoi(os.Getenv("PER"))
	n := 0
	for a := range goldform.ReadArticles(f) {
		n++
		if n%mod != off {
			continue
		}
		d := a.Doc
		prepare(t, d, st, q)
		found := 0
		step := 0
		for k, at := range d.Attributions {
			if len(at.Source) == 0 || found == perDoc {
				continue
			}
			s := at.Source[0]
			w := strings.ToLower(s.In(d.Text))
			kind := ""
			switch w {
			case "he", "she":
				kind = "p"
			case "they":
				kind = "t"
			case "it":
				kind = "i"
			case "who", "which":
				kind = "w"
			default:
				if strings.HasPrefix(w, "the ") || strings.HasPrefix(w, "his ") || strings.HasPrefix(w, "her ") {
					if !strings.ContainsAny(s.In(d.Text)[1:], "ABCDEFGHIJKLMNOPQRSTUVWXYZ") {
						kind = "n"
					}
				}
			}
			if kind == "" || !strings.Contains(want, kind) {
				continue
			}
			step++
			if (step+n)%3 != 0 {
				continue
			}
			found++
			who := "-"
			ant := ""
			if x := d.Resolution.OfAttribution[k]; x >= 0 {
				who = d.Speakers[x].Name + "/" + d.Speakers[x].Kind.String()
				var best pipeline.Span
				for pass := range 2 {
					for _, m := range d.Speakers[x].Mentions {
						mm := d.Mentions[m]
						if mm.Type == pipeline.MentionPronoun || mm.Overlaps(s) || pass == 0 && mm.Type != pipeline.MentionName {
							continue
						}
						if best.Empty() || mm.Start < s.Start {
							best = mm.Span
						}
					}
					if !best.Empty() {
						break
					}
				}
				if !best.Empty() {
					ant = fmt.Sprintf(" @@%d,%d", len([]rune(d.Text[:best.Start])), len([]rune(d.Text[:best.End])))
				}
			}
			from := max(0, s.Start-300)
			for from > 0 && d.Text[from] != ' ' && d.Text[from] != '\n' {
				from--
			}
			to := min(len(d.Text), s.End+40)
			for to < len(d.Text) && d.Text[to] != ' ' && d.Text[to] != '\n' {
				to++
			}
			fmt.Printf("#%d.%d %s%s[[%s]]%s  => %s%s\n\n", n, k, "", strings.ReplaceAll(d.Text[from:s.Start], "\n", " "), s.In(d.Text), strings.ReplaceAll(d.Text[s.End:to], "\n", " "), who, ant)
		}
	}
}
