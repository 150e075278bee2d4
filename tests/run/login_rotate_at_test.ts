/**
 * `rotate_at` with the logins of plans, by a stand-in for `codex` that logs how
 * much of its plan is used.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { until } from "../support/deadline.ts";
import { exists } from "../support/exists.ts";
import { type LoginScene, loginScene } from "../support/login_run_scene.ts";

/** Logs that 92 % of account 1 are used, and nothing of the others. */
const LOGS = `
  echo "$CODEX_HOME" >>"$HOME/asked"
  id=$(cat /proc/sys/kernel/random/uuid)
  printf 'OpenAI Codex v0.171.0\\nsession id: %s\\n' "$id" >&2
  folder="$CODEX_HOME/sessions/$(date +%Y/%m/%d)"
  mkdir -p "$folder"
  case $CODEX_HOME in */1) used=92;; *) used=0;; esac
  printf '{"timestamp":"%s","type":"event_msg","payload":{"type":"token_count","rate_limits":{"primary":{"used_percent":%s,"window_minutes":300,"resets_at":4102444800}}}}\\n' \\
    "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$used" >"$folder/rollout-2026-11-29T04-02-22-$id.jsonl"`;

/** Runs until somebody removes the folder \`busy\`. */
const WAITS =
  `${LOGS}\nmkdir "$HOME/busy"; while [ -e "$HOME/busy" ]; do sleep 0.05; done`;

const EARLY = ["--rotate-logins", "--rotate-at=90%"];

Deno.test("exec --rotate-at leaves the login of a plan only with --rotate-logins", async () => {
  await using scene = await loginScene("codex", { version: "0.171.0" });
  await scene.exec({ script: LOGS, options: ["--account=1"] });
  await scene.exec({ script: LOGS, options: ["--rotate-at=90%"] });
  assertEquals(await asked(scene), [1, 1]);
  const { code, stderr } = await scene.exec({ script: LOGS, options: EARLY });
  assertEquals([code, await asked(scene)], [0, [1, 1, 2]], stderr);
  assertMatch(stderr, /account 1 has used 92 % of 5h .*: continuing with/);
});

Deno.test("exec --rotate-at uses no login of a plan beside another one", async () => {
  await using scene = await loginScene("codex", { version: "0.171.0" });
  await scene.exec({ script: LOGS, options: ["--account=1"] });
  const first = scene.exec({ script: WAITS });
  const busy = `${scene.home}/busy`;
  await until(() => exists(busy), { what: "the first run", running: first });
  const options = [...EARLY, "--queue-timeout=1200ms"];
  const { code, stderr } = await scene.exec({ script: LOGS, options });
  assertEquals([code, await asked(scene)], [75, [1, 1]], stderr);
  assertMatch(
    stderr,
    /error: Cannot run with account 2 within 2 s: a run with account 1 is under way, and rotation uses one plan login at a time\n/,
  );
  const chosen = await scene.exec({ script: LOGS, options: ["--account=2"] });
  assertEquals([chosen.code, await asked(scene)], [0, [1, 1, 2]]);
  await Deno.remove(busy);
  assertEquals((await first).code, 0);
  assertEquals((await scene.exec({ script: LOGS, options })).code, 0);
  assertEquals(await asked(scene), [1, 1, 2, 2]);
});

/** Returns the accounts that the stand-in was started with. */
async function asked({ home }: LoginScene): Promise<number[]> {
  const text = await Deno.readTextFile(`${home}/asked`);
  return text.trim().split("\n").map((it) => Number(it.slice(-1)));
}
