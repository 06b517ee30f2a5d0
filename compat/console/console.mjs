// Drives the admin console as people do. It ends with status 1 when anything is not as it should be.
import assert from "node:assert/strict";
import { base, complaints, inspect, launch, open, picture, signIn } from "./session.mjs";
import { lookAround, readWithoutScript } from "./pages.mjs";

const browser = await launch();
try {
  const window = await open(browser);
  const page = await window.newPage();

  // Sign in: refused, and then not.
  await page.goto(base + "/console/members");
  await page.waitForURL(/sign-in\?next=/);
  await inspect(page, "sign in");
  await signIn(page);

  // An account, of which the first try is refused and keeps what was typed.
  await page.getByRole("link", { name: "New account" }).click();
  await page.getByLabel("Legal name").fill("Acme Corporation");
  await page.getByRole("button", { name: "Create account" }).click();
  await page.getByText("Must not be blank.").waitFor();
  assert.equal(await page.getByLabel("Legal name").inputValue(), "Acme Corporation");
  assert.equal(await page.evaluate(() => document.activeElement.name), "name");
  await inspect(page, "a refused form");
  await page.getByLabel("Name required").fill("Acme");
  await page.getByLabel("External reference").fill("crm-4711");
  await page.getByLabel("Registration id").fill("HRB 12345");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Acme", level: 1 }).waitFor();
  const account = new URL(page.url()).pathname;

  await page.getByLabel("Tag to add").fill("wholesale");
  await page.getByRole("button", { name: "Add tag" }).click();
  await page.getByText("The tag is added.").waitFor();
  await page.getByRole("link", { name: "New account below" }).click();
  await page.getByLabel("Name required").fill("Acme North");
  await page.getByRole("button", { name: "Create account" }).click();
  await page.getByRole("navigation", { name: "Breadcrumb" }).getByRole("link", { name: "Acme" }).waitFor();

  // A member.
  await page.getByRole("navigation", { name: "Console" }).getByRole("link", { name: "Members" }).click();
  await page.getByRole("link", { name: "New member" }).click();
  await page.getByLabel("Name required").fill("Ron Swanson");
  await page.getByLabel("E-mail address").fill("ron@example.com");
  await page.getByRole("button", { name: "Create member" }).click();
  await page.getByText("The member is created.").waitFor();
  const member = new URL(page.url()).pathname;

  // A role for memberships.
  await page.getByRole("navigation", { name: "Console" }).getByRole("link", { name: "Fields" }).click();
  await page.getByRole("link", { name: "New field of memberships" }).click();
  await page.getByLabel("Name required").fill("Role");
  await page.getByLabel("Slug").fill("role");
  await page.getByLabel("Default").fill("member");
  await page.getByLabel("Allowed values").fill("member\nbuyer\nadmin");
  await inspect(page, "a new field");
  await page.getByRole("button", { name: "Define field" }).click();
  await page.getByText("one of member, buyer, admin").waitFor();

  // The member joins, from the list of those who have not.
  await page.goto(base + account);
  await page.getByRole("link", { name: "Add a member" }).click();
  await page.getByRole("searchbox").fill("swan");
  await page.keyboard.press("Enter");
  await page.getByRole("link", { name: "Add Ron Swanson" }).click();
  assert.equal(await page.getByLabel("Role").inputValue(), "member");
  await inspect(page, "adding a member");
  await page.getByRole("button", { name: "Add member" }).click();
  await page.getByText("The member is added.").waitFor();
  await page.getByText("1 of 1,000").waitFor();

  // Another window watches the feed while the role is changed in the row.
  const feed = await window.newPage();
  await feed.goto(base + "/console/changes");
  await feed.getByText("Live", { exact: true }).waitFor();
  const loaded = await feed.evaluate(() => performance.timeOrigin);
  await page.getByRole("link", { name: "Edit Ron Swanson" }).click();
  await page.getByLabel("Role of Ron Swanson").selectOption("admin");
  await inspect(page, "a row that is edited");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("The membership is saved.").waitFor();
  const arrived = feed.locator(".entry.new").first();
  await arrived.waitFor();
  const text = (await arrived.innerText()).replace(/\s+/g, " ");
  assert.match(text, /updated membership/);
  assert.match(text, /Role|role/);
  assert.match(text, /member → (is now )?admin/);
  assert.equal(await feed.evaluate(() => performance.timeOrigin), loaded, "the feed was loaded again");
  await inspect(feed, "the feed with something new in it");

  // Removing asks first: in a dialog, which can be left, by the keyboard too.
  const remove = page.getByRole("link", { name: "Remove Ron Swanson" });
  await remove.click();
  const dialog = page.getByRole("dialog", { name: "Remove Ron Swanson from Acme?" });
  await dialog.waitFor();
  await picture(page, "dialog");
  await inspect(page, "a dialog");
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  assert.equal(new URL(page.url()).pathname, account);
  await remove.click();
  await dialog.getByRole("button", { name: "Remove member" }).click();
  await page.getByText("The member is removed from the account.").waitFor();
  await page.getByText("Nobody belongs to this account yet.").waitFor();
  await feed.locator(".entry.new", { hasText: "deleted" }).first().waitFor();
  await feed.close();

  await lookAround(browser, page, { account, member });
  await readWithoutScript(browser, { account, member });

  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByText("You are signed out.").waitFor();
  assert.deepEqual(complaints, []);
} catch (error) {
  console.error([error.stack, ...complaints].join("\n"));
  process.exitCode = 1;
} finally {
  await browser.close();
}
