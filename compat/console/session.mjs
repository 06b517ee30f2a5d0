// A browser that is looked after: whatever a page complains about fails the test.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

export const base = process.env.ROSTER_CONSOLE_URL;
const clientID = process.env.ROSTER_CONSOLE_CLIENT_ID;
const clientSecret = process.env.ROSTER_CONSOLE_CLIENT_SECRET;
const pictures = process.env.ROSTER_SCREENSHOTS;

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export const desk = { width: 1280, height: 860 };
export const phone = { width: 390, height: 844 };

export async function launch() {
  return chromium.launch({
    executablePath: process.env.ROSTER_BROWSER,
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}

export const complaints = [];

// open is a window of its own: what it looks like, and whether it runs JavaScript.
export async function open(browser, options = {}) {
  const context = await browser.newContext({ viewport: desk, reducedMotion: "reduce", ...options });
  context.setDefaultTimeout(20_000);
  context.on("page", (page) => {
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type()) && !expected(message)) {
        complaints.push(`${page.url()}: ${message.type()}: ${message.text()}`);
      }
    });
    page.on("pageerror", (error) => complaints.push(`${page.url()}: ${error}`));
    page.on("requestfailed", (request) => {
      const leaving = request.failure()?.errorText === "net::ERR_ABORTED"; // a feed ends with its page
      if (!leaving) {
        complaints.push(`${request.url()}: ${request.failure()?.errorText}`);
      }
    });
    page.on("request", (request) => {
      if (!request.url().startsWith(base + "/console")) {
        complaints.push(`${page.url()} asks for ${request.url()}`);
      }
    });
  });
  return context;
}

// expected tells what the browser says about an answer that refuses: the forms of the test are refused on purpose.
function expected(message) {
  return /status of 4(03|04|09|22)/.test(message.text());
}

export async function signIn(page) {
  await page.goto(base + "/console");
  await page.getByLabel("Client id").fill(clientID);
  await page.getByLabel("Client secret").fill(clientSecret);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Accounts", level: 1 }).waitFor();
}

// inspect has axe-core look at the page. Why through evaluate: a script tag would break the page's policy.
export async function inspect(page, what) {
  await page.evaluate(axe);
  const { violations, passes } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  if (passes.length < 10) {
    complaints.push(`${what}: axe-core looked at nothing`);
  }
  for (const v of violations) {
    const where = v.nodes.map((n) => n.target.join(" ") + ": " + n.failureSummary.replaceAll("\n", " ")).join("; ");
    const line = `${what}: ${v.impact}: ${v.id}: ${v.help}: ${where}`;
    if (["serious", "critical"].includes(v.impact)) {
      complaints.push(line);
    } else {
      console.log("axe-core remarks: " + line);
    }
  }
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (wide > 0) {
    complaints.push(`${what}: the page is ${wide} pixels wider than the window`);
  }
}

// picture keeps what the page looks like, where somebody asked for it.
export async function picture(page, name) {
  if (pictures) {
    await page.screenshot({ path: `${pictures}/${name}.png` });
  }
}
