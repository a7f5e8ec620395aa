package main

import (
	"bytes"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestGenerated holds the assembly to the program that writes it.
func TestGenerated(t *testing.T) {
	for name, generate := range files {
		have, err := os.ReadFile(filepath.Join("..", name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(have, generate()) {
			t.Errorf("%s is not what gen writes: run go generate ./models/encoder/internal/kernel", name)
		}
	}
}

// TestWords holds the numbers that stand for instructions of arm64 to what an
// assembler that knows them makes of their text.
func TestWords(t *testing.T) {
	const prefix = "aarch64-linux-gnu-"
	if _, err := exec.LookPath(prefix + "as"); err != nil {
		t.Skip("there is no assembler for arm64: install binutils-aarch64-linux-gnu")
	}
	var want []uint32
	var text strings.Builder
	for _, m := range regexp.MustCompile(`WORD \$(0x\w+) // (.*)`).FindAllStringSubmatch(string(arm64()), -1) {
		bits, err := strconv.ParseUint(m[1], 0, 32)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, uint32(bits))
		text.WriteString(m[2] + "\n")
	}
	object, code := filepath.Join(t.TempDir(), "o"), filepath.Join(t.TempDir(), "code")
	assemble := exec.Command(prefix+"as", "-march=armv8.2-a+dotprod", "-o", object, "-")
	assemble.Stdin = strings.NewReader(text.String())
	for _, c := range []*exec.Cmd{assemble, exec.Command(prefix+"objcopy", "-O", "binary", "-j", ".text", object, code)} {
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	have, err := os.ReadFile(code)
	if err != nil {
		t.Fatal(err)
	}
	if len(have) != 4*len(want) || len(want) == 0 {
		t.Fatalf("%d bytes of %d instructions", len(have), len(want))
	}
	lines := strings.Split(text.String(), "\n")
	for k, w := range want {
		if bits := binary.LittleEndian.Uint32(have[4*k:]); bits != w {
			t.Errorf("%s is %#08x, not %#08x", lines[k], bits, w)
		}
	}
}
