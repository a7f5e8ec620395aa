package cli

import (
	"os"
	"runtime/debug"
)

// frugal has the collector let half as much garbage as there is live data lie,
// where Go's own setting is as much. It takes about 1% of the time, for little is
// allocated, and keeps a run of a million articles below 500 MB. Who sets GOGC or
// GOMEMLIMIT knows better.
func frugal() {
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetGCPercent(50)
	}
}
