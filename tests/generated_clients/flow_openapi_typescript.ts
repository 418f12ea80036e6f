// The flow with the types of openapi-typescript and its client openapi-fetch: URL, key.
import createClient from "openapi-fetch";
import type { paths } from "./schema";

async function flow(url: string, key: string): Promise<void> {
  const client = createClient<paths>({ baseUrl: url, headers: { "X-TagshelfAPI-Key": key } });
  const created = (await client.POST("/api/deferred/create")).data!;
  const form = new FormData();
  form.append("session_id", created.session_id);
  form.append("file", new File(["content"], "a.txt"));
  const uploaded = (
    await client.POST("/api/file/uploadfile", {
      body: { session_id: created.session_id, file: "" },
      bodySerializer: () => form,
    })
  ).data!;
  const { job_id } = (await client.POST("/api/job/create", { body: { session_id: created.session_id } as never })).data!;
  const job = (await client.GET("/api/job/detail/{id}", { params: { path: { id: job_id } } })).data!;
  const file = (await client.GET("/api/file/detail/{id}", { params: { path: { id: uploaded.file_id } } })).data!;
  const content = await client.GET("/api/file/download/{id}", {
    params: { path: { id: uploaded.file_id } },
    parseAs: "text",
  });
  const seen = [job.stage, file.file_name, content.data];
  if (seen.join() !== ["completed", "a.txt", "content"].join()) throw new Error(seen.join());
  console.log("flow done");
}

flow(process.argv[2]!, process.argv[3]!).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
