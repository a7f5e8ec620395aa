package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// An interrupt while standard input has nothing to say ends the run at once:
// status 130, a message, and no file.
func TestInterrupt(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "out")
	r := start(t, dir, "extract", "-", "--out", out)
	io.WriteString(r.stdin, "{\"text\": \"The mayor said yes.\"}\n")
	r.await(out) // the run has begun when its folder is there
	r.interrupt()
	if status := r.wait(); status != 130 {
		t.Errorf("status %d, want 130", status)
	}
	if got := r.stderr.String(); !strings.Contains(got, "no part was whole, and nothing was left in") {
		t.Errorf("standard error: %s", got)
	}
	if _, err := os.Stat(out); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the output folder was left: %v", err)
	}
}

// An interrupt of a run over files finishes the part at hand and says how to go
// on; a second one drops that part. What it says is what goes on, to the same
// bytes.
func TestInterruptFinishesPart(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no named pipes")
	}
	articles := func(from, to int) []byte {
		var b bytes.Buffer
		for i := from; i < to; i++ {
			fmt.Fprintf(&b, "{\"id\": \"%d\", \"text\": \"“We have %d boats,” said the harbour master.\"}\n", i, i)
		}
		return b.Bytes()
	}
	// Parts of 20 documents: the first input ends in the second part, and the next
	// one is a pipe that waits.
	first, second := articles(0, 30), articles(30, 90)
	args := []string{"extract", "it's a.jsonl", "b.jsonl", "--out", "out", "--format=jsonl", "--shard-documents", "20"}
	undisturbed := t.TempDir()
	write(t, undisturbed, "it's a.jsonl", first)
	write(t, undisturbed, "b.jsonl", second)
	if status := start(t, undisturbed, args...).wait(); status != 0 {
		t.Fatalf("the undisturbed run ended with status %d", status)
	}
	for _, c := range []struct {
		name  string
		again bool // a second interrupt
		whole int  // parts that are whole then
	}{
		{"one interrupt", false, 2},
		{"two interrupts", true, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, "it's a.jsonl", first)
			pipe := filepath.Join(dir, "b.jsonl")
			if err := exec.Command("mkfifo", pipe).Run(); err != nil {
				t.Skip("no named pipes: ", err)
			}
			r := start(t, dir, args...)
			r.await(filepath.Join(dir, "out", "articles", ".part-00001.jsonl.tmp"))
			time.Sleep(200 * time.Millisecond) // all of the first input is written
			r.interrupt()
			r.awaitStderr("interrupted: finishing the part at hand, at most ")
			w, err := os.OpenFile(pipe, os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer w.Close()
			if c.again {
				r.interrupt()
			} else if _, err := w.Write(second); err != nil {
				t.Fatal(err)
			}
			if status := r.wait(); status != 130 {
				t.Errorf("status %d, want 130", status)
			}
			var got []string
			filepath.WalkDir(filepath.Join(dir, "out"), func(path string, e fs.DirEntry, _ error) error {
				if !e.IsDir() {
					got = append(got, e.Name())
				}
				return nil
			})
			if len(got) != 2*c.whole+1 {
				t.Errorf("files left: %v, want %d parts of two tables, and the checkpoint", got, c.whole)
			}
			const next = `to go on: onrecord extract --format=jsonl --out=out --shard-documents=20 --resume 'it'\''s a.jsonl' b.jsonl`
			if !strings.Contains(r.stderr.String(), next+"\n") {
				t.Fatalf("standard error: %s\nwant %s", r.stderr.String(), next)
			}
			w.Close()
			go func() {
				if w, err := os.OpenFile(pipe, os.O_WRONLY, 0); err == nil {
					w.Write(second)
					w.Close()
				}
			}()
			sh := exec.Command("sh", "-c", strings.TrimPrefix(next, "to go on: "))
			sh.Dir = dir
			if b, err := sh.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, b)
			}
			for _, part := range []string{"articles/part-00000", "articles/part-00001", "articles/part-00002", "articles/part-00003", "articles/part-00004", "failures/part-00004"} {
				name := filepath.Join("out", part+".jsonl")
				a, errA := os.ReadFile(filepath.Join(undisturbed, name))
				b, errB := os.ReadFile(filepath.Join(dir, name))
				if errA != nil || errB != nil || !bytes.Equal(a, b) {
					t.Errorf("%s differs: %v, %v", name, errA, errB)
				}
			}
		})
	}
}

func write(t *testing.T, dir, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
		t.Fatal(err)
	}
}

// running is the program at work.
type running struct {
	t      *testing.T
	cmd    *exec.Cmd
	stdin  io.Writer
	stderr *buffer
}

// buffer is a bytes.Buffer for several goroutines.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// start starts the program in a folder. It is killed after a minute.
func start(t *testing.T, dir string, args ...string) *running {
	t.Helper()
	return startTo(t, dir, nil, args...)
}

// startTo is start with a place for standard output.
func startTo(t *testing.T, dir string, stdout io.Writer, args ...string) *running {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("a process there cannot send an interrupt to another")
	}
	r := &running{t: t, cmd: exec.Command("onrecord", args...), stderr: new(buffer)} // TestMain puts it in the path
	r.cmd.Dir, r.cmd.Stdout, r.cmd.Stderr = dir, stdout, r.stderr
	in, err := r.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	r.stdin = in
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	killed := time.AfterFunc(time.Minute, func() { r.cmd.Process.Kill() })
	t.Cleanup(func() {
		killed.Stop()
		in.Close()
		r.cmd.Process.Kill()
	})
	return r
}

// await waits for a file.
func (r *running) await(path string) {
	r.until(path, func() bool { _, err := os.Stat(path); return err == nil })
}

// awaitStderr waits for a text on standard error.
func (r *running) awaitStderr(text string) {
	r.until(text, func() bool { return strings.Contains(r.stderr.String(), text) })
}

func (r *running) until(what string, ok func() bool) {
	r.t.Helper()
	for end := time.Now().Add(time.Minute); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			r.t.Fatalf("waited in vain for %s; standard error: %s", what, r.stderr.String())
		}
	}
}

func (r *running) interrupt() {
	r.t.Helper()
	if err := r.cmd.Process.Signal(os.Interrupt); err != nil {
		r.t.Fatal(err)
	}
}

// wait waits for the end and returns the exit status.
func (r *running) wait() int {
	r.t.Helper()
	err := r.cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		r.t.Fatal(err)
	}
	return r.cmd.ProcessState.ExitCode()
}
