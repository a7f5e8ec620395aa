// Package extractors lists the standard stages in the order in which they run.
// Each has a package of its own below this one.
//
// A program that wants them all calls [Standard]; one that leaves some out or
// adds its own takes them from [Load] and composes them with [pipeline.New].
package extractors

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/onrecord-nlp/onrecord/extractors/attribute"
	"github.com/onrecord-nlp/onrecord/extractors/clean"
	"github.com/onrecord-nlp/onrecord/extractors/quote"
	"github.com/onrecord-nlp/onrecord/extractors/resolve"
	"github.com/onrecord-nlp/onrecord/extractors/stance"
	"github.com/onrecord-nlp/onrecord/extractors/tokenize"
	"github.com/onrecord-nlp/onrecord/models/attribution"
	"github.com/onrecord-nlp/onrecord/models/blocks"
	"github.com/onrecord-nlp/onrecord/models/coref"
	"github.com/onrecord-nlp/onrecord/models/entity"
	"github.com/onrecord-nlp/onrecord/models/postag"
	stancemodel "github.com/onrecord-nlp/onrecord/models/stance"
	"github.com/onrecord-nlp/onrecord/models/uttered"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// Model names trained weights that a stage uses.
type Model struct {
	Name   string
	SHA256 string // of the weights, in hexadecimal
}

// Set is the standard stages with their models loaded. It is immutable and
// safe for use by many goroutines.
type Set struct {
	stages []pipeline.Stage
	models []Model
}

// Stages returns the stages in their order.
func (s *Set) Stages() []pipeline.Stage { return slices.Clone(s.stages) }

// Models returns the models that the stages use, in the order of the stages.
func (s *Set) Models() []Model { return slices.Clone(s.models) }

// Option changes what [Load] and [Standard] make.
type Option func(*options)

type options struct {
	files  map[string][]byte
	before string
}

// WithModel has a stage use the model in file, as its package's Train made it,
// instead of the embedded one. Stages that take one are listed by [Trainable].
func WithModel(stage string, file []byte) Option {
	return func(o *options) { o.files[stage] = file }
}

// Before leaves out a stage and all after it, as training it needs.
func Before(stage string) Option {
	return func(o *options) { o.before = stage }
}

// entry is one standard stage.
type entry struct {
	name string
	// make makes the stage with its embedded models.
	make   func() (pipeline.Stage, error)
	models func() ([]Model, error) // those embedded
	// with makes the stage with the model of a file, of that name; nil where it
	// takes none.
	with  func(file []byte) (pipeline.Stage, error)
	model string
}

// standard lists the stages in the order in which they run.
func standard() []entry {
	return []entry{
		{
			name: "clean",
			make: func() (pipeline.Stage, error) { return clean.New(nil) },
			models: func() ([]Model, error) {
				m, err := blocks.Embedded()
				if err != nil {
					return nil, err
				}
				return []Model{{"blocks", m.SHA256()}}, nil
			},
			model: "blocks",
			with: func(file []byte) (pipeline.Stage, error) {
				m, err := blocks.Parse(file)
				if err != nil {
					return nil, err
				}
				return clean.New(m)
			},
		},
		{
			name: "tokenize",
			make: func() (pipeline.Stage, error) { return tokenize.New() },
			models: func() ([]Model, error) {
				return []Model{{"postag", postag.SHA256()}, {"entity", entity.SHA256()}}, nil
			},
		},
		{
			name:   "quote",
			make:   func() (pipeline.Stage, error) { return quote.New() },
			models: func() ([]Model, error) { return []Model{{"uttered", uttered.SHA256()}}, nil },
			model:  "uttered",
			with: func(file []byte) (pipeline.Stage, error) {
				m, err := uttered.Decode(file)
				if err != nil {
					return nil, err
				}
				return quote.With(m), nil
			},
		},
		{
			name:   "attribute",
			make:   func() (pipeline.Stage, error) { return attribute.New() },
			models: func() ([]Model, error) { return []Model{{"attribution", attribution.SHA256()}}, nil },
			model:  "attribution",
			with: func(file []byte) (pipeline.Stage, error) {
				m, err := attribution.Decode(file)
				if err != nil {
					return nil, err
				}
				return attribute.With(m), nil
			},
		},
		{
			name:   "resolve",
			make:   func() (pipeline.Stage, error) { return resolve.New() },
			models: func() ([]Model, error) { return []Model{{"coref", coref.SHA256()}}, nil },
			model:  "coref",
			with: func(file []byte) (pipeline.Stage, error) {
				m, err := coref.Parse(string(file), resolve.Classes(), resolve.Features())
				if err != nil {
					return nil, err
				}
				return resolve.With(m)
			},
		},
		{
			name:   "stance",
			make:   func() (pipeline.Stage, error) { return stance.New() },
			models: func() ([]Model, error) { return []Model{{"stance", stancemodel.SHA256()}}, nil },
			model:  "stance",
			with: func(file []byte) (pipeline.Stage, error) {
				m, err := stancemodel.Decode(file)
				if err != nil {
					return nil, err
				}
				return stance.With(m), nil
			},
		},
	}
}

// Trainable lists the stages that take a model from [WithModel].
func Trainable() []string {
	var names []string
	for _, e := range standard() {
		if e.with != nil {
			names = append(names, e.name)
		}
	}
	return names
}

// Load makes the standard stages and loads their models, in some tens of
// milliseconds. It fails where an option names a stage that takes no model,
// or holds a model that the stage cannot read.
func Load(opts ...Option) (*Set, error) {
	o := options{files: make(map[string][]byte)}
	for _, opt := range opts {
		opt(&o)
	}
	for stage := range o.files {
		if known := Trainable(); !slices.Contains(known, stage) {
			return nil, fmt.Errorf("extractors: no stage %q that takes a model: those that do are %s", stage, strings.Join(known, ", "))
		}
	}
	set := new(Set)
	for _, e := range standard() {
		if e.name == o.before {
			break
		}
		s, models, err := e.load(o.files)
		if err != nil {
			return nil, fmt.Errorf("extractors: stage %q: %w", e.name, err)
		}
		set.stages = append(set.stages, s)
		set.models = append(set.models, models...)
	}
	return set, nil
}

func (e *entry) load(files map[string][]byte) (pipeline.Stage, []Model, error) {
	if file, ok := files[e.name]; ok {
		s, err := e.with(file)
		sum := sha256.Sum256(file)
		return s, []Model{{e.model, hex.EncodeToString(sum[:])}}, err
	}
	models, err := e.models()
	if err != nil {
		return nil, nil, err
	}
	s, err := e.make()
	return s, models, err
}

// Standard returns the pipeline of the standard stages.
func Standard(opts ...Option) (*pipeline.Pipeline, error) {
	set, err := Load(opts...)
	if err != nil {
		return nil, err
	}
	return pipeline.New(set.stages)
}
