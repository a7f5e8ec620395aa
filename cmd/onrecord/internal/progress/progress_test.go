package progress

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/onrecord-nlp/onrecord/cmd/onrecord/internal/job"
	"github.com/onrecord-nlp/onrecord/pipeline/columnar"
	"github.com/onrecord-nlp/onrecord/pipeline/ingest"
)

// input is one of 40 MB, of which so much is read.
type input struct{ read int64 }

func (in *input) Progress() ingest.Progress {
	return ingest.Progress{Bytes: in.read, BytesTotal: 40e6}
}

// story has a reporter tell of a run: 12 failures and a copy left out, two looks
// 10 seconds apart, and an interrupt.
func story(r *Reporter) {
	start := time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)
	in := &input{read: 10e6}
	r.begin(in, columnar.Totals{Documents: 500, Words: 100_000}, start)
	for i := range shown + 2 {
		r.Failure(columnar.Failure{Source: "a.jsonl", Record: int64(i + 1), DocID: "d", Stage: ingest.Stage, Reason: "bad_json", Message: "mend it"}, nil)
	}
	r.Failure(columnar.Failure{Source: "b.jsonl", Stage: "dedupe", Reason: job.Duplicate}, nil)
	in.read = 20e6
	r.Written(columnar.Totals{Documents: 1500, Words: 600_000, Failures: 13})
	r.look(start.Add(10 * time.Second))
	in.read = 30e6
	r.Written(columnar.Totals{Documents: 2500, Words: 1_100_000, Failures: 13})
	r.look(start.Add(20 * time.Second))
	r.Stopping(1500)
	r.End()
}

// What is no terminal gets plain lines: the first failures, now and then how far
// the run has come, at which rate, and how long it will take.
func TestLog(t *testing.T) {
	var out bytes.Buffer
	story(New(&out, false))
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(lines) != shown+4 {
		t.Fatalf("%d lines, want %d failures, a word that more follow, two of progress and one of the interrupt:\n%s", len(lines), shown, out.String())
	}
	for i, want := range map[int]string{
		0:         `onrecord: a.jsonl: record 1: document "d": bad_json: mend it`,
		shown:     "onrecord: further failures stand in the table failures only",
		shown + 1: "onrecord: 50%: 1500 documents, 13 failures, 100 documents/s, 50000 words/s, 1.0 MB/s, 20 s left",
		shown + 2: "onrecord: 75%: 2500 documents, 13 failures, 100 documents/s, 50000 words/s, 1.0 MB/s, 10 s left",
		shown + 3: "onrecord: interrupted: finishing the part at hand, at most 1500 documents more; a second interrupt stops at once",
	} {
		if lines[i] != want {
			t.Errorf("line %d is %q, want %q", i, lines[i], want)
		}
	}
	if strings.ContainsAny(out.String(), "\r\x1b") {
		t.Error("the log holds control characters")
	}
}

// In JSON every line is an object that says the same.
func TestJSON(t *testing.T) {
	var out bytes.Buffer
	story(New(&out, true))
	lines := bytes.Split(bytes.TrimSuffix(out.Bytes(), []byte("\n")), []byte("\n"))
	if len(lines) != shown+4 {
		t.Fatalf("%d lines:\n%s", len(lines), out.String())
	}
	for i, want := range map[int]string{
		0:         `{"level":"WARN","msg":"failure","source":"a.jsonl","record":1,"doc_id":"d","stage":"ingest","reason":"bad_json","message":"mend it"}`,
		shown + 2: `{"level":"INFO","msg":"progress","documents":2500,"words":1100000,"quotes":0,"claims":0,"failures":13,"bytes":30000000,"bytes_total":40000000,"documents_per_second":100,"words_per_second":50000,"bytes_per_second":1000000,"seconds_left":10}`,
		shown + 3: `{"level":"WARN","msg":"stopping","documents_to_go":1500}`,
	} {
		got := string(lines[i])
		head, rest, _ := strings.Cut(got, ",")
		if !json.Valid(lines[i]) || !strings.HasPrefix(head, `{"time":"`) || "{"+rest != want {
			t.Errorf("line %d is %s, want %s after the time", i, got, want)
		}
	}
}

// Rates are those of the last minute: a run that has become slow shows it.
func TestRatesAreRecent(t *testing.T) {
	var out bytes.Buffer
	r := New(&out, false)
	start := time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)
	in := new(input)
	r.begin(in, columnar.Totals{}, start)
	for i := range 20 {
		n := int64(1000 * (i + 1))
		if i >= 10 {
			n = 10_000 + int64(10*(i-9))
		}
		r.Written(columnar.Totals{Documents: n})
		r.look(start.Add(time.Duration(i+1) * 10 * time.Second))
	}
	lines := strings.Split(out.String(), "\n")
	for i, want := range map[int]string{9: " 100 documents/s", 19: " 1 documents/s"} {
		if !strings.Contains(lines[i], want) {
			t.Errorf("look %d says %q, want%s", i, lines[i], want)
		}
	}
}

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 s", 89 * time.Second: "89 s", 90 * time.Second: "2 min", 80 * time.Minute: "80 min", 36 * time.Hour: "36.0 h",
	} {
		if got := duration(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
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
