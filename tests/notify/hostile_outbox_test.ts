import {
  assertEquals,
  assertLess,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import "../support/load_libc.ts";
import { type Layout, layoutAt } from "../../lib/disk/layout.ts";
import { formatMessage } from "../../lib/notify/message.ts";
import { tidyOutbox } from "../../lib/notify/outbox.ts";
import { readMessages } from "../../lib/notify/outbox_files.ts";
import { testPayload } from "../../lib/notify/payload.ts";
import { accountQwen, runCli } from "../support/cli.ts";
import { exec } from "../support/fake_exec.ts";
import { coveredDenoEnv } from "../support/deno_env.ts";
import { answers, FAKE_QWEN, OUT_OF_QUOTA } from "../support/fake_qwen.ts";
import { runInNamespace } from "../support/namespace.ts";
import { testWith } from "../support/needs.ts";
import { type NotifyHome, notifyHome } from "../support/notify_home.ts";
import { makePipe } from "../support/pipe.ts";
import { tempDir } from "../support/temp_dir.ts";

const namespaceTest = await testWith("namespace");

const PLAYS = { 1: OUT_OF_QUOTA, 2: answers("Paris") };
const CI = { env: { CI: "true" }, command: accountQwen() };
const NOW = Date.UTC(2026, 10, 21, 12);
const DAY_MS = 86_400_000;

const OUTBOXES: Record<
  string,
  { make: (path: string) => Promise<void>; said: RegExp }
> = {
  "a link": {
    make: (path) => Deno.symlink("accounts", path),
    said: /outbox": it is a symbolic link, not a directory$/m,
  },
  "a file": {
    make: (path) => Deno.writeTextFile(path, "x"),
    said: /outbox": it is a file, not a directory$/m,
  },
  "a folder whose lock is a pipe": {
    async make(path) {
      await Deno.mkdir(path, { mode: 0o700 });
      await makePipe(`${path}/lock`);
    },
    said: /lock": it is a pipe or device, not a file$/m,
  },
};

for (const [name, { make, said }] of Object.entries(OUTBOXES)) {
  Deno.test(`exec answers, and says once that it cannot tell, when the outbox is ${name}`, async () => {
    await using home = await notifyHome(PLAYS);
    await make(`${home.dir}/outbox`);
    const { code, stdout, stderr } = await exec(home, ["--", "hello"], CI);
    assertEquals({ code, stdout }, { code: 0, stdout: "Paris" });
    assertMatch(stderr, said);
    assertEquals(stderr.match(/cannot tell/g)?.length, 1);
  });
}

Deno.test("exec answers when the lock of the sender is a pipe, and keeps the messages", async () => {
  await using home = await notifyHome(PLAYS);
  await Deno.mkdir(`${home.dir}/outbox`, { mode: 0o700 });
  await makePipe(`${home.dir}/outbox/sending.lock`);
  const { code, stdout } = await exec(home, ["--", "hello"], CI);
  assertEquals({ code, stdout }, { code: 0, stdout: "Paris" });
  assertEquals(home.receiver.received, []);
  assertEquals(messagesOf(await home.outbox()).length, 2);
});

Deno.test("a stopped process that has the lock of the outbox holds exec up for seconds only", async () => {
  await using home = await notifyHome(PLAYS);
  await Deno.mkdir(`${home.dir}/outbox`, { mode: 0o700 });
  const options = { create: true, write: true };
  using lock = await Deno.open(`${home.dir}/outbox/lock`, options);
  await lock.lock(true);
  const { stdout, stderr, durationMs } = await exec(
    home,
    ["--", "hello"],
    CI,
  );
  assertEquals(stdout, "Paris");
  assertStringIncludes(stderr, 'outbox/lock" within 2000 ms');
  // The lock of the folder is waited for for 30 s.
  assertLess(durationMs, 20_000);
});

namespaceTest(
  "a full disk under the outbox keeps no switch from being made, which is said once",
  async () => {
    await using home = await notifyHome(PLAYS);
    const script = `mkdir -m 700 "$1" &&
mount -t tmpfs -o size=4k,mode=700 full "$1" || exit 99
head -c 8k /dev/zero >"$1/fill" 2>/dev/null
shift; "$@"`;
    const args = ["exec", "--bin", FAKE_QWEN, "--", "hello"];
    const { code, stdout, stderr } = await runInNamespace(
      script,
      [`${home.dir}/outbox`, ...accountQwen(), ...args],
      { home: home.path, env: { ...await coveredDenoEnv(), CI: "true" } },
    );
    assertEquals({ code, stdout }, { code: 0, stdout: "Paris" });
    assertEquals(stderr.match(/no space left/g)?.length, 1, stderr);
    assertEquals((await home.events("account_switch")).length, 1);
  },
);

Deno.test("doctor says that the outbox is a link", async () => {
  await using home = await notifyHome(PLAYS);
  await OUTBOXES["a link"]?.make(`${home.dir}/outbox`);
  const { code, stdout } = await runCli(["doctor"], { home: home.path });
  assertEquals(code, 1);
  assertMatch(stdout, /outbox is a symbolic link, not a directory/);
});

Deno.test("a message with the id of another file changes and removes nothing", async () => {
  await using dir = await tempDir();
  const layout = layoutAt(dir.path);
  await Deno.mkdir(layout.outbox, { mode: 0o700 });
  await Deno.mkdir(layout.accounts);
  const login = `${layout.accounts}/oauth_creds_1.json`;
  await Deno.writeTextFile(login, "a login");
  await addMessage(layout, { id: "../accounts/oauth_creds_1" });
  await tidyOutbox(layout, NOW + 3 * DAY_MS);
  assertEquals(await Deno.readTextFile(login), "a login");
  assertEquals(await readMessages(layout), []);
});

Deno.test("readMessages() skips what is not a message", async () => {
  await using dir = await tempDir();
  const layout = layoutAt(dir.path);
  await Deno.mkdir(layout.outbox, { mode: 0o700 });
  const id = await addMessage(layout);
  const path = (digit: string) =>
    `${layout.outbox}/msg_${digit.repeat(32)}.json`;
  await Deno.writeTextFile(path("1"), '{"id":"msg_');
  await Deno.writeTextFile(path("2"), "[]");
  await Deno.writeFile(path("3"), new Uint8Array(1_000_000));
  await makePipe(path("4"));
  await Deno.mkdir(path("5"));
  await Deno.symlink("/dev/zero", path("6"));
  await Deno.writeTextFile(`${path("7")}\n`, "{}");
  assertEquals((await readMessages(layout)).map((it) => it.id), [id]);
});

Deno.test("readMessages() reads the newest of too many files, and tidyOutbox() removes the rest", async () => {
  await using dir = await tempDir({ inMemory: true });
  const layout = layoutAt(dir.path);
  await Deno.mkdir(layout.outbox, { mode: 0o700 });
  const id = (at: number) => `msg_${at.toString(16).padStart(32, "0")}`;
  for (let at = 0; at < 5_000; at++) {
    await Deno.writeTextFile(`${layout.outbox}/${id(at)}.json`, "{");
  }
  const newest = await addMessage(layout);
  assertEquals((await readMessages(layout)).map((it) => it.id), [newest]);
  for (let times = 0; times < 3; times++) await tidyOutbox(layout, NOW);
  assertEquals([...Deno.readDirSync(layout.outbox)].length, 2_001);
  assertEquals((await readMessages(layout)).map((it) => it.id), [newest]);
});

const UNUSABLE: Record<string, (home: NotifyHome) => Promise<void>> = {
  "is empty": (home) => home.configure(""),
  "is missing": (home) => Deno.remove(`${home.dir}/account-qwen.yaml`),
};

for (const [name, spoil] of Object.entries(UNUSABLE)) {
  Deno.test(`a settings file that ${name} for a moment loses no message`, async () => {
    await using home = await notifyHome(PLAYS, Array(8).fill(500));
    const path = `${home.dir}/account-qwen.yaml`;
    const settings = await Deno.readTextFile(path);
    await exec(home, ["--", "hello"], CI);
    await spoil(home);
    await runCli(["label", "1", "work"], { home: home.path, ...CI });
    await home.configure(settings);
    home.receiver.treatments.splice(0);
    const { stdout } = await runCli(["notify", "flush"], {
      home: home.path,
      ...CI,
    });
    assertEquals(stdout, "sent 2, failed 0, waiting 0\n");
  });
}

Deno.test("messages are dropped after a day if there are no settings", async () => {
  await using home = await notifyHome(PLAYS);
  const layout = layoutAt(home.dir);
  await Deno.mkdir(layout.outbox, { mode: 0o700 });
  await addMessage(layout, { dueAt: Date.now() - 2 * DAY_MS });
  await Deno.remove(`${home.dir}/account-qwen.yaml`);
  const { code } = await runCli(["notify", "flush", "--drain"], {
    home: home.path,
    ...CI,
  });
  assertEquals(code, 0);
  const [message] = await readMessages(layout);
  assertEquals(message?.deliveries.hook?.state, "failed");
});

function messagesOf(names: readonly string[]): string[] {
  return names.filter((it) => it.startsWith("msg_"));
}

/** Writes a file for the target `hook`; returns the id that its name has. */
async function addMessage(
  { outbox }: Layout,
  { id, dueAt = NOW }: { id?: string; dueAt?: number } = {},
): Promise<string> {
  const name = `msg_${"a".repeat(32)}`;
  const about = { agent: "qwen", invocation: "account-qwen" };
  const state = dueAt === NOW ? "sent" : "waiting";
  const text = formatMessage({
    id: id ?? name,
    episode: "account.exhausted 1",
    createdAt: dueAt,
    dueAt,
    payload: testPayload(dueAt, about),
    deliveries: { hook: { state, attempts: 1, nextAt: dueAt } },
  });
  await Deno.writeTextFile(`${outbox}/${name}.json`, text, { mode: 0o600 });
  return name;
}
