package page

import (
	"flag"
	"os"
	"testing"

	"github.com/evanw/esbuild/pkg/api"
)

var update = flag.Bool("update", false, "write dist/page.js again from src/")

// TestBundle: the script that the program embeds is the one that src/ makes.
func TestBundle(t *testing.T) {
	r := api.Build(api.BuildOptions{
		EntryPoints:   []string{"src/main.js"},
		Bundle:        true,
		Format:        api.FormatESModule,
		Target:        api.ES2022,
		Charset:       api.CharsetASCII, // no text of the script depends on how the page is decoded
		LegalComments: api.LegalCommentsNone,
		MinifySyntax:  true, MinifyWhitespace: true, // names stay, so that a message of an error says something
		LogLevel: api.LogLevelSilent,
	})
	for _, m := range append(r.Errors, r.Warnings...) {
		where := ""
		if m.Location != nil {
			where = m.Location.File + ": " + m.Location.LineText
		}
		t.Errorf("%s %s", where, m.Text)
	}
	if t.Failed() {
		return
	}
	want := r.OutputFiles[0].Contents
	if *update {
		if err := os.MkdirAll("dist", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile("dist/page.js", want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if script != string(want) {
		t.Error("dist/page.js is not what src/ makes: run go generate in this folder")
	}
}
