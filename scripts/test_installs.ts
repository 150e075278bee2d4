import { realClaude, realOldClaude } from "../tests/support/real_claude.ts";
import { realCodex } from "../tests/support/real_codex.ts";
import { realQwen } from "../tests/support/real_qwen.ts";
import { bunFor } from "./bun_package.ts";
import { targetHere } from "./targets.ts";
import type { Lane } from "./test_lanes.ts";

/**
 * Installs the npm programs that the tests of `lane` run, and reports
 * downloads. If npm cannot be reached, the tests that need one say so.
 */
export async function installForTests(lane: Lane): Promise<void> {
  const say = (line: string) => console.log(line);
  const installs: (() => Promise<unknown>)[] = [
    () => realQwen("0.12.0", { say }),
  ];
  if (lane === "test:all") {
    installs.push(() => realQwen("0.24.4", { say }));
    installs.push(() => realCodex("0.100.0", { say }));
    installs.push(() => realCodex("0.171.0", { say }));
    installs.push(() => bunFor(targetHere(), { say }));
    installs.push(() => realClaude("2.1.332", { say }));
    installs.push(() => realOldClaude({ say }));
  }
  for (const install of installs) {
    await install().catch((error: Error) => console.log(error.message));
  }
}
