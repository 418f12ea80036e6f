// The contracts of two applications that call Alfred with @tagshelf/alfred: `node consumer.mjs FOLDER`
// writes them there, once the client has made its way with what each contract promises. What happens
// in an outage has a contract of its own: no document says it.
import assert from "node:assert/strict";

import { MatchersV3, PactV4 } from "@pact-foundation/pact";
import { AlfredClient, Configuration } from "@tagshelf/alfred";

const { fromProviderState, like, regex, uuid } = MatchersV3;
const SESSION = "0f767925-b464-4ffa-b621-1a0aeacad257";
const FILE = "5a0f4f3c-3ad0-4f0c-8d6b-3a6a1a5f8f10";
const UNKNOWN = "456f1234-e89b-12d3-a456-426655440000";

const common = { provider: "alfred", dir: process.argv[2], logLevel: "error" };
const pact = new PactV4({ ...common, consumer: "archive" });
const inOutage = new PactV4({ ...common, consumer: "patience" });
const key = { "X-TagshelfAPI-Key": fromProviderState("${api_key}", "a-key") };
const answer = { "X-Request-ID": like("an-id"), "X-RateLimit-Limit": regex(/\d+/, "10000") };

function client(url) {
  return new AlfredClient(Configuration.v1("production", { baseURL: url }), { apiKey: "a-key" });
}

await pact
  .addInteraction()
  .given("a deferred session exists", { user_name: "Ana" })
  .uponReceiving("a session")
  .withRequest("GET", fromProviderState("/api/deferred/detail/${session_id}", `/api/deferred/detail/${SESSION}`), (request) => request.headers(key))
  .willRespondWith(200, (response) =>
    response.headers(answer).jsonBody({
      id: uuid(SESSION),
      status: "open",
      user_name: "Ana",
      creation_date: regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}$/, "2022-11-17T00:00:00.000"),
    }),
  )
  .executeTest(async (mock) => {
    assert.equal((await client(mock.url).sessions.get(SESSION)).status, "open");
  });

await pact
  .addInteraction()
  .given("no deferred session exists", { id: UNKNOWN })
  .uponReceiving("an unknown session")
  .withRequest("GET", `/api/deferred/detail/${UNKNOWN}`, (request) => request.headers(key))
  .willRespondWith(404, (response) =>
    response.headers(answer).jsonBody({ error: "Not Found", message: like("It does not exist.") }),
  )
  .executeTest(async (mock) => {
    await assert.rejects(client(mock.url).sessions.get(UNKNOWN), { status: 404 });
  });

await pact
  .addInteraction()
  .given("a job exists", { stage: "completed" })
  .uponReceiving("a file of a job")
  .withRequest("GET", fromProviderState("/api/file/detail/${file_id}", `/api/file/detail/${FILE}`), (request) => request.headers(key))
  .willRespondWith(200, (response) =>
    response.headers(answer).jsonBody({ id: uuid(FILE), status: "finished", tag_name: "FACTURA" }),
  )
  .executeTest(async (mock) => {
    assert.equal((await client(mock.url).files.get(FILE)).status, "finished");
  });

await inOutage
  .addInteraction()
  .given("the rate limit is exhausted")
  .uponReceiving("one session too many")
  .withRequest("POST", "/api/deferred/create", (request) => request.headers(key))
  .willRespondWith(429, (response) =>
    response.headers({ ...answer, "Retry-After": regex(/\d+/, "1") }).jsonBody({ error: "Too Many Requests" }),
  )
  .executeTest(async (mock) => {
    await assert.rejects(client(mock.url).sessions.create(), { status: 429 });
  });
