// Package browser drives a real Chromium in tests.
//
// Each Tab has a fresh profile, no network but what the test serves, and a
// record of what the page complained of: script errors, content security policy
// violations, console errors. Tests skip themselves where there is no Chromium,
// unless ONRECORD_CHROMIUM names one that is not there. Screenshots go to the
// folder ONRECORD_SCREENSHOTS, and nowhere where it is not set.
package browser

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Size of a window in CSS pixels.
type Size struct{ Width, Height int64 }

// Sizes at which pages are looked at.
var (
	Wide   = Size{1360, 900}
	Narrow = Size{390, 844}
)

// Patience is how long one step of a test may take before it fails. It is a
// guard against hanging, and no measure.
const Patience = 60 * time.Second

// Tab is one page in a browser of its own.
type Tab struct {
	t   testing.TB
	ctx context.Context

	mu         sync.Mutex
	complaints []string
}

// Open starts a browser with an empty page. It ends with the test.
func Open(t testing.TB, size Size) *Tab {
	t.Helper()
	path := find(t)
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.UserDataDir(t.TempDir()),
		chromedp.NoSandbox, // tests run as root in containers
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"),
		chromedp.WindowSize(int(size.Width), int(size.Height)),
	)
	ctx, stop := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	tab := &Tab{t: t, ctx: ctx}
	// Listen starts the browser, which lives as long as the context.
	if err := chromedp.Listen(ctx, tab.listen); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	call(tab, log.Enable, cdp.Empty{})
	tab.Resize(size)
	return tab
}

// find returns the Chromium to use, or skips the test.
func find(t testing.TB) string {
	t.Helper()
	if path := os.Getenv("ONRECORD_CHROMIUM"); path != "" {
		if _, err := os.Stat(path); err != nil {
			t.Fatalf("ONRECORD_CHROMIUM: %v", err)
		}
		return path
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("there is no Chromium to look at the page with; ONRECORD_CHROMIUM may name one")
	return ""
}

// listen keeps what the page complains of, and says no to the browser's own
// dialogs.
func (tab *Tab) listen(event any) {
	add := func(s string) {
		tab.mu.Lock()
		defer tab.mu.Unlock()
		tab.complaints = append(tab.complaints, s)
	}
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		what := e.ExceptionDetails.Text
		if x := e.ExceptionDetails.Exception; x != nil {
			what += " " + x.Description
		}
		add("exception: " + what)
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeAssert {
			var words []string
			for _, a := range e.Args {
				words = append(words, string(a.Value), a.Description)
			}
			add("console: " + strings.Join(words, " "))
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError {
			add(string(e.Entry.Source) + ": " + e.Entry.Text + " " + e.Entry.URL)
		}
	case *page.EventJavascriptDialogOpening:
		add("dialog: " + e.Message)
		go chromedp.Call(tab.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: e.Type == page.DialogTypeBeforeunload})
	}
}

// Complaints returns what the page complained of since the last call.
func (tab *Tab) Complaints() []string {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	c := tab.complaints
	tab.complaints = nil
	return c
}

// Quiet fails the test where the page complained of anything.
func (tab *Tab) Quiet() {
	tab.t.Helper()
	for _, c := range tab.Complaints() {
		tab.t.Errorf("the page complains: %s", c)
	}
}

// Do runs actions, and fails the test where one fails or hangs.
func (tab *Tab) Do(actions ...chromedp.Action[chromedp.Void]) {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, Patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		tab.fail(err)
	}
}

// call sends a command of the protocol.
func call[P, R any](tab *Tab, c cdp.Command[P, R], params P) R {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, Patience)
	defer cancel()
	r, err := chromedp.Call(ctx, c, params)
	if err != nil {
		tab.fail(err)
	}
	return r
}

// fail ends the test, with a picture of where it stood.
func (tab *Tab) fail(err error) {
	tab.t.Helper()
	tab.Shot("failed-" + strings.ReplaceAll(tab.t.Name(), "/", "-"))
	tab.t.Fatalf("%v; the page complained of: %q", err, tab.Complaints())
}

// Go opens an address and waits for the page to load.
func (tab *Tab) Go(url string) {
	tab.t.Helper()
	tab.Do(chromedp.Navigate(url))
}

// Eval returns the value of a JavaScript expression; promises are awaited.
func Eval[T any](tab *Tab, expression string) T {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, Patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		tab.fail(fmt.Errorf("%s: %w", expression, err))
	}
	return v
}

// Await waits until a JavaScript expression is true.
func (tab *Tab) Await(expression string) {
	tab.t.Helper()
	deadline := time.Now().Add(Patience)
	for !Eval[bool](tab, "!!("+expression+")") {
		if time.Now().After(deadline) {
			tab.fail(fmt.Errorf("%s has not come true", expression))
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// Modifiers of keys.
const (
	Ctrl  = int64(chromedp.ModifierCtrl)
	Shift = int64(chromedp.ModifierShift)
	Alt   = int64(chromedp.ModifierAlt)
)

// Keys presses keys as a keyboard does: text, or names of keys as package
// chromedp/kb has them, with modifiers held, if any. A page that takes a key for
// itself keeps its character from being typed.
func (tab *Tab) Keys(keys string, modifiers ...int64) {
	tab.t.Helper()
	var held int64
	for _, m := range modifiers {
		held |= m
	}
	tab.Do(func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		for _, r := range keys {
			events := kb.Encode(r)
			down, up := *events[0], *events[len(events)-1]
			down.Modifiers |= held
			up.Modifiers |= held
			if len(events) == 3 && down.Modifiers&^Shift == 0 {
				// The character goes with the key that types it, and not on its own.
				down.Text, down.UnmodifiedText = events[1].Text, events[1].UnmodifiedText
			}
			for _, e := range []input.DispatchKeyEventParams{down, up} {
				if _, err := cdp.Call(ctx, t, input.DispatchKeyEvent, e); err != nil {
					return chromedp.Void{}, err
				}
			}
		}
		return chromedp.Void{}, nil
	})
}

// Click clicks the first element that a CSS selector finds.
func (tab *Tab) Click(selector string) {
	tab.t.Helper()
	tab.Do(chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
}

// Dark has the page believe that the reader prefers dark pages, or light ones.
func (tab *Tab) Dark(dark bool) {
	tab.t.Helper()
	value := "light"
	if dark {
		value = "dark"
	}
	call(tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: value}},
	})
}

// Resize changes the size of the window.
func (tab *Tab) Resize(size Size) {
	tab.t.Helper()
	tab.Do(chromedp.EmulateViewport(size.Width, size.Height))
}

// Shot keeps a screenshot of the window as NAME.png, where screenshots are
// wanted.
func (tab *Tab) Shot(name string) {
	dir := os.Getenv("ONRECORD_SCREENSHOTS")
	if dir == "" {
		return
	}
	ctx, cancel := context.WithTimeout(tab.ctx, Patience)
	defer cancel()
	b, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		tab.t.Logf("screenshot %s: %v", name, err)
		return
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		tab.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), b, 0o644); err != nil {
		tab.t.Fatal(err)
	}
}
