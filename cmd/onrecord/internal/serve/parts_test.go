package serve

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"pgregory.net/rapid"
)

func TestNegotiate(t *testing.T) {
	for _, tt := range []struct{ accept, want string }{
		{"", mediaJSON},
		{"*/*", mediaJSON},
		{"application/*", mediaJSON},
		{"application/x-ndjson", mediaNDJSON},
		{"APPLICATION/X-NDJSON", mediaNDJSON},
		{"application/json;q=0.2, application/x-ndjson;q=0.9", mediaNDJSON},
		{"application/json; q=0.9; x=y, application/x-ndjson;q=0.2", mediaJSON},
		{"application/*;q=0.5, application/json;q=0.1", mediaNDJSON}, // the closest range counts
		{"application/json;q=0, */*", mediaNDJSON},
		{"application/json;q=x", ""},
		{"text/html", ""},
		{"text/*", ""},
		{"*/*;q=0", ""},
		{",;,", ""},
	} {
		h := http.Header{}
		if tt.accept != "" {
			h.Set("Accept", tt.accept)
		}
		if got := negotiate(h, mediaJSON, mediaNDJSON); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.accept, got, tt.want)
		}
	}
}

// all reads a batch to its end, long records as "long".
func all(t interface{ Fatalf(string, ...any) }, body string, array bool, limit int64) []string {
	rr := newRecords(iotest.OneByteReader(strings.NewReader(body)), array, limit)
	var out []string
	for n := 1; ; n++ {
		rec, err := rr.next()
		if err == io.EOF {
			return out
		}
		if err != nil {
			return append(out, "error: "+err.Error())
		}
		if array && rec.number != n {
			t.Fatalf("element %d has the number %d", n, rec.number)
		}
		if rec.data == nil {
			out = append(out, "long")
		} else {
			out = append(out, string(rec.data))
		}
	}
}

// The elements of an array are those that encoding/json finds.
func TestElementsAreThoseOfJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.Custom(func(t *rapid.T) any {
			return rapid.OneOf(
				rapid.String().AsAny(), rapid.Int().AsAny(), rapid.Bool().AsAny(),
				rapid.SliceOfN(rapid.String(), 0, 3).AsAny(), rapid.MapOfN(rapid.String(), rapid.SliceOf(rapid.Int()), 0, 3).AsAny(),
			).Draw(t, "value")
		})
		values := rapid.SliceOfN(value, 0, 5).Draw(t, "values")
		var body bytes.Buffer
		enc := json.NewEncoder(&body)
		enc.SetIndent("", rapid.SampledFrom([]string{"", "  "}).Draw(t, "indent"))
		if enc.Encode(values); values == nil {
			body.Reset()
			body.WriteString("[]")
		}
		var want []json.RawMessage
		if err := json.Unmarshal(body.Bytes(), &want); err != nil {
			t.Fatal(err)
		}
		got := all(t, body.String(), true, 1<<20)
		if len(got) != len(want) {
			t.Fatalf("%d elements, want %d: %q", len(got), len(want), got)
		}
		for i := range got {
			if got[i] != string(want[i]) {
				t.Errorf("element %d: %q, want %q", i, got[i], want[i])
			}
		}
	})
}

// FuzzRecords: whatever the body, no record is longer than the limit, and lines
// are those that it has.
func FuzzRecords(f *testing.F) {
	for _, s := range []string{"", "[", "[]", "[1,2]x", `["],"]`, "[[[", "a\n\nb", "\r\n", "[,]", `["\"]`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) {
		const limit = 8
		for _, array := range []bool{false, true} {
			for _, rec := range all(t, body, array, limit) {
				if len(rec) > limit && !strings.HasPrefix(rec, "error: ") {
					t.Errorf("%q is longer than %d bytes", rec, limit)
				}
			}
		}
		var want []string
		for line := range strings.Lines(body) {
			if line = strings.TrimSuffix(line, "\n"); len(line) > limit {
				line = "long"
			}
			if b := bytes.TrimSpace(bytes.TrimPrefix([]byte(line), []byte("\uFEFF"))); len(b) > 0 {
				want = append(want, string(b))
			}
		}
		if got := all(t, body, false, limit); strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("lines %q, want %q", got, want)
		}
	})
}

// What goes into a spool comes out of it, from memory and from the file.
func TestSpool(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	for _, size := range []int{0, 1, spoolMemory - 1, spoolMemory, spoolMemory + 1, 5 * spoolMemory} {
		want := bytes.Repeat([]byte("0123456789abcdef!"), size/17+1)[:size]
		s := newSpool()
		go s.fill(iotest.HalfReader(bytes.NewReader(want)))
		got, err := io.ReadAll(s)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d bytes: %d came out, %v", size, len(got), err)
		}
		s.close()
	}
	if left, _ := os.ReadDir(os.TempDir()); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestSpoolErrors(t *testing.T) {
	broken := errors.New("broken")
	s := newSpool()
	s.fill(io.MultiReader(strings.NewReader("abc"), iotest.ErrReader(broken)))
	if got, err := io.ReadAll(s); string(got) != "abc" || err != broken {
		t.Errorf("%q, %v", got, err)
	}
	t.Setenv("TMPDIR", "/nowhere/at/all")
	s = newSpool()
	s.fill(bytes.NewReader(make([]byte, 2*spoolMemory)))
	if _, err := io.ReadAll(s); !errors.Is(err, errSpool) {
		t.Error(err)
	}
	s = newSpool()
	s.discard()
	if _, err := s.Read(make([]byte, 1)); err == nil {
		t.Error("a read after the end")
	}
}

// A client may take as long as it likes where it sends fast enough, and neither
// stand still nor trickle.
func TestPatience(t *testing.T) {
	var deadline time.Time
	p := patience{timeout: 10 * time.Second, setDeadline: func(d time.Time) error { deadline = d; return nil }}
	left := func(moved int64, waited time.Duration) time.Duration {
		p.moved, p.waited = moved, waited
		p.wait(func() (int, error) { return 0, nil })
		return time.Until(deadline).Round(time.Second)
	}
	for _, tt := range []struct {
		moved  int64
		waited time.Duration
		want   time.Duration
	}{
		{0, 0, 10 * time.Second},
		{0, 4 * time.Second, 6 * time.Second},
		{100 * minRate, 100 * time.Second, 10 * time.Second},
		{1000 * minRate, 100 * time.Second, 10 * time.Second}, // speed is no credit for standing still
		{100 * minRate, 107 * time.Second, 3 * time.Second},
		{100, time.Minute, 0},
	} {
		if got := left(tt.moved, tt.waited); got != tt.want {
			t.Errorf("after %d bytes in %v it waits %v, want %v", tt.moved, tt.waited, got, tt.want)
		}
	}
}

// A client that has moved a lot in good time may take its time for the next
// part, however much it was.
func TestPatienceOfLongBodies(t *testing.T) {
	for _, moved := range []int64{0, 1 << 20, 16 << 30, 1 << 40} {
		var deadline time.Time
		p := patience{timeout: time.Minute, moved: moved, setDeadline: func(t time.Time) error { deadline = t; return nil }}
		p.wait(func() (int, error) { return 0, nil })
		if left := time.Until(deadline); left < 30*time.Second {
			t.Errorf("after %d bytes: %v left of a minute", moved, left)
		}
	}
}
