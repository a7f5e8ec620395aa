package browser

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestComplaints: what a page does wrong is not passed over.
func TestComplaints(t *testing.T) {
	pages := map[string]string{
		"exception": `<script>throw new Error("boom")</script>`,
		"console":   `<script>console.error("alas")</script>`,
		"security":  `<meta http-equiv="Content-Security-Policy" content="script-src 'none'"><script>1</script>`,
		"network":   `<img src="http://elsewhere.example/x.png">`,
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Write([]byte("<!DOCTYPE html><link rel=icon href=data:,>" + pages[strings.TrimPrefix(r.URL.Path, "/")]))
	}))
	defer server.Close()
	tab := Open(t, Narrow)
	tab.Go(server.URL + "/nothing")
	tab.Quiet()
	for kind := range pages {
		tab.Go(server.URL + "/" + kind)
		tab.Await("document.readyState === 'complete'")
		if c := tab.Complaints(); !strings.Contains(strings.Join(c, "\n"), kind) {
			t.Errorf("%s: %q", kind, c)
		}
	}
}
