package httpadapter

import (
	"errors"
	"fmt"
	"net/http"
)

const (
	// maxReferences is how many elements a list may have.
	maxReferences = 100
	// maxListFaults is how many faults of a list are told: its elements are cheaper to send than to complain about.
	maxListFaults = 20
)

// references reads {"data": [{"type": resourceType, "id": ID}, ...]}.
func references[ID any](c *call, resourceType string, parse func(string) (ID, error)) ([]ID, error) {
	data, err := c.data()
	if err != nil {
		return nil, err
	}
	elements, ok := data.([]any)
	if !ok {
		return nil, invalidData("is required and must be a list")
	}
	if len(elements) > maxReferences {
		return nil, invalidData(fmt.Sprintf("must have at most %d elements", maxReferences))
	}
	var ids []ID
	var faults []error
	for i, element := range elements {
		id, err := readReference(i, element, resourceType, parse)
		if ids = append(ids, id); err != nil {
			faults = append(faults, err)
		}
		if len(faults) == maxListFaults {
			break
		}
	}
	return ids, errors.Join(faults...)
}

// readReference reads the element number i of a list.
func readReference[ID any](i int, element any, resourceType string, parse func(string) (ID, error)) (id ID, err error) {
	members, ok := element.(map[string]any)
	if !ok {
		return id, invalidElement(i, "", "must be an object with a type and an id")
	}
	var faults []error
	if members["type"] != resourceType {
		faults = append(faults, invalidElement(i, "type", fmt.Sprintf("is required and must be %q", resourceType)))
	}
	if text, ok := members["id"].(string); !ok {
		faults = append(faults, invalidElement(i, "id", "is required and must be a string"))
	} else if id, err = parse(text); err != nil {
		faults = append(faults, invalidElement(i, "id", detailOf(err)))
	}
	return id, errors.Join(faults...)
}

// invalidElement refuses a member of an element of data, or the element where no member is named.
func invalidElement(i int, name, detail string) *fault {
	subject := fmt.Sprintf("data[%d]", i)
	if name != "" {
		subject += "." + name
	}
	return &fault{status: http.StatusBadRequest, code: "invalid_field", detail: subject + " " + detail,
		source: elementPointer(i, name)}
}
