import { errorCode, runtime } from "../../system/mod.ts";
import { sameBytes } from "../../disk/bytes.ts";
import { FILE_MODE, type Layout } from "../../disk/layout.ts";
import type { Notify, System } from "../../system/system.ts";
import { describeProcess } from "./lease.ts";

/** The agent takes an older lock of its own for stale. */
export const STALE_AGENT_LOCK_MS = 35_000;

/** A refresh takes one or two requests. */
const DEADLINE_MS = 5_000;

const PAUSE_MS = 50;

/**
 * Waits while the agent refreshes a login, so that its new tokens are adopted
 * and not written after the link has moved. Its lock is never removed.
 *
 * After 5 s it returns anyway: every agent that ends removes the lock, its own
 * or not, so the lock proves little, and a later write is moved aside anyway.
 */
export async function awaitAgentLock(
  layout: Layout,
  { notify, system }: {
    notify: Notify;
    system: Pick<System, "now" | "elapsed" | "sleep">;
  },
): Promise<void> {
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
 * token that we are using. Waits for another holder as {@linkcode
 * awaitAgentLock} does, and after 5 s continues without the lock; replaces a
 * stale one.
 */
export async function takeAgentLock(
  layout: Layout,
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
        leftBehind.add(text); // what we held it for matters more
      }
    },
  };
}

/** Another process has been faster. */
function unlessTaken(error: unknown): false {
  if (errorCode(error) !== "EEXIST") throw error;
  return false;
}

/** What is in locks of ours that could not be removed. */
const leftBehind = new Set<string>();

/** So does the content begin when one of us holds the lock. */
const OURS = "account-qwen ";

const MAX_ID_BYTES = 512;

async function isAgentLockHeld(layout: Layout, now: number): Promise<boolean> {
  const info = await runtime.files.info(layout.agentLock);
  const isFresh = info !== undefined &&
    Math.abs(now - info.mtimeMs) < STALE_AGENT_LOCK_MS;
  return isFresh && !await isOfEnded(layout);
}

/** Whether one of us was killed while it held the lock, or could not free it. */
async function isOfEnded(layout: Layout): Promise<boolean> {
  const id = new TextDecoder().decode(await readId(layout));
  const process = processIn(id);
  return leftBehind.has(id) ||
    !!process && !runtime.host.mayBeRunning(process);
}

/** Returns our process that the content of a lock names, if it names one. */
function processIn(id: string): string | undefined {
  return id.startsWith(OURS) ? id.slice(OURS.length).split(" ")[0] : undefined;
}

/** What is in the lock; `undefined` if it cannot be read. */
async function readId(layout: Layout): Promise<Uint8Array | undefined> {
  try {
    return await runtime.files.read(layout.agentLock, MAX_ID_BYTES);
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return undefined;
  }
}
