package console

import (
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"os"
	"sync"
	"time"
)

const (
	// maxUploads is how many files may be on the disk at a time, of everybody's together.
	maxUploads = 8
	// uploadLife is how long a file waits to be confirmed, and a report to be read.
	uploadLife = 15 * time.Minute
)

// upload is a file that somebody sent, or what became of it.
type upload struct {
	id      string
	session string
	name    string
	path    string

	// Guarded by the mutex of the uploads once it is ready.
	options ImportOptions
	report  ImportReport
	phase   phase
	until   time.Time
	expiry  *time.Timer // removes it then; nil while it is busy for the first time
}

// phase is how far an upload has come.
type phase int

const (
	phaseBusy phase = iota // it is being read or imported
	phaseReady
	phaseDone // the file is gone, the report is left
)

// uploads keeps the files that wait to be confirmed: one of each session, and few in all, so that nobody can fill the disk.
type uploads struct {
	parent string
	limit  int64 // bytes of a file

	mu     sync.Mutex
	folder string // made with the first file
	byID   map[string]*upload
	closed bool
}

func newUploads(parent string, limit int64) *uploads {
	return &uploads{parent: parent, limit: limit, byID: map[string]*upload{}}
}

var (
	errLargeUpload = errors.New("the file is too large")
	errManyUploads = &errUpload{http.StatusServiceUnavailable, "too many files wait to be imported; try again in some minutes"}
	errClosed      = &errUpload{http.StatusServiceUnavailable, "the console is shutting down; try again in a moment"}
)

// take keeps what a session sends, in place of what it sent before.
func (u *uploads) take(session, name string, from io.Reader) (*upload, error) {
	up, err := u.reserve(session, name)
	if err != nil {
		return nil, err
	}
	if err := u.write(up, from); err != nil {
		u.drop(up)
		return nil, err
	}
	return up, nil
}

// reserve makes room for a file.
func (u *uploads) reserve(session, name string) (*upload, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.closed {
		return nil, errClosed
	}
	now := time.Now()
	for _, other := range u.byID {
		if other.phase != phaseBusy && (now.After(other.until) || other.session == session) {
			u.remove(other)
		}
	}
	files := 0
	for _, other := range u.byID {
		if other.phase != phaseDone { // of those there is no file any more
			files++
		}
	}
	if files >= maxUploads {
		return nil, errManyUploads
	}
	if u.folder == "" {
		folder, err := os.MkdirTemp(u.parent, "roster-import-")
		if err != nil {
			return nil, err
		}
		u.folder = folder
	}
	up := &upload{id: rand.Text(), session: session, name: name}
	up.path = u.folder + string(os.PathSeparator) + up.id
	u.byID[up.id] = up
	return up, nil
}

// write puts a file on the disk, where nobody else may read it.
func (u *uploads) write(up *upload, from io.Reader) (err error) {
	file, err := os.OpenFile(up.path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	n, err := io.Copy(file, io.LimitReader(from, u.limit+1))
	if err == nil && n > u.limit {
		err = errLargeUpload
	}
	return err
}

// find is a session's upload; nil when there is none of the id.
func (u *uploads) find(session, id string) *upload {
	u.mu.Lock()
	defer u.mu.Unlock()
	up := u.byID[id]
	if up == nil || up.session != session || up.phase != phaseBusy && time.Now().After(up.until) {
		return nil
	}
	return up
}

// uploadState is what changes of an upload.
type uploadState struct {
	options ImportOptions
	report  ImportReport
}

func (u *uploads) state(up *upload) uploadState {
	u.mu.Lock()
	defer u.mu.Unlock()
	return uploadState{up.options, up.report}
}

// ready lets an upload be confirmed.
func (u *uploads) ready(up *upload) {
	u.mu.Lock()
	defer u.mu.Unlock()
	up.phase = phaseReady
	u.keep(up)
}

// keep gives an upload its time. Why a timer: what somebody forgot holds people's data, and nobody may ask for another one.
func (u *uploads) keep(up *upload) {
	if u.byID[up.id] != up { // the console has been closed
		return
	}
	up.until = time.Now().Add(uploadLife)
	if up.expiry != nil {
		up.expiry.Stop()
	}
	up.expiry = time.AfterFunc(uploadLife, func() {
		u.mu.Lock()
		defer u.mu.Unlock()
		if up.phase != phaseBusy && !time.Now().Before(up.until) {
			u.remove(up)
		}
	})
}

// begin reports whether the caller is the one to import the upload.
func (u *uploads) begin(up *upload) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if up.phase != phaseReady {
		return false
	}
	up.phase = phaseBusy
	return true
}

// imported keeps the report in place of the file.
func (u *uploads) imported(up *upload, options ImportOptions, report ImportReport) {
	u.mu.Lock()
	defer u.mu.Unlock()
	up.options, up.report, up.phase = options, report, phaseDone
	u.keep(up)
	_ = os.Remove(up.path)
}

// discard forgets an upload, unless it is being imported; then it reports false.
func (u *uploads) discard(up *upload) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if up.phase == phaseBusy {
		return false
	}
	u.remove(up)
	return true
}

// drop forgets an upload, and removes its file.
func (u *uploads) drop(up *upload) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.remove(up)
}

// dropOf forgets what a session has, unless it is being imported.
func (u *uploads) dropOf(session string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, up := range u.byID {
		if up.session == session && up.phase != phaseBusy {
			u.remove(up)
		}
	}
}

func (u *uploads) remove(up *upload) {
	delete(u.byID, up.id)
	if up.expiry != nil {
		up.expiry.Stop()
	}
	_ = os.Remove(up.path) // it may be gone already
}

// close removes everything.
func (u *uploads) close() error {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.closed = true
	for _, up := range u.byID {
		u.remove(up)
	}
	if u.folder == "" {
		return nil
	}
	return os.RemoveAll(u.folder)
}
