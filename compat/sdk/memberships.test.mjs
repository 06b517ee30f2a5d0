import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertPage, assertTimes, createAccount, createMember, deleted, ids, join, realmOf, refused, signedIn, unknown, url, watch } from './client.mjs';

const sdk = await signedIn();
const realm = await realmOf(sdk);
// There are no attributes of memberships. Sort is in the SDK's base class and is never sent.
const everyMethodWasCalled = watch(sdk.AccountMemberships, ['Attributes']);

const account = await createAccount(sdk, 'Parks');
const [ron, leslie, tom] = await Promise.all(['Ron Swanson', 'Leslie Knope', 'Tom Haverford'].map((name) => createMember(sdk, realm, name)));

test('create and get', async () => {
  const created = await sdk.AccountMemberships.Create(account.id, { type: 'account_membership', account_member_id: ron.id });
  const { data } = created;
  assert.deepEqual([data.type, data.account_member_id], ['account_membership', ron.id]);
  assert.deepEqual(data.relationships, { account_member: { data: { id: ron.id, type: 'account_member' } } });
  assertTimes(data.meta.timestamps);
  const self = `${url}/v2/accounts/${account.id}/account-memberships/${data.id}`;
  assert.deepEqual([data.links.self, created.links.self], [self, self]);
  assert.deepEqual((await sdk.AccountMemberships.Get(account.id, data.id)).data, data);
});

test('create is refused', async () => {
  const create = (body, of = account.id) => sdk.AccountMemberships.Create(of, body);
  const type = 'account_membership';
  const taken = await refused(create({ type, account_member_id: ron.id }), 409, 'account membership with the given account id and account member id already exists');
  assert.equal(taken.code, 'already_member');
  await refused(create({ type, account_member_id: ron.id }, unknown), 404, 'account not found');
  await refused(create({ type, account_member_id: unknown }), 404, 'account member not found');
  await refused(create({ account_member_id: leslie.id }), 400, /type/);
  await refused(create({ type: 'account_member', account_member_id: leslie.id }), 400, /type/);
  await refused(create({ type }), 400, /account_member_id/);
  await refused(create({ type, account_member_id: 'no-id' }), 400, /account_member_id/);
  await refused(create({ type, account_member_id: 7 }), 400, /account_member_id/);
  await refused(create(), 400);
});

test('list with limit, offset, filter and include', async () => {
  const memberships = sdk.AccountMemberships;
  for (const member of [leslie, tom]) await join(sdk, account, member);
  const all = await memberships.All(account.id);
  assertPage(all, { limit: 25, results: 3 });
  assert.deepEqual(all.data.map((m) => m.account_member_id).sort(), [ron.id, leslie.id, tom.id].sort());
  assert.equal(all.included, undefined);

  const first = await memberships.Limit(2).All(account.id);
  assertPage(first, { limit: 2, results: 3 });
  const second = await memberships.Limit(2).Offset(2).All(account.id);
  assertPage(second, { limit: 2, offset: 2, results: 3 });
  assert.deepEqual([...ids(first), ...ids(second)], ids(all));

  const found = async (filter) => (await memberships.Filter(filter).All(account.id)).data.map((m) => m.account_member_id).sort();
  assert.deepEqual(await found({ eq: { account_member_id: tom.id } }), [tom.id]);
  assert.deepEqual(await found({ like: { account_member_id: `${tom.id}*` } }), [tom.id]);
  assert.deepEqual(await found({ in: { account_member_id: [tom.id, ron.id, unknown] } }), [tom.id, ron.id].sort());
  assert.deepEqual(await found({ ilike: { account_member: { name: '*SWANSON' } } }), [ron.id]);
  assert.deepEqual(await found({ le: { created_at: '1999-01-01' } }), []);
  await refused(memberships.Filter({ eq: { name: 'x' } }).All(account.id), 400, /^Could not parse the supplied filter/);
  await refused(memberships.Filter({ eq: { account_member_id: 'no-id' } }).All(account.id), 400, /^Could not parse the supplied filter/);

  for (const include of ['account_members', 'account_member', 'Account_Members', ['account_member', 'foo']]) {
    const { included } = await memberships.With(include).Limit(2).All(account.id);
    assert.deepEqual(included.account_members.map((m) => m.id).sort(), first.data.map((m) => m.account_member_id).sort());
    assert.ok(included.account_members.every(({ name, email, type }) => name && email && type === 'account_member'));
  }
  assert.equal((await memberships.With('foo').Sort('id').All(account.id)).included, undefined);
  await refused(memberships.All(unknown), 404, 'account not found');
});

test('list by member', async () => {
  const memberships = sdk.AccountMemberships;
  const other = await createAccount(sdk, 'Entertainment 720');
  const membership = await join(sdk, other, tom);
  const all = await memberships.AllOnAccountMember(tom.id);
  assertPage(all, { limit: 25, results: 2 });
  const row = all.data.find(({ id }) => id === membership.id);
  assert.deepEqual(row.relationships, { account: { data: { id: other.id, type: 'account' } } });
  assert.equal(row.account_member_id, tom.id);
  assertPage(await memberships.Limit(1).Offset(1).AllOnAccountMember(tom.id), { limit: 1, offset: 1, results: 2 });
  assert.deepEqual(ids(await memberships.Filter({ eq: { account_id: other.id } }).AllOnAccountMember(tom.id)), [membership.id]);
  assert.deepEqual(ids(await memberships.Filter({ like: { account: { name: 'Entertainment*' } } }).AllOnAccountMember(tom.id)), [membership.id]);
  for (const include of ['accounts', 'account']) {
    const { included } = await memberships.With(include).AllOnAccountMember(tom.id);
    assert.deepEqual(included.accounts.map(({ name }) => name).sort(), ['Entertainment 720', 'Parks']);
  }
  assert.deepEqual((await memberships.With('accounts').AllOnAccountMember((await createMember(sdk, realm, 'Nobody')).id)).data, []);
  await refused(memberships.AllOnAccountMember(unknown), 404, 'account member not found');
});

test('delete', async () => {
  const membership = await join(sdk, account, await createMember(sdk, realm, 'Mark Brendanawicz'));
  const other = await createAccount(sdk, 'Not his');
  await refused(sdk.AccountMemberships.Delete(other.id, membership.id), 404, 'account membership not found');
  await deleted(sdk.AccountMemberships.Delete(account.id, membership.id));
  await refused(sdk.AccountMemberships.Delete(account.id, membership.id), 404, 'account membership not found');
  await refused(sdk.AccountMemberships.Get(account.id, membership.id), 404, 'account membership not found');
  await refused(sdk.AccountMemberships.Get(unknown, membership.id), 404, 'account not found');
});

test('a member at its limit is 422, an account deleted takes its memberships along', async () => {
  const { data } = await sdk.AccountMembershipSettings.Update({ type: 'account_membership_setting', membership_limit: 1 });
  assert.equal(data.membership_limit, 1);
  const full = await createMember(sdk, realm, 'Busy Chris');
  const [first, second] = [await createAccount(sdk, 'First'), await createAccount(sdk, 'Second')];
  await join(sdk, first, full);
  const error = await refused(join(sdk, second, full), 422);
  assert.deepEqual([error.code, error.meta], ['member_at_limit', { limit: 1, used: 1 }]);
  await deleted(sdk.Accounts.Delete(first.id));
  await join(sdk, second, full);
  await sdk.AccountMembershipSettings.Update({ type: 'account_membership_setting', membership_limit: 10_000 });
});

test('every method was called', everyMethodWasCalled);
