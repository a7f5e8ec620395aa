package columnar

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/onrecord-nlp/onrecord/pipeline/people"
)

// speakersRead are the documents that ReadSpeakers yields.
func speakersRead(t *testing.T, dir string, workers int) []*people.Document {
	t.Helper()
	var docs []*people.Document
	for d, err := range ReadSpeakers(t.Context(), dir, workers) {
		if err != nil {
			t.Fatal(err)
		}
		docs = append(docs, d)
	}
	return docs
}

// TestReadSpeakers: what is read is the same from every format, in however many
// shards and by however many workers, and right.
func TestReadSpeakers(t *testing.T) {
	docs := fixtures(t)
	for i := range 300 {
		docs = append(docs, benchDocument(i))
	}
	dir := t.TempDir()
	write(t, dir, Options{Formats: []Format{Arrow}}, docs...)
	want := speakersRead(t, dir, 1)
	if len(want) != len(docs) {
		t.Fatalf("%d documents, of %d", len(want), len(docs))
	}
	i := slices.IndexFunc(want, func(d *people.Document) bool { return d.ID == "ferry-1" })
	d := want[i]
	if d.Outlet != "example.org" || !d.Published.Equal(docs[i].Published.Truncate(time.Microsecond)) || len(d.Speakers) != 2 {
		t.Errorf("%+v", d)
	}
	s := d.Speakers[0]
	if s.ID != "ferry-1#s0" || s.Name != "José Nuñez" || s.Description != "transport minister" || s.Pronoun != "he" || s.Quotes != 2 {
		t.Errorf("%+v", s)
	}
	statements := 0
	for _, d := range want {
		for _, s := range d.Speakers {
			statements += s.Stances[0] + s.Stances[1] + s.Stances[2]
		}
	}
	if statements == 0 {
		t.Error("no statement is counted")
	}
	for _, formats := range [][]Format{{Parquet}, {JSONL}, Formats()} {
		for _, shard := range []int{0, 50} {
			dir := t.TempDir()
			write(t, dir, Options{Formats: formats, ShardDocuments: shard}, docs...)
			for _, workers := range []int{1, 8} {
				got := speakersRead(t, dir, workers)
				for i := range want {
					if i >= len(got) || !sameSpeakers(got[i], want[i]) {
						t.Fatalf("%v, shards of %d, %d workers: document %d:\n got %+v\nwant %+v", formats, shard, workers, i, got[i], want[i])
					}
				}
			}
		}
	}
	for range ReadSpeakers(t.Context(), dir, 8) {
		break // leaves nothing running, which would hold the folder
	}
	for _, err := range ReadSpeakers(t.Context(), filepath.Join(dir, "nowhere"), 1) {
		if err == nil {
			t.Error("a run that is not there was read")
		}
	}
}

// sameSpeakers compares what was read, times as far as JSON Lines have them.
func sameSpeakers(a, b *people.Document) bool {
	x, y := *a, *b
	x.Published, y.Published = x.Published.Truncate(time.Second), y.Published.Truncate(time.Second)
	return reflect.DeepEqual(x, y)
}

// writePeople joins the speakers of a run and writes them into dir.
func writePeople(t *testing.T, run, dir string, opts PeopleOptions) *PeopleManifest {
	t.Helper()
	b, err := people.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	docs := speakersRead(t, run, 1)
	for _, d := range docs {
		b.Add(d)
	}
	r := b.Resolve()
	w, err := CreatePeople(dir, opts)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	for _, d := range docs {
		for i, l := range r.Link(d, nil) {
			if err := w.Link(d.ID, &d.Speakers[i], &l); err != nil {
				t.Fatal(err)
			}
		}
	}
	for p := range r.People() {
		if err := w.Person(&p); err != nil {
			t.Fatal(err)
		}
	}
	sum, err := ManifestSum(run)
	if err != nil {
		t.Fatal(err)
	}
	m, err := w.Close(PeopleManifest{Run: run, RunSHA256: sum, Started: time.Unix(1, 0), Finished: time.Unix(2, 0)})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// sourceRun is a run whose speakers recur.
func sourceRun(t *testing.T) string {
	dir := t.TempDir()
	docs := fixtures(t)
	for i := range 50 {
		docs = append(docs, benchDocument(i))
	}
	second := ferry(t)
	second.ID = "ferry-2"
	write(t, dir, Options{Formats: []Format{Arrow}}, append(docs, second)...)
	return dir
}

func TestPeople(t *testing.T) {
	run := sourceRun(t)
	for _, formats := range [][]Format{nil, {Parquet}, {Arrow, Parquet}} {
		dir := filepath.Join(t.TempDir(), "people")
		m := writePeople(t, run, dir, PeopleOptions{Formats: formats})
		r, err := VerifyPeople(t.Context(), dir, run, VerifyOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if r.Found != 0 || !r.Run || r.Files != 2*max(len(formats), 1) || r.Bytes == 0 {
			t.Errorf("%v: %+v", formats, r)
		}
		if r, err := VerifyPeople(t.Context(), dir, "", VerifyOptions{}); err != nil || r.Found != 0 || r.Run {
			t.Errorf("%v, without the run: %+v, %v", formats, r, err)
		}
		again := filepath.Join(t.TempDir(), "people")
		if n := writePeople(t, run, again, PeopleOptions{Formats: formats}); !reflect.DeepEqual(m.Shards, n.Shards) {
			t.Errorf("%v: other bytes the second time", formats)
		}
		// The two José Nuñez are one.
		for p, err := range readRows(dir, m.Shards[len(m.Shards)-1], personColumns()) {
			if err != nil {
				t.Fatal(err)
			}
			if p.name == "José Nuñez" && (p.id != "jose-nunez" || p.nDocuments != 2 || p.nQuotes != 4 || !slices.Equal(p.variants, []countRow{{"José Nuñez", 2}})) {
				t.Errorf("%+v", p)
			}
		}
	}
}

func TestVerifyPeopleFaults(t *testing.T) {
	run := sourceRun(t)
	for _, c := range []struct {
		name string
		harm func(t *testing.T, dir string, m *PeopleManifest)
		kind FaultKind
	}{
		{"a changed byte", func(t *testing.T, dir string, m *PeopleManifest) {
			path := filepath.Join(dir, m.Shards[0].Path)
			b, _ := os.ReadFile(path)
			b[len(b)/2] ^= 1
			os.WriteFile(path, b, 0o644)
		}, FaultDamaged},
		{"a file gone", func(t *testing.T, dir string, m *PeopleManifest) { os.Remove(filepath.Join(dir, m.Shards[1].Path)) }, FaultMissing},
		{"a file too many", func(t *testing.T, dir string, m *PeopleManifest) {
			os.WriteFile(filepath.Join(dir, "people", "notes.txt"), nil, 0o644)
		}, FaultLeftover},
		{"no manifest", func(t *testing.T, dir string, m *PeopleManifest) { os.Remove(filepath.Join(dir, peopleManifestName)) }, FaultManifest},
		{"a total", func(t *testing.T, dir string, m *PeopleManifest) { m.Totals.People++ }, FaultManifest},
		{"a rule's total", func(t *testing.T, dir string, m *PeopleManifest) { m.Totals.Rules["alone"]++ }, FaultManifest},
		{"another run", func(t *testing.T, dir string, m *PeopleManifest) { m.RunSHA256 = strings.Repeat("0", 64) }, FaultManifest},
		{"a person gone", func(t *testing.T, dir string, m *PeopleManifest) {
			rewritePeople(t, dir, m, func(l *linkRow) bool { return true }, func(p *personRow) bool { return p.name != "José Nuñez" })
		}, FaultLink},
		{"a count", func(t *testing.T, dir string, m *PeopleManifest) {
			rewritePeople(t, dir, m, func(l *linkRow) bool { return true }, func(p *personRow) bool { p.nQuotes += 2; return true })
		}, FaultCount},
		{"an id taken", func(t *testing.T, dir string, m *PeopleManifest) {
			rewritePeople(t, dir, m, func(l *linkRow) bool { return true }, func(p *personRow) bool { p.id = "jose-nunez"; return true })
		}, FaultIdentity},
		{"a link gone", func(t *testing.T, dir string, m *PeopleManifest) {
			rewritePeople(t, dir, m, func(l *linkRow) bool { return l.speakerID != "ferry-2#s1" }, func(p *personRow) bool { return true })
		}, FaultCount},
		{"a link elsewhere", func(t *testing.T, dir string, m *PeopleManifest) {
			rewritePeople(t, dir, m, func(l *linkRow) bool { l.personID = "nobody-there"; return true }, func(p *personRow) bool { return true })
		}, FaultLink},
		{"a rule that is none", func(t *testing.T, dir string, m *PeopleManifest) {
			rewritePeople(t, dir, m, func(l *linkRow) bool { l.rule = "guess"; return true }, func(p *personRow) bool { return true })
		}, FaultValue},
		{"a score that is none", func(t *testing.T, dir string, m *PeopleManifest) {
			rewritePeople(t, dir, m, func(l *linkRow) bool { l.score = 2; return true }, func(p *personRow) bool { return true })
		}, FaultValue},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "people")
			m := writePeople(t, run, dir, PeopleOptions{})
			c.harm(t, dir, m)
			if c.name != "no manifest" {
				b, err := json.Marshal(m)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(dir, peopleManifestName), b, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			r, err := VerifyPeople(t.Context(), dir, run, VerifyOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(r.Faults, func(f Fault) bool { return f.Kind == c.kind }) {
				t.Errorf("faults %v, want one of the kind %s", r.Faults, c.kind)
			}
		})
	}
}

// rewritePeople writes the rows that are kept, as edited, with a manifest that
// fits the files, but for totals.
func rewritePeople(t *testing.T, dir string, m *PeopleManifest, link func(*linkRow) bool, person func(*personRow) bool) {
	t.Helper()
	var links []linkRow
	var persons []personRow
	for _, s := range m.Shards {
		if s.Table == Links {
			for r, err := range readRows(dir, s, linkColumns()) {
				if err != nil {
					t.Fatal(err)
				}
				if link(&r) {
					links = append(links, r)
				}
			}
			continue
		}
		for r, err := range readRows(dir, s, personColumns()) {
			if err != nil {
				t.Fatal(err)
			}
			if person(&r) {
				persons = append(persons, r)
			}
		}
	}
	w, err := CreatePeople(dir, PeopleOptions{Overwrite: true})
	if err != nil {
		t.Fatal(err)
	}
	for i := range links {
		if err := w.links.add(w, &links[i]); err != nil {
			t.Fatal(err)
		}
	}
	for i := range persons {
		if err := w.people.add(w, &persons[i]); err != nil {
			t.Fatal(err)
		}
	}
	made, err := w.Close(PeopleManifest{})
	if err != nil {
		t.Fatal(err)
	}
	m.Shards = made.Shards
}

// TestPeopleFolder: what is no folder of people is not overwritten, and what was
// begun and not ended leaves nothing.
func TestPeopleFolder(t *testing.T) {
	run := sourceRun(t)
	before, _ := ManifestSum(run)
	if _, err := CreatePeople(run, PeopleOptions{Overwrite: true}); !errors.Is(err, ErrForeign) {
		t.Errorf("a run was taken: %v", err)
	}
	if after, err := ManifestSum(run); err != nil || after != before {
		t.Errorf("the run was touched: %v", err)
	}
	if IsPeople(run) {
		t.Error("a run is taken for people")
	}
	dir := filepath.Join(t.TempDir(), "people")
	writePeople(t, run, dir, PeopleOptions{})
	if !IsPeople(dir) {
		t.Error("people are not told")
	}
	if _, err := CreatePeople(dir, PeopleOptions{}); !errors.Is(err, ErrNotEmpty) {
		t.Errorf("people were overwritten: %v", err)
	}
	if _, err := Create(dir, Options{Overwrite: true}); !errors.Is(err, ErrForeign) {
		t.Errorf("people were overwritten by a run: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "people", "notes.txt"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := CreatePeople(dir, PeopleOptions{Overwrite: true}); !errors.Is(err, ErrForeign) {
		t.Errorf("notes were removed: %v", err)
	}
	if _, err := CreatePeople(t.TempDir(), PeopleOptions{Formats: []Format{JSONL}}); err == nil {
		t.Error("people as JSON Lines")
	}
	fresh := filepath.Join(t.TempDir(), "fresh")
	w, err := CreatePeople(fresh, PeopleOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range linksShard/1000 + 5 {
		w.links.rows = max(w.links.rows, linksShard-3) // a file is nearly full
		if err := w.Link("d", &people.Speaker{ID: fmt.Sprint("d#s", i)}, &people.Link{SpeakerID: fmt.Sprint("d#s", i), Rule: people.RuleGroup}); err != nil {
			t.Fatal(err)
		}
	}
	w.Abort()
	if _, err := os.Stat(fresh); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a folder is left: %v", err)
	}
}
