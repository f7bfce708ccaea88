package decode_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/samlwhy/samlwhy/decode"
)

// writeHAR writes a HAR with 20 logins among bodies that make up about size bytes.
func writeHAR(w io.Writer, size int) error {
	script := strings.Repeat(`function f(a){return \"<b>\"+a+\"\\n\"}; var yaml = 1;\n`, 10_000)
	image := strings.Repeat("iVBORw0KGgoAAAANSUhEUgAA", 100_000)
	form := "SAMLResponse=" + escape(b64(responseXML)) + "&RelayState=x"
	out := bufio.NewWriterSize(w, 1<<20)
	written, posts := 0, 0
	write := func(s string) {
		n, _ := out.WriteString(s)
		written += n
	}
	write(`{"log":{"version":"1.2","entries":[`)
	for i := 0; written < size; i++ {
		if i > 0 {
			write(",\n")
		}
		started := fmt.Sprintf("2026-03-04T10:%02d:%02d.000Z", i/60%60, i%60)
		switch {
		case posts < 20 && written > posts*(size/21):
			posts++
			write(harEntry(started, "POST", "https://sp.example.com/acs",
				fmt.Sprintf(`{"mimeType":"application/x-www-form-urlencoded","text":%q}`, form),
				`{"status":200,"headers":[],"content":{"mimeType":"text/html","text":"<p>Welcome"}}`))
		case i%2 == 0:
			write(harEntry(started, "GET", "https://cdn.example.com/app.html", "",
				`{"status":200,"headers":[],"content":{"mimeType":"text/html","text":"`+script+`"}}`))
		default:
			write(harEntry(started, "GET", "https://cdn.example.com/a.png", "",
				`{"status":200,"headers":[],"content":{"mimeType":"image/png","encoding":"base64","text":"`+image+`"}}`))
		}
	}
	write("]}}")
	return out.Flush()
}

// BenchmarkHAR300MB reads a file of 300 MB in a process of its own. Beside MB/s
// it reports the ratio to a plain read of the same file and the peak of the
// process's memory.
func BenchmarkHAR300MB(b *testing.B) { benchmarkHAR(b, 300e6) }

func BenchmarkHAR1GB(b *testing.B) { benchmarkHAR(b, 1e9) }

func benchmarkHAR(b *testing.B, size int) {
	b.Helper()
	if testing.Short() {
		b.Skip("it writes a large file")
	}
	path := filepath.Join(b.TempDir(), "large.har")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	if err := errors.Join(writeHAR(f, size), f.Close()); err != nil {
		b.Fatal(err)
	}
	plainRead(b, path) // into the system's cache
	var plain, ours, cpu time.Duration
	peak := 0
	for b.Loop() {
		plain += plainRead(b, path)
		cmd := exec.CommandContext(b.Context(), os.Args[0], "-test.run=^TestReadLarge$", "-test.v")
		cmd.Env = append(os.Environ(), "SAMLWHY_READ_LARGE="+path)
		out, err := cmd.CombinedOutput()
		if err != nil {
			b.Fatalf("%v: %s", err, out)
		}
		var ms, kib int
		if _, after, ok := strings.Cut(string(out), "took "); !ok {
			b.Fatalf("%s", out)
		} else if _, err := fmt.Sscanf(after, "%d ms, peak %d KiB", &ms, &kib); err != nil {
			b.Fatalf("%v: %s", err, out)
		}
		ours += time.Duration(ms) * time.Millisecond
		cpu += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		peak = max(peak, kib)
	}
	b.ReportMetric(float64(size)*float64(b.N)/1e6/ours.Seconds(), "MB/s")
	b.ReportMetric(ours.Seconds()*1000/float64(b.N), "ms/read")
	b.ReportMetric(cpu.Seconds()*1000/float64(b.N), "cpu-ms/process")
	b.ReportMetric(plain.Seconds()*1000/float64(b.N), "ms/plain-read")
	b.ReportMetric(ours.Seconds()/plain.Seconds(), "x-plain-read")
	b.ReportMetric(float64(peak)/1024, "MiB-peak")
}

// plainRead is how long it takes to read a file and do nothing with it.
func plainRead(b *testing.B, path string) time.Duration {
	b.Helper()
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // nothing was written
	buf := make([]byte, 256<<10)
	start := time.Now()
	for {
		if _, err := f.Read(buf); errors.Is(err, io.EOF) {
			return time.Since(start)
		} else if err != nil {
			b.Fatal(err)
		}
	}
}

// TestReadLarge is the process that benchmarkHAR starts.
func TestReadLarge(t *testing.T) {
	path := os.Getenv("SAMLWHY_READ_LARGE")
	if path == "" {
		t.Skip("SAMLWHY_READ_LARGE names no capture to read")
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // nothing was written
	start := time.Now()
	trace, err := stream(t, f, decode.Options{})
	took := time.Since(start)
	if err != nil || len(trace.Messages) != 20 {
		t.Fatalf("%v, %+v", err, trace)
	}
	fmt.Printf("took %d ms, peak %d KiB\n", took.Milliseconds(), peakMemory())
}

// peakMemory is the most memory that this process has had, in KiB.
func peakMemory() int {
	if status, err := os.ReadFile("/proc/self/status"); err == nil {
		if _, after, ok := strings.Cut(string(status), "VmHWM:"); ok {
			kib, _ := strconv.Atoi(strings.Fields(after)[0])
			return kib
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.Sys >> 10)
}

func BenchmarkZeros(b *testing.B) {
	data := make([]byte, 200<<20)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := decode.Read("zeros", data, decode.Options{}); err == nil {
			b.Fatal("no error")
		}
	}
}

func BenchmarkFormResponse(b *testing.B) {
	data := []byte("SAMLResponse=" + escape(b64(responseXML)) + "&RelayState=x")
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := decode.Read("form", data, decode.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkText reads a log without messages, where every line tempts.
func BenchmarkText(b *testing.B) {
	data := bytes.Repeat([]byte("2026-03-04 10:00:00 INFO SAML login: SAMLResponse: pending <Response> name=saml&x=1\n"), 100_000)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := decode.Read("log", data, decode.Options{}); err == nil {
			b.Fatal("no error")
		}
	}
}
