import {
  assert,
  assertEquals,
  assertLess,
  assertStringIncludes,
} from "@std/assert";
import { layoutAt } from "../../lib/disk/layout.ts";
import { appendUsage, usageFile } from "../../lib/quota/usage_files.ts";
import { accountQwen, MAIN, runCli } from "../support/cli.ts";
import { runInShell } from "../support/cli_process.ts";
import { exec } from "../support/fake_exec.ts";
import {
  answers,
  FAKE_QWEN,
  letGoOn,
  OUT_OF_QUOTA,
} from "../support/fake_qwen.ts";
import { limitedScene } from "../support/limited_scene.ts";
import { addHook, drainsOf, notifyHome } from "../support/notify_home.ts";
import { startReceiver } from "../support/receiver.ts";

const CI = { env: { CI: "true" } };

Deno.test("exec tells that an account is out of quota, and that it switched", async () => {
  await using home = await notifyHome({ 1: OUT_OF_QUOTA, 2: answers("Paris") });
  const { code, stdout } = await exec(home, ["--", "hello"], CI);
  assertEquals({ code, stdout }, { code: 0, stdout: "Paris" });
  const messages = home.receiver.messages();
  assertEquals(
    messages.map(({ type, data }) => [type, data.account, data.previous]),
    [
      ["account.exhausted", { index: 1, label: null }, null],
      ["account.switched", { index: 2, label: null }, {
        index: 1,
        label: null,
      }],
    ],
  );
  assertEquals(messages[0].data.title, "qwen: account 1 is out of quota");
});

Deno.test("a process in the background tries again what exec could not send, with the same id", async () => {
  await using home = await notifyHome(
    { 1: OUT_OF_QUOTA, 2: answers("Paris") },
    [500, 503, 500],
  );
  await exec(home, ["--", "hello"], { command: accountQwen() });
  await home.receiver.gets(5);
  await home.drained();
  const ids = home.receiver.received.map((it) => it.headers.get("webhook-id"));
  assertEquals(new Set(ids).size, 2);
  const { code, stdout } = await runCli(["notify", "list", "--json"], {
    home: home.path,
  });
  assertEquals(code, 0);
  const { targets: [target], waiting } = JSON.parse(stdout);
  assertEquals(waiting, []);
  assertEquals([target.waiting, target.last.state], [0, "sent"]);
});

Deno.test("exec does not wait for a receiver that hangs until its time is over", async () => {
  await using home = await notifyHome(
    { 1: OUT_OF_QUOTA, 2: answers("Paris") },
    ["hang"],
  );
  const run = exec(home, ["--", "hello"], { ...CI, command: accountQwen() });
  await home.receiver.gets(1);
  const startedAt = performance.now();
  const { stdout } = await run;
  assertEquals(stdout, "Paris");
  // One try may take 10 s.
  assertLess(performance.now() - startedAt, 8_000);
  assertEquals(home.receiver.received.length, 1);
  assertEquals(await waitingIn(home.path), 2);
});

Deno.test("exec leaves no process behind when CI is set", async () => {
  await using home = await notifyHome(
    { 1: OUT_OF_QUOTA, 2: answers("Paris") },
    [500, 500, 500, 500, 500, 500],
  );
  await exec(home, ["--", "hello"], { ...CI, command: accountQwen() });
  assertEquals(drainsOf(home.dir), []);
  assertEquals(await waitingIn(home.path), 2);
});

Deno.test("the process in the background keeps none of the files of the caller", async () => {
  await using home = await notifyHome(
    { 1: OUT_OF_QUOTA, 2: answers("Paris") },
    [500, 500, "hang"],
  );
  // The shell waits for the ends of all three pipes.
  const script = 'all=$( { "$@" 2>&1; } 9>&1 ); printf "%s" "$all"';
  const args = ["exec", "--quiet", "--bin", `${FAKE_QWEN}`, "--", "hello"];
  const { stdout } = await runInShell(script, args, { home: home.path });
  assertStringIncludes(stdout, "Paris");
  const [pid = 0, ...others] = drainsOf(home.dir);
  assertEquals(others, []);
  const { session, terminal } = await statusOf(pid);
  assertEquals([session, terminal], [pid, 0]);
});

const CALLERS = 20;

Deno.test(`targets are told once when ${CALLERS} processes see the same account run out`, async () => {
  await using home = await notifyHome({
    1: `read -r _ <"$HOME/gate$1"; ${OUT_OF_QUOTA}`,
    2: answers("Paris"),
  });
  const prompts = Array.from({ length: CALLERS }, (_, at) => `number ${at}`);
  const gates = await Promise.all(
    prompts.map((it) => home.addPipe(`gate--prompt=${it}`)),
  );
  const runs = prompts.map((it) =>
    exec(home, ["--", it], { ...CI, command: accountQwen() })
  );
  await letGoOn(gates, Promise.race(runs));
  await Promise.all(runs);
  const types = home.receiver.messages().map((it) => it.type);
  assertEquals(types, ["account.exhausted", "account.switched"]);
});

Deno.test(`${CALLERS} commands that end at once leave one process behind`, async () => {
  await using home = await notifyHome(
    { 1: OUT_OF_QUOTA, 2: answers("Paris") },
    Array(50).fill("hang"),
  );
  const runs = Array.from(
    { length: CALLERS },
    (_, at) => exec(home, ["--", `number ${at}`], { command: accountQwen() }),
  );
  const results = await Promise.all(runs);
  assertEquals(
    results.map(({ code, stdout }) => [code, stdout]),
    results.map(() => [0, "Paris"]),
  );
  // A process that cannot have the lease would look for it for 5 s.
  assertEquals(drainsOf(home.dir).length, 1);
  home.receiver.treatments.splice(0);
  await home.drained();
  assertEquals(await waitingIn(home.path), 0);
});

Deno.test("targets are told that an account can be used again at the time of its reset, even if nothing runs then", async () => {
  const at = Math.ceil(Date.now() / 1_000) + 6;
  await using home = await notifyHome({
    1: `echo "[API Error: 429 Quota exceeded. Try again at ${
      new Date(at * 1_000).toISOString()
    }.]" >&2; exit 1`,
    2: answers("Paris"),
  });
  await exec(home, ["--", "hello"], { command: accountQwen() });
  await home.receiver.gets(3);
  const last = home.receiver.messages().at(-1);
  assertEquals(last.type, "account.recovered");
  assertEquals(last.data.account, { index: 1, label: null });
  assert(Date.now() >= at * 1_000, "told too early");
  await home.drained();
});

Deno.test("no end is told of an episode whose account was removed", async () => {
  await using home = await notifyHome({
    1: `echo "[API Error: 429 Quota exceeded. Try again in 3 hours.]" >&2; exit 1`,
    2: answers("Paris"),
  });
  await exec(home, ["--", "hello"], CI);
  const before = await waitingIn(home.path);
  await runCli(["remove", "1"], { home: home.path, ...CI });
  assertEquals([before, await waitingIn(home.path)], [1, 0]);
});

Deno.test("exec tells once that a threshold of a quota is reached", async () => {
  await using home = await notifyHome({ 1: answers("Paris") });
  await useMost(home.dir);
  for (let times = 0; times < 2; times++) {
    await exec(home, ["--", "hello"], CI);
  }
  assertEquals(
    home.receiver.messages().map(({ type, data }) => [type, data.title]),
    [["quota.threshold", "qwen: account 1 has used 96 % of its quota (week)"]],
  );
});

Deno.test("exec reads no old counts to tell what an agent has said of a quota", async () => {
  await using home = await notifyHome({ 1: answers("Paris") });
  await useMost(home.dir);
  const { usage } = layoutAt(home.dir);
  const old = usageFile(usage, Date.now() - 20 * 86_400_000);
  await Deno.writeTextFile(old, "");
  const command = MAIN.flatMap((it) =>
    it === "-A" ? [it, `--deny-read=${old}`] : it
  );
  const args = ["--count-usage=off", "--", "hello"];
  const { stderr } = await exec(home, args, { ...CI, command });
  assertEquals(stderr, "");
  const types = home.receiver.messages().map(({ type }) => type);
  assertEquals(types, ["quota.threshold"]);
});

/** Notes that 96 % of a week of account 1 are used. */
async function useMost(dir: string): Promise<void> {
  const now = Date.now();
  await appendUsage(layoutAt(dir).usage, {
    minutes: [],
    refusals: [],
    readings: [{
      account: 1,
      window: "week",
      unit: "percent",
      limit: 100,
      used: 96,
      resetsAt: now + 86_400_000,
      observedAt: now,
      source: "agent",
    }],
  }, { now, notify() {} });
}

Deno.test("exec tells once that the gateway continues with another key, although that account was active", async () => {
  await using scene = await limitedScene([{ limit: 9 }, { limit: 2 }]);
  await using receiver = startReceiver([]);
  await addHook({ home: scene.home, dir: scene.dir }, receiver);
  await scene.exec([], "1", CI);
  const { code, stderr } = await scene.exec(["--account", "2"], "4x2", CI);
  assertEquals([code, scene.answered], [0, [3, 2]], stderr);
  await scene.exec(["--account", "2"], "1", CI);
  const named = (index: number) => ({ index, label: null });
  const messages = receiver.messages();
  assertEquals(
    messages.filter(({ type }) => type.startsWith("account."))
      .map(({ type, data }) => [type, data.account, data.previous]),
    [
      ["account.exhausted", named(2), null],
      ["account.switched", named(1), named(2)],
    ],
  );
});

Deno.test("no file is written for messages when the settings have no targets", async () => {
  await using home = await notifyHome({ 1: OUT_OF_QUOTA, 2: answers("Paris") });
  await home.configure("strategy: fill-first\n");
  await exec(home, ["--", "hello"]);
  assertEquals(await home.outbox(), []);
  assertEquals(home.receiver.received, []);
});

async function waitingIn(home: string): Promise<number> {
  const { stdout } = await runCli(["notify", "list", "--json"], { home });
  return JSON.parse(stdout).waiting.length;
}

/** Reads the session and the terminal of a process (proc(5)). */
async function statusOf(pid: number) {
  const text = await Deno.readTextFile(`/proc/${pid}/stat`);
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return { session: Number(fields[3]), terminal: Number(fields[4]) };
}
