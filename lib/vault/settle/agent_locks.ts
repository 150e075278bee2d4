/**
 * The locks that an agent itself holds while it refreshes a login or writes it.
 *
 * @module
 */

import type { AgentLock } from "../../agents/home_login.ts";
import { sameBytes } from "../../disk/bytes.ts";
import {
  FILE_MODE,
  FOLDER_MODE,
  isLinked,
  type Layout,
  type LinkedLayout,
} from "../../disk/layout.ts";
import { withLock } from "../../disk/lock.ts";
import { BusyError } from "../../errors.ts";
import { errorCode, runtime, unlessRefused } from "../../system/mod.ts";
import { type Notify, realSystem, type System } from "../../system/system.ts";
import { describeProcess } from "./lease.ts";

/**
 * An older lock is stale: an agent treats it so itself, or the request of its
 * holder, which takes 30 s at most, has ended.
 */
export const STALE_AGENT_LOCK_MS = 35_000;

/** How long to wait for the agent: a refresh takes one or two requests. */
const DEADLINE_MS = 5_000;

/** Long enough for a lock that a killed process left. */
const MOST_WAIT_MS = 40_000;

const PAUSE_MS = 50;

type Timing = Pick<System, "now" | "elapsed" | "sleep">;

/**
 * Waits while the agent refreshes a login, so that its new tokens are adopted
 * and not written after the link has moved. Never removes the agent's lock.
 *
 * Returns after 5 s in any case. The lock proves little, because every agent
 * that ends removes it, even if another one holds it; and a login that is
 * written later is moved aside and settled.
 */
export async function awaitAgentLock(
  layout: Layout,
  { notify, system }: { notify: Notify; system: Timing },
): Promise<void> {
  if (!isLinked(layout)) return;
  const deadline = system.elapsed() + DEADLINE_MS;
  while (await isAgentLockHeld(layout, system.now())) {
    if (system.elapsed() >= deadline) {
      const ours = processIn(new TextDecoder().decode(await readId(layout)));
      const holder = ours === undefined
        ? layout.agent.program
        : describeProcess(ours);
      notify(
        `${holder} still holds ${layout.agentLock}: continuing without it`,
      );
      return;
    }
    await system.sleep(PAUSE_MS);
  }
}

/**
 * Takes the agent's lock as the agent does, so that it does not use a refresh
 * token while we use it. Waits for another holder as {@linkcode
 * awaitAgentLock} does, and after 5 s continues without the lock; replaces a
 * stale one.
 */
export async function takeAgentLock(
  layout: LinkedLayout,
  options: { notify: Notify; system: Timing },
): Promise<AsyncDisposable> {
  const { files } = runtime;
  const self = runtime.host.identify(runtime.host.pid) ?? "";
  const text = `${OURS}${self} ${crypto.randomUUID()}`; // the agent's is a UUID
  const id = new TextEncoder().encode(text);
  for (let isTaken = false; !isTaken;) {
    await awaitAgentLock(layout, options);
    if (await isAgentLockHeld(layout, options.system.now())) break;
    await files.remove(layout.agentLock);
    isTaken = await files.create(layout.agentLock, id, FILE_MODE)
      .then(() => true, unlessTaken);
  }
  return {
    async [Symbol.asyncDispose]() {
      try {
        const isOurs = sameBytes(await readId(layout), id);
        if (isOurs) await runtime.files.remove(layout.agentLock);
      } catch (error) {
        if (errorCode(error) === undefined) throw error;
        leftBehind.add(text); // must not hide how the refresh ended
      }
    },
  };
}

/** For `catch()`: `false`, if another process has taken the lock. */
function unlessTaken(error: unknown): false {
  if (errorCode(error) !== "EEXIST") throw error;
  return false;
}

/** The contents of our locks that could not be removed. */
const leftBehind = new Set<string>();

/** How the content of the lock begins if account-qwen holds it. */
const OURS = "account-qwen ";

const MAX_ID_BYTES = 512;

async function isAgentLockHeld(
  layout: LinkedLayout,
  now: number,
): Promise<boolean> {
  const info = await runtime.files.info(layout.agentLock);
  const isFresh = info !== undefined &&
    Math.abs(now - info.mtimeMs) < STALE_AGENT_LOCK_MS;
  return isFresh && !await isLeftBehind(layout);
}

/** Whether the lock is left over from a killed or failed account-qwen. */
async function isLeftBehind(layout: LinkedLayout): Promise<boolean> {
  const id = new TextDecoder().decode(await readId(layout));
  const process = processIn(id);
  return leftBehind.has(id) ||
    !!process && !runtime.host.mayBeRunning(process);
}

/** Returns the account-qwen process that the content of a lock names. */
function processIn(id: string): string | undefined {
  return id.startsWith(OURS) ? id.slice(OURS.length).split(" ")[0] : undefined;
}

/** Returns the content of the lock; `undefined` if it cannot be read. */
async function readId(layout: LinkedLayout): Promise<Uint8Array | undefined> {
  return await runtime.files.read(layout.agentLock, MAX_ID_BYTES)
    .catch(unlessRefused);
}

/**
 * Runs `action` while holding `locks` as the agent itself holds them, so that
 * it writes no login meanwhile. The agent gives up on a lock after some seconds,
 * so `action` only moves files. The caller holds our own lock, and makes sure
 * that no process of an agent is running that takes none.
 *
 * @throws {BusyError} If another process still holds one after `timeoutMs`.
 */
export async function withAgentLocks<T>(
  locks: readonly AgentLock[],
  action: () => Promise<T>,
  options: AgentLocksOptions = {},
): Promise<T> {
  const [lock, ...others] = locks;
  if (!lock) return await action();
  const inner = () => withAgentLocks(others, action, options);
  if (lock.kind === "folder") {
    return await withFolder(lock.path, inner, options);
  }
  const { system, timeoutMs = MOST_WAIT_MS } = options;
  const timing = { timeoutMs, ...(system ? { system } : {}) };
  return await withLock(lock.path, inner, timing);
}

/** How to wait for the locks of an agent. */
export interface AgentLocksOptions {
  /** @default realSystem */
  system?: Timing | undefined;
  /** How long to wait for each lock, milliseconds. @default 40 s */
  timeoutMs?: number | undefined;
}

async function withFolder<T>(
  path: string,
  action: () => Promise<T>,
  { system = realSystem, timeoutMs = MOST_WAIT_MS }: AgentLocksOptions,
): Promise<T> {
  const deadline = system.elapsed() + timeoutMs;
  while (!await take(path, system.now())) {
    if (system.elapsed() >= deadline) {
      throw new BusyError(
        "locked",
        `Cannot lock "${path}" within ${timeoutMs} ms: another process ` +
          "holds it",
      );
    }
    await system.sleep(PAUSE_MS);
  }
  const ours = await runtime.files.info(path);
  try {
    return await action();
  } finally {
    await release(path, ours?.inode);
  }
}

async function take(path: string, now: number): Promise<boolean> {
  const { files } = runtime;
  const isTaken = await files.createFolder(path, FOLDER_MODE)
    .then(() => true, unlessTaken);
  if (isTaken) return true;
  const info = await files.info(path);
  if (
    info?.kind === "folder" &&
    Math.abs(now - info.mtimeMs) >= STALE_AGENT_LOCK_MS
  ) {
    await files.remove(path);
  }
  return false;
}

/** Another process has taken the lock over if the folder is another one. */
async function release(path: string, ours: number | undefined): Promise<void> {
  // A failure must not hide how the action ended; the lock becomes stale.
  const info = await runtime.files.info(path).catch(unlessRefused);
  if (info && info.inode === ours) {
    await runtime.files.remove(path).catch(unlessRefused);
  }
}
