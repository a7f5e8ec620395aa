package people_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/onrecord-nlp/onrecord/pipeline"
	"github.com/onrecord-nlp/onrecord/pipeline/people"
)

// doc makes a document of speakers in the form "name | pronoun | description",
// with kinds other than person before a colon: "organization: Acme".
func doc(id, outlet, day string, speakers ...string) labelled {
	d := labelled{Document: people.Document{ID: id, Outlet: outlet}}
	if day != "" {
		t, err := time.Parse(time.DateOnly, day)
		if err != nil {
			panic(err)
		}
		d.Published = t
	}
	for i, s := range speakers {
		f := append(strings.Split(s, "|"), "", "")
		p := people.Speaker{ID: fmt.Sprintf("%s#s%d", id, i), Name: strings.TrimSpace(f[0]), Pronoun: strings.TrimSpace(f[1]), Description: strings.TrimSpace(f[2])}
		if kind, name, ok := strings.Cut(p.Name, ": "); ok {
			p.Kind, _ = pipeline.ParseSpeakerKind(kind)
			p.Name = name
		}
		d.Speakers = append(d.Speakers, p)
		d.is = append(d.is, "")
	}
	return d
}

// Each case says of two documents whether the first speaker of each is one
// person, and by which rule the second came to it.
func TestJoins(t *testing.T) {
	for _, c := range []struct {
		name string
		a, b labelled
		one  bool
		rule people.Rule
	}{
		{"the same name",
			doc("a", "", "", "Amber Reed || British interior minister"), doc("b", "", "", "Amber Reed || the interior minister"), true, people.RuleName},
		{"case, accents and titles are no part of a name",
			doc("a", "", "", "Zoë Álvarez"), doc("b", "", "", "Dr. ZOE ALVAREZ"), true, people.RuleName},
		{"a title and a hyphen",
			doc("a", "", "", "Lord Kim Jong-ha"), doc("b", "", "", "Kim Jong Ha"), true, people.RuleName},
		{"another field, another pronoun, other company",
			doc("a", "", "", "Alex Moran | she | striker", "Tess Okafor"), doc("b", "", "", "Alex Moran | he | judge", "Ugo Abad"), false, people.RuleApart},
		{"other pronoun, and nothing in common",
			doc("a", "", "", "Lee Hart | she |", "Tess Okafor"), doc("b", "", "", "Lee Hart | he |", "Ugo Abad"), false, people.RuleApart},
		{"other pronoun, in the same company: a mistake",
			doc("a", "", "", "Lee Hart | she | mayor", "Tess Okafor", "Ugo Abad"), doc("b", "", "", "Lee Hart | he | mayor", "Tess Okafor", "Ugo Abad"), true, people.RuleName},
		{"a spelling", doc("a", "", "", "Anatoly Zelinsky || president"), doc("b", "", "", "Anatoly Zelinskyy || President"), true, people.RuleSpelling},
		{"a middle initial", doc("a", "", "", "Paul Ryder || House speaker"), doc("b", "", "", "Paul D. Ryder || speaker of the House"), true, people.RuleMiddle},
		{"other middle initials", doc("a", "", "", "Paul B. Ryder || House speaker"), doc("b", "", "", "Paul D. Ryder || speaker of the House"), false, people.RuleAlone},
		{"initials, with the same description", doc("a", "", "", "James Barrow || author of Wendover"), doc("b", "", "", "J. M. Barrow || Wendover author"), true, people.RuleInitials},
		{"initials of another name", doc("a", "", "", "James Barrow || author of Wendover"), doc("b", "", "", "K. Barrow || Wendover author"), false, people.RuleAlone},
		{"a short form", doc("a", "", "", "William Tran || teacher at Wexley"), doc("b", "", "", "Bill Tran || Wexley teacher"), true, people.RuleNickname},
		{"father and son", doc("a", "", "", "Walter Dunn Sr. | he | sheriff"), doc("b", "", "", "Walter Dunn Jr. | he | sheriff"), false, people.RuleAlone},
		{"one of them named without Jr.", doc("a", "", "", "Walter Dunn | he | sheriff"), doc("b", "", "", "Walter Dunn Jr. | he | the sheriff"), true, people.RuleSuffix},
		{"a surname in the same company", doc("a", "", "", "Alun Prothero | he | minister", "Rory Tennant"), doc("b", "", "", "Prothero | he |", "Rory Tennant"), true, people.RuleSurname},
		{"a surname elsewhere", doc("a", "", "", "Alun Prothero | he | minister", "Rory Tennant"), doc("b", "", "", "Prothero || bassoonist", "Tess Okafor"), false, people.RuleSingle},
		{"a surname of another in the same document", doc("a", "", "", "Alun Prothero | he | minister", "Rory Tennant"), doc("b", "", "", "Prothero | he |", "Rory Tennant", "Alun Prothero"), false, people.RuleSingle},
		{"a first name", doc("a", "", "", "Sophie | she | student"), doc("b", "", "", "Sophie | she |"), false, people.RuleSingle},
		{"an organization", doc("a", "", "", "organization: Harbour Trust"), doc("b", "", "", "organization: the Harbour Trust Ltd"), true, people.RuleName},
		{"a description of an organization", doc("a", "", "", "organization: company"), doc("b", "", "", "organization: company"), false, people.RuleDescribed},
		{"one at the beginning of a sentence", doc("a", "", "", "organization: Police"), doc("b", "", "", "organization: Police"), false, people.RuleDescribed},
		{"unnamed", doc("a", "", "", "unnamed: a spokeswoman | she |"), doc("b", "", "", "unnamed: a spokeswoman | she |"), false, people.RuleUnnamed},
		{"groups", doc("a", "", "", "group: Ardwen councillors"), doc("b", "", "", "group: Ardwen councillors"), false, people.RuleGroup},
		{"documents", doc("a", "", "", "document: Tolland report"), doc("b", "", "", "document: Tolland report"), false, people.RuleDocument},
	} {
		t.Run(c.name, func(t *testing.T) {
			docs := []labelled{c.a, c.b}
			links, _ := link(t, nil, docs)
			first, second := links[0], links[len(c.a.Speakers)]
			if one := first.Person == second.Person && first.Person != ""; one != c.one {
				t.Errorf("one person: %v (%+v and %+v), want %v", one, first, second, c.one)
			}
			if second.Rule != c.rule && (first.Rule != c.rule || second.Rule != people.RuleName) {
				t.Errorf("by the rules %v and %v, want %v", first.Rule, second.Rule, c.rule)
			}
		})
	}
}

// An initial that may be two people's is neither's.
func TestRivals(t *testing.T) {
	links, _ := link(t, nil, []labelled{
		doc("a", "", "", "James Barrow || editor of Wendover"), doc("b", "", "", "Joan Barrow || editor of Wendover"), doc("c", "", "", "J. Barrow || editor of Wendover"),
	})
	if links[2].Person == links[0].Person || links[2].Person == links[1].Person || links[2].Evidence&people.AgainstRivals == 0 {
		t.Errorf("J. Barrow is %+v", links[2])
	}
}

func TestAbbreviation(t *testing.T) {
	a, b := doc("a", "", "", "organization: National Growers’ Union"), doc("b", "", "", "organization: NGU")
	if links, _ := link(t, nil, []labelled{a, b}); links[0].Person == links[1].Person {
		t.Error("joined, and no article says that NGU is the union")
	}
	a.Speakers[0].Names = []string{"NGU"}
	links, list := link(t, nil, []labelled{a, b})
	if links[0].Person != links[1].Person || links[1].Rule != people.RuleAbbreviation {
		t.Errorf("%+v and %+v", links[0], links[1])
	}
	if len(list) != 1 || list[0].Name != "National Growers’ Union" || list[0].Kind != pipeline.SpeakerOrganization {
		t.Errorf("people: %+v", list)
	}
}

func TestCounts(t *testing.T) {
	a := doc("a", "one.example", "2024-05-01", "Amber Reed | she | minister")
	b := doc("b", "two.example", "2024-03-01", "Amber Reed | she | interior minister", "unnamed: an official")
	c := doc("c", "one.example", "2024-09-01", "AMBER REED || minister")
	a.Speakers[0].Quotes, a.Speakers[0].Claims, a.Speakers[0].Stances = 2, 3, [3]int{1, 0, 2}
	b.Speakers[0].Quotes, b.Speakers[0].Claims, b.Speakers[0].Stances = 1, 1, [3]int{0, 1, 0}
	_, list := link(t, nil, []labelled{a, b, c})
	want := []people.Person{{
		ID: "amber-reed", Name: "Amber Reed", Kind: pipeline.SpeakerPerson, Pronoun: "she",
		Variants:     []people.Count{{Text: "Amber Reed", N: 2}, {Text: "AMBER REED", N: 1}},
		Descriptions: []people.Count{{Text: "minister", N: 2}, {Text: "interior minister", N: 1}},
		Outlets:      []people.Count{{Text: "one.example", N: 2}, {Text: "two.example", N: 1}},
		Documents:    3, Speakers: 3, Quotes: 3, Claims: 4, Stances: [3]int{1, 1, 2},
		First: b.Published, Last: c.Published,
	}}
	if !reflect.DeepEqual(list, want) {
		t.Errorf("got  %+v\nwant %+v", list, want)
	}
}

func TestKnown(t *testing.T) {
	known := []people.Known{
		{Name: "Amber Reed", Aliases: []string{"A. J. Reed", "The Reedster"}, Identifier: "Q1"},
		{Name: "David Ross", Identifier: "Q2", Description: "mayor of Wrexley"},
		{Name: "David Ross", Identifier: "Q3", Description: "mayor of Norhaven"},
		{Name: "Jon Marlowe", Identifier: "Q4"},
		{Name: "John Marlowe", Identifier: "Q5"},
	}
	docs := []labelled{
		doc("a", "", "", "Amber Reed | she | striker"),
		doc("b", "", "", "A.J. Reed | he | judge"),
		doc("c", "", "", "the Reedster"),
		doc("d", "", "", "David Ross || mayor of Norhaven"),
		doc("e", "", "", "David Ross || Wrexley mayor"),
		doc("f", "", "", "David Ross"),
		doc("g", "", "", "Jon Marlowe || goalkeeper of Wrexley"),
		doc("h", "", "", "John Marlowe || goalkeeper of Wrexley"),
		doc("i", "", "", "Amber R. Reed || striker"),
	}
	links, list := link(t, known, docs)
	id := make(map[string]string)
	for _, p := range list {
		id[p.ID] = p.Identifier
	}
	var got []string
	for _, l := range links {
		got = append(got, l.Rule.String()+" "+id[l.Person])
	}
	want := []string{"user Q1", "user Q1", "user Q1", "user Q3", "user Q2", "", "user Q4", "user Q5", "middle_name Q1"}
	for i := range want {
		if i == 5 { // which of the two is not known
			if id[links[5].Person] != "" {
				t.Errorf("a David Ross of no description is %s", id[links[5].Person])
			}
			continue
		}
		if got[i] != want[i] {
			t.Errorf("%s: %s, want %s", docs[i].Speakers[0].Name, got[i], want[i])
		}
	}
}

func TestReadKnown(t *testing.T) {
	want := []people.Known{
		{Name: "Amber Reed", Aliases: []string{"A. Reed", "Reed"}, Identifier: "Q1", Kind: "person", Description: "minister, interior"},
		{Name: "Harbour Trust"},
	}
	for path, text := range map[string]string{
		"a.csv":   "\uFEFFname,identifier,aliases,kind,description\nAmber Reed,Q1,A. Reed | Reed,person,\"minister, interior\"\nHarbour Trust,,,,\n",
		"a.tsv":   "Name\tidentifier\taliases\tkind\tdescription\nAmber Reed\tQ1\tA. Reed;Reed\tperson\tminister, interior\nHarbour Trust\t\t\t\t\n",
		"a.jsonl": `{"name": "Amber Reed", "aliases": ["A. Reed", "Reed"], "identifier": "Q1", "kind": "person", "description": "minister, interior"}` + "\n\n" + `{"name": "Harbour Trust"}`,
	} {
		got, err := people.ReadKnown(strings.NewReader(text), path)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v", path, got, err)
		}
	}
	for _, c := range []struct{ path, text, want string }{
		{"a.csv", "who\nAmber\n", `a.csv: line 1: there is no column "who"`},
		{"a.csv", "identifier\nQ1\n", "a.csv: line 1: there is no column name"},
		{"a.csv", "name,name\nx,y\n", `a.csv: line 1: two columns "name"`},
		{"a.csv", "name\nAmber\n-\n", `a.csv: line 3: the name "-" has no letters`},
		{"a.csv", "name,kind\nAmber,robot\n", `a.csv: line 2: the kind "robot" is none`},
		{"a.csv", "name,kind\nAmber\n", "a.csv: record on line 2: wrong number of fields"},
		{"a.jsonl", "{\"name\": \"A\"}\n{\"nam\": \"B\"}\n", `a.jsonl: line 2: json: unknown field "nam"`},
		{"a.jsonl", "[1]", "a.jsonl: line 1: json: cannot unmarshal array"},
	} {
		if _, err := people.ReadKnown(strings.NewReader(c.text), c.path); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %q: %v, want %s", c.path, c.text, err, c.want)
		}
	}
}

// What is given in any order of documents is the same, and whole.
func TestInvariants(t *testing.T) {
	given := []string{"John", "Jon", "J.", "Anna", "Ann", "Bill", "William", "José", "Jose", "Kim", ""}
	surnames := []string{"Smith", "Smyth", "Zelinsky", "Zelinskyy", "de Brun", "O’Dowd", "Ortega-Lund", "Ortega Lund", ""}
	words := func(name string, list []string) *rapid.Generator[string] { return rapid.SampledFrom(list) }
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 40).Draw(rt, "documents")
		docs := make([]labelled, n)
		for i := range docs {
			d := &docs[i]
			d.ID = fmt.Sprint("d", i)
			d.Outlet = words("outlet", []string{"", "a.example", "b.example"}).Draw(rt, "outlet")
			if day := rapid.IntRange(0, 3000).Draw(rt, "day"); day > 0 {
				d.Published = time.Unix(int64(day)*86400, 0).UTC()
			}
			for k := range rapid.IntRange(0, 5).Draw(rt, "speakers") {
				d.Speakers = append(d.Speakers, people.Speaker{
					ID: fmt.Sprintf("%s#s%d", d.ID, k),
					Name: strings.TrimSpace(words("given", given).Draw(rt, "given") + " " + words("middle", []string{"", "", "A. ", "B. "}).Draw(rt, "middle") +
						words("surname", surnames).Draw(rt, "surname") + words("suffix", []string{"", "", "", " Jr.", " Sr."}).Draw(rt, "suffix")),
					Kind:        pipeline.SpeakerKind(max(rapid.IntRange(-6, 4).Draw(rt, "kind"), 0)),
					Pronoun:     words("pronoun", []string{"", "he", "she", "they"}).Draw(rt, "pronoun"),
					Description: words("description", []string{"", "", "striker", "mayor of Calder", "the judge", "a mayor"}).Draw(rt, "description"),
					Quotes:      rapid.IntRange(0, 3).Draw(rt, "quotes"),
				})
			}
		}
		links, list := link(t, nil, docs)
		by := make(map[string]people.Link)
		for _, l := range links {
			by[l.SpeakerID] = l
		}
		persons := make(map[string]people.Person)
		for _, p := range list {
			if _, ok := persons[p.ID]; ok {
				rt.Fatalf("two people of the id %s", p.ID)
			}
			persons[p.ID] = p
		}
		speakers, linked, quotes, counted := 0, 0, 0, 0
		for _, d := range docs {
			for _, s := range d.Speakers {
				speakers++
				l, ok := by[s.ID]
				if !ok {
					rt.Fatalf("no link for %s", s.ID)
				}
				if l.Rule.Nobody() != (l.Person == "") || l.Rule == people.RuleNone {
					rt.Fatalf("%+v", l)
				}
				if l.Score < 0 || l.Score > 1 || l.Person == "" && l.Score != 0 {
					rt.Fatalf("the score of %+v", l)
				}
				if l.Person == "" {
					continue
				}
				if _, ok := persons[l.Person]; !ok {
					rt.Fatalf("no person for %+v", l)
				}
				linked++
				quotes += s.Quotes
			}
		}
		if len(links) != speakers {
			rt.Fatalf("%d links of %d speakers", len(links), speakers)
		}
		for _, p := range list {
			linked -= p.Speakers
			counted += p.Quotes
		}
		if linked != 0 || counted != quotes {
			rt.Fatalf("people have %d links fewer and %d quotes, and speakers %d", linked, counted, quotes)
		}
		again, other := link(t, nil, shuffled(docs, rapid.Uint64().Draw(rt, "order")))
		for _, l := range again {
			if l != by[l.SpeakerID] {
				rt.Fatalf("in another order %+v, was %+v", l, by[l.SpeakerID])
			}
		}
		if !reflect.DeepEqual(list, other) {
			rt.Fatalf("in another order the people are others:\n%+v\n%+v", list, other)
		}
	})
}

// The check sets, too, are the same in any order.
func TestOrder(t *testing.T) {
	docs := slices.Concat(readLabelled(t, "archive.jsonl"), readLabelled(t, "madeup.jsonl"))
	links, list := link(t, nil, docs)
	by := make(map[string]people.Link)
	for _, l := range links {
		by[l.SpeakerID] = l
	}
	for seed := range uint64(5) {
		again, other := link(t, nil, shuffled(docs, seed))
		for _, l := range again {
			if l != by[l.SpeakerID] {
				t.Fatalf("%+v, was %+v", l, by[l.SpeakerID])
			}
		}
		if !reflect.DeepEqual(list, other) {
			t.Fatal("other people")
		}
	}
}

// synthetic makes documents of three speakers whose names are drawn as names
// are: a few surnames and given names are many people's. one, where it is not "",
// is the surname of all.
func synthetic(speakers int, one string) func(yield func(*people.Document) bool) {
	return func(yield func(*people.Document) bool) {
		r := rand.New(rand.NewPCG(1, 2))
		word := func(n int) string { // the n-th of a made-up stock of words
			var b []byte
			for n = n*7919 + 13; n > 0 || len(b) < 4; n /= 15 {
				b = append(b, "bdfgklmnprstvzh"[n%15], "aeiou"[(n/3)%5])
			}
			b[0] -= 'a' - 'A'
			return string(b)
		}
		zipf := func(n int) int { return int(float64(n) * r.Float64() * r.Float64() * r.Float64()) }
		jobs := []string{"mayor of ", "striker of ", "judge in ", "spokesman for ", "professor at ", "owner of "}
		for i := 0; i < speakers; i += 3 {
			d := people.Document{ID: fmt.Sprint("d", i), Outlet: word(r.IntN(200)) + ".example", Published: time.Unix(1.6e9+int64(i)*40, 0)}
			for k := range 3 {
				// Names recur: who speaks is one of a fifth as many people.
				who := zipf(speakers / 5)
				p := rand.New(rand.NewPCG(uint64(who), 3))
				surname := one
				if surname == "" {
					surname = word(int(p.ExpFloat64() * 5000))
				}
				s := people.Speaker{ID: fmt.Sprintf("%s#s%d", d.ID, k), Name: word(10000+int(p.ExpFloat64()*500)) + " " + surname, Pronoun: []string{"he", "she"}[p.IntN(2)], Quotes: 1, Claims: 1}
				switch r.IntN(10) {
				case 0:
					s.Name = surname
				case 1, 2, 3:
					s.Description = jobs[p.IntN(len(jobs))] + word(p.IntN(1000))
				case 4:
					given, rest, _ := strings.Cut(s.Name, " ")
					s.Name = given[:1] + ". " + rest
				case 5:
					given, rest, _ := strings.Cut(s.Name, " ")
					s.Name = given + " " + string(rune('A'+p.IntN(26))) + ". " + rest
				}
				d.Speakers = append(d.Speakers, s)
			}
			if !yield(&d) {
				return
			}
		}
	}
}

func join(b testing.TB, docs func(yield func(*people.Document) bool)) (*people.Register, []people.Link) {
	builder, err := people.New(nil)
	if err != nil {
		b.Fatal(err)
	}
	for d := range docs {
		builder.Add(d)
	}
	r := builder.Resolve()
	var links []people.Link
	n := 0
	for d := range docs {
		links = r.Link(d, links[:0])
		n += len(links)
	}
	return r, links
}

// BenchmarkJoin joins a million speakers, and as many of one surname.
func BenchmarkJoin(b *testing.B) {
	for _, c := range []struct{ name, surname string }{{"mixed", ""}, {"one surname", "Smith"}} {
		b.Run(c.name, func(b *testing.B) {
			const n = 999_999
			var before, after runtime.MemStats
			for b.Loop() {
				runtime.GC()
				runtime.ReadMemStats(&before)
				r, _ := join(b, synthetic(n, c.surname))
				runtime.GC()
				runtime.ReadMemStats(&after)
				count := 0
				for range r.People() {
					count++
				}
				b.ReportMetric(float64(count), "people")
			}
			b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/1e6, "MB-kept")
			b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "speakers/s")
		})
	}
}

// Who may be either of two is the likelier one, and they stay two.
func TestSurestFirst(t *testing.T) {
	docs := []labelled{
		doc("a", "", "", "James K. Barrow | he | editor of Wendover", "Ugo Abad"),
		doc("b", "", "", "James R. Barrow | he | trader"),
		doc("c", "", "", "James Barrow | he | the Wendover editor", "Ugo Abad"),
		doc("d", "", "", "Ruth Ember | she | curator"),
	}
	links, _ := link(t, nil, docs)
	k, r, j := links[0], links[2], links[3]
	if k.Person != j.Person || r.Person == j.Person {
		t.Errorf("James Barrow is %s; James K. %s, James R. %s", j.Person, k.Person, r.Person)
	}
}

// A surname alone, with no evidence, is that of whom everybody speaks, and of
// nobody who is met less often.
func TestProminence(t *testing.T) {
	for _, c := range []struct {
		articles int
		joined   bool
	}{{40, true}, {5, false}} {
		var docs []labelled
		for i := range c.articles {
			docs = append(docs, doc(fmt.Sprint("a", i), "", "", "Amber Reed | she |", fmt.Sprintf("Ada Quill%c", 'a'+i%26)))
		}
		docs = append(docs, doc("z", "", "", "Reed"))
		links, _ := link(t, nil, docs)
		last := links[len(links)-1]
		if joined := last.Person == "amber-reed"; joined != c.joined {
			t.Errorf("after %d articles: %+v", c.articles, last)
		}
	}
}

// Every bearer of a surname that all have gets a link: blocks are cut, nobody is.
func TestOneSurname(t *testing.T) {
	n := 0
	r, _ := join(t, synthetic(30_000, "Smith"))
	for p := range r.People() {
		n += p.Speakers
	}
	if n != 30_000 {
		t.Errorf("%d speakers", n)
	}
}
