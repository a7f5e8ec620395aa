package cues

import (
	"fmt"
	"slices"
	"strings"

	"github.com/onrecord-nlp/onrecord/models/internal/flat"
	"github.com/onrecord-nlp/onrecord/models/internal/inflect"
)

// parse reads the form that lexicon.txt describes. An error names the line.
func parse(source string) (*lexiconTable, error) {
	var (
		l      = new(lexiconTable)
		hashes flat.Hashes
		helped []form // forms of helping verbs, which yield to all others
		heads  flat.Hashes
		class  = -1
	)
	add := func(f form) error {
		id, isNew := hashes.ID(hashWord(f.word))
		if isNew {
			l.forms = append(l.forms, f)
			return nil
		}
		old := &l.forms[id]
		if old.class != f.class && f.class != light {
			return fmt.Errorf("%q is %s and %s", f.word, classNames[old.class], classNames[f.class])
		}
		if f.part == partVerb && old.class == f.class && old.part != partVerb {
			old.part, old.lemma = f.part, f.lemma
		}
		return nil
	}
	type pending struct {
		text  string
		class uint8
	}
	var phrases []pending
	for n, line := range strings.Split(source, "\n") {
		line, _, _ = strings.Cut(line, "#")
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		if name, ok := strings.CutPrefix(line, "["); ok {
			class = slices.Index(classNames[:], strings.TrimSuffix(name, "]"))
			if class <= 0 {
				return nil, fmt.Errorf("cues: line %d: no class %q", n+1, line)
			}
			continue
		}
		sort, rest, _ := strings.Cut(line, " ")
		if class < 0 || rest == "" {
			return nil, fmt.Errorf("cues: line %d: want a class first, and then v, a, n, w or p and entries", n+1)
		}
		if sort == "p" {
			phrases = append(phrases, pending{rest, uint8(class)})
			continue
		}
		for entry := range strings.FieldsSeq(rest) {
			var forms []string
			lemma := entry
			part := uint8(partWord)
			switch sort {
			case "v":
				lemma, forms = inflect.Verb(entry)
				part = partVerb
			case "a":
				lemma, forms = inflect.Verb(entry)
				part = partAspect
			case "n":
				forms = []string{entry, inflect.Plural(entry)}
				part = partNoun
			case "w":
				forms = []string{entry}
			default:
				return nil, fmt.Errorf("cues: line %d: %q is none of v, a, n, w, p", n+1, sort)
			}
			for _, w := range forms {
				f := form{w, lemma, uint8(class), part}
				if class == light {
					helped = append(helped, f)
				} else if err := add(f); err != nil {
					return nil, fmt.Errorf("cues: line %d: %w", n+1, err)
				}
			}
		}
	}
	for _, f := range helped {
		if err := add(f); err != nil {
			return nil, err
		}
	}
	l.table = flat.NewTable(hashes.List)
	for _, p := range phrases {
		first, rest, _ := strings.Cut(p.text, " ")
		id, isNew := heads.ID(hashWord(first))
		if isNew {
			l.chains = append(l.chains, -1)
		}
		ph := phrase{text: p.text, class: p.class, next: l.chains[id]}
		for w := range strings.FieldsSeq(rest) {
			ph.rest = append(ph.rest, hashWord(w))
		}
		l.chains[id] = int32(len(l.phrases))
		l.phrases = append(l.phrases, ph)
	}
	l.heads = flat.NewTable(heads.List)
	return l, nil
}
