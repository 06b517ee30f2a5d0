package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	openfgav1 "github.com/openfga/api/proto/openfga/v1"
	"github.com/openfga/language/pkg/go/transformer"
	"github.com/openfga/openfga/pkg/server"
	"github.com/openfga/openfga/pkg/storage/migrate"
	"github.com/openfga/openfga/pkg/storage/sqlcommon"
	"github.com/openfga/openfga/pkg/storage/sqlite"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

const openFGAModel = `model
  schema 1.1
type user
type account
  relations
    define member: [user]`

// openFGA is OpenFGA's server in this process, on a database file, with the settings that it has by itself.
type openFGA struct {
	*server.Server
	store, model      string
	accounts, members []string
}

func openOpenFGA(dir string, w world) (contender, error) {
	uri := fileURI(filepath.Join(dir, "openfga.db"))
	if err := migrate.RunMigrations(migrate.MigrationConfig{Engine: "sqlite", URI: uri, Timeout: time.Minute, PingTimeout: time.Minute}); err != nil {
		return nil, err
	}
	datastore, err := sqlite.New(uri, sqlcommon.NewConfig())
	if err != nil {
		return nil, err
	}
	s, err := server.NewServerWithOpts(server.WithDatastore(datastore))
	if err != nil {
		datastore.Close()
		return nil, err
	}
	o := &openFGA{Server: s, accounts: texts(newIDs(w.Accounts)), members: texts(newIDs(w.Members))}
	if err := o.fill(w); err != nil {
		return nil, errors.Join(err, o.Close())
	}
	return o, nil
}

func (o *openFGA) fill(w world) error {
	ctx := context.Background()
	made, err := o.CreateStore(ctx, &openfgav1.CreateStoreRequest{Name: "bench"})
	if err != nil {
		return err
	}
	o.store = made.GetId()
	described, err := transformer.TransformDSLToProto(openFGAModel)
	if err != nil {
		return err
	}
	model, err := o.WriteAuthorizationModel(ctx, &openfgav1.WriteAuthorizationModelRequest{StoreId: o.store,
		SchemaVersion: described.GetSchemaVersion(), TypeDefinitions: described.GetTypeDefinitions()})
	if err != nil {
		return err
	}
	o.model = model.GetAuthorizationModelId()
	const batch = 100 // which is as many as it takes at once
	for first := 0; first < w.memberships(); first += batch {
		var keys []*openfgav1.TupleKey
		for n := first; n < min(first+batch, w.memberships()); n++ {
			keys = append(keys, o.tuple(w.pair(n)))
		}
		if err := o.write(keys...); err != nil {
			return err
		}
	}
	return nil
}

func (o *openFGA) tuple(account, member int) *openfgav1.TupleKey {
	return &openfgav1.TupleKey{User: "user:" + o.members[member], Relation: "member", Object: "account:" + o.accounts[account]}
}

func (o *openFGA) write(keys ...*openfgav1.TupleKey) error {
	_, err := o.Write(context.Background(), &openfgav1.WriteRequest{StoreId: o.store, AuthorizationModelId: o.model,
		Writes: &openfgav1.WriteRequestWrites{TupleKeys: keys}})
	return err
}

// Join implements joiner.
func (o *openFGA) Join(account, member int) error {
	err := o.write(o.tuple(account, member))
	if status.Code(err) == codes.Code(openfgav1.ErrorCode_write_failed_due_to_invalid_input) {
		return errRefused
	}
	if gaveUp(err) {
		return errBusy
	}
	return err
}

// IsMember implements asker.
func (o *openFGA) IsMember(account, member int) (bool, error) {
	key := o.tuple(account, member)
	answer, err := o.Check(context.Background(), &openfgav1.CheckRequest{StoreId: o.store, AuthorizationModelId: o.model,
		TupleKey: &openfgav1.CheckRequestTupleKey{User: key.GetUser(), Relation: key.GetRelation(), Object: key.GetObject()}})
	return answer.GetAllowed(), err
}

// Count implements counter: it reads them all, a page after the other.
func (o *openFGA) Count() (int, error) {
	n, token := 0, ""
	for {
		page, err := o.Read(context.Background(), &openfgav1.ReadRequest{StoreId: o.store, ContinuationToken: token})
		if err != nil {
			return n, fmt.Errorf("after %d: %w", n, err)
		}
		n += len(page.GetTuples())
		if token = page.GetContinuationToken(); token == "" {
			return n, nil
		}
	}
}

// Close implements contender.
func (o *openFGA) Close() error {
	o.Server.Close()
	return nil
}
