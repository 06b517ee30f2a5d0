package stored

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/roster-go/roster/membership"
)

// An image is JSON with one member, which is called by what it is an image of: {"account_membership": {...}}. It says
// what kind each custom field's value has, because the definitions may be others by the time it is read. Ids that the
// change has in a column of its own are left out, and so is a time of update that is that of the creation.
type imageJSON struct {
	Account         *accountImage    `json:"account,omitempty"`
	Member          *memberImage     `json:"account_member,omitempty"`
	Membership      *membershipImage `json:"account_membership,omitempty"`
	Tag             *tagImage        `json:"account_tag,omitempty"`
	Settings        *settingsImage   `json:"settings,omitempty"`
	PasswordProfile *profileImage    `json:"password_profile,omitempty"`
	Login           *loginImage      `json:"login,omitempty"`
	Flow            *flowImage       `json:"flow,omitempty"`
	Field           *fieldImage      `json:"field,omitempty"`
}

// timesImage are the times of a row, in milliseconds.
type timesImage struct {
	CreatedAt int64  `json:"created_at"`
	UpdatedAt *int64 `json:"updated_at,omitempty"` // where it is another one
}

func timesOf(createdAt, updatedAt time.Time) timesImage {
	t := timesImage{CreatedAt: createdAt.UnixMilli()}
	if !updatedAt.Equal(createdAt) {
		millis := updatedAt.UnixMilli()
		t.UpdatedAt = &millis
	}
	return t
}

func (t timesImage) times() (createdAt, updatedAt time.Time) {
	createdAt = time.UnixMilli(t.CreatedAt).UTC()
	if t.UpdatedAt == nil {
		return createdAt, createdAt
	}
	return createdAt, time.UnixMilli(*t.UpdatedAt).UTC()
}

// idBeside is an id, unless it stands in a column.
func idBeside(id, column uuid.UUID) *uuid.UUID {
	if id == column {
		return nil
	}
	other := id // Why a copy: most have none, and &id would be one for all
	return &other
}

func idOr(id *uuid.UUID, column uuid.UUID) uuid.UUID {
	if id == nil {
		return column
	}
	return *id
}

type accountImage struct {
	ID             *uuid.UUID   `json:"id,omitempty"`
	ParentID       *uuid.UUID   `json:"parent_id,omitempty"`
	Name           string       `json:"name"`
	LegalName      string       `json:"legal_name,omitempty"`
	RegistrationID string       `json:"registration_id,omitempty"`
	ExternalRef    string       `json:"external_ref,omitempty"`
	Fields         *fieldValues `json:"fields,omitempty"`
	timesImage
}

type memberImage struct {
	ID         *uuid.UUID   `json:"id,omitempty"`
	Name       string       `json:"name"`
	Email      string       `json:"email,omitempty"`
	GivenName  string       `json:"given_name,omitempty"`
	MiddleName string       `json:"middle_name,omitempty"`
	FamilyName string       `json:"family_name,omitempty"`
	Fields     *fieldValues `json:"fields,omitempty"`
	timesImage
}

type membershipImage struct {
	ID        *uuid.UUID   `json:"id,omitempty"`
	AccountID *uuid.UUID   `json:"account_id,omitempty"`
	MemberID  *uuid.UUID   `json:"account_member_id,omitempty"`
	Fields    *fieldValues `json:"fields,omitempty"`
	timesImage
}

type tagImage struct {
	ID          uuid.UUID `json:"id"`
	Name        string    `json:"name"`
	Description string    `json:"description,omitempty"`
	timesImage
}

type settingsImage struct {
	MembershipLimit    int    `json:"membership_limit"`
	AutoCreateAccounts bool   `json:"auto_create_accounts"`
	SelfSignup         bool   `json:"self_signup"`
	SelfManagement     string `json:"self_management"`
	TokenTimeout       int64  `json:"token_timeout"` // milliseconds
}

type profileImage struct {
	ID                         uuid.UUID `json:"id"`
	Name                       string    `json:"name"`
	UsernameFormat             string    `json:"username_format"`
	EnableOneTimePasswordToken bool      `json:"one_time_password"`
	timesImage
}

type loginImage struct {
	ID        uuid.UUID  `json:"id"`
	MemberID  *uuid.UUID `json:"account_member_id,omitempty"`
	ProfileID uuid.UUID  `json:"password_profile_id"`
	Username  string     `json:"username"`
	timesImage
}

type flowImage struct {
	ID          uuid.UUID `json:"id"`
	Resource    string    `json:"resource"`
	Name        string    `json:"name"`
	Description string    `json:"description,omitempty"`
	Disabled    bool      `json:"disabled,omitempty"`
	timesImage
}

type fieldImage struct {
	ID          uuid.UUID    `json:"id"`
	Resource    string       `json:"resource"`
	Slug        string       `json:"slug"`
	Name        string       `json:"name"`
	Type        string       `json:"type"`
	Description string       `json:"description,omitempty"`
	Required    bool         `json:"required,omitempty"`
	Default     valueImage   `json:"default"`
	Disabled    bool         `json:"disabled,omitempty"`
	Order       int          `json:"order,omitempty"`
	OmitNull    bool         `json:"omit_null,omitempty"`
	Indexed     bool         `json:"indexed,omitempty"`
	Enum        []valueImage `json:"enum,omitempty"`
	Format      string       `json:"format,omitempty"`
	Min         valueImage   `json:"min"`
	Max         valueImage   `json:"max"`
	Initial     valueImage   `json:"initial"`
	timesImage
}

// WriteImages spells the images of a change; empty where there is none.
func WriteImages(c membership.Change) (before, after string, err error) {
	if before, err = writeImage(c, c.Before); err == nil {
		after, err = writeImage(c, c.After)
	}
	return before, after, err
}

func writeImage(c membership.Change, image membership.Image) (string, error) {
	if image == nil {
		return "", nil
	}
	text, err := json.Marshal(imageOf(c, image))
	if err != nil {
		return "", fmt.Errorf("roster: write the image of a change: %w", err)
	}
	return string(text), nil
}

func imageOf(c membership.Change, image membership.Image) imageJSON {
	switch row := image.(type) {
	case membership.Account:
		return imageJSON{Account: &accountImage{ID: idBeside(row.ID.UUID, c.AccountID.UUID), ParentID: idBeside(row.ParentID.UUID, uuid.Nil),
			Name: row.Name, LegalName: row.LegalName, RegistrationID: row.RegistrationID, ExternalRef: row.ExternalRef,
			Fields: fieldValuesOf(row.Fields), timesImage: timesOf(row.CreatedAt, row.UpdatedAt)}}
	case membership.Member:
		return imageJSON{Member: &memberImage{ID: idBeside(row.ID.UUID, c.MemberID.UUID), Name: row.Name, Email: row.Email,
			GivenName: row.GivenName, MiddleName: row.MiddleName, FamilyName: row.FamilyName,
			Fields: fieldValuesOf(row.Fields), timesImage: timesOf(row.CreatedAt, row.UpdatedAt)}}
	case membership.Membership:
		return imageJSON{Membership: &membershipImage{ID: idBeside(row.ID.UUID, c.MembershipID.UUID),
			AccountID: idBeside(row.AccountID.UUID, c.AccountID.UUID), MemberID: idBeside(row.MemberID.UUID, c.MemberID.UUID),
			Fields: fieldValuesOf(row.Fields), timesImage: timesOf(row.CreatedAt, row.UpdatedAt)}}
	case membership.Tag:
		return imageJSON{Tag: &tagImage{row.ID.UUID, row.Name, row.Description, timesOf(row.CreatedAt, row.UpdatedAt)}}
	case membership.Settings:
		return imageJSON{Settings: &settingsImage{row.MembershipLimit, row.AutoCreateAccounts, row.SelfSignup,
			string(row.SelfManagement), row.TokenTimeout.Milliseconds()}}
	case membership.PasswordProfile:
		return imageJSON{PasswordProfile: &profileImage{row.ID.UUID, row.Name, string(row.UsernameFormat),
			row.EnableOneTimePasswordToken, timesOf(row.CreatedAt, row.UpdatedAt)}}
	case membership.Login:
		return imageJSON{Login: &loginImage{row.ID.UUID, idBeside(row.MemberID.UUID, c.MemberID.UUID), row.ProfileID.UUID,
			row.Username, timesOf(row.CreatedAt, row.UpdatedAt)}}
	case membership.Flow:
		return imageJSON{Flow: &flowImage{row.ID.UUID, string(row.Resource), row.Name, row.Description, row.Disabled,
			timesOf(row.CreatedAt, row.UpdatedAt)}}
	case membership.Field:
		return imageJSON{Field: fieldImageOf(row)}
	}
	return imageJSON{}
}

func fieldImageOf(f membership.Field) *fieldImage {
	image := &fieldImage{ID: f.ID.UUID, Resource: string(f.Resource), Slug: f.Slug, Name: f.Name, Type: string(f.Type),
		Description: f.Description, Required: f.Required, Default: valueImage{f.Default}, Disabled: f.Disabled, Order: f.Order,
		OmitNull: f.OmitNull, Indexed: f.Indexed, Format: string(f.Format), Min: valueImage{f.Min}, Max: valueImage{f.Max},
		Initial: valueImage{f.Initial}, timesImage: timesOf(f.CreatedAt, f.UpdatedAt)}
	for _, v := range f.Enum {
		image.Enum = append(image.Enum, valueImage{v})
	}
	return image
}

// ReadImage reads an image that was written of the change; nil where there is none.
func ReadImage(c membership.Change, text string) (membership.Image, error) {
	if text == "" {
		return nil, nil
	}
	var image imageJSON
	if err := json.Unmarshal([]byte(text), &image); err != nil {
		return nil, fmt.Errorf("roster: read the image of change %d: %w", c.Sequence, err)
	}
	switch {
	case image.Account != nil:
		return image.Account.row(c), nil
	case image.Member != nil:
		return image.Member.row(c), nil
	case image.Membership != nil:
		return image.Membership.row(c), nil
	case image.Tag != nil:
		return image.Tag.row(), nil
	case image.Settings != nil:
		return image.Settings.row(), nil
	case image.PasswordProfile != nil:
		return image.PasswordProfile.row(), nil
	case image.Login != nil:
		return image.Login.row(c), nil
	case image.Flow != nil:
		return image.Flow.row(), nil
	case image.Field != nil:
		return image.Field.row(), nil
	}
	return nil, fmt.Errorf("roster: the image of change %d is of nothing known", c.Sequence)
}

func (i *accountImage) row(c membership.Change) membership.Account {
	a := membership.Account{ID: membership.AccountID{UUID: idOr(i.ID, c.AccountID.UUID)},
		ParentID: membership.AccountID{UUID: idOr(i.ParentID, uuid.Nil)}, Name: i.Name, LegalName: i.LegalName,
		RegistrationID: i.RegistrationID, ExternalRef: i.ExternalRef, Fields: i.Fields.fields()}
	a.CreatedAt, a.UpdatedAt = i.times()
	return a
}

func (i *memberImage) row(c membership.Change) membership.Member {
	m := membership.Member{ID: membership.MemberID{UUID: idOr(i.ID, c.MemberID.UUID)}, Name: i.Name, Email: i.Email,
		GivenName: i.GivenName, MiddleName: i.MiddleName, FamilyName: i.FamilyName, Fields: i.Fields.fields()}
	m.CreatedAt, m.UpdatedAt = i.times()
	return m
}

func (i *membershipImage) row(c membership.Change) membership.Membership {
	m := membership.Membership{ID: membership.MembershipID{UUID: idOr(i.ID, c.MembershipID.UUID)},
		AccountID: membership.AccountID{UUID: idOr(i.AccountID, c.AccountID.UUID)},
		MemberID:  membership.MemberID{UUID: idOr(i.MemberID, c.MemberID.UUID)}, Fields: i.Fields.fields()}
	m.CreatedAt, m.UpdatedAt = i.times()
	return m
}

func (i *tagImage) row() membership.Tag {
	t := membership.Tag{ID: membership.TagID{UUID: i.ID}, Name: i.Name, Description: i.Description}
	t.CreatedAt, t.UpdatedAt = i.times()
	return t
}

func (i *settingsImage) row() membership.Settings {
	return membership.Settings{MembershipLimit: i.MembershipLimit, AutoCreateAccounts: i.AutoCreateAccounts, SelfSignup: i.SelfSignup,
		SelfManagement: membership.SelfManagement(i.SelfManagement), TokenTimeout: time.Duration(i.TokenTimeout) * time.Millisecond}
}

func (i *profileImage) row() membership.PasswordProfile {
	p := membership.PasswordProfile{ID: membership.PasswordProfileID{UUID: i.ID}, Name: i.Name,
		UsernameFormat: membership.UsernameFormat(i.UsernameFormat), EnableOneTimePasswordToken: i.EnableOneTimePasswordToken}
	p.CreatedAt, p.UpdatedAt = i.times()
	return p
}

func (i *loginImage) row(c membership.Change) membership.Login {
	l := membership.Login{ID: membership.LoginID{UUID: i.ID}, MemberID: membership.MemberID{UUID: idOr(i.MemberID, c.MemberID.UUID)},
		ProfileID: membership.PasswordProfileID{UUID: i.ProfileID}, Username: i.Username}
	l.CreatedAt, l.UpdatedAt = i.times()
	return l
}

func (i *flowImage) row() membership.Flow {
	f := membership.Flow{ID: membership.FlowID{UUID: i.ID}, Resource: membership.Resource(i.Resource), Name: i.Name,
		Description: i.Description, Disabled: i.Disabled}
	f.CreatedAt, f.UpdatedAt = i.times()
	return f
}

func (i *fieldImage) row() membership.Field {
	f := membership.Field{ID: membership.FieldID{UUID: i.ID}, Resource: membership.Resource(i.Resource), Slug: i.Slug, Name: i.Name,
		Type: membership.FieldType(i.Type), Description: i.Description, Required: i.Required, Default: i.Default.Value,
		Disabled: i.Disabled, Order: i.Order, OmitNull: i.OmitNull, Indexed: i.Indexed, Format: membership.FieldFormat(i.Format),
		Min: i.Min.Value, Max: i.Max.Value, Initial: i.Initial.Value}
	for _, v := range i.Enum {
		f.Enum = append(f.Enum, v.Value)
	}
	f.CreatedAt, f.UpdatedAt = i.times()
	return f
}
