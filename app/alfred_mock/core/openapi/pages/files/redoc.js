"use strict";

// The fonts that a machine has: those of Redoc would come from elsewhere.
const fontFamily = "system-ui, sans-serif";

Redoc.init(
  new URL("openapi.json", document.baseURI).href,
  {
    theme: {
      typography: { fontFamily, headings: { fontFamily }, code: { fontFamily: "monospace" } },
    },
  },
  document.getElementById("redoc"),
);
