import { runtime } from "../../lib/runtime/mod.ts";

/** A process of the CLI that somebody has started without us. */
export interface Stranger extends AsyncDisposable {
  /** Ends it and waits for that. */
  end(): Promise<void>;
}

/**
 * Starts a program `qwen` that does nothing, and whose home is the one that
 * `folder` is the `.qwen` of.
 *
 * Our own look for strangers, until it is disposed of, sees it and no other
 * one; of tests that run at the same time it uses another folder.
 */
export async function startStranger(
  { path }: { path: string },
): Promise<Stranger> {
  const program = `${path}/bin/qwen`;
  await Deno.mkdir(`${path}/bin`, { recursive: true });
  await Deno.writeTextFile(program, "#!/bin/sh\necho ready\nread -r _\n");
  await Deno.chmod(program, 0o755);
  const child = new Deno.Command(program, {
    env: { HOME: path.replace(/\/\.qwen$/, "") },
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  await reader.cancel();

  const { host } = runtime;
  const { findProcesses } = host;
  host.findProcesses = (isMeant) =>
    findProcesses((args) => isMeant(args) && args.includes(program));
  let isEnded = false;
  const end = async () => {
    if (isEnded) return;
    isEnded = true;
    await child.stdin.close();
    await child.status;
  };
  return {
    end,
    async [Symbol.asyncDispose]() {
      await end();
      host.findProcesses = findProcesses;
    },
  };
}
