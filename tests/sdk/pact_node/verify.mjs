// Verifies contracts: `node verify.mjs OPTIONS`, OPTIONS being those of the Verifier as JSON. Ends
// with status 1 where one of them is broken.
import { Verifier } from "@pact-foundation/pact";

try {
  console.log(await new Verifier({ provider: "alfred", logLevel: "error", ...JSON.parse(process.argv[2]) }).verifyProvider());
} catch (error) {
  console.log(error.message);
  process.exitCode = 1;
}
