// Package serve is the HTTP interface to the pipeline: it reads articles from
// requests, and writes each with its labels in the form of package
// [goldform]. openapi.json says what may be sent and what comes back; a test
// holds the responses to it.
//
// Nothing is fetched and nothing is kept. What is held in memory is bounded by
// Options: MaxRequests bodies of MaxRecord bytes at most, and in work at a time
// an article for each worker, of which the long ones have MaxRecord bytes
// together.
package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/gzhttp"
	"golang.org/x/sync/semaphore"

	"github.com/onrecord-nlp/onrecord/pipeline"
	_ "github.com/onrecord-nlp/onrecord/pipeline/goldform" // for the documentation
)

// Options say what is served, and how much of it at once.
type Options struct {
	Pipeline  *pipeline.Pipeline
	Version   string   // of the program
	Models    []Model  // that the pipeline uses
	Languages []string // base languages to look through; nil is all

	Workers     int           // articles processed at once
	MaxRecord   int64         // bytes of one article as it is sent, decompressed
	MaxBody     int64         // bytes of a batch, decompressed
	MaxRequests int           // with articles, held at once; others are refused
	Timeout     time.Duration // of one article, of waiting for a worker, and of a client that says nothing

	// AllowOrigins are the origins whose pages may read responses (CORS).
	AllowOrigins []string

	// Log gets one record a request, and faults of the program; never words of an
	// article. Nil drops them.
	Log *slog.Logger
}

// Model names the weights that the pipeline uses.
type Model struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
}

// Server answers requests. It is safe for use by many goroutines.
type Server struct {
	Options
	routes   map[string]route
	compress func(http.Handler) http.HandlerFunc
	openAPI  []byte
	madeBy   []byte // the field of every result

	admitted chan struct{}       // a place for each request held
	workers  *semaphore.Weighted // one for each article in work
	text     *semaphore.Weighted // bytes of long articles in work
	metrics  *metrics
	stopping atomic.Bool
}

// route is one path.
type route struct {
	name    string // in metrics and logs
	methods map[string]func(*exchange)
}

// New makes a Server.
func New(o Options) (*Server, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{
		Options:  o,
		openAPI:  describe(o.Version),
		admitted: make(chan struct{}, o.MaxRequests),
		workers:  semaphore.NewWeighted(int64(o.Workers)),
		text:     semaphore.NewWeighted(o.MaxRecord),
	}
	s.metrics = newMetrics(o.Pipeline.Stages(), func() float64 { return float64(len(s.admitted)) })
	s.Pipeline = o.Pipeline.Observe(s.metrics.stage)
	var err error
	if s.madeBy, err = json.Marshal(s.maker()); err != nil {
		return nil, err
	}
	if s.compress, err = gzhttp.NewWrapper(gzhttp.EnableZstd(false)); err != nil {
		return nil, err
	}
	get := func(f func(*exchange)) map[string]func(*exchange) {
		return map[string]func(*exchange){http.MethodGet: f, http.MethodHead: f}
	}
	post := func(f func(*exchange)) map[string]func(*exchange) {
		return map[string]func(*exchange){http.MethodPost: f}
	}
	s.routes = map[string]route{
		"/":                {"index", get(s.index)},
		"/v1/extract":      {"extract", post(s.extract)},
		"/v1/batch":        {"batch", post(s.batch)},
		"/v1/openapi.json": {"openapi", get(s.description)},
		"/v1/version":      {"version", get(s.version)},
		"/healthz":         {"healthz", get(s.healthz)},
		"/readyz":          {"readyz", get(s.readyz)},
		"/metrics":         {"metrics", get(s.exposition)},
	}
	return s, nil
}

// Stop has /readyz say that the server is about to stop.
func (s *Server) Stop() { s.stopping.Store(true) }

// Refuse answers a request that httpserve turned away.
func (s *Server) Refuse(w http.ResponseWriter, r *http.Request, status int, reason string) {
	code := "foreign_origin"
	if status == http.StatusMisdirectedRequest {
		code = "unknown_host"
	}
	s.serve(w, r, "refused", func(x *exchange) { x.fail(problemf(status, code, "%s", reason)) })
}

// exchange is one request and its response.
type exchange struct {
	w   http.ResponseWriter
	r   *http.Request
	ctl *http.ResponseController

	// For the log.
	documents, failures int
}

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	route, ok := s.routes[r.URL.Path]
	if !ok {
		s.serve(w, r, "none", func(x *exchange) {
			x.fail(problemf(http.StatusNotFound, "not_found", "There is nothing at this path: GET / lists what there is."))
		})
		return
	}
	do, ok := route.methods[r.Method]
	if !ok {
		do = func(x *exchange) {
			x.w.Header().Set("Allow", route.allow())
			if r.Method == http.MethodOptions {
				x.w.WriteHeader(http.StatusNoContent)
				return
			}
			x.fail(problemf(http.StatusMethodNotAllowed, "method", "The method is none of those of this path: use %s.", route.allow()))
		}
	}
	s.serve(w, r, route.name, do)
}

func (r route) allow() string {
	methods := []string{http.MethodOptions}
	for m := range r.methods {
		methods = append(methods, m)
	}
	slices.Sort(methods)
	return strings.Join(methods, ", ")
}

// serve calls do, and counts, logs and compresses what it answers. A panic is
// answered with status 500.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, route string, do func(*exchange)) {
	began := time.Now()
	s.metrics.inFlight.Inc()
	defer s.metrics.inFlight.Dec()
	rec := &recorder{ResponseWriter: w}
	h := rec.Header()
	h.Set("Server", "onrecord/"+s.Version)
	h.Set("Cache-Control", "no-store")
	s.allowOrigin(h, r)
	x := &exchange{r: r, ctl: http.NewResponseController(rec)}
	x.ctl.SetWriteDeadline(time.Time{}) // that of the request before it on the connection
	defer func() {
		s.metrics.request(route, r.Method, rec.status, time.Since(began))
		s.Log.LogAttrs(r.Context(), slog.LevelInfo, "request", slog.String("method", knownMethod(r.Method)), slog.String("route", route),
			slog.Int("status", rec.status), slog.Int64("bytes", rec.bytes), slog.Float64("seconds", time.Since(began).Seconds()),
			slog.Int("documents", x.documents), slog.Int("failures", x.failures), slog.String("remote", r.RemoteAddr))
	}()
	s.compress(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		x.w, x.r = w, r
		defer func() {
			if p := recover(); p != nil && p != http.ErrAbortHandler {
				s.Log.Error("panic", "route", route, "stack", string(stack()))
				if rec.status != 0 {
					panic(http.ErrAbortHandler) // too late to say so
				}
				x.fail(problemf(http.StatusInternalServerError, "panic", "The program is at fault: please report what was sent."))
			} else if p != nil {
				panic(p)
			}
		}()
		do(x)
		x.ctl.SetWriteDeadline(time.Now().Add(s.Timeout)) // for what is still to be sent
	}))(rec, r)
}

// allowOrigin answers for CORS, preflight requests included.
func (s *Server) allowOrigin(h http.Header, r *http.Request) {
	if len(s.AllowOrigins) == 0 {
		return
	}
	h.Add("Vary", "Origin")
	if !slices.Contains(s.AllowOrigins, r.Header.Get("Origin")) {
		return
	}
	h.Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
	h.Set("Access-Control-Expose-Headers", "Retry-After")
	if r.Method == http.MethodOptions {
		h.Set("Access-Control-Allow-Methods", "GET, HEAD, POST")
		h.Set("Access-Control-Allow-Headers", "Content-Type, Content-Encoding")
		h.Set("Access-Control-Max-Age", "3600")
	}
}

// recorder keeps what was answered.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	n, err := r.ResponseWriter.Write(b)
	r.bytes += int64(n)
	return n, err
}

func (r *recorder) Flush()                      { http.NewResponseController(r.ResponseWriter).Flush() }
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// write sends a whole response.
func (x *exchange) write(status int, contentType string, body []byte) {
	h := x.w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	x.w.WriteHeader(status)
	if x.r.Method != http.MethodHead {
		x.w.Write(body)
	}
}

// writeJSON sends a value as a whole response.
func (x *exchange) writeJSON(status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	x.write(status, mediaJSON, append(b, '\n'))
}

// produces reports whether the client takes the media type, and answers 406
// where it does not.
func (x *exchange) produces(media string) bool {
	if negotiate(x.r.Header, media) != "" {
		return true
	}
	x.fail(problemf(http.StatusNotAcceptable, "not_acceptable", "The response is %s, which the Accept header leaves out: add it, or drop the header.", media))
	return false
}

// maker is what made the labels.
type maker struct {
	Name    string  `json:"name"`
	Version string  `json:"version"`
	Models  []Model `json:"models"`
}

func (s *Server) maker() maker { return maker{"onrecord", s.Version, s.Models} }

func (s *Server) index(x *exchange) {
	if !x.produces(mediaJSON) {
		return
	}
	type entry struct {
		Path    string   `json:"path"`
		Methods []string `json:"methods"`
	}
	var paths []entry
	for path, r := range s.routes {
		var methods []string
		for m := range r.methods {
			methods = append(methods, m)
		}
		slices.Sort(methods)
		paths = append(paths, entry{path, methods})
	}
	slices.SortFunc(paths, func(a, b entry) int { return strings.Compare(a.Path, b.Path) })
	x.writeJSON(http.StatusOK, struct {
		Name        string  `json:"name"`
		Version     string  `json:"version"`
		Description string  `json:"description"`
		Paths       []entry `json:"paths"`
	}{"onrecord", s.Version, "Post an article to /v1/extract, or many to /v1/batch. /v1/openapi.json describes them.", paths})
}

func (s *Server) version(x *exchange) {
	if x.produces(mediaJSON) {
		x.writeJSON(http.StatusOK, s.maker())
	}
}

func (s *Server) description(x *exchange) {
	if x.produces(mediaJSON) {
		x.write(http.StatusOK, mediaJSON, s.openAPI)
	}
}

type condition struct {
	Status string `json:"status"`
}

func (s *Server) healthz(x *exchange) {
	if x.produces(mediaJSON) {
		x.writeJSON(http.StatusOK, condition{"alive"})
	}
}

func (s *Server) readyz(x *exchange) {
	switch {
	case !x.produces(mediaJSON):
	case s.stopping.Load():
		x.fail(problemf(http.StatusServiceUnavailable, "stopping", "The server is about to stop: ask another one."))
	default:
		x.writeJSON(http.StatusOK, condition{"ready"})
	}
}

// errBusy says that no worker was free in time.
var errBusy = errors.New("no worker was free in time")

// turn waits for a worker, and for n bytes of a long text for room, for as long
// as Timeout. A text is long if as many as there are workers would exceed
// MaxRecord: so long ones never take all workers, and short ones wait behind
// none that waits for room.
func (s *Server) turn(ctx context.Context, n int) (release func(), err error) {
	s.metrics.queued.Inc()
	defer s.metrics.queued.Dec()
	wait, cancel := context.WithTimeoutCause(ctx, s.Timeout, errBusy)
	defer cancel()
	leave := func() {}
	if int64(n) > s.MaxRecord/int64(s.Workers) {
		size := min(int64(n), s.MaxRecord)
		if s.text.Acquire(wait, size) != nil {
			return nil, context.Cause(wait)
		}
		leave = func() { s.text.Release(size) }
	}
	if s.workers.Acquire(wait, 1) != nil {
		leave()
		return nil, context.Cause(wait)
	}
	return func() {
		s.workers.Release(1)
		leave()
	}, nil
}

// admit takes a place for a request, or answers that there is none.
func (s *Server) admit(x *exchange) (leave func(), ok bool) {
	select {
	case s.admitted <- struct{}{}:
		return func() { <-s.admitted }, true
	default:
		x.fail(busy(fmt.Sprintf("%d requests are held already", s.MaxRequests)))
		return nil, false
	}
}

func (s *Server) extract(x *exchange) {
	if !x.produces(mediaJSON) {
		return
	}
	media, ok := x.consumes(mediaText, mediaHTML, mediaJSON)
	if !ok {
		return
	}
	leave, ok := s.admit(x)
	if !ok {
		return
	}
	defer leave()
	data, p := s.body(x)
	if p == nil && len(data) == 0 {
		p = problemf(http.StatusBadRequest, "empty", "The body is empty: send an article.")
	}
	var out []byte
	if p == nil {
		in := input{source: "body"}
		if p = in.read(media, data); p == nil {
			out, p = s.article(x.r.Context(), &in)
		}
	}
	if p != nil {
		x.failures++
		s.metrics.failures.WithLabelValues(p.code()).Inc()
		x.fail(p)
		return
	}
	x.documents++
	x.write(http.StatusOK, mediaJSON, append(out, '\n'))
}

// body reads the body of one article.
func (s *Server) body(x *exchange) ([]byte, *problem) {
	encoding, p := x.encoding()
	if p == nil {
		p = x.declared(s.MaxRecord)
	}
	if p != nil {
		return nil, p
	}
	r, p := decoded(s.patient(x, s.MaxRecord), encoding, s.MaxRecord)
	if p != nil {
		return nil, p
	}
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, bodyProblem(err)
	}
	return data, nil
}
