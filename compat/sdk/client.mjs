// The SDK against the server that the environment names, and what the tests say about its answers.

import assert from 'node:assert/strict';
import { STATUS_CODES } from 'node:http';
import { gateway, MemoryStorageFactory } from '@elasticpath/js-sdk';

export const unknown = '24e939f6-178f-497b-9d64-5bf2b5a70a2e'; // an id that nothing has

const { ROSTER_URL, ROSTER_CLIENT_ID, ROSTER_CLIENT_SECRET } = process.env;
assert.ok(ROSTER_URL, 'ROSTER_URL must name a running server; `make compat` starts one');
export const url = ROSTER_URL;

// connect makes a client that has not signed in yet.
export function connect(options) {
  return gateway({
    host: new URL(url).host,
    protocol: 'http',
    client_id: ROSTER_CLIENT_ID,
    client_secret: ROSTER_CLIENT_SECRET,
    storage: new MemoryStorageFactory(),
    retryDelay: 1, // milliseconds; the default is a second
    retryJitter: 1,
    ...options,
  });
}

// signedIn makes a client that has a token, so that a call's chain is not kept for the call after it.
export async function signedIn(options) {
  const sdk = connect(options);
  await sdk.Authenticate();
  return sdk;
}

// realmOf asks for the id of the realm that account members belong to, as every client does first.
export async function realmOf(sdk) {
  const { data } = await sdk.AccountAuthenticationSettings.Get();
  return data.relationships.authentication_realm.data.id;
}

export async function createAccount(sdk, name) {
  return (await sdk.Accounts.Create({ type: 'account', name })).data;
}

export async function createMember(sdk, realm, name) {
  const email = `${name.toLowerCase().replaceAll(' ', '.')}@example.com`;
  const body = { data: { type: 'user_authentication_info', name, email } };
  return (await sdk.UserAuthenticationInfo.Create(realm, body)).data;
}

export async function join(sdk, account, member) {
  return (await sdk.AccountMemberships.Create(account.id, { type: 'account_membership', account_member_id: member.id })).data;
}

export async function createFlow(sdk, slug) {
  return (await sdk.Flows.Create({ name: slug, slug, description: '', enabled: true })).data;
}

// createField makes a field of a flow. It has the name of its slug.
export async function createField(sdk, flow, field) {
  const relationships = { flow: { data: { type: 'flow', id: flow.id } } };
  return (await sdk.Fields.Create({ name: field.slug, ...field, relationships })).data;
}

// refused waits for a call to be rejected with errors of a status, and returns the first of them.
export async function refused(call, status, detail) {
  const body = await call.then((answer) => assert.fail(`${status} expected, but got ${JSON.stringify(answer)}`), (error) => error);
  assert.ok(Array.isArray(body.errors) && body.errors.length > 0, `no errors in ${body?.stack ?? JSON.stringify(body)}`);
  for (const error of body.errors) {
    assert.equal(error.status, String(status), JSON.stringify(body));
    assert.equal(error.title, STATUS_CODES[status]);
    assert.ok(error.detail && error.code, JSON.stringify(error));
  }
  if (detail instanceof RegExp) assert.match(body.errors[0].detail, detail);
  else if (detail) assert.equal(body.errors[0].detail, detail);
  return body.errors[0];
}

// deleted waits for an answer without a body, which the SDK resolves to this text.
export async function deleted(call) {
  assert.equal(await call, '{}');
}

export const ids = (list) => list.data.map((row) => row.id);
export const names = (list) => list.data.map((row) => row.name);
export const slugs = (list) => list.data.map((row) => row.slug);

const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

export function assertTimes(meta) {
  assert.match(meta.created_at, time);
  assert.match(meta.updated_at, time);
}

// assertPage checks what the SDK's users read to page on.
export function assertPage(list, { limit, offset = 0, results }) {
  assert.ok(list.data.length <= limit);
  assert.deepEqual(list.meta.page, {
    limit,
    offset,
    current: limit ? Math.floor(offset / limit) + 1 : 1,
    total: limit ? Math.max(1, Math.ceil(results / limit)) : 1,
  });
  assert.equal(list.meta.results.total, results);
  for (const name of ['current', 'first', 'last']) assert.ok(list.links[name].startsWith(url), `${name} is ${list.links[name]}`);
  if (limit) {
    assert.equal(list.links.prev === null, offset === 0);
    assert.equal(list.links.next === null, offset + limit >= results);
  }
}

// watch remembers which methods of an endpoint are called, its base classes' too; the function that it returns fails
// when one was not.
export function watch(endpoint, except = []) {
  const missing = new Set();
  for (let p = Object.getPrototypeOf(endpoint); p !== Object.prototype; p = Object.getPrototypeOf(p)) {
    for (const name of Object.getOwnPropertyNames(p)) {
      if (name === 'constructor' || except.includes(name) || Object.hasOwn(endpoint, name)) continue;
      missing.add(name);
      const method = endpoint[name];
      endpoint[name] = (...args) => {
        missing.delete(name);
        return method.apply(endpoint, args);
      };
    }
  }
  return () => assert.deepEqual([...missing], [], 'methods that no test calls');
}
