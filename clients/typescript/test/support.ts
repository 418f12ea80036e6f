import { start, type StartedServer } from "alfred-mock-client";
import { after, before } from "node:test";

let shared: StartedServer;
before(async () => {
  shared = await start({ settings: { progression: "manual" } });
});
after(() => shared?.stop());

/** The server of all tests of a process; there once they run. */
export function server(): StartedServer {
  return shared;
}

/** What a client of Alfred would do. */
export async function alfred(
  company: { url: string; headers: Readonly<Record<string, string>> },
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; answer: any }> {
  const response = await fetch(company.url + path, {
    method,
    headers: { ...company.headers, "Content-Type": "application/json" },
    body: body === undefined ? null : JSON.stringify(body),
  });
  return { status: response.status, answer: await response.json() };
}

/** A job with one file. */
export async function makeJob(company: Parameters<typeof alfred>[0]): Promise<{ jobId: string; fileId: string }> {
  const { answer: session } = await alfred(company, "POST", "/api/deferred/create");
  const form = new FormData();
  form.append("session_id", session.session_id);
  form.append("file", new Blob(["%PDF-1.7"], { type: "application/pdf" }), "invoice.pdf");
  const uploaded = await fetch(`${company.url}/api/file/uploadfile`, {
    method: "POST",
    headers: company.headers,
    body: form,
  });
  const { file_id: fileId } = (await uploaded.json()) as { file_id: string };
  const job = { session_id: session.session_id, merge: false };
  const { answer: made } = await alfred(company, "POST", "/api/job/create", job);
  return { jobId: made.job_id, fileId };
}
