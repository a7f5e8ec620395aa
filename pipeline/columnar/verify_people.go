package columnar

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/people"
)

// PeopleReport is what [VerifyPeople] found.
type PeopleReport struct {
	Manifest *PeopleManifest // nil where it cannot be read
	Faults   []Fault         // the first ones, by file and row
	Found    int64           // all of them
	Files    int             // looked at
	Bytes    int64           // in them
	// Run says whether the run was there and is the one of the manifest, so that
	// links were held to its speakers.
	Run bool
}

// VerifyPeople holds the folder of people dir to what docs/people.md says. It
// reads the manifest and every file, and changes nothing:
//
//   - the manifest can be read, and lists each file that is there and no other,
//     with its size and sha256;
//   - columns, types and metadata are those of the schema;
//   - rows are as many as the manifest says, by file, kind and rule;
//   - ids of people are unique, every link leads to one of them or, by its rule,
//     to nobody, and every person has links: as many speakers, quotes and claims
//     as it says;
//   - of several formats each row of one is that of the others;
//   - where run, the folder of the run, is not "": it is the run of the manifest,
//     and each of its speakers has one link, in their order.
//
// The error is that of the context, or of a folder that cannot be opened. Memory
// is that of the people's ids and counts.
func VerifyPeople(ctx context.Context, dir, run string, opts VerifyOptions) (*PeopleReport, error) {
	if opts.MaxFaults <= 0 {
		opts.MaxFaults = 100
	}
	if _, err := os.ReadDir(dir); err != nil {
		return nil, explain("open", dir, err)
	}
	v := &peopleCheck{run: run, shardCheck: shardCheck{ctx: ctx, dir: dir, faults: faults{max: opts.MaxFaults}}}
	if err := v.check(); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return &PeopleReport{Manifest: v.made, Faults: v.list, Found: v.found, Files: v.files, Bytes: v.bytes, Run: v.ran}, nil
}

// peopleCheck is one run of VerifyPeople.
type peopleCheck struct {
	shardCheck
	run  string
	made *PeopleManifest
	ran  bool
}

// sums is what the links of a person add up to.
type sums struct{ speakers, quotes, claims int64 }

func (v *peopleCheck) bad(format string, args ...any) {
	v.add(Fault{FaultManifest, "", peopleManifestName, -1, "", fmt.Sprintf(format, args...)})
}

func (v *peopleCheck) check() error {
	m, err := ReadPeopleManifest(v.dir)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			v.bad("there is none")
		} else {
			v.bad("%s", firstLine(err))
		}
		return nil
	}
	v.made = m
	if m.SchemaVersion != SchemaVersion {
		v.bad("schema_version is %s; this program knows %s", m.SchemaVersion, SchemaVersion)
		return nil
	}
	files := make(map[Table]map[Format][]Shard)
	listed := map[string]bool{peopleManifestName: true}
	for _, s := range m.Shards {
		f := formatOf(s)
		if s.Table != People && s.Table != Links || !slices.Contains(m.Formats, f) || f == JSONL {
			v.bad("shards: %q is no place for a file of the table %q", s.Path, s.Table)
			return nil
		}
		if files[s.Table] == nil {
			files[s.Table] = make(map[Format][]Shard)
		}
		if s.Path != shardPath(s.Table, len(files[s.Table][f]), f) {
			v.bad("shards: %q is listed out of its place", s.Path)
			return nil
		}
		files[s.Table][f] = append(files[s.Table][f], s)
		listed[s.Path] = true
	}
	if len(m.Formats) == 0 {
		v.bad("formats: there are none")
		return nil
	}
	for _, f := range m.Formats {
		for _, t := range []Table{People, Links} {
			if n := len(files[t][f]); n == 0 || n != len(files[t][m.Formats[0]]) {
				v.bad("shards: %d files of the table %s in the format %s", n, t, f)
				return nil
			}
		}
	}
	if err := v.leftovers(listed); err != nil {
		return err
	}
	v.manifest = &Manifest{ToolVersion: m.ToolVersion, Models: m.Models}
	for _, s := range m.Shards {
		if !v.sealed(s) || !v.schema(s) {
			v.skipped = true
		}
	}
	if v.skipped {
		return nil
	}
	first := m.Formats[0]
	people := v.links(files[Links][first])
	v.people(files[People][first], people)
	for _, f := range m.Formats[1:] {
		for _, t := range []Table{People, Links} {
			for i, s := range files[t][f] {
				v.same(files[t][first][i], s)
			}
		}
	}
	return nil
}

func (v *peopleCheck) leftovers(listed map[string]bool) error {
	return filepath.WalkDir(v.dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return explain("read", path, err)
		}
		rel, err := filepath.Rel(v.dir, path)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if !e.IsDir() && !listed[rel] {
			v.add(Fault{FaultLeftover, "", rel, -1, "", "the manifest does not list this file"})
		}
		return nil
	})
}

// links looks at the rows of links and adds them up by person.
func (v *peopleCheck) links(files []Shard) map[string]*sums {
	totals := PeopleTotals{Rules: make(map[string]int64)}
	by := make(map[string]*sums)
	next, stop := v.speakers()
	defer stop()
	for _, file := range files {
		row := int64(0)
		for r, err := range readRows(v.dir, file, linkColumns()) {
			if err != nil {
				v.fault(FaultCount, file, -1, "", "%s", firstLine(err))
				break
			}
			if v.ctx.Err() != nil {
				return by
			}
			totals.Speakers++
			totals.Rules[r.rule]++
			rule, ok := people.ParseRule(r.rule)
			switch {
			case !ok:
				v.fault(FaultValue, file, row, "rule", "%q is none", r.rule)
			case rule.Nobody() != (r.personID == ""):
				v.fault(FaultLink, file, row, "person_id", "%q by the rule %s", r.personID, r.rule)
			}
			if _, ok := pipeline.ParseSpeakerKind(r.kind); !ok {
				v.fault(FaultValue, file, row, "kind", "%q is none", r.kind)
			}
			if s := float64(r.score); !(s >= 0 && s <= 1) || math.IsNaN(s) {
				v.fault(FaultValue, file, row, "score", "%v is no probability", r.score)
			}
			if r.personID == "" {
				totals.Nobody++
			} else {
				s := by[r.personID]
				if s == nil {
					s = new(sums)
					by[r.personID] = s
				}
				s.speakers++
				s.quotes += int64(r.nQuotes)
				s.claims += int64(r.nClaims)
			}
			if id, docID, ok := next(); ok && (id != r.speakerID || docID != r.docID) {
				v.fault(FaultLink, file, row, "speaker_id", "%q of %q, and the run has %q of %q there", r.speakerID, r.docID, id, docID)
			}
			row++
		}
	}
	if id, _, ok := next(); ok && id != "" {
		v.fault(FaultCount, files[len(files)-1], -1, "", "no link for %q of the run, and for none behind it", id)
	}
	m := v.made.Totals
	if m.Speakers != totals.Speakers || m.Nobody != totals.Nobody {
		v.bad("totals: %d speakers, %d nobody's; there are %d and %d", m.Speakers, m.Nobody, totals.Speakers, totals.Nobody)
	}
	for r, n := range totals.Rules {
		if m.Rules[r] != n {
			v.bad("totals.rules.%s: %d, there are %d", r, m.Rules[r], n)
		}
	}
	return by
}

// speakers returns the ids of the run's speakers one by one; where the run is
// not at hand, none with ok false.
func (v *peopleCheck) speakers() (next func() (id, docID string, ok bool), stop func()) {
	none := func() (string, string, bool) { return "", "", false }
	if v.run == "" {
		return none, func() {}
	}
	sum, err := ManifestSum(v.run)
	if err != nil || sum != v.made.RunSHA256 {
		if err == nil {
			v.bad("run_sha256: the manifest of %s is another: join its people again", v.run)
		} else {
			v.bad("run: %s", firstLine(err))
		}
		return none, func() {}
	}
	v.ran = true
	pull, stop := iter.Pull(func(yield func([2]string) bool) {
		for d, err := range ReadSpeakers(v.ctx, v.run, 1) {
			if err != nil {
				v.bad("run: %s", firstLine(err))
				return
			}
			for i := range d.Speakers {
				if !yield([2]string{d.Speakers[i].ID, d.ID}) {
					return
				}
			}
		}
	})
	return func() (string, string, bool) {
		id, _ := pull()
		return id[0], id[1], true
	}, stop
}

// people holds each row of people to what its links add up to.
func (v *peopleCheck) people(files []Shard, by map[string]*sums) {
	var totals PeopleTotals
	met := make(map[string]bool)
	for _, file := range files {
		row := int64(0)
		for r, err := range readRows(v.dir, file, personColumns()) {
			if err != nil {
				v.fault(FaultCount, file, -1, "", "%s", firstLine(err))
				break
			}
			switch r.kind {
			case pipeline.SpeakerPerson.String():
				totals.People++
			case pipeline.SpeakerOrganization.String():
				totals.Organizations++
			default:
				v.fault(FaultValue, file, row, "kind", "%q is no person's and no organization's", r.kind)
			}
			s := by[r.id]
			switch {
			case r.id == "" || met[r.id]:
				v.fault(FaultIdentity, file, row, "person_id", "%q is empty or taken", r.id)
			case s == nil:
				v.fault(FaultLink, file, row, "person_id", "no link leads to %q", r.id)
			case *s != sums{r.nSpeakers, r.nQuotes, r.nClaims}:
				v.fault(FaultCount, file, row, "", "%d speakers, %d quotes, %d claims; its links have %d, %d and %d", r.nSpeakers, r.nQuotes, r.nClaims, s.speakers, s.quotes, s.claims)
			case r.nDocuments < 1 || r.nDocuments > r.nSpeakers:
				v.fault(FaultCount, file, row, "n_documents", "%d, of %d speakers", r.nDocuments, r.nSpeakers)
			case r.first.After(r.last):
				v.fault(FaultOrder, file, row, "first_published", "after last_published")
			}
			met[r.id] = true
			row++
		}
	}
	missing, n := "", 0
	for id := range by {
		if !met[id] {
			n++
			if missing == "" || id < missing {
				missing = id
			}
		}
	}
	if n > 0 {
		v.fault(FaultLink, files[0], -1, "person_id", "links lead to %d people that are not there: %q", n, missing)
	}
	if m := v.made.Totals; m.People != totals.People || m.Organizations != totals.Organizations {
		v.bad("totals: %d people and %d organizations; there are %d and %d", m.People, m.Organizations, totals.People, totals.Organizations)
	}
}
