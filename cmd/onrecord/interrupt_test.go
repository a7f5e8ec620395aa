package main

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// An interrupt while standard input has nothing to say ends the run at once:
// status 130, a message, and no file.
func TestInterrupt(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process there cannot send an interrupt to another")
	}
	dir := t.TempDir()
	out := filepath.Join(dir, "out")
	cmd := exec.Command("onrecord", "extract", "-", "--out", out) // TestMain puts it in the path
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	killed := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() })
	defer killed.Stop()
	io.WriteString(in, "{\"text\": \"The mayor said yes.\"}\n")
	for { // the run has begun when its folder is there
		if _, err := os.Stat(out); err == nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	err = cmd.Wait()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 130 {
		t.Errorf("ended with %v, want status 130", err)
	}
	if got := stderr.String(); !strings.Contains(got, "no part was whole, and nothing was left in") {
		t.Errorf("standard error: %s", got)
	}
	if _, err := os.Stat(out); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the output folder was left: %v", err)
	}
}
