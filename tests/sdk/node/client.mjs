// Drives @tagshelf/alfred for a test: `node client.mjs URL AUTH`, AUTH being the SDK's auth
// configuration as JSON. Each line on stdin is a JSON array, the action and its arguments; each is
// answered with a line of JSON: {"result": …}, or {"error": …} with what the SDK threw. Bytes are
// base64, there and back.
import { createInterface } from "node:readline";

import { AlfredClient, Configuration } from "@tagshelf/alfred";

const [url, auth] = process.argv.slice(2);
const client = new AlfredClient(
  Configuration.v1("production", { baseURL: url }),
  JSON.parse(auth),
);

const actions = {
  create: () => client.sessions.create(),
  get: (id) => client.sessions.get(id),
  whoAmI: async () => (await client.accounts.whoAmI()).data,
  uploadFile: ({ file, ...payload }, base64) => {
    const buffer = Buffer.from(base64, "base64");
    return client.files.uploadFile({ ...payload, file: { ...file, buffer } });
  },
  upload: (payload) => client.files.upload(payload),
  getFile: (id) => client.files.get(id),
  download: async (id) => {
    const { buffer, ...rest } = await client.files.download(id);
    return { ...rest, base64: buffer.toString("base64") };
  },
  createJob: (job) => client.jobs.create(job),
  getJob: (id) => client.jobs.get(id),
  getValues: (id) => client.dataPoints.getValues(id),
};

for await (const line of createInterface({ input: process.stdin })) {
  const [action, ...rest] = JSON.parse(line);
  let answer;
  try {
    answer = { result: await actions[action](...rest) };
  } catch (error) {
    const { message, status, data } = error;
    answer = { error: { name: error.constructor.name, message, status, data } };
  }
  console.log(JSON.stringify(answer));
}
