package main

import (
	"errors"
	"fmt"

	validation "github.com/go-ozzo/ozzo-validation/v4"
	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	_ "github.com/pocketbase/pocketbase/migrations" // its own tables
)

// pocketBase is PocketBase in this process: three collections, of which that of memberships relates the other two, with a
// unique index over both.
type pocketBase struct {
	world
	core.App
	byTime            bool
	collection        *core.Collection
	accounts, members []string
}

func openPocketBase(dir string, w world) (contender, error) { return newPocketBase(dir, w, false) }

// newPocketBase opens it. byTime says whether its lists have indexes by time, as roster's have; without them each list
// sorts all that an account has.
func newPocketBase(dir string, w world, byTime bool) (*pocketBase, error) {
	p := &pocketBase{world: w, byTime: byTime, App: core.NewBaseApp(core.BaseAppConfig{DataDir: dir})}
	if err := p.prepare(); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

func (p *pocketBase) prepare() error {
	if err := p.Bootstrap(); err != nil {
		return err
	}
	p.Settings().Logs.MaxDays = 0 // keeps no log of requests
	if err := p.Save(p.Settings()); err != nil {
		return err
	}
	accounts, members := publicCollection("accounts"), publicCollection("members")
	accounts.Fields.Add(&core.TextField{Name: "name", Required: true})
	members.Fields.Add(&core.TextField{Name: "name", Required: true}, &core.EmailField{Name: "email"})
	for _, c := range []*core.Collection{accounts, members} {
		if err := p.Save(c); err != nil {
			return err
		}
	}
	p.collection = publicCollection("memberships")
	p.collection.Fields.Add(
		&core.RelationField{Name: "account", CollectionId: accounts.Id, Required: true, MaxSelect: 1, CascadeDelete: true},
		&core.RelationField{Name: "member", CollectionId: members.Id, Required: true, MaxSelect: 1, CascadeDelete: true})
	p.collection.AddIndex("memberships_pair", true, "account, member", "")
	if p.byTime {
		p.collection.AddIndex("memberships_account", false, "account, created", "")
		p.collection.AddIndex("memberships_member", false, "member, created", "")
	} else {
		p.collection.AddIndex("memberships_member", false, "member", "") // for counting
	}
	if err := p.Save(p.collection); err != nil {
		return err
	}
	return p.fill(accounts, members)
}

// publicCollection is one that everybody may read and write over HTTP.
func publicCollection(name string) *core.Collection {
	c := core.NewBaseCollection(name)
	everybody := ""
	c.ListRule, c.ViewRule, c.CreateRule = &everybody, &everybody, &everybody
	c.Fields.Add(&core.AutodateField{Name: "created", OnCreate: true},
		&core.AutodateField{Name: "updated", OnCreate: true, OnUpdate: true})
	return c
}

func (p *pocketBase) fill(accounts, members *core.Collection) error {
	return p.RunInTransaction(func(tx core.App) error {
		for i := range p.Accounts {
			a := core.NewRecord(accounts)
			a.Set("name", fmt.Sprint("Account ", i))
			if err := tx.SaveNoValidate(a); err != nil {
				return err
			}
			p.accounts = append(p.accounts, a.Id)
		}
		for i := range p.Members {
			m := core.NewRecord(members)
			m.Set("name", fmt.Sprint("Member ", i))
			m.Set("email", fmt.Sprintf("member%d@example.com", i))
			if err := tx.SaveNoValidate(m); err != nil {
				return err
			}
			p.members = append(p.members, m.Id)
		}
		for n := range p.memberships() {
			if err := tx.SaveNoValidate(p.record(p.pair(n))); err != nil {
				return err
			}
		}
		return nil
	})
}

func (p *pocketBase) record(account, member int) *core.Record {
	r := core.NewRecord(p.collection)
	r.Set("account", p.accounts[account])
	r.Set("member", p.members[member])
	return r
}

// Join implements joiner. The unique index and the two relations are looked at by Save.
func (p *pocketBase) Join(account, member int) error {
	r := p.record(account, member)
	err := p.RunInTransaction(func(tx core.App) error {
		if err := p.checkLimits(tx, r); err != nil {
			return err
		}
		return tx.Save(r)
	})
	if _, refused := errors.AsType[validation.Errors](err); refused {
		return errRefused
	}
	return err
}

// checkLimits counts what the account and the member of a new membership have.
func (p *pocketBase) checkLimits(tx core.App, r *core.Record) error {
	for _, each := range []struct {
		field string
		limit int
	}{{"account", p.accountLimit()}, {"member", p.memberLimit()}} {
		used, err := tx.CountRecords(p.collection, dbx.HashExp{each.field: r.GetString(each.field)})
		if err != nil {
			return err
		}
		if int(used) >= each.limit {
			return errRefused
		}
	}
	return nil
}

// IsMember implements asker.
func (p *pocketBase) IsMember(account, member int) (bool, error) {
	n, err := p.CountRecords(p.collection, dbx.HashExp{"account": p.accounts[account], "member": p.members[member]})
	return n > 0, err
}

// List implements lister.
func (p *pocketBase) List(account, offset int) (rows, total int, err error) {
	of := dbx.HashExp{"account": p.accounts[account]}
	var page []*core.Record
	if err := p.RecordQuery(p.collection).AndWhere(of).OrderBy("created DESC").Limit(pageSize).Offset(int64(offset)).All(&page); err != nil {
		return 0, 0, err
	}
	all, err := p.CountRecords(p.collection, of)
	return len(page), int(all), err
}

// Count implements counter.
func (p *pocketBase) Count() (int, error) {
	n, err := p.CountRecords(p.collection)
	return int(n), err
}

// Close implements contender.
func (p *pocketBase) Close() error {
	return p.OnTerminate().Trigger(&core.TerminateEvent{App: p.App}, func(e *core.TerminateEvent) error {
		return e.App.ResetBootstrapState()
	})
}
