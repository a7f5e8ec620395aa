//go:build !amd64

package chain

func (m *Model) sum(features []uint64) Sum { return m.sumPortable(features) }
