package job

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/onrecord-nlp/onrecord/pipeline/columnar"
)

// OverlapError: the inputs would hold the job's own output.
type OverlapError struct{ Input, Out string }

func (e *OverlapError) Error() string {
	return fmt.Sprintf("the output folder %s lies within the input %s, and would be read as articles: choose an output folder outside of it", e.Out, e.Input)
}

// outside refuses an output folder that lies in a folder of the inputs, or
// whose files a pattern of the inputs matches.
func (j *Job) outside() error {
	out, err := filepath.Abs(j.Out)
	if err != nil {
		return err
	}
	for _, in := range j.Inputs {
		abs, err := filepath.Abs(in)
		if in == "-" || err != nil {
			continue
		}
		info, err := os.Stat(in)
		switch {
		case err == nil && info.IsDir():
			if rel, err := filepath.Rel(abs, out); err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
				return &OverlapError{in, j.Out}
			}
		case err != nil && j.matched(abs, out):
			return &OverlapError{in, j.Out}
		}
	}
	return nil
}

// matched reports whether the pattern matches a file of the output.
func (j *Job) matched(pattern, out string) bool {
	for _, f := range columnar.Formats() {
		for _, t := range []columnar.Table{columnar.Documents, columnar.Articles, columnar.Failures} {
			if ok, _ := doublestar.PathMatch(pattern, filepath.Join(out, string(t), "part-00000."+string(f))); ok {
				return true
			}
		}
	}
	return false
}
