package cmd

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// slowly is a world in which each look at the clock takes a quarter of a second.
func slowly(terminal bool) IO {
	now := time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC)
	return IO{
		Now: func() time.Time {
			now = now.Add(250 * time.Millisecond)
			return now
		},
		IsTerminal: func(stream any) bool {
			_, ok := stream.(*strings.Builder) // standard output and error, not input
			return ok && terminal
		},
	}
}

// screen is what is left on a terminal of what was written to it.
func screen(written string) string {
	var lines []string
	for line := range strings.SplitSeq(written, "\n") {
		var cells []rune
		at := 0
		for _, c := range line {
			if c == '\r' {
				at = 0
				continue
			}
			if at == len(cells) {
				cells = append(cells, ' ')
			}
			cells[at] = c
			at++
		}
		lines = append(lines, strings.TrimRight(string(cells), " "))
	}
	return strings.Join(lines, "\n")
}

// largeCapture writes a HAR of about size bytes with one message.
func largeCapture(t *testing.T, size int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "large.har")
	entry := func(text string) string {
		return fmt.Sprintf(`{"request":{"method":"POST","url":"https://sp.example.com/acs","postData":{"mimeType":"application/x-www-form-urlencoded","text":%q}},"response":{}}`, text)
	}
	text := `{"log":{"entries":[` + entry(strings.Repeat("x", size)) + "," + entry("SAMLResponse="+toBase64(smallResponse)) + "]}}"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestProgress(t *testing.T) {
	path := largeCapture(t, 5<<20)
	out, errs, code := run(slowly(true), "decode", "--raw", path)
	if code != exitOK || out != smallResponse {
		t.Fatalf("exit code %d, output %q", code, out)
	}
	if !strings.Contains(errs, "░") || !strings.Contains(errs, "5 MiB") || screen(errs) != "" {
		t.Errorf("shown:\n%q\nleft on the screen:\n%s", errs, screen(errs))
	}
	// Of a pipe nobody knows how long it is.
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	std := slowly(true)
	std.Stdin = strings.NewReader(string(text))
	if _, errs, _ = run(std, "decode", "--raw"); !strings.Contains(errs, "reading: ") || strings.Contains(errs, "%") || screen(errs) != "" {
		t.Errorf("of a pipe: %q", errs)
	}
	// An error stands alone in its line.
	if _, errs, _ = run(slowly(true), "check", path, "nothing.har", "--format", "json"); !strings.HasPrefix(strings.TrimSpace(screen(errs)), "samlwhy: nothing.har cannot be read") {
		t.Errorf("with an error: %q", errs)
	}
	for name, std := range map[string]IO{"in a pipe": slowly(false), "quickly": {IsTerminal: slowly(true).IsTerminal}} {
		if _, errs, _ := run(std, "decode", "--raw", path); errs != "" {
			t.Errorf("%s: %q", name, errs)
		}
	}
	dumb := slowly(true)
	dumb.Env = func(name string) string { return map[string]string{"TERM": "dumb"}[name] }
	if _, errs, _ := run(dumb, "decode", "--raw", path); errs != "" {
		t.Errorf("at a terminal that cannot take a line back: %q", errs)
	}
}

// TestInOrder runs tasks side by side, bounded, and tells in their order.
func TestInOrder(t *testing.T) {
	const most = 3
	var mu sync.Mutex
	running, peak := 0, 0
	run := func(by int) {
		mu.Lock()
		defer mu.Unlock()
		running += by
		peak = max(peak, running)
	}
	started, release := make(chan struct{}), make(chan struct{})
	var tasks []*task
	for i := range 20 {
		tasks = append(tasks, &task{alone: i == 7, read: func() []result {
			run(1)
			defer run(-1)
			switch i {
			case 0: // the slowest
				close(started)
				<-release
			case most - 1: // runs beside it
				<-started
				close(release)
			}
			return []result{{err: fmt.Errorf("%d", i)}}
		}})
	}
	var got []string
	for _, results := range inOrder(slices.Values(tasks), most) {
		got = append(got, results[0].err.Error())
	}
	if want := "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19"; strings.Join(got, " ") != want {
		t.Errorf("order %v", got)
	}
	if peak > most || peak < 2 {
		t.Errorf("%d tasks ran at once, want 2 to %d", peak, most)
	}
	for range inOrder(slices.Values(tasks[most:]), most) {
		break // those that run are not waited for, and block nobody
	}
}

// TestManyInputs keeps the order in which inputs were named, and that of a folder.
func TestManyInputs(t *testing.T) {
	dir := t.TempDir()
	var args, want []string
	for i := range 40 {
		path := filepath.Join(dir, fmt.Sprintf("%02d.xml", i))
		text := strings.Replace(smallResponse, `"_1"`, fmt.Sprintf(`"_%d"`, i), 1)
		if i%10 == 3 {
			text += strings.Repeat(" ", 1<<20) // takes longer
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, path)
		want = append(want, fmt.Sprintf(`"id": "_%d"`, i))
	}
	slices.Reverse(args)
	backwards := slices.Clone(want)
	slices.Reverse(backwards)
	for name, c := range map[string]struct{ args, want []string }{"files": {args, backwards}, "a folder": {[]string{dir}, want}} {
		out, errs, _ := run(IO{}, append([]string{"check", "--format", "json", "--only", "http-method"}, c.args...)...)
		at := -1
		for _, id := range c.want {
			next := strings.Index(out, id)
			if next <= at {
				t.Fatalf("%s: %s is not where it belongs (%s)", name, id, errs)
			}
			at = next
		}
	}
}

// TestHARWithoutLimit reads a HAR larger than --max-size, and refuses anything else.
func TestHARWithoutLimit(t *testing.T) {
	path := largeCapture(t, 2<<20)
	if out, errs, code := run(IO{}, "decode", "--raw", path, "--max-size", "1M"); code != exitOK || out != smallResponse {
		t.Errorf("exit code %d: %s", code, errs)
	}
	other := filepath.Join(t.TempDir(), "large.txt")
	if err := os.WriteFile(other, []byte(strings.Repeat("A", 2<<20)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, errs, code := run(IO{}, "decode", "--raw", other, "--max-size", "1M"); code != exitInput || !strings.Contains(errs, "large.txt (2 MiB) is larger than 1 MiB") {
		t.Errorf("exit code %d: %s", code, errs)
	}
}
