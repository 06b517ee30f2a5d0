import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertPage, assertTimes, createMember, deleted, ids, realmOf, refused, signedIn, unknown, watch } from './client.mjs';

const sdk = await signedIn();
const realm = await realmOf(sdk);
const everyMethodWasCalled = [sdk.PasswordProfile, sdk.UserAuthenticationPasswordProfile].map((endpoint) => watch(endpoint, ['Attributes']));

const profiles = sdk.PasswordProfile;
const logins = sdk.UserAuthenticationPasswordProfile;
const profileType = 'password_profile';
const loginType = 'user_authentication_password_profile_info';

const createProfile = async (name, more) => (await profiles.Create(realm, { data: { type: profileType, name, ...more } })).data;

test('password profiles', async () => {
  const profile = await createProfile('Staff', { username_format: 'email' });
  assert.deepEqual([profile.type, profile.name, profile.username_format], [profileType, 'Staff', 'email']);
  assertTimes(profile.meta);
  assert.deepEqual((await profiles.Get({ realmId: realm, profileId: profile.id })).data, profile);
  assert.equal((await createProfile('Anything')).username_format, 'any');

  const updated = (await profiles.Update(realm, profile.id, { data: { type: profileType, name: 'Everybody' } })).data;
  assert.deepEqual([updated.name, updated.username_format], ['Everybody', 'email']);
  assert.deepEqual((await profiles.Update(realm, profile.id, { data: updated })).data, updated);

  const all = await profiles.Limit(1).All(realm);
  assertPage(all, { limit: 1, results: 2 });
  assertPage(await profiles.Limit(1).Offset(1).All(realm), { limit: 1, offset: 1, results: 2 });
  assert.equal((await profiles.With('foo').Sort('name').Filter({ eq: { name: 'x' } }).All(realm)).data.length, 2); // the SDK sends none of these

  await refused(profiles.Create(realm, { data: { name: 'No type' } }), 400, /type/);
  await refused(profiles.Create(realm, { data: { type: profileType } }), 400, /name/);
  await refused(createProfile('Odd', { username_format: 'phone' }), 400, /username_format/);
  await refused(profiles.Create(unknown, { data: { type: profileType, name: 'x' } }), 404);
  await refused(profiles.All(unknown), 404);
  await refused(profiles.Get({ realmId: realm, profileId: unknown }), 404);
  await refused(profiles.Update(realm, unknown, { data: { type: profileType, name: 'x' } }), 404);
  await refused(profiles.Delete(realm, unknown), 404);
});

test('usernames and passwords', async () => {
  const profile = await createProfile('Shoppers', { username_format: 'email' });
  const user = await createMember(sdk, realm, 'Ron Swanson');
  const create = (data, of = user.id) => logins.Create(realm, of, { data: { type: loginType, password_profile_id: profile.id, ...data } });

  const created = await create({ username: 'ron@example.com', password: 'correct horse' });
  const login = created.data;
  assert.deepEqual([login.type, login.username, login.password_profile_id], [loginType, 'ron@example.com', profile.id]);
  assertTimes(login.meta);
  assert.ok(!JSON.stringify(created).includes('correct horse') && !('password' in login));
  assert.deepEqual((await logins.Get(realm, user.id, login.id)).data, login);

  await refused(create({ username: 'ron@example.com', password: 'correct horse' }), 409);
  await refused(create({ username: 'no address', password: 'correct horse' }), 400, /username/);
  await refused(create({ password: 'correct horse' }), 400, /username/);
  await refused(create({ username: 'b@example.com' }), 400, /password/);
  await refused(create({ username: 'b@example.com', password: 'x' }), 400, /password/);
  await refused(create({ username: 'b@example.com', password: 'é'.repeat(37) }), 400, /password/); // bcrypt's 72 bytes
  await refused(create({ username: 'b@example.com', password: 'correct horse', password_profile_id: 'no-id' }), 400, /password_profile_id/);
  await refused(create({ username: 'b@example.com', password: 'correct horse', password_profile_id: unknown }), 404);
  await refused(create({ username: 'b@example.com', password: 'correct horse' }, unknown), 404);
  await refused(create({ type: 'password', username: 'b@example.com', password: 'correct horse' }), 400, /type/);

  const second = (await create({ username: 'duke.silver@example.com', password: 'saxophone!' })).data;
  const list = await logins.Limit(1).All(realm, user.id);
  assertPage(list, { limit: 1, results: 2 });
  assertPage(await logins.Limit(1).Offset(1).All(realm, user.id), { limit: 1, offset: 1, results: 2 });
  assert.deepEqual(ids(await logins.With('foo').Sort('id').Filter({ eq: { id: 'x' } }).All(realm, user.id)).sort(), [login.id, second.id].sort()); // the SDK sends none of these

  const update = (data, id = login.id) => logins.Update(realm, user.id, id, { data: { type: loginType, ...data } });
  assert.equal((await update({ username: 'swanson@example.com' })).data.username, 'swanson@example.com');
  assert.equal((await logins.Update(realm, user.id, login.id, { data: { type: loginType, password: 'another horse' } }, null, 'a-shopper-token')).data.username, 'swanson@example.com');
  await refused(update({ username: 'duke.silver@example.com' }), 409);
  await refused(update({ password: 'x' }), 400, /password/);
  await refused(update({ username: 'x@example.com' }, unknown), 404);
  await refused(logins.All(realm, unknown), 404);

  await deleted(logins.Delete(realm, user.id, login.id));
  await refused(logins.Delete(realm, user.id, login.id), 404);
  await refused(logins.Get(realm, user.id, login.id), 404);
  await deleted(profiles.Delete(realm, profile.id));
  assert.deepEqual(ids(await logins.All(realm, user.id)), []);
});

test('every method was called', () => everyMethodWasCalled.forEach((check) => check()));
