package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/onrecord-nlp/onrecord/cmd/onrecord/internal/job"
	"github.com/onrecord-nlp/onrecord/cmd/onrecord/internal/settings"
	"github.com/onrecord-nlp/onrecord/cmd/onrecord/internal/show"
	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
	"github.com/onrecord-nlp/onrecord/pipeline/ingest"
)

// showFlags are the flags of show that are no settings.
type showFlags struct {
	ids, texts    []string
	max, width    int
	minConfidence float64
	all, fresh    bool
	color         string
}

func newShow() *cobra.Command {
	var f showFlags
	cmd := &cobra.Command{
		Use:   "show [flags] INPUT...",
		Short: "Show articles in the terminal, with who says what",
		Long: `show prints articles with their quotations and claims marked and coloured by
speaker; beside each stands who says it, and for (+) or against (−) what. It
ends with the speakers and what was found of each.

An INPUT is the output folder of onrecord extract, or a file or folder of labels
in the JSON form of gold, and is shown as it stands; or anything that extract
reads, which is looked through first. Near-duplicates are not looked for.

Into a file or a pipe go no escape codes, nor to a terminal where NO_COLOR is
set: then ⟦1 words⟧ is statement 1, _words_ its source, /words/ its cue. The
width is that of COLUMNS or of the terminal, else 80. Below 70 columns the notes
stand below their paragraph. Control characters of an article are shown as
pictures, and do nothing.

` + statusHelp,
		Example: `  # one article, and one page of the web, a screenful at a time
  onrecord show article.txt
  onrecord show page.html --color always | less -R

  # what a run found in one article, and only what is rather sure
  onrecord show out --id 'articles/wire.jsonl#2' --min-confidence 0.8

  # labels made by hand, and what the program makes of the same texts
  onrecord show labelled/
  onrecord show labelled/ --fresh`,
		RunE: func(cmd *cobra.Command, args []string) error { return runShow(cmd, args, &f) },
	}
	settings.AddFlags(cmd.Flags(), settings.Processing, settings.Reading)
	fl := cmd.Flags()
	fl.StringArrayVar(&f.ids, "id", nil, "show the article with this `id`; may be repeated")
	fl.IntVar(&f.max, "max", 10, "show the first `N` articles of each input; 0 is all")
	fl.Float64Var(&f.minConfidence, "min-confidence", 0, "mark no statement of less confidence than `P`, from 0 to 1")
	fl.BoolVar(&f.all, "all", false, "show boilerplate too")
	fl.BoolVar(&f.fresh, "fresh", false, "look through texts anew that come with labels")
	fl.StringArrayVar(&f.texts, "texts", nil, "JSON Lines `file` with the texts that stand-off labels are about; may be repeated")
	fl.StringVar(&f.color, "color", "auto", "`when` to use colours: auto, always or never")
	fl.IntVar(&f.width, "width", 0, "`columns` of the page; 0 is those of the terminal")
	return cmd
}

func runShow(cmd *cobra.Command, args []string, f *showFlags) error {
	s, err := load(cmd)
	if err != nil {
		return err
	}
	switch {
	case len(args) == 0:
		return usagef("nothing to show: name files, folders or patterns, the output folder of a run, or - for standard input")
	case f.max < 0:
		return usagef("--max %d: a number of articles is wanted, or 0 for all", f.max)
	case !(f.minConfidence >= 0 && f.minConfidence <= 1):
		return usagef("--min-confidence %v: it goes from 0 to 1", f.minConfidence)
	case f.width < 0 || f.width > 0 && f.width < show.MinWidth:
		return usagef("--width %d: the least is %d", f.width, show.MinWidth)
	case !slices.Contains([]string{"auto", "always", "never"}, f.color):
		return usagef("--color %q is none of auto, always, never", f.color)
	}
	if len(f.ids) > 0 && !cmd.Flags().Changed("max") {
		f.max = 0
	}
	v := &viewer{
		showFlags: f, settings: s, out: cmd.OutOrStdout(), errOut: cmd.ErrOrStderr(), wanted: map[string]bool{},
		page: show.Options{
			Width: pageWidth(f.width, cmd.OutOrStdout()), Colors: pageColors(f.color, cmd.OutOrStdout()),
			All: f.all, MinConfidence: float32(f.minConfidence),
		},
	}
	for _, id := range f.ids {
		v.wanted[id] = true
	}
	if v.known, err = readTexts(f.texts); err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() { done <- v.inputs(cmd.Context(), args) }()
	select {
	case err := <-done:
		return err
	case <-cmd.Context().Done(): // nothing waits for an input that may say nothing
		return job.ErrInterrupted
	}
}

// viewer shows the articles of inputs, one after another.
type viewer struct {
	*showFlags
	settings    *settings.Loaded
	page        show.Options
	out, errOut io.Writer
	pipeline    *pipeline.Pipeline // nil until it is needed
	known       []goldform.Texts
	wanted      map[string]bool // the ids that are still to be shown; empty without --id
	shown       int
	failures    int
}

// failuresTold is the number of failures told of one by one.
const failuresTold = 10

// fail tells of what could not be read or done.
func (v *viewer) fail(err error) {
	v.failures++
	if v.failures > failuresTold {
		return
	}
	msg := err.Error()
	if read := new(ingest.Error); errors.As(err, &read) {
		msg += hint(string(read.Reason))
	}
	fmt.Fprintf(v.errOut, "onrecord: %s\n", show.Name(msg)) // which may quote the article
}

// inputs shows the articles of all inputs.
func (v *viewer) inputs(ctx context.Context, args []string) error {
	for _, arg := range args {
		if err := v.input(ctx, arg); err != nil {
			return err
		}
	}
	return v.end()
}

// end shows what the marks mean, and says what became of all.
func (v *viewer) end() error {
	if v.shown > 0 {
		if err := show.Key(v.out, v.page); err != nil {
			return err
		}
	}
	if n := v.failures - failuresTold; n > 0 {
		fmt.Fprintf(v.errOut, "onrecord: %d failures more\n", n)
	}
	if len(v.wanted) > 0 {
		var missing []error
		for _, id := range v.ids {
			if v.wanted[id] {
				missing = append(missing, fmt.Errorf("no article has the id %q: the ids of a run stand in its table documents, and above each article shown", id))
			}
		}
		return errors.Join(missing...)
	}
	if v.failures > 0 {
		return errFailures
	}
	return nil
}

// input shows the articles of one input.
func (v *viewer) input(ctx context.Context, arg string) error {
	var (
		docs  iter.Seq2[*pipeline.Document, error]
		ready bool // the layers are there
		total = -1 // documents, where that is known without reading them
	)
	switch {
	case isRun(arg):
		docs, ready = readRun(arg), true
		if m, err := manifestOf(arg); err == nil {
			if total = int(m.Totals.Documents); total == 0 {
				v.fail(fmt.Errorf("%s holds no articles: its table failures says why", arg))
			}
		}
	case !v.fresh && isLabelled(arg):
		docs, ready = v.labelled(arg), true
	default:
		r, err := ingest.Open([]string{arg}, v.settings.Ingest())
		if err != nil {
			return err
		}
		docs = v.readable(r.Documents(ctx))
	}
	c := &choice{viewer: v, ctx: ctx, total: total}
	docs = c.documents(docs)
	if ready {
		docs(func(doc *pipeline.Document, err error) bool {
			c.err = v.take(pipeline.Result{Doc: doc, Read: err})
			return c.err == nil
		})
	} else {
		if err := v.load(); err != nil {
			return err
		}
		for res := range v.pipeline.Run(ctx, docs, v.settings.Workers) {
			if c.err = v.take(res); c.err != nil {
				break
			}
		}
	}
	if ctx.Err() != nil {
		return job.ErrInterrupted
	}
	if c.err != nil || c.rest == 0 {
		return c.err
	}
	more := strconv.Itoa(c.rest)
	if c.uncounted {
		more = "over " + more
	}
	_, err := fmt.Fprintf(v.out, "%s more in %s: --max 0 shows all, --id one of them\n\n", more, show.Name(arg))
	return err
}

// load loads the standard stages.
func (v *viewer) load() error {
	if v.pipeline != nil {
		return nil
	}
	set, err := loadStages(v.settings)
	if err != nil {
		return err
	}
	v.pipeline, err = pipeline.New(set.Stages())
	return err
}

// take shows a document, and tells of what went wrong with it.
func (v *viewer) take(res pipeline.Result) error {
	doc := res.Doc
	if other := new(unreadableLanguage); errors.As(res.Read, &other) {
		doc = other.doc
		if other.read != nil {
			v.fail(other.read)
		}
	}
	if res.Read != nil {
		v.fail(res.Read)
	}
	if res.Err != nil {
		v.fail(fmt.Errorf("%s: %w", doc.ID, res.Err))
	}
	if doc == nil {
		return nil
	}
	v.shown++
	return show.Article(v.out, doc, v.page)
}

// labelled reads labels.
func (v *viewer) labelled(path string) iter.Seq2[*pipeline.Document, error] {
	return func(yield func(*pipeline.Document, error) bool) {
		for a, err := range goldform.ReadArticlesPath(path, v.known...) {
			if err != nil {
				err = fmt.Errorf("%w (--fresh takes the text alone)", err)
			}
			if !yield(a.Doc, err) {
				return
			}
		}
	}
}

// unreadableLanguage stands in the stream in the place of a document in a
// language that is not looked through.
type unreadableLanguage struct {
	doc   *pipeline.Document
	read  error // what came with it
	known []string
}

func (e *unreadableLanguage) Error() string {
	return fmt.Sprintf("%s: the language of the text is %q, and what is read is %s: nothing was sought in it (--language any looks through all)",
		e.doc.ID, e.doc.Language, strings.Join(e.known, ", "))
}

// readable passes documents on, those in other languages as errors.
func (v *viewer) readable(in iter.Seq2[*pipeline.Document, error]) iter.Seq2[*pipeline.Document, error] {
	known := v.settings.Languages()
	return func(yield func(*pipeline.Document, error) bool) {
		for doc, err := range in {
			if doc != nil && known != nil && doc.Language != "" && doc.Language != "und" && !slices.Contains(known, ingest.BaseLanguage(doc.Language)) {
				doc, err = nil, &unreadableLanguage{doc, err, known}
			}
			if !yield(doc, err) {
				return
			}
		}
	}
}

// choice takes from one input the documents that are to be shown.
type choice struct {
	*viewer
	ctx       context.Context
	total     int // documents of the input, -1 where that is not known
	rest      int // documents that are not shown, after all were read
	uncounted bool
	err       error // of showing
}

// counted is how many documents that are not shown are counted, where nothing
// tells their number.
const counted = 1000

// documents passes on the documents that are to be shown, and the errors before
// the last of them.
func (c *choice) documents(in iter.Seq2[*pipeline.Document, error]) iter.Seq2[*pipeline.Document, error] {
	return func(yield func(*pipeline.Document, error) bool) {
		n := 0
		for doc, err := range in {
			found := doc
			if other := new(unreadableLanguage); errors.As(err, &other) {
				found = other.doc
			}
			full := c.max > 0 && n == c.max
			switch {
			case c.ctx.Err() != nil:
				return
			case found == nil && full:
				continue
			case found == nil:
				if !yield(nil, err) {
					return
				}
				continue
			case len(c.ids) > 0 && !c.wanted[found.ID]:
				continue
			case full && c.total >= 0:
				c.rest = c.total - n
				return
			case full && c.rest == counted:
				c.uncounted = true
				return
			case full:
				c.rest++
				continue
			}
			n++
			delete(c.wanted, found.ID)
			if !yield(doc, err) || len(c.ids) > 0 && len(c.wanted) == 0 {
				return
			}
		}
	}
}

// sought is how many files and folders are gone through for one with labels.
const sought = 1000

// isLabelled reports whether the first JSON record of a file, or of the first
// files of a folder, holds labels.
func isLabelled(path string) bool {
	found, n := "", 0
	err := filepath.WalkDir(path, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if ext := filepath.Ext(name); d.Type().IsRegular() && (ext == ".json" || ext == ".jsonl") {
			found = name
			return fs.SkipAll
		}
		if n++; n == sought {
			return fs.SkipAll
		}
		return nil
	})
	if err != nil || found == "" {
		return false
	}
	f, err := os.Open(found)
	if err != nil {
		return false
	}
	defer f.Close()
	return holdsLabels(f)
}

// holdsLabels reports whether the first record has a text and a layer of the
// gold form.
func holdsLabels(r io.Reader) bool {
	d := json.NewDecoder(r)
	t, err := d.Token()
	if t == json.Delim('[') {
		t, err = d.Token()
	}
	if err != nil || t != json.Delim('{') {
		return false
	}
	text, layer := false, false
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return false
		}
		var value json.RawMessage
		if d.Decode(&value) != nil {
			return false
		}
		switch key {
		case "text", "sha256":
			text = true
		case "blocks", "quotes", "claims", "speakers", "attributions":
			// A list of objects, or nothing.
			inside, list := strings.CutPrefix(string(value), "[")
			inside = strings.TrimLeft(inside, " \t\r\n")
			layer = layer || list && strings.IndexAny(inside, "{]") == 0
		}
	}
	return text && layer
}

// pageWidth is the width that was asked for, else that of the environment, else
// that of the terminal, else 80 columns.
func pageWidth(asked int, w io.Writer) int {
	if asked > 0 {
		return asked
	}
	if n, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && n > 0 {
		return n
	}
	if f, ok := w.(*os.File); ok {
		if n, _, err := term.GetSize(int(f.Fd())); err == nil && n > 0 {
			return n
		}
	}
	return 80
}

// pageColors is what w can show, where that is wanted. A terminal that says of
// itself nothing better gets the 16 colours that all have.
func pageColors(when string, w io.Writer) show.Colors {
	terminal := os.Getenv("TERM")
	dumb := terminal == "dumb" || terminal == "" && os.Getenv("WT_SESSION") == ""
	f, ok := w.(*os.File)
	auto := ok && term.IsTerminal(int(f.Fd())) && os.Getenv("NO_COLOR") == "" && !dumb
	if when == "never" || when == "auto" && !auto {
		return show.Plain
	}
	depth := os.Getenv("COLORTERM")
	if depth == "truecolor" || depth == "24bit" || strings.Contains(terminal, "256color") || os.Getenv("WT_SESSION") != "" {
		return show.Many
	}
	return show.Basic
}
