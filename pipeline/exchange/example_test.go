package exchange_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/onrecord-nlp/onrecord/pipeline/exchange"
	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

func ExampleWriteFolder() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	const line = `{"id": "a", "text": "“No,” said Ann.", "claims": [{"content": [[0, 5]], "source": [[11, 14]], "cue": [[6, 10]], "kind": "direct"}]}`
	var articles []goldform.Article
	for a, err := range goldform.ReadArticles(strings.NewReader(line)) {
		if err != nil {
			fmt.Println(err)
			return
		}
		articles = append(articles, a)
	}
	brat, _ := exchange.ByName("brat")
	if err := exchange.WriteFolder(dir, brat, false, slices.Values(articles), exchange.Options{}); err != nil {
		fmt.Println(err)
		return
	}
	ann, err := os.ReadFile(filepath.Join(dir, "a.ann"))
	fmt.Println(string(ann), err)
	for a, err := range exchange.ReadPath(brat, dir) {
		fmt.Println(a.Doc.ID, len(a.Doc.Attributions), err)
	}
	// Output:
	// T1	Content 0 5	“No,”
	// A1	kind T1 direct
	// A2	manner T1 cue
	// T2	Source 11 14	Ann
	// T3	Cue 6 10	said
	// R1	source Arg1:T1 Arg2:T2
	// R2	cue Arg1:T1 Arg2:T3
	//  <nil>
	// a 1 <nil>
}
