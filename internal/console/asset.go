package console

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"time"
)

//go:embed assets
var assetFiles embed.FS

const assetPath = "/assets/"

var assetRoutes = []route{{method: http.MethodGet, path: assetPath + "{name}", serve: serveAsset, public: true}}

// assets are the files that pages need besides themselves.
type assets struct {
	byName map[string][]byte // by the names that they are asked for
	names  map[string]string // by the names that they have here
}

// loadAssets gives each file a name that changes with its content, so that browsers may keep it for ever.
func loadAssets() assets {
	a := assets{map[string][]byte{}, map[string]string{}}
	files, err := fs.ReadDir(assetFiles, "assets")
	for _, file := range files {
		var text []byte
		if text, err = assetFiles.ReadFile("assets/" + file.Name()); err != nil {
			break
		}
		sum := sha256.Sum256(text)
		ext := path.Ext(file.Name())
		name := file.Name()[:len(file.Name())-len(ext)] + "." + hex.EncodeToString(sum[:6]) + ext
		a.byName[name], a.names[file.Name()] = text, name
	}
	if err != nil {
		panic(err) // the program was built without its files
	}
	return a
}

// path is where a file is asked for.
func (a assets) path(name string) string { return Path + assetPath + a.names[name] }

func serveAsset(c *call) error {
	name := c.r.PathValue("name")
	text, known := c.console.assets.byName[name]
	if !known {
		return errNoPage
	}
	h := c.w.Header()
	h.Set("Content-Type", mime.TypeByExtension(path.Ext(name)))
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	http.ServeContent(c.w, c.r, name, time.Time{}, bytes.NewReader(text))
	return nil
}
