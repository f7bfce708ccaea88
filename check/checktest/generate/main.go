// Command generate writes the fixtures of package checktest to testdata/rules,
// one folder a rule, its stories to testdata/captures and its recordings to
// testdata/recordings, so that they can be
// looked at, checked by hand and fed to other tools. Run it with "go generate ./..."; a test fails when the files are
// not what it would write.
package main

import (
	"log"
	"os"
	"path/filepath"

	"github.com/samlwhy/samlwhy/check/checktest"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: generate FOLDER")
	}
	if err := write(os.Args[1]); err != nil {
		log.Fatal(err)
	}
}

func write(testdata string) error {
	files := map[string]string{}
	for _, c := range checktest.Cases() {
		files[filepath.Join("rules", filepath.FromSlash(c.File()))] = c.Input
	}
	for _, s := range checktest.Stories() {
		files[filepath.Join("captures", s.Name)] = s.Data
	}
	for _, s := range checktest.Recordings() {
		files[filepath.Join("recordings", s.Name)] = s.Data
	}
	files[filepath.Join("captures", "idp.pem")] = string(checktest.IdPCertificate())
	files[filepath.Join("captures", "sp-key.pem")] = string(checktest.SPKey())
	for _, folder := range []string{"rules", "captures", "recordings"} {
		if err := os.RemoveAll(filepath.Join(testdata, folder)); err != nil {
			return err
		}
	}
	for name, data := range files {
		file := filepath.Join(testdata, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, []byte(data), 0o644); err != nil {
			return err
		}
	}
	return nil
}
