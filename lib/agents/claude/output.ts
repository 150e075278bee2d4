import type { OutputFormat } from "../formats.ts";
import { toolsIn } from "../stdout_tools.ts";
import { classify } from "./classify_run.ts";
import { usageInOutput } from "./usage.ts";

/**
 * What the output of `claude` means. While it tries again it writes nothing to
 * stderr, only to its session log and to `stream-json`.
 */
export const output: OutputFormat = {
  classify,
  readLine: () => undefined,
  toolsIn,
  usageIn: usageInOutput,
};
