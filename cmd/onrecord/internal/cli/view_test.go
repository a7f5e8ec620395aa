package cli

import (
	"bufio"
	"context"
	"io"
	"net/http"
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
