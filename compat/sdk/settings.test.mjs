import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMember, realmOf, refused, signedIn, watch } from './client.mjs';

const sdk = await signedIn();
const everyMethodWasCalled = [watch(sdk.AccountMembershipSettings), watch(sdk.AccountAuthenticationSettings)];

test('membership settings', async () => {
  const type = 'account_membership_setting';
  assert.deepEqual(await sdk.AccountMembershipSettings.Get(), { data: { type, membership_limit: 10_000 } });
  const update = (membership_limit) => sdk.AccountMembershipSettings.Update({ type, membership_limit });
  assert.deepEqual(await update(5), { data: { type, membership_limit: 5 } });
  assert.deepEqual(await sdk.AccountMembershipSettings.Get(), { data: { type, membership_limit: 5 } });
  for (const bad of [0, -1, 10_001, 1.5, '5', null]) await refused(update(bad), 400, /membership_limit/);
  await refused(sdk.AccountMembershipSettings.Update({ membership_limit: 5 }), 400, /type/);
  await update(10_000);
});

test('authentication settings', async () => {
  const { data } = await sdk.AccountAuthenticationSettings.Get();
  const { id, relationships, ...rest } = data;
  assert.ok(id);
  assert.equal(relationships.authentication_realm.data.type, 'authentication_realm');
  assert.equal(await realmOf(sdk), relationships.authentication_realm.data.id);
  assert.equal(rest.type, 'account_authentication_settings');
  assert.equal(rest.enable_self_signup, false);
  assert.equal(rest.auto_create_account_for_account_members, false);
  assert.equal(rest.account_member_self_management, 'disabled');
  assert.equal(rest.account_management_authentication_token_timeout_secs, 86_400);
  assert.equal(rest.meta.client_id, 'account-management');

  const update = (body) => sdk.AccountAuthenticationSettings.Update(body);
  const changed = (await update({ enable_self_signup: true, account_management_authentication_token_timeout_secs: 60 })).data;
  assert.deepEqual([changed.enable_self_signup, changed.account_management_authentication_token_timeout_secs], [true, 60]);
  assert.equal(changed.account_member_self_management, 'disabled');
  assert.deepEqual((await sdk.AccountAuthenticationSettings.Get()).data, changed);
  await refused(update({ enable_self_signup: 'yes' }), 400, /enable_self_signup/);
  await refused(update({ account_member_self_management: 'everything' }), 400, /account_member_self_management/);
  await refused(update({ account_management_authentication_token_timeout_secs: 0 }), 400, /timeout_secs/);
  await refused(update({ type: 'settings' }), 400, /type/);
  assert.deepEqual((await update(data)).data, data); // what was read can be sent back
});

test('a member gets an account of its own where the settings say so', async () => {
  await sdk.AccountAuthenticationSettings.Update({ auto_create_account_for_account_members: true });
  const member = await createMember(sdk, await realmOf(sdk), 'Single Member');
  const { data, included } = await sdk.AccountMemberships.With('accounts').AllOnAccountMember(member.id);
  assert.equal(data.length, 1);
  assert.deepEqual(included.accounts.map(({ name }) => name), ['Single Member']);
});

test('every method was called', () => everyMethodWasCalled.forEach((check) => check()));
