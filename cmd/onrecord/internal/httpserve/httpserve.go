// Package httpserve runs local HTTP servers: it listens, guards the handler
// against what a browser may be made to send, and stops in good order.
//
// A page on the web can send requests to a server on the reader's own machine.
// Three guards keep it out: a request whose Host header is a name that the
// server does not go by is refused, as names can be pointed at this machine
// after a page has loaded (DNS rebinding); a request that would change
// something and comes from a page of another origin is refused; and headers
// forbid other pages to embed what is served.
package httpserve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// DefaultAddr is a free port that only this machine can reach.
const DefaultAddr = "127.0.0.1:0"

// Limits on one connection. How long a body may take is for the handler to say,
// by [http.ResponseController].
const (
	headerTimeout  = 10 * time.Second // from the first byte to the end of the headers
	idleTimeout    = 2 * time.Minute  // between two requests
	maxHeaderBytes = 64 << 10
)

// ErrCut is returned where requests in flight outlived Options.Grace.
var ErrCut = errors.New("requests that were still in flight were cut off")

// Options say what to serve, where and for whom.
type Options struct {
	// Addr is a host and a port: "127.0.0.1:8080". Port 0 is a free one, no host
	// is 127.0.0.1, and nothing at all is DefaultAddr. Other machines can reach
	// the server only where the address is named, as in "0.0.0.0:8080".
	Addr    string
	Handler http.Handler

	// Ready, where not nil, is called once, when the server listens, with its
	// address: "http://127.0.0.1:8080", without a slash at the end.
	Ready func(url string)

	// Stopping, where not nil, is called once, when the context has ended and
	// before anything is closed. Requests are still taken for Drain after it, so
	// that a balancer which asks whether the server is ready can learn of it.
	Stopping func()
	Drain    time.Duration

	// Grace is how long requests in flight may take once no more are taken. Then
	// their contexts end and their connections are closed.
	Grace time.Duration

	// AllowHosts are names by which the server may be called, beside the one in
	// Addr: "onrecord.example.org"; "*" is any. Without them a server on a
	// loopback address answers to loopback addresses and localhost, and another
	// one to every address that is a number: such a one cannot be rebound.
	AllowHosts []string
	// AllowOrigins are origins, "https://example.org", whose pages may send
	// requests that change something. CORS headers are for the handler to set.
	AllowOrigins []string

	// Refuse writes the response to a request that a guard turned away: status is
	// 403 or 421, and reason says why and what to do. Nil writes plain text.
	Refuse func(w http.ResponseWriter, r *http.Request, status int, reason string)

	// ErrorLog gets what goes wrong on connections, panics of the handler among
	// it. Nil drops it.
	ErrorLog *log.Logger
}

// Run serves until the context ends, and returns nil after a stop in good order,
// ErrCut after one that was not, or the reason why it could not serve.
func Run(ctx context.Context, o Options) error {
	named, ln, err := listen(ctx, o.Addr)
	if err != nil {
		return err
	}
	defer ln.Close()
	handler, err := guard(o, named, ln.Addr())
	if err != nil {
		return err
	}
	errorLog := o.ErrorLog
	if errorLog == nil {
		errorLog = log.New(io.Discard, "", 0)
	}
	fresh := &freshConns{conns: make(map[net.Conn]struct{})}
	srv := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          errorLog,
		ConnState:         fresh.note,
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ln) }()
	if o.Ready != nil {
		o.Ready(address(ln.Addr()))
	}
	select {
	case err := <-served:
		return fmt.Errorf("listening on %s failed: %w", ln.Addr(), err)
	case <-ctx.Done():
	}
	if o.Stopping != nil {
		o.Stopping()
	}
	if o.Drain > 0 {
		time.Sleep(o.Drain)
	}
	return shutdown(srv, ln, fresh, o.Grace)
}

func shutdown(srv *http.Server, ln net.Listener, fresh *freshConns, grace time.Duration) error {
	ln.Close()
	fresh.close()
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	if err := srv.Shutdown(ctx); ctx.Err() != nil && err != nil {
		srv.Close()
		return fmt.Errorf("after %v %w", grace, ErrCut)
	}
	return nil
}

// listen opens the address, and returns the host that it names.
func listen(ctx context.Context, addr string) (host string, ln net.Listener, err error) {
	if addr == "" {
		addr = DefaultAddr
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", nil, fmt.Errorf("%q is no address to listen on: name a host and a port, as 127.0.0.1:8080, or port 0 for a free one", addr)
	}
	if host == "" {
		host = "127.0.0.1"
	}
	var lc net.ListenConfig
	ln, err = lc.Listen(ctx, "tcp", net.JoinHostPort(host, port))
	// Windows has numbers of its own for these.
	const wsaAddrInUse, wsaAddrNotAvail = syscall.Errno(10048), syscall.Errno(10049)
	switch {
	case err == nil:
		return host, ln, nil
	case errors.Is(err, syscall.EADDRINUSE) || errors.Is(err, wsaAddrInUse):
		return "", nil, fmt.Errorf("port %s of %s is in use by another program: end it, or choose another port; port 0 is a free one", port, host)
	case errors.Is(err, syscall.EADDRNOTAVAIL) || errors.Is(err, wsaAddrNotAvail):
		return "", nil, fmt.Errorf("%s is no address of this machine: listen on 127.0.0.1, or on 0.0.0.0 for every address that it has", host)
	case errors.Is(err, syscall.EACCES):
		return "", nil, fmt.Errorf("listening on port %s of %s is not permitted: choose a port of 1024 or above", port, host)
	}
	return "", nil, fmt.Errorf("cannot listen on %s: %w", addr, err)
}

// address is where a browser on this machine finds the server.
func address(a net.Addr) string {
	tcp, ok := a.(*net.TCPAddr)
	if ok && tcp.IP.IsUnspecified() {
		return fmt.Sprintf("http://127.0.0.1:%d", tcp.Port)
	}
	return "http://" + a.String()
}

// guard wraps the handler. named is the host that the user asked for, at the
// address that it became.
func guard(o Options, named string, at net.Addr) (http.Handler, error) {
	refuse := o.Refuse
	if refuse == nil {
		refuse = func(w http.ResponseWriter, _ *http.Request, status int, reason string) { http.Error(w, reason, status) }
	}
	cross := http.NewCrossOriginProtection()
	for _, origin := range o.AllowOrigins {
		if err := cross.AddTrustedOrigin(origin); err != nil {
			return nil, fmt.Errorf("%q is no origin, such as https://example.org: %w", origin, err)
		}
	}
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		refuse(w, r, http.StatusForbidden, "The request comes from a page of another origin, and would change something: send it from a page of this server, or allow the origin.")
	}))
	tcp, ok := at.(*net.TCPAddr)
	hosts := hosts{named: append([]string{named}, o.AllowHosts...), loopback: ok && tcp.IP.IsLoopback()}
	inner := cross.Handler(o.Handler)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		// A page says for itself what it needs.
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
		if !hosts.allow(r.Host) {
			refuse(w, r, http.StatusMisdirectedRequest, fmt.Sprintf("The server does not go by the name %.100q: call it by its address, or allow the name.", r.Host))
			return
		}
		inner.ServeHTTP(w, r)
	}), nil
}

// hosts knows the names that the server goes by.
type hosts struct {
	named    []string
	loopback bool
}

// allow judges a Host header, with or without a port. The port does not matter:
// it changes on its way through a tunnel, and no page can be made to lie of it.
func (h hosts) allow(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"), ".")
	if host == "" {
		return false
	}
	if slices.ContainsFunc(h.named, func(name string) bool { return name == "*" || strings.EqualFold(name, host) }) {
		return true
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		return !h.loopback || ip.Unmap().IsLoopback()
	}
	return strings.EqualFold(host, "localhost")
}

// freshConns are connections on which nothing has been asked yet. Browsers open
// some in advance, and Shutdown would wait five seconds for each.
type freshConns struct {
	mu      sync.Mutex
	conns   map[net.Conn]struct{}
	stopped bool
}

func (f *freshConns) note(c net.Conn, s http.ConnState) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case s != http.StateNew:
		delete(f.conns, c)
	case f.stopped:
		c.Close()
	default:
		f.conns[c] = struct{}{}
	}
}

func (f *freshConns) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stopped = true
	for c := range f.conns {
		c.Close()
	}
}
