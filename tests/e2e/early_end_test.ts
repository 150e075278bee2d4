/**
 * When the real `qwen` is answered with 429, it retries silently for minutes to
 * an hour. `exec` must continue with the next account within seconds.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { runCli } from "../support/cli.ts";
import { answers, FAKE_QWEN, fakeHome } from "../support/fake_qwen.ts";
import type { Reply } from "../support/service.ts";
import { processesOf } from "../support/processes.ts";
import { type Scene, setScene } from "../support/scene.ts";
import { STAYS_SILENT, writesQuotaLog } from "../support/session_script.ts";

const VERSIONS = ["0.12.0", "0.24.4"];

const PROMPT = "What is the capital of France?";
const ANSWER = "The capital of France is Paris.";

/** 0.24.4 ends an answer with a line break. */
const PRINTED = /^The capital of France is Paris\.\n?$/;

/** The quick retries of the agent's library; after them it waits in silence. */
const QUICK_TRIES = 4;

const FOR_EVER: Record<string, { reply: Reply; says: RegExp }> = {
  "a rate limit": {
    reply: refusal("Rate limit reached for requests", "rate_limit_exceeded"),
    says:
      /account 1 is rate-limited \(429 Rate limit .*continuing with account 2/,
  },
  "a plain text": {
    reply: { status: 429, body: "slow down" },
    says:
      /account 1 is rate-limited \(429 slow down\): continuing with account 2/,
  },
  "a daily reset": {
    reply: refusal(
      `Your quota has been exhausted. It will reset at ${inSixHours()}.`,
      "insufficient_quota",
    ),
    says:
      /account 1 is out of quota \(429 Your quota .*continuing with account 2/,
  },
};

for (const version of VERSIONS) {
  for (const [what, { reply, says }] of Object.entries(FOR_EVER)) {
    Deno.test(`exec with qwen ${version} leaves an account that answers ${what} for ever`, async () => {
      const second = { answer: ANSWER };
      await using scene = await setScene([reply, second], { version });
      const { code, stdout, stderr } = await scene.exec(["--", PROMPT]);
      assertEquals(code, 0, stderr);
      assertMatch(stdout, PRINTED);
      assertMatch(stderr, says);
      const tookMs = timeToSecondAccount(scene);
      console.log(`${version}, ${what}: second account after ${tookMs} ms`);
      const tries = scene.askedAccounts().filter((it) => it === 1).length;
      assert(tries <= QUICK_TRIES + 1, `${tries} requests with account 1`);
      assertEquals(await processesOf(scene.home.path), []);
    });
  }
}

const GAPS = 7;

Deno.test("exec starts the next account within a moment of the log's event, even if qwen ignores SIGTERM", async () => {
  const note = (what: string) =>
    `echo "${what} $(date +%s%N)" >>"$HOME/times";`;
  const outOfQuota = note("began") + writesQuotaLog() + note("told") +
    STAYS_SILENT;
  const indexes = Array.from({ length: GAPS }, (_, at) => at + 1);
  await using home = await fakeHome({
    ...Object.fromEntries(indexes.map((it) => [it, outOfQuota])),
    [GAPS + 1]: note("began") + answers(ANSWER),
  });
  const flags = ["--bin", FAKE_QWEN, "--max-retries", `${GAPS}`];
  const { code, stdout, stderr } = await runCli(
    ["exec", ...flags, "--", PROMPT],
    { home: home.path },
  );
  assertEquals({ code, stdout }, { code: 0, stdout: ANSWER }, stderr);
  const times = (await Deno.readTextFile(`${home.path}/times`)).trim()
    .split("\n").map((it) => Number(it.split(" ")[1]) / 1e6);
  // They alternate: began, told, began, told, ..., began.
  const at = (index: number) => times[index] ?? NaN;
  const gaps = indexes.map((it) => at(2 * it) - at(2 * it - 1))
    .sort((a, b) => a - b);
  const median = gaps[(GAPS - 1) / 2] ?? NaN;
  // The first run would continue for a minute.
  const whole = await runCli(["exec", "--bin", FAKE_QWEN, "--", PROMPT], {
    home: home.path,
  });
  assert(median < 10 * whole.durationMs, `${gaps.map(Math.round)} ms`);
  assertEquals(await processesOf(home.path), []);
});

/** From the first request to the first one of account 2, milliseconds. */
function timeToSecondAccount(scene: Scene): number {
  const [first, second] = [1, 2].map((it) =>
    scene.service.requests[scene.askedAccounts().indexOf(it)]?.at ?? NaN
  );
  return (second ?? NaN) - (first ?? NaN);
}

function refusal(message: string, code: string): Reply {
  const error = { message, type: code, param: null, code };
  return { status: 429, body: { error } };
}

function inSixHours(): string {
  return new Date(Date.now() + 6 * 3_600_000).toISOString();
}
