package settings

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/onrecord-nlp/onrecord/extractors/stance"
	"github.com/onrecord-nlp/onrecord/models/encoder"
)

func TestDidYouMean(t *testing.T) {
	known := []string{"workers", "format", "shard-documents", "shard-bytes", "out"}
	for s, want := range map[string]string{
		"worker":      "workers",
		"Workers":     "workers",
		"formt":       "format",
		"shard":       "shard-bytes", // as far as shard-documents, and before it in the alphabet
		"shard-docs":  "shard-documents",
		"shard_bytes": "shard-bytes",
		"ot":          "out",
		"x":           "",
		"temperature": "",
	} {
		if want != "" {
			want = "; did you mean " + want + "?"
		}
		if got := DidYouMean(s, known); got != want {
			t.Errorf("%s: %q, want %q", s, got, want)
		}
	}
}

func TestParseSize(t *testing.T) {
	for s, want := range map[string]int64{
		"1": 1, "1048576": 1 << 20, "64MiB": 64 << 20, "64 MiB": 64 << 20, "64m": 64 << 20, "2GB": 2e9, "10kb": 10000, "7B": 7,
		"": 0, "0": 0, "-1": 0, "MiB": 0, "1.5GB": 0, "1TB": 0, "99999999999GB": 0, "1 MiB 2": 0,
	} {
		got, err := parseSize(s)
		if got != want || (err == nil) != (want > 0) {
			t.Errorf("%q: %d, %v, want %d", s, got, err, want)
		}
	}
}

// Every setting has a field of Settings, and every field a setting, so that
// none is silently without effect.
func TestEverySettingHasAField(t *testing.T) {
	fields := make(map[string]bool)
	typ := reflect.TypeFor[Settings]()
	for i := range typ.NumField() {
		fields[typ.Field(i).Tag.Get("mapstructure")] = true
	}
	for _, s := range table() {
		if !fields[s.key] {
			t.Errorf("the setting %s has no field", s.key)
		}
		delete(fields, s.key)
	}
	if len(fields) > 0 {
		t.Errorf("fields without a setting: %v", sortedKeys(fields))
	}
}

// A value means the same from a flag, from the environment and from a file;
// each goes before the next.
func TestPrecedence(t *testing.T) {
	t.Chdir(t.TempDir())
	load := func(args ...string) *Loaded {
		t.Helper()
		fs := pflag.NewFlagSet("", pflag.ContinueOnError)
		AddFlags(fs, Processing, Reading, Writing, Telling, Scoring)
		if err := fs.Parse(args); err != nil {
			t.Fatal(err)
		}
		l, err := Load(fs, "", nil)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	if l := load(); l.ShardDocuments != 10_000 || l.Origin("shard-documents") != "default" {
		t.Errorf("default: %d from %s", l.ShardDocuments, l.Origin("shard-documents"))
	}
	write(t, FileName, "shard-documents: 4\ngold: [a, b]\noverwrite: true\n")
	if l := load(); l.ShardDocuments != 4 || !l.Overwrite || strings.Join(l.Gold, "+") != "a+b" || l.Origin("shard-documents") != FileName {
		t.Errorf("file: %+v from %s", l.Settings, l.Origin("shard-documents"))
	}
	t.Setenv("ONRECORD_SHARD_DOCUMENTS", " 5 ")
	t.Setenv("ONRECORD_GOLD", "c, d")
	t.Setenv("ONRECORD_OVERWRITE", "false")
	if l := load(); l.ShardDocuments != 5 || l.Overwrite || strings.Join(l.Gold, "+") != "c+d" || l.Origin("gold") != "environment ONRECORD_GOLD" {
		t.Errorf("environment: %+v", l.Settings)
	}
	if l := load("--shard-documents=6", "--gold=e,f", "--gold=g", "--overwrite"); l.ShardDocuments != 6 || !l.Overwrite || strings.Join(l.Gold, "+") != "e+f+g" || l.Origin("gold") != "flag --gold" {
		t.Errorf("flags: %+v", l.Settings)
	}
}

// Targets keep the commas between their phrases, wherever they come from.
func TestTargets(t *testing.T) {
	want := []stance.Target{{Name: "bread", Phrases: []string{"bread", "rye loaf"}}, {Name: "US", Phrases: []string{"US"}}}
	load := func(file string, args ...string) (*Loaded, error) {
		fs := pflag.NewFlagSet("test", pflag.ContinueOnError)
		AddFlags(fs, Processing)
		if err := fs.Parse(args); err != nil {
			t.Fatal(err)
		}
		return Load(fs, file, nil)
	}
	file := filepath.Join(t.TempDir(), "targets.yaml")
	if err := os.WriteFile(file, []byte("target: [\"bread=bread,rye loaf\", \"US=US\"]\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	check := func(l *Loaded, err error) {
		t.Helper()
		if err != nil || !reflect.DeepEqual(l.Targets(), want) {
			t.Errorf("%+v, %v; want %+v", l, err, want)
		}
	}
	check(load("", "--target", "bread=bread,rye loaf", "--target", " US = US"))
	check(load(file))
	for value, want := range map[string]string{
		"bread":           "is not NAME=PHRASE,PHRASE",
		"=bread":          "has no name",
		"bread=":          "has no phrases",
		"bread=,":         "has no phrases",
		"bread=a;bread=b": "two targets",
	} {
		if _, err := load("", flags("--target", strings.Split(value, ";"))...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", value, err, want)
		}
	}
	t.Setenv("ONRECORD_TARGET", "bread=bread,rye loaf; US=US")
	check(load(""))
}

// flags returns a flag for each value.
func flags(name string, values []string) (out []string) {
	for _, v := range values {
		out = append(out, name, v)
	}
	return out
}

// Languages are told by their base; any takes all, and what is none is refused.
func TestLanguages(t *testing.T) {
	t.Chdir(t.TempDir())
	for arg, want := range map[string][]string{
		"": {"en"}, "--language=de": {"de"}, "--language=en-GB,fr": {"en", "fr"}, "--language=any": nil, "--language=en,any": nil,
	} {
		fs := pflag.NewFlagSet("", pflag.ContinueOnError)
		AddFlags(fs, Processing)
		if arg != "" {
			if err := fs.Parse([]string{arg}); err != nil {
				t.Fatal(err)
			}
		}
		l, err := Load(fs, "", nil)
		if err != nil || !slices.Equal(l.Languages(), want) {
			t.Errorf("%s: %v, %v, want %v", arg, l.Languages(), err, want)
		}
	}
	fs := pflag.NewFlagSet("", pflag.ContinueOnError)
	AddFlags(fs, Processing)
	fs.Parse([]string{"--language=Klingonish"})
	if _, err := Load(fs, "", nil); err == nil || !strings.Contains(err.Error(), `"Klingonish" is no language`) {
		t.Errorf("error %v", err)
	}
}

// Whatever the encoder can run on this processor is a kernel, and so is what it
// can run on others.
func TestKernels(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range append(encoder.Paths(), AutoKernel, "avx512", "avxvnni", "avx2", "neon", "portable") {
		fs := pflag.NewFlagSet("", pflag.ContinueOnError)
		AddNamed(fs, "kernel")
		if err := fs.Parse([]string{"--kernel", name}); err != nil {
			t.Fatal(err)
		}
		if l, err := Load(fs, "", nil); err != nil || l.Kernel != name {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
