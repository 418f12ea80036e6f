"use strict";
// What htmx does not do by itself. Everything is bound to the document, so that it also holds for
// what is swapped in later.

document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-submits-itself]");
  if (form) form.requestSubmit();
});

document.addEventListener("keydown", (event) => {
  const isTyping = event.target.matches("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
    const filter = document.querySelector("[data-filter]");
    if (filter) {
      event.preventDefault();
      filter.focus();
      filter.select();
    }
  }
});

// <button data-copy="ID"> copies the text, or the value, of the element with that id.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  await copyText(source.value ?? source.textContent);
  const said = button.textContent;
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = said; }, 1500);
});

async function copyText(text) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }
  // Without https there is no clipboard but on this machine.
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "hidden";
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

// What the last request has answered is not about the next one.
document.addEventListener("htmx:beforeRequest", () => {
  document.getElementById("notice")?.replaceChildren();
});

// The live list. It is paused by its button and, so that hidden tabs do not use up the connections
// that a browser has for one server, a while after its tab is hidden.
const MOST_ROWS = 1000;
const HIDDEN_MS = 5000;
let source = null;
let isPaused = false;
let missed = 0;
let hiding = null;

// The extension connects again by itself after an error: then from the newest row on.
if (window.htmx) {
  htmx.createEventSource = (url) => {
    const newest = document.querySelector("[data-live] [data-number]");
    const asked = new URL(url, location.href);
    if (newest) asked.searchParams.set("after", newest.dataset.number);
    source = new EventSource(asked);
    source.addEventListener("open", sayState);
    source.addEventListener("error", sayState);
    return source;
  };
}

document.addEventListener("htmx:sseBeforeMessage", (event) => {
  if (!isPaused) return;
  event.preventDefault();
  missed += event.detail.data.split("<tr ").length - 1;
  sayState();
});

document.addEventListener("htmx:sseMessage", (event) => {
  const rows = event.target.closest?.("[data-live]")?.rows;
  while (rows && rows.length > MOST_ROWS) {
    const last = rows[rows.length - 1];
    (last.matches(".more") ? rows[rows.length - 2] : last).remove();
  }
});

// Rows may have come or gone since the button was made.
document.addEventListener("htmx:configRequest", (event) => {
  if (!event.target.matches("[data-older]")) return;
  const shown = event.target.closest("tbody").querySelectorAll("[data-number]");
  event.detail.path = event.detail.path.replace(/before=\d+/, `before=${shown[shown.length - 1].dataset.number}`);
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-pause]");
  if (!button) return;
  isPaused = !isPaused;
  button.setAttribute("aria-pressed", isPaused);
  if (!isPaused && missed) loadAgain();
  missed = 0;
  sayState();
});

document.addEventListener("visibilitychange", () => {
  clearTimeout(hiding);
  if (document.hidden) {
    hiding = setTimeout(() => { source?.close(); }, HIDDEN_MS);
  } else if (source?.readyState === EventSource.CLOSED && !isPaused) {
    loadAgain();
  }
});

function loadAgain() {
  const filter = document.querySelector("[data-filter]");
  if (filter) htmx.trigger(filter, "again");
}

function sayState() {
  const isConnected = source?.readyState === EventSource.OPEN;
  document.querySelector("[data-live]")?.toggleAttribute("data-connected", isConnected);
  const said = document.querySelector("[data-said]");
  if (!said) return;
  if (isPaused) said.textContent = missed ? `Paused, ${missed} new` : "Paused";
  else said.textContent = isConnected ? "Live" : "Connecting";
}
