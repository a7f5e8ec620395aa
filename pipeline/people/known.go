package people

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/onrecord-nlp/onrecord/pipeline"
)

// Known is a person or organization of the user's list.
type Known struct {
	Name        string   `json:"name"`
	Aliases     []string `json:"aliases,omitempty"`
	Identifier  string   `json:"identifier,omitempty"` // the user's own, a Wikidata id for one
	Kind        string   `json:"kind,omitempty"`       // "person", "organization"; "" for either
	Description string   `json:"description,omitempty"`
}

// ReadKnown reads a user's list of people. By the ending of path, which names
// the list in errors, it is JSON Lines (.jsonl, .ndjson, .json), an object a
// line with the keys of [Known]; tab-separated (.tsv); or else CSV, with a header
// of the same names, aliases parted by "|" or ";". Only name must be there.
func ReadKnown(r io.Reader, path string) ([]Known, error) {
	var list []Known
	var err error
	switch strings.ToLower(filepath.Ext(path)) {
	case ".jsonl", ".ndjson", ".json":
		list, err = readKnownLines(r)
	case ".tsv":
		list, err = readKnownTable(r, '\t')
	default:
		list, err = readKnownTable(r, ',')
	}
	if err != nil {
		return nil, fmt.Errorf("people: %s: %w", path, err)
	}
	return list, nil
}

func readKnownLines(r io.Reader) ([]Known, error) {
	var list []Known
	s := bufio.NewScanner(r)
	s.Buffer(nil, 1<<20)
	line := 0
	for s.Scan() {
		line++
		text := strings.TrimPrefix(s.Text(), "\uFEFF")
		if strings.TrimSpace(text) == "" {
			continue
		}
		d := json.NewDecoder(strings.NewReader(text))
		d.DisallowUnknownFields()
		var k Known
		if err := d.Decode(&k); err != nil {
			return nil, fmt.Errorf("line %d: %w: an object a line, with name and, where they are known, aliases, identifier, kind, description", line, err)
		}
		if err := k.check(); err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
		list = append(list, k)
	}
	if err := s.Err(); err != nil {
		return nil, fmt.Errorf("line %d: %w", line+1, err)
	}
	return list, nil
}

func readKnownTable(r io.Reader, comma rune) ([]Known, error) {
	c := csv.NewReader(r)
	c.Comma = comma
	c.TrimLeadingSpace = comma == ','
	header, err := c.Read()
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	at := make(map[string]int)
	for i, h := range header {
		h = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(h, "\uFEFF")))
		switch h {
		case "name", "aliases", "identifier", "kind", "description":
		default:
			return nil, fmt.Errorf("line 1: there is no column %q: the columns are name, aliases, identifier, kind, description", h)
		}
		if _, ok := at[h]; ok {
			return nil, fmt.Errorf("line 1: two columns %q", h)
		}
		at[h] = i
	}
	if _, ok := at["name"]; !ok {
		return nil, errors.New("line 1: there is no column name: the first line names the columns")
	}
	var list []Known
	for {
		row, err := c.Read()
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return nil, err // names the line
		}
		field := func(name string) string {
			if i, ok := at[name]; ok {
				return strings.TrimSpace(row[i])
			}
			return ""
		}
		k := Known{Name: field("name"), Identifier: field("identifier"), Kind: field("kind"), Description: field("description")}
		for a := range strings.FieldsFuncSeq(field("aliases"), func(r rune) bool { return r == '|' || r == ';' }) {
			if a = strings.TrimSpace(a); a != "" {
				k.Aliases = append(k.Aliases, a)
			}
		}
		if err := k.check(); err != nil {
			line, _ := c.FieldPos(0)
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
		list = append(list, k)
	}
}

func (k *Known) check() error {
	for _, n := range append([]string{k.Name}, k.Aliases...) {
		if p := parseName(n); len(p.words) == 0 {
			return fmt.Errorf("the name %q has no letters", n)
		}
	}
	switch k.Kind {
	case "", pipeline.SpeakerPerson.String(), pipeline.SpeakerOrganization.String():
		return nil
	}
	return fmt.Errorf("the kind %q is none: person or organization, or leave it empty", k.Kind)
}

// index sorts the user's people by the keys of their names. Who stands twice in
// the list, with the same name and identifier, is one.
func (b *Builder) index() error {
	first := make(map[[2]string]int)
	for i := range b.known {
		k := &b.known[i]
		if err := k.check(); err != nil {
			return fmt.Errorf("people: %w", err)
		}
		id := [2]string{k.Name, k.Identifier}
		if k.Identifier != "" {
			id[0] = ""
		}
		at, ok := first[id]
		if !ok {
			at, first[id] = i, i
		}
		for _, n := range append([]string{k.Name}, k.Aliases...) {
			p := parseName(n)
			key := p.key()
			list := b.knownBy[key]
			if len(list) == 0 || list[len(list)-1] != at {
				b.knownBy[key] = append(list, at)
			}
		}
	}
	return nil
}

// knownOf returns the one of the user's people whose name this is, or -1 where
// there is none, or the description does not tell which of several.
func (b *Builder) knownOf(key, description string, kind pipeline.SpeakerKind) (at int, several bool) {
	list := b.knownBy[key]
	best, bestOdds, tie := -1, 0.0, false
	fit := 0
	for _, i := range list {
		k := &b.known[i]
		if k.Kind != "" && k.Kind != kind.String() {
			continue
		}
		fit++
		odds := 0.0
		if len(list) > 1 {
			var x, y traits
			b.wordsOf(&x, description, 1)
			b.wordsOf(&y, k.Description, 1)
			odds, _ = b.weigh(&x, &y)
		}
		switch {
		case best < 0 || odds > bestOdds:
			best, bestOdds, tie = i, odds, false
		case odds == bestOdds:
			tie = true
		}
	}
	if tie || fit > 1 && bestOdds <= 0 {
		return -1, true
	}
	return best, false
}
