import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertPage, assertTimes, createAccount, createMember, deleted, ids, join, names, realmOf, refused, signedIn, unknown, url, watch } from './client.mjs';

const sdk = await signedIn();
const realm = await realmOf(sdk);
// A shopper's login is not part of this API, and neither endpoint has attributes.
const everyMemberMethodWasCalled = watch(sdk.AccountMembers, ['GenerateAccountToken', 'Attributes']);
const everyUserMethodWasCalled = watch(sdk.UserAuthenticationInfo, ['Attributes']);

test('a user of the realm is an account member with the same id', async () => {
  const body = { data: { type: 'user_authentication_info', name: 'Leslie Knope', email: 'Leslie@Pawnee.example' } };
  const created = await sdk.UserAuthenticationInfo.Create(realm, body);
  const user = created.data;
  assert.deepEqual([user.type, user.name, user.email], ['user_authentication_info', 'Leslie Knope', 'Leslie@Pawnee.example']);
  assertTimes(user.meta);
  assert.equal(user.meta.creation_status, 'COMPLETE');
  assert.deepEqual((await sdk.UserAuthenticationInfo.Get(realm, user.id)).data, user);

  const member = (await sdk.AccountMembers.Get(user.id)).data;
  assert.deepEqual([member.id, member.type, member.name, member.email], [user.id, 'account_member', user.name, user.email]);
  assertTimes(member.meta.timestamps);
  assert.equal(member.links.self, `${url}/v2/account-members/${user.id}`);
});

test('create is refused', async () => {
  const create = (data, of = realm) => sdk.UserAuthenticationInfo.Create(of, { data });
  const type = 'user_authentication_info';
  await refused(create({ name: 'No type', email: 'a@example.com' }), 400, /type/);
  await refused(create({ type, email: 'a@example.com' }), 400, /name/);
  await refused(create({ type, name: 'No address', email: 'nowhere' }), 400, /email/);
  await refused(create({ type, name: 'No realm', email: 'a@example.com' }, unknown), 404);
});

test('update changes both faces', async () => {
  const user = await createMember(sdk, realm, 'April Ludgate');
  const update = (data, id = user.id, of = realm) => sdk.UserAuthenticationInfo.Update(of, id, { data: { type: 'user_authentication_info', ...data } });
  const updated = (await update({ name: 'April Dwyer' })).data;
  assert.deepEqual([updated.name, updated.email], ['April Dwyer', user.email]);
  assert.equal((await sdk.AccountMembers.Get(user.id)).data.name, 'April Dwyer');
  assert.deepEqual((await sdk.UserAuthenticationInfo.Update(realm, user.id, { data: updated })).data, updated);
  await refused(update({ email: 'nowhere' }), 400, /email/);
  await refused(update({ name: 'x' }, unknown), 404);
  await refused(update({ name: 'x' }, user.id, unknown), 404);
});

test('limit, offset and filter of members and users', async () => {
  for (const n of [1, 2, 3]) await createMember(sdk, realm, `Page ${n}`);
  const filter = { like: { name: 'Page *' } };
  for (const [endpoint, ...args] of [[sdk.AccountMembers], [sdk.UserAuthenticationInfo, realm]]) {
    const first = await endpoint.Filter(filter).Limit(2).All(...args);
    assertPage(first, { limit: 2, results: 3 });
    const second = await endpoint.Filter(filter).Limit(2).Offset(2).All(...args);
    assertPage(second, { limit: 2, offset: 2, results: 3 });
    assert.deepEqual([...names(first), ...names(second)].sort(), ['Page 1', 'Page 2', 'Page 3']);
    const found = async (filter) => names(await endpoint.Filter(filter).All(...args));
    assert.deepEqual(await found({ eq: { email: 'page.2@example.com' } }), ['Page 2']);
    assert.deepEqual(await found({ ilike: { email: '*2@EXAMPLE.COM' } }), ['Page 2']);
    assert.equal((await endpoint.With('foo').Sort('name').All(...args)).included, undefined); // neither does anything here
    await refused(endpoint.Filter({ eq: { nonsense: 'x' } }).All(...args), 400, /^Could not parse the supplied filter/);
  }
  assert.ok((await sdk.AccountMembers.Filter({ is_null: ['given_name', 'family_name'] }).All()).data.length >= 3);
  await refused(sdk.UserAuthenticationInfo.All(unknown), 404);
  await refused(sdk.AccountMembers.Get(unknown), 404, 'account member not found');
});

test('unassigned members', async () => {
  const account = await createAccount(sdk, 'Parks');
  const [tom, donna, jerry] = await Promise.all(['Free Tom', 'Free Donna', 'Free Jerry'].map((name) => createMember(sdk, realm, name)));
  await join(sdk, account, tom);
  const free = { like: { name: 'Free *' } };
  const list = await sdk.AccountMembers.Filter(free).UnassignedAccountMembers(account.id);
  assert.deepEqual(ids(list).sort(), [donna.id, jerry.id].sort());
  assert.ok(list.data.every(({ type }) => type === 'account_member'));
  assertPage(await sdk.AccountMembers.Filter(free).Limit(1).Offset(1).UnassignedAccountMembers(account.id), { limit: 1, offset: 1, results: 2 });
  assert.deepEqual(ids(await sdk.AccountMembers.Filter({ eq: { email: donna.email } }).UnassignedAccountMembers(account.id)), [donna.id]);
  await refused(sdk.AccountMembers.UnassignedAccountMembers(unknown), 404, 'account not found');
});

test('delete removes the member and its memberships', async () => {
  const account = await createAccount(sdk, 'Left');
  const user = await createMember(sdk, realm, 'Ann Perkins');
  await join(sdk, account, user);
  await deleted(sdk.UserAuthenticationInfo.Delete(realm, user.id));
  await refused(sdk.AccountMembers.Get(user.id), 404, 'account member not found');
  await refused(sdk.UserAuthenticationInfo.Get(realm, user.id), 404);
  await refused(sdk.UserAuthenticationInfo.Delete(realm, user.id), 404);
  assert.deepEqual((await sdk.AccountMemberships.All(account.id)).data, []);
});

test('every method was called', () => {
  everyMemberMethodWasCalled();
  everyUserMethodWasCalled();
});
