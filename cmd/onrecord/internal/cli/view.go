package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/onrecord-nlp/onrecord/cmd/onrecord/internal/httpserve"
	"github.com/onrecord-nlp/onrecord/cmd/onrecord/internal/page"
	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

// viewFlags are the flags of view. None is a setting: what one page shows is
// nothing to keep in a file of settings.
type viewFlags struct {
	html, addr           string
	open                 bool
	max                  int
	ids, outlets, voices []string
	texts                []string
}

func newView() *cobra.Command {
	var f viewFlags
	cmd := &cobra.Command{
		Use:   "view [flags] DIR",
		Short: "Look at statements in their articles, in a browser",
		Long: `view shows articles with their quotations and claims marked: who speaks, the
cue, the stance and how sure each is. Articles and statements are listed,
searched and filtered, and each speaker has a page. The link of what is shown
can be shared, and rows saved as CSV. In the page, ? lists its keys.

DIR is the output folder of onrecord extract, or a file or folder in the JSON
form of gold labels.

With --html everything is written into one file, which needs no server and loads
nothing from anywhere. Else the page is served until Ctrl-C, to this machine
alone unless --addr names another address.

An article's page tells the command that corrects its labels.

` + pageStatusHelp,
		Example: `  onrecord extract articles/ --out out
  onrecord view out --open
  onrecord view out --html out.html --outlet example.org`,
		RunE: func(cmd *cobra.Command, args []string) error { return runView(cmd, args, &f) },
	}
	fl := cmd.Flags()
	fl.StringVar(&f.html, "html", "", "write the page to a `file`, and serve nothing")
	fl.StringVar(&f.addr, "addr", httpserve.DefaultAddr, "`address` to listen on: a host and a port; port 0 is a free one")
	fl.BoolVar(&f.open, "open", false, "open the page in the browser")
	fl.IntVar(&f.max, "max-articles", 20_000, "`number` of articles in the page: the first ones; some 6 kB of the file are needed for each, and 25 kB of memory")
	fl.StringArrayVar(&f.ids, "id", nil, "only the article with this `id`; may be repeated")
	fl.StringArrayVar(&f.outlets, "outlet", nil, "only articles of this `outlet`: the host of their address, without www; may be repeated")
	fl.StringArrayVar(&f.voices, "speaker", nil, "only articles in which a speaker has this `name`, in any case; may be repeated")
	fl.StringArrayVar(&f.texts, "texts", nil, "JSON Lines `file` with the texts that stand-off labels are about; may be repeated")
	return cmd
}

func runView(cmd *cobra.Command, args []string, f *viewFlags) error {
	switch {
	case len(args) != 1:
		return usagef("name one output folder, or one file or folder of labels")
	case f.max < 1:
		return usagef("--max-articles %d: the least is 1", f.max)
	case f.html != "" && cmd.Flags().Changed("addr"):
		return usagef("--html writes a file and --addr serves: leave one out")
	}
	book, skipped, err := f.book(cmd.Context(), args[0], cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	if f.html != "" {
		if err := writeFile(f.html, book.WriteFile); err != nil {
			return err
		}
		fmt.Fprintln(cmd.OutOrStdout(), f.html)
		if f.open {
			path, err := filepath.Abs(f.html)
			if err != nil {
				return err
			}
			openBrowser(cmd.ErrOrStderr(), path)
		}
	} else {
		err := httpserve.Run(cmd.Context(), httpserve.Options{
			Addr: f.addr, Handler: book.Handler(),
			Ready: func(url string) {
				fmt.Fprintf(cmd.OutOrStdout(), "%s/\nCtrl-C ends it.\n", url)
				if f.open {
					openBrowser(cmd.ErrOrStderr(), url+"/")
				}
			},
		})
		if err != nil && !errors.Is(err, httpserve.ErrCut) {
			return err
		}
	}
	if skipped > 0 {
		return errFailures
	}
	return nil
}

// book reads articles until the page is full, and tells of those that cannot be
// read.
func (f *viewFlags) book(ctx context.Context, path string, stderr io.Writer) (book *page.Book, skipped int, err error) {
	made := page.Made{Title: filepath.Base(filepath.Clean(path)), Version: Version, Selected: f.selected(), Correct: f.correct(path)}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, 0, errNoInput(path)
	}
	texts, err := readTexts(f.texts)
	if err != nil {
		return nil, 0, err
	}
	total, run := -1, isRun(path)
	var docs iter.Seq2[*pipeline.Document, error]
	if run {
		m, err := manifestOf(path)
		if err != nil {
			return nil, 0, err
		}
		made.Time = m.Finished
		if made.Selected == "" {
			total = int(m.Totals.Documents)
		}
		docs = readRun(path)
	} else {
		docs = func(yield func(*pipeline.Document, error) bool) {
			for a, err := range goldform.ReadArticlesPath(path, texts...) {
				if !yield(a.Doc, err) {
					return
				}
			}
		}
	}
	b := page.NewBuilder(made)
	read, more, labelled := false, false, false
	var leftOut []error // the first ones, told when it is known whether anything can be shown
	for doc, err := range docs {
		if ctx.Err() != nil {
			return nil, 0, ctx.Err()
		}
		if err == nil {
			read = true
			if !f.wants(doc) {
				continue
			}
			if b.Len() == f.max {
				more = true
				break
			}
			labelled = labelled || doc.Has(pipeline.LayerQuotes) || doc.Has(pipeline.LayerAttributions)
			err = b.Add(doc)
		}
		if err != nil && run {
			return nil, 0, fmt.Errorf("%w: onrecord verify lists what is damaged", err) // nothing behind it is read
		}
		if err != nil {
			if skipped++; skipped <= 10 {
				leftOut = append(leftOut, err)
			}
		}
	}
	if !read && !run {
		const remedy = "name the output folder of onrecord extract, which reads articles, or labels in the JSON form, with --texts where they are stand-off"
		if skipped == 0 {
			return nil, 0, fmt.Errorf("%s holds no articles that can be shown: %s", path, remedy)
		}
		return nil, 0, fmt.Errorf("%s holds no labels that can be shown: %s; left out: %d, the first of them %w", path, remedy, skipped, leftOut[0])
	}
	if b.Len() > 0 && !labelled && !run {
		fmt.Fprintf(stderr, "onrecord: %s holds articles without labels: onrecord extract finds statements in them, and its output can be viewed\n", path)
	}
	for _, err := range leftOut {
		fmt.Fprintf(stderr, "onrecord: left out: %v\n", err)
	}
	if n := skipped - len(leftOut); n > 0 {
		fmt.Fprintf(stderr, "onrecord: and %d more left out\n", n)
	}
	if b.Len() == 0 {
		if made.Selected != "" {
			return nil, 0, fmt.Errorf("%s holds no article with %s", path, made.Selected)
		}
		return nil, 0, fmt.Errorf("%s holds no articles: its table failures says why", path)
	}
	switch {
	case !more:
		total = b.Len()
	case total < 0:
		fmt.Fprintf(stderr, "onrecord: the page holds the first %s articles, and there are more: see --max-articles\n", thousands(int64(b.Len())))
	default:
		fmt.Fprintf(stderr, "onrecord: the page holds the first %s of %s articles: see --max-articles\n", thousands(int64(b.Len())), thousands(int64(total)))
	}
	book, err = b.Book(total, skipped)
	return book, skipped, err
}

// wants reports whether a document is one of those chosen.
func (f *viewFlags) wants(doc *pipeline.Document) bool {
	return (f.ids == nil || slices.Contains(f.ids, doc.ID)) &&
		(f.outlets == nil || slices.ContainsFunc(f.outlets, func(o string) bool { return strings.EqualFold(strings.TrimPrefix(o, "www."), doc.Outlet()) })) &&
		(f.voices == nil || slices.ContainsFunc(doc.Speakers, func(s pipeline.Speaker) bool {
			return slices.ContainsFunc(f.voices, func(v string) bool { return strings.EqualFold(v, s.Name) })
		}))
}

// selected says by what articles are chosen, "" where all are.
func (f *viewFlags) selected() string {
	var parts []string
	for _, p := range []struct {
		what   string
		values []string
	}{{"id", f.ids}, {"outlet", f.outlets}, {"speaker", f.voices}} {
		if p.values != nil {
			parts = append(parts, p.what+" "+strings.Join(p.values, " or "))
		}
	}
	return strings.Join(parts, " and ")
}

// correct is the command that corrects what is shown.
func (f *viewFlags) correct(path string) string {
	if strings.HasPrefix(path, "-") {
		path = "./" + path // no flag
	}
	line := "onrecord label " + shellQuote(path) + " --labels labels --annotator YOUR-NAME"
	for _, t := range f.texts {
		line += " --texts " + shellQuote(t)
	}
	return line
}

// openBrowser opens an address or a file as the system does, and tells where it
// cannot.
func openBrowser(stderr io.Writer, target string) {
	name, args := "xdg-open", []string{target}
	switch runtime.GOOS {
	case "darwin":
		name = "open"
	case "windows":
		name, args = "rundll32", []string{"url.dll,FileProtocolHandler", target}
	}
	c := exec.Command(name, args...)
	if err := c.Start(); err != nil {
		fmt.Fprintf(stderr, "onrecord: the browser cannot be opened: %v: open %s yourself\n", err, target)
		return
	}
	go c.Wait()
}
