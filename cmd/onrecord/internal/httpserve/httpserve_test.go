package httpserve

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// start runs a server until the test ends, and returns its address and what
// stops it and waits for the outcome.
func start(t *testing.T, o Options) (url string, stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ready, done := make(chan string, 1), make(chan error, 1)
	o.Ready = func(url string) { ready <- url }
	go func() { done <- Run(ctx, o) }()
	stop = func() error {
		cancel()
		err := <-done
		done <- err
		return err
	}
	t.Cleanup(func() { stop() })
	select {
	case url = <-ready:
	case err := <-done:
		t.Fatal(err)
	}
	return url, stop
}

func answer(text string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, text) })
}

func TestGuards(t *testing.T) {
	opts := Options{Handler: answer("well"), AllowHosts: []string{"desk.example.org"}, AllowOrigins: []string{"https://friend.example"}}
	url, _ := start(t, opts)
	host := strings.TrimPrefix(url, "http://")
	tests := []struct {
		name, method, host string
		header             map[string]string
		want               int
	}{
		{"its own address", "GET", host, nil, 200},
		{"through a tunnel", "GET", "localhost:9999", nil, 200},
		{"IPv6 loopback", "GET", "[::1]:80", nil, 200},
		{"IPv6 loopback without a port", "GET", "[::1]", nil, 200},
		{"an allowed name", "GET", "DESK.example.org", nil, 200},
		{"an allowed name with its dot", "GET", "desk.example.org.:80", nil, 200},
		{"a rebound name", "GET", "evil.example", nil, 421},
		{"a name that ends alike", "GET", "evil.desk.example.org", nil, 421},
		{"another machine's address", "GET", "192.0.2.1", nil, 421},
		{"from its own page", "POST", host, map[string]string{"Origin": url}, 200},
		{"from a program", "POST", host, nil, 200},
		{"from another page", "POST", host, map[string]string{"Origin": "https://evil.example"}, 403},
		{"from another page, as browsers say", "POST", host, map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		{"from a sandboxed page", "POST", host, map[string]string{"Origin": "null"}, 403},
		{"from an allowed page", "POST", host, map[string]string{"Origin": "https://friend.example", "Sec-Fetch-Site": "cross-site"}, 200},
		{"only a look from another page", "GET", host, map[string]string{"Sec-Fetch-Site": "cross-site"}, 200},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			req, _ := http.NewRequestWithContext(t.Context(), tt.method, url, nil)
			req.Host = tt.host
			for k, v := range tt.header {
				req.Header.Set(k, v)
			}
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if body, _ := io.ReadAll(resp.Body); resp.StatusCode != tt.want {
				t.Errorf("status %d, want %d: %s", resp.StatusCode, tt.want, body)
			}
			for _, k := range []string{"X-Content-Type-Options", "Referrer-Policy", "Cross-Origin-Resource-Policy", "Content-Security-Policy"} {
				if resp.Header.Get(k) == "" {
					t.Errorf("no header %s", k)
				}
			}
		})
	}
}

func TestHostsElsewhere(t *testing.T) {
	h := hosts{named: []string{"0.0.0.0"}}
	for host, want := range map[string]bool{"192.0.2.1:80": true, "[2001:db8::1]:80": true, "localhost": true, "evil.example": false, "": false, ":80": false} {
		if got := h.allow(host); got != want {
			t.Errorf("%q allowed: %v, want %v", host, got, want)
		}
	}
	if !(hosts{named: []string{"*"}}).allow("any.example") {
		t.Error("* does not allow every name")
	}
}

func TestListenErrors(t *testing.T) {
	url, _ := start(t, Options{Handler: answer("")})
	for addr, want := range map[string]string{
		strings.TrimPrefix(url, "http://"): "is in use by another program",
		"8080":                             "name a host and a port",
		"192.0.2.1:0":                      "is no address of this machine",
		"127.0.0.1:http-of-mine":           "cannot listen on",
	} {
		err := Run(t.Context(), Options{Addr: addr, Handler: answer("")})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", addr, err, want)
		}
	}
	if err := Run(t.Context(), Options{Handler: answer(""), AllowOrigins: []string{"example.org"}}); err == nil || !strings.Contains(err.Error(), "is no origin") {
		t.Errorf("a bad origin: %v", err)
	}
}

func TestNoHostIsLoopback(t *testing.T) {
	url, _ := start(t, Options{Addr: ":0", Handler: answer("")})
	if !strings.HasPrefix(url, "http://127.0.0.1:") {
		t.Errorf("listens on %s", url)
	}
}

// held answers once it is let go, and tells when it has begun and how its
// context ended.
type held struct {
	begun, release chan struct{}
	ended          chan error
}

func newHeld() held {
	return held{make(chan struct{}), make(chan struct{}), make(chan error, 1)}
}

func (h held) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	close(h.begun)
	select {
	case <-h.release:
	case <-r.Context().Done():
	}
	h.ended <- r.Context().Err()
	io.WriteString(w, "done")
}

func TestRequestsInFlightFinish(t *testing.T) {
	h := newHeld()
	stopping := make(chan struct{})
	url, stop := start(t, Options{Handler: h, Grace: time.Minute, Stopping: func() { close(stopping) }})
	got := make(chan string, 1)
	go func() {
		resp, err := http.Get(url)
		if err != nil {
			got <- err.Error()
			return
		}
		defer resp.Body.Close()
		b, _ := io.ReadAll(resp.Body)
		got <- string(b)
	}()
	<-h.begun
	go func() { <-stopping; close(h.release) }()
	if err := stop(); err != nil {
		t.Error(err)
	}
	if s := <-got; s != "done" {
		t.Errorf("the request in flight got %q", s)
	}
	if _, err := http.Get(url); err == nil {
		t.Error("still taking requests")
	}
}

func TestGraceEnds(t *testing.T) {
	h := newHeld()
	url, stop := start(t, Options{Handler: h, Grace: time.Millisecond})
	go http.Get(url)
	<-h.begun
	if err := stop(); !errors.Is(err, ErrCut) {
		t.Errorf("error %v, want ErrCut", err)
	}
	if err := <-h.ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the handler's context: %v", err)
	}
}

func TestDrainStillTakesRequests(t *testing.T) {
	asked := make(chan error, 1)
	var url string
	o := Options{Handler: answer("no"), Drain: time.Second, Grace: time.Minute}
	o.Stopping = func() {
		go func() {
			resp, err := http.Get(url)
			if err == nil {
				resp.Body.Close()
			}
			asked <- err
		}()
	}
	url, stop := start(t, o)
	if err := stop(); err != nil {
		t.Error(err)
	}
	if err := <-asked; err != nil {
		t.Errorf("a request while draining: %v", err)
	}
}

// A browser's connection in advance does not hold the server up.
func TestUnusedConnectionIsClosed(t *testing.T) {
	url, stop := start(t, Options{Handler: answer("well"), Grace: time.Minute})
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	resp, err := http.Get(url) // accepted after the one above
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	began := time.Now()
	if err := stop(); err != nil {
		t.Error(err)
	}
	if d := time.Since(began); d > 4*time.Second {
		t.Errorf("stopping took %v", d)
	}
}

func TestHeadersAreBounded(t *testing.T) {
	url, _ := start(t, Options{Handler: answer("well")})
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	go io.WriteString(conn, "GET / HTTP/1.1\r\nHost: localhost\r\nX: "+strings.Repeat("x", 100<<10)+"\r\n\r\n")
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("status %d", resp.StatusCode)
	}
}
