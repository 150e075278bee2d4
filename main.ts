#!/usr/bin/env -S deno run -A
/**
 * The command `account-qwen`.
 *
 * @module
 */

import { runCommandLine } from "./lib/cli/run.ts";
import { runtime } from "./lib/runtime/mod.ts";

if (import.meta.main) {
  runtime.host.exit(await runCommandLine(runtime.host.args));
}
