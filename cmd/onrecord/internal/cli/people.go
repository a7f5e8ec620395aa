package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/onrecord-nlp/onrecord/pipeline/columnar"
	"github.com/onrecord-nlp/onrecord/pipeline/people"
)

// peopleFlags are the flags of people.
type peopleFlags struct {
	known, out string
	format     []string
	overwrite  bool
	top        int
	workers    int
}

func newPeople() *cobra.Command {
	var f peopleFlags
	cmd := &cobra.Command{
		Use:   "people [flags] DIR",
		Short: "Join a run's speakers over all its articles",
		Long: `people reads the speakers of the finished run in DIR, finds out which of them
are one person or organization, and writes two tables into the folder --out:
people, a row for each of them with all that they said counted, and links, a row
for each speaker of the run with its person, the rule that joined them and a
score. The run itself is not touched.

A full name is one person unless description, pronoun and company speak against
it; other spellings, initials and short forms are joined by evidence, and a
surname alone by evidence only. Unnamed sources, groups and documents are
nobody's.

--people names your own list, which takes precedence: CSV with a header, or JSON
Lines, with name and, where you like, aliases (in CSV parted by |), identifier,
kind (person, organization) and description.

` + statusHelp,
		Example: `  onrecord extract articles/ --out out
  onrecord people out --out people --people known.csv
  onrecord verify people`,
		RunE: func(cmd *cobra.Command, args []string) error { return runPeople(cmd, args, &f) },
	}
	fl := cmd.Flags()
	fl.StringVar(&f.known, "people", "", "your own list of people, a CSV, TSV or JSON Lines `file`")
	fl.StringVarP(&f.out, "out", "o", "", "output `folder` (default: DIR-people)")
	fl.StringSliceVar(&f.format, "format", nil, "arrow, parquet, or both (default: as the run has)")
	fl.BoolVar(&f.overwrite, "overwrite", false, "replace the people that are there")
	fl.IntVar(&f.top, "top", 10, "`number` of people to print")
	fl.IntVar(&f.workers, "workers", 0, "`number` of parts of the run read at once (default: as many as there are processors)")
	return cmd
}

func runPeople(cmd *cobra.Command, args []string, f *peopleFlags) error {
	switch {
	case len(args) != 1:
		return usagef("name one output folder of onrecord extract")
	case f.top < 0:
		return usagef("--top %d: the least is 0", f.top)
	}
	run := args[0]
	if f.out == "" {
		f.out = filepath.Clean(run) + "-people"
	}
	frugal()
	started := time.Now()
	m, err := columnar.ReadManifest(run)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s holds no finished run: name the output folder of onrecord extract", run)
	}
	if err != nil {
		return err
	}
	formats, err := f.formats(m)
	if err != nil {
		return err
	}
	made := columnar.PeopleManifest{Run: run, Known: f.known, Started: started}
	if made.RunSHA256, err = columnar.ManifestSum(run); err != nil {
		return err
	}
	var known []people.Known
	if f.known != "" {
		if known, made.KnownSHA256, err = readKnown(f.known); err != nil {
			return err
		}
	}
	b, err := people.New(known)
	if err != nil {
		return err
	}
	w, err := columnar.CreatePeople(f.out, columnar.PeopleOptions{
		Formats: formats, Overwrite: f.overwrite, Meta: columnar.Meta{ToolVersion: Version, Models: m.Models},
	})
	if errors.Is(err, columnar.ErrNotEmpty) {
		return fmt.Errorf("%w (--overwrite)", err)
	}
	if err != nil {
		return err
	}
	defer w.Abort()
	r, err := join(cmd.Context(), b, run, f.workers, w)
	if err != nil {
		return err
	}
	var top []people.Person
	for p := range r.People() {
		if len(top) < f.top {
			top = append(top, p)
		}
		if err := w.Person(&p); err != nil {
			return err
		}
	}
	made.Finished = time.Now()
	done, err := w.Close(made)
	if err != nil {
		return err
	}
	_, err = io.WriteString(cmd.OutOrStdout(), peopleSummary(done, top, f.out))
	return err
}

// formats are those named, else the run's that people have too.
func (f *peopleFlags) formats(m *columnar.Manifest) (formats []columnar.Format, err error) {
	for _, name := range f.format {
		format, err := columnar.ParseFormat(name)
		if err != nil || format == columnar.JSONL {
			return nil, usagef("--format %s: choose arrow, parquet, or both", name)
		}
		formats = append(formats, format)
	}
	for _, format := range m.Formats {
		if len(f.format) == 0 && format != columnar.JSONL {
			formats = append(formats, format)
		}
	}
	return formats, nil
}

func readKnown(path string) ([]people.Known, string, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, "", fmt.Errorf("the list of people cannot be read: %w", err)
	}
	defer file.Close()
	sum := sha256.New()
	known, err := people.ReadKnown(io.TeeReader(file, sum), path)
	if err == nil {
		_, err = io.Copy(sum, file)
	}
	return known, hex.EncodeToString(sum.Sum(nil)), err
}

// join reads the run's speakers twice, and writes a link for each.
func join(ctx context.Context, b *people.Builder, run string, workers int, w *columnar.PeopleWriter) (*people.Register, error) {
	for d, err := range columnar.ReadSpeakers(ctx, run, workers) {
		if err != nil {
			return nil, err
		}
		b.Add(d)
	}
	r := b.Resolve()
	var links []people.Link
	for d, err := range columnar.ReadSpeakers(ctx, run, workers) {
		if err != nil {
			return nil, err
		}
		links = r.Link(d, links[:0])
		for i := range links {
			if err := w.Link(d.ID, &d.Speakers[i], &links[i]); err != nil {
				return nil, err
			}
		}
	}
	return r, nil
}

// peopleSummary tells what was found, and of those most quoted.
func peopleSummary(m *columnar.PeopleManifest, top []people.Person, out string) string {
	var b strings.Builder
	if len(top) > 0 {
		fmt.Fprintf(&b, "%7s %7s %9s  %s\n", "quotes", "claims", "articles", "most quoted")
	}
	for i := range top {
		p := &top[i]
		about := p.Name
		for _, d := range p.Descriptions {
			about += ", " + d.Text
			break
		}
		if p.Identifier != "" {
			about += " [" + p.Identifier + "]"
		}
		if n := len(p.Variants); n > 1 {
			about += fmt.Sprintf(" (%d spellings)", n)
		}
		fmt.Fprintf(&b, "%7s %7s %9s  %s\n", thousands(int64(p.Quotes)), thousands(int64(p.Claims)), thousands(int64(p.Documents)), strings.Join(strings.Fields(about), " "))
	}
	if len(top) > 0 {
		b.WriteByte('\n')
	}
	t := m.Totals
	fmt.Fprintf(&b, "%-14s %10s   and %s\n", "people", thousands(t.People), plural(t.Organizations, "organization"))
	fmt.Fprintf(&b, "%-14s %10s   %s with a name, %s without\n", "speakers", thousands(t.Speakers), thousands(t.Speakers-t.Nobody), thousands(t.Nobody))
	var rules []string
	for r := people.RuleName; r < people.RuleSingle; r++ {
		if n := t.Rules[r.String()]; n > 0 {
			rules = append(rules, thousands(n)+" "+r.String())
		}
	}
	if len(rules) > 0 {
		fmt.Fprintf(&b, "%-14s %s\n", "joined by", strings.Join(rules, ", "))
	}
	var formats []string
	for _, f := range m.Formats {
		formats = append(formats, string(f))
	}
	fmt.Fprintf(&b, "%-14s %s (%s)\n", "output", out, strings.Join(formats, ", "))
	return b.String()
}

// verifyPeople holds a folder of people to its manifest, and to the run that it
// was made of, where that is still there.
func verifyPeople(cmd *cobra.Command, dir string, most int) error {
	started := time.Now()
	run := ""
	if m, err := columnar.ReadPeopleManifest(dir); err == nil {
		if _, err := os.Stat(m.Run); err == nil {
			run = m.Run
		}
	}
	r, err := columnar.VerifyPeople(cmd.Context(), dir, run, columnar.VerifyOptions{MaxFaults: most})
	if err != nil {
		return err
	}
	var b strings.Builder
	writeFaults(&b, r.Faults, r.Found)
	if r.Found == 0 {
		t := r.Manifest.Totals
		fmt.Fprintf(&b, "%s is whole: %s people, %s, %s links\n", dir, thousands(t.People), plural(t.Organizations, "organization"), thousands(t.Speakers))
		fmt.Fprintf(&b, "%s, %.1f MB in %.1f s\n", plural(int64(r.Files), "file"), float64(r.Bytes)/1e6, time.Since(started).Seconds())
		if r.Run {
			fmt.Fprintf(&b, "every speaker of %s has its link\n", run)
		} else {
			fmt.Fprintf(&b, "not held to its run, %s: it is not there\n", r.Manifest.Run)
		}
	}
	if _, err := io.WriteString(cmd.OutOrStdout(), b.String()); err != nil {
		return err
	}
	if r.Found > 0 {
		return fmt.Errorf("%s is not as it should be: %s", dir, plural(r.Found, "fault"))
	}
	return nil
}
