import { type Receiver, startReceiver, type Treatment } from "./receiver.ts";
import { type FakeHome, fakeHome } from "./fake_qwen.ts";
import { until } from "./until.ts";

/** A secret in the form of Standard Webhooks. */
export const SECRET = `whsec_${btoa("a secret key of 32 bytes, really")}`;

/** A home with accounts, and a target that gets signed webhooks. */
export interface NotifyHome extends FakeHome {
  /** Where the messages go. */
  receiver: Receiver;
  /** The names in the outbox. */
  outbox(): Promise<string[]>;
  /** Waits until the process in the background has ended. */
  drained(): Promise<void>;
  /** Replaces the settings. */
  configure(yaml: string): Promise<void>;
}

/**
 * Makes a home for a fake agent, as `fakeHome()` does, whose settings have the
 * target `hook`. The processes that it leaves are ended with it.
 */
export async function notifyHome(
  plays: Readonly<Record<number, string>>,
  treatments: readonly Treatment[] = [],
): Promise<NotifyHome> {
  await using owned = new AsyncDisposableStack();
  const receiver = owned.use(startReceiver(treatments));
  const home = owned.use(await fakeHome(plays));
  owned.defer(() => endDrains(home.dir));
  await addHook({ home: home.path, dir: home.dir }, receiver);
  const configure = (yaml: string) =>
    Deno.writeTextFile(`${home.dir}/account-qwen.yaml`, yaml);
  const disposables = owned.move();
  return {
    ...home,
    receiver,
    configure,
    async outbox() {
      try {
        const names = await Array.fromAsync(Deno.readDir(`${home.dir}/outbox`));
        return names.map((it) => it.name).sort();
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return [];
        throw error;
      }
    },
    drained: () =>
      until("the drain ends", () => drainsOf(home.dir).length === 0),
    [Symbol.asyncDispose]: () => disposables.disposeAsync(),
  };
}

/** Writes settings with the target `hook`, which gets signed webhooks. */
export async function addHook(
  { home, dir }: { home: string; dir: string },
  { url }: Pick<Receiver, "url">,
): Promise<void> {
  const path = `${home}/hook-secret`;
  await Deno.writeTextFile(path, `${SECRET}\n`, { mode: 0o600 });
  await Deno.writeTextFile(
    `${dir}/account-qwen.yaml`,
    `notify:
  targets:
    hook:
      type: webhook
      url: ${url}/hook
      secret_file: ${path}
`,
  );
}

/** Returns the processes that drain the outbox of the folder `dir`. */
export function drainsOf(dir: string): number[] {
  return [...Deno.readDirSync("/proc")].map((it) => Number(it.name))
    .filter((pid) => {
      const words = commandLineOf(pid);
      return words.includes("--drain") && words.includes(dir);
    });
}

function commandLineOf(pid: number): string[] {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/cmdline`).split("\0");
  } catch {
    return []; // not a process, or it has ended
  }
}

async function endDrains(dir: string): Promise<void> {
  for (const pid of drainsOf(dir)) Deno.kill(pid, "SIGKILL");
  await until("no drain is left", () => drainsOf(dir).length === 0);
}
