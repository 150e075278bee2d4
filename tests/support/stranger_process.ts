import { runtime } from "../../lib/system/mod.ts";
import { startWaiting, writeWaiting } from "./waiting_process.ts";

/** A process of the agent that was started without us. */
export interface Stranger extends AsyncDisposable {
  /** Ends it and waits for its end. */
  end(): Promise<void>;
}

/**
 * Starts a program `qwen` that does nothing, and whose home is the parent of
 * `folder`.
 *
 * Until it is disposed of, our search for strangers finds only this process.
 * Tests that run at the same time use other folders.
 */
export async function startStranger(
  { path }: { path: string },
): Promise<Stranger> {
  const program = `${path}/bin/qwen`;
  await Deno.mkdir(`${path}/bin`, { recursive: true });
  await writeWaiting(program);
  const env = { HOME: path.replace(/\/\.qwen$/, "") };
  const child = await startWaiting(program, { env });

  const { host } = runtime;
  const { findProcesses } = host;
  host.findProcesses = (isMeant) =>
    findProcesses((args) => isMeant(args) && args.includes(program));
  let isEnded = false;
  const end = async () => {
    if (isEnded) return;
    isEnded = true;
    await child[Symbol.asyncDispose]();
  };
  return {
    end,
    async [Symbol.asyncDispose]() {
      await end();
      host.findProcesses = findProcesses;
    },
  };
}
