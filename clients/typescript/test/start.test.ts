import { connect, ControlError, start, StartError } from "alfred-mock-client";
import assert from "node:assert/strict";
import { test } from "node:test";

test("a started server answers and logs, until it is stopped", async () => {
  const server = await start({ settings: { "access-log": true } });
  const headers = { "X-TagshelfAPI-Key": "alfred-mock-demo-key" };
  const ping = await fetch(`${server.url}/api/tagshelf/ping`, { headers });
  assert.equal(ping.status, 401, "there is no demo company");
  await server.stop();
  await assert.rejects(fetch(`${server.url}/livez`));
  assert.match(server.log, /GET \/api\/tagshelf\/ping 401/);
  await server.stop();
});

test("a server with a token is handled by who has it", async () => {
  const server = await start({ env: { ALFRED_MOCK_ADMIN_TOKEN: "a-token-of-the-tests" } });
  const company = await server.company({ name: "Ours" });
  assert.equal(company.name, "Ours");
  assert.ok(company.adminToken);
  const narrow = connect(server.url, { adminToken: company.adminToken });
  await assert.rejects(narrow.company(), (error: ControlError) => error.status === 403);
  await assert.rejects(connect(server.url).company(), (error: unknown) => {
    assert.ok(error instanceof ControlError);
    assert.equal(error.status, 401);
    assert.equal((error.answer as { error: string }).error, "Unauthorized");
    return true;
  });
  await server.stop();
});

test("what keeps a server from starting is said", async () => {
  await assert.rejects(start({ settings: { progression: "never" } }), (error: unknown) => {
    assert.ok(error instanceof StartError);
    assert.match(error.message, /progression/i);
    return true;
  });
  await assert.rejects(start({ command: ["no-such-alfred-mock"] }), /StartError.*ENOENT/);
});

test("a server that is not there is an error that names it", async () => {
  const error = await connect("http://127.0.0.1:9").company().catch((problem: unknown) => problem);
  assert.ok(error instanceof ControlError);
  assert.equal(error.status, undefined);
  assert.match(error.message, /^no answer from http:\/\/127\.0\.0\.1:9: /);
  assert.ok(error.cause);
});

test("what is no URL is refused at once", () => {
  assert.throws(() => connect("127.0.0.1:8000"), TypeError);
});
