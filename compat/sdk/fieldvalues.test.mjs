import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  createAccount, createField, createFlow, createMember, deleted, ids, join, realmOf, refused, signedIn,
} from './client.mjs';

const sdk = await signedIn();
const realm = await realmOf(sdk);

const types = ['string', 'integer', 'boolean', 'float', 'date'];
const fields = types.map((type) => `my-${type}`);
const valued = (...all) => Object.fromEntries(fields.map((slug, i) => [slug, all[i] ?? null]));
const values = valued('Pit 46', Number.MAX_SAFE_INTEGER, false, 1.25, '2026-02-03 04:05:06');
const others = valued('', -1, true, -0.5, '2026-02-03T04:05:06+02:00');
const none = valued();

// Rows from before there were any fields.
const before = {
  account: await createAccount(sdk, 'Before'),
  user: await createMember(sdk, realm, 'Before Ron'),
};
before.membership = await join(sdk, before.account, before.user);

const home = await createAccount(sdk, 'Home');
const joining = await createMember(sdk, realm, 'Joining Leslie');
const accountOf = (membership) => (membership === before.membership.id ? before.account : home).id;

// How the resource of each flow is created, read, changed and listed through the SDK, and the one from before.
const resources = {
  accounts: {
    old: before.account.id,
    create: (data) => sdk.Accounts.Create({ type: 'account', name: 'With values', ...data }),
    get: (id) => sdk.Accounts.Get(id),
    update: (id, data) => sdk.Accounts.Update(id, data),
    find: (filter) => sdk.Accounts.Filter(filter).All(),
  },
  // The SDK makes and changes members as users, whose answers do not show the values.
  'account-members': {
    old: before.user.id,
    create: async (data) => {
      const body = { data: { type: 'user_authentication_info', name: 'With values', ...data } };
      return sdk.AccountMembers.Get((await sdk.UserAuthenticationInfo.Create(realm, body)).data.id);
    },
    get: (id) => sdk.AccountMembers.Get(id),
    update: async (id, data) => {
      await sdk.UserAuthenticationInfo.Update(realm, id, { data: { ...data, type: 'user_authentication_info' } });
      return sdk.AccountMembers.Get(id);
    },
    find: (filter) => sdk.AccountMembers.Filter(filter).All(),
  },
  // The SDK has no method to change a membership: its users send such a request themselves.
  'account-memberships': {
    old: before.membership.id,
    create: (data) => {
      const body = { type: 'account_membership', account_member_id: joining.id, ...data };
      return sdk.AccountMemberships.Create(home.id, body);
    },
    get: (id) => sdk.AccountMemberships.Get(accountOf(id), id),
    update: (id, data) => {
      const path = `accounts/${accountOf(id)}/account-memberships/${id}`;
      return sdk.request.send(path, 'PUT', { type: 'account_membership', ...data });
    },
    find: (filter) => sdk.AccountMemberships.Filter(filter).All(home.id),
  },
};

const valuesOf = ({ data }) => Object.fromEntries(fields.map((slug) => [slug, data[slug]]));

for (const [slug, resource] of Object.entries(resources)) {
  test(`${slug}: values stand inline`, async () => {
    const flow = await createFlow(sdk, slug);
    for (const field_type of types) await createField(sdk, flow, { slug: `my-${field_type}`, field_type });
    assert.deepEqual(valuesOf(await resource.get(resource.old)), none);

    const created = await resource.create(values);
    const { id } = created.data;
    assert.deepEqual(valuesOf(created), values);
    assert.deepEqual((await resource.get(id)).data, created.data);

    const part = { 'my-string': 'Pit 47' };
    assert.deepEqual(valuesOf(await resource.update(id, part)), { ...values, ...part });
    const changed = await resource.update(id, others);
    assert.deepEqual(valuesOf(changed), others);
    const back = await resource.update(id, changed.data); // what was read can be sent back
    assert.deepEqual(back.data, changed.data);

    const found = async (filter) => ids(await resource.find(filter));
    assert.deepEqual(await found({ eq: { 'my-integer': -1, 'my-boolean': true } }), [id]);
    assert.deepEqual(await found({ lt: { 'my-float': 0 }, ge: { 'my-date': '2026-02-03' } }), [id]);
    assert.deepEqual(await found({ in: { 'my-integer': [7, 8] } }), []);
    assert.ok(!(await found({ is_null: 'my-string' })).includes(id));
    await refused(resource.find({ gt: { 'my-boolean': true } }), 400, /^Could not parse the supplied filter/);

    const wrongType = await refused(resource.update(id, { 'my-integer': 'many' }), 400);
    assert.deepEqual([wrongType.code, wrongType.source], ['invalid_field', { pointer: '/data/my-integer' }]);
    const wrongValue = await refused(resource.update(id, { 'my-date': 'tomorrow' }), 422);
    assert.deepEqual([wrongValue.code, wrongValue.source], ['invalid_value', { pointer: '/data/my-date' }]);
    await resource.update(id, { 'no-such-field': 1 }); // ignored, as everything unknown
    assert.deepEqual(valuesOf(await resource.get(id)), others);
    assert.deepEqual(valuesOf(await resource.update(id, none)), none);
  });

  test(`${slug}: a required field with a default and options`, async () => {
    const flow = (await sdk.Flows.Filter({ eq: { slug } }).All()).data[0];
    const { id } = await createField(sdk, flow, {
      slug: 'role', field_type: 'string', required: true, default: 'member',
      validation_rules: [{ type: 'enum', options: ['member', 'admin'] }],
    });
    const row = (await resource.find({ eq: { role: 'member' } })).data[0];
    assert.equal((await resource.update(row.id, { role: 'admin' })).data.role, 'admin');
    assert.deepEqual(ids(await resource.find({ eq: { role: 'admin' } })), [row.id]);
    const wrong = await refused(resource.update(row.id, { role: 'owner' }), 422, /member, admin/);
    assert.deepEqual([wrong.code, wrong.source], ['invalid_value', { pointer: '/data/role' }]);
    await refused(resource.update(row.id, { role: null }), 422, /role/);

    await sdk.Fields.Update(id, { slug: 'function', validation_rules: [] });
    assert.equal((await resource.update(row.id, { function: 'owner' })).data.function, 'owner');
    await sdk.Fields.Update(id, { enabled: false });
    assert.ok(!('function' in (await resource.get(row.id)).data));
    await sdk.Fields.Update(id, { enabled: true });
    assert.equal((await resource.get(row.id)).data.function, 'owner');
    await deleted(sdk.Fields.Delete(id));
    assert.ok(!('function' in (await resource.get(row.id)).data));
  });

  test(`${slug}: null is left out where the field says so`, async () => {
    const flow = (await sdk.Flows.Filter({ eq: { slug } }).All()).data[0];
    await createField(sdk, flow, { slug: 'title', field_type: 'string', omit_null: true });
    const row = (await resource.find({ is_null: 'title' })).data[0];
    assert.ok(!('title' in row));
    assert.equal((await resource.update(row.id, { title: 'Director' })).data.title, 'Director');
    assert.ok(!('title' in (await resource.update(row.id, { title: null })).data));
    await sdk.Flows.Update(flow.id, { enabled: false });
    assert.ok(!('my-string' in (await resource.get(row.id)).data));
    await sdk.Flows.Update(flow.id, { enabled: true });
  });
}

test('what is included and what is unassigned shows its values', async () => {
  const title = { title: 'Director' };
  await resources['account-members'].update(joining.id, title);
  await sdk.Accounts.Update(home.id, title);
  const { included } = await sdk.AccountMemberships.With('account_members').All(home.id);
  assert.deepEqual(included.account_members.map((m) => m.title), ['Director']);
  const other = await sdk.AccountMemberships.With('accounts').AllOnAccountMember(joining.id);
  assert.deepEqual(other.included.accounts.map((a) => a.title), ['Director']);
  const unassigned = await sdk.AccountMembers.Filter({ eq: title }).UnassignedAccountMembers(before.account.id);
  assert.deepEqual(unassigned.data.map((m) => [m.id, m.title]), [[joining.id, 'Director']]);
});
