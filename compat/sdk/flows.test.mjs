import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  assertPage, assertTimes, createAccount, createField, createFlow, deleted, ids, refused, signedIn, slugs, unknown, url,
  watch,
} from './client.mjs';

const sdk = await signedIn();
const everyFlowMethodWasCalled = watch(sdk.Flows);
const everyFieldMethodWasCalled = watch(sdk.Fields);

const accounts = await createFlow(sdk, 'accounts');

test('a flow: create, get, update', async () => {
  const body = { name: 'People', slug: 'account-members', description: 'Who they are', enabled: true };
  const created = await sdk.Flows.Create(body);
  const { data } = created;
  assert.deepEqual({ ...data, ...body, type: 'flow' }, data);
  assertTimes(data.meta.timestamps);
  assert.equal(data.links.self, `${url}/v2/flows/${data.id}`);
  assert.deepEqual(await sdk.Flows.Get(data.id), created);

  const updated = (await sdk.Flows.Update(data.id, { name: 'Persons', description: null })).data;
  const { name, slug, description, enabled } = updated;
  assert.deepEqual([name, slug, description, enabled], ['Persons', 'account-members', null, true]);
  assert.deepEqual((await sdk.Flows.Update(data.id, updated)).data, updated);
});

test('a flow is refused', async () => {
  const taken = await refused(sdk.Flows.Create({ name: 'Again', slug: 'accounts' }), 409);
  assert.equal(taken.code, 'flow_exists');
  const served = /accounts, account-members, account-memberships/;
  await refused(sdk.Flows.Create({ name: 'Orders', slug: 'orders' }), 422, served);
  await refused(sdk.Flows.Create({ slug: 'account-memberships' }), 400, /name/);
  await refused(sdk.Flows.Create({ name: 'No slug' }), 400, /slug/);
  await refused(sdk.Flows.Create(), 400);
  await refused(sdk.Flows.Update(accounts.id, { enabled: 'yes' }), 400, /enabled/);
  await refused(sdk.Flows.Update(accounts.id, { slug: 'account-memberships' }), 409, /slug/);
  await refused(sdk.Flows.Update(unknown, { name: 'x' }), 404, 'flow not found');
  await refused(sdk.Flows.Get(unknown), 404, 'flow not found');
  await refused(sdk.Flows.Get('no-id-at-all'), 404, 'flow not found');
});

test('flows: list with limit, offset, sort and filter', async () => {
  const memberships = await createFlow(sdk, 'account-memberships');
  const all = await sdk.Flows.All();
  assertPage(all, { limit: 25, results: 3 });
  assert.deepEqual(slugs(all), ['account-memberships', 'account-members', 'accounts']);
  const first = await sdk.Flows.Limit(2).Sort('slug').All();
  assertPage(first, { limit: 2, results: 3 });
  const second = await sdk.Flows.Limit(2).Offset(2).Sort('slug').All();
  assertPage(second, { limit: 2, offset: 2, results: 3 });
  assert.deepEqual([...slugs(first), ...slugs(second)], ['account-members', 'account-memberships', 'accounts']);
  assert.deepEqual(ids(await sdk.Flows.Filter({ eq: { slug: 'account-memberships' } }).All()), [memberships.id]);
  assert.equal((await sdk.Flows.With('foo').All()).included, undefined); // there is nothing to include
  assert.deepEqual(await sdk.Flows.AllTemplates('true'), await sdk.Flows.All()); // there are no templates
  await refused(sdk.Flows.Filter({ eq: { template: 'true' } }).All(), 400, /^Could not parse the supplied filter/);
  await refused(sdk.Flows.Sort('nonsense').All(), 400, /sort/);
});

test('a field of each type: create and get', async () => {
  const rules = {
    string: [{ type: 'enum', options: ['gold', 'silver'] }],
    integer: [{ type: 'between', options: { from: 0, to: 9007199254740991 } }],
    float: [{ type: 'enum', options: [0.5, 1.25] }, { type: 'between', options: { from: 0.5 } }],
    date: [{ type: 'between', options: { from: '2026-01-01', to: '2026-12-31 23:59:59' } }],
    boolean: [],
  };
  const defaults = { string: 'gold', integer: 7, float: 1.25, date: '2026-02-03', boolean: false };
  for (const [field_type, validation_rules] of Object.entries(rules)) {
    const body = {
      name: `A ${field_type}`, slug: `a-${field_type}`, field_type, description: 'Of a type', required: true,
      default: defaults[field_type], enabled: true, order: 3, omit_null: true,
    };
    const relationships = { flow: { data: { type: 'flow', id: accounts.id } } };
    const created = await sdk.Fields.Create({ ...body, validation_rules, relationships });
    const { data } = created;
    assert.deepEqual({ ...data, ...body, type: 'field' }, data);
    assert.deepEqual(data.validation_rules, validation_rules);
    assert.deepEqual(data.relationships, relationships);
    assertTimes(data.meta.timestamps);
    assert.equal(data.links.self, `${url}/v2/fields/${data.id}`);
    assert.deepEqual(await sdk.Fields.Get(data.id), created);
    assert.deepEqual(await sdk.Fields.Update(data.id, data), created); // what was read can be sent back
    await deleted(sdk.Fields.Delete(data.id));
  }
});

test('a field is refused', async () => {
  const create = (body) => createField(sdk, accounts, { slug: 'level', field_type: 'integer', ...body });
  const { id } = await create({});
  const taken = await refused(create({}), 409);
  assert.equal(taken.code, 'slug_taken');
  await refused(create({ slug: 'legal_name' }), 422, /slug/); // an account's own
  await refused(create({ slug: 'a b' }), 400, /slug/);
  await refused(create({ slug: 'owner', field_type: 'relationship' }), 400, /field_type/);
  await refused(create({ slug: 'rank', default: 'high' }), 400, /default/);
  const outside = { slug: 'rank', default: 7, validation_rules: [{ type: 'between', options: { from: 1, to: 5 } }] };
  assert.deepEqual((await refused(create(outside), 422)).source, { pointer: '/data/default' });
  await refused(create({ slug: 'rank', validation_rules: [{ type: 'email' }] }), 400, /validation_rules/);
  await refused(createField(sdk, { id: unknown }, { slug: 'rank', field_type: 'integer' }), 404, 'flow not found');
  await refused(sdk.Fields.Create({ name: 'Nowhere', slug: 'nowhere', field_type: 'string' }), 400, /relationships/);
  await refused(sdk.Fields.Create(), 400);
  await refused(sdk.Fields.Update(id, { field_type: 'string' }), 409, /type/);
  await refused(sdk.Fields.Update(unknown, { name: 'x' }), 404, 'field not found');
  await refused(sdk.Fields.Get(unknown), 404, 'field not found');
  await refused(sdk.Fields.Delete(unknown), 404, 'field not found');
  await deleted(sdk.Fields.Delete(id));
  await refused(sdk.Fields.Delete(id), 404, 'field not found');
});

test('fields: list of all, and of a flow by its slug', async () => {
  const created = [];
  for (const slug of ['one', 'two', 'three']) {
    created.push(await createField(sdk, accounts, { slug, field_type: 'string' }));
  }
  const all = await sdk.Fields.All();
  assertPage(all, { limit: 25, results: 3 });
  assert.deepEqual(ids(all).sort(), created.map(({ id }) => id).sort());
  const first = await sdk.Fields.Limit(2).Sort('slug').All();
  assertPage(first, { limit: 2, results: 3 });
  const second = await sdk.Fields.Limit(2).Offset(2).Sort('slug').All();
  assertPage(second, { limit: 2, offset: 2, results: 3 });
  assert.deepEqual([...slugs(first), ...slugs(second)], ['one', 'three', 'two']);
  assert.deepEqual(slugs(await sdk.Fields.Filter({ eq: { slug: 'two' } }).All()), ['two']);
  assert.equal((await sdk.Fields.With('foo').All()).included, undefined); // there is nothing to include

  const ofFlow = await sdk.Flows.GetFields('accounts');
  assert.deepEqual(ids(ofFlow).sort(), ids(all).sort());
  assert.deepEqual(await sdk.Flows.GetFields(accounts.id).then(ids), ids(ofFlow));
  assert.deepEqual((await sdk.Flows.GetFields('account-members')).data, []);
  await refused(sdk.Flows.GetFields('orders'), 404, 'flow not found');
  await refused(sdk.Flows.GetFields(unknown), 404, 'flow not found');

  assert.equal((await refused(sdk.Flows.Delete(accounts.id), 409)).code, 'flow_has_fields');
  for (const { id } of created) await deleted(sdk.Fields.Delete(id));
  assert.deepEqual((await sdk.Flows.GetFields('accounts')).data, []);
});

// Values stand in the resources themselves; this API has no entries and no attributes.
test('entries and attributes are not found', async () => {
  const { id } = await createAccount(sdk, 'No entry');
  const flows = sdk.Flows;
  for (const call of [
    () => flows.GetEntries('accounts'),
    () => flows.GetEntry('accounts', id),
    () => flows.CreateEntry('accounts', { tier: 'gold' }),
    () => flows.UpdateEntry('accounts', id, { tier: 'gold' }),
    () => flows.DeleteEntry('accounts', id),
    () => flows.CreateEntryRelationship('accounts', id, 'tier'),
    () => flows.UpdateEntryRelationship('accounts', id, 'tier'),
    () => flows.DeleteEntryRelationship('accounts', id, 'tier'),
    () => flows.GetFlowTypeAttributes('accounts'),
    () => flows.Attributes(),
    () => sdk.Fields.Attributes(),
  ]) await refused(call(), 404);
});

test('delete', async () => {
  for (const { id } of (await sdk.Flows.All()).data) {
    await deleted(sdk.Flows.Delete(id));
    await refused(sdk.Flows.Delete(id), 404, 'flow not found');
    await refused(sdk.Flows.Get(id), 404, 'flow not found');
  }
  assertPage(await sdk.Flows.All(), { limit: 25, results: 0 });
});

test('every method was called', () => {
  everyFlowMethodWasCalled();
  everyFieldMethodWasCalled();
});
