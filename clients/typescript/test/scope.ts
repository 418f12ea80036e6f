import { connect, WaitError } from "alfred-mock-client";
import assert from "node:assert/strict";
import { test } from "node:test";

import { alfred, server } from "./support.js";

const PING = "/api/tagshelf/ping";

test("a fault applies as often as it says, to one company", async () => {
  const [ours, other] = [await server().company(), await server().company()];
  const fault = await ours.fail("/api/tagshelf/*", { method: "GET", status: 503, times: 2 });
  const statuses = [];
  for (const company of [ours, other, ours, ours]) {
    statuses.push((await alfred(company, "GET", PING)).status);
  }
  assert.deepEqual(statuses, [503, 200, 503, 200]);
  const shown = await fault.shown();
  assert.deepEqual([shown?.remaining, shown?.fired], [0, 2]);
});

test("a sequence may have statuses, effects and nothing", async () => {
  const company = await server().company();
  await company.fail(PING, { sequence: [500, null, { status: 429, message: "Slowly." }] });
  const answers = [];
  for (let sent = 0; sent < 3; sent += 1) {
    answers.push(await alfred(company, "GET", PING));
  }
  assert.deepEqual(
    answers.map(({ status }) => status),
    [500, 200, 429],
  );
  assert.equal(answers[2]?.answer.message, "Slowly.");
});

test("faults are listed and cleared", async () => {
  const company = await server().company();
  const first = await company.fail(undefined, { status: 500 });
  const second = await company.fail(PING, { status: 503 });
  assert.deepEqual(
    (await company.faults()).map((fault) => fault.id),
    [first.id, second.id],
  );
  await first.clear();
  assert.equal(await first.shown(), undefined);
  assert.equal((await alfred(company, "GET", PING)).status, 503);
  await company.clearFaults();
  assert.deepEqual(await company.faults(), []);
  assert.equal((await alfred(company, "GET", PING)).status, 200);
});

test("requests are listed, counted, waited for and forgotten", async () => {
  const company = await server().company();
  const waiting = company.waitForRequests({ path: PING }, { count: 2 });
  await alfred(company, "GET", PING);
  await alfred(company, "GET", "/api/deferred/detail/none");
  await alfred(company, "GET", PING);
  assert.deepEqual(
    (await waiting).map(({ method, path, status }) => [method, path, status]),
    [
      ["GET", PING, 200],
      ["GET", PING, 200],
    ],
  );
  assert.equal(await company.countRequests(), 3);
  assert.equal(await company.countRequests({ status: "4xx" }), 1);
  assert.equal((await company.requests({ path: "/api/deferred/*" })).length, 1);
  await company.clearRequests();
  assert.deepEqual(await company.requests(), []);
});

test("what was waited for in vain is an error with what came", async () => {
  const company = await server().company();
  await alfred(company, "GET", PING);
  await assert.rejects(company.waitForRequests({}, { count: 2, timeout: 0 }), (error: unknown) => {
    assert.ok(error instanceof WaitError);
    assert.equal(error.status, 408);
    assert.match(error.message, /1 of 2 requests/);
    return true;
  });
});

test("a clock is frozen, moved, and goes on", async () => {
  const { clock } = await server().company();
  const at = await clock.freeze("2030-01-01T00:00:00Z");
  assert.equal(at.toISOString(), "2030-01-01T00:00:00.000Z");
  assert.equal((await clock.advance(90)).toISOString(), "2030-01-01T00:01:30.000Z");
  assert.equal((await clock.now()).toISOString(), "2030-01-01T00:01:30.000Z");
  const set = new Date("2031-02-03T04:05:06Z");
  await clock.freeze(set);
  assert.deepEqual(await clock.now(), set);
  await clock.resume();
  assert.ok((await clock.set(set)) >= set);
  const ahead = (await clock.offset(3600)).getTime() - Date.now();
  assert.ok(ahead > 3_000_000 && ahead < 4_200_000);
  const real = (await clock.clear()).getTime() - Date.now();
  assert.ok(Math.abs(real) < 600_000);
});

test("a company is seeded and read, and reset to that", async () => {
  const company = await server().company();
  const id = "1f767925-b464-4ffa-b621-1a0aeacad257";
  const session = { id, creation_date: "2030-01-01", user_name: "Somebody" };
  await company.seed({ deferred_sessions: [session] });
  const { companies = [] } = await company.readSeed();
  assert.deepEqual(
    companies.map((each) => [each.id, each.deferred_sessions?.map(({ id }) => id)]),
    [[company.id, [id]]],
  );
  await company.removeSession(id);
  await company.reset();
  assert.equal((await alfred(company, "GET", `/api/deferred/detail/${id}`)).status, 200);
});

test("a server is seeded and read through another handle, which may let go of it", async () => {
  const elsewhere = connect(server().url);
  const id = "2f767925-b464-4ffa-b621-1a0aeacad257";
  await elsewhere.seed({ companies: [{ id, name: "Seeded" }] });
  const { companies = [] } = await server().readSeed();
  assert.equal(companies.find((company) => company.id === id)?.name, "Seeded");
  await elsewhere.stop();
  assert.equal((await fetch(`${server().url}/livez`)).status, 200);
});
