package serve

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/onrecord-nlp/onrecord/pipeline/goldform"
)

// contract is openapi.json.
type contract struct {
	doc      map[string]any
	compiler *jsonschema.Compiler
}

func newContract(t *testing.T) *contract {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(describe("1.2.3")))
	if err != nil {
		t.Fatal(err)
	}
	c := &contract{doc.(map[string]any), jsonschema.NewCompiler()}
	c.compiler.AssertFormat()
	if err := c.compiler.AddResource("openapi.json", doc); err != nil {
		t.Fatal(err)
	}
	return c
}

// at follows a path of keys, and references on it. It returns the keys of what
// it found.
func (c *contract) at(keys ...string) (any, []string) {
	var v any = c.doc
	var where []string
	for _, k := range keys {
		m, ok := v.(map[string]any)
		if !ok {
			return nil, nil
		}
		v, where = m[k], append(where, k)
		if m, ok := v.(map[string]any); ok {
			if ref, ok := m["$ref"].(string); ok {
				v, where = c.at(strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
			}
		}
	}
	return v, where
}

// check holds a response to the contract: its status and its media type are
// listed, and its body fits the schema.
func (c *contract) check(t *testing.T, method, path string, resp *http.Response, body []byte) {
	t.Helper()
	media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	problems := []string{"components", "schemas", "Problem"}
	if method == http.MethodHead {
		method = http.MethodGet
		body = nil
	}
	_, known := c.at("paths", path, strings.ToLower(method))
	var schema []string
	switch v, where := c.at("paths", path, strings.ToLower(method), "responses", strconv.Itoa(resp.StatusCode), "content", media, "schema"); {
	case v != nil:
		schema = where
	case resp.StatusCode == http.StatusNoContent && len(body) == 0:
		return
	case resp.StatusCode == http.StatusNotFound && known == nil, resp.StatusCode == http.StatusMethodNotAllowed:
		schema = problems // of every path, and of none
	default:
		t.Errorf("%s %s: status %d with %q is not in openapi.json", method, path, resp.StatusCode, media)
		return
	}
	if resp.StatusCode >= 400 && media != mediaProblem {
		t.Errorf("%s %s: status %d with %q", method, path, resp.StatusCode, media)
	}
	if body == nil || media != mediaProblem && media != mediaJSON {
		return
	}
	c.fits(t, schema, body)
}

// fits validates JSON by the schema at a place.
func (c *contract) fits(t *testing.T, place []string, body []byte) {
	t.Helper()
	var pointer strings.Builder
	for _, k := range place {
		pointer.WriteString("/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(k))
	}
	schema, err := c.compiler.Compile("openapi.json#" + pointer.String())
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		t.Errorf("the response is no JSON: %v: %s", err, body)
		return
	}
	if err := schema.Validate(v); err != nil {
		t.Errorf("the response is not as openapi.json has it: %v\n%s", err, body)
	}
}

func TestContractRefusesAnotherResponse(t *testing.T) {
	c := newContract(t)
	for _, body := range []string{`{"status":"fine"}`, `{"status":"alive","more":1}`, `[]`} {
		inner := new(testing.T)
		c.check(inner, "GET", "/healthz", &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {mediaJSON}}}, []byte(body))
		if !inner.Failed() {
			t.Errorf("%s passed", body)
		}
	}
}

// Every key that the form of articles can have is described, and no other.
func TestContractKnowsTheForm(t *testing.T) {
	c := newContract(t)
	for name, typ := range map[string]reflect.Type{
		"Article": reflect.TypeFor[goldform.Record](), "Block": reflect.TypeFor[goldform.Block](), "Quote": reflect.TypeFor[goldform.Quote](),
		"Claim": reflect.TypeFor[goldform.Claim](), "Speaker": reflect.TypeFor[goldform.Speaker](),
	} {
		want := jsonKeys(typ)
		// Nobody labelled by hand what is served.
		want = slices.DeleteFunc(want, func(k string) bool {
			return slices.Contains([]string{"genre", "variety", "sha256", "attributions", "some_mentions", "sure"}, k)
		})
		if name == "Article" {
			want = append(want, "made_by", "notes")
		}
		v, _ := c.at("components", "schemas", name, "properties")
		got := slices.Sorted(maps.Keys(v.(map[string]any)))
		if slices.Sort(want); !slices.Equal(got, want) {
			t.Errorf("%s has the keys %v in openapi.json, and %v in package goldform", name, got, want)
		}
	}
}

func jsonKeys(t reflect.Type) (keys []string) {
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			keys = append(keys, jsonKeys(f.Type)...)
			continue
		}
		key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		keys = append(keys, key)
	}
	return keys
}

// Every path that is served is described, with its methods, and no other.
func TestContractKnowsTheRoutes(t *testing.T) {
	c := newContract(t)
	s := newServer(t, nil)
	paths, _ := c.at("paths")
	for path, item := range paths.(map[string]any) {
		for method := range item.(map[string]any) {
			if _, ok := s.routes[path].methods[strings.ToUpper(method)]; !ok {
				t.Errorf("%s %s is described, and not served", method, path)
			}
		}
	}
	for path, route := range s.routes {
		for method := range route.methods {
			if v, _ := c.at("paths", path, strings.ToLower(method)); v == nil && method != http.MethodHead {
				t.Errorf("%s %s is served, and not described", method, path)
			}
		}
	}
}

// The examples in the description are good ones.
func TestContractExamples(t *testing.T) {
	c, url := newContract(t), listen(t, newServer(t, nil))
	n := 0
	for path, item := range c.doc["paths"].(map[string]any) {
		bodies, _ := c.at("paths", path, "post", "requestBody", "content")
		if item == nil || bodies == nil {
			continue
		}
		for media, body := range bodies.(map[string]any) {
			for name, example := range body.(map[string]any)["examples"].(map[string]any) {
				value := example.(map[string]any)["value"]
				text, ok := value.(string)
				if !ok {
					b, err := json.Marshal(value)
					if err != nil {
						t.Fatal(err)
					}
					text = string(b)
				}
				resp, err := http.Post(url+path, media, strings.NewReader(text))
				if err != nil {
					t.Fatal(err)
				}
				out, _ := io.ReadAll(resp.Body)
				resp.Body.Close()
				if n++; resp.StatusCode != 200 || !bytes.Contains(out, []byte(`"speaker":`)) {
					t.Errorf("%s, %s, example %s: status %d: %s", path, media, name, resp.StatusCode, out)
				}
				c.check(t, "POST", path, resp, out)
			}
		}
	}
	if n != 6 {
		t.Errorf("%d examples", n)
	}
}
