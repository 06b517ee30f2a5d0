package replay

import (
	"context"
	"fmt"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// apply does in a store what a change says.
func apply(ctx context.Context, tx store.Tx, c membership.Change) error {
	switch c.Type {
	case membership.AccountCreated:
		return tx.InsertAccount(ctx, c.After.(membership.Account))
	case membership.AccountUpdated:
		return tx.UpdateAccount(ctx, c.After.(membership.Account))
	case membership.AccountDeleted:
		return tx.DeleteAccount(ctx, c.AccountID, c.Time)
	case membership.AccountTagged:
		return tx.TagAccount(ctx, c.AccountID, c.After.(membership.Tag).ID)
	case membership.AccountUntagged:
		return tx.UntagAccount(ctx, c.AccountID, c.Before.(membership.Tag).ID)
	case membership.MemberCreated:
		return tx.InsertMember(ctx, c.After.(membership.Member))
	case membership.MemberUpdated:
		return tx.UpdateMember(ctx, c.After.(membership.Member))
	case membership.MemberDeleted:
		return tx.DeleteMember(ctx, c.MemberID)
	case membership.MembershipCreated:
		return tx.InsertMembership(ctx, c.After.(membership.Membership))
	case membership.MembershipUpdated:
		return tx.UpdateMembership(ctx, c.After.(membership.Membership))
	case membership.MembershipDeleted:
		return tx.DeleteMembership(ctx, c.AccountID, c.MembershipID)
	case membership.SettingsUpdated:
		return tx.UpdateSettings(ctx, c.After.(membership.Settings))
	}
	return applyRest(ctx, tx, c)
}

func applyRest(ctx context.Context, tx store.Tx, c membership.Change) error {
	switch c.Type {
	case membership.TagCreated:
		return tx.InsertTag(ctx, c.After.(membership.Tag))
	case membership.TagUpdated:
		return tx.UpdateTag(ctx, c.After.(membership.Tag))
	case membership.TagDeleted:
		return tx.DeleteTag(ctx, c.Before.(membership.Tag).ID)
	case membership.PasswordProfileCreated:
		return tx.InsertPasswordProfile(ctx, c.After.(membership.PasswordProfile))
	case membership.PasswordProfileUpdated:
		return tx.UpdatePasswordProfile(ctx, c.After.(membership.PasswordProfile))
	case membership.PasswordProfileDeleted:
		return tx.DeletePasswordProfile(ctx, c.Before.(membership.PasswordProfile).ID)
	case membership.LoginCreated:
		return tx.InsertLogin(ctx, c.After.(membership.Login))
	case membership.LoginUpdated:
		return tx.UpdateLogin(ctx, c.After.(membership.Login))
	case membership.LoginDeleted:
		return tx.DeleteLogin(ctx, c.MemberID, c.Before.(membership.Login).ID)
	case membership.FlowCreated:
		return tx.InsertFlow(ctx, c.After.(membership.Flow))
	case membership.FlowUpdated:
		return tx.UpdateFlow(ctx, c.After.(membership.Flow))
	case membership.FlowDeleted:
		return tx.DeleteFlow(ctx, c.Before.(membership.Flow).ID)
	case membership.FieldCreated:
		return tx.InsertField(ctx, c.After.(membership.Field))
	case membership.FieldUpdated:
		return tx.UpdateField(ctx, c.After.(membership.Field))
	case membership.FieldDeleted:
		_, err := tx.DeleteField(ctx, c.Before.(membership.Field).ID)
		return err
	}
	return fmt.Errorf("nobody knows how to apply %s", c.Type)
}
