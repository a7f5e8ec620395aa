package serve

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

// BenchmarkLoad says how many requests a second are answered over loopback, and
// how long they take, with so many clients that each send one after another.
// Clients and server share the machine's cores. With ONRECORD_URL set, the server
// there is asked, in a process of its own.
//
//	go test ./cmd/onrecord/internal/serve -run '^$' -bench Load -benchtime 2000x
func BenchmarkLoad(b *testing.B) {
	articles := articlesOf500Words(b)
	url := os.Getenv("ONRECORD_URL")
	if url == "" {
		url = listen(b, newServer(b, func(o *Options) { o.Workers, o.MaxRequests = runtime.GOMAXPROCS(0), 256 }))
	}
	for _, clients := range []int{1, 4, 16, 64} {
		b.Run(fmt.Sprintf("extract/clients=%d", clients), func(b *testing.B) {
			load(b, clients, 1, func(i int) (string, []byte) { return url + "/v1/extract", articles[i%len(articles)] }, mediaJSON)
		})
	}
	const perBatch = 100
	var batch []byte
	for i := range perBatch {
		batch = append(append(batch, articles[i%len(articles)]...), '\n')
	}
	for _, clients := range []int{1, 4} {
		b.Run(fmt.Sprintf("batch/clients=%d", clients), func(b *testing.B) {
			load(b, clients, perBatch, func(int) (string, []byte) { return url + "/v1/batch", batch }, mediaNDJSON)
		})
	}
}

// load sends b.N articles, in requests of so many.
func load(b *testing.B, clients, perRequest int, request func(int) (url string, body []byte), media string) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients, DisableCompression: true}}
	requests := (b.N + perRequest - 1) / perRequest
	took := make([]time.Duration, requests)
	var next atomic.Int64
	var wg sync.WaitGroup
	b.ResetTimer()
	for range clients {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < requests; i = int(next.Add(1)) - 1 {
				url, body := request(i)
				began := time.Now()
				resp, err := client.Post(url, media, bytes.NewReader(body))
				if err != nil {
					b.Error(err)
					return
				}
				if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != 200 {
					b.Errorf("status %d, %v", resp.StatusCode, err)
				}
				resp.Body.Close()
				took[i] = time.Since(began)
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	client.CloseIdleConnections()
	slices.Sort(took)
	at := func(q float64) float64 {
		return float64(took[min(requests-1, int(q*float64(requests)))].Microseconds()) / 1000
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(requests*perRequest)/b.Elapsed().Seconds(), "articles/s")
	b.ReportMetric(at(0.50), "p50-ms")
	b.ReportMetric(at(0.95), "p95-ms")
	b.ReportMetric(at(0.99), "p99-ms")
	b.ReportMetric(at(1), "max-ms")
}

// articlesOf500Words makes JSON documents of the project's own articles.
func articlesOf500Words(t testing.TB) (bodies [][]byte) {
	var words []string
	for doc, err := range goldform.ReadPath("../../../../testdata/gold/dev") {
		if err != nil {
			t.Fatal(err)
		}
		// By paragraphs, so that they stay.
		for p := range strings.SplitSeq(doc.Text, "\n\n") {
			if words = append(words, strings.Split(p, " ")...); len(words) >= 500 {
				b, err := json.Marshal(map[string]string{"text": strings.Join(words, " ")})
				if err != nil {
					t.Fatal(err)
				}
				bodies = append(bodies, b)
				words = words[:0]
				continue
			}
			words[len(words)-1] += "\n\n"
		}
	}
	return bodies
}

// Memory does not grow with what is sent: not with the length of a batch, not
// with bombs, and not with requests that are refused.
func TestMemoryIsBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("unpacks 800 MB")
	}
	s := newServer(t, func(o *Options) { o.MaxBody = 64 << 20 })
	url := listen(t, s)
	article := articlesOf500Words(t)[0]
	lines := strings.Repeat(string(article)+"\n", 40)
	bomb := zip(strings.Repeat(" ", 100<<20))
	send := func() {
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				body, encoding := lines, ""
				if i%4 == 3 {
					body, encoding = bomb, "gzip"
				}
				req, _ := http.NewRequestWithContext(t.Context(), "POST", url+"/v1/batch", strings.NewReader(body))
				req.Header.Set("Content-Type", mediaNDJSON)
				req.Header.Set("Content-Encoding", encoding)
				resp, err := http.DefaultClient.Do(req)
				if err != nil {
					t.Error(err)
					return
				}
				io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
			})
		}
		wg.Wait()
	}
	// Sys is what was taken from the system and never grows less.
	var before, after runtime.MemStats
	send()
	runtime.ReadMemStats(&before)
	for range 3 {
		send()
	}
	runtime.ReadMemStats(&after)
	if grown := (after.Sys - before.Sys) >> 20; grown > 64 || after.Sys > 1<<30 {
		t.Errorf("%d MiB were taken, and %d more later", before.Sys>>20, grown)
	}
}
