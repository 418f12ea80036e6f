"use strict";
// What the pages beside the requests need and htmx does not do by itself.

// A region is not renewed while somebody answers a question in it.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (isAsked(event.target)) event.preventDefault();
});

// The keyboard stays where it is in a region that is renewed.
let focused = null;
document.addEventListener("htmx:beforeSwap", (event) => {
  const region = event.detail.target;
  if (isAsked(region)) event.detail.shouldSwap = false;
  const isIn = region.matches("[data-region]") && region.contains(document.activeElement);
  focused = isIn ? nameOf(document.activeElement) : null;
});
document.addEventListener("htmx:afterSettle", () => {
  if (focused === null) return;
  const all = document.querySelectorAll("[data-region] :is(a, button, summary)");
  [...all].find((each) => nameOf(each) === focused)?.focus({ preventScroll: true });
  focused = null;
});

function isAsked(region) {
  return region.matches("[data-region]") && region.querySelector(":popover-open") !== null;
}

function nameOf(element) {
  return `${element.tagName} ${element.getAttribute("href")} ${element.ariaLabel ?? element.textContent}`;
}

// The keyboard goes on where a form has led to.
document.addEventListener("htmx:afterSwap", (event) => {
  const isLost = document.activeElement === null || document.activeElement === document.body;
  if (event.target.id === "main" && isLost) document.getElementById("main").focus({ preventScroll: true });
});

// A tab that was hidden has hung up; a stream of changes begins anew when it is looked at again.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  for (const part of document.querySelectorAll("[sse-connect]:not([data-live])")) {
    const again = part.cloneNode(true);
    part.replaceWith(again);
    htmx.process(again);
  }
});
