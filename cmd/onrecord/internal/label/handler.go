package label

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/onrecord-nlp/onrecord/cmd/onrecord/internal/page"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

const (
	// maxBody is the longest state taken: some hundred thousand rows.
	maxBody = 32 << 20
	// bodyTimeout is how long a body may take to come.
	bodyTimeout = time.Minute
)

// Handler serves the page at /, and below /data/
//
//	GET index               the articles and how far they are
//	GET articles/KEY        the state of one, with its text and marks
//	PUT articles/KEY        a State whose revision is the current one: its labels without "text"
//	GET agreement/NAME      this annotator's finished articles against those of another
//
// A PUT is answered when the change is on the disk: 200 and the new revision;
// 409 and the current state where the revision is another; 422 where labels
// cannot be so; 404, 413, 415 and 500.
func (p *Project) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", page.Shell(page.Label, "Labels by "+p.annotator))
	mux.HandleFunc("GET /data/index", func(w http.ResponseWriter, r *http.Request) { p.getIndex(w, r) })
	mux.HandleFunc("GET /data/articles/{key}", p.getArticle)
	mux.HandleFunc("PUT /data/articles/{key}", p.putArticle)
	mux.HandleFunc("GET /data/agreement/{name}", p.getAgreement)
	return mux
}

// answer writes v as JSON.
func answer(w http.ResponseWriter, r *http.Request, status int, v any) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	var out io.Writer = w
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		z, _ := gzip.NewWriterLevel(w, gzip.BestSpeed) // the level is a valid one
		defer z.Close()
		out = z
	}
	w.WriteHeader(status)
	json.NewEncoder(out).Encode(v) // who cannot be written to cannot be told
}

// refuse answers with an error.
func refuse(w http.ResponseWriter, r *http.Request, status int, err error) {
	answer(w, r, status, struct {
		Error string `json:"error"`
	}{err.Error()})
}

// index is what the page knows of all articles: lists as long as each other.
type index struct {
	Annotator string   `json:"annotator"`
	Project   string   `json:"project"` // what a browser keeps is kept under it
	Others    []string `json:"others"`  // further annotators
	Blind     bool     `json:"blind"`
	Articles  struct {
		Key       []string `json:"key"`
		ID        []string `json:"id"`
		Title     []string `json:"title"`
		Outlet    []string `json:"outlet"`
		Published []string `json:"published"` // RFC 3339; "" where unknown
		Words     []int    `json:"words"`
		Progress  []int    `json:"progress"` // 0 untouched, 1 begun, 2 finished
		Left      []int    `json:"left"`     // rows still to judge, of those begun
		Labels    []int    `json:"labels"`
	} `json:"articles"`
}

func (p *Project) getIndex(w http.ResponseWriter, r *http.Request) {
	names, err := Annotators(p.dir)
	if err != nil {
		refuse(w, r, http.StatusInternalServerError, err)
		return
	}
	ix := index{Annotator: p.annotator, Project: p.identity.ID, Others: []string{}, Blind: p.options.Blind}
	for _, n := range names {
		if n != p.annotator {
			ix.Others = append(ix.Others, n)
		}
	}
	p.mu.Lock()
	x := &ix.Articles
	x.Key = []string{} // and not null, where there are none
	for _, a := range p.articles {
		x.Key = append(x.Key, a.key)
		x.ID = append(x.ID, a.id)
		x.Title = append(x.Title, a.title)
		x.Outlet = append(x.Outlet, a.outlet)
		published := ""
		if !a.published.IsZero() {
			published = a.published.UTC().Format(time.RFC3339)
		}
		x.Published = append(x.Published, published)
		x.Words = append(x.Words, a.words)
		progress := 0
		switch {
		case a.done:
			progress = 2
		case a.revision > 0:
			progress = 1
		}
		x.Progress = append(x.Progress, progress)
		x.Left = append(x.Left, a.left)
		x.Labels = append(x.Labels, a.labels)
	}
	p.mu.Unlock()
	answer(w, r, http.StatusOK, ix)
}

var errNoArticle = errors.New("there is no such article here: the server may have been started on others")

func (p *Project) getArticle(w http.ResponseWriter, r *http.Request) {
	s, marks, err := p.Get(r.Context(), r.PathValue("key"))
	switch {
	case err != nil:
		refuse(w, r, http.StatusInternalServerError, err)
	case s == nil:
		refuse(w, r, http.StatusNotFound, errNoArticle)
	default:
		answer(w, r, http.StatusOK, struct {
			*State
			Marks *goldform.Record `json:"marks"`
		}{s, marks})
	}
}

func (p *Project) putArticle(w http.ResponseWriter, r *http.Request) {
	if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != "application/json" {
		refuse(w, r, http.StatusUnsupportedMediaType, errors.New("a state is application/json"))
		return
	}
	http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyTimeout)) // test servers may know none
	var s State
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&s); err != nil {
		status := http.StatusBadRequest
		if tooLong := new(http.MaxBytesError); errors.As(err, &tooLong) {
			status = http.StatusRequestEntityTooLarge
			err = fmt.Errorf("the state is longer than %d bytes", maxBody)
		}
		refuse(w, r, status, err)
		return
	}
	revision, err := p.Put(r.Context(), r.PathValue("key"), &s)
	var stale *StaleError
	var invalid *InvalidError
	switch {
	case errors.As(err, &stale):
		now := *stale.Current
		labels := *now.Labels
		labels.Text = nil // the page has it
		now.Labels = &labels
		answer(w, r, http.StatusConflict, now)
	case errors.As(err, &invalid):
		refuse(w, r, http.StatusUnprocessableEntity, err)
	case err != nil:
		refuse(w, r, http.StatusInternalServerError, err)
	case revision == 0:
		refuse(w, r, http.StatusNotFound, errNoArticle)
	default:
		answer(w, r, http.StatusOK, struct {
			Revision int `json:"revision"`
		}{revision})
	}
}
