package pipeline_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/onrecord-nlp/onrecord"

// mayImport says what the packages of each folder may import, beside the
// standard library and packages of the same folder: folders of this module, and
// modules of others. The longest folder that holds a package rules.
var mayImport = map[string][]string{
	"pipeline":             {},
	"pipeline/fingerprint": {},
	"pipeline/goldform":    {"pipeline"},
	"pipeline/exchange":    {"pipeline", "pipeline/goldform"},
	"pipeline/people":      {"pipeline"},
	"pipeline/ingest":      {"pipeline", "pipeline/columnar/cells", "pipeline/fingerprint", "github.com/andybalholm/brotli", "github.com/bmatcuk/doublestar", "github.com/emersion/go-message", "github.com/itlightning/dateparse", "github.com/klauspost/compress", "github.com/markusmobius/go-trafilatura", "github.com/mikelolasagasti/xz", "github.com/pierrec/lz4", "golang.org/x/net", "golang.org/x/text"},
	"pipeline/columnar":    {"pipeline", "pipeline/goldform", "pipeline/people", "github.com/apache/arrow"},
	"models":               {},
	"eval":                 {"pipeline", "pipeline/goldform"},
	"extractors":           {"extractors/*", "models", "pipeline"},
	"extractors/clean":     {"models", "pipeline"},
	"extractors/tokenize":  {"models", "pipeline"},
	"extractors/quote":     {"models", "pipeline"},
	"extractors/attribute": {"models", "pipeline"},
	"extractors/resolve":   {"models", "pipeline"},
	"extractors/stance":    {"models", "pipeline"},
	// Programs and helpers that make models, which no stage imports.
	"extractors/clean/corpus":     {"extractors/clean", "pipeline", "golang.org/x/net"},
	"extractors/tokenize/convert": {"models", "github.com/jdkato/prose"},
	"extractors/resolve/train":    {"eval", "extractors/*", "models", "pipeline", "pipeline/goldform"},
	"extractors/stance/corpus":    {"extractors/stance", "extractors/tokenize", "models", "pipeline", "pipeline/goldform"},
	"cmd":                         {"*"},
	// For tests alone.
	"internal/shared": {},
}

// onlyIn names the one folder whose packages may import a module of others.
var onlyIn = map[string]string{
	"github.com/apache/arrow":                "pipeline/columnar",
	"github.com/spf13/viper":                 "cmd/onrecord",
	"github.com/spf13/cobra":                 "cmd/onrecord",
	"github.com/jdkato/prose":                "extractors/tokenize",
	"github.com/markusmobius/go-trafilatura": "pipeline/ingest",
}

// standalone lists folders whose packages, with all that they import however
// far down, must need nothing but this module and the standard library, so that
// a program that embeds them stays small.
var standalone = []string{"pipeline/goldform", "pipeline/exchange", "pipeline/people", "extractors", "eval"}

type goPackage struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

// TestImports holds the tree to its import rules. Tests may import more.
func TestImports(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("the go command is not there to list packages")
	}
	packages := list(t)
	if len(packages) < 10 {
		t.Fatalf("only %d packages were listed", len(packages))
	}
	for _, p := range packages {
		path, _ := ours(p.ImportPath)
		folder := ruling(path)
		if folder == "" {
			t.Errorf("%s: no rule says what this package may import: add one", path)
			continue
		}
		for _, imp := range p.Imports {
			name, own := ours(imp)
			if !own && !strings.Contains(strings.Split(imp, "/")[0], ".") {
				continue // the standard library
			}
			if !allowed(folder, name) {
				t.Errorf("%s imports %s, which packages of %s may not", path, name, folder)
			}
			for mod, only := range onlyIn {
				if within(name, mod) && !within(path, only) {
					t.Errorf("%s imports %s, which only packages of %s may", path, name, only)
				}
			}
		}
		for _, folder := range standalone {
			if path != folder {
				continue
			}
			for _, dep := range p.Deps {
				if _, own := ours(dep); !own && strings.Contains(strings.Split(dep, "/")[0], ".") {
					t.Errorf("%s needs %s; it may need only this module and the standard library", path, dep)
				}
			}
		}
	}
}

// list lists the packages of the module.
func list(t *testing.T) []goPackage {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports,Deps", "./...")
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("go list: %v\n%s", err, exit.Stderr)
		}
		t.Fatal(err)
	}
	var packages []goPackage
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := d.Decode(&p); err == io.EOF {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

// ours returns the path of a package within the module, and whether it is of
// the module.
func ours(path string) (string, bool) { return strings.CutPrefix(path, module+"/") }

// within reports whether path is folder or lies in it.
func within(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, folder+"/")
}

// ruling is the longest folder of mayImport that holds the package.
func ruling(path string) string {
	best := ""
	for folder := range mayImport {
		if within(path, folder) && len(folder) > len(best) {
			best = folder
		}
	}
	return best
}

func allowed(folder, imp string) bool {
	if ruling(imp) == folder {
		return true // its own folder
	}
	return slices.ContainsFunc(mayImport[folder], func(a string) bool {
		switch {
		case a == "*":
			return true
		case strings.HasSuffix(a, "/*"): // stages, and not what lies below them
			rest, ok := strings.CutPrefix(imp, strings.TrimSuffix(a, "*"))
			return ok && !strings.Contains(rest, "/")
		case a == "pipeline": // and not its subpackages
			return imp == a
		}
		return within(imp, a)
	})
}
