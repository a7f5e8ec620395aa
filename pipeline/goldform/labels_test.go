package goldform

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/onrecord-nlp/onrecord/internal/shared"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

// labelsFolder holds stand-off labels of texts that are not in the project.
const labelsFolder = "../../testdata/labels"

// standOff is a file of stand-off labels, with the keys that only these have.
type standOff struct {
	ID     string
	Part   string
	SHA256 string
	Text   *string
	Quotes []labelRow
	Claims []labelRow
}

type labelRow struct {
	Stance, Target string
	Sure           *bool
}

// labelFiles calls f for every file of stand-off labels; dir is its folder
// below labelsFolder.
func labelFiles(t *testing.T, f func(file, dir string, l standOff)) {
	t.Helper()
	err := filepath.WalkDir(labelsFolder, func(file string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || filepath.Ext(file) != ".json" {
			return err
		}
		src, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		var l standOff
		if err := json.Unmarshal(src, &l); err != nil {
			t.Errorf("%s: %v", file, err)
			return nil
		}
		dir, err := filepath.Rel(labelsFolder, filepath.Dir(file))
		f(file, filepath.ToSlash(dir), l)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Stand-off labels hold no text, are found by their ids, and keep what is
// trained on apart from what is held.
func TestLabelFiles(t *testing.T) {
	parts := make(map[string]string) // by the outer folder and the text
	labelFiles(t, func(file, dir string, l standOff) {
		if l.Text != nil || l.SHA256 == "" {
			t.Errorf("%s: want a sum in place of the text", file)
		}
		if l.ID != strings.TrimSuffix(filepath.Base(file), ".json") {
			t.Errorf("%s: the id %q is not the file's name", file, l.ID)
		}
		set, part, split := strings.Cut(dir, "/")
		if split && l.Part != part {
			t.Errorf("%s: the part is %q", file, l.Part)
		}
		if before, ok := parts[set+l.SHA256]; ok {
			t.Errorf("%s: the text has labels in %q already", file, before)
		}
		parts[set+l.SHA256] = dir
		for i, r := range slices.Concat(l.Quotes, l.Claims) {
			p, ok := pipeline.ParsePosition(r.Stance)
			switch {
			case r.Stance == "" && r.Sure == nil:
			case !ok:
				t.Errorf("%s: row %d: no stance %q", file, i, r.Stance)
			case p == pipeline.Neutral && r.Target != "":
				t.Errorf("%s: row %d: a neutral row has a target", file, i)
			case p != pipeline.Neutral && r.Target == "":
				t.Errorf("%s: row %d: a side with no target", file, i)
			}
			if r.Sure != nil && *r.Sure {
				t.Errorf("%s: row %d: only what is not sure is marked", file, i)
			}
		}
	})
	if len(parts) == 0 {
		t.Fatal("no labels")
	}
}

// The labels fit the texts they are about.
func TestLabelsFitTheirTexts(t *testing.T) {
	for prefix, file := range map[string]string{
		"html_news": "data/html_news/gold.jsonl",
		"polnear":   "data/polnear/train.jsonl",
	} {
		t.Run(prefix, func(t *testing.T) {
			texts, err := ReadTexts(shared.Path(t, file))
			if err != nil {
				t.Fatal(err)
			}
			folders, err := filepath.Glob(filepath.Join(labelsFolder, prefix+"*"))
			if err != nil || len(folders) == 0 {
				t.Fatal("no labels", err)
			}
			for _, folder := range folders {
				for _, err := range ReadArticlesPath(folder, texts) {
					if err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
}
