package wordpiece

import (
	"reflect"
	"testing"
)

func TestAppend(t *testing.T) {
	v, err := Uncased()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		text   string
		pieces []string
		places []string
	}{
		{"Hello, Wörld!", []string{"hello", ",", "world", "!"}, []string{"Hello", ",", "Wörld", "!"}},
		{"unaffable", []string{"una", "##ffa", "##ble"}, []string{"una", "ffa", "ble"}},
		{"한국", []string{"ᄒ", "##ᅡ", "##ᆫ", "##ᄀ", "##ᅮ", "##ᆨ"}, []string{"한", "한", "한", "국", "국", "국"}},
		{"so\u00adft 株a", []string{"soft", "[UNK]", "a"}, []string{"so\u00adft", "株", "a"}},
	} {
		var ids []int32
		for _, p := range c.pieces {
			id, ok := v.ID(p)
			if !ok {
				t.Fatalf("no piece %q", p)
			}
			ids = append(ids, id)
		}
		var got []int32
		var places []string
		for _, p := range v.Append(nil, c.text) {
			got = append(got, p.ID)
			places = append(places, c.text[p.Start:p.End])
		}
		if !reflect.DeepEqual(got, ids) || !reflect.DeepEqual(places, c.places) {
			t.Errorf("%q: %v at %q; want %v at %q", c.text, got, places, ids, c.places)
		}
	}
}
