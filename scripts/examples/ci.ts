#!/usr/bin/env -S deno run --quiet --no-prompt --allow-env --allow-net --allow-read --allow-write --allow-run --allow-ffi --allow-sys=uid,systemMemoryInfo
/**
 * Asks for a summary of stdin, such as a diff in CI:
 *
 * ```sh
 * git diff origin/main | ./scripts/examples/ci.ts
 * ```
 *
 * The permissions are the narrowest that work. Read, write and run cannot be
 * narrowed, because Deno makes links and ends process groups only without a
 * limit. The network is for the gateway and for refreshing logins. FFI is for
 * one call, which swaps two names in one step.
 *
 * @module
 */

// deno-lint-ignore no-import-prefix -- the script must work without a deno.json
import { QwenWrapper } from "jsr:@x/qwen-rotate@^0.2.0";

const text = await new Response(Deno.stdin.readable).text();
const qwen = new QwenWrapper();
const { success, output, error } = await qwen.call(
  `Summarize this change in one sentence:\n${text}`,
  { timeoutMs: 120_000 },
);
console.log(success ? output : `(no summary: ${error})`);
