package main

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/onrecord-nlp/onrecord/cmd/onrecord/internal/browser"
)

// labelling starts the labelling of a run's articles, and returns where the page
// is.
func labelling(t *testing.T, dir string) (r *running, url string) {
	t.Helper()
	out := new(buffer)
	r = startTo(t, dir, out, "label", "out", "--labels", "labels", "--annotator", "ada")
	r.until("an address", func() bool { return strings.Contains(out.String(), "Ctrl-C") })
	for line := range strings.Lines(out.String()) {
		if strings.HasPrefix(line, "http://") {
			return r, strings.TrimSpace(line)
		}
	}
	t.Fatalf("no address in %s", out.String())
	return nil, ""
}

// scores evaluates the run against the labels.
func scores(t *testing.T, dir string) map[string]float64 {
	t.Helper()
	cmd := exec.Command("onrecord", "eval", "out", "--gold", filepath.Join("labels", "ada"), "--bootstrap", "0", "--json")
	cmd.Dir = dir
	b, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, b)
	}
	var r struct {
		Documents float64
		Metrics   map[string]float64
	}
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	r.Metrics["documents"] = r.Documents
	return r.Metrics
}

// TestLabel: a run is labelled in a browser and scored. What was accepted counts
// as right, and each correction made by hand changes the figures as it must, also
// over a server that is killed.
func TestLabel(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "in.jsonl", []byte(`{"id": "1", "text": "“The plan is completely unacceptable,” Bo Hill told the council on Monday.\n\n“We will not pay twice,” said Ada Crane, the harbour master."}
{"id": "2", "text": "“It rained all week,” said Cy Dunn."}
`))
	if b, err := exec.Command("onrecord", "extract", filepath.Join(dir, "in.jsonl"), "--out", filepath.Join(dir, "out")).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, b)
	}
	tab := browser.Open(t, browser.Wide) // skips where there is none
	saved := func() {
		tab.Await(`document.querySelector(".saving").textContent === "Saved"`)
	}
	r, url := labelling(t, dir)
	tab.Go(url)
	tab.Await(`document.querySelector(".paper .line")`)

	// Everything is accepted and finished: the run is right. Only what is finished
	// counts.
	tab.Keys("A")
	tab.Keys("d")
	tab.Await(`document.querySelector(".articles [aria-current]").textContent.includes("It rained")`)
	saved()
	before := scores(t, dir)
	if before["documents"] != 1 || before["quotes.f1"] != 100 || before["quotes.speaker.f1"] != 100 || before["stance.quotes.accuracy"] != 100 {
		t.Errorf("after accepting everything: %v", before)
	}

	// The server is killed, and comes back at the same address.
	r.cmd.Process.Kill()
	r.cmd.Wait()
	_, again := labelling(t, dir)
	if again != url {
		t.Fatalf("served at %s, and then at %s", url, again)
	}
	tab.Go("about:blank")
	tab.Go(url + "#a=1")
	tab.Await(`document.querySelector(".paper .line")`)

	// One claim and its quotation are rejected, and of the other the stance is
	// corrected: precision and stance fall, and speakers stay.
	tab.Keys("j")
	tab.Keys("1")
	tab.Keys("jj")
	tab.Keys("x") // the claim
	tab.Keys("j")
	tab.Keys("x") // its quotation, which was accepted
	saved()
	after := scores(t, dir)
	if after["quotes.p"] != 50 || after["quotes.r"] != 100 || after["claims.p"] != 50 || after["stance.quotes.accuracy"] != 0 {
		t.Errorf("after the corrections: p %v, r %v, claims %v, stance %v",
			after["quotes.p"], after["quotes.r"], after["claims.p"], after["stance.quotes.accuracy"])
	}

	// A second server for the same annotator is refused.
	cmd := exec.Command("onrecord", "label", "out", "--labels", "labels", "--annotator", "ada")
	cmd.Dir = dir
	if b, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(b), "under this name already") {
		t.Errorf("%v: %s", err, b)
	}
	tab.Quiet()
}
