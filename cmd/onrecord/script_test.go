package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"onrecord": main})
}

// TestScript runs the scripts of testdata/script, each in a folder of its own
// that holds the files below its commands. $ARTICLES and $GOLD are the folders
// of testdata.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			root, err := filepath.Abs("../../testdata")
			if err != nil {
				return err
			}
			env.Setenv("ARTICLES", filepath.Join(root, "articles"))
			env.Setenv("GOLD", filepath.Join(root, "gold", "dev"))
			return nil
		},
		Condition: func(cond string) (bool, error) {
			if cond == "root" {
				return os.Getuid() == 0, nil
			}
			return false, errors.New("no condition " + cond)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status": status, "bytes": writeBytes, "pack": pack, "archive": archive, "same": same, "holds": holds, "count": count, "crash": crash,
		},
	})
}

// status N CMD...: the command ends with exit status N.
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N CMD...")
	}
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit status %d, want %s", got, args[0])
	}
}

// bytes FILE TEXT...: writes the texts, each of which may hold escapes as in a
// Go string, to FILE. "N*TEXT" is TEXT N times.
func writeBytes(ts *testscript.TestScript, _ bool, args []string) {
	var b strings.Builder
	for _, a := range args[1:] {
		times := 1
		if n, rest, ok := strings.Cut(a, "*"); ok {
			if k, err := strconv.Atoi(n); err == nil {
				times, a = k, rest
			}
		}
		s, err := strconv.Unquote(`"` + strings.ReplaceAll(a, `"`, `\"`) + `"`)
		ts.Check(err)
		b.WriteString(strings.Repeat(s, times))
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(b.String()), 0o644))
}

// archive FILE.zip|FILE.tar FILE...: puts files into an archive.
func archive(ts *testscript.TestScript, _ bool, args []string) {
	var b bytes.Buffer
	z, t := zip.NewWriter(&b), tar.NewWriter(&b)
	for _, name := range args[1:] {
		data := []byte(ts.ReadFile(name))
		if strings.HasSuffix(args[0], ".zip") {
			w, err := z.Create(name)
			ts.Check(err)
			w.Write(data)
			continue
		}
		ts.Check(t.WriteHeader(&tar.Header{Name: name, Size: int64(len(data)), Mode: 0o644}))
		t.Write(data)
	}
	if strings.HasSuffix(args[0], ".zip") {
		ts.Check(z.Close())
	} else {
		ts.Check(t.Close())
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b.Bytes(), 0o644))
}

// pack FILE FILE.gz|FILE.zst: compresses a file.
func pack(ts *testscript.TestScript, _ bool, args []string) {
	plain := []byte(ts.ReadFile(args[0]))
	var packed []byte
	if strings.HasSuffix(args[1], ".gz") {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		z.Write(plain)
		ts.Check(z.Close())
		packed = b.Bytes()
	} else {
		z, err := zstd.NewWriter(nil)
		ts.Check(err)
		packed = z.EncodeAll(plain, nil)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), packed, 0o644))
}

// same A B: two output folders hold the same files with the same bytes, but
// for the manifest, which names the time.
func same(ts *testscript.TestScript, neg bool, args []string) {
	a, b := tables(ts, args[0]), tables(ts, args[1])
	if len(a) == 0 {
		ts.Fatalf("%s holds no tables", args[0])
	}
	equal := slices.Equal(a, b)
	for _, name := range a {
		if equal && ts.ReadFile(filepath.Join(args[0], name)) != ts.ReadFile(filepath.Join(args[1], name)) {
			equal = false
			ts.Logf("%s differs", name)
		}
	}
	if equal == neg {
		ts.Fatalf("%s and %s: same is %v", args[0], args[1], equal)
	}
}

// tables lists the files of an output folder, relative to it.
func tables(ts *testscript.TestScript, dir string) []string {
	var names []string
	root := ts.MkAbs(dir)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && d.Name() != "manifest.json" {
			rel, _ := filepath.Rel(root, path)
			names = append(names, rel)
		}
		return err
	})
	ts.Check(err)
	return names
}

// holds FILE TEXT...: the file holds each text.
func holds(ts *testscript.TestScript, neg bool, args []string) {
	file := ts.ReadFile(args[0])
	for _, text := range args[1:] {
		if strings.Contains(file, text) == neg {
			ts.Fatalf("%s: holds %q is %v:\n%s", args[0], text, !neg, file)
		}
	}
}

// count N FILE: the file has N lines.
func count(ts *testscript.TestScript, _ bool, args []string) {
	file := ts.ReadFile(args[1])
	if got := strings.Count(file, "\n"); strconv.Itoa(got) != args[0] {
		ts.Fatalf("%s has %d lines, want %s:\n%s", args[1], got, args[0], file)
	}
}

// crash FILE FIFO [STDIN] -- ARG...: runs onrecord with the arguments while the
// file FIFO is a pipe that says nothing, kills it when it has made FILE, and puts
// the other back.
func crash(ts *testscript.TestScript, _ bool, args []string) {
	split := slices.Index(args, "--")
	if split < 2 {
		ts.Fatalf("usage: crash FILE FIFO [STDIN] -- ARG...")
	}
	fifo, content := ts.MkAbs(args[1]), ts.ReadFile(args[1])
	ts.Check(os.Remove(fifo))
	ts.Check(exec.Command("mkfifo", fifo).Run())
	cmd := exec.Command("onrecord", args[split+1:]...) // TestMain puts it in the path
	cmd.Dir = ts.MkAbs(".")
	if split > 2 {
		in, err := os.Open(ts.MkAbs(args[2]))
		ts.Check(err)
		defer in.Close()
		cmd.Stdin = in
	}
	ts.Check(cmd.Start())
	for end := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
			break
		}
		if time.Now().After(end) {
			cmd.Process.Kill()
			ts.Fatalf("it made no %s", args[0])
		}
	}
	ts.Check(cmd.Process.Kill())
	cmd.Wait()
	ts.Check(os.Remove(fifo))
	ts.Check(os.WriteFile(fifo, []byte(content), 0o644))
}
