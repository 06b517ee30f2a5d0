package httpadapter

import "time"

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

// timeLayout spells a time with exactly three decimals.
const timeLayout = "2006-01-02T15:04:05.000Z"

func timestamps(createdAt, updatedAt time.Time) meta {
	var m meta
	m.Timestamps.CreatedAt = createdAt.UTC().Format(timeLayout)
	m.Timestamps.UpdatedAt = updatedAt.UTC().Format(timeLayout)
	return m
}

// orNull spells an optional text: null when it is unset.
func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
