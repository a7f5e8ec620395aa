package label

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/onrecord-nlp/onrecord/cmd/onrecord/internal/browser"
)

// TestBrowserKilled: a browser that is killed while the server is away takes
// nothing along that it has put on its disk, which it does within seconds: the
// next one with the same profile sends it.
func TestBrowserKilled(t *testing.T) {
	browser.Open(t, browser.Narrow) // skips where there is none
	all, marks := pipelines(t)
	dir, profile := t.TempDir(), t.TempDir()
	o := Options{Suggest: all.Process, Marks: marks.Process}
	p := open(t, dir, "ada", o)
	addText(t, p, "moorings", moorings)
	s := serveAt(t, "127.0.0.1:0", p.Handler())

	start := func() (ctx context.Context, kill func()) {
		opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.UserDataDir(profile), chromedp.NoSandbox)
		if path := os.Getenv("ONRECORD_CHROMIUM"); path != "" {
			opts = append(opts, chromedp.ExecPath(path))
		}
		ctx, stop := chromedp.NewExecAllocator(context.Background(), opts...)
		t.Cleanup(stop)
		ctx, _ = chromedp.NewContext(ctx)
		ctx, cancel := context.WithTimeout(ctx, browser.Patience)
		t.Cleanup(cancel)
		if err := chromedp.Do(ctx, chromedp.Navigate(s.url())); err != nil {
			t.Fatal(err)
		}
		return ctx, func() { chromedp.FromContext(ctx).Browser.Process().Kill() }
	}
	await := func(ctx context.Context, expression string) {
		t.Helper()
		for {
			ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("!!("+expression+")"))
			if err != nil {
				t.Fatalf("%s: %v", expression, err)
			}
			if ok {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
	keys := func(ctx context.Context, keys string) {
		t.Helper()
		if err := chromedp.Do(ctx, chromedp.KeyEvent(keys)); err != nil {
			t.Fatal(err)
		}
	}

	ctx, kill := start()
	await(ctx, `document.querySelector(".paper .line")`)
	keys(ctx, "ja")
	await(ctx, `document.querySelector(".articles .begun") && document.querySelector(".saving").textContent === "Saved"`)
	s.Close()
	keys(ctx, "x")
	await(ctx, `document.querySelector(".saving").textContent.includes("kept in this browser")`)
	// On its disk, that is: in the files of its profile.
	for deadline := time.Now().Add(browser.Patience); ; time.Sleep(100 * time.Millisecond) {
		files, _ := filepath.Glob(filepath.Join(profile, "Default", "Local Storage", "leveldb", "*.log"))
		found := false
		for _, f := range files {
			b, _ := os.ReadFile(f)
			b = bytes.ReplaceAll(b, []byte{0}, nil) // two bytes a letter, where one of the entry needs them
			found = found || bytes.Contains(b, []byte(`"rejected"`))
		}
		if found {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the browser has put nothing on its disk: %v", files)
		}
	}
	kill()
	if got := get(t, p, "moorings").Rows.Claims[1].Status; got != Suggested {
		t.Fatalf("the second claim is %s before it could be sent", got)
	}
	s = serveAt(t, s.addr, p.Handler())
	ctx, kill = start()
	defer kill()
	await(ctx, `document.querySelector(".notice")?.textContent.includes("found in this browser")`)
	await(ctx, `document.querySelector(".saving").textContent === "Saved"`)
	if got := get(t, p, "moorings").Rows.Claims; got[0].Status != Accepted || got[1].Status != Rejected {
		t.Errorf("%v", got)
	}
}
