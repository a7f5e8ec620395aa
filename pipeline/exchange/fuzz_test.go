package exchange

import (
	"testing"
	"testing/fstest"
)

// Whatever is read, nothing panics, every article holds to the form, and its
// round trip loses nothing.
func fuzzFormat(f *testing.F, format Format, name string) {
	for _, src := range []string{everything, small} {
		files := write(f, format, Options{}, parse(f, src)...)
		var text, labels []byte
		for file, content := range files {
			switch {
			case len(file) > 4 && file[len(file)-4:] == ".txt":
				text = content.Data
			case len(file) > len(name) && file[len(file)-len(name):] == name, file == name:
				labels = content.Data
			}
		}
		f.Add(string(labels), string(text))
	}
	f.Fuzz(func(t *testing.T, labels, text string) {
		files := fstest.MapFS{"a.txt": {Data: []byte(text)}}
		if name[0] == '.' {
			files["a"+name] = &fstest.MapFile{Data: []byte(labels)}
		} else {
			files[name] = &fstest.MapFile{Data: []byte(labels)}
		}
		articles, _ := read(format, files)
		for _, a := range articles {
			again := parse(t, form(t, a))
			same(t, format, write(t, format, Options{}, again...), again...)
		}
	})
}

func FuzzBrat(f *testing.F)          { fuzzFormat(f, brat{}, ".ann") }
func FuzzLabelStudio(f *testing.F)   { fuzzFormat(f, labelStudio{}, "tasks.json") }
func FuzzDoccano(f *testing.F)       { fuzzFormat(f, doccano{}, "articles.jsonl") }
func FuzzWebAnnotation(f *testing.F) { fuzzFormat(f, webAnnotation{}, ".jsonld") }
