import type { AsyncLocalStorage } from "node:async_hooks";
import { setAgentFinder } from "../program.ts";

/** A call that is under way; it names no agent any more when it has ended. */
interface Call {
  program: string | undefined;
}

let storage: AsyncLocalStorage<Call> | undefined;

/**
 * Runs `action`; the commands in its hints name the agent `program`, if one is
 * given. A program that uses the library may have several agents at the same
 * time.
 */
export async function namingAgent<T>(
  program: string | undefined,
  action: () => Promise<T>,
): Promise<T> {
  if (program === undefined && !storage) return await action();
  storage ??= makeStorage();
  const call: Call = { program };
  try {
    return await storage.run(call, action);
  } finally {
    call.program = undefined; // Deno 2.9.6 may continue in its context
  }
}

/** Loads its module only here: the command line needs none. */
function makeStorage(): AsyncLocalStorage<Call> {
  const { AsyncLocalStorage } = globalThis.process.getBuiltinModule(
    "node:async_hooks",
  );
  const made = new AsyncLocalStorage<Call>();
  setAgentFinder(() => made.getStore()?.program);
  return made;
}
