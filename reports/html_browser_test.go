package reports

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

var consoleLine = regexp.MustCompile(`(?m)^.*:CONSOLE:.*$`)

// TestPageInBrowser opens pages in headless Chromium: every chart is drawn, nothing is told on the console, and hostile words of a document
// stay words. It runs where Chromium is; with BULKHEAD_PROVE it opens more pages, and Chromium has to be there.
func TestPageInBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("opens a browser")
	}
	names, proving := []string{"hostile"}, os.Getenv("BULKHEAD_PROVE") != ""
	if proving {
		names = []string{"hostile", "leak", "missed", "hour", "unknown"}
	}
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		if proving {
			t.Fatal("Chromium is missing; on Debian: apt-get install chromium")
		}
		t.Skip("needs Chromium, from Debian's chromium")
	}
	all := pages()
	for _, name := range names {
		page := html(t, all[name])
		dom, console := browse(t, chromium, page)
		if len(console) > 0 {
			t.Errorf("%s: on the console: %q", name, console)
		}
		charts, drawn := strings.Count(page, `class="chart`), strings.Count(dom, "<canvas")
		if charts != drawn || (charts == 0) != (name == "unknown") {
			t.Errorf("%s: %d of %d charts are drawn", name, drawn, charts)
		}
		if n := strings.Count(dom, "<script"); n != strings.Count(page, "<script") {
			t.Errorf("%s: %d scripts came of %d", name, n, strings.Count(page, "<script"))
		}
	}
	// What isn't ours neither runs nor is fetched, should it ever get in.
	const planted = `<script>document.title = "ran"</script><img src="http://127.0.0.1:9/x">`
	dom, console := browse(t, chromium, strings.Replace(html(t, all["leak"]), "<noscript>", planted+"<noscript>", 1))
	if !strings.Contains(dom, planted) || strings.Contains(dom, "<title>ran") || len(console) != 2 || !strings.Contains(console[1], "Loading the image") {
		t.Errorf("a planted script and image: %q", console)
	}
}

// browse opens a page and gives the document as it is once the page's scripts have run, and the lines of the console.
func browse(t *testing.T, chromium, page string) (dom string, console []string) {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "page.html")
	if err := os.WriteFile(file, []byte(page), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()
	// Chromium asks its maker for updates whatever it is told; here it finds nobody.
	open := exec.CommandContext(ctx, chromium, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--user-data-dir="+filepath.Join(dir, "profile"),
		"--host-resolver-rules=MAP * ~NOTFOUND", "--disable-background-networking", "--disable-component-update", "--enable-logging=stderr", "--dump-dom", "file://"+file)
	open.WaitDelay = 5 * time.Second
	var said strings.Builder
	open.Stderr = &said
	out, err := open.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, said.String())
	}
	return string(out), consoleLine.FindAllString(said.String(), -1)
}
