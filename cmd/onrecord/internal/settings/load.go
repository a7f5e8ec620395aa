package settings

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/go-viper/mapstructure/v2"
	"github.com/spf13/pflag"
	"github.com/spf13/viper"
)

// FileName is the file looked up in the working folder.
const FileName = "onrecord.yaml"

const envPrefix = "ONRECORD"

// Env is the environment variable of a setting, or of the flag --config.
func Env(key string) string {
	return envPrefix + "_" + strings.ToUpper(strings.ReplaceAll(key, "-", "_"))
}

// Origin says where a value comes from, for people: "flag --workers",
// "environment ONRECORD_WORKERS", "onrecord.yaml", "default".
type Origin string

// Value is a setting in force.
type Value struct {
	Key    string
	Value  any
	Origin Origin
}

// Loaded are the settings in force and where they come from.
type Loaded struct {
	Settings
	File     string   // the configuration file read; empty where there is none
	Values   []Value  // every setting, in the order of the help
	Warnings []string // environment variables that look like settings and are none
}

// Origin says where the value of a setting comes from.
func (l *Loaded) Origin(key string) Origin {
	for _, v := range l.Values {
		if v.Key == key {
			return v.Origin
		}
	}
	return ""
}

// Error is a setting that cannot be used. It names key, place and remedy.
type Error struct {
	Key    string
	Origin Origin
	Err    error
}

func (e *Error) Error() string {
	if e.Key == "" {
		return fmt.Sprintf("%s: %v", e.Origin, e.Err)
	}
	return fmt.Sprintf("%s (%s): %v", e.Key, e.Origin, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// Load puts the settings together. Those that are not among the flags have no
// flag. file is the configuration file; where it is empty, FileName in the
// working folder is read if it is there.
func Load(flags *pflag.FlagSet, file string, environ []string) (*Loaded, error) {
	v := viper.New()
	v.SetEnvPrefix(envPrefix)
	v.SetEnvKeyReplacer(strings.NewReplacer("-", "_"))
	v.AutomaticEnv()
	all := table()
	keys := make([]string, len(all))
	for i, s := range all {
		keys[i] = s.key
		v.SetDefault(s.key, s.def)
		if f := flagOf(flags, s.key); f != nil {
			if err := v.BindPFlag(s.key, f); err != nil {
				return nil, err
			}
		}
	}
	out := &Loaded{Warnings: strangers(environ, keys)}
	var err error
	if out.File, err = readFile(v, file, keys); err != nil {
		return nil, err
	}
	origin := func(key string) Origin {
		if f := flagOf(flags, key); f != nil && f.Changed {
			return Origin("flag --" + key)
		}
		if os.Getenv(Env(key)) != "" {
			return Origin("environment " + Env(key))
		}
		if v.InConfig(key) {
			return Origin(out.File)
		}
		return "default"
	}
	err = v.UnmarshalExact(&out.Settings, func(c *mapstructure.DecoderConfig) {
		c.WeaklyTypedInput = false
		c.DecodeHook = mapstructure.DecodeHookFuncType(decode)
	})
	if err != nil {
		var de *mapstructure.DecodeError
		if errors.As(err, &de) {
			key, _, _ := strings.Cut(de.Name(), "[")
			return nil, &Error{key, origin(key), de.Unwrap()}
		}
		return nil, err
	}
	values := reflect.ValueOf(out.Settings)
	for i, s := range all {
		if s.check != nil {
			if err := s.check(&out.Settings); err != nil {
				return nil, &Error{s.key, origin(s.key), err}
			}
		}
		out.Values = append(out.Values, Value{s.key, fieldOf(values, s.key), origin(all[i].key)})
	}
	return out, nil
}

// flagOf returns the flag of a setting, nil where the command has none.
func flagOf(flags *pflag.FlagSet, key string) *pflag.Flag {
	f := flags.Lookup(key)
	if f == nil {
		return nil
	}
	if _, ok := f.Annotations[annotation]; !ok {
		return nil
	}
	return f
}

// readFile reads the configuration file into v, if there is one, and returns
// its name. It refuses keys that are not known.
func readFile(v *viper.Viper, file string, known []string) (string, error) {
	named := file != ""
	if !named {
		file = FileName
	}
	b, err := os.ReadFile(file)
	switch {
	case err == nil:
	case errors.Is(err, fs.ErrNotExist) && !named:
		return "", nil
	case errors.Is(err, fs.ErrNotExist):
		return "", &Error{"", Origin(file), errors.New("there is no such file: check the path of the configuration")}
	default:
		var pe *fs.PathError
		if errors.As(err, &pe) {
			err = pe.Err
		}
		return "", &Error{"", Origin(file), fmt.Errorf("the configuration cannot be read: %w", err)}
	}
	f := viper.New()
	f.SetConfigType("yaml")
	if err := f.ReadConfig(bytes.NewReader(b)); err != nil {
		msg := strings.TrimPrefix(err.Error(), "While parsing config: ")
		return "", &Error{"", Origin(file), fmt.Errorf("the configuration is no YAML: %s", strings.Join(strings.Fields(msg), " "))}
	}
	if err := unknownKeys(f, known, file); err != nil {
		return "", err
	}
	return file, v.MergeConfigMap(f.AllSettings())
}

// unknownKeys returns an error for the first key of the file that is no
// setting, with the nearest one that is.
func unknownKeys(f *viper.Viper, known []string, file string) error {
	all := f.AllKeys()
	slices.Sort(all)
	for _, key := range all {
		top, _, nested := strings.Cut(key, ".")
		switch {
		case !slices.Contains(known, top):
			return &Error{"", Origin(file), fmt.Errorf("unknown key %q%s", key, DidYouMean(key, known))}
		case nested && top != "model":
			return &Error{top, Origin(file), fmt.Errorf("one value is wanted, and the file has keys below it (%s)", key)}
		}
	}
	return nil
}

// strangers lists the variables of the environment that carry the program's
// prefix and mean nothing to it.
func strangers(environ, keys []string) []string {
	// Variables of the project's own tests are no mistakes.
	testing := []string{Env("shared"), Env("screenshots"), Env("chromium")}
	known := []string{Env("config")}
	for _, k := range keys {
		known = append(known, Env(k))
	}
	var out []string
	for _, e := range environ {
		name, _, _ := strings.Cut(e, "=")
		if strings.HasPrefix(name, envPrefix+"_") && !slices.Contains(testing, name) && !slices.Contains(known, name) {
			out = append(out, fmt.Sprintf("environment %s is no setting and does nothing%s", name, DidYouMean(name, known)))
		}
	}
	slices.Sort(out)
	return out
}

// decode makes a value from a string of the environment or of a flag. Values
// of the file have their types by themselves.
func decode(from, to reflect.Type, data any) (any, error) {
	s, ok := data.(string)
	if !ok {
		if to.Kind() == reflect.Int && (from.Kind() < reflect.Int || from.Kind() > reflect.Uint64) {
			return nil, fmt.Errorf("%v is no whole number", data)
		}
		if to.Kind() == reflect.Bool && from.Kind() != reflect.Bool {
			return nil, fmt.Errorf("%v is neither true nor false", data)
		}
		if to.Kind() == reflect.Slice && from.Kind() != reflect.Slice {
			return nil, fmt.Errorf("%v is no list", data)
		}
		if to.Kind() == reflect.String {
			return nil, fmt.Errorf("%v is no text: put it in quotation marks", data)
		}
		return data, nil
	}
	s = strings.TrimSpace(s)
	switch to.Kind() {
	case reflect.Int:
		n, err := strconv.Atoi(s)
		if err != nil {
			return nil, fmt.Errorf("%q is no whole number", s)
		}
		return n, nil
	case reflect.Bool:
		b, err := strconv.ParseBool(s)
		if err != nil {
			return nil, fmt.Errorf("%q is neither true nor false", s)
		}
		return b, nil
	case reflect.Slice:
		if to == reflect.TypeFor[lines]() {
			return splitLines(s), nil
		}
		return list(s), nil
	case reflect.Map:
		m := map[string]string{}
		for _, part := range list(s) {
			k, val, ok := strings.Cut(part, "=")
			if !ok || k == "" || val == "" {
				return nil, fmt.Errorf("%q is not stage=FILE", part)
			}
			m[k] = val
		}
		return m, nil
	}
	return data, nil
}

// list splits a list at its commas.
func list(s string) []string { return split(s, func(r rune) bool { return r == ',' }) }

// splitLines splits a list at its semicolons and the ends of its lines.
func splitLines(s string) []string {
	return split(s, func(r rune) bool { return r == ';' || r == '\n' })
}

func split(s string, at func(rune) bool) []string {
	out := []string{}
	for part := range strings.FieldsFuncSeq(s, at) {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// fieldOf returns the field of Settings for the key.
func fieldOf(v reflect.Value, key string) any {
	for i := range v.NumField() {
		if v.Type().Field(i).Tag.Get("mapstructure") == key {
			return v.Field(i).Interface()
		}
	}
	return nil
}
