#!/usr/bin/env -S deno run -A
/**
 * The command `account-qwen`.
 *
 * @module
 */

import { runMain } from "./lib/cli/run.ts";

if (import.meta.main) await runMain();
