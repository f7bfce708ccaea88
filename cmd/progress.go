package cmd

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// Progress is shown when reading has taken this long, and drawn anew no more
// often than this.
const (
	progressAfter = time.Second
	progressEvery = 100 * time.Millisecond
)

// progress tells a person at a terminal how far reading has come, in one line
// of standard error that is gone again before anything else is written. In a
// pipe there is none. It is drawn by the reads themselves: nothing runs beside
// them that would have to be stopped.
type progress struct {
	std   IO
	start time.Time

	mu     sync.Mutex
	total  int64 // bytes; of what is known so far
	done   int64
	known  bool // total covers everything that is being read
	drawn  time.Time
	width  int // of the line on the screen, 0 when there is none
	paused bool
}

// newProgress is nil, which counts nothing, where nobody would see it.
func newProgress(std IO) *progress {
	if !std.IsTerminal(std.Stderr) || std.Env("TERM") == "dumb" {
		return nil
	}
	return &progress{std: std, start: std.Now(), known: true}
}

// expect adds an input of size bytes, negative when that is not known.
func (p *progress) expect(size int64) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if size < 0 {
		p.known = false
	} else {
		p.total += size
	}
}

// reader counts what is read of r.
func (p *progress) reader(r io.Reader) io.Reader {
	if p == nil {
		return r
	}
	return &countedReader{r, p}
}

type countedReader struct {
	io.Reader
	p *progress
}

func (r *countedReader) Read(b []byte) (int, error) {
	n, err := r.Reader.Read(b)
	r.p.add(n)
	return n, err
}

func (p *progress) add(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done += int64(n)
	if p.paused {
		return
	}
	if now := p.std.Now(); now.Sub(p.start) >= progressAfter && now.Sub(p.drawn) >= progressEvery {
		p.drawn = now
		p.draw()
	}
}

func (p *progress) draw() {
	text := "reading: " + roundSize(p.done)
	if p.known && p.done <= p.total && p.total > 0 {
		const cells = 20
		full := int(p.done * cells / p.total)
		text = fmt.Sprintf("reading  %s%s  %d %%  %s of %s", strings.Repeat("█", full), strings.Repeat("░", cells-full),
			p.done*100/p.total, roundSize(p.done), roundSize(p.total))
	}
	n := utf8.RuneCountInString(text)
	if n >= p.std.columns(p.std.Stderr) {
		return // a line that wraps cannot be taken back
	}
	_, _ = fmt.Fprintf(p.std.Stderr, "\r%s%s", text, strings.Repeat(" ", max(0, p.width-n)))
	p.width = n
}

// pause takes the line away and draws none until resume.
func (p *progress) pause() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.paused = true
	if p.width > 0 {
		_, _ = fmt.Fprintf(p.std.Stderr, "\r%s\r", strings.Repeat(" ", p.width))
		p.width = 0
	}
}

func (p *progress) resume() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.paused = false
}

// roundSize writes a number of bytes for a glance: "412 MiB".
func roundSize(n int64) string {
	switch {
	case n >= 10<<30:
		return fmt.Sprintf("%d GiB", n>>30)
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d KiB", n>>10)
}
