package console_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/internal/console"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// withImport gives a site an import that makes an account of each line, but for those that say "bad".
func withImport(seen *[]console.ImportOptions) func(*site) {
	return withOptions(func(o *console.Options) {
		o.Import = func(ctx context.Context, svc *roster.Service, file console.Upload, opts console.ImportOptions) (console.ImportReport, error) {
			if seen != nil {
				*seen = append(*seen, opts)
			}
			return importLines(ctx, svc, file, opts)
		}
	})
}

var errUndone = errors.New("undone")

func importLines(ctx context.Context, svc *roster.Service, file console.Upload, opts console.ImportOptions) (r console.ImportReport, err error) {
	text, err := os.ReadFile(file.Path)
	if err != nil {
		return r, err
	}
	switch string(text) {
	case "busy":
		return r, store.ErrBusy
	case "panic":
		panic("in the import")
	case "full":
		return r, fmt.Errorf("at line 1: %w", store.ErrStorageFull)
	case "failed":
		return r, fmt.Errorf("at line 1: %w", store.ErrStorageFailed)
	case "half":
		if r.Created = 2; opts.DryRun {
			return r, nil
		}
		return r, fmt.Errorf("at line 3: %w", store.ErrStorageFull)
	case "nonsense":
		return r, errors.New("line 1 is neither JSON nor CSV")
	case "umlaut":
		return r, errors.New("über.csv has no header")
	}
	err = svc.Update(ctx, func(in *roster.Service) error {
		for i, line := range strings.Fields(string(text)) {
			if line == "bad" {
				r.Refused++
				r.Refusals = append(r.Refusals, console.Refusal{Line: i + 1, Code: "invalid_field", Reason: "name must not be <bad>"})
				continue
			}
			if _, err := in.CreateAccount(ctx, membership.Account{Name: line}); err != nil {
				return err
			}
			r.Created++
		}
		if opts.DryRun {
			return errUndone
		}
		return nil
	})
	if errors.Is(err, errUndone) {
		err = nil
	}
	return r, err
}

// upload sends a file by the form of the page.
func (b *browser) upload(text string, filled ...string) *answer {
	b.t.Helper()
	values := b.page("/console/import").fields("/console/import")
	for i := 0; i+1 < len(filled); i += 2 {
		values.Set(filled[i], filled[i+1])
	}
	return b.sendFile(values, "people.csv", text)
}

func (b *browser) sendFile(values url.Values, name, text string) *answer {
	b.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for field := range values {
		if err := w.WriteField(field, values.Get(field)); err != nil {
			b.t.Fatal(err)
		}
	}
	part, err := w.CreateFormFile("file", name)
	if err == nil {
		_, err = io.WriteString(part, text)
	}
	if err := errors.Join(err, w.Close()); err != nil {
		b.t.Fatal(err)
	}
	return b.do(http.MethodPost, "/console/import", w.FormDataContentType(), &body)
}

func (s *site) accounts() int {
	s.t.Helper()
	found, err := s.svc.Accounts(s.t.Context(), membership.Query{Limit: -1})
	if err != nil {
		s.t.Fatal(err)
	}
	return found.Total
}

// spooled are the files that wait.
func (s *site) spooled() []string {
	s.t.Helper()
	files, err := filepath.Glob(filepath.Join(s.opts.SpoolDir, "*", "*"))
	if err != nil {
		s.t.Fatal(err)
	}
	return files
}

func TestAnUploadIsTriedFirstAndThenImported(t *testing.T) {
	t.Parallel()
	var seen []console.ImportOptions
	s := newSite(t, withImport(&seen))
	b := s.signedIn(membership.ScopeAll)
	tried := b.upload("one bad two", "on_conflict", "skip", "atomic", "").follow().
		shows("What would become of it", "Nothing has been written yet.", "Created 2", "Refused 1", "2 name must not be <bad>", "invalid_field")
	if s.accounts() != 0 {
		t.Fatalf("the dry run left %d accounts", s.accounts())
	}
	files := s.spooled()
	if len(files) != 1 {
		t.Fatalf("on the disk: %v", files)
	}
	if info, err := os.Stat(files[0]); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	path := strings.TrimPrefix(tried.what, "GET ")
	tried.submit(path).follow().shows("What has become of it", "The file is imported.", "Created 2").hides("Import it")
	if s.accounts() != 2 || len(s.spooled()) != 0 {
		t.Errorf("%d accounts, on the disk %v", s.accounts(), s.spooled())
	}
	tried.submit(path).want(http.StatusConflict).shows("is being imported, or has been")
	if s.accounts() != 2 {
		t.Errorf("imported twice: %d accounts", s.accounts())
	}
	want := []console.ImportOptions{{DryRun: true, OnConflict: "skip"}, {OnConflict: "skip"}}
	if len(seen) != 2 || seen[0] != want[0] || seen[1] != want[1] {
		t.Errorf("options: %+v", seen)
	}
}

func TestAllOrNothingIsNotOfferedWithRefusedRows(t *testing.T) {
	t.Parallel()
	s := newSite(t, withImport(nil))
	b := s.signedIn(membership.ScopeAll)
	b.upload("one bad", "atomic", "on").follow().shows("all rows or none").hides("Import it")
	b.upload("one two", "atomic", "on").follow().shows("Import it")
}

func TestAnUploadIsItsSessionsOwn(t *testing.T) {
	t.Parallel()
	s := newSite(t, withImport(nil))
	b, other := s.signedIn(membership.ScopeAll), s.signedIn(membership.ScopeAll)
	path := b.upload("one").want(http.StatusSeeOther).header.Get("Location")
	other.get(path).want(http.StatusNotFound).shows("Upload the file again")
	values := url.Values{"console.token": {other.page("/console/import").fields("/console/sign-out").Get("console.token")}}
	other.post(path, values).want(http.StatusNotFound)
	other.post(path+"/discard", values).want(http.StatusNotFound)

	b.page(path).submit(path + "/discard").follow().shows("nothing was imported")
	b.get(path).want(http.StatusNotFound)
	second := b.upload("two").want(http.StatusSeeOther).header.Get("Location")
	b.upload("three").want(http.StatusSeeOther)
	b.get(second).want(http.StatusNotFound) // one upload at a time
	if files := s.spooled(); len(files) != 1 {
		t.Errorf("on the disk: %v", files)
	}
	b.page("/console/import").submit("/console/sign-out").want(http.StatusSeeOther)
	if files := s.spooled(); len(files) != 0 || s.accounts() != 0 {
		t.Errorf("on the disk after signing out: %v, and %d accounts", files, s.accounts())
	}
}

func TestTheDiskHoldsFewUploads(t *testing.T) {
	t.Parallel()
	s := newSite(t, withImport(nil))
	for range 8 {
		s.signedIn(membership.ScopeAll).upload("one").want(http.StatusSeeOther)
	}
	s.signedIn(membership.ScopeAll).upload("one").want(http.StatusServiceUnavailable).shows("Too many files wait to be imported")
	if files := s.spooled(); len(files) != 8 {
		t.Errorf("on the disk: %v", files)
	}
}

func TestAnUploadThatCannotBeImportedLeavesNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t, withImport(nil), withOptions(func(o *console.Options) { o.MaxUploadBytes = 1000 }))
	b := s.signedIn(membership.ScopeAll)
	b.upload("nonsense").want(http.StatusUnprocessableEntity).shows("Line 1 is neither JSON nor CSV.")
	b.upload("umlaut").want(http.StatusUnprocessableEntity).shows("Über.csv has no header.")
	b.upload("busy").want(http.StatusServiceUnavailable).shows("The store is busy, try again in a moment.")
	b.upload("full").want(http.StatusInsufficientStorage).shows("No room", "nothing was changed")
	b.upload("failed").want(http.StatusInternalServerError).hides("line 1")
	for _, cause := range []error{store.ErrStorageFull, store.ErrStorageFailed} {
		if !strings.Contains(s.log.String(), cause.Error()) {
			t.Errorf("the log does not say %q: %s", cause, s.log)
		}
	}
	b.upload("panic").want(http.StatusInternalServerError)
	if !strings.Contains(s.log.String(), "in the import") {
		t.Errorf("the log does not say why: %s", s.log)
	}
	b.upload(strings.Repeat("x", 1000)).want(http.StatusSeeOther)
	b.upload(strings.Repeat("x", 1001)).want(http.StatusRequestEntityTooLarge).shows("The file is larger than")
	b.upload(strings.Repeat("x", 3<<20)).want(http.StatusRequestEntityTooLarge)

	values := b.page("/console/import").fields("/console/import")
	b.sendFile(values, "", "one").want(http.StatusUnprocessableEntity).shows("Choose a file.")
	b.post("/console/import", values).want(http.StatusBadRequest)
	values.Set("console.token", "x")
	b.sendFile(values, "people.csv", "one").want(http.StatusForbidden)
	if files := s.spooled(); len(files) != 0 || s.accounts() != 0 {
		t.Errorf("on the disk: %v, and %d accounts", files, s.accounts())
	}
}

func TestAnImportThatIsBrokenOffSaysWhatStays(t *testing.T) {
	t.Parallel()
	s := newSite(t, withImport(nil))
	b := s.signedIn(membership.ScopeAll)
	tried := b.upload("half").want(http.StatusSeeOther)
	path := tried.header.Get("Location")
	b.post(path, tried.follow().fields(path)).want(http.StatusInsufficientStorage).
		shows("2 rows were created and 0 updated before, and stay").hides("nothing was changed")

	all := b.upload("half", "atomic", "on").want(http.StatusSeeOther)
	path = all.header.Get("Location")
	b.post(path, all.follow().fields(path)).want(http.StatusInsufficientStorage).shows("nothing was changed")
}

func TestThereIsNoImportWithoutOne(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signedIn(membership.ScopeAll)
	b.page("/console/accounts").hides("Import")
	b.get("/console/import").want(http.StatusNotFound)
}

func TestAnUploadThatIsBeingImportedIsNotDiscarded(t *testing.T) {
	t.Parallel()
	begun, goOn := make(chan struct{}), make(chan struct{})
	s := newSite(t, withOptions(func(o *console.Options) {
		o.Import = func(ctx context.Context, svc *roster.Service, file console.Upload, opts console.ImportOptions) (console.ImportReport, error) {
			if !opts.DryRun {
				close(begun)
				<-goOn
			}
			return importLines(ctx, svc, file, opts)
		}
	}))
	b := s.signedIn(membership.ScopeAll)
	path := b.upload("one").want(http.StatusSeeOther).header.Get("Location")
	page := b.page(path)
	done := make(chan *answer)
	go func() { done <- b.post(path, page.fields(path)) }()
	<-begun
	b.post(path+"/discard", page.fields(path+"/discard")).want(http.StatusConflict).shows("is being imported").hides("nothing was imported")
	close(goOn)
	(<-done).want(http.StatusSeeOther).follow().shows("The file is imported.")
	if s.accounts() != 1 {
		t.Errorf("%d accounts", s.accounts())
	}
}

func TestATrialDoesNotKeepOthersFromWritingForLong(t *testing.T) {
	t.Parallel()
	s := newSite(t, withOptions(func(o *console.Options) {
		o.MaxHold = time.Millisecond
		o.Import = func(ctx context.Context, _ *roster.Service, _ console.Upload, _ console.ImportOptions) (console.ImportReport, error) {
			<-ctx.Done()
			return console.ImportReport{}, ctx.Err()
		}
	}))
	b := s.signedIn(membership.ScopeAll)
	b.upload("one").want(http.StatusUnprocessableEntity).shows("Nothing was imported: it takes longer than 1ms")
	if files := s.spooled(); len(files) != 0 {
		t.Errorf("on the disk %v", files)
	}
}
