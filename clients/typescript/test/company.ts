import { ControlError } from "alfred-mock-client";
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";

import { alfred, makeJob, server } from "./support.js";

test("each of its credentials is the company's", async () => {
  const company = await server().company({ name: "Ours" });
  assert.equal((await alfred(company, "GET", "/api/tagshelf/ping")).status, 200);
  const login = await fetch(`${company.url}/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "password",
      username: company.user.userName,
      password: company.user.password,
    }),
  });
  assert.equal(login.status, 200);
  const { access_token: token } = (await login.json()) as { access_token: string };
  const byToken = { url: company.url, headers: { Authorization: `Bearer ${token}` } };
  assert.equal((await alfred(byToken, "GET", "/api/tagshelf/ping")).status, 200);
  assert.equal(await company.expireTokens(), 1);
  assert.equal((await alfred(byToken, "GET", "/api/tagshelf/ping")).status, 401);
  assert.ok(company.hmac.id && company.hmac.key);
});

test("a removed company has no credentials, and removing it again is no error", async () => {
  const company = await server().company();
  await company.remove();
  await company.remove();
  assert.equal((await alfred(company, "GET", "/api/tagshelf/ping")).status, 401);
});

test("its seed is there from the start, and again after a reset", async () => {
  const id = "0f767925-b464-4ffa-b621-1a0aeacad257";
  const seed = { deferred_sessions: [{ id, creation_date: "2030-01-01", user_name: "Somebody" }] };
  const company = await server().company({ seed });
  const path = `/api/deferred/detail/${id}`;
  await company.removeSession(id);
  assert.equal((await alfred(company, "GET", path)).status, 404);
  await company.reset(["state"]);
  assert.equal((await alfred(company, "GET", path)).status, 200);
});

test("jobs, files and sessions are set as no client could", async () => {
  const company = await server().company();
  const { jobId, fileId } = await makeJob(company);
  await company.setJob(jobId, { stage: "failed" });
  assert.equal((await alfred(company, "GET", `/api/job/detail/${jobId}`)).answer.stage, "failed");
  await company.setFile(fileId, { status: "failed" });
  assert.equal((await alfred(company, "GET", `/api/file/detail/${fileId}`)).answer.status, "failed");
  const { answer } = await alfred(company, "POST", "/api/deferred/create");
  const changed = await company.setSession(answer.session_id, { user_name: "Somebody" });
  assert.equal(changed.user_name, "Somebody");
  await company.removeFile(fileId);
  await company.removeJob(jobId);
  assert.equal((await alfred(company, "GET", `/api/job/detail/${jobId}`)).status, 404);
});

test("what the server refuses is an error with its message", async () => {
  const company = await server().company();
  await assert.rejects(company.setJob("0f767925-b464-4ffa-b621-1a0aeacad257", {}), (error: unknown) => {
    assert.ok(error instanceof ControlError);
    assert.ok(error.status! >= 400 && error.message);
    return true;
  });
});

test("events are listed, waited for and told", async () => {
  const company = await server().company();
  const { jobId } = await makeJob(company);
  const [created] = await company.events.wait({ name: "job_create", job: jobId });
  assert.equal(created?.job, jobId);
  await company.events.emit("job_failed", { job: jobId });
  const names = (await company.events.list({ job: jobId })).map((event) => event.name);
  assert.ok(names.includes("job_failed"));
  await assert.rejects(company.events.wait({ name: "job_finished" }, { timeout: 0 }), /WaitError/);
});

test("a webhook is delivered to, fails, and is delivered to again", async () => {
  const received: string[] = [];
  const receiver = createServer((request, response) => {
    let text = "";
    request.on("data", (more) => (text += more));
    request.on("end", () => {
      received.push(text);
      response.end("{}");
    });
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => receiver.once("listening", resolve));
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
  const company = await server().company();
  assert.equal((await company.setWebhook(url)).url, url);
  assert.equal((await company.webhook())?.url, url);
  await company.failDelivery("job_create", { lost: true, times: 1 });
  const { jobId } = await makeJob(company);
  const [created] = await company.events.wait({ name: "job_create", job: jobId });
  const again = await company.redeliver(created!.id);
  assert.equal(again.event, created!.id);
  while (!received.some((text) => text.includes(created!.id))) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.ok((await company.deliveries({ event: created!.id })).some((each) => each.state === "lost"));
  await company.removeWebhook();
  assert.equal(await company.webhook(), undefined);
  receiver.close();
});
