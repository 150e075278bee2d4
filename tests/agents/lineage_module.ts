import { preloadOption } from "../../lib/agents/formats.ts";
import { qwen } from "../../lib/agents/qwen/agent.ts";
import type { Layout } from "../../lib/disk/layout.ts";
import { RUN_VARIABLE } from "../../lib/process/run_variables.ts";

/**
 * Writes the module that notes the origin of logins beside the slots, where a
 * run finds it; returns the option with which Node loads it.
 */
export async function lineageOption({ accounts }: Layout): Promise<string> {
  const names = { runVariable: RUN_VARIABLE, tokenDigits: 32 };
  const path = `${accounts}/cli_lineage_0123456789abcdef.cjs`;
  await Deno.writeTextFile(path, qwen.preload.lineageModule(names));
  return preloadOption(path);
}
