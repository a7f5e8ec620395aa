package cli

import (
	"testing"
)

// The line that is told goes on with the run as it was begun, in a shell.
func TestResumeLine(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"a.jsonl", "--out", "out"}, "onrecord extract --out=out --resume a.jsonl"},
		{[]string{"--out=o", "--overwrite", "it's.txt", "two words/"}, `onrecord extract --out=o --resume 'it'\''s.txt' 'two words/'`},
		{[]string{"--out=o", "--resume", "-"}, "onrecord extract --out=o --resume -"},
		{[]string{"--out=o", "--format", "jsonl,arrow", "--format=parquet", "--dedupe", "a"}, "onrecord extract --dedupe --format=jsonl,arrow,parquet --out=o --resume a"},
		{[]string{"--out=o", "--model", "quote=my model.bin", "a"}, "onrecord extract '--model=quote=my model.bin' --out=o --resume a"},
		{[]string{"--out=$HOME", "--", "-odd", "news/*.txt"}, "onrecord extract '--out=$HOME' --resume -- -odd 'news/*.txt'"},
	} {
		root := newRoot()
		cmd, rest, err := root.Find(append([]string{"extract"}, c.args...))
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.ParseFlags(rest); err != nil {
			t.Fatal(err)
		}
		if got := resumeLine(cmd, cmd.Flags().Args(), false); got != c.want {
			t.Errorf("%q:\ngot  %s\nwant %s", c.args, got, c.want)
		}
	}
	// Set by the environment or a file, --overwrite has to be taken back.
	cmd, _, _ := newRoot().Find([]string{"extract"})
	if got, want := resumeLine(cmd, []string{"a"}, true), "onrecord extract --overwrite=false --resume a"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
