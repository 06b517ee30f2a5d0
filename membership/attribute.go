package membership

import "slices"

// Resource is a kind of row that can be listed.
type Resource string

// The resources, by the wire's names.
const (
	ResourceAccount    Resource = "account"
	ResourceMember     Resource = "account_member"
	ResourceMembership Resource = "account_membership"

	ResourceFlow  Resource = "flow"
	ResourceField Resource = "field"

	ResourceTag             Resource = "account_tag"
	ResourcePasswordProfile Resource = "password_profile"
	ResourceLogin           Resource = "user_authentication_password_profile_info"
)

// Attribute names what a filter or an order looks at, in the wire's spelling.
type Attribute string

// The attributes of the resources' own; a custom field's is its slug. A name with a dot looks at the account or the
// member that a membership joins.
const (
	AttrID             Attribute = "id"
	AttrAccountID      Attribute = "account_id"
	AttrMemberID       Attribute = "account_member_id"
	AttrParentID       Attribute = "parent_id"
	AttrAccountTags    Attribute = "account_tags"
	AttrName           Attribute = "name"
	AttrLegalName      Attribute = "legal_name"
	AttrRegistrationID Attribute = "registration_id"
	AttrExternalRef    Attribute = "external_ref"
	AttrEmail          Attribute = "email"
	AttrUsername       Attribute = "username"
	AttrGivenName      Attribute = "given_name"
	AttrMiddleName     Attribute = "middle_name"
	AttrFamilyName     Attribute = "family_name"
	AttrCreatedAt      Attribute = "created_at"
	AttrUpdatedAt      Attribute = "updated_at"
	AttrAccountName    Attribute = "account.name"
	AttrMemberName     Attribute = "account_member.name"
	AttrMemberEmail    Attribute = "account_member.email"
	AttrSlug           Attribute = "slug"
	AttrFieldType      Attribute = "field_type"
	AttrOrder          Attribute = "order"
)

// attributeRule says what may be done with an attribute of a resource.
type attributeRule struct {
	attr     Attribute
	kind     Kind
	ops      []Operator
	sortable bool
}

// rule is an attribute's rule within a list.
type rule struct {
	attributeRule
	custom bool // a custom field's: null is something else than the empty text
}

var (
	opsID     = []Operator{OpEq, OpIn, OpGt, OpGe, OpLt, OpLe}
	opsTime   = []Operator{OpEq, OpGt, OpGe, OpLt, OpLe}
	opsNumber = []Operator{OpEq, OpIn, OpGt, OpGe, OpLt, OpLe}
	opsText   = []Operator{OpEq, OpLike, OpILike}
	// Those of custom fields, by their types.
	opsFieldText    = []Operator{OpEq, OpIn, OpLike, OpILike, OpGt, OpGe, OpLt, OpLe, OpIsNull}
	opsFieldOrdered = []Operator{OpEq, OpIn, OpGt, OpGe, OpLt, OpLe, OpIsNull}
	opsFieldBoolean = []Operator{OpEq, OpIn, OpIsNull}

	opsOptional = []Operator{OpEq, OpLike, OpILike, OpIsNull}
)

// attributeRules is the table of what each list can be filtered and sorted by.
var attributeRules = map[Resource][]attributeRule{
	ResourceAccount: {
		{AttrID, KindID, opsID, true},
		{AttrName, KindText, opsText, true},
		{AttrLegalName, KindText, opsText, false},
		{AttrRegistrationID, KindText, opsText, false},
		{AttrExternalRef, KindText, opsText, false},
		{AttrParentID, KindID, []Operator{OpEq, OpIsNull}, false},
		{AttrAccountTags, KindID, []Operator{OpContains}, false},
		{AttrCreatedAt, KindTime, opsTime, true},
		{AttrUpdatedAt, KindTime, opsTime, true},
	},
	ResourceMember: {
		{AttrID, KindID, opsID, true},
		{AttrName, KindText, opsText, true},
		{AttrEmail, KindText, opsText, true},
		{AttrGivenName, KindText, opsOptional, false},
		{AttrMiddleName, KindText, opsOptional, false},
		{AttrFamilyName, KindText, opsOptional, false},
		{AttrCreatedAt, KindTime, opsTime, true},
		{AttrUpdatedAt, KindTime, opsTime, true},
	},
	ResourceMembership: {
		{AttrID, KindID, opsID, true},
		{AttrAccountID, KindID, []Operator{OpEq, OpIn}, false},
		{AttrMemberID, KindID, []Operator{OpEq, OpLike, OpIn}, false},
		{AttrCreatedAt, KindTime, opsTime, true},
		{AttrUpdatedAt, KindTime, opsTime, true},
		{AttrAccountName, KindText, opsText, false},
		{AttrMemberName, KindText, opsText, false},
		{AttrMemberEmail, KindText, opsText, false},
	},
	ResourceFlow: append(named(AttrName),
		attributeRule{AttrSlug, KindText, opsText, true}),
	ResourceField: append(named(AttrName),
		attributeRule{AttrSlug, KindText, opsText, true},
		attributeRule{AttrFieldType, KindText, opsText, false},
		attributeRule{AttrOrder, KindInteger, opsNumber, true}),
	ResourceTag:             named(AttrName),
	ResourcePasswordProfile: named(AttrName),
	ResourceLogin:           named(AttrUsername),
}

// named are the rules of a resource that has nothing to look for but its name.
func named(name Attribute) []attributeRule {
	return []attributeRule{
		{AttrID, KindID, opsID, true},
		{name, KindText, opsText, true},
		{AttrCreatedAt, KindTime, opsTime, true},
		{AttrUpdatedAt, KindTime, opsTime, true},
	}
}

// ruleFor finds the rule of an attribute; ok is false when the resource has neither such an attribute nor such a field.
func (r Resource) ruleFor(attr Attribute, fields []Field) (found rule, ok bool) {
	for _, own := range attributeRules[r] {
		if own.attr == attr {
			return rule{attributeRule: own}, true
		}
	}
	for _, f := range fields {
		if f.Slug == string(attr) {
			return rule{attributeRule: f.rule(), custom: true}, true
		}
	}
	return rule{}, false
}

// rules are those of the resource's own attributes, and behind them those of its custom fields.
func (r Resource) rules(fields []Field) []attributeRule {
	all := slices.Clone(attributeRules[r])
	for _, f := range fields {
		all = append(all, f.rule())
	}
	return all
}

// Attributes lists what the resource can be filtered by; its custom fields are given.
func (r Resource) Attributes(fields ...Field) []Attribute {
	var attrs []Attribute
	for _, rule := range r.rules(fields) {
		attrs = append(attrs, rule.attr)
	}
	return attrs
}

// Operators lists the operators that a filter may use on the attribute; none when there is no such attribute.
func (r Resource) Operators(attr Attribute, fields ...Field) []Operator {
	rule, _ := r.ruleFor(attr, fields)
	return slices.Clone(rule.ops)
}

// Sortable lists what the resource can be sorted by.
func (r Resource) Sortable(fields ...Field) []Attribute {
	var attrs []Attribute
	for _, rule := range r.rules(fields) {
		if rule.sortable {
			attrs = append(attrs, rule.attr)
		}
	}
	return attrs
}
