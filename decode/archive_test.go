package decode_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/samlwhy/samlwhy/decode"
)

// inputs reads all of data: for each input its name, and what became of it.
func inputs(t *testing.T, name, data string, opts decode.Options) []string {
	t.Helper()
	var list []string
	for trace, err := range decode.ReadAll(name, []byte(data), opts) {
		switch e, ok := errors.AsType[*decode.Error](err); {
		case err == nil:
			checkTrace(t, trace)
			list = append(list, fmt.Sprintf("%s: %s, %d", trace.Input, trace.Kind, len(trace.Messages)))
		case !ok || trace != nil:
			t.Errorf("bad error %#v", err)
		default:
			list = append(list, e.Input+": "+e.Reason)
		}
	}
	return list
}

func mailOf(parts string) string {
	return "From: alex@example.com\r\nSubject: login fails\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"=_b\"\r\n\r\n" + parts + "--=_b--\r\n"
}

func TestReadAll(t *testing.T) {
	trace := har(harEntry("2026-03-04T10:00:00Z", "POST", acs, `{"mimeType":"application/x-www-form-urlencoded","text":"`+samlForm()+`"}`, `{"status":200}`))
	ticket := map[string]string{"a/trace.har": trace, "b/response.xml": responseXML, "c/readme.txt": "please help, it does not work", "d.b64": b64(responseXML)}
	read := []string{"ticket.zip/a/trace.har: har, 1", "ticket.zip/b/response.xml: xml, 1", "ticket.zip/c/readme.txt: no-saml", "ticket.zip/d.b64: base64, 1"}
	named := func(old, name string) []string {
		list := slices.Clone(read)
		for i := range list {
			list[i] = strings.Replace(list[i], old, name, 1)
		}
		return list
	}
	html := "<html><form action=\"" + acs + "\" method=post><input name=SAMLResponse value=\"" + b64(responseXML) + "\"></form></html>"
	mail := mailOf("--=_b\r\nContent-Type: text/plain\r\n\r\nplease help\r\n" +
		"--=_b\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + wrap(strings.ReplaceAll(html, "=", "=3D"), 60, "=\r\n") + "\r\n" +
		"--=_b\r\nContent-Type: application/octet-stream; name=\"trace.har\"\r\nContent-Disposition: attachment; filename=\"=?utf-8?q?trace.har?=\"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + wrap(b64(trace), 76, "\r\n"))
	tests := []struct {
		name, input, data string
		want              []string
	}{
		{"no archive", "a.xml", responseXML, []string{"a.xml: xml, 1"}},
		{"ZIP", "ticket.zip", zipped(ticket), read},
		{"tar", "ticket.tar", tarred(ticket), named("ticket.zip", "ticket.tar")},
		{"tar, compressed", "ticket.tgz", gzipped(tarred(ticket)), named("ticket.zip", "ticket.tgz")},
		{"gzip", "trace.har.gz", gzipped(trace), []string{"trace.har.gz/trace.har: har, 1"}},
		{"gzip without a name", "-", gzipped(trace), []string{"-/content: har, 1"}},
		{"ZIP in a ZIP", "t.zip", zipped(map[string]string{"ticket.zip": zipped(ticket)}), named("ticket.zip", "t.zip/ticket.zip")},
		{"ZIP in a ZIP in a ZIP", "u.zip", zipped(map[string]string{"t.zip": zipped(map[string]string{"ticket.zip": zipped(ticket)})}), []string{"u.zip/t.zip/ticket.zip: archive-nested"}},
		{"Fiddler", "login.saz", zipped(sazFiles()), []string{"login.saz: saz, 1"}},
		{"Fiddler in a ZIP", "t.zip", zipped(map[string]string{"login.saz": zipped(sazFiles())}), []string{"t.zip/login.saz: saz, 1"}},
		{"e-mail", "mail.eml", mail, []string{"mail.eml/part 1: no-saml", "mail.eml/part 2.html: html, 1", "mail.eml/trace.har: har, 1"}},
		{"page saved as MHTML", "page.mht", "From: <Saved by Blink>\r\nSnapshot-Content-Location: https://idp.example.com/\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=\"=_b\"\r\n\r\n--=_b\r\nContent-Type: text/html\r\n\r\n" + html + "\r\n--=_b--\r\n",
			[]string{"page.mht/part 1.html: html, 1"}},
		{"files of operating systems", "t.zip", zipped(map[string]string{"__MACOSX/._a.xml": "x", ".DS_Store": "x", "a.xml": responseXML, "folder/": ""}), []string{"t.zip/a.xml: xml, 1"}},
		{"names that a terminal would act upon", "t.zip", zipped(map[string]string{"a\x1b[31m\u202e.xml": responseXML}), []string{"t.zip/a?[31m?.xml: xml, 1"}},
		{"a way up", "t.zip", zipped(map[string]string{"../../etc/a.xml": responseXML}), []string{"t.zip/../../etc/a.xml: xml, 1"}},
		{"empty", "t.zip", zipped(nil), []string{"t.zip: archive-empty"}},
		{"Word", "t.docx", zipped(map[string]string{"[Content_Types].xml": "<Types/>", "word/document.xml": "<a/>"}), []string{"t.docx: binary-document"}},
		{"Charles", "t.chlz", zipped(map[string]string{"0-meta.json": "{}", "0-req.bin": "x"}), []string{"t.chlz: binary-charles"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := inputs(t, tt.input, tt.data, decode.Options{}); !slices.Equal(got, tt.want) {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

// Read takes an archive in which one file holds messages.
func TestReadArchive(t *testing.T) {
	if m := func() *decode.Trace {
		trace, err := decode.Read("t.zip", []byte(zipped(map[string]string{"a.xml": responseXML, "b.txt": "nothing"})), decode.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return trace
	}(); m.Input != "t.zip/a.xml" || m.Kind != decode.KindXML || len(m.Messages) != 1 {
		t.Errorf("read %s", describe(m))
	}
	if e := fails(t, []byte(responseXML), decode.Options{As: decode.KindZip}); e.Reason != "no-archive" {
		t.Errorf("XML as an archive: %s", e.Text)
	}
	tests := []struct{ name, data, reason string }{
		{"two", zipped(map[string]string{"a.xml": responseXML, "b.xml": requestXML}), "archive-several"},
		{"none", zipped(map[string]string{"a.txt": "nothing here", "b.txt": "nor here"}), "archive-no-saml"},
		{"one without a message", zipped(map[string]string{"a.txt": "nothing here"}), "no-saml"},
		{"only tunnels", zipped(map[string]string{"raw/1_c.txt": "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n"}), "saz-no-saml"},
		{"a session without a message", zipped(map[string]string{"raw/1_c.txt": "GET https://a.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n"}), "saz-no-saml"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if e := fails(t, []byte(tt.data), decode.Options{}); e.Reason != tt.reason {
				t.Errorf("reason %q: %s", e.Reason, e.Text)
			}
		})
	}
}

// zipFile is an archive of one file, changed in its headers.
func zipFile(t *testing.T, h *zip.FileHeader, data []byte) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.CreateRaw(h)
	if err == nil {
		_, err = w.Write(data)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestArchiveRefusals(t *testing.T) {
	whole := zipped(map[string]string{"a.xml": strings.Repeat(responseXML, 20), "b.xml": responseXML})
	bomb := map[string]string{}
	for i := range 4 {
		bomb[fmt.Sprintf("%d.bin", i)] = strings.Repeat("a ", 1<<20)
	}
	tests := []struct {
		name, data, text string
		opts             decode.Options
	}{
		{"password", zipFile(t, &zip.FileHeader{Name: "a.xml", Flags: 1, CompressedSize64: 3, UncompressedSize64: 3}, []byte("abc")), "password", decode.Options{}},
		{"AES", zipFile(t, &zip.FileHeader{Name: "a.xml", Method: 99, CompressedSize64: 3, UncompressedSize64: 3}, []byte("abc")), "password", decode.Options{}},
		{"Fiddler with a password", zipFile(t, &zip.FileHeader{Name: "raw/1_c.txt", Flags: 1, CompressedSize64: 3, UncompressedSize64: 3}, []byte("abc")), "password", decode.Options{}},
		{"LZMA", zipFile(t, &zip.FileHeader{Name: "a.xml", Method: 14, CompressedSize64: 3, UncompressedSize64: 3}, []byte("abc")), "LZMA", decode.Options{}},
		{"another method", zipFile(t, &zip.FileHeader{Name: "a.xml", Method: 77, CompressedSize64: 3, UncompressedSize64: 3}, []byte("abc")), "method 77", decode.Options{}},
		{"a file that is damaged", zipFile(t, &zip.FileHeader{Name: "a.xml", Method: zip.Deflate, CompressedSize64: 3, UncompressedSize64: 3}, []byte("\xff\xff\xff")), "damaged", decode.Options{}},
		{"cut off", whole[:len(whole)/2], "table of contents", decode.Options{}},
		{"one too large", zipped(bomb), "more than 1 MiB", decode.Options{MaxInput: 1 << 20}},
		{"all too large", zipped(bomb), "together unpack to more than 5 MiB", decode.Options{MaxInput: 5 << 19}},
		{"gzip too large", gzipped(bomb["0.bin"]), "more than 1 MiB", decode.Options{MaxInput: 1 << 20}},
		{"mail too large", mailOf("--=_b\r\nContent-Type: text/plain\r\n\r\n" + bomb["0.bin"] + "\r\n"), "more than 1 MiB", decode.Options{MaxInput: 1 << 20}},
		{"tar cut off", tarred(map[string]string{"a.txt": "x", "b.txt": strings.Repeat("y", 5000)})[:1500] + strings.Repeat("z", 100), "tar archive is cut off", decode.Options{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var texts []string
			for trace, err := range decode.ReadAll("t", []byte(tt.data), tt.opts) {
				if e, ok := errors.AsType[*decode.Error](err); ok {
					texts = append(texts, e.Text)
				} else {
					t.Errorf("read %s, error %v", describe(trace), err)
				}
			}
			if !slices.ContainsFunc(texts, func(s string) bool { return strings.Contains(s, tt.text) }) {
				t.Errorf("errors %q, want %q", texts, tt.text)
			}
		})
	}
}

// An announced size takes no memory, and is not believed.
func TestArchiveLies(t *testing.T) {
	data := []byte(zipped(map[string]string{"a.xml": responseXML}))
	central := bytes.Index(data, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(data[central+24:], 0xfffffff0)
	got := inputs(t, "t.zip", string(data), decode.Options{})
	if !slices.Equal(got, []string{"t.zip/a.xml: xml, 1"}) {
		t.Errorf("got %q", got)
	}
}

// A HAR in an archive is read in passing, however large.
func TestLargeHARInArchive(t *testing.T) {
	entry := harEntry("2026-03-04T10:00:00Z", "GET", "https://cdn.example.com/app.js", "", `{"status":200,"content":{"mimeType":"application/javascript","text":"`+strings.Repeat("x", 1<<16)+`"}}`)
	login := harEntry("2026-03-04T10:00:01Z", "POST", acs, `{"mimeType":"application/x-www-form-urlencoded","text":"`+samlForm()+`"}`, `{"status":200}`)
	data := zipped(map[string]string{"trace.har": har(append(slices.Repeat([]string{entry}, 100), login)...)})
	got := inputs(t, "t.zip", data, decode.Options{})
	if !slices.Equal(got, []string{"t.zip/trace.har: har, 1"}) {
		t.Errorf("got %q", got)
	}
	got = nil
	for trace, err := range decode.ReadFrom("t.zip", io.MultiReader(strings.NewReader(data)), 0, decode.Options{}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, trace.Input)
	}
	if !slices.Equal(got, []string{"t.zip/trace.har"}) {
		t.Errorf("read %q", got)
	}
}
