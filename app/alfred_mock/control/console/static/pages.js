"use strict";
// What the pages beside the requests need and htmx does not do by itself.

// A region is not renewed while somebody answers a question in it.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.matches("[data-region]") && event.target.querySelector(":popover-open")) {
    event.preventDefault();
  }
});

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
