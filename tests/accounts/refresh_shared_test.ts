import { assertEquals } from "@std/assert";
import { AccountManager } from "../../lib/mod.ts";
import { recordLease } from "../support/run_records.ts";
import { realSystem } from "../../lib/system/system.ts";
import type { AccountFolder } from "../support/account_folder.ts";
import { fakeClock } from "../support/clock.ts";
import { failing, replaceFiles } from "../support/files.ts";
import { type TokenServer, tokenServer } from "../support/token_server.ts";
import { dueFolder, refreshSystem } from "./due.ts";

const FAILURES: Record<string, () => Response> = {
  "the service has failed": () => new Response("<html>", { status: 502 }),
  "the login is no longer accepted": () =>
    Response.json({ error: "invalid_grant" }, { status: 400 }),
};

for (const [when, answer] of Object.entries(FAILURES)) {
  Deno.test(`refresh() fails for all that wait and sends one request when ${when}`, async () => {
    await using folder = await dueFolder();
    await using server = tokenServer({ delayMs: 200, answer });
    const errors = await Promise.all(
      [1, 2, 3, 4].map(() => failureIn(folder, server)),
    );
    const [first] = errors;
    assertEquals(first?.message.startsWith("Cannot refresh account 1: "), true);
    const shown = (it: Error) => [it.name, it.message];
    assertEquals(errors.map(shown), errors.map(() => shown(first!)));
    assertEquals(server.sent.length, 1);
  });
}

Deno.test("refresh() sends a new request when it began after the failure", async () => {
  await using folder = await dueFolder();
  await using server = tokenServer({
    answer: () => new Response("<html>", { status: 502 }),
  });
  await failureIn(folder, server);
  await realSystem.sleep(2); // the clock counts milliseconds
  await failureIn(folder, server);
  assertEquals(server.sent.length, 2);
});

Deno.test("refresh() tells all that wait where the unsaved tokens are", async () => {
  await using folder = await dueFolder();
  await using server = tokenServer({ delayMs: 200 });
  using _disk = replaceFiles((real) => ({
    create: async (path, bytes, mode) => {
      const isNew = new TextDecoder().decode(bytes).includes("new-access");
      if (isNew) throw Object.assign(new Error("full"), { code: "ENOSPC" });
      await real.create(path, bytes, mode);
    },
  }));
  const errors = await Promise.all(
    [1, 2, 3].map(() => failureIn(folder, server)),
  );
  const message =
    "Cannot save the new tokens of account 1: full; they are lost";
  assertEquals(errors.map((it) => it.message), errors.map(() => message));
  assertEquals(server.sent.length, 1);
});

Deno.test("refresh() reports what went wrong when the cleanup fails as well", async () => {
  await using folder = await dueFolder();
  let disk: Disposable | undefined;
  await using server = tokenServer({
    answer: () => {
      disk = failing("remove");
      return new Response("<html>", { status: 502 });
    },
  });
  const error = await failureIn(folder, server);
  disk?.[Symbol.dispose]();
  assertEquals(
    error.message,
    "Cannot refresh account 1: the service reports an error (502, a web page)",
  );
});

Deno.test("refresh() says once for whom it waits, and times out in the end", async () => {
  await using folder = await dueFolder();
  const clock = fakeClock(Date.now());
  const takeLease = () =>
    recordLease(folder.layout, { index: 1, until: clock.now() + 90_000 });
  // Each time a lease expires, another process has taken the next one.
  const system = {
    ...realSystem,
    ...clock,
    sleep: async (ms: number) => {
      if (clock.sleeps.length % 1_000 === 0) {
        await takeLease();
      }
      await clock.sleep(ms);
    },
  };
  await takeLease();
  const notices: string[] = [];
  const notify = (it: string) => notices.push(it);
  const error = await new AccountManager({ dir: folder.path, notify, system })
    .refresh(1).then(() => new Error("it did not wait"), (it) => it);
  const holder = `another process (account-qwen ${Deno.pid})`;
  assertEquals(notices, [
    `account 1: waiting until ${holder} has refreshed its login`,
  ]);
  assertEquals(
    error.message,
    `Cannot refresh account 1 within 120000 ms: ${holder} is already refreshing it`,
  );
});

async function failureIn(
  { path }: AccountFolder,
  { url }: TokenServer,
): Promise<Error> {
  const system = refreshSystem(url);
  return await new AccountManager({ dir: path, system }).refresh(1).then(
    () => new Error("it went well"),
    (it) => it,
  );
}
