package cli

import (
	"context"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// interrupts waits for interrupts in place of the context of the command: the
// first closes stop, the second cancels the context returned, and further ones
// end the program.
func interrupts(parent context.Context) (ctx context.Context, stop <-chan struct{}, release func()) {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	ctx, cancel := context.WithCancel(context.WithoutCancel(parent))
	asked := make(chan struct{})
	go func() {
		select {
		case <-signals:
		case <-ctx.Done():
			return
		}
		close(asked)
		select {
		case <-signals:
		case <-ctx.Done():
		}
		signal.Stop(signals)
		cancel()
	}()
	return ctx, asked, func() {
		signal.Stop(signals)
		cancel()
	}
}

// resumeLine is the command that goes on with a run: its flags and arguments,
// and --resume. overwrite says that it was set, by a flag or otherwise.
func resumeLine(cmd *cobra.Command, args []string, overwrite bool) string {
	words := strings.Fields(cmd.CommandPath())
	cmd.Flags().Visit(func(f *pflag.Flag) {
		switch {
		case f.Name == "resume":
		case f.Name == "overwrite":
			overwrite = false
		case f.Value.Type() == "bool" && f.Value.String() == "true":
			words = append(words, "--"+f.Name)
		default:
			value := f.Value.String()
			if _, ok := f.Value.(pflag.SliceValue); ok || f.Value.Type() == "stringToString" {
				value = strings.TrimSuffix(strings.TrimPrefix(value, "["), "]")
			}
			words = append(words, "--"+f.Name+"="+value)
		}
	})
	if overwrite { // by the environment or the configuration
		words = append(words, "--overwrite=false")
	}
	words = append(words, "--resume")
	if slices.ContainsFunc(args, func(a string) bool { return a != "-" && strings.HasPrefix(a, "-") }) {
		words = append(words, "--")
	}
	words = append(words, args...)
	for i, w := range words {
		words[i] = shellQuote(w)
	}
	return strings.Join(words, " ")
}

// shellQuote writes a word as a POSIX shell reads it.
func shellQuote(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_=/.,:@%+", r)
	}
	if s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !plain(r) }) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
