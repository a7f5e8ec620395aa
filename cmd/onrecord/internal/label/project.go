package label

import (
	"bytes"
	"compress/flate"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofrs/flock"

	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

// Names within an annotator's folder. A state is JSON, but is not called so:
// readers of gold take every .json below the folder that they are given.
const (
	workFolder  = ".work"
	lockName    = "lock"
	projectName = "project"
	stateSuffix = ".state"
	goldSuffix  = ".json"
	oldSuffix   = ".old"  // behind stateSuffix: a state that a finished article from elsewhere replaced
	tempSuffix  = ".part" // a file that is being written
)

// ErrInUse: another server has the annotator's folder.
var ErrInUse = errors.New("somebody is labelling under this name already")

// Options say how articles are prepared.
type Options struct {
	// Suggest finds the statements of an article that comes without labels. Nil
	// suggests nothing.
	Suggest func(context.Context, *pipeline.Document) error
	// Marks finds blocks and pairs of quotation marks. Nil finds none.
	Marks func(context.Context, *pipeline.Document) error
	// Blind drops the labels with which articles come.
	Blind bool
}

// Project is the labels of one annotator, and the articles that there are to
// label. Its methods may be called by many goroutines.
type Project struct {
	dir, annotator string
	options        Options
	lock           *flock.Flock
	identity       identity
	warnings       []string

	mu       sync.Mutex
	articles []*article
	byKey    map[string]*article

	temps atomic.Int64 // files that write has begun

	// step, where not nil, is called between any two steps of a change on disk.
	// Tests die in it.
	step func(name string)
}

// identity is what the file "project" keeps, from one server to the next.
type identity struct {
	ID string `json:"id"` // random: what a browser keeps is kept under it
	// Address is where the page was last served. A browser keeps what was not sent
	// by address.
	Address string `json:"address,omitempty"`
}

// article is one to label.
type article struct {
	key       string // FileName of its id
	id, title string
	outlet    string
	published time.Time
	words     int
	data      []byte // as it came, in the JSON form, by deflate; nil where only the folder has it
	labelled  bool   // it came with labels
	sum       [32]byte

	revision     int
	done         bool
	left, labels int
	goldOnly     bool // finished, and without a state
}

// stored is a state on disk.
type stored struct {
	State
	// Gold is the hash of the finished article that belongs to the state, "" for
	// none, and Before that of the one that it replaces, so that a crash between
	// the two can be told from a file that somebody else has written.
	Gold   string `json:"gold"`
	Before string `json:"before"`
}

// Open opens, and where it is not there makes, the folder of an annotator in
// dir, and completes what a crash left undone. It fails with [ErrInUse] where
// another process has it open.
func Open(dir, annotator string, o Options) (*Project, error) {
	if err := CheckAnnotator(annotator); err != nil {
		return nil, err
	}
	p := &Project{dir: dir, annotator: annotator, options: o, byKey: make(map[string]*article)}
	others, err := Annotators(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, other := range others {
		if other != annotator && strings.EqualFold(other, annotator) {
			return nil, fmt.Errorf("%s has labels by %q: call the annotator so, or by another name than %q", dir, other, annotator)
		}
	}
	if err := os.MkdirAll(p.work(""), 0o755); err != nil {
		return nil, err
	}
	p.lock = flock.New(p.work(lockName))
	ok, err := p.lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("%s cannot be locked: %w", p.work(lockName), err)
	}
	if !ok {
		return nil, fmt.Errorf("%s: %w: go on in the page that is open, or end the other server", p.folder(), ErrInUse)
	}
	if err := p.open(); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

// Close gives the folder back.
func (p *Project) Close() error { return p.lock.Unlock() }

// Warnings says what was found in the folder that its owner should know.
func (p *Project) Warnings() []string { return p.warnings }

func (p *Project) folder() string          { return filepath.Join(p.dir, p.annotator) }
func (p *Project) work(name string) string { return filepath.Join(p.folder(), workFolder, name) }
func (p *Project) gold(key string) string  { return filepath.Join(p.folder(), key+goldSuffix) }
func (p *Project) state(key string) string { return p.work(key + stateSuffix) }
func (p *Project) warn(f string, a ...any) { p.warnings = append(p.warnings, fmt.Sprintf(f, a...)) }
func (p *Project) at(step string) {
	if p.step != nil {
		p.step(step)
	}
}

// Annotators lists those who have a folder in dir, by name.
func Annotators(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() && CheckAnnotator(e.Name()) == nil {
			if _, err := os.Stat(filepath.Join(dir, e.Name(), workFolder)); err == nil {
				names = append(names, e.Name())
			}
		}
	}
	return names, nil
}

// open reads the folder.
func (p *Project) open() error {
	if err := p.openProject(); err != nil {
		return err
	}
	entries, err := os.ReadDir(p.work(""))
	if err != nil {
		return err
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), tempSuffix) {
			os.Remove(p.work(e.Name())) // of a change that was never acknowledged
			continue
		}
		key, ok := strings.CutSuffix(e.Name(), stateSuffix)
		if !ok {
			continue
		}
		st, err := p.read(key)
		if err != nil {
			return err
		}
		s, err := p.reconcile(key, st)
		if err != nil {
			return err
		}
		p.add(&article{key: key}, s)
	}
	entries, err = os.ReadDir(p.folder())
	if err != nil {
		return err
	}
	for _, e := range entries {
		switch key, ok := strings.CutSuffix(e.Name(), goldSuffix); {
		case e.IsDir():
		case strings.HasSuffix(e.Name(), tempSuffix):
			os.Remove(filepath.Join(p.folder(), e.Name()))
		case ok && p.byKey[key] == nil:
			s, err := p.fromGold(key)
			if err != nil {
				return err
			}
			p.add(&article{key: key, goldOnly: true}, s)
		case strings.HasSuffix(e.Name(), ".jsonl"):
			return fmt.Errorf("%s: finished articles stand here one a file: name the file as an input instead", filepath.Join(p.folder(), e.Name()))
		}
	}
	return nil
}

func (p *Project) openProject() error {
	b, err := os.ReadFile(p.work(projectName))
	switch {
	case err == nil:
		err = json.Unmarshal(b, &p.identity)
	case errors.Is(err, fs.ErrNotExist):
		p.identity.ID = rand.Text()
		err = p.keepProject()
	}
	if err != nil {
		return fmt.Errorf("%s: %w", p.work(projectName), err)
	}
	return nil
}

func (p *Project) keepProject() error {
	b, err := json.Marshal(p.identity)
	if err != nil {
		return err
	}
	return p.write(p.work(projectName), b)
}

// Address is where the project was last served, "" where it never was: host and
// port. The page should be served there again, for a browser keeps by its
// address what it could not send.
func (p *Project) Address() string { return p.identity.Address }

// KeepAddress remembers the address.
func (p *Project) KeepAddress(addr string) error {
	if addr == p.identity.Address {
		return nil
	}
	p.identity.Address = addr
	return p.keepProject()
}

// add enters an article of which there is a state.
func (p *Project) add(a *article, s *State) {
	l := s.Labels
	doc := pipeline.Document{URL: l.URL, Title: l.Title, Text: *l.Text}
	a.id, a.title, a.outlet, a.words, a.sum = l.ID, title(&doc), doc.Outlet(), len(strings.Fields(doc.Text)), sum(doc.Text)
	a.published = date(l.Published)
	p.note(a, s)
	p.articles = append(p.articles, a)
	p.byKey[a.key] = a
}

// note keeps what lists say of a state.
func (p *Project) note(a *article, s *State) {
	a.revision, a.done = s.Revision, s.Done
	a.left, a.labels = s.count()
}

// Add enters an article to label. It fails where another one has its id.
func (p *Project) Add(in goldform.Article) error {
	doc := in.Doc
	a := &article{key: FileName(doc.ID), id: strings.Clone(doc.ID), title: title(doc), outlet: doc.Outlet(), published: doc.Published, words: len(strings.Fields(doc.Text)), sum: sum(doc.Text)}
	a.labelled = !p.options.Blind && slices.ContainsFunc([]pipeline.Layer{pipeline.LayerQuotes, pipeline.LayerAttributions, pipeline.LayerSpeakers}, doc.Has)
	if p.options.Blind {
		in = goldform.Article{Doc: bare(doc), Genre: in.Genre, Variety: in.Variety}
	}
	b, err := goldform.AppendArticle(nil, in)
	if err != nil {
		return err
	}
	if a.data, err = deflate(b); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	known := p.byKey[a.key]
	switch {
	case known == nil:
		p.articles = append(p.articles, a)
		p.byKey[a.key] = a
	case known.data != nil:
		return fmt.Errorf("%s: an article before it has the id %q too: labels are kept by id, so every article needs one of its own", doc.Source, doc.ID)
	default:
		// The folder knows it. Its labels, and the text that they count in, stay.
		known.data, known.labelled = a.data, a.labelled
		if known.sum != a.sum {
			p.warn("%s: the text of %q is another one than when it was labelled: it is shown as it was", doc.Source, doc.ID)
		}
	}
	return nil
}

// End orders the articles: those that were added as they were, then those that
// only the folder has.
func (p *Project) End() {
	p.mu.Lock()
	defer p.mu.Unlock()
	slices.SortStableFunc(p.articles, func(a, b *article) int {
		switch {
		case (a.data == nil) == (b.data == nil):
			return 0
		case a.data == nil:
			return 1
		}
		return -1
	})
}

// Len is the number of articles, and how many of them are finished and begun.
func (p *Project) Len() (all, finished, begun int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, a := range p.articles {
		switch {
		case a.done:
			finished++
		case a.revision > 0:
			begun++
		}
	}
	return len(p.articles), finished, begun
}

// read reads the state of an article.
func (p *Project) read(key string) (*stored, error) {
	b, err := os.ReadFile(p.state(key))
	if err != nil {
		return nil, err
	}
	s := new(stored)
	if err = json.Unmarshal(b, s); err == nil {
		err = s.check()
	}
	if err == nil && FileName(s.Labels.ID) != key {
		err = fmt.Errorf("it is about the article %q, whose file has another name", s.Labels.ID)
	}
	if err != nil {
		return nil, fmt.Errorf("%s is damaged: %w: restore it from a copy, or move it away to begin the article anew", p.state(key), err)
	}
	return s, nil
}

// fromGold makes a state of a finished article that has none.
func (p *Project) fromGold(key string) (*State, error) {
	path := p.gold(key)
	var found *State
	for a, err := range goldform.ReadArticlesPath(path) {
		switch {
		case err != nil:
			return nil, err
		case found != nil:
			return nil, fmt.Errorf("%s holds several articles: finished articles stand here one a file; name the file as an input instead", path)
		case FileName(a.Doc.ID) != key:
			return nil, fmt.Errorf("%s is the article %q, and would be looked for as %s: rename it", path, a.Doc.ID, FileName(a.Doc.ID)+goldSuffix)
		}
		if found, err = begin(a, Accepted); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		found.Done = true
	}
	if found == nil {
		return nil, fmt.Errorf("%s holds no article", path)
	}
	return found, nil
}

// reconcile has the finished article follow the state, which a crash may have
// prevented; but where somebody else has written it, the state follows.
func (p *Project) reconcile(key string, s *stored) (*State, error) {
	have := ""
	b, err := os.ReadFile(p.gold(key))
	if err == nil {
		have = hash(b)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	switch have {
	case s.Gold:
		return &s.State, nil
	case "", s.Before:
		return &s.State, p.putGold(key, &s.State)
	}
	found, err := p.fromGold(key)
	if err != nil {
		return nil, err
	}
	found.Revision = s.Revision + 1
	old := fmt.Sprintf("%s.%d%s", p.state(key), s.Revision, oldSuffix)
	if err := os.Rename(p.state(key), old); err != nil {
		return nil, err
	}
	p.warn("%s was changed by another program: its labels are taken as they stand there; what was here is in %s", p.gold(key), old)
	return found, p.putState(key, stored{State: *found, Gold: have})
}

// Get returns the state of an article, and what it says of its marks and blocks:
// a record without labels but for every pair of quotation marks. It is nil where
// there is no article of that key.
func (p *Project) Get(ctx context.Context, key string) (s *State, marks *goldform.Record, err error) {
	p.mu.Lock()
	a := p.byKey[key]
	p.mu.Unlock()
	if a == nil {
		return nil, nil, nil
	}
	s, err = p.current(ctx, a, p.options.Suggest)
	if err != nil {
		return nil, nil, err
	}
	marks = new(goldform.Record)
	if p.options.Marks != nil {
		doc := &pipeline.Document{ID: s.Labels.ID, Text: *s.Labels.Text}
		// Without marks the page is the poorer, but a page.
		if p.options.Marks(ctx, doc) == nil {
			for i := range doc.Quotes {
				doc.Quotes[i].Uttered = true
			}
			if marks, err = goldform.RecordOf(goldform.Article{Doc: doc}); err != nil {
				return nil, nil, err
			}
		}
	}
	marks.Text = nil
	return s, marks, ctx.Err()
}

// current is the state of an article as it is now. suggest finds the statements
// of one that is untouched and came without.
func (p *Project) current(ctx context.Context, a *article, suggest func(context.Context, *pipeline.Document) error) (*State, error) {
	p.mu.Lock()
	revision, goldOnly := a.revision, a.goldOnly
	var s *State
	var err error
	switch {
	case goldOnly:
		s, err = p.fromGold(a.key)
	case revision > 0:
		var st *stored
		if st, err = p.read(a.key); err == nil {
			s = &st.State
		}
	}
	p.mu.Unlock()
	if s != nil || err != nil {
		return s, err
	}
	b, err := io.ReadAll(flate.NewReader(bytes.NewReader(a.data)))
	if err != nil {
		return nil, err
	}
	for in, err := range goldform.ReadArticles(bytes.NewReader(b)) {
		if err != nil {
			return nil, err
		}
		if !a.labelled && suggest != nil {
			doc := bare(in.Doc)
			if err := suggest(ctx, doc); err != nil {
				if ctx.Err() != nil {
					return nil, ctx.Err()
				}
				doc = bare(in.Doc) // an article that cannot be extracted can be labelled
			}
			in = goldform.Article{Doc: doc, Genre: in.Genre, Variety: in.Variety}
		}
		return begin(in, Suggested)
	}
	return nil, fmt.Errorf("the article %q is lost", a.id)
}

// bare is the document without its layers.
func bare(d *pipeline.Document) *pipeline.Document {
	return &pipeline.Document{
		ID: d.ID, Source: d.Source, URL: d.URL, Title: d.Title, Byline: d.Byline, Published: d.Published, Language: d.Language, Text: d.Text,
	}
}

// StaleError: the state was changed since the revision that a change was made
// to.
type StaleError struct{ Current *State }

func (e *StaleError) Error() string {
	return fmt.Sprintf("the article is at revision %d", e.Current.Revision)
}

// InvalidError: the change is none that labels can have.
type InvalidError struct{ Err error }

func (e *InvalidError) Error() string { return "these labels cannot be: " + e.Err.Error() }
func (e *InvalidError) Unwrap() error { return e.Err }

// Put makes s the state of an article, where s.Revision is the current one, and
// returns the new revision once it is on the disk. What the article itself is,
// its text among it, stays as it was. It fails with [*StaleError] where the
// revision is another one, and with [*InvalidError]. It returns 0 where there is
// no article of that key.
func (p *Project) Put(ctx context.Context, key string, s *State) (revision int, err error) {
	p.mu.Lock()
	a := p.byKey[key]
	p.mu.Unlock()
	if a == nil {
		return 0, nil
	}
	now, err := p.current(ctx, a, nil)
	if err != nil {
		return 0, err
	}
	if s.Labels == nil {
		return 0, &InvalidError{errors.New("there are no labels")}
	}
	full := *now.Labels
	full.Claims, full.Quotes, full.Speakers = orEmpty(s.Labels.Claims), orEmpty(s.Labels.Quotes), orEmpty(s.Labels.Speakers)
	next := State{Revision: s.Revision + 1, Done: s.Done, Labels: &full, Rows: s.Rows}
	if err := next.check(); err != nil {
		return 0, &InvalidError{err}
	}

	p.mu.Lock()
	defer p.mu.Unlock()
	if a.revision != s.Revision {
		if a.revision == 0 {
			return 0, &StaleError{now}
		}
		st, err := p.read(key)
		if err != nil {
			return 0, err
		}
		return 0, &StaleError{&st.State}
	}
	st := stored{State: next}
	if b, err := os.ReadFile(p.gold(key)); err == nil {
		st.Before = hash(b)
	}
	if next.Done {
		b, err := next.Gold()
		if err != nil {
			return 0, &InvalidError{err}
		}
		st.Gold = hash(b)
	}
	if err := p.putState(key, st); err != nil {
		return 0, err
	}
	// From here on the change is kept. Should the rest fail, the state still leads
	// to it.
	p.note(a, &next)
	a.goldOnly = false
	p.at("state stands")
	if err := p.putGold(key, &next); err != nil {
		return 0, err
	}
	return next.Revision, nil
}

func (p *Project) putState(key string, s stored) error {
	b, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return p.write(p.state(key), b)
}

// putGold writes or removes the finished article as the state has it.
func (p *Project) putGold(key string, s *State) error {
	if !s.Done {
		err := os.Remove(p.gold(key))
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return errors.Join(err, syncFolder(p.folder()))
	}
	b, err := s.Gold()
	if err != nil {
		return err
	}
	return p.write(p.gold(key), b)
}

// write has a file hold b, or what it held before, whenever the machine stops.
func (p *Project) write(path string, b []byte) error {
	// The lock keeps other programs out, and the number other goroutines; a file
	// that a killed one left is begun anew. os.Create gives what the user's umask
	// leaves, which os.CreateTemp does not.
	f, err := os.Create(filepath.Join(filepath.Dir(path), "."+strconv.FormatInt(p.temps.Add(1), 10)+tempSuffix))
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // fails after the rename
	p.at("made beside " + filepath.Ext(path))
	_, err = f.Write(b)
	p.at("written beside " + filepath.Ext(path))
	if err == nil {
		err = f.Sync()
	}
	p.at("synced " + filepath.Ext(path))
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	p.at("renamed " + filepath.Ext(path))
	if err == nil {
		err = syncFolder(filepath.Dir(path))
	}
	if err != nil {
		return fmt.Errorf("%s cannot be written: %w", path, err)
	}
	return nil
}
