// Node's own client with an agent that keeps connections: prints, for each request, its status and
// whether it went over a connection that was used before.
import http from "node:http";

const [url, ...pauses] = process.argv.slice(2);
// Without a time of its own the agent does not look at what the server announces.
const agent = new http.Agent({ keepAlive: true, timeout: 60_000 });

function create() {
  return new Promise((resolve, reject) => {
    const headers = { "X-TagshelfAPI-Key": "alfred-mock-demo-key", "Content-Type": "application/json" };
    const request = http.request(
      `${url}/api/deferred/create`,
      { agent, method: "POST", headers },
      (answer) => {
        answer.resume();
        answer.on("end", () => resolve([answer.statusCode, request.reusedSocket]));
      },
    );
    request.on("error", reject);
    request.end("{}");
  });
}

for (const pause of pauses) {
  await new Promise((resolve) => setTimeout(resolve, Number(pause)));
  const [status, reused] = await create();
  console.log(status, reused);
}
agent.destroy();
