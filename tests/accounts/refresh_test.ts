import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { OAuthError } from "../../lib/oauth/errors.ts";
import { AccountManager } from "../../lib/mod.ts";
import { recordLease, refreshRecord } from "../support/run_records.ts";
import { realSystem, type System } from "../../lib/system/system.ts";
import {
  type AccountFolder,
  credential,
  namesIn,
  text,
} from "../support/account_folder.ts";
import { noSpace, replaceFiles } from "../support/files.ts";
import { refreshToken } from "../support/home.ts";
import { tempDir } from "../support/temp_dir.ts";
import { type TokenServer, tokenServer } from "../support/token_server.ts";
import { refresh as refreshByAgent } from "./agent_writes.ts";
import { dueFolder, ENDED, LATER, refreshSystem } from "./due.ts";
import { assertFails } from "../support/assert_fails.ts";

Deno.test("refresh() sends no request when the disk has no room for the new tokens", async () => {
  await using folder = await dueFolder();
  await using server = tokenServer();
  const before = await folder.slot(1);
  using _disk = replaceFiles((real) => ({
    create: async (path, bytes, mode) => {
      if (bytes.length > 4_096) throw noSpace();
      await real.create(path, bytes, mode);
    },
  }));
  await assertRejects(() => refresh(folder, server), Error, "No space");
  assertEquals(server.sent, []);
  assertEquals(await folder.slot(1), before);
});

Deno.test("refresh() tries again when the new tokens cannot be written immediately", async () => {
  await using folder = await dueFolder();
  await using server = tokenServer();
  using disk = brokenSlots(2);
  const notices: string[] = [];
  const { refreshed } = await refresh(folder, server, { notices });
  assertEquals(refreshed, true);
  assertEquals(disk.failures, 2);
  assertEquals(notices, [
    "cannot save the new tokens of account 1 yet: No space left on device",
  ]);
  assertEquals(tokenIn(await folder.slot(1)), granted(1));
  assertEquals(server.sent.length, 1);
});

Deno.test("refresh() keeps the new tokens elsewhere when they can never be written", async () => {
  await using folder = await dueFolder();
  await using elsewhere = await tempDir();
  await using server = tokenServer();
  const before = await folder.slot(1);
  using _disk = brokenSlots(Infinity);
  const error = await assertFails(
    () => refresh(folder, server, { home: elsewhere.path }),
    "unsaved-tokens",
  );
  assertEquals(await folder.slot(1), before);
  const [name = ""] = await namesIn(elsewhere.path);
  assertEquals(error.path, `${elsewhere.path}/${name}`);
  const kept = await Deno.readFile(`${elsewhere.path}/${name}`);
  assertEquals(tokenIn(kept), granted(1));
  assertMatch(name, /\.of_1\.json$/);
  assertEquals(error.message.includes(granted(1)), false);
  assertEquals(await isRefreshing(folder), false);
});

Deno.test("refresh() sends no request when qwen has refreshed the login", async () => {
  await using folder = await dueFolder();
  await using server = tokenServer();
  const written = credential(1, { accessToken: "of-qwen", expiresAt: LATER });
  refreshByAgent(folder, written);
  const { refreshed, expiresAt } = await managerFor(folder, server)
    .refresh(1, { withinMs: 30_000 });
  assertEquals({ refreshed, expiresAt }, {
    refreshed: false,
    expiresAt: LATER,
  });
  assertEquals(server.sent, []);
  assertEquals(await folder.slot(1), written);
});

Deno.test("refresh() sends a request when the login that qwen has just got expires soon", async () => {
  await using folder = await dueFolder();
  await using server = tokenServer();
  const soon = { refreshToken: "of-qwen", expiresAt: Date.now() + 10_000 };
  refreshByAgent(folder, credential(1, soon));
  assertEquals((await refresh(folder, server)).refreshed, true);
  assertEquals(server.sent, ["of-qwen"]);
});

Deno.test("refresh() waits for the lock of qwen and uses the login that qwen got", async () => {
  await using folder = await dueFolder();
  await using server = tokenServer();
  const { agentLock } = folder.layout;
  await Deno.writeTextFile(agentLock, crypto.randomUUID());
  let pauses = 0;
  const system: System = {
    ...refreshSystem(server.url),
    async sleep(ms, signal) {
      await realSystem.sleep(ms, signal);
      if (++pauses !== 3) return;
      refreshByAgent(folder, credential(1, { expiresAt: LATER }));
      await Deno.remove(agentLock);
    },
  };
  const { refreshed } = await managerWith(folder, system).refresh(1);
  assertEquals(refreshed, false);
  assertEquals(pauses, 3);
  assertEquals(server.sent, []);
});

Deno.test("refresh() holds the lock of qwen during its request", async () => {
  await using folder = await dueFolder();
  const locked: boolean[] = [];
  const isLocked = async () =>
    (await namesIn(folder.path)).includes("oauth_creds.lock");
  await using server = tokenServer({
    answer: async () => {
      locked.push(await isLocked());
      return Response.json({ access_token: "a", refresh_token: "r" });
    },
  });
  await refresh(folder, server);
  assertEquals([...locked, await isLocked()], [true, false]);
});

Deno.test("refresh() uses the login that qwen got when its own token is refused", async () => {
  await using folder = await dueFolder();
  await using server = tokenServer({
    answer: () => {
      refreshByAgent(folder, credential(1, { expiresAt: LATER }));
      return Response.json({ error: "invalid_grant" }, { status: 400 });
    },
  });
  const { refreshed } = await refresh(folder, server);
  assertEquals(refreshed, false);
  const events = (await folder.events()).map((it) => it.event);
  assertEquals(events, ["credential_adopted"]);
});

Deno.test("refresh() keeps the login that expires later when qwen wrote during the request", async () => {
  await using folder = await dueFolder();
  const written = credential(1, { expiresAt: LATER });
  await using server = tokenServer({
    answer: () => {
      refreshByAgent(folder, written);
      const tokens = { access_token: "a", refresh_token: "r", expires_in: 60 };
      return Response.json(tokens);
    },
  });
  await refresh(folder, server);
  assertEquals(await folder.slot(1), written);
  const kept = (await folder.generations(1)).map(tokenIn);
  assertEquals(kept.includes("r"), true);
});

Deno.test("refresh() recreates the link when qwen has put a file there", async () => {
  await using folder = await dueFolder();
  await using server = tokenServer();
  refreshByAgent(folder, credential(1, { expiresAt: ENDED + 1 }));
  assertEquals((await refresh(folder, server)).refreshed, true);
  assertEquals(
    await Deno.readLink(folder.layout.live),
    "accounts/oauth_creds_1.json",
  );
});

Deno.test("refresh() sends no request when the tokens are a moment old", async () => {
  await using folder = await dueFolder();
  await using server = tokenServer();
  await refresh(folder, server);
  assertEquals((await refresh(folder, server)).refreshed, false);
  assertEquals(server.sent, [refreshToken(1)]);
});

Deno.test("refresh() sends one request for several calls of a process", async () => {
  await using folder = await dueFolder();
  await using server = tokenServer({ delayMs: 100 });
  const results = await Promise.all(
    [1, 2, 3].map(() => refresh(folder, server)),
  );
  assertEquals(results.filter((it) => it.refreshed).length, 1);
  assertEquals(server.sent.length, 1);
});

Deno.test("refresh() takes over when a lease has expired", async () => {
  await using folder = await dueFolder();
  await using server = tokenServer();
  await recordLease(folder.layout, { index: 1, until: Date.now() - 30_000 });
  assertEquals((await refresh(folder, server)).refreshed, true);
});

Deno.test("refreshIfDue() sends no request and takes no lock when the token is good", async () => {
  await using folder = await dueFolder();
  await using server = tokenServer();
  const manager = managerFor(folder, server);
  assertEquals(await manager.refreshIfDue(2, 30_000), "fresh");
  assertEquals(await manager.refreshIfDue(1, 0), "fresh");
  assertEquals(server.sent, []);
  const names = await namesIn(folder.path);
  assertEquals(names.includes("state.yaml.lock"), false);
});

const OUTCOMES: Record<string, () => Response> = {
  "refreshed": () => Response.json({ access_token: "a", refresh_token: "r" }),
  "login needed": () =>
    Response.json({ error: "invalid_grant" }, { status: 400 }),
  "failed": () => new Response("<html>", { status: 503 }),
};

for (const [outcome, answer] of Object.entries(OUTCOMES)) {
  Deno.test(`refreshIfDue() returns "${outcome}" and never throws`, async () => {
    await using folder = await dueFolder();
    await using server = tokenServer({ answer });
    const notices: string[] = [];
    const manager = managerFor(folder, server, { notices });
    assertEquals(await manager.refreshIfDue(1, 30_000), outcome);
    assertEquals(notices.length, outcome === "refreshed" ? 0 : 1);
  });
}

Deno.test("refreshIfDue() says how to import the tokens that could not be saved", async () => {
  await using folder = await dueFolder();
  await using elsewhere = await tempDir();
  await using server = tokenServer();
  using _disk = brokenSlots(Infinity);
  const notices: string[] = [];
  const told = { notices, home: elsewhere.path };
  const manager = managerFor(folder, server, told);
  assertEquals(await manager.refreshIfDue(1, 30_000), "login needed");
  assertMatch(
    notices.at(-1) ?? "",
    /^Cannot save the new tokens of account 1: .*; kept as ".*": make room, then see how to import them: account-qwen doctor$/,
  );
});

Deno.test("refresh() throws and leaves no lease when the service does not answer", async () => {
  await using folder = await dueFolder();
  const system = {
    ...realSystem,
    env: () => "http://127.0.0.1:9",
  };
  await assertRejects(
    () => managerWith(folder, system).refresh(1),
    OAuthError,
    "Cannot refresh account 1: ",
  );
  assertEquals(await isRefreshing(folder), false);
});

interface Told {
  notices?: string[];
  home?: string;
}

function managerFor(
  folder: AccountFolder,
  { url }: TokenServer,
  { notices = [], home = "/nowhere" }: Told = {},
): AccountManager {
  return managerWith(folder, refreshSystem(url, home), notices);
}

function managerWith(
  { path }: AccountFolder,
  system: System,
  notices: string[] = [],
): AccountManager {
  const notify = (it: string) => notices.push(it);
  return new AccountManager({ dir: path, notify, system });
}

async function refresh(
  folder: AccountFolder,
  server: TokenServer,
  told?: Told,
) {
  return await managerFor(folder, server, told).refresh(1);
}

/** Whether a process is recorded as the one that refreshes account 1. */
async function isRefreshing({ layout }: AccountFolder): Promise<boolean> {
  return "id" in (await refreshRecord(layout, 1) ?? {});
}

/** Lets the first `times` writes of a slot fail as on a full disk. */
function brokenSlots(times: number) {
  const disk = { failures: 0 };
  const files = replaceFiles((real) => ({
    create: async (path, bytes, mode) => {
      const isNew = text(bytes).includes("new-access") &&
        path.includes("/accounts/");
      if (isNew && disk.failures < times) {
        disk.failures++;
        throw noSpace();
      }
      await real.create(path, bytes, mode);
    },
  }));
  return Object.assign(disk, files);
}

function granted(index: number): string {
  return `new-refresh-${refreshToken(index)}`;
}

function tokenIn(bytes: Uint8Array): string {
  return JSON.parse(text(bytes)).refresh_token;
}
