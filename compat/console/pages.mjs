// Every page, in light and in dark, on a desk and on a phone, with JavaScript and without it.
import assert from "node:assert/strict";
import { base, desk, inspect, open, phone, picture, signIn } from "./session.mjs";

// post sends a form, and returns where that led to.
function post(page, path, values) {
  return page.evaluate(async ([path, values]) => {
    const token = document.querySelector('[name="console.token"]').value;
    const answer = await fetch(path, { method: "POST", body: new URLSearchParams({ "console.token": token, ...values }) });
    if (!answer.ok) {
      throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    }
    return answer.url;
  }, [path, values]);
}

// people fills the console, so that its pages have something to show.
async function people(page, account) {
  const send = (path, values) => post(page, path, values);
  const names = ["Leslie Knope", "April Ludgate", "Andy Dwyer", "Donna Meagle", "Tom Haverford", "Ann Perkins", "Ben Wyatt",
    "Chris Traeger", "Jerry Gergich"];
  for (const [i, name] of names.entries()) {
    const email = name.toLowerCase().replace(" ", ".") + "@example.com";
    const member = new URL(await send("/console/members", { name, email })).pathname.split("/").pop();
    await send(account + "/memberships", { "console.member": member, role: ["member", "buyer", "admin"][i % 3] });
  }
  for (const [name, reference] of [["Sweetums", "crm-4712"], ["Entertainment 720", "crm-4713"], ["JJ's Diner", "crm-4714"],
    ["Food and Stuff", "crm-4715"], ["Pawnee Parks Department", "crm-4716"], ["Snakehole Lounge", "crm-4717"]]) {
    const made = new URL(await send("/console/accounts", { name, external_ref: reference, parent_id: "" })).pathname;
    await send(made + "/tags", { name: reference.endsWith("5") ? "wholesale" : "retail" });
  }
}

export async function lookAround(browser, page, { account, member }) {
  await page.goto(base + account);
  await people(page, account);
  await page.goto(base + account);
  const membership = await page.getByRole("link", { name: "History of Leslie Knope" }).getAttribute("href");
  await post(page, membership, { "was.role": "member", role: "admin" });
  await post(page, account, { "was.legal_name": "Acme Corporation", legal_name: "Acme Corporation Inc." });
  await page.goto(base + "/console/fields");
  const field = await page.getByRole("link", { name: "Edit Role" }).getAttribute("href");
  const paths = ["/console/accounts", "/console/accounts?q=nothing-like-that", "/console/accounts/new", account, account + "/edit",
    account + "/delete", account + "/add", membership, membership + "/remove", "/console/members", "/console/members/new", member,
    member + "/edit", member + "/delete", "/console/fields", "/console/fields/new", field, field.replace(/edit$/, "delete"),
    "/console/settings", "/console/changes", "/console/import", "/console/nowhere"];
  const cookies = await page.context().cookies();
  for (const colorScheme of ["light", "dark"]) {
    for (const viewport of [desk, phone]) {
      const window = await open(browser, { colorScheme, viewport });
      await window.addCookies(cookies);
      const look = await window.newPage();
      for (const path of colorScheme === "dark" && viewport === phone ? [account] : paths) { // the colours are the same there
        await look.goto(base + path);
        await inspect(look, `${path}, ${colorScheme}, ${viewport.width} wide`);
      }
      await pictures(look, { account }, colorScheme, viewport);
      await window.close();
    }
  }
  await importing(page);
  await theKeyboard(page);
}

// pictures are those that the documentation shows.
async function pictures(page, { account }, colorScheme, viewport) {
  const shown = { "light 1280": [["accounts", "/console/accounts"], ["account", account], ["changes", "/console/changes"]],
    "dark 390": [["account-phone-dark", account]] };
  for (const [name, path] of shown[`${colorScheme} ${viewport.width}`] ?? []) {
    await page.goto(base + path);
    if (name === "changes") {
      await page.getByText("Live", { exact: true }).waitFor();
    }
    await picture(page, name);
  }
}

// importing tries an upload, and then imports it.
async function importing(page) {
  await page.goto(base + "/console/import");
  const file = { name: "accounts.csv", mimeType: "text/csv", buffer: Buffer.from("name,legal_name\nLil Sebastian,\n,Nobody\n") };
  await page.getByLabel("File").setInputFiles(file);
  await page.getByRole("button", { name: "Try it" }).click();
  await page.getByText("Nothing has been written yet.").waitFor();
  await inspect(page, "what would become of an upload");
  await page.getByRole("button", { name: "Import it" }).click();
  await page.getByText("The file is imported.").waitFor();
  await page.goto(base + "/console/accounts?q=Lil");
  await page.getByRole("link", { name: "Lil Sebastian" }).waitFor();
}

// theKeyboard reaches the content without going through the navigation.
async function theKeyboard(page) {
  await page.goto(base + "/console/accounts");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement.id === "main");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "New account");
}

// readWithoutScript looks at what is there for those who have no JavaScript, and removes somebody on the page that asks.
export async function readWithoutScript(browser, { account, member }) {
  const window = await open(browser, { javaScriptEnabled: false });
  const page = await window.newPage();
  await signIn(page);
  await page.getByRole("link", { name: "Acme", exact: true }).click();
  await page.getByRole("heading", { name: "Members of Acme" }).waitFor();
  await page.getByRole("row", { name: /April Ludgate/ }).getByText("buyer").waitFor();
  await page.getByRole("link", { name: "Remove April Ludgate" }).click();
  await page.getByRole("heading", { name: "Remove April Ludgate from Acme?" }).waitFor();
  await page.getByRole("button", { name: "Remove member" }).click();
  await page.getByText("The member is removed from the account.").waitFor();
  await page.goto(base + "/console/changes");
  const first = page.locator(".entry").first();
  await first.getByText("April Ludgate").waitFor();
  assert.match(await first.innerText(), /deleted/);
  await page.getByLabel("What").selectOption("account.created");
  await page.getByRole("button", { name: "Show" }).click();
  await page.waitForURL(/type=account.created/);
  for (const entry of await page.locator(".entry header").all()) {
    assert.match(await entry.innerText(), /^created\s+account/);
  }
  for (const [path, heading] of [[account, "Acme"], [member, "Ron Swanson"], ["/console/members", "Members"],
    ["/console/fields", "Custom fields"], ["/console/settings", "Settings"]]) {
    await page.goto(base + path);
    await page.getByRole("heading", { name: heading, level: 1 }).waitFor();
  }
  await window.close();
}
