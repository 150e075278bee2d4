import { bunConnections } from "./connections.ts";
import { bunKernel, bunLibc, isTerminal } from "./libc.ts";
import { builtin, bun, prepareBun } from "./modules.ts";
import { bunSpawn, bunStartDetached } from "./spawn.ts";
import { hideInput } from "./terminal.ts";
import { readStdin, writeFully, writeStdout } from "./streams.ts";
import {
  homeOfUser,
  ignoresSignal,
  wasStdoutClosed,
  withHome,
} from "../inherited.ts";
import { connectionLimit } from "../client_connections.ts";
import { errorCode } from "../file_errors.ts";
import type { Host } from "../contract.ts";
import { processesThrough } from "../processes.ts";
import { orUndefined } from "../kernel.ts";
import { offsetIn, type ZoneOffset } from "../zone_file.ts";

const FILES = { stdin: 0, stdout: 1, stderr: 2 } as const;

/** Creates the host of Bun, from its own calls and those of Node. */
export function bunHost(): Host {
  const { process } = bun;
  let stdin: ReadableStream<Uint8Array> | undefined;
  return {
    ...processesThrough(bunKernel),
    prepare: prepareBun,
    args: process.argv.slice(2),
    command: () => isCompiled() ? [process.execPath] : runCommand(),
    calledAs: () => lastPart(isCompiled() ? process.argv0 : process.argv[1]),
    os: process.platform,
    totalMemory: () => builtin("node:os").totalmem(),
    environment: () => withHome(definedOf(process.env), os),

    variable(name) {
      const value = process.env[name];
      return name === "HOME" ? value || homeOfUser(os) : value;
    },

    utcOffset,
    cwd: () => process.cwd(),
    spawn: bunSpawn,
    startDetached: bunStartDetached,

    kill(pid, signal) {
      try {
        process.kill(pid, signal);
        return true;
      } catch (error) {
        const code = errorCode(error);
        // On macOS also where all of a group have ended but are not reaped.
        if (code === "ESRCH" || code === "EPERM") return false;
        throw error;
      }
    },

    onSignal(signal, handler) {
      if (ignoresSignal(signal, bunKernel)) return { [Symbol.dispose]() {} };
      const listener = () => handler();
      process.on(signal, listener);
      return { [Symbol.dispose]: () => void process.off(signal, listener) };
    },

    serve: async (handler, options = {}) => {
      const { serve } = await import("../http_server.ts");
      const { bunListen } = await import("./listener.ts");
      const limit = connectionLimit(bunKernel);
      return serve(handler, options, { listen: bunListen, limit });
    },

    connections: bunConnections,
    // The one of the web platform starts a thread.
    sha256: (bytes) =>
      Promise.resolve(
        new bun.Bun.CryptoHasher("sha256").update(bytes).digest(),
      ),
    exit: (code) => process.exit(code),
    isTerminal: (stream) => mayBeTerminal(stream) && isTerminal(FILES[stream]),

    isStdoutAbandoned: bunLibc.isStdoutAbandoned,
    wasStdoutClosed: () =>
      wasStdoutClosed(bunKernel, { marksReplacement: true }),

    terminalSize() {
      const file = Object.values(FILES).find((it) => isTerminal(it));
      if (file === undefined) return undefined;
      const { WriteStream } = builtin("node:tty");
      const [columns, rows] = new WriteStream(file).getWindowSize();
      return columns > 0 && rows > 0 ? { columns, rows } : undefined;
    },

    stdin: () => stdin ??= readStdin(),
    hideInput: () => hideInput(FILES.stdin),
    writeTo: (fd, bytes) => writeFully(fd, bytes),
    write: (stream, bytes) =>
      stream === "stdout"
        ? writeStdout(bytes)
        : writeFully(FILES[stream], bytes),
  };
}

function os() {
  return builtin("node:os");
}

/**
 * The number of `/dev/null` on Linux (device 1:3), the usual stdin under
 * cron(8).
 */
const DEV_NULL = 0x103;

/** Rules out most streams without loading the C library, which takes 1 ms. */
function mayBeTerminal(stream: keyof typeof FILES): boolean {
  try {
    const info = builtin("node:fs").fstatSync(FILES[stream]);
    const isNull = bun.process.platform === "linux" && info.rdev === DEV_NULL;
    return info.isCharacterDevice() && !isNull;
  } catch {
    return false; // it is closed
  }
}

/** A compiled program runs from a virtual file system inside its binary. */
function isCompiled(): boolean {
  return bun.process.argv[1]?.startsWith("/$bunfs/") ?? false;
}

function runCommand(): string[] {
  const { execPath, argv } = bun.process;
  // Without these flags Bun reads `.env` and `bunfig.toml` in the working
  // folder, and the latter can make it run other code.
  return [execPath, "--no-env-file", "--config=/dev/null", argv[1] ?? ""];
}

function lastPart(path = ""): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function definedOf(
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const entries = Object.entries(env).filter(
    (it): it is [string, string] => it[1] !== undefined,
  );
  return Object.fromEntries(entries);
}

/** A name in the list of time zones, such as `America/Port-au-Prince`. */
const ZONE_NAME = /^[A-Za-z][\w+-]*(?:\/[\w+-]+)*$/;

let zone: Uint8Array | undefined;

/** Most times that are asked for are close together. */
let offset: ZoneOffset | undefined;

/** Returns how far local time is from UTC at `timeMs`, milliseconds. */
function utcOffset(timeMs: number): number {
  if (offset && offset.from <= timeMs && timeMs < offset.until) {
    return offset.offsetMs;
  }
  zone ??= zoneFile() ?? new Uint8Array();
  offset = offsetIn(zone, timeMs);
  return offset?.offsetMs ?? new Date(timeMs).getTimezoneOffset() * -60_000;
}

/** Returns the file of the zone of `TZ` or of the machine, if there is one. */
function zoneFile(): Uint8Array | undefined {
  const { TZ: name } = bun.process.env;
  if (name !== undefined && !ZONE_NAME.test(name)) return undefined;
  const path = name === undefined
    ? "/etc/localtime"
    : `/usr/share/zoneinfo/${name}`;
  return orUndefined(() => builtin("node:fs").readFileSync(path));
}
