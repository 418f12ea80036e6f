// `Authorization: amx <id>:<signature>:<nonce>:<timestamp>`, computed as the official clients do.

import { md5 } from "./md5.js";

/**
 * The header that signs a request.
 *
 * `key` is base64, `url` absolute, `body` a Uint8Array.
 */
export async function amxHeader(id, key, method, url, body) {
  if (!globalThis.crypto?.subtle) {
    throw new Error("This browser signs on https pages and on localhost only.");
  }
  const timestamp = String(Math.floor(Date.now() / 1000));
  const nonce = crypto.randomUUID().replaceAll("-", "");
  const encodedUrl = encodeURIComponent(new URL(url).href.split("#")[0]).toLowerCase();
  const hashed = body.length > 0 ? base64(md5(body)) : "";
  const raw = id + method.toUpperCase() + encodedUrl + timestamp + nonce + hashed;
  const hmac = { name: "HMAC", hash: "SHA-256" };
  const imported = await crypto.subtle.importKey("raw", bytesOf(key), hmac, false, ["sign"]);
  const signature = await crypto.subtle.sign("HMAC", imported, new TextEncoder().encode(raw));
  return `amx ${id}:${base64(new Uint8Array(signature))}:${nonce}:${timestamp}`;
}

function base64(bytes) {
  return btoa(String.fromCharCode(...bytes));
}

function bytesOf(text) {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    throw new Error("The key of HMAC is not base64.");
  }
}
