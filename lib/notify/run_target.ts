import { findProgram } from "../process/find_program.ts";
import { errorCode, runtime } from "../system/mod.ts";
import type { System } from "../system/system.ts";
import { forMarkup, linesOf } from "./forms.ts";
import type { Delivered, Outcome } from "./message.ts";
import type { Target } from "./targets.ts";

/** How to run the program of a target. */
interface RunTargetOptions {
  /** Ends the program and everything that it has started. */
  signal: AbortSignal;
  /** Starts it. */
  system: Pick<System, "spawn">;
  /** The operating system, which has its own desktop. @default this one */
  os?: string;
  /** The environment of the program. @default that of this process, without secrets */
  env?: Readonly<Record<string, string>>;
}

/** What a program gets: its command line and its stdin. */
interface Call {
  command: readonly string[];
  stdin: string;
}

/** What makes a notification on the desktop of each system. */
const DESKTOPS: Readonly<Record<string, (message: Delivered) => Call>> = {
  linux: ({ payload }) => {
    const [title = "", ...lines] = linesOf(payload);
    // The body is markup, the title is not
    // (specifications.freedesktop.org/notification-spec).
    const body = forMarkup(lines.join("\n"));
    return {
      command: ["notify-send", "--app-name=account-qwen", "--", title, body],
      stdin: "",
    };
  },
  // The texts are arguments of the script, never part of it.
  darwin: ({ payload }) => {
    const [title = "", ...lines] = linesOf(payload);
    const script = [
      "on run argv",
      "display notification (item 2 of argv) with title (item 1 of argv)",
      "end run",
    ].flatMap((it) => ["-e", it]);
    return {
      command: ["osascript", ...script, "--", title, lines.join("\n")],
      stdin: "",
    };
  },
};

/**
 * Runs the program of `target`, without a shell. A program of the user gets the
 * message as JSON on its stdin. Its environment has no secrets, and nothing of
 * its output is kept. It fails if its exit code is not 0.
 */
export async function runTarget(
  target: Target,
  message: Delivered,
  options: RunTargetOptions,
): Promise<Outcome> {
  const { signal, system } = options;
  const { os = runtime.host.os, env = plainEnvironment() } = options;
  const call = callOf(target, message, { os });
  if (!call) {
    const said = `there is no desktop for messages on ${os}`;
    return { isDone: false, said, isFinal: true };
  }
  const { command: [program = "", ...args], stdin } = call;
  const path = await findProgram(program, env);
  const missing: Outcome = {
    isDone: false,
    said: `there is no program "${program}"`,
    isFinal: true,
  };
  const started = path && start(path, { args, env, system });
  if (!started) return missing;
  if ("problem" in started) {
    return { isDone: false, said: started.problem, isFinal: true };
  }
  const { pid, ended } = started;
  const end = () => void runtime.host.kill(-pid, "SIGKILL");
  signal.addEventListener("abort", end, { once: true });
  if (signal.aborted) end();
  try {
    const fed = feed(started.stdin, stdin);
    const { code, signal: name } = await ended;
    await fed;
    signal.throwIfAborted();
    if (code === 0) return { isDone: true, said: "exit code 0" };
    const said = name === undefined ? `exit code ${code}` : `ended by ${name}`;
    return { isDone: false, said, isFinal: false };
  } finally {
    signal.removeEventListener("abort", end);
  }
}

function callOf(
  { type, command }: Target,
  message: Delivered,
  { os }: { os: string },
): Call | undefined {
  if (type === "desktop") return DESKTOPS[os]?.(message);
  const { id, payload } = message;
  return { command: command ?? [], stdin: JSON.stringify({ id, ...payload }) };
}

function start(
  path: string,
  { args, env, system }: {
    args: readonly string[];
    env: Readonly<Record<string, string>>;
    system: Pick<System, "spawn">;
  },
) {
  try {
    return system.spawn(path, {
      args,
      env,
      cwd: "/",
      stdin: "pipe",
      output: "null",
      ownGroup: true,
    });
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    return { problem: `"${path}" cannot be started` };
  }
}

/** Writes all of `text`. A program that does not read it is not at fault. */
async function feed(
  pipe: WritableStream<Uint8Array> | undefined,
  text: string,
): Promise<void> {
  if (!pipe) return;
  const writer = pipe.getWriter();
  try {
    await writer.write(new TextEncoder().encode(`${text}\n`));
    await writer.close();
  } catch {
    await writer.abort().catch(() => {});
  }
}

/**
 * The variables that a program needs to find its files and the desktop. No
 * others are passed on, since they may contain keys.
 */
const KEPT =
  /^(?:PATH|HOME|USER|LOGNAME|SHELL|LANG|LC_\w+|TZ|TMPDIR|XDG_\w+|DISPLAY|WAYLAND_DISPLAY|XAUTHORITY|DBUS_SESSION_BUS_ADDRESS)$/;

/** Those that lead to the network besides, and where a runtime finds code. */
const OF_NETWORK =
  /^(?:https?_proxy|all_proxy|no_proxy|SSL_CERT_(?:FILE|DIR)|NODE_EXTRA_CA_CERTS|DENO_(?:CERT|DIR|TLS_CA_STORE))$/i;

/** Returns our environment without anything that may be a secret. */
export function plainEnvironment(
  { forNetwork = false }: {
    /** Whether to keep the proxies and the certificates. @default false */
    forNetwork?: boolean;
  } = {},
): Record<string, string> {
  const isKept = (name: string) =>
    KEPT.test(name) || forNetwork && OF_NETWORK.test(name);
  const all = Object.entries(runtime.host.environment());
  return Object.fromEntries(all.filter(([name]) => isKept(name)));
}
