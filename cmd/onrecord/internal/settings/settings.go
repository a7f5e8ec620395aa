// Package settings knows every setting of the command line and where its value
// comes from: a flag, else the environment, else the file onrecord.yaml, else
// the default.
//
// A setting has one name everywhere: the flag --shard-documents is
// ONRECORD_SHARD_DOCUMENTS in the environment and shard-documents in the file.
// An unknown name in the file is an error that tells the nearest known one.
// It is the only package that imports viper.
package settings

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"
	"golang.org/x/text/language"

	"github.com/onrecord-nlp/onrecord/eval"
	"github.com/onrecord-nlp/onrecord/extractors"
	"github.com/onrecord-nlp/onrecord/extractors/stance"
	"github.com/onrecord-nlp/onrecord/models/encoder"
	"github.com/onrecord-nlp/onrecord/pipeline/columnar"
	"github.com/onrecord-nlp/onrecord/pipeline/ingest"
)

// Settings are the values in force.
type Settings struct {
	Workers int               `mapstructure:"workers" json:"workers"`
	Engine  string            `mapstructure:"engine" json:"engine"`
	Kernel  string            `mapstructure:"kernel" json:"-"`    // changes no output
	Model   map[string]string `mapstructure:"model" json:"model"` // stage to file
	Target  lines             `mapstructure:"target" json:"target"`

	Language []string `mapstructure:"language" json:"language"`
	Dedupe   bool     `mapstructure:"dedupe" json:"dedupe"`

	FilesFrom      string `mapstructure:"files-from" json:"files-from"`
	InputFormat    string `mapstructure:"input-format" json:"input-format"`
	Encoding       string `mapstructure:"encoding" json:"encoding"`
	Markup         string `mapstructure:"markup" json:"markup"`
	MaxRecord      string `mapstructure:"max-record" json:"max-record"`
	IDField        string `mapstructure:"id-field" json:"id-field"`
	URLField       string `mapstructure:"url-field" json:"url-field"`
	TitleField     string `mapstructure:"title-field" json:"title-field"`
	BylineField    string `mapstructure:"byline-field" json:"byline-field"`
	PublishedField string `mapstructure:"published-field" json:"published-field"`
	LanguageField  string `mapstructure:"language-field" json:"language-field"`
	TextField      string `mapstructure:"text-field" json:"text-field"`

	Out            string   `mapstructure:"out" json:"out"`
	Format         []string `mapstructure:"format" json:"format"`
	Overwrite      bool     `mapstructure:"overwrite" json:"overwrite"`
	ShardDocuments int      `mapstructure:"shard-documents" json:"shard-documents"`
	ShardBytes     string   `mapstructure:"shard-bytes" json:"shard-bytes"`
	Resume         bool     `mapstructure:"resume" json:"-"`

	LogFormat string `mapstructure:"log-format" json:"-"`
	Profile   string `mapstructure:"profile" json:"-"`

	Addr        string   `mapstructure:"addr" json:"-"`
	AllowHost   []string `mapstructure:"allow-host" json:"-"`
	AllowOrigin []string `mapstructure:"allow-origin" json:"-"`
	MaxBody     string   `mapstructure:"max-body" json:"-"`
	MaxRequests int      `mapstructure:"max-requests" json:"-"`
	Timeout     string   `mapstructure:"timeout" json:"-"`
	Drain       string   `mapstructure:"drain" json:"-"`

	Gold      []string `mapstructure:"gold" json:"-"`
	Bootstrap int      `mapstructure:"bootstrap" json:"-"`
	FailUnder []string `mapstructure:"fail-under" json:"-"`
}

// Group says which commands have a setting as a flag.
type Group uint8

// Groups of settings.
const (
	Processing Group = iota // how documents are processed
	Naming                  // which inputs are read, beside those named as arguments
	Reading                 // how inputs are read
	Writing                 // what is written
	Telling                 // how a run tells of itself
	Scoring                 // how predictions are scored
	Serving                 // to whom articles are served, and how many at once
)

// lines is a list whose items may hold commas: an item is a flag, or a line or
// what stands between semicolons in the environment.
type lines []string

// setting describes one setting. Its default also gives its type: int, bool,
// string, []string, lines or map[string]string.
type setting struct {
	key   string
	group Group
	def   any
	usage string
	check func(*Settings) error // nil where every value of the type will do
}

func table() []setting {
	field := func(key, what string) setting {
		return setting{key, Reading, "", "`field` of JSON or column of a table that holds the " + what + "; a dot leads into an object (default: found by its usual names)", nil}
	}
	return []setting{
		{"workers", Processing, 0, "`number` of documents processed at once; 0 is one a core", func(s *Settings) error {
			return atLeast(0, s.Workers)
		}},
		{"engine", Processing, string(extractors.Fast), "`engine` that finds attributions: fast, or accurate, which is better and takes some twenty times as long with AVX-512, fifty with AVX2, far longer without such instructions", func(s *Settings) error {
			var names []string
			for _, e := range extractors.Engines() {
				names = append(names, string(e))
			}
			return oneOf(s.Engine, names)
		}},
		{"kernel", Processing, AutoKernel, "`instructions` of the processor that the accurate engine uses: " + strings.Join(kernels(), ", ") + "; all give the same results", func(s *Settings) error {
			return oneOf(s.Kernel, kernels())
		}},
		{"model", Processing, map[string]string{}, "use the model in a file, made by onrecord train or models/train, as `stage=FILE`; may be repeated", func(s *Settings) error {
			for _, stage := range sortedKeys(s.Model) {
				if err := oneOf(stage, extractors.Trainable()); err != nil {
					return err
				}
			}
			return nil
		}},
		{"target", Processing, lines{}, "judge each statement on a target toward it, too: a name and what articles call it, as `NAME=PHRASE,PHRASE`; may be repeated", func(s *Settings) error {
			targets, err := s.targets()
			if err != nil {
				return err
			}
			return stance.Check(targets)
		}},
		{"language", Processing, []string{"en"}, "`languages` whose articles are looked through, or any; an article in another is a row of documents and one of failures", func(s *Settings) error {
			if len(s.Language) == 0 {
				return fmt.Errorf("name a language, such as en, or any")
			}
			for _, l := range s.Language {
				if _, err := baseLanguage(l); err != nil {
					return err
				}
			}
			return nil
		}},
		{"dedupe", Processing, false, "leave out copies of earlier articles (each is a row of failures); else they are only marked", nil},

		{"files-from", Naming, "", "`list` of further inputs: a file of names, one a line or each ended by NUL; - is standard input", nil},
		{"input-format", Reading, "auto", "`format` of the inputs: auto, text, html, jsonl, csv, parquet, arrow, warc, feed or mail", func(s *Settings) error {
			_, ok := ingest.ParseFormat(s.InputFormat)
			return unless(ok, s.InputFormat, "auto", "text", "html", "jsonl", "csv", "parquet", "arrow", "warc", "feed", "mail")
		}},
		{"encoding", Reading, "", "`encoding` of the inputs, such as windows-1251 (default: detected)", func(s *Settings) error {
			_, err := ingest.Open([]string{"-"}, ingest.Options{Encoding: s.Encoding})
			return err
		}},
		{"markup", Reading, "auto", "what the text of records is taken for: auto, html or plain", func(s *Settings) error {
			_, ok := markups[s.Markup]
			return unless(ok, s.Markup, "auto", "html", "plain")
		}},
		{"max-record", Reading, "8MiB", "`size` of the longest record read: a line of JSON Lines, a cell of a table, a file of text or HTML; a hundred times as much memory is needed for one", func(s *Settings) error {
			_, err := parseSize(s.MaxRecord)
			return err
		}},
		field("id-field", "document's id"),
		field("url-field", "address"),
		field("title-field", "headline"),
		field("byline-field", "authors"),
		field("published-field", "date of publication"),
		field("language-field", "language"),
		field("text-field", "text"),

		{"out", Writing, "", "`folder` that the tables are written into", nil},
		{"format", Writing, []string{"arrow"}, "`formats` of the tables: arrow, parquet, jsonl, or several", func(s *Settings) error {
			if len(s.Format) == 0 {
				return fmt.Errorf("name at least one of arrow, parquet and jsonl")
			}
			for _, f := range s.Format {
				_, err := columnar.ParseFormat(f)
				if err := unless(err == nil, f, "arrow", "parquet", "jsonl"); err != nil {
					return err
				}
			}
			return nil
		}},
		{"overwrite", Writing, false, "remove an earlier run's tables from the output folder", nil},
		{"resume", Writing, false, "go on with the run that broke off in the output folder", nil},
		{"shard-documents", Writing, 10_000, "`number` of documents, or of failures, after which the next file of each table begins", func(s *Settings) error {
			return atLeast(1, s.ShardDocuments)
		}},
		{"shard-bytes", Writing, "64MiB", "`size` of text after which the next file of each table begins", func(s *Settings) error {
			_, err := parseSize(s.ShardBytes)
			return err
		}},

		{"log-format", Telling, "text", "`format` of what the run says of itself on standard error: text or json, an object a line", func(s *Settings) error {
			return oneOf(s.LogFormat, []string{"text", "json"})
		}},
		{"profile", Telling, "", "`file` for where the time went, by stage, at the end: JSON, or the text of Prometheus if its name ends in .prom", nil},

		{"addr", Serving, "127.0.0.1:8080", "`address` to listen on: a host and a port; port 0 is a free one", nil},
		{"allow-host", Serving, []string{}, "`names` by which the server may be called beside its address, as news.example.org; * is any", nil},
		{"allow-origin", Serving, []string{}, "`origins` whose pages may send requests, as https://example.org", nil},
		{"max-body", Serving, "64MiB", "`size` of the longest batch, decompressed", func(s *Settings) error {
			_, err := parseSize(s.MaxBody)
			return err
		}},
		{"max-requests", Serving, 64, "`number` of requests held at once; those that find no free core wait, and further ones are refused", func(s *Settings) error {
			return atLeast(1, s.MaxRequests)
		}},
		{"timeout", Serving, "30s", "`time` that an article may take, or wait for a free core, and that a client may keep the server waiting", func(s *Settings) error {
			d, err := parseDuration(s.Timeout)
			if err == nil && d <= 0 {
				return fmt.Errorf("%q is too short", s.Timeout)
			}
			return err
		}},
		{"drain", Serving, "0s", "`time` from SIGTERM, when /readyz begins to say no, until no more requests are taken", func(s *Settings) error {
			_, err := parseDuration(s.Drain)
			return err
		}},

		{"gold", Scoring, []string{}, "`path` of gold labels: a file or a folder; may be repeated", nil},
		{"bootstrap", Scoring, 1000, "`number` of bootstrap samples behind the intervals; 0 leaves them out", func(s *Settings) error {
			return atLeast(0, s.Bootstrap)
		}},
		{"fail-under", Scoring, []string{}, "fail where a figure is lower than `METRIC=VALUE`, as quotes.f1=90; may be repeated", func(s *Settings) error {
			for _, f := range s.FailUnder {
				if _, err := eval.ParseFloor(f); err != nil {
					return err
				}
			}
			return nil
		}},
	}
}

// AutoKernel is the kernel that stands for the fastest there is.
const AutoKernel = "auto"

// kernels lists what the setting kernel may be. Whether this processor has it is
// found out where it is used.
func kernels() []string { return append([]string{AutoKernel}, encoder.AllPaths()...) }

var markups = map[string]ingest.Markup{"auto": ingest.MarkupAuto, "html": ingest.MarkupHTML, "plain": ingest.MarkupPlain}

// annotation marks the flags that are settings: --out of train is none.
const annotation = "onrecord-setting"

// AddFlags adds the settings of the groups to a command's flags.
func AddFlags(fs *pflag.FlagSet, groups ...Group) {
	addFlags(fs, func(s setting) bool { return slices.Contains(groups, s.group) })
}

// AddNamed adds single settings to a command's flags, for a command to which
// others of their groups say nothing.
func AddNamed(fs *pflag.FlagSet, keys ...string) {
	addFlags(fs, func(s setting) bool { return slices.Contains(keys, s.key) })
}

func addFlags(fs *pflag.FlagSet, wanted func(setting) bool) {
	for _, s := range table() {
		if !wanted(s) {
			continue
		}
		switch def := s.def.(type) {
		case int:
			fs.Int(s.key, def, s.usage)
		case bool:
			fs.Bool(s.key, def, s.usage)
		case string:
			fs.String(s.key, def, s.usage)
		case []string:
			fs.StringSlice(s.key, def, s.usage)
		case lines:
			fs.StringArray(s.key, def, s.usage)
		case map[string]string:
			fs.StringToString(s.key, def, s.usage)
		}
		f := fs.Lookup(s.key)
		f.Annotations = map[string][]string{annotation: nil}
		if _, ok := s.def.(map[string]string); ok && f.DefValue == "[]" {
			f.DefValue = "" // the help says nothing of an empty map; of an empty list pflag says nothing by itself
		}
	}
}

// Ingest returns the settings of reading. They have been checked by Load.
func (s *Settings) Ingest() ingest.Options {
	format, _ := ingest.ParseFormat(s.InputFormat)
	limit, _ := parseSize(s.MaxRecord)
	return ingest.Options{
		Format: format, MaxRecord: int(limit), Encoding: s.Encoding, Markup: markups[s.Markup], Workers: s.Workers,
		Fields: ingest.Fields{
			ID: s.IDField, URL: s.URLField, Title: s.TitleField, Byline: s.BylineField,
			Published: s.PublishedField, Language: s.LanguageField, Text: s.TextField,
		},
	}
}

// Columnar returns the settings of writing. They have been checked by Load.
func (s *Settings) Columnar() columnar.Options {
	o := columnar.Options{Overwrite: s.Overwrite, ShardDocuments: s.ShardDocuments}
	o.ShardBytes, _ = parseSize(s.ShardBytes)
	for _, f := range s.Format {
		o.Formats = append(o.Formats, columnar.Format(f))
	}
	return o
}

// Serving returns the settings of serving that are sizes and times. They have
// been checked by Load.
func (s *Settings) Serving() (maxRecord, maxBody int64, timeout, drain time.Duration) {
	maxRecord, _ = parseSize(s.MaxRecord)
	maxBody, _ = parseSize(s.MaxBody)
	timeout, _ = parseDuration(s.Timeout)
	drain, _ = parseDuration(s.Drain)
	return maxRecord, maxBody, timeout, drain
}

// Indifferent lists the settings that change no byte of the tables, or of which
// something else tells: models are told by their hashes.
func Indifferent() []string { return []string{"workers", "model", "out", "overwrite"} }

// Targets returns the targets that stances are asked for toward. They have been
// checked by Load.
func (s *Settings) Targets() []stance.Target {
	targets, _ := s.targets()
	return targets
}

func (s *Settings) targets() ([]stance.Target, error) {
	var out []stance.Target
	for _, line := range s.Target {
		name, phrases, ok := strings.Cut(line, "=")
		if !ok {
			return nil, fmt.Errorf("%q is not NAME=PHRASE,PHRASE: say what articles call the target, as in %q", line, "encryption=end-to-end encryption,encrypted messages")
		}
		out = append(out, stance.Target{Name: strings.TrimSpace(name), Phrases: list(phrases)})
	}
	return out, nil
}

// anyLanguage stands for all languages.
const anyLanguage = "any"

// Languages returns the base languages to look through, nil for all. They have
// been checked by Load.
func (s *Settings) Languages() []string {
	var out []string
	for _, l := range s.Language {
		base, _ := baseLanguage(l)
		if base == anyLanguage {
			return nil
		}
		out = append(out, base)
	}
	return out
}

// baseLanguage is "en" for "en-GB".
func baseLanguage(s string) (string, error) {
	if s == anyLanguage {
		return s, nil
	}
	t, err := language.Parse(s)
	if err != nil {
		return "", fmt.Errorf("%q is no language: name it by its code, such as en, or say %s", s, anyLanguage)
	}
	base, _ := t.Base()
	return base.String(), nil
}

// Floors returns the floors of eval. They have been checked by Load.
func (s *Settings) Floors() []eval.Floor {
	var out []eval.Floor
	for _, f := range s.FailUnder {
		floor, _ := eval.ParseFloor(f)
		out = append(out, floor)
	}
	return out
}

func atLeast(least, n int) error {
	if n < least {
		return fmt.Errorf("%d is too small: the least is %d", n, least)
	}
	return nil
}

func oneOf(s string, known []string) error { return unless(slices.Contains(known, s), s, known...) }

// unless returns an error that lists what is known, unless ok.
func unless(ok bool, s string, known ...string) error {
	if ok {
		return nil
	}
	return fmt.Errorf("%q is none of %s%s", s, strings.Join(known, ", "), DidYouMean(s, known))
}

// parseDuration reads a time: "30s", "2m".
func parseDuration(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 {
		return 0, fmt.Errorf("%q is no time, such as 30s or 2m", s)
	}
	return d, nil
}

// parseSize reads a size in bytes: "1048576", "64MiB", "2 GB".
func parseSize(s string) (int64, error) {
	number := strings.TrimRight(s, "KMGBkmgbi ")
	scale, ok := map[string]int64{
		"": 1, "b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30,
		"kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30,
	}[strings.ToLower(strings.TrimSpace(s[len(number):]))]
	n, err := strconv.ParseInt(number, 10, 64)
	if !ok || err != nil || n < 1 || n > 1<<40/scale {
		return 0, fmt.Errorf("%q is no size, such as 64MiB", s)
	}
	return n * scale, nil
}
