import { assertEquals, assertMatch } from "@std/assert";
import { QwenWrapper } from "../../lib/mod.ts";
import { realSystem, type System } from "../../lib/system/system.ts";
import { FAKE_QWEN, type FakeHome, fakeHome } from "../support/fake_qwen.ts";
import { sessionLine } from "../support/session_lines.ts";
import { STAYS_SILENT, writesQuotaLog } from "../support/session_script.ts";

/** Finds the id of the session among the arguments. */
const ID = `
  for it; do
    case $it in --session-id=*) id=\${it#*=} ;; esac
    [ "$before" = --resume ] && id=$it
    before=$it
  done
  echo "$id" >>"$HOME/ids"`;

/** Runs these tools in the session, and is then out of quota. */
function outAfter(...tools: string[]): string {
  const log = writesQuotaLog({ tools, file: "$id.jsonl" });
  return `${ID}; ${log} ${STAYS_SILENT}`;
}

/** Prints the arguments after the session, and the input. */
const ANSWERS = `${ID}; shift 2; printf '%s ' "$@"; cat`;

/** The stand-in under the name of a version, in which sessions have ids. */
async function versioned({ path }: FakeHome): Promise<string> {
  await Deno.copyFile(FAKE_QWEN, `${path}/0.24.4`);
  return `${path}/0.24.4`;
}

async function run(
  home: FakeHome,
  options: {
    input?: string;
    rerun?: "always" | "never";
    waitMs?: number;
    system?: System;
  } = {},
) {
  const said: string[] = [];
  const notify = (it: string) => said.push(it);
  const bin = await versioned(home);
  const { input = "", rerun, waitMs, system = realSystem } = options;
  const wrapper = new QwenWrapper({ dir: home.dir, bin, notify, system });
  const result = await wrapper.call("hello", {
    rerun,
    waitMs,
    stdin: ReadableStream.from([new TextEncoder().encode(input)]),
  });
  const ids = await Deno.readTextFile(`${home.path}/ids`);
  return { ...result, said, ids: new Set(ids.trim().split("\n")) };
}

Deno.test("call() resumes a session through several accounts, without the input that it has", async () => {
  await using home = await fakeHome({
    1: outAfter("write_file"),
    2: outAfter(),
    3: ANSWERS,
  });
  const { output, accountsTried, ids, said } = await run(home, {
    input: "an input",
  });
  assertEquals(output, "--prompt=please continue ");
  assertEquals(accountsTried, [1, 2, 3]);
  assertEquals(ids.size, 1);
  assertMatch(
    said.join("\n"),
    /account 2, which resumes.*\n.*account 3, which/,
  );
});

Deno.test("call() begins another session with the prompt and the input when nothing was answered", async () => {
  await using home = await fakeHome({
    1: outAfter(),
    2: `${ID}; printf '%s ' "$@"; cat`,
  });
  const { output, ids, said } = await run(home, { input: "an input" });
  assertMatch(output, /--prompt=hello an input$/);
  assertEquals(ids.size, 2);
  assertMatch(said.join("\n"), /continuing with account 2$/);
});

Deno.test("call() with rerun never does not resume a session", async () => {
  await using home = await fakeHome({ 1: outAfter("edit"), 2: ANSWERS });
  const { accountsTried, said } = await run(home, { rerun: "never" });
  assertEquals(accountsTried, [1]);
  assertMatch(said.join("\n"), /not rerun: --rerun is never$/);
});

Deno.test("call() with rerun always resumes a session, too", async () => {
  await using home = await fakeHome({ 1: outAfter("edit"), 2: ANSWERS });
  const { output, ids } = await run(home, { rerun: "always" });
  assertMatch(output, /--prompt=please continue/);
  assertEquals(ids.size, 1);
});

Deno.test("call() resumes a session with the same account after a wait for its reset", async () => {
  const line = sessionLine("api_error", {
    error_message: "429 Quota exceeded, try again in 20s",
  });
  const log = writesQuotaLog({ tools: ["edit"], file: "$id.jsonl", line });
  await using home = await fakeHome({
    1: `${ID}
      case "$*" in *--resume*) printf Paris; exit ;; esac
      ${log} exit 1`,
  });
  let ahead = 0;
  const system: System = {
    ...realSystem,
    now: () => Date.now() + ahead,
    elapsed: () => performance.now() + ahead,
    async sleep(ms, signal) {
      if (ms < 1_000) await realSystem.sleep(ms, signal);
      else ahead += ms;
    },
  };
  const { output, attempts, ids } = await run(home, { waitMs: 60_000, system });
  assertEquals([output, attempts, ids.size], ["Paris", 2, 1]);
});
