/**
 * Makes a private home and something in it, and waits until stdin ends:
 * `make_private_home.ts <home> <run id>`.
 *
 * @module
 */

import { qwen } from "../../../lib/agents/qwen/agent.ts";
import { makePrivateHome } from "../../../lib/vault/homes/private_home.ts";

const [realHome = "", id = ""] = Deno.args;
const { env } = await makePrivateHome({
  agent: qwen,
  id,
  version: "0.12.0",
  realHome,
  dir: `${realHome}/.qwen`,
  credential: { token: "run-token-1", baseUrl: "http://127.0.0.1:9/v1" },
});
await Deno.writeTextFile(`${env.HOME}/newfile`, "new");
console.log("made");
await Array.fromAsync(Deno.stdin.readable);
