// What the pages do beyond what they do without it: a feed that moves, dialogs in place of pages that ask again, and a look
// at a file's size before it is sent.
"use strict";

let asking = false;

// Links that lead to a page which asks whether something is really to be done show that page's question in a dialog.
async function confirmHere(link) {
  const answer = await fetch(link.href, { headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const question = page.getElementById("confirmation");
  if (!answer.ok || answer.redirected || !question) {
    location.href = link.href; // whatever it is, it is a page of its own
    return;
  }
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-labelledby", "question");
  dialog.append(document.adoptNode(question));
  document.body.append(dialog);
  dialog.addEventListener("close", () => {
    dialog.remove();
    link.focus();
  });
  dialog.querySelector("[data-cancel]").addEventListener("click", (event) => {
    event.preventDefault();
    dialog.close();
  });
  dialog.showModal();
  dialog.querySelector("[data-cancel]").focus();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-confirm]");
  const plain = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  if (link && plain) {
    event.preventDefault();
    if (!asking) { // a second click asks nothing twice
      asking = true;
      confirmHere(link).catch(() => { location.href = link.href; }).finally(() => { asking = false; });
    }
  }
});

// The feed shows changes as they are made, the newest first, and as many as are worth keeping.
const mostEntries = 200;

function follow(feed, state) {
  const events = new EventSource(feed.dataset.events);
  const say = (text, on) => {
    state.hidden = false;
    state.classList.toggle("on", on);
    if (state.textContent !== text) {
      state.textContent = text;
    }
  };
  events.addEventListener("open", () => say("Live", true));
  events.addEventListener("error", () => {
    say(events.readyState === EventSource.CLOSED ? "No longer live: load the page again" : "Connecting again", false);
  });
  events.addEventListener("change", (event) => {
    const piece = document.createElement("template");
    piece.innerHTML = event.data; // rendered, and escaped, by the console
    const entry = piece.content.firstElementChild;
    if (feed.querySelector(`[data-sequence="${CSS.escape(entry.dataset.sequence)}"]`)) {
      return;
    }
    entry.classList.add("new");
    feed.prepend(entry);
    document.getElementById("nothing")?.remove();
    while (feed.children.length > mostEntries) {
      feed.lastElementChild.remove();
    }
  });
  addEventListener("pagehide", () => events.close());
}

const feed = document.querySelector("[data-events]");
if (feed) {
  follow(feed, document.getElementById("live"));
}

// A file that is too large is refused before it is sent: the server would cut the connection in the middle.
for (const input of document.querySelectorAll("input[data-most]")) {
  input.addEventListener("change", () => {
    const large = input.files.length > 0 && input.files[0].size > Number(input.dataset.most);
    input.setCustomValidity(large ? "The file is too large." : "");
    input.reportValidity();
  });
  input.form.addEventListener("submit", (event) => {
    if (!input.reportValidity()) {
      event.preventDefault();
    }
  });
}

// A page that comes back from the browser's memory has no feed any more.
addEventListener("pageshow", (event) => {
  if (event.persisted) {
    location.reload();
  }
});

// Browsers set no focus of their own where the address names a place on the page.
addEventListener("load", () => {
  if (location.hash) {
    document.querySelector("[autofocus]")?.focus();
  }
});
