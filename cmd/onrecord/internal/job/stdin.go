package job

import (
	"context"
	"io"
)

// untilDone returns a reader of r that ends with the context's error once it
// is cancelled, even while a read waits for a terminal or a pipe. Such a read
// is left behind, and ends with the program.
func untilDone(ctx context.Context, r io.Reader) io.Reader {
	pr, pw := io.Pipe()
	go func() {
		_, err := io.Copy(pw, r)
		pw.CloseWithError(err) // nil is the end of the file
	}()
	context.AfterFunc(ctx, func() { pr.CloseWithError(ctx.Err()) })
	return pr
}
