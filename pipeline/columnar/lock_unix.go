//go:build unix && !solaris && !illumos && !aix

package columnar

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// lock keeps other processes from writing into a folder. It leaves no file and
// ends with the process, however that ends.
type lock struct{ dir *os.File }

// lockFolder fails with [ErrInUse] where another process holds the folder. File
// systems that know no locks are taken as free.
func lockFolder(dir string) (lock, error) {
	f, err := os.Open(dir)
	if err != nil {
		return lock{}, explain("open", dir, err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); errors.Is(err, syscall.EWOULDBLOCK) {
		f.Close()
		return lock{}, fmt.Errorf("columnar: %s: %w: wait until it is done, stop it, or choose another output folder", dir, ErrInUse)
	}
	return lock{f}, nil
}

func (l *lock) release() {
	if l.dir != nil {
		l.dir.Close()
		l.dir = nil
	}
}
