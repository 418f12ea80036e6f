// The flow with the client of openapi-generator's `typescript-fetch`: URL, key.
import { Configuration, DeferredSessionApi, FileApi, JobApi } from "./client";

async function flow(url: string, key: string): Promise<void> {
  const config = new Configuration({
    basePath: url,
    apiKey: (name: string) => (name === "X-TagshelfAPI-Key" ? key : ""),
  });
  const [sessions, files, jobs] = [new DeferredSessionApi(config), new FileApi(config), new JobApi(config)];
  const { sessionId } = await sessions.deferredSessionCreate();
  const { fileId } = await files.fileUploadfile({ sessionId, file: new File(["content"], "a.txt") });
  const { jobId } = await jobs.jobCreate({ jobCreate: { sessionId } });
  const job = await jobs.jobDetail({ id: jobId });
  const session = await sessions.deferredSessionDetail({ id: sessionId });
  const file = await files.fileDetail({ id: fileId });
  const content = await (await files.fileDownload({ id: fileId })).text();
  const seen = [job.stage, session.jobId, file.fileName, content];
  if (seen.join() !== ["completed", jobId, "a.txt", "content"].join()) throw new Error(seen.join());
  console.log("flow done");
}

flow(process.argv[2]!, process.argv[3]!).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
