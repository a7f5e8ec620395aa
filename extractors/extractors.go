// Package extractors lists the standard stages in the order in which they run.
// Each has a package of its own below this one.
//
// A program that wants them all calls [Standard]; one that leaves some out or
// adds its own takes them from [Load] and composes them with [pipeline.New].
package extractors

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/onrecord-nlp/onrecord/extractors/attribute"
	"github.com/onrecord-nlp/onrecord/extractors/clean"
	"github.com/onrecord-nlp/onrecord/extractors/quote"
	"github.com/onrecord-nlp/onrecord/extractors/resolve"
	"github.com/onrecord-nlp/onrecord/extractors/stance"
	"github.com/onrecord-nlp/onrecord/extractors/tokenize"
	"github.com/onrecord-nlp/onrecord/models/accurate"
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
	engine Engine
	kernel string
	asked  []stance.Target
	heads  *accurate.Heads // of the accurate engine's model, once it is loaded
}

// Engine names how the stage attribute works.
type Engine string

// The engines. Both find the same relations in the same way; Accurate has an
// encoder read the text beside, which takes some twenty times as long on a
// processor with AVX-512, fifty with AVX2, and far longer without such
// instructions.
const (
	Fast     Engine = "fast"
	Accurate Engine = "accurate"
)

// Engines lists the engines.
func Engines() []Engine { return []Engine{Fast, Accurate} }

// WithEngine chooses the engine; without it, it is Fast.
func WithEngine(e Engine) Option {
	return func(o *options) { o.engine = e }
}

// WithKernel has the accurate engine calculate in that way, one of those that
// [encoder.Paths] lists, instead of the fastest. All give the same results.
func WithKernel(path string) Option {
	return func(o *options) { o.kernel = path }
}

// WithTargets asks for the stance of each statement toward the targets that it is
// on, beside its stance toward what it is about. [Load] fails where
// [stance.Check] does.
func WithTargets(targets ...stance.Target) Option {
	return func(o *options) { o.asked = targets }
}

// WithModel has a stage use the model in file, as its package's Train or, for the
// accurate engine, models/train made it, instead of the embedded one. Stages that
// take one are listed by [Trainable].
func WithModel(stage string, file []byte) Option {
	return func(o *options) { o.files[stage] = file }
}

// Before leaves out a stage and all after it, as training it needs.
func Before(stage string) Option {
	return func(o *options) { o.before = stage }
}

// loader makes a stage with the model in file, or with the embedded ones where
// file is nil, and names the models that the stage uses.
type loader func(o *options, file []byte) (pipeline.Stage, []Model, error)

// entry is one standard stage.
type entry struct {
	name      string
	load      loader
	trainable bool // whether it takes a model of a file
}

// standard lists the stages in the order in which they run.
func standard() []entry {
	return []entry{
		{"clean", loadClean, true},
		{"tokenize", loadTokenize, false},
		{"quote", plain("uttered", uttered.SHA256, quote.New,
			func(file []byte) (*quote.Stage, error) {
				m, err := uttered.Decode(file)
				if err != nil {
					return nil, err
				}
				return quote.With(m), nil
			}), true},
		{"attribute", loadAttribute, true},
		{"resolve", loadResolve, true},
		{"stance", loadStance, true},
	}
}

// plain is the loader of a stage of one model: embedded makes it with the
// embedded one, whose sum is known, and with with that of a file.
func plain[S pipeline.Stage](model string, known func() string, embedded func() (S, error), with func(file []byte) (S, error)) loader {
	return func(_ *options, file []byte) (pipeline.Stage, []Model, error) {
		if file == nil {
			s, err := embedded()
			return s, []Model{{model, known()}}, err
		}
		s, err := with(file)
		return s, []Model{{model, sum(file)}}, err
	}
}

// Trainable lists the stages that take a model from [WithModel].
func Trainable() []string {
	var names []string
	for _, e := range standard() {
		if e.trainable {
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
		file, ok := o.files[e.name]
		if ok && file == nil {
			file = []byte{} // an empty file is no model, and not none
		}
		s, models, err := e.load(&o, file)
		if err != nil {
			return nil, fmt.Errorf("extractors: stage %q: %w", e.name, err)
		}
		set.stages = append(set.stages, s)
		set.models = append(set.models, models...)
	}
	return set, nil
}

func sum(file []byte) string {
	sum := sha256.Sum256(file)
	return hex.EncodeToString(sum[:])
}

func loadClean(_ *options, file []byte) (pipeline.Stage, []Model, error) {
	m, err := blocks.Embedded()
	if file != nil {
		m, err = blocks.Parse(file)
	}
	if err != nil {
		return nil, nil, err
	}
	s, err := clean.New(m)
	return s, []Model{{"blocks", m.SHA256()}}, err
}

func loadTokenize(*options, []byte) (pipeline.Stage, []Model, error) {
	s, err := tokenize.New()
	return s, []Model{{"postag", postag.SHA256()}, {"entity", entity.SHA256()}}, err
}

// loadAttribute makes the stage attribute with its engine. A file is a model of
// either engine; the other one's, where both are needed, is the embedded one.
func loadAttribute(o *options, file []byte) (pipeline.Stage, []Model, error) {
	deep := file != nil && accurate.Is(file)
	switch o.engine {
	case "", Fast, Accurate:
	default:
		return nil, nil, fmt.Errorf("there is no engine %q: choose one of %q", o.engine, Engines())
	}
	if o.engine != Accurate && deep {
		return nil, nil, errors.New("the file is a model of the accurate engine: choose the accurate engine, or leave the file out")
	}
	fast, fastSum := attribution.Embedded, attribution.SHA256
	if file != nil && !deep {
		fast = func() (*attribution.Model, error) { return attribution.Decode(file) }
		fastSum = func() string { return sum(file) }
	}
	f, err := fast()
	if err != nil {
		return nil, nil, err
	}
	models := []Model{{"attribution", fastSum()}}
	if o.engine != Accurate {
		return attribute.With(f), models, nil
	}
	m := accurate.Embedded
	if deep {
		m = func() (*accurate.Model, error) { return accurate.Decode(file) }
	}
	d, err := m()
	if err != nil {
		return nil, nil, err
	}
	if o.kernel != "" {
		if d, err = d.With(o.kernel); err != nil {
			return nil, nil, err
		}
	}
	o.heads = &d.Heads
	s, err := attribute.WithAccurate(d, f)
	return s, append(models, Model{"accurate", d.SHA256()}), err
}

// loadResolve makes the stage resolve, which reads what the encoder says where
// there is one.
func loadResolve(o *options, file []byte) (pipeline.Stage, []Model, error) {
	m, err := coref.Embedded(resolve.Classes(), resolve.Features())
	known := coref.SHA256()
	if file != nil {
		m, err = coref.Parse(string(file), resolve.Classes(), resolve.Features())
		known = sum(file)
	}
	if err != nil {
		return nil, nil, err
	}
	s, err := resolve.WithReadings(m, o.heads)
	return s, []Model{{"coref", known}}, err
}

// loadStance makes the stage stance, which reads what the encoder says where
// there is one, with the targets that are asked for.
func loadStance(o *options, file []byte) (pipeline.Stage, []Model, error) {
	m, err := stancemodel.Embedded()
	known := stancemodel.SHA256()
	if file != nil {
		m, err = stancemodel.Decode(file)
		known = sum(file)
	}
	if err != nil {
		return nil, nil, err
	}
	s, err := stance.WithReadings(m, o.heads).Toward(o.asked)
	return s, []Model{{"stance", known}}, err
}

// Standard returns the pipeline of the standard stages.
func Standard(opts ...Option) (*pipeline.Pipeline, error) {
	set, err := Load(opts...)
	if err != nil {
		return nil, err
	}
	return pipeline.New(set.stages)
}
