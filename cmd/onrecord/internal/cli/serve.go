package cli

import (
	"fmt"
	"io"
	"log"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/onrecord-nlp/onrecord/cmd/onrecord/internal/httpserve"
	"github.com/onrecord-nlp/onrecord/cmd/onrecord/internal/serve"
	"github.com/onrecord-nlp/onrecord/cmd/onrecord/internal/settings"
	"github.com/onrecord-nlp/onrecord/pipeline"
)

func newServe() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "serve [flags]",
		Short: "Answer requests with articles over HTTP",
		Long: `serve answers HTTP requests: POST an article as text, HTML or JSON to
/v1/extract, and the response is the article with its labels, in JSON; or many
as JSON Lines or as an array to /v1/batch. /v1/openapi.json describes all of it,
/metrics is for Prometheus, and docs/serve.md has examples.

Nothing is fetched and nothing is kept. Only this machine can reach the server,
unless --addr names another address of it; whoever can reach it may use it.

It prints its address when it listens. An interrupt (Ctrl-C) or SIGTERM has it
finish the requests in flight and end with status 0; a second one ends it at
once. With --log-format json there is a line on standard error for each request,
which never holds words of an article.

` + `Exit status: 0 stopped in good order, 1 failed, or requests were cut off,
2 wrong usage.`,
		Example: `  onrecord serve --addr 127.0.0.1:8080

  curl -H 'Content-Type: text/plain' --data-binary @article.txt http://127.0.0.1:8080/v1/extract
  curl -H 'Content-Type: application/x-ndjson' -T articles.jsonl -X POST http://127.0.0.1:8080/v1/batch`,
		Args: noArgs,
		RunE: runServe,
	}
	settings.AddNamed(cmd.Flags(), "workers", "engine", "kernel", "model", "target", "language", "max-record", "log-format")
	settings.AddFlags(cmd.Flags(), settings.Serving)
	return cmd
}

func runServe(cmd *cobra.Command, _ []string) error {
	s, err := load(cmd)
	if err != nil {
		return err
	}
	set, err := loadStages(s)
	if err != nil {
		return err
	}
	p, err := pipeline.New(set.Stages())
	if err != nil {
		return err
	}
	logger, faults := serveLog(cmd.ErrOrStderr(), s.LogFormat == "json")
	maxRecord, maxBody, timeout, drain := s.Serving()
	o := serve.Options{
		Pipeline: p, Version: Version, Languages: s.Languages(), Workers: s.Workers,
		MaxRecord: maxRecord, MaxBody: maxBody, MaxRequests: s.MaxRequests, Timeout: timeout,
		AllowOrigins: s.AllowOrigin, Log: logger,
	}
	for _, m := range set.Models() {
		o.Models = append(o.Models, serve.Model{Name: m.Name, SHA256: m.SHA256})
	}
	server, err := serve.New(o)
	if err != nil {
		return err
	}
	frugal()
	return httpserve.Run(cmd.Context(), httpserve.Options{
		Addr: s.Addr, Handler: server, AllowHosts: s.AllowHost, AllowOrigins: s.AllowOrigin, Refuse: server.Refuse,
		Ready: func(url string) {
			logger.Info("serving", "url", url)
			fmt.Fprintf(cmd.OutOrStdout(), "serving on %s\n", url)
		},
		Stopping: server.Stop, Drain: drain, Grace: 2 * timeout, ErrorLog: faults,
	})
}

// serveLog returns where requests and faults are logged: as JSON both, else only
// faults, as text.
func serveLog(w io.Writer, inJSON bool) (*slog.Logger, *log.Logger) {
	var h slog.Handler = slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelWarn})
	if inJSON {
		h = slog.NewJSONHandler(w, nil)
	}
	return slog.New(h), slog.NewLogLogger(h, slog.LevelError)
}
