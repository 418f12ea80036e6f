// Swagger UI for the document beside this page, with an Authorize that also signs for HMAC.

import { amxHeader } from "./amx.js";

const HMAC = "HMAC";
const SIGN = "amx-of ";
let ui = null;

/** Two fields for what HMAC needs, where Swagger UI knows one for the whole header only. */
function hmacFields(Original, { React, getComponent }) {
  const element = React.createElement;
  return function HmacAuth(props) {
    const { name, schema, authorized, onChange } = props;
    const [pair, setPair] = React.useState({ id: "", key: "" });
    if (name !== HMAC) {
      return element(Original, props);
    }
    const change = (part) => (event) => {
      const changed = { ...pair, [part]: event.target.value.trim() };
      setPair(changed);
      onChange({ name, schema, value: valueOf(changed) });
    };
    const isAuthorized = Boolean(authorized?.get(name));
    const field = (part, label, type) =>
      element(
        "div",
        { className: "wrapper" },
        element("label", { htmlFor: `hmac-${part}` }, label),
        isAuthorized
          ? element("code", null, " ******")
          : element("input", { id: `hmac-${part}`, type, onChange: change(part), autoComplete: "off" }),
      );
    const Markdown = getComponent("Markdown", true);
    return element(
      "div",
      null,
      element("h4", null, element("code", null, name), " (signed in this page)"),
      isAuthorized ? element("h6", null, "Authorized") : null,
      element(Markdown, { source: schema.get("description") }),
      field("id", "Id (secret_key of the official clients):", "text"),
      field("key", "Key, in base64 (their api_key):", "password"),
    );
  };
}

function valueOf({ id, key }) {
  return id && key ? SIGN + JSON.stringify([id, key]) : "";
}

/** Sends each request to where the page came from, and signs it if HMAC is authorized. */
async function prepare(request) {
  const asked = new URL(request.url, document.baseURI);
  request.url = hereInsteadOf(asked).href;
  const given = request.headers?.Authorization;
  if (typeof given === "string" && given.startsWith(SIGN)) {
    const [id, key] = JSON.parse(given.slice(SIGN.length));
    const body = await asSent(request);
    const method = request.method ?? "GET";
    request.headers.Authorization = await amxHeader(id, key, method, asked.href, body);
  }
  return request;
}

/** A server with a public URL names itself by that, which clients sign; this page may be open at
 * another one. */
function hereInsteadOf(asked) {
  const url = ui?.specSelectors.specJson().getIn(["servers", 0, "url"]);
  const named = url?.includes("://") ? new URL(`${url.replace(/\/$/, "")}/`) : null;
  if (named?.origin !== asked.origin) {
    return asked;
  }
  const path = asked.href.slice(asked.origin.length);
  const below = path.startsWith(named.pathname) ? path.slice(named.pathname.length) : path.slice(1);
  return new URL(below, document.baseURI);
}

/** The bytes of a body. What the browser would make of a form only when sending is made here. */
async function asSent(request) {
  if (request.body === undefined || request.body === null || request.body === "") {
    return new Uint8Array();
  }
  const response = new Response(request.body);
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (request.body instanceof FormData) {
    const type = response.headers.get("Content-Type");
    request.body = bytes;
    // Swagger UI takes the type of a form away, for the browser to choose the boundary.
    request.userFetch = (url, { headers, ...others }) =>
      fetch(url, { ...others, headers: { ...headers, "Content-Type": type } });
  }
  return bytes;
}

ui = SwaggerUIBundle({
  url: new URL("openapi.json", document.baseURI).href,
  dom_id: "#swagger-ui",
  deepLinking: true,
  displayRequestDuration: true,
  validatorUrl: null,
  showMutatedRequest: true,
  requestInterceptor: prepare,
  plugins: [{ wrapComponents: { apiKeyAuth: hmacFields } }],
});
