package decode

import (
	"archive/zip"
	"cmp"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/samlwhy/samlwhy/decode/xmldoc"
)

// sazSession are the files of one session in a Fiddler archive.
type sazSession struct {
	number                    int
	request, response, timers *zip.File
}

// sazSessions are the sessions of a Fiddler archive in the order of their
// numbers; none when the archive is another.
func sazSessions(files []*zip.File) []*sazSession {
	byNumber := map[int]*sazSession{}
	for _, f := range files {
		dir, name := path.Split(strings.ReplaceAll(f.Name, `\`, "/"))
		if !strings.EqualFold(dir, "raw/") {
			continue
		}
		digits, part, ok := strings.Cut(strings.ToLower(name), "_")
		number, err := strconv.Atoi(digits)
		if !ok || err != nil || number < 0 {
			continue
		}
		s := byNumber[number]
		if s == nil {
			s = &sazSession{number: number}
		}
		switch part {
		case "c.txt":
			s.request = f
		case "s.txt":
			s.response = f
		case "m.xml":
			s.timers = f
		default:
			continue
		}
		byNumber[number] = s
	}
	var list []*sazSession
	for _, s := range byNumber {
		if s.request != nil {
			list = append(list, s)
		}
	}
	slices.SortFunc(list, func(a, b *sazSession) int { return cmp.Compare(a.number, b.number) })
	return list
}

// readSAZ reads an archive of Fiddler.
func (r *reader) readSAZ(a *archive, sessions []*sazSession) *Error {
	r.setKind(KindSAZ)
	var entries []*recorded
	for _, s := range sessions {
		data, err := a.file(s.request)
		if err != nil {
			return err
		}
		m := wholeMessage(data)
		if m == nil || m.method == "CONNECT" { // the tunnel, not what went through it
			continue
		}
		rec := &recorded{plain: true, ex: &Exchange{Entry: s.number}}
		m.request(rec, "")
		r.sazAnswer(a, s, rec)
		rec.ex.complete()
		entries = append(entries, rec)
	}
	r.captureMessages(entries)
	r.settleSchemes(entries)
	if len(r.trace.Messages) > 0 {
		return nil
	}
	if len(entries) == 0 {
		return newError("saz-no-saml", "the Fiddler archive holds only tunnels, no decrypted request: HTTPS was not decrypted when it was recorded",
			"in Fiddler, Tools > Options > HTTPS > Decrypt HTTPS traffic, then log in again")
	}
	return r.exchangesError(entries, "saz-no-saml", "a Fiddler archive", "record the whole login, from its first request to the answer of the service")
}

// file is the content of a file in a ZIP archive.
func (a *archive) file(f *zip.File) ([]byte, *Error) {
	src, err := a.unpack(f)
	if err != nil {
		return nil, err
	}
	return a.take(src)
}

// sazAnswer reads the response and the times of a session. What cannot be read
// of them leaves the request as it is.
func (r *reader) sazAnswer(a *archive, s *sazSession, rec *recorded) {
	if s.response != nil {
		data, _ := a.file(s.response)
		if m := wholeMessage(data); m != nil {
			m.respond(rec)
		}
	}
	if s.timers == nil {
		return
	}
	data, _ := a.file(s.timers)
	root := xmldoc.Parse(data, xmldoc.Options{Limits: r.limits}).Root()
	if root == nil {
		return
	}
	for n := range root.Elements() {
		if n.Name().Local != "SessionTimers" {
			continue
		}
		at := func(name string) time.Time {
			if a := n.Attr("", name); a != nil && !strings.HasPrefix(a.Value, "0001-") {
				return parseTime(a.Value)
			}
			return time.Time{}
		}
		begin, end := at("ClientBeginRequest"), at("ClientDoneResponse")
		rec.ex.Started = begin
		if d := end.Sub(begin); !begin.IsZero() && !end.IsZero() && d > 0 && d < 24*time.Hour {
			rec.ex.Duration = d
		}
	}
}
