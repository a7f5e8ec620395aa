package main

import (
	"bytes"
	"os"
	"testing"
)

// TestGenerated holds the assembly to the program that writes it.
func TestGenerated(t *testing.T) {
	have, err := os.ReadFile("../kernels_amd64.s")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have, generate()) {
		t.Error("kernels_amd64.s is not what gen writes: run go generate ./models/encoder/internal/kernel")
	}
}
