//go:build !unix || solaris || illumos || aix

package columnar

// lock keeps nobody out where the system has no locks that end with the
// process.
type lock struct{}

func lockFolder(string) (lock, error) { return lock{}, nil }

func (l *lock) release() {}
