package cli

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// TestViewServes: the address printed gives the page and its data, and an
// interrupt ends the server in good order.
func TestViewServes(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out, w := io.Pipe()
	root := newRoot()
	root.SetArgs([]string{"view", "../../../../testdata/gold/dev", "--addr", "127.0.0.1:0"})
	root.SetOut(w)
	done := make(chan error, 1)
	go func() {
		done <- root.ExecuteContext(ctx)
		w.Close()
	}()
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		t.Fatal(<-done)
	}
	address := lines.Text()
	go io.Copy(io.Discard, out)
	for path, want := range map[string]string{"": "<!DOCTYPE html>", "data/index": `"articles"`, "data/chunk-0": `"01-idaho-dam-leak"`} {
		resp, err := http.Get(address + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK || !strings.Contains(string(body), want) {
			t.Errorf("%s%s: status %d, %v, %.100s", address, path, resp.StatusCode, err, body)
		}
	}
	resp, err := http.Get(address + "data/chunk-99")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusNotFound {
		t.Errorf("a chunk that is not there: status %d", resp.StatusCode)
	}
	http.DefaultClient.CloseIdleConnections()
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestViewInterrupted: an interrupt before there is a page gives none, and the
// status that help tells.
func TestViewInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range [][]string{
		{"view", "../../../../testdata/gold/dev", "--html", filepath.Join(t.TempDir(), "out.html")},
		{"label", "../../../../testdata/gold/dev", "--labels", t.TempDir(), "--annotator", "ada"},
	} {
		root := newRoot()
		root.SetArgs(c)
		var out, told strings.Builder
		root.SetOut(&out)
		cmd, err := root.ExecuteContextC(ctx)
		if got := status(cmd, err, &told); got != statusInterrupted || told.String() != "onrecord: interrupted\n" || out.String() != "" {
			t.Errorf("%s: status %d, %q, %q", c[0], got, told.String(), out.String())
		}
	}
}

// TestCorrect: the command that a page tells names the folder and the texts as
// they were given, whatever a shell makes of them.
func TestCorrect(t *testing.T) {
	for _, c := range []struct {
		path  string
		texts []string
		want  string
	}{
		{"out", nil, "onrecord label out --labels labels --annotator YOUR-NAME"},
		{"../my run/it's $HOME", nil, `onrecord label '../my run/it'\''s $HOME' --labels labels --annotator YOUR-NAME`},
		{"-odd", nil, "onrecord label ./-odd --labels labels --annotator YOUR-NAME"},
		{"l.jsonl", []string{"a.jsonl", "b c.jsonl"}, "onrecord label l.jsonl --labels labels --annotator YOUR-NAME --texts a.jsonl --texts 'b c.jsonl'"},
	} {
		f := viewFlags{texts: c.texts}
		if got := f.correct(c.path); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", c.path, got, c.want)
		}
	}
}
