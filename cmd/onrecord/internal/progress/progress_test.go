package progress

import (
	"bytes"
	"strings"
	"testing"

	"github.com/onrecord-nlp/onrecord/pipeline/columnar"
	"github.com/onrecord-nlp/onrecord/pipeline/ingest"
)

// What is no terminal gets plain lines: the first failures, and now and then
// how far the run has come.
func TestLog(t *testing.T) {
	var out bytes.Buffer
	reader, err := ingest.Open([]string{"-"}, ingest.Options{Stdin: strings.NewReader("")})
	if err != nil {
		t.Fatal(err)
	}
	r := New(&out)
	r.Begin(reader)
	for range 100 {
		r.Document()
	}
	for i := range shown + 5 {
		r.Failure(columnar.Failure{Source: "a.jsonl", Record: int64(i + 1), DocID: "d", Stage: ingest.Stage, Reason: "bad_json", Message: "mend it"}, nil)
	}
	r.last = r.last.Add(-interval)
	for range 16 {
		r.Document()
	}
	r.End()
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(lines) != shown+2 {
		t.Fatalf("%d lines, want %d failures, a word that more follow, and one of progress:\n%s", len(lines), shown, out.String())
	}
	for i, want := range map[int]string{
		0:         `onrecord: a.jsonl: record 1: document "d": bad_json: mend it`,
		shown:     "onrecord: further failures stand in the table failures only",
		shown + 1: "onrecord: 112 documents, 15 failures, 0 MB read, ",
	} {
		if !strings.HasPrefix(lines[i], want) {
			t.Errorf("line %d is %q, want %q", i, lines[i], want)
		}
	}
	if strings.ContainsAny(out.String(), "\r\x1b") {
		t.Error("the log holds control characters")
	}
}

// A failure names what is known of its place, and the stage if it was not
// reading.
func TestDescribe(t *testing.T) {
	for want, f := range map[string]columnar.Failure{
		"a.txt: empty_file: take it out":                     {Source: "a.txt", Stage: ingest.Stage, Reason: "empty_file", Message: "take it out"},
		"a.txt: stage quote: panic: panic: oh":               {Source: "a.txt", DocID: "a.txt", Stage: "quote", Reason: "panic", Message: "panic: oh"},
		`a.jsonl#3: document "x": stage quote: invalid: no.`: {Source: "a.jsonl#3", DocID: "x", Stage: "quote", Reason: "invalid", Message: "no."},
	} {
		if got := describe(f); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
