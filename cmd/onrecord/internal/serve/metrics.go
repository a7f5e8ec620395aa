package serve

import (
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/onrecord-nlp/onrecord/pipeline"
)

// metrics counts what is served. Its labels have few values each.
type metrics struct {
	registry  *prometheus.Registry
	requests  *prometheus.CounterVec   // route, method, code
	durations *prometheus.HistogramVec // route
	inFlight  prometheus.Gauge
	queued    prometheus.Gauge
	documents prometheus.Counter
	words     prometheus.Counter
	failures  *prometheus.CounterVec // reason
	stages    []prometheus.Counter   // seconds
}

func newMetrics(stages []pipeline.Stage, held func() float64) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "onrecord_http_requests_total", Help: "Requests answered."}, []string{"route", "method", "code"}),
		durations: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "onrecord_http_request_duration_seconds", Help: "Time from the headers of a request to the end of its response.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300}}, []string{"route"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "onrecord_http_requests_in_flight", Help: "Requests that are being answered."}),
		queued: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "onrecord_documents_queued", Help: "Articles that wait for a free core."}),
		documents: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "onrecord_documents_total", Help: "Articles processed."}),
		words: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "onrecord_words_total", Help: "Words of the articles processed."}),
		failures: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "onrecord_failures_total", Help: "Articles and batches that failed, by the code of the problem."}, []string{"reason"}),
	}
	seconds := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "onrecord_stage_seconds_total", Help: "Time spent in a stage."}, []string{"stage"})
	for _, s := range stages {
		m.stages = append(m.stages, seconds.WithLabelValues(s.Name()))
	}
	m.registry.MustRegister(m.requests, m.durations, m.inFlight, m.queued, m.documents, m.words, m.failures, seconds,
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "onrecord_requests_held", Help: "Requests with articles that are being answered or wait; --max-requests bounds them."}, held),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// stage counts the time of a stage on one document.
func (m *metrics) stage(i int, took time.Duration) { m.stages[i].Add(took.Seconds()) }

func (m *metrics) request(route, method string, status int, took time.Duration) {
	m.requests.WithLabelValues(route, knownMethod(method), strconv.Itoa(status)).Inc()
	m.durations.WithLabelValues(route).Observe(took.Seconds())
}

// knownMethod keeps names that clients make up out of metrics and logs.
func knownMethod(m string) string {
	if slices.Contains([]string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"}, m) {
		return m
	}
	return "other"
}

// exposition answers with the metrics in Prometheus's text format.
func (s *Server) exposition(x *exchange) {
	if !x.produces(mediaText) {
		return
	}
	r := x.r.Clone(x.r.Context())
	r.Header.Set("Accept", mediaText) // other forms are left out
	promhttp.HandlerFor(s.metrics.registry, promhttp.HandlerOpts{DisableCompression: true}).ServeHTTP(x.w, r)
}
