package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"time"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/httpadapter"
	"github.com/roster-go/roster/store"
)

// Upload is a file to be imported.
type Upload struct {
	Name string // what its owner calls it, which is no path here
	Path string // where it is
}

// ImportOptions say how a file is imported.
type ImportOptions struct {
	DryRun     bool   // do everything in a transaction that is undone
	Atomic     bool   // all rows or none
	OnConflict string // what becomes of a row that exists already: fail, skip or update
}

// ImportReport says what became of a file.
type ImportReport struct {
	Created, Updated, Unchanged, Skipped, Refused int
	Refusals                                      []Refusal // the first 100
}

// Refusal is a row that was refused.
type Refusal struct {
	Line         int
	Code, Reason string
}

// ImportFunc imports a file. Its errors are about the file as a whole, and are shown to people.
type ImportFunc func(ctx context.Context, svc *roster.Service, file Upload, opts ImportOptions) (ImportReport, error)

const importPath = "/import"

var importRoutes = []route{
	ask(importPath, askImport),
	write(importPath, tryImport),
	ask(importPath+"/{upload}", showImport),
	write(importPath+"/{upload}", runImport),
	write(importPath+"/{upload}/discard", discardImport),
}

// importPatience is how long an import may take before the server cuts it off.
const importPatience = 30 * time.Minute

func importForm() *form {
	return newForm(
		&input{Name: "on_conflict", Label: "Rows that exist already", Kind: kindSelect, Value: "fail", Options: []option{
			{"fail", "Refuse them"}, {"skip", "Leave them as they are"}, {"update", "Update them"}}},
		&input{Name: "atomic", Label: "All rows or none", Kind: kindCheck,
			Hint: "Otherwise every row that can be imported is, and the refused ones are listed."},
		&input{Name: "file", Label: "File", Required: true, Hint: "NDJSON, CSV with a header, or a list as the API answers it."},
	)
}

// uploadPage is the page's own data.
type uploadPage struct {
	Form *form
	Most int64 // bytes
}

func askImport(c *call) error { return c.showImportForm(http.StatusOK, importForm()) }

func (c *call) showImportForm(status int, f *form) error {
	f.input("file").Hint = "NDJSON, CSV with a header, or a list as the API answers it; at most " + size(c.console.opts.MaxUploadBytes) + "."
	return c.show(status, "import", page{Title: "Import", Section: "Import", Body: uploadPage{f, c.console.opts.MaxUploadBytes}})
}

// errUpload is what is wrong with an upload, for the form.
type errUpload struct {
	status int
	text   string
}

func (e *errUpload) Error() string { return e.text }

// tryImport takes a file, and imports it without leaving anything behind. What would become of it is shown on a page of
// the upload's own, where it can be imported for good.
func tryImport(c *call) error {
	_ = http.NewResponseController(c.w).SetReadDeadline(time.Now().Add(importPatience)) // tests have none
	_ = http.NewResponseController(c.w).SetWriteDeadline(time.Now().Add(2 * importPatience))
	f := importForm()
	up, err := c.receive(f)
	if wrong, ok := errors.AsType[*errUpload](err); ok {
		f.blame("file", wrong.text)
		return c.showImportForm(wrong.status, f)
	}
	if err != nil {
		return err
	}
	settled := false
	defer func() {
		if !settled { // also when the import panics
			c.console.uploads.drop(up)
		}
	}()
	up.options = ImportOptions{DryRun: true, Atomic: f.checked("atomic"), OnConflict: f.value("on_conflict")}
	up.report, err = c.importFile(up, up.options)
	if unforeseen(err) {
		return err
	}
	if err != nil {
		f.blame("file", err.Error())
		return c.showImportForm(http.StatusUnprocessableEntity, f)
	}
	settled = true
	c.console.uploads.ready(up)
	return c.redirect(Path + importPath + "/" + up.id)
}

// importFile imports a file, but not for as long as it likes where nobody else can write meanwhile.
func (c *call) importFile(up *upload, options ImportOptions) (ImportReport, error) {
	ctx := c.ctx()
	if options.DryRun || options.Atomic {
		limited, cancel := context.WithTimeout(ctx, c.console.opts.MaxHold)
		defer cancel()
		ctx = limited
	}
	report, err := c.console.opts.Import(ctx, c.svc, Upload{up.name, up.path}, options)
	if err != nil && ctx.Err() != nil && c.ctx().Err() == nil {
		return report, fmt.Errorf("nothing was imported: it takes longer than %v, in which nobody else can write. "+
			"Send a smaller file, or import this one with roster import", c.console.opts.MaxHold)
	}
	return report, err
}

// unforeseen reports whether an error is the store's or the request's rather than one about the file.
func unforeseen(err error) bool {
	if err == nil {
		return false
	}
	status, _, _ := httpadapter.Status(err)
	return status == http.StatusServiceUnavailable || errors.Is(err, store.ErrStorageFull) || errors.Is(err, store.ErrStorageFailed) ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// brokenOff is the error of an import that the store ended. Why not the store's own: it says that nothing was changed, which is
// true of the rows that it refused, and not of those before them.
func (c *call) brokenOff(err error, report ImportReport, options ImportOptions) error {
	if options.Atomic || report.Created+report.Updated == 0 {
		return err
	}
	p := c.problemOf(err)
	p.text = fmt.Sprintf("the import was broken off: %d rows were created and %d updated before, and stay. Import the file again when the server is well, "+
		"and choose what becomes of rows that are there already", report.Created, report.Updated)
	return p
}

// receive reads the upload: first the form token and what else was typed, then the file, which goes to the disk.
func (c *call) receive(f *form) (*upload, error) {
	// Why more: the parts around the file.
	c.r.Body = http.MaxBytesReader(c.w, c.r.Body, c.console.opts.MaxUploadBytes+maxVisitorFormBytes)
	parts, err := c.r.MultipartReader()
	if err != nil {
		return nil, errForm
	}
	typed := map[string][]string{}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			err = errForm // there was no file
		}
		if err != nil {
			return nil, c.broken(err)
		}
		if part.FormName() != "file" {
			text, err := io.ReadAll(io.LimitReader(part, maxVisitorFormBytes))
			if err != nil {
				return nil, c.broken(err)
			}
			typed[part.FormName()] = []string{string(text)}
			continue
		}
		// Why before the file is read: nobody else's file is to fill the disk.
		if token := typed[formTokenName]; len(token) == 0 || c.checkFormToken(token[0]) != nil {
			return nil, errFormToken
		}
		f.read(typed)
		return c.spool(part)
	}
}

// spool keeps the file until it is imported or forgotten.
func (c *call) spool(part *multipart.Part) (*upload, error) {
	if part.FileName() == "" {
		return nil, &errUpload{http.StatusUnprocessableEntity, "choose a file"}
	}
	up, err := c.console.uploads.take(formToken(c.session.token), part.FileName(), part)
	if err != nil {
		return nil, c.broken(err)
	}
	return up, nil
}

// broken says what a body that could not be read means.
func (c *call) broken(err error) error {
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return c.tooLarge()
	}
	if errors.Is(err, errLargeUpload) {
		return c.tooLarge()
	}
	if own, ok := errors.AsType[*errUpload](err); ok {
		return own
	}
	if errors.Is(err, errForm) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errForm
	}
	return err
}

func (c *call) tooLarge() error {
	return &errUpload{http.StatusRequestEntityTooLarge, fmt.Sprintf("the file is larger than %s; import it with roster import",
		size(c.console.opts.MaxUploadBytes))}
}

// importPage is what became of an upload.
type importPage struct {
	Name, Action string
	Options      ImportOptions
	Report       ImportReport
	Problem      string
	Minutes      int
}

// More is how many refused rows are not listed.
func (p importPage) More() int { return p.Report.Refused - len(p.Report.Refusals) }

// Writes reports whether importing the file would change anything.
func (p importPage) Writes() bool {
	r := p.Report
	return r.Created+r.Updated > 0 && (!p.Options.Atomic || r.Refused == 0)
}

// upload finds the session's own upload that the address names.
func (c *call) upload() (*upload, error) {
	up := c.console.uploads.find(formToken(c.session.token), c.r.PathValue("upload"))
	if up == nil {
		return nil, &problem{http.StatusNotFound, "No such upload", "Uploads are kept for some minutes, until they are imported. Upload the file again."}
	}
	return up, nil
}

func showImport(c *call) error {
	up, err := c.upload()
	if err != nil {
		return err
	}
	return c.showUpload(http.StatusOK, up, "")
}

func (c *call) showUpload(status int, up *upload, problem string) error {
	state := c.console.uploads.state(up)
	return c.show(status, "imported", page{Title: "Import " + up.name, Section: "Import",
		Trail: []link{{"Import", Path + importPath}},
		Body: importPage{Name: up.name, Action: Path + importPath + "/" + up.id, Options: state.options, Report: state.report,
			Problem: problem, Minutes: int(uploadLife / time.Minute)}})
}

// runImport imports an upload for good.
func runImport(c *call) error {
	_ = http.NewResponseController(c.w).SetWriteDeadline(time.Now().Add(importPatience)) // tests have none
	up, err := c.upload()
	if err != nil {
		return err
	}
	if !c.console.uploads.begin(up) {
		return c.showUpload(http.StatusConflict, up, "The file is being imported, or has been. Load the page again.")
	}
	options := c.console.uploads.state(up).options
	options.DryRun = false
	settled := false
	defer func() {
		if !settled { // also when the import panics
			c.console.uploads.ready(up)
		}
	}()
	report, err := c.importFile(up, options)
	if unforeseen(err) {
		return c.brokenOff(err, report, options)
	}
	if err != nil {
		return c.showUpload(http.StatusUnprocessableEntity, up, sentence(err.Error()))
	}
	settled = true
	c.console.uploads.imported(up, options, report)
	return c.redirect(Path + importPath + "/" + up.id)
}

func discardImport(c *call) error {
	up, err := c.upload()
	if err != nil {
		return err
	}
	if !c.console.uploads.discard(up) {
		return c.showUpload(http.StatusConflict, up, "The file is being imported, which cannot be taken back here.")
	}
	return c.redirect(Path + importPath + "?done=discarded")
}
