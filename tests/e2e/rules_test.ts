/**
 * The rules of the user, and resets far away, through the command.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { runCli } from "../support/cli.ts";
import {
  answers,
  FAKE_QWEN,
  fakeHome,
  OUT_OF_QUOTA,
} from "../support/fake_qwen.ts";
import type { Reply, SeenRequest } from "../support/service.ts";
import { codexPlans } from "../support/plan_scene.ts";
import { type Scene, setScene } from "../support/scene.ts";

const PROMPT = "What is the capital of France?";
const ANSWER = "The capital of France is Paris.";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

const GONE_FISHING: Reply = {
  status: 418,
  body: { error: { message: "Gone fishing", type: "teapot" } },
};

/** What `cooldown list --json` says of an account. */
interface Rest {
  index: number;
  obstacle: string | null;
  ready_at: string | null;
  source: string | null;
}

async function restOf(
  { path }: { path: string },
  index: number,
): Promise<Rest & { inMs: number }> {
  const args = ["cooldown", "list", "--json"];
  const { stdout } = await runCli(args, { home: path });
  const all: Rest[] = JSON.parse(stdout).accounts;
  const found = all.find((it) => it.index === index);
  if (!found) throw new Error(`account ${index} is not listed: ${stdout}`);
  return { ...found, inMs: Date.parse(found.ready_at ?? "") - Date.now() };
}

async function writeSettings(dir: string, text: string): Promise<void> {
  await Deno.writeTextFile(`${dir}/account-qwen.yaml`, text, { mode: 0o600 });
}

Deno.test("exec continues with another account when a rule says what a reply means", async () => {
  const second = { answer: ANSWER };
  const keys = { keys: [1, 2], version: "0.24.4" };
  await using scene = await setScene([GONE_FISHING, second], keys);
  await writeSettings(
    scene.home.dir,
    `rules:
  - {status: 418, text: a teapot, verdict: client}
  - {status: 4xx, text: gone FISHING, service: 127.0.0.1, verdict: quota, cooldown: 10m}
`,
  );
  const { code, stdout, stderr } = await scene.exec(["--", PROMPT]);
  assertEquals(code, 0, stderr);
  assertEquals(stdout.trim(), ANSWER);
  assertMatch(
    stderr,
    /account 1 is out of quota \(rule 2: 418 Gone fishing\): continuing with account 2\n/,
  );
  assertEquals(scene.askedAccounts().slice(0, 2), [1, 2]);
  const { obstacle, source, inMs } = await restOf(scene.home, 1);
  assertEquals([obstacle, source], ["out of quota", "user"]);
  assertEquals(Math.round(inMs / MINUTE_MS), 10);
});

Deno.test("exec passes such a reply on without a rule", async () => {
  const second = { answer: ANSWER };
  const keys = { keys: [1, 2], version: "0.24.4" };
  await using scene = await setScene([GONE_FISHING, second], keys);
  await writeSettings(
    scene.home.dir,
    "rules: [{status: 418, service: openrouter, verdict: quota}]\n",
  );
  const { code } = await scene.exec(["--", PROMPT]);
  assertEquals(code, 1);
  assertEquals(new Set(scene.askedAccounts()), new Set([1]));
});

const BY_WORDS = 'rules: [{text: "the fish are out", verdict: quota}]\n';

Deno.test("exec continues with another login when a rule has the words on stderr", async () => {
  const plays = {
    1: 'echo "note 1" >&2; echo "the fish are OUT today" >&2; exit 1',
    2: answers(ANSWER),
  };
  await using home = await fakeHome(plays);
  await writeSettings(home.dir, BY_WORDS);
  const args = ["exec", "--bin", FAKE_QWEN, "--", PROMPT];
  const { code, stdout, stderr } = await runCli(args, { home: home.path });
  assertEquals({ code, stdout }, { code: 0, stdout: ANSWER }, stderr);
  assertMatch(stderr, /account 1 is out of quota \(rule 1: the fish are OUT/);
  assertEquals(await home.asked(), [1, 2]);
});

Deno.test("exec searches no answer for the words of a rule", async () => {
  const said = "the fish are out, and the quota is exceeded";
  const plays = {
    1: `${answers(said)}; echo "the fish are out" >&2`,
    2: answers(ANSWER),
  };
  await using home = await fakeHome(plays);
  await writeSettings(home.dir, BY_WORDS);
  const args = ["exec", "--bin", FAKE_QWEN, "--", PROMPT];
  const { code, stdout } = await runCli(args, { home: home.path });
  assertEquals({ code, stdout }, { code: 0, stdout: said });
  assertEquals(await home.asked(), [1]);
});

Deno.test("exec gives an account the cooldown of the entry for its verdict", async () => {
  await using home = await fakeHome({ 1: OUT_OF_QUOTA });
  await writeSettings(
    home.dir,
    "backoff: {default: {jitter: 0%}, quota: {first: 20m, max: 2h}}\n",
  );
  const args = ["exec", "--bin", FAKE_QWEN, "--", PROMPT];
  const { code } = await runCli(args, { home: home.path });
  assertEquals(code, 75);
  const { source, inMs } = await restOf(home, 1);
  assertEquals([source, Math.round(inMs / MINUTE_MS)], ["guess", 20]);
});

const BROKEN_ONCE = `
  if [ -e "$HOME/tried" ]; then ${answers(ANSWER)}; exit 0; fi
  touch "$HOME/tried"
  echo "[API Error: Connection error. (cause: fetch failed)]" >&2
  exit 1`;

for (
  const [flags, says] of [[[], true], [["--backoff=none"], false]] as const
) {
  Deno.test(`exec ${flags.join(" ")} retries as the entry for transient failures says: ${says}`, async () => {
    await using home = await fakeHome({ 1: BROKEN_ONCE });
    await writeSettings(
      home.dir,
      "backoff: {transient: {first: 100ms, factor: 1, jitter: 0%}}\n",
    );
    const args = ["exec", ...flags, "--bin", FAKE_QWEN, "--rerun=always", "--"];
    const { code, stdout, stderr } = await runCli([...args, PROMPT], {
      home: home.path,
    });
    assertEquals(/retrying in 0\.1 s/.test(stderr), says, stderr);
    assertEquals({ code, stdout }, {
      code: says ? 0 : 1,
      stdout: says ? ANSWER : "",
    });
  });
}

/** A service that names a reset in three days, until it answers. */
function resetsInThreeDays(answered: () => boolean) {
  return (_: SeenRequest): Reply =>
    answered() ? { answer: ANSWER } : {
      status: 429,
      body: { error: { message: "quota exceeded", code: "quota_exceeded" } },
      headers: { "retry-after": String(3 * DAY_MS / 1_000) },
    };
}

/** Lets the time of the next probe pass. */
async function passProbeTime({ home }: Scene): Promise<void> {
  const path = `${home.dir}/state.yaml`;
  const text = await Deno.readTextFile(path);
  const passed = text.replace(
    /probe_at: .*/,
    'probe_at: "2020-01-01T00:00:00Z"',
  );
  if (passed === text) throw new Error(`there is no probe_at: ${text}`);
  await Deno.writeTextFile(path, passed);
}

Deno.test("exec rests an account until the reset, and probes it once in a while", async () => {
  let isBack = false;
  const keys = { keys: [1], version: "0.24.4" };
  await using scene = await setScene([resetsInThreeDays(() => isBack)], keys);
  const exec = () => scene.exec(["--", PROMPT]);
  const asked = () => scene.service.requests.length;
  assertEquals((await exec()).code, 75);
  const first = await restOf(scene.home, 1);
  assertEquals(Math.round(first.inMs / DAY_MS), 3);
  assertEquals(first.source, "provider");
  assertEquals(asked(), 1);

  assertEquals((await exec()).code, 75);
  assertEquals(asked(), 1, "it is asked before the time of a probe");

  await passProbeTime(scene);
  assertEquals((await exec()).code, 75);
  assertEquals(asked(), 2, "a probe is one request");
  const second = await restOf(scene.home, 1);
  // The time that was named first has some jitter.
  const [before, after] = [first, second]
    .map((it) => Date.parse(it.ready_at ?? ""));
  assert(after! <= before!, "a probe makes it longer");
  assertEquals(Math.round(second.inMs / DAY_MS), 3);
  assertEquals((await exec()).code, 75);
  assertEquals(asked(), 2, "it is asked again before the next probe");

  await passProbeTime(scene);
  isBack = true;
  const { code, stdout, stderr } = await exec();
  assertEquals([code, stdout.trim()], [0, ANSWER], stderr);
  assertEquals((await restOf(scene.home, 1)).obstacle, null);
});

Deno.test("exec --cli codex leaves a plan login when a rule says so, and keeps its cooldown", async () => {
  const refusal = { status: 403, error: { message: "we are gone fishing" } };
  await using plans = await codexPlans({
    reply: (account) => account === "account-1" ? refusal : { answer: "Paris" },
  });
  await writeSettings(
    `${plans.scene.codexHome}/accounts`,
    "rules: [{text: gone fishing, verdict: quota, cooldown: 45m}]\n",
  );
  const options = ["--rotate-logins"];
  const { code, stdout, stderr } = await plans.ask("hi", { options });
  assertEquals([code, stdout.trim()], [0, "Paris"], stderr);
  assertMatch(stderr, /account 1 is out of quota \(rule 1: .*gone fishing/);
  const state = await plans.state();
  const [, until = ""] = /cooldowns:\s+- until: "([^"]+)"/.exec(state) ?? [];
  const inMs = Date.parse(until) - Date.now();
  assertEquals(Math.round(inMs / MINUTE_MS), 45);
});
