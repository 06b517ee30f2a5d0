package httpadapter

import (
	_ "embed"
	"net/http"
)

// openAPI describes every route. It is written by hand; tests hold it and the routes together.
//
//go:embed openapi.yaml
var openAPI []byte

var documentRoutes = []route{{http.MethodGet, "/openapi.yaml", 0, getDocument}}

func getDocument(*call) (response, error) {
	return response{status: http.StatusOK, body: file{"application/yaml", openAPI}}, nil
}
