package httpadapter

import (
	"time"

	"github.com/roster-go/roster/membership"
)

// reference names a resource within another one.
type reference struct {
	ID   string `json:"id"`
	Type string `json:"type"`
}

// relationship is a reference as the API wraps it.
type relationship struct {
	Data reference `json:"data"`
}

// relationshipList is several references as the API wraps them.
type relationshipList struct {
	Data []reference `json:"data"`
}

// meta is the meta member of a single resource.
type meta struct {
	Timestamps struct {
		CreatedAt string `json:"created_at"`
		UpdatedAt string `json:"updated_at"`
	} `json:"timestamps"`
}

func timestamps(createdAt, updatedAt time.Time) meta {
	var m meta
	m.Timestamps.CreatedAt = membership.TimeValue(createdAt).String()
	m.Timestamps.UpdatedAt = membership.TimeValue(updatedAt).String()
	return m
}

// orNull spells an optional text: null when it is unset.
func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
