package exchange

import (
	"errors"

	"io/fs"
	"iter"

	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

var errSoon = errors.New("not yet")

type stub struct{}

func (stub) File() string { return "" }
func (stub) Read(fs.FS, string) iter.Seq2[goldform.Article, error] {
	return func(y func(goldform.Article, error) bool) { y(goldform.Article{}, errSoon) }
}
func (stub) Write(Create, iter.Seq[goldform.Article], Options) error { return errSoon }

type labelStudio struct{ stub }

func (labelStudio) Name() string  { return "label-studio" }
func (labelStudio) Title() string { return "Label Studio JSON" }

type doccano struct{ stub }

func (doccano) Name() string  { return "doccano" }
func (doccano) Title() string { return "doccano JSONL" }

type webAnnotation struct{ stub }

func (webAnnotation) Name() string  { return "w3c" }
func (webAnnotation) Title() string { return "W3C Web Annotation" }
