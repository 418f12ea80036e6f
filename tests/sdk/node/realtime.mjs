// Listens with @tagshelf/alfred for a test: `node realtime.mjs URL KEY CHANNEL...`. Each thing that
// happens is a line of JSON: {"connected": transport}, {"upgraded": transport}, {"disconnected":
// reason}, {"channel": name, "data": payload}. A line on stdin disconnects: {"left": milliseconds}.
import { createInterface } from "node:readline";

import { AlfredRealTimeClient, Configuration } from "@tagshelf/alfred";

const [url, key, ...names] = process.argv.slice(2);
const say = (what) => console.log(JSON.stringify(what));
const begun = performance.now();
const client = new AlfredRealTimeClient(
  Configuration.v1("production", { realTimeURL: url }),
  key,
);
client.onJobEvent((data) => say({ channel: "job_event", data }));
client.onFileEvent((data) => say({ channel: "file_event", data }));
for (const name of names) client.on(name, (data) => say({ channel: name, data }));

// What the SDK does not tell: `socket` is Socket.IO's own.
const { io } = client.socket;
client.socket.on("connect", () => {
  say({ connected: io.engine.transport.name });
  io.engine.on("upgrade", (transport) => say({ upgraded: transport.name }));
});
client.socket.on("disconnect", (reason) => say({ disconnected: reason }));

const input = createInterface({ input: process.stdin });
input.once("line", () => {
  const asked = performance.now();
  client.disconnect();
  process.stdin.destroy(); // nothing but the connection keeps the process
  process.once("exit", () => say({ left: performance.now() - asked }));
});
