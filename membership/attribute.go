package membership

import "slices"

// Resource is a kind of row that can be listed.
type Resource string

// The resources, by the wire's names.
const (
	ResourceAccount    Resource = "account"
	ResourceMember     Resource = "account_member"
	ResourceMembership Resource = "account_membership"

	ResourceTag             Resource = "account_tag"
	ResourcePasswordProfile Resource = "password_profile"
	ResourceLogin           Resource = "user_authentication_password_profile_info"
)

// Attribute names what a filter or an order looks at, in the wire's spelling.
type Attribute string

// The attributes. A name with a dot looks at the account or the member that a membership joins.
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
)

// attributeRule says what may be done with an attribute of a resource.
type attributeRule struct {
	attr     Attribute
	kind     Kind
	ops      []Operator
	sortable bool
}

var (
	opsID       = []Operator{OpEq, OpIn, OpGt, OpGe, OpLt, OpLe}
	opsTime     = []Operator{OpEq, OpGt, OpGe, OpLt, OpLe}
	opsText     = []Operator{OpEq, OpLike, OpILike}
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

// ruleFor finds the rule of an attribute; ok is false when the resource has no such attribute.
func (r Resource) ruleFor(attr Attribute) (rule attributeRule, ok bool) {
	i := slices.IndexFunc(attributeRules[r], func(rule attributeRule) bool { return rule.attr == attr })
	if i < 0 {
		return attributeRule{}, false
	}
	return attributeRules[r][i], true
}

// Attributes lists what the resource can be filtered by.
func (r Resource) Attributes() []Attribute {
	var attrs []Attribute
	for _, rule := range attributeRules[r] {
		attrs = append(attrs, rule.attr)
	}
	return attrs
}

// Operators lists the operators that a filter may use on the attribute; none when there is no such attribute.
func (r Resource) Operators(attr Attribute) []Operator {
	rule, _ := r.ruleFor(attr)
	return slices.Clone(rule.ops)
}

// Sortable lists what the resource can be sorted by.
func (r Resource) Sortable() []Attribute {
	var attrs []Attribute
	for _, rule := range attributeRules[r] {
		if rule.sortable {
			attrs = append(attrs, rule.attr)
		}
	}
	return attrs
}
