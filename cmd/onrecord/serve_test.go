package main

import (
	"bufio"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

// SIGTERM while a batch is sent: /readyz says no, the batch is finished, further
// requests are not taken, and the status is 0.
func TestServeStopsInGoodOrder(t *testing.T) {
	r := start(t, t.TempDir(), "serve", "--addr", "127.0.0.1:0", "--drain", "300ms", "--log-format", "json")
	r.awaitStderr(`"msg":"serving"`)
	_, url, _ := strings.Cut(r.stderr.String(), `"url":"`)
	url, _, _ = strings.Cut(url, `"`)
	body, feed := io.Pipe()
	go io.WriteString(feed, `{"id":"a","text":"“No,” he said."}`+"\n")
	resp, err := http.Post(url+"/v1/batch", "application/x-ndjson", body)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	results := bufio.NewScanner(resp.Body)
	if !results.Scan() || !strings.Contains(results.Text(), `"id":"a"`) {
		t.Fatalf("%q, %v", results.Text(), results.Err())
	}
	r.cmd.Process.Signal(syscall.SIGTERM)
	for began := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		ready, err := http.Get(url + "/readyz")
		if err == nil {
			ready.Body.Close()
			if ready.StatusCode == http.StatusServiceUnavailable {
				break
			}
		}
		if time.Since(began) > 10*time.Second || err != nil {
			t.Fatalf("/readyz does not say no: %v, %v", ready, err)
		}
	}
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) { // until the drain is over
		late, err := http.Get(url + "/readyz")
		if err != nil {
			break
		}
		late.Body.Close()
		if time.Since(began) > 10*time.Second {
			t.Fatal("requests are still taken")
		}
	}
	io.WriteString(feed, `{"id":"b","text":"“Yes,” she said."}`+"\n")
	feed.Close()
	if !results.Scan() || !strings.Contains(results.Text(), `"id":"b"`) {
		t.Errorf("the batch was not finished: %q, %v", results.Text(), results.Err())
	}
	if results.Scan() || results.Err() != nil {
		t.Errorf("%q, %v", results.Text(), results.Err())
	}
	if status := r.wait(); status != 0 {
		t.Errorf("status %d, want 0: %s", status, r.stderr.String())
	}
	if log := r.stderr.String(); !strings.Contains(log, `"route":"batch","status":200`) || strings.Contains(log, "“") {
		t.Errorf("log: %s", log)
	}
}
