package goldform_test

import (
	"strings"
	"testing"

	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

// Stances toward targets that were asked for come back as they were written, and
// leave no key where there are none.
func TestTargets(t *testing.T) {
	const record = `{"id":"a","text":"“Ça: no fee.”","quotes":[{"start":1,"end":12,"kind":"direct","stance":"oppose","target":"fee",` +
		`"targets":[{"name":"fees","stance":"oppose","confidence":0.5,"mention":[8,11]},{"name":"the mayor","stance":"neutral"}]}],` +
		`"claims":[{"content":[[1,12]],"source":[],"cue":[],"kind":"direct","stance":"neutral","manner":"none"}]}`
	for doc, err := range goldform.Read(strings.NewReader(record)) {
		if err != nil {
			t.Fatal(err)
		}
		to := doc.Stances.OfQuote[0].Toward
		if len(to) != 2 || to[0].Span.In(doc.Text) != "fee" || to[0].Position != pipeline.Oppose || to[0].Confidence != 0.5 ||
			to[1].Target != "the mayor" || to[1].Confidence != 1 || !to[1].Span.Empty() {
			t.Fatalf("%+v", to)
		}
		b, err := goldform.Append(nil, doc)
		if err != nil || string(b) != record {
			t.Errorf("%v\ngot  %s\nwant %s", err, b, record)
		}
	}
	for change, want := range map[string]string{
		`"name":"fees"→"name":""`:                    "quotes[0].targets: a target needs a name",
		`"stance":"oppose","c→"stance":"against","c`: `quotes[0].targets: the stance "against" toward "fees"`,
		`[8,11]→[8,99]`:                              `quotes[0].targets: "fees": mention: offsets [8, 99]`,
	} {
		from, to, _ := strings.Cut(change, "→")
		for _, err := range goldform.Read(strings.NewReader(strings.Replace(record, from, to, 1))) {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %s", change, err, want)
			}
		}
	}
}
