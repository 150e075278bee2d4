import { assertEquals, assertGreater } from "@std/assert";
import { AccountManager } from "../../lib/mod.ts";
import { layoutAt } from "../../lib/disk/layout.ts";
import { endPauses, findDue } from "../../lib/notify/outbox.ts";
import { sendDue } from "../../lib/notify/send.ts";
import { runtime } from "../../lib/system/mod.ts";
import { accountQwen } from "../support/cli.ts";
import {
  type CountingFiles,
  countingFiles,
  type CountingFilesOptions,
} from "../support/counting_files.ts";
import { spawn } from "../support/deadline.ts";
import { answers } from "../support/fake_qwen.ts";
import {
  drainsOf,
  type NotifyHome,
  notifyHome,
} from "../support/notify_home.ts";

const PLAYS = {
  1: answers("a"),
  2: answers("b"),
  3: answers("c"),
  4: answers("d"),
};

/** Makes a home whose state is saved, as after any command. */
async function savedHome(
  ...given: Parameters<typeof notifyHome>
): Promise<NotifyHome> {
  const home = await notifyHome(...given);
  await new AccountManager({ dir: home.dir }).setLabel(1, "first");
  return home;
}

/** Does `act` until it ends, or until the files halt it. */
async function halting(
  options: CountingFilesOptions,
  act: () => Promise<unknown>,
): Promise<CountingFiles> {
  const before = runtime.files;
  const files = countingFiles(before, { ...options, fault: "halt" });
  runtime.files = files;
  try {
    await Promise.race([act(), files.halted]);
  } finally {
    runtime.files = before;
  }
  return files;
}

async function switchTo(home: NotifyHome, index: number): Promise<void> {
  await new AccountManager({ dir: home.dir }).switchTo(index);
}

async function sendAll(home: NotifyHome): Promise<void> {
  const layout = layoutAt(home.dir);
  const { signal } = new AbortController();
  for (let tries = 0; tries < 20; tries++) {
    await endPauses(layout, Date.now());
    await sendDue(layout, { signal });
    if ((await findDue(layout, Infinity)).length === 0) return;
  }
  throw new Error("Never: all messages are sent");
}

/** The messages that arrived, each once, in the order of their ids. */
function arrived(home: NotifyHome) {
  const { received } = home.receiver;
  const byId = new Map(
    received.map((it) => [it.headers.get("webhook-id") ?? "", it.body]),
  );
  return [...byId].sort(([a], [b]) => a < b ? -1 : 1).map(([, body]) => {
    const { type, data } = JSON.parse(body);
    return [type, data.previous?.index, data.account?.index];
  });
}

Deno.test("a halt before any step of a switch leaves one message about it", async () => {
  let steps = Infinity;
  for (let failAt = 1; failAt <= steps; failAt++) {
    await using home = await savedHome(PLAYS);
    const files = await halting({ failAt }, () => switchTo(home, 2));
    if (files.steps < failAt) steps = files.steps;
    await switchTo(home, 2);
    await sendAll(home);
    assertEquals(
      arrived(home),
      [["account.switched", 1, 2]],
      `halted before step ${failAt}`,
    );
  }
  assertGreater(steps, 10);
});

Deno.test("a halt before any step of sending loses no message, and changes no id", async () => {
  let steps = Infinity;
  for (let failAt = 1; failAt <= steps; failAt++) {
    await using home = await savedHome(PLAYS);
    for (const index of [2, 3]) await switchTo(home, index);
    const files = await halting({ failAt }, () => sendAll(home));
    if (files.steps < failAt) steps = files.steps;
    await sendAll(home);
    assertEquals(arrived(home), [
      ["account.switched", 1, 2],
      ["account.switched", 2, 3],
    ], `halted before step ${failAt}`);
    assertEquals(home.receiver.received.length <= 3, true);
  }
  assertGreater(steps, 4);
});

const KILLS = 24;

Deno.test(`${KILLS} killed switches, and killed processes in the background, lose no message`, async () => {
  await using home = await savedHome(PLAYS, Array(10).fill(500));
  let active = 1;
  for (let round = 0; round < KILLS; round++) {
    const next = active % 4 + 1;
    await killedSwitch(home, next, 40 + (round * 37) % 260);
    for (const pid of drainsOf(home.dir)) {
      if (round % 3 === 0) killIfThere(pid);
    }
    active = next;
  }
  await killedSwitch(home, active % 4 + 1);
  await sendAll(home);
  await home.drained();
  checkChain(arrived(home), { from: 1, to: active % 4 + 1 });
});

/** Switches, and kills the process after `afterMs`, if it still runs. */
async function killedSwitch(
  home: NotifyHome,
  index: number,
  afterMs?: number,
): Promise<void> {
  const [program = "", ...args] = accountQwen();
  const child = spawn(program, {
    args: [...args, "switch", String(index)],
    env: { HOME: home.path },
    stdout: "null",
    stderr: "null",
  });
  const timer = afterMs === undefined
    ? undefined
    : setTimeout(() => killIfThere(child.pid), afterMs);
  await child.status;
  clearTimeout(timer);
}

function killIfThere(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/**
 * Checks that each switch begins where the one before ended. A process that was
 * killed between the message and the state leaves a message; the next one tells
 * of its own switch from the account in the state.
 */
function checkChain(
  switches: ReturnType<typeof arrived>,
  { from, to }: { from: number; to: number },
): void {
  let ends = [from];
  for (const [type, previous, account] of switches) {
    assertEquals(type, "account.switched");
    assertEquals(ends.includes(previous), true, `${previous} after ${ends}`);
    ends = [account, previous];
  }
  assertEquals(ends[0], to);
}
