/**
 * Prints the proxy that the agent uses here: `find_proxy.ts <version>
 * <arg>...`.
 *
 * @module
 */

import { qwen } from "../../../lib/agents/qwen/agent.ts";
import { findAgentProxy } from "../../../lib/run/mode.ts";

const [version = "", ...args] = Deno.args;
const found = await findAgentProxy({
  agent: qwen,
  version: version || undefined,
  args,
  dir: `${Deno.env.get("HOME")}/.qwen`,
});
console.log(JSON.stringify(found ?? null));
