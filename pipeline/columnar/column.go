package columnar

import (
	"fmt"
	"strings"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
)

// column joins a column of a table to the field of R, a row, that it holds:
// the one place that says its name, its type, how it is written and how it is
// read.
type column[R any] struct {
	field arrow.Field
	// repeats marks columns of few distinct values, for which a dictionary pays
	// in Parquet. (Arrow columns are plain: a dictionary that changes between
	// two batches of an Arrow file is an error.)
	repeats bool
	write   func(array.Builder, *R)
	read    func(arrow.Array, int, *R)
}

// str is a column of strings.
func str[R any](name string, of func(*R) *string) column[R] {
	return column[R]{
		field: arrow.Field{Name: name, Type: arrow.BinaryTypes.String},
		write: func(b array.Builder, r *R) { b.(*array.StringBuilder).Append(*of(r)) },
		// A cloned string does not keep the batch in memory.
		read: func(a arrow.Array, i int, r *R) { *of(r) = strings.Clone(a.(*array.String).Value(i)) },
	}
}

// optStr is a column of strings in which the empty string is null.
func optStr[R any](name string, of func(*R) *string) column[R] {
	return column[R]{
		field: arrow.Field{Name: name, Type: arrow.BinaryTypes.String, Nullable: true},
		write: func(b array.Builder, r *R) {
			if s := *of(r); s != "" {
				b.(*array.StringBuilder).Append(s)
			} else {
				b.AppendNull()
			}
		},
		read: func(a arrow.Array, i int, r *R) {
			if a.IsValid(i) {
				*of(r) = strings.Clone(a.(*array.String).Value(i))
			}
		},
	}
}

// repeating is the column with repeats set.
func repeating[R any](c column[R]) column[R] {
	c.repeats = true
	return c
}

func num32[R any](name string, of func(*R) *int32) column[R] {
	return column[R]{
		field: arrow.Field{Name: name, Type: arrow.PrimitiveTypes.Int32},
		write: func(b array.Builder, r *R) { b.(*array.Int32Builder).Append(*of(r)) },
		read:  func(a arrow.Array, i int, r *R) { *of(r) = a.(*array.Int32).Value(i) },
	}
}

func num64[R any](name string, of func(*R) *int64) column[R] {
	return column[R]{
		field: arrow.Field{Name: name, Type: arrow.PrimitiveTypes.Int64},
		write: func(b array.Builder, r *R) { b.(*array.Int64Builder).Append(*of(r)) },
		read:  func(a arrow.Array, i int, r *R) { *of(r) = a.(*array.Int64).Value(i) },
	}
}

// optNum64 is a column of numbers in which 0 is null.
func optNum64[R any](name string, of func(*R) *int64) column[R] {
	c := num64(name, of)
	c.field.Nullable = true
	return column[R]{
		field: c.field,
		write: func(b array.Builder, r *R) {
			if *of(r) != 0 {
				c.write(b, r)
			} else {
				b.AppendNull()
			}
		},
		read: func(a arrow.Array, i int, r *R) {
			if a.IsValid(i) {
				c.read(a, i, r)
			}
		},
	}
}

func float32s[R any](name string, of func(*R) *float32) column[R] {
	return column[R]{
		field: arrow.Field{Name: name, Type: arrow.PrimitiveTypes.Float32},
		write: func(b array.Builder, r *R) { b.(*array.Float32Builder).Append(*of(r)) },
		read:  func(a arrow.Array, i int, r *R) { *of(r) = a.(*array.Float32).Value(i) },
	}
}

func boolean[R any](name string, of func(*R) *bool) column[R] {
	return column[R]{
		field: arrow.Field{Name: name, Type: arrow.FixedWidthTypes.Boolean},
		write: func(b array.Builder, r *R) { b.(*array.BooleanBuilder).Append(*of(r)) },
		read:  func(a arrow.Array, i int, r *R) { *of(r) = a.(*array.Boolean).Value(i) },
	}
}

// optTime is a column of instants in UTC, to the microsecond; the zero time is
// null.
func optTime[R any](name string, of func(*R) *time.Time) column[R] {
	return column[R]{
		field: arrow.Field{Name: name, Type: arrow.FixedWidthTypes.Timestamp_us, Nullable: true},
		write: func(b array.Builder, r *R) {
			if t := *of(r); !t.IsZero() {
				b.(*array.TimestampBuilder).Append(arrow.Timestamp(t.UnixMicro()))
			} else {
				b.AppendNull()
			}
		},
		read: func(a arrow.Array, i int, r *R) {
			if a.IsValid(i) {
				*of(r) = time.UnixMicro(int64(a.(*array.Timestamp).Value(i))).UTC()
			}
		},
	}
}

// strs is a column of lists of strings.
func strs[R any](name string, of func(*R) *[]string) column[R] {
	return column[R]{
		field: arrow.Field{Name: name, Type: arrow.ListOfNonNullable(arrow.BinaryTypes.String)},
		write: func(b array.Builder, r *R) {
			lb := b.(*array.ListBuilder)
			lb.Append(true)
			for _, s := range *of(r) {
				lb.ValueBuilder().(*array.StringBuilder).Append(s)
			}
		},
		read: func(a arrow.Array, i int, r *R) {
			l := a.(*array.List)
			values := l.ListValues().(*array.String)
			for from, to := l.ValueOffsets(i); from < to; from++ {
				*of(r) = append(*of(r), strings.Clone(values.Value(int(from))))
			}
		},
	}
}

// structs is a column of lists of structs, each a T with the given fields.
func structs[R, T any](name string, of func(*R) *[]T, fields []column[T]) column[R] {
	return column[R]{
		field: arrow.Field{Name: name, Type: arrow.ListOfNonNullable(arrow.StructOf(fieldsOf(fields)...))},
		write: func(b array.Builder, r *R) {
			lb := b.(*array.ListBuilder)
			lb.Append(true)
			sb := lb.ValueBuilder().(*array.StructBuilder)
			list := *of(r)
			for i := range list {
				sb.Append(true)
				for n, f := range fields {
					f.write(sb.FieldBuilder(n), &list[i])
				}
			}
		},
		read: func(a arrow.Array, i int, r *R) {
			l := a.(*array.List)
			values := l.ListValues().(*array.Struct)
			from, to := l.ValueOffsets(i)
			list := make([]T, to-from)
			for k := range list {
				for n, f := range fields {
					f.read(values.Field(n), int(from)+k, &list[k])
				}
			}
			*of(r) = list
		},
	}
}

// optStruct is a column of structs in which nil is null.
func optStruct[R, T any](name string, of func(*R) **T, fields []column[T]) column[R] {
	null := []bool{false}
	empty := new(T)
	return column[R]{
		field: arrow.Field{Name: name, Type: arrow.StructOf(fieldsOf(fields)...), Nullable: true},
		write: func(b array.Builder, r *R) {
			sb := b.(*array.StructBuilder)
			v := *of(r)
			if v == nil {
				// Append(false) would put nulls in the fields, which are not nullable.
				sb.AppendValues(null)
				v = empty
			} else {
				sb.Append(true)
			}
			for n, f := range fields {
				f.write(sb.FieldBuilder(n), v)
			}
		},
		read: func(a arrow.Array, i int, r *R) {
			if a.IsNull(i) {
				return
			}
			v := new(T)
			for n, f := range fields {
				f.read(a.(*array.Struct).Field(n), i, v)
			}
			*of(r) = v
		},
	}
}

func fieldsOf[R any](columns []column[R]) []arrow.Field {
	fields := make([]arrow.Field, len(columns))
	for i, c := range columns {
		fields[i] = c.field
	}
	return fields
}

// locate returns the index in schema of each column, and an error where one is
// missing or of another type. Further columns in schema are no fault.
func locate[R any](columns []column[R], schema *arrow.Schema) ([]int, error) {
	at := make([]int, len(columns))
	for i, c := range columns {
		found := schema.FieldIndices(c.field.Name)
		if len(found) != 1 {
			return nil, fmt.Errorf("no column %q", c.field.Name)
		}
		at[i] = found[0]
		if t := schema.Field(at[i]).Type; !sameType(t, c.field.Type) {
			return nil, fmt.Errorf("column %q is %v, not %v", c.field.Name, t, c.field.Type)
		}
	}
	return at, nil
}

// sameType compares types without the names that formats give to list
// elements and without nullability.
func sameType(a, b arrow.DataType) bool {
	if a.ID() != b.ID() {
		return false
	}
	switch a := a.(type) {
	case *arrow.ListType:
		return sameType(a.Elem(), b.(*arrow.ListType).Elem())
	case *arrow.StructType:
		b := b.(*arrow.StructType)
		if len(a.Fields()) != len(b.Fields()) {
			return false
		}
		for i, f := range a.Fields() {
			if f.Name != b.Field(i).Name || !sameType(f.Type, b.Field(i).Type) {
				return false
			}
		}
		return true
	case *arrow.TimestampType:
		return a.Unit == b.(*arrow.TimestampType).Unit
	}
	return true
}
