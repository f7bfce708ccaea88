package xmlenc_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/samlwhy/samlwhy/decode"
	"github.com/samlwhy/samlwhy/decode/xmlenc"
)

// TestCorpus opens what is encrypted in a folder of real messages, named by
// SAMLWHY_CORPUS, with the keys that lie beside them.
func TestCorpus(t *testing.T) {
	dir := os.Getenv("SAMLWHY_CORPUS")
	if dir == "" {
		t.Skip("SAMLWHY_CORPUS names no folder of cases")
	}
	files, err := filepath.Glob(filepath.Join(dir, "*", "*", "case.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases in SAMLWHY_CORPUS=%s (%v)", dir, err)
	}
	cases, right := 0, 0
	for _, file := range files {
		var c struct {
			Input struct {
				File string `json:"file"`
			} `json:"input"`
			Expect struct {
				Verdict    string   `json:"verdict"`
				Categories []string `json:"categories"`
				Scope      string   `json:"scope"`
				NameID     string   `json:"nameid"`
			} `json:"expect"`
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &c); err != nil {
			t.Fatal(err)
		}
		folder := filepath.Dir(file)
		data, err := os.ReadFile(filepath.Join(folder, c.Input.File))
		if err != nil {
			t.Fatal(err)
		}
		trace, err := decode.Read(file, data, decode.Options{})
		if err != nil {
			continue
		}
		var keys []xmlenc.Key
		names, err := filepath.Glob(filepath.Join(folder, "key*.pem"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			read, err := xmlenc.ParseKeys(data, nil)
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			for _, k := range read {
				k.From = filepath.Base(name)
				keys = append(keys, k)
			}
		}
		var all []*xmlenc.Opening
		for _, m := range trace.Messages {
			if m.Document != nil {
				all = append(all, xmlenc.Open(m.Document, keys, xmlenc.Options{})...)
			}
		}
		if len(all) == 0 {
			if c.Expect.Scope == "decrypt" {
				t.Errorf("%s: nothing encrypted in it", folder)
			}
			continue
		}
		if c.Expect.Scope == "parse" || len(keys) == 0 && c.Expect.Scope != "decrypt" {
			continue
		}
		open := !slices.ContainsFunc(all, func(o *xmlenc.Opening) bool { return o.Err != nil })
		switch {
		case slices.Contains(c.Expect.Categories, "encrypted-cannot-decrypt"):
			open = !open
		case c.Expect.Scope != "decrypt" && c.Expect.Verdict != "valid":
			continue // it may fail for another reason
		}
		if cases++; open {
			right++
			continue
		}
		for _, o := range all {
			if o.Err != nil {
				t.Logf("%s (%s %s %v): %s/%s %v", filepath.Base(folder), c.Expect.Scope, c.Expect.Verdict, c.Expect.Categories, o.Err.Step, o.Err.ID, o.Err)
			} else {
				t.Logf("%s (%s %s %v): opens", filepath.Base(folder), c.Expect.Scope, c.Expect.Verdict, c.Expect.Categories)
			}
		}
	}
	t.Logf("%d of %d cases with encryption open or fail as expected", right, cases)
	if right != cases {
		t.Errorf("%d of %d cases with encryption open or fail as expected, want all", right, cases)
	}
}
