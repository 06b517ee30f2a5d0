import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertPage, assertTimes, createAccount, deleted, ids, names, refused, signedIn, unknown, url, watch } from './client.mjs';

const sdk = await signedIn();
const everyMethodWasCalled = watch(sdk.AccountTags, ['Attributes']); // there is no account-tags/attributes

const create = async (name, more) => (await sdk.AccountTags.Create({ type: 'account_tag', name, ...more })).data;

test('create and get', async () => {
  const created = await sdk.AccountTags.Create({ type: 'account_tag', name: 'vip', description: 'Served first' });
  const { data } = created;
  assert.deepEqual([data.type, data.name, data.description], ['account_tag', 'vip', 'Served first']);
  assertTimes(data.meta.timestamps);
  assert.equal(data.links?.self ?? created.links.self, `${url}/v2/account-tags/${data.id}`);
  assert.deepEqual(await sdk.AccountTags.Get(data.id), created);
});

test('create is refused', async () => {
  await refused(sdk.AccountTags.Create({ name: 'No type' }), 400, /type/);
  await refused(sdk.AccountTags.Create({ type: 'account_tag' }), 400, /name/);
  await refused(sdk.AccountTags.Create({ type: 'account_tag', name: 'vip' }), 409);
});

test('update', async () => {
  const tag = await create('gold', { description: 'Old' });
  const renamed = (await sdk.AccountTags.Update(tag.id, { type: 'account_tag', name: 'golden' })).data;
  assert.deepEqual([renamed.name, renamed.description], ['golden', 'Old']);
  assert.deepEqual((await sdk.AccountTags.Update(tag.id, renamed)).data, renamed);
  await refused(sdk.AccountTags.Update(tag.id, { type: 'account_tag', name: 'vip' }), 409);
  await refused(sdk.AccountTags.Update(tag.id, { name: 'no type' }), 400, /type/);
  await refused(sdk.AccountTags.Update(unknown, { type: 'account_tag', name: 'x' }), 404, 'account tag not found');
});

test('limit, offset and filter', async () => {
  for (const n of [1, 2, 3]) await create(`page ${n}`);
  const some = () => sdk.AccountTags.Filter({ like: { name: 'page *' } });
  const first = await some().Limit(2).All();
  assertPage(first, { limit: 2, results: 3 });
  const second = await some().Limit(2).Offset(2).All();
  assertPage(second, { limit: 2, offset: 2, results: 3 });
  assert.deepEqual([...names(first), ...names(second)].sort(), ['page 1', 'page 2', 'page 3']);
  assert.deepEqual(names(await sdk.AccountTags.Filter({ eq: { name: 'page 2' } }).All()), ['page 2']);
  assert.equal((await sdk.AccountTags.With('foo').Sort('name').All()).included, undefined); // neither does anything here
  await refused(sdk.AccountTags.Filter({ eq: { nonsense: 'x' } }).All(), 400, /^Could not parse the supplied filter/);
});

test('delete takes a tag from its accounts', async () => {
  const tag = await create('short-lived');
  const account = await createAccount(sdk, 'Tagged');
  await sdk.Accounts.AddAccountTags(account.id, [{ type: 'account_tag', id: tag.id }]);
  await deleted(sdk.AccountTags.Delete(tag.id));
  assert.equal((await sdk.Accounts.Get(account.id)).data.relationships?.account_tags, undefined);
  await refused(sdk.AccountTags.Delete(tag.id), 404, 'account tag not found');
  await refused(sdk.AccountTags.Get(tag.id), 404, 'account tag not found');
  assert.ok(!ids(await sdk.AccountTags.All()).includes(tag.id));
});

test('every method was called', everyMethodWasCalled);
