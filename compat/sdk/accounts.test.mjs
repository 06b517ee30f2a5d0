import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertPage, assertTimes, createAccount, deleted, ids, names, refused, signedIn, unknown, url, watch } from './client.mjs';

const sdk = await signedIn();
// The API has no accounts/attributes; the SDK's base class only thinks that everything has.
const everyMethodWasCalled = watch(sdk.Accounts, ['Attributes']);

test('create and get', async () => {
  const body = { type: 'account', name: 'Pawnee', legal_name: 'City of Pawnee', registration_id: 'P-1', external_ref: 'crm/7' };
  const created = await sdk.Accounts.Create(body);
  const { data } = created;
  assert.deepEqual({ ...data, ...body }, data);
  assert.equal(data.parent_id, null);
  assertTimes(data.meta.timestamps);
  assert.equal(data.links.self, `${url}/v2/accounts/${data.id}`);
  assert.deepEqual(await sdk.Accounts.Get(data.id), created);
});

test('unset attributes are null', async () => {
  const { legal_name, registration_id, external_ref, parent_id } = await createAccount(sdk, 'Bare');
  assert.deepEqual([legal_name, registration_id, external_ref, parent_id], [null, null, null, null]);
});

test('create is refused', async () => {
  await refused(sdk.Accounts.Create({ name: 'No type' }), 400, /type/);
  await refused(sdk.Accounts.Create({ type: 'accounts', name: 'Wrong type' }), 400, /type/);
  await refused(sdk.Accounts.Create({ type: 'account' }), 400, /name/);
  await refused(sdk.Accounts.Create({ type: 'account', name: ' ' }), 400, /name/);
  await refused(sdk.Accounts.Create({ type: 'account', name: 7 }), 400, /name/);
  await refused(sdk.Accounts.Create({ type: 'account', name: 'Long', registration_id: 'x'.repeat(64) }), 400, /registration_id/);
  await refused(sdk.Accounts.Create({ type: 'account', name: 'Twice', registration_id: 'P-1' }), 409);
  await refused(sdk.Accounts.Create({ type: 'account', name: 'Child', parent_id: 'none' }), 400, /parent_id/);
  await refused(sdk.Accounts.Create({ type: 'account', name: 'Child', parent_id: unknown }), 404);
  await refused(sdk.Accounts.Create(), 400); // the SDK sends no body at all
  await refused(sdk.Accounts.Create({ type: 'account', name: 'No JSON', options: {} }), 400); // nor any JSON here
});

test('hierarchy', async () => {
  const root = await createAccount(sdk, 'Root');
  const child = (await sdk.Accounts.Create({ type: 'account', name: 'Child', parent_id: root.id })).data;
  const leaf = (await sdk.Accounts.Create({ type: 'account', name: 'Leaf', parent_id: child.id })).data;
  assert.equal(leaf.parent_id, child.id);
  assert.deepEqual(leaf.relationships.parent.data, { type: 'account', id: child.id });
  assert.deepEqual(leaf.relationships.ancestors, [root, child].map(({ id }) => ({ data: { id, type: 'account' } })));
  assert.deepEqual(ids(await sdk.Accounts.Filter({ eq: { parent_id: root.id } }).All()), [child.id]);
  assert.ok(!ids(await sdk.Accounts.Filter({ is_null: 'parent_id' }).All()).includes(child.id));
  await refused(sdk.Accounts.Update(leaf.id, { parent_id: root.id }), 409);
  await deleted(sdk.Accounts.Delete(child.id));
  assert.equal((await sdk.Accounts.Get(leaf.id)).data.parent_id, null);
});

test('update is partial, null clears, and what is sent back changes nothing', async () => {
  const body = { type: 'account', name: 'Eagleton', legal_name: 'Eagleton Inc.', external_ref: 'old' };
  const { data } = await sdk.Accounts.Create(body);
  const updated = (await sdk.Accounts.Update(data.id, { name: 'New Eagleton', external_ref: null })).data;
  assert.deepEqual([updated.name, updated.legal_name, updated.external_ref], ['New Eagleton', 'Eagleton Inc.', null]);
  assert.equal(updated.meta.timestamps.created_at, data.meta.timestamps.created_at);
  assert.deepEqual((await sdk.Accounts.Update(data.id, updated)).data, updated);
  await refused(sdk.Accounts.Update(data.id, { name: '' }), 400, /name/);
  await refused(sdk.Accounts.Update(data.id, { registration_id: 'P-1' }), 409);
  await refused(sdk.Accounts.Update(unknown, { name: 'x' }), 404, 'account not found');
});

test('delete', async () => {
  const { id } = await createAccount(sdk, 'Short-lived');
  await deleted(sdk.Accounts.Delete(id));
  await refused(sdk.Accounts.Delete(id), 404, 'account not found');
  await refused(sdk.Accounts.Get(id), 404, 'account not found');
  await refused(sdk.Accounts.Get('no-id-at-all'), 404, 'account not found');
});

test('limit and offset', async () => {
  for (const n of [1, 2, 3, 4, 5]) await createAccount(sdk, `Page ${n}`);
  const some = () => sdk.Accounts.Filter({ like: { name: 'Page *' } });
  const first = await some().Limit(2).All();
  assertPage(first, { limit: 2, results: 5 });
  const second = await some().Limit(2).Offset(2).All();
  assertPage(second, { limit: 2, offset: 2, results: 5 });
  const last = await some().Limit(2).Offset(4).All();
  assertPage(last, { limit: 2, offset: 4, results: 5 });
  assert.deepEqual([...names(first), ...names(second), ...names(last)].sort(), [1, 2, 3, 4, 5].map((n) => `Page ${n}`));
  assertPage(await some().Limit(0).All(), { limit: 0, results: 5 });
  assertPage(await some().Limit(1000).All(), { limit: 100, results: 5 });
  assertPage(await some().All(), { limit: 25, results: 5 });
  assert.deepEqual((await sdk.Accounts.Filter({ eq: { name: 'nobody' } }).All()).data, []);
  await refused(sdk.Accounts.Limit(-1).All(), 400, /page\[limit\]/);
  await refused(sdk.Accounts.Limit('two').All(), 400, /page\[limit\]/);
  await refused(sdk.Accounts.Offset(10_001).All(), 400, /page\[offset\]/);
  assert.equal((await sdk.Accounts.Sort('-name').Limit(1).All()).data.length, 1); // which the SDK does not send
});

test('filters as the SDK writes them', async () => {
  const make = async (name, more) => (await sdk.Accounts.Create({ type: 'account', name, ...more })).data.id;
  const filters = {
    quoted: await make(`O'Neill & "Söhne" #1`, { legal_name: 'Filters' }),
    plus: await make('a+b', { legal_name: 'Filters', external_ref: 'urn:x:1' }),
    percent: await make('100% [sure]', { legal_name: 'Filters' }),
  };
  const found = async (filter) => ids(await sdk.Accounts.Filter(filter).All()).sort();
  const all = Object.values(filters).sort();
  assert.deepEqual(await found({ eq: { legal_name: 'Filters' } }), all);
  assert.deepEqual(await found({ eq: { legal_name: 'filters' } }), []);
  assert.deepEqual(await found({ ilike: { legal_name: 'filt*' } }), all);
  assert.deepEqual(await found({ like: { name: '*Söhne*' } }), [filters.quoted]);
  assert.deepEqual(await found({ eq: { legal_name: 'Filters' }, like: { name: '100*' } }), [filters.percent]);
  assert.deepEqual(await found({ eq: { legal_name: 'Filters', external_ref: 'urn:x:1' } }), [filters.plus]);
  assert.deepEqual(await found({ in: { id: all } }), all);
  assert.deepEqual(await found({ gt: { id: all[0] }, eq: { legal_name: 'Filters' } }), all.slice(1));
  const { created_at } = (await sdk.Accounts.Get(all[0])).data.meta.timestamps;
  assert.ok((await found({ ge: { created_at }, eq: { legal_name: 'Filters' } })).includes(all[0]));
  assert.deepEqual(await found({ or: [{ eq: { external_ref: 'urn:x:1' } }, { like: { name: '100*' } }], eq: { legal_name: 'Filters' } }),
    [filters.plus, filters.percent].sort());
  // A fetch leaves plus signs alone, and a server reads them as spaces; %2B is how a plus is sent.
  assert.deepEqual(await found({ eq: { name: 'a%2Bb' } }), [filters.plus]);
});

test('bad filters say so', async () => {
  const start = /^Could not parse the supplied filter/;
  for (const filter of [{ eq: { nonsense: 'x' } }, { between: { name: 'x' } }, { gt: { name: 'x' } }, { eq: { name: '(' } }]) {
    const error = await refused(sdk.Accounts.Filter(filter).All(), 400, start);
    assert.deepEqual(error.source, { parameter: 'filter' });
  }
  const many = { or: Array.from({ length: 11 }, (_, i) => ({ eq: { name: `n${i}` } })) };
  await refused(sdk.Accounts.Filter(many).All(), 400, start);
});

test('tags: add, include, filter, remove', async () => {
  const account = await createAccount(sdk, 'Tagged');
  const tag = async (name) => (await sdk.AccountTags.Create({ type: 'account_tag', name })).data;
  const [press, wholesale] = [await tag('press'), await tag('wholesale')];
  const refs = (...tags) => tags.map(({ id }) => ({ type: 'account_tag', id }));

  const added = await sdk.Accounts.AddAccountTags(account.id, refs(press, wholesale));
  assert.deepEqual(ids(added).sort(), [press.id, wholesale.id].sort());
  assert.deepEqual(ids(await sdk.Accounts.AddAccountTags(account.id, refs(press))).length, 2);

  const list = await sdk.Accounts.With('account_tags').Filter({ contains: { account_tags: press.id } }).All();
  assert.deepEqual(ids(list), [account.id]);
  assert.deepEqual(list.data[0].relationships.account_tags.data.map((t) => t.id).sort(), [press.id, wholesale.id].sort());
  assert.deepEqual(list.included.account_tags.map((t) => t.name).sort(), ['press', 'wholesale']);
  const single = await sdk.Accounts.With(['Account_Tags', 'foo']).Get(account.id);
  assert.equal(single.included.account_tags.length, 2);
  assert.equal((await sdk.Accounts.With('foo').All()).included, undefined);

  await refused(sdk.Accounts.AddAccountTags(account.id, refs({ id: unknown })), 404);
  await refused(sdk.Accounts.AddAccountTags(unknown, refs(press)), 404, 'account not found');
  await refused(sdk.Accounts.AddAccountTags(account.id, [{ type: 'tag', id: press.id }]), 400);
  await refused(sdk.Accounts.AddAccountTags(account.id, { type: 'account_tag', id: press.id }), 400);

  assert.deepEqual(ids(await sdk.Accounts.DeleteAccountTags(account.id, refs(press))), [wholesale.id]);
  assert.deepEqual(ids(await sdk.Accounts.Filter({ contains: { account_tags: press.id } }).All()), []);
  await refused(sdk.Accounts.DeleteAccountTags(unknown, refs(press)), 404, 'account not found');
});

test('every method was called', everyMethodWasCalled);
