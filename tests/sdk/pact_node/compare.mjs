// Compares an OpenAPI document with contracts: `node compare.mjs DOCUMENT CONTRACT…` prints what does
// not agree as a JSON list, each with its code and message.
import { readFileSync } from "node:fs";

import { Comparator } from "@pactflow/openapi-pact-comparator";

const [document, ...contracts] = process.argv.slice(2).map((path) => JSON.parse(readFileSync(path, "utf8")));
const comparator = new Comparator(document);
const found = [];
for (const contract of contracts) {
  for await (const { type, code, message, interactionDescription, mockDetails } of comparator.compare(contract)) {
    found.push({ type, code, message, interaction: interactionDescription, at: mockDetails?.location });
  }
}
console.log(JSON.stringify(found));
