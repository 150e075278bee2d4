import { errorCode, runtime, unlessRefused } from "../../system/mod.ts";
import { sameBytes } from "../../disk/bytes.ts";
import {
  FILE_MODE,
  isLinked,
  type Layout,
  type LinkedLayout,
} from "../../disk/layout.ts";
import type { Notify, System } from "../../system/system.ts";
import { describeProcess } from "./lease.ts";

/** The agent itself treats an older lock as stale. */
export const STALE_AGENT_LOCK_MS = 35_000;

/** How long to wait for the agent: a refresh takes one or two requests. */
const DEADLINE_MS = 5_000;

const PAUSE_MS = 50;

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
  { notify, system }: {
    notify: Notify;
    system: Pick<System, "now" | "elapsed" | "sleep">;
  },
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
  options: {
    notify: Notify;
    system: Pick<System, "now" | "elapsed" | "sleep">;
  },
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

/** Returns `false` if another process has taken the lock. */
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
