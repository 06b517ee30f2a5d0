package stored

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/roster-go/roster/membership"
)

// FieldTexts are the parts of a definition whose meaning depends on its type. Those of a value that is null are empty.
type FieldTexts struct{ Default, Initial, Rules string }

// rules is how the text of the rules keeps them.
type rules struct {
	Enum   []json.RawMessage      `json:"enum,omitempty"`
	Format membership.FieldFormat `json:"format,omitempty"`
	Min    json.RawMessage        `json:"min,omitempty"`
	Max    json.RawMessage        `json:"max,omitempty"`
}

// Complete adds to a definition what the texts say.
func (t FieldTexts) Complete(f membership.Field) (membership.Field, error) {
	var kept rules
	if err := json.Unmarshal([]byte(t.Rules), &kept); err != nil {
		return f, fmt.Errorf("roster: the rules of the field %s are damaged: %w", f.Slug, err)
	}
	var faults []error
	value := func(token string) (v membership.Value) {
		if token != "" {
			var err error
			v, err = DecodeValue(token, f.Type)
			faults = append(faults, err)
		}
		return v
	}
	f.Default, f.Initial = value(t.Default), value(t.Initial)
	f.Min, f.Max, f.Format = value(string(kept.Min)), value(string(kept.Max)), kept.Format
	for _, option := range kept.Enum {
		f.Enum = append(f.Enum, value(string(option)))
	}
	if err := errors.Join(faults...); err != nil {
		return f, fmt.Errorf("roster: the definition of the field %s is damaged: a value %w", f.Slug, err)
	}
	return f, nil
}

// TextsOf are the texts that keep those parts of a definition whose meaning depends on its type.
func TextsOf(f membership.Field) FieldTexts {
	value := func(v membership.Value) json.RawMessage {
		if v.Kind() == membership.KindNull {
			return nil
		}
		return appendValue(nil, v)
	}
	kept := rules{Format: f.Format, Min: value(f.Min), Max: value(f.Max)}
	for _, option := range f.Enum {
		kept.Enum = append(kept.Enum, value(option))
	}
	spelled, err := json.Marshal(kept)
	if err != nil {
		panic(err) // the values were spelled above
	}
	return FieldTexts{string(value(f.Default)), string(value(f.Initial)), string(spelled)}
}
