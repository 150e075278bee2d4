import { assertEquals } from "@std/assert";
import { AccountManager } from "../../lib/mod.ts";
import { runtime } from "../../lib/system/mod.ts";
import type { System } from "../../lib/system/system.ts";
import { dueFolder, refreshSystem } from "../accounts/due.ts";
import {
  type AccountFolder,
  modeOf,
  namesIn,
} from "../support/account_folder.ts";
import { failing, noSpace, replaceFiles } from "../support/files.ts";
import { recordLease, refreshRecord } from "../support/run_records.ts";
import { type TokenServer, tokenServer } from "../support/token_server.ts";

Deno.test("a refresh reserves room on the disk, in a private file, before it sends its request", async () => {
  await using folder = await dueFolder();
  const path = `${folder.layout.runs}/refresh_1`;
  const seen: unknown[] = [];
  await using server = tokenServer({
    answer: async () => {
      const { size } = await Deno.stat(path);
      seen.push([size > 100_000, await modeOf(path)]);
      return Response.json({ access_token: "a", refresh_token: "r" });
    },
  });
  await refresh(folder, server);
  assertEquals(seen, [[true, "0600"]]);
  assertEquals((await Deno.stat(path)).size < 1_000, true);
  assertEquals("at" in (await refreshRecord(folder.layout, 1) ?? {}), true);
});

Deno.test("a refresh leaves the lease of another process that has taken over", async () => {
  await using folder = await dueFolder();
  const until = Date.now() + 60_000;
  await using server = tokenServer({
    answer: async () => {
      await recordLease(folder.layout, { index: 1, until });
      return new Response("<html>", { status: 502 });
    },
  });
  await refresh(folder, server).catch(() => {});
  assertEquals((await refreshRecord(folder.layout, 1))?.until, until);
});

Deno.test("a refresh drops no lease while another process holds our lock, which may replace it", async () => {
  await using folder = await dueFolder();
  let lock: Deno.FsFile | undefined;
  await using server = tokenServer({
    answer: () => {
      lock = Deno.openSync(folder.layout.lock, { write: true });
      lock.lockSync(true);
      return new Response("<html>", { status: 502 });
    },
  });
  await refresh(folder, server, { lockTimeoutMs: 20 }).catch(() => {});
  const left = await refreshRecord(folder.layout, 1);
  lock?.close();
  assertEquals(left !== undefined && "until" in left, true);
});

for (const step of ["remove", "create", "rename"] as const) {
  Deno.test(`a refresh reports what went wrong when the disk then refuses to ${step}`, async () => {
    await using folder = await dueFolder();
    let disk: Disposable | undefined;
    await using server = tokenServer({
      answer: () => {
        disk = failing(step);
        return new Response("<html>", { status: 502 });
      },
    });
    const error = await refresh(folder, server).catch((it) => it);
    disk?.[Symbol.dispose]();
    assertEquals(
      error.message,
      "Cannot refresh account 1: the service reports an error (502, a web page)",
    );
  });
}

Deno.test("a failed refresh leaves one private record, also beside one of a killed process", async () => {
  await using folder = await dueFolder();
  const { runs } = folder.layout;
  await Deno.mkdir(runs, { mode: 0o700 });
  await Deno.writeTextFile(`${runs}/refresh_1.failed`, "of a kill");
  await using server = tokenServer({
    answer: () => new Response("<html>", { status: 502 }),
  });
  await refresh(folder, server).catch(() => {});
  assertEquals(await namesIn(runs), ["refresh_1"]);
  assertEquals(await modeOf(`${runs}/refresh_1`), "0600");
  const { code } = await refreshRecord(folder.layout, 1) ?? {};
  assertEquals(code, "unavailable");
});

Deno.test("a refresh leaves no record when the disk is full", async () => {
  await using folder = await dueFolder();
  await using server = tokenServer();
  using _disk = replaceFiles((real) => ({
    create: async (path, bytes, mode) => {
      if (!path.endsWith("/refresh_1")) {
        return await real.create(path, bytes, mode);
      }
      await real.create(path, bytes.subarray(0, 100), mode);
      throw noSpace();
    },
  }));
  const error = await refresh(folder, server).catch((it) => it);
  assertEquals(error.code, "ENOSPC");
  assertEquals(await namesIn(folder.layout.runs), []);
  assertEquals(server.sent, []);
});

const SELF = runtime.host.identify(Deno.pid);

/** What does not keep a process from refreshing. */
const FREE: Record<string, () => string> = {
  "is empty": () => "",
  "is cut short": () => "{",
  "has an id that is not text": () => '{"id":7}',
  "is null": () => "null",
  "is a list": () => "[]",
  "is not text": () => "\xff",
  "is of a process that has ended": () => lease(`${SELF}0`, 60_000),
  "has expired": () => lease(SELF, -1),
  "expires later than any lease can": () => lease(SELF, 91_000 + 60_000),
};

for (const [what, content] of Object.entries(FREE)) {
  Deno.test(`a refresh does not wait when the record of the last one ${what}`, async () => {
    await using folder = await dueFolder();
    await using server = tokenServer();
    const { runs } = folder.layout;
    await Deno.mkdir(runs, { mode: 0o700 });
    await Deno.writeTextFile(`${runs}/refresh_1`, content());
    const real = refreshSystem(server.url);
    const system: System = {
      ...real,
      sleep: (ms, signal) =>
        ms < 1_000
          ? Promise.reject(new Error("it waits"))
          : real.sleep(ms, signal), // the time limit of a request
    };
    const accounts = new AccountManager({ dir: folder.path, system });
    assertEquals((await accounts.refresh(1)).refreshed, true);
  });
}

for (const process of [SELF, undefined]) {
  Deno.test(`removeAccount() is refused while ${process ? "a running" : "an unknown"} process refreshes`, async () => {
    await using folder = await dueFolder();
    const { runs } = folder.layout;
    await Deno.mkdir(runs, { mode: 0o700 });
    await Deno.writeTextFile(`${runs}/refresh_1`, lease(process, 60_000));
    const accounts = new AccountManager({ dir: folder.path });
    const error = await accounts.removeAccount(1).catch((it) => it);
    assertEquals(error.code, "in-use");
  });
}

/** The record of a lease that expires in `leftMs`. */
function lease(process: string | undefined, leftMs: number): string {
  return JSON.stringify({ id: "1", process, until: Date.now() + leftMs });
}

async function refresh(
  { path }: AccountFolder,
  { url }: TokenServer,
  { lockTimeoutMs }: { lockTimeoutMs?: number } = {},
) {
  const system = refreshSystem(url);
  const options = { dir: path, system, lockTimeoutMs };
  return await new AccountManager(options).refresh(1);
}
