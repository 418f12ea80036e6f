// Makes a test of each example in the README that has one, so that they are compiled and run.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";

const folder = new URL("examples/", import.meta.url);
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder);
const readme = readFileSync(new URL("../README.md", import.meta.url), "utf-8");
const examples = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map((found) => found[1]);
if (examples.length === 0) {
  throw new Error("the README has no example");
}
examples.forEach((text, index) => {
  writeFileSync(new URL(`readme_${index + 1}.test.ts`, folder), text);
});
