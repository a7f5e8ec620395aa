package cells

import (
	"encoding/binary"
	"errors"
	"math/bits"

	"github.com/apache/arrow/go/v15/parquet"
	"github.com/apache/arrow/go/v15/parquet/file"
)

// checkedPages refuses pages whose levels or lengths end before the page has as
// many values as it says: Arrow's reader of columns would wait for the rest of
// them for ever.
type checkedPages struct {
	file.PageReader
	maxDef, maxRep int16
	err            error
}

func (p *checkedPages) Next() bool {
	if p.err != nil || !p.PageReader.Next() {
		return false
	}
	p.err = p.check()
	return p.err == nil
}

func (p *checkedPages) Err() error {
	if p.err != nil {
		return p.err
	}
	return p.PageReader.Err()
}

var errPage = errors.New("the table is damaged: a page holds fewer values than it says")

func (p *checkedPages) check() error {
	n := int64(p.Page().NumValues())
	var data []byte
	switch page := p.Page().(type) {
	case *file.DataPageV1:
		data = page.Data()
		for _, level := range []struct {
			max      int16
			encoding parquet.Encoding
		}{{p.maxRep, page.RepetitionLevelEncoding()}, {p.maxDef, page.DefinitionLevelEncoding()}} {
			if level.max == 0 {
				continue
			}
			width := bits.Len16(uint16(level.max))
			if level.encoding == parquet.Encodings.BitPacked {
				size := (n*int64(width) + 7) / 8
				if size > int64(len(data)) {
					return errPage
				}
				data = data[size:]
				continue
			}
			if len(data) < 4 {
				return errPage
			}
			size := int64(binary.LittleEndian.Uint32(data))
			if size > int64(len(data)-4) || !runs(data[4:4+size], width, n) {
				return errPage
			}
			data = data[4+size:]
		}
	case *file.DataPageV2:
		data = page.Data()
		rep, def := int64(page.RepetitionLevelByteLen()), int64(page.DefinitionLevelByteLen())
		if rep < 0 || def < 0 || rep+def > int64(len(data)) ||
			p.maxRep > 0 && !runs(data[:rep], bits.Len16(uint16(p.maxRep)), n) ||
			p.maxDef > 0 && !runs(data[rep:rep+def], bits.Len16(uint16(p.maxDef)), n) {
			return errPage
		}
		data = data[rep+def:]
	default:
		return nil
	}
	switch encoding := parquet.Encoding(p.Page().Encoding()); encoding {
	case parquet.Encodings.DeltaBinaryPacked, parquet.Encodings.DeltaLengthByteArray, parquet.Encodings.DeltaByteArray:
		if p.maxDef > 0 && n == 0 || len(data) == 0 && p.maxDef > 0 {
			return nil // nothing but nulls
		}
		rest, count, ok := deltas(data)
		if encoding == parquet.Encodings.DeltaByteArray && ok { // the lengths of prefixes, then of what follows them
			_, _, ok = deltas(rest)
		}
		if !ok || p.maxDef == 0 && count < n {
			return errPage
		}
	}
	return nil
}

// runs reports whether data, in Parquet's hybrid of runs and packed bits, holds
// n levels of width bits or more.
func runs(data []byte, width int, n int64) bool {
	for n > 0 {
		head, size := binary.Uvarint(data)
		if size <= 0 {
			return false
		}
		data = data[size:]
		count := int64(head >> 1)
		need := int64(width+7) / 8
		if head&1 != 0 { // groups of eight packed values
			if count > int64(len(data)) {
				return false
			}
			need = min(count*int64(width), int64(len(data))) // the last group may be cut short
			count = min(count*8, need*8/int64(width))
		}
		if count <= 0 || need > int64(len(data)) {
			return false
		}
		data = data[need:]
		n -= count
	}
	return true
}

// deltas passes over numbers in Parquet's encoding of differences. It returns
// what follows them and how many they are.
func deltas(data []byte) (rest []byte, count int64, ok bool) {
	var head [3]uint64 // values a block, packs a block, values in all
	for i := range head {
		v, size := binary.Uvarint(data)
		if size <= 0 || v > 1<<31 {
			return nil, 0, false
		}
		head[i], data = v, data[size:]
	}
	_, size := binary.Varint(data) // the first value
	block, packs := head[0], head[1]
	if size <= 0 || packs == 0 || block == 0 || block > 1<<16 || block%128 != 0 || block/packs%32 != 0 || block%packs != 0 {
		return nil, 0, false
	}
	data = data[size:]
	each := block / packs
	for left := int64(head[2]) - 1; left > 0; {
		_, size := binary.Varint(data) // the least difference
		if size <= 0 || uint64(len(data)-size) < packs {
			return nil, 0, false
		}
		widths := data[size : size+int(packs)]
		data = data[size+int(packs):]
		for _, width := range widths {
			if left <= 0 {
				break // packs that are not needed are left out
			}
			need := each * uint64(width) / 8
			if width > 64 || need > uint64(len(data)) {
				return nil, 0, false
			}
			data = data[need:]
			left -= int64(each)
		}
	}
	return data, int64(head[2]), true
}
