package membership

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Normalize returns the definition with Default, Enum, Min and Max as values of its type, and reports all its faults at
// once. Its errors are [ErrInvalidField], and [ErrInvalidValue] for a slug that is reserved and for a default that
// breaks the field's own rules.
func (f Field) Normalize() (Field, error) {
	if !slices.Contains(fieldTypes, f.Type) { // without one nothing else can be said about values
		return f, errors.Join(f.checkTexts(), invalid("field_type", "must be one of: %s", list(fieldTypes)))
	}
	f, err := f.normalizeRules()
	if err == nil { // else there is nothing to hold the default against
		f, err = f.normalizeDefault()
	}
	return f, errors.Join(f.checkTexts(), err)
}

// normalizeRules returns the definition with Enum, Min and Max as values of its type.
func (f Field) normalizeRules() (Field, error) {
	if err := f.checkRulesFit(); err != nil { // Why at once: their values may be of any type
		return f, err
	}
	var faults []error
	f.Enum = slices.Clone(f.Enum)
	if len(f.Enum) == 0 {
		f.Enum = nil
	}
	rules := []*Value{&f.Min, &f.Max}
	for i := range f.Enum {
		rules = append(rules, &f.Enum[i])
	}
	for _, v := range rules {
		if faults = append(faults, f.convertRule(v)); errors.Join(faults...) != nil {
			break // Why the first only: there may be a thousand
		}
	}
	if err := errors.Join(faults...); err != nil {
		return f, err
	}
	if f.Min.kind != KindNull && f.Max.kind != KindNull && f.Min.Compare(f.Max) > 0 {
		return f, invalid(rulesField, "must not have a from that is greater than to")
	}
	return f, nil
}

// normalizeDefault returns the definition with Default as a value of its type that its rules allow.
func (f Field) normalizeDefault() (Field, error) {
	if f.Default.kind == KindNull {
		return f, nil
	}
	v, err := f.Check(f.Default)
	if err != nil {
		fault := *Faults(err)[0]
		fault.Field = "default"
		return f, &fault
	}
	f.Default = v
	return f, nil
}

// rulesField is what the wire calls the rules.
const rulesField = "validation_rules"

func (f Field) checkTexts() error {
	faults := []error{hasFields(f.Resource), required("name", f.Name), bounded("description", f.Description, MaxTextLength)}
	if int64(f.Order) != int64(int32(f.Order)) { //nolint:gosec // that is what is looked for
		faults = append(faults, invalid("order", "must be a whole number from %d to %d", math.MinInt32, math.MaxInt32))
	}
	if faults[0] == nil {
		faults = append(faults, CheckSlug(f.Resource, f.Slug))
	}
	return errors.Join(faults...)
}

// checkRulesFit checks that the rules are ones for the type.
func (f Field) checkRulesFit() error {
	var faults []error
	if len(f.Enum) > 0 && f.Type == TypeBoolean {
		faults = append(faults, invalid(rulesField, "must not have an enum for a boolean"))
	}
	if len(f.Enum) > MaxEnumOptions {
		faults = append(faults, invalid(rulesField, "must have at most %d options in an enum, has %d", MaxEnumOptions, len(f.Enum)))
	}
	if slices.Contains(f.Enum, Value{}) {
		faults = append(faults, invalid(rulesField, "must not have null among the options of an enum"))
	}
	bounds := f.Min.kind != KindNull || f.Max.kind != KindNull
	if bounds && (f.Type == TypeString || f.Type == TypeBoolean) {
		faults = append(faults, invalid(rulesField, "must not have between for a string or a boolean"))
	}
	switch f.Format {
	case "":
	case FormatEmail, FormatSlug:
		if f.Type != TypeString {
			faults = append(faults, invalid(rulesField, "must not have %s for anything but a string", f.Format))
		}
	default:
		faults = append(faults, invalid(rulesField, "must be enum, %s, %s or between", FormatEmail, FormatSlug))
	}
	return errors.Join(faults...)
}

// convertRule makes an operand of a rule a value of the field's type.
func (f Field) convertRule(v *Value) error {
	if v.kind == KindNull {
		return nil
	}
	converted, err := f.convert(*v)
	if err != nil {
		return invalid(rulesField, "has a value that %s", Faults(err)[0].Detail)
	}
	*v = converted
	return nil
}

// Check decides whether a row may be given a value, which may be of another kind that means the same, and returns the
// value that it gets. Null clears. Its errors are [ErrInvalidField] for a value of another JSON type, else
// [ErrInvalidValue]; their Field is the slug, their Detail says what is allowed.
func (f Field) Check(v Value) (Value, error) {
	if v.kind == KindNull {
		if f.Required {
			return v, broken(f.Slug, "is required and must not be null")
		}
		return v, nil
	}
	v, err := f.convert(v)
	if err != nil {
		return Value{}, err
	}
	if detail := f.breaks(v); detail != "" {
		return Value{}, broken(f.Slug, "%s", detail)
	}
	return v, nil
}

// convert makes a value one of the field's type.
func (f Field) convert(v Value) (Value, error) {
	switch f.Type {
	case TypeString:
		if v.kind != KindText {
			return v, invalid(f.Slug, "must be a string")
		}
		if err := bounded(f.Slug, v.text, MaxTextLength); err != nil {
			return v, broken(f.Slug, "%s", Faults(err)[0].Detail)
		}
		return v, nil
	case TypeInteger:
		if v.kind == KindFloat {
			return v, broken(f.Slug, "must be %s", expectedInteger)
		}
	case TypeFloat:
		v = v.float()
	case TypeDate:
		switch v.kind {
		case KindText:
			parsed, ok := ParseDate(v.text)
			if !ok {
				return v, broken(f.Slug, "must be %s", expectedDate)
			}
			v = parsed
		case KindTime:
			v = DateValue(v.Time())
		case KindNull, KindID, KindInteger, KindFloat, KindBoolean, KindDate:
		}
	case TypeBoolean:
	}
	if v.kind != f.Type.Kind() {
		return v, invalid(f.Slug, "must be %s", map[FieldType]string{
			TypeInteger: expectedInteger, TypeBoolean: "true or false", TypeFloat: "a number", TypeDate: expectedDate}[f.Type])
	}
	if fault := v.storable(); fault != "" {
		return v, broken(f.Slug, "%s", fault)
	}
	return v, nil
}

// breaks says which rule a value of the field's type breaks and what it allows, or nothing.
func (f Field) breaks(v Value) string {
	if len(f.Enum) > 0 && !slices.ContainsFunc(f.Enum, func(option Value) bool { return option.Compare(v) == 0 }) {
		return "must be one of: " + options(f.Enum)
	}
	switch f.Format {
	case FormatEmail:
		if v.text == "" || address(f.Slug, v.text) != nil {
			return "must be an e-mail address such as ron@example.com"
		}
	case FormatSlug:
		if !isSlug(v.text) {
			return "must be letters, digits, - and _"
		}
	}
	below, above := f.Min.kind != KindNull && v.Compare(f.Min) < 0, f.Max.kind != KindNull && v.Compare(f.Max) > 0
	switch {
	case !below && !above:
		return ""
	case f.Max.kind == KindNull:
		return fmt.Sprintf("must be at least %s", f.Min)
	case f.Min.kind == KindNull:
		return fmt.Sprintf("must be at most %s", f.Max)
	}
	return fmt.Sprintf("must be from %s to %s", f.Min, f.Max)
}

// options prints the first options of an enum.
func options(all []Value) string {
	const most = 20
	var shown []string
	for i, v := range all {
		if i == most {
			return strings.Join(shown, ", ") + fmt.Sprintf(" and %d more", len(all)-most)
		}
		shown = append(shown, clip(v.String()))
	}
	return strings.Join(shown, ", ")
}
