import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryStorageFactory } from '@elasticpath/js-sdk';
import { connect, refused, signedIn } from './client.mjs';

const credentials = (storage) => JSON.parse(storage.get('epCredentials'));

test('a token is what the SDK keeps and counts on', async () => {
  const answer = await connect().Authenticate();
  assert.equal(answer.token_type, 'Bearer');
  assert.equal(answer.identifier, 'client_credentials');
  assert.ok(answer.access_token.length > 20);
  assert.ok(Number.isInteger(answer.expires) && Number.isInteger(answer.expires_in));
  const drift = answer.expires - Date.now() / 1000 - answer.expires_in;
  assert.ok(Math.abs(drift) < 60, `expires is ${drift} seconds off`);
});

test('the first call signs in, and later calls use its token', async () => {
  const storage = new MemoryStorageFactory();
  const sdk = connect({ storage });
  await sdk.Accounts.All();
  const first = credentials(storage).access_token;
  await sdk.Accounts.All();
  assert.equal(credentials(storage).access_token, first);
});

test('a token that is not known any more is replaced, and the call repeated', async () => {
  const storage = new MemoryStorageFactory();
  const sdk = connect({ storage });
  await sdk.Authenticate();
  storage.set('epCredentials', JSON.stringify({ ...credentials(storage), access_token: 'of-another-server' }));
  const { data } = await sdk.Accounts.Create({ type: 'account', name: 'After a new login' });
  assert.equal(data.name, 'After a new login');
  assert.notEqual(credentials(storage).access_token, 'of-another-server');
});

test('an expired token is replaced before the call', async () => {
  const storage = new MemoryStorageFactory();
  const sdk = connect({ storage });
  await sdk.Authenticate();
  const old = credentials(storage);
  storage.set('epCredentials', JSON.stringify({ ...old, expires: Math.floor(Date.now() / 1000) - 1 }));
  await sdk.Accounts.All();
  assert.notEqual(credentials(storage).access_token, old.access_token);
});

test('a secret with every kind of character is sent as a form', async () => {
  await refused(connect({ client_secret: 'ä &=+%;"' }).Accounts.All(), 401);
});

test('a wrong secret is refused, and so is an unknown client', async () => {
  await refused(connect({ client_secret: 'wrong' }).Authenticate(), 401);
  await refused(connect({ client_id: 'nobody' }).Accounts.All(), 401);
  await refused(connect({ client_id: 'nobody', client_secret: undefined }).Authenticate(), 401);
});

test('an implicit token may do nothing here', async () => {
  const sdk = connect({ client_secret: undefined });
  assert.equal((await sdk.Authenticate()).identifier, 'implicit');
  await refused(sdk.Accounts.All(), 403);
  await refused(sdk.AccountMembers.All(), 403);
  await refused(sdk.AccountMembershipSettings.Get(), 403);
  await refused(sdk.Accounts.Create({ type: 'account', name: 'Nobody' }), 403);
});

test("the SDK's optional headers change nothing", async () => {
  const sdk = await signedIn({ application: 'my-store', currency: 'USD', language: 'en', headers: { 'X-Custom': 'yes' } });
  const { data } = await sdk.Accounts.Create({ type: 'account', name: 'Headers' });
  assert.equal((await sdk.AccountMembers.All('a-shopper-token')).data.length, 0);
  assert.equal((await sdk.Accounts.All(null, { 'EP-Beta-Features': 'account-management' })).data[0].id, data.id);
});
