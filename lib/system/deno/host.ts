import { waitWhileBusy } from "../file_errors.ts";
import {
  homeOfUser,
  ignoresSignal,
  wasStdoutClosed,
  withHome,
} from "../inherited.ts";
import { connectionLimit } from "../client_connections.ts";
import { denoConnections } from "./connections.ts";
import { closeGivenFiles, denoKernel, denoLibc } from "./libc.ts";
import type { ChildProcess, Host } from "../contract.ts";
import { processesThrough } from "../processes.ts";

/** Creates the host of Deno. */
export function denoHost(): Host {
  return {
    ...processesThrough(denoKernel),
    prepare: () => Promise.resolve(),
    args: Deno.args,
    command: () => Deno.build.standalone ? [Deno.execPath()] : runCommand(),

    calledAs() {
      const name = lastPart(argv0());
      const isRuntime = !Deno.build.standalone &&
        name === lastPart(Deno.execPath());
      return isRuntime ? lastPart(Deno.mainModule) : name;
    },

    os: Deno.build.os,
    totalMemory: () => Deno.systemMemoryInfo().total,
    environment: () => withHome(Deno.env.toObject(), os),

    variable(name) {
      const value = Deno.env.get(name);
      return name === "HOME" ? value || homeOfUser(os) : value;
    },

    utcOffset: (timeMs) => new Date(timeMs).getTimezoneOffset() * -60_000,
    cwd: () => Deno.cwd(),

    spawn(program, options) {
      const child = new Deno.Command(program, {
        args: [...options.args],
        env: { ...options.env },
        clearEnv: true,
        stdin: options.stdin === "pipe" ? "piped" : options.stdin,
        stdout: options.output === "pipe" ? "piped" : options.output,
        stderr: options.output === "pipe" ? "piped" : options.output,
        detached: options.ownGroup,
        ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      }).spawn();
      const piped = options.output === "pipe";
      return {
        pid: child.pid,
        stdin: options.stdin === "pipe" ? child.stdin : undefined,
        stdout: piped ? child.stdout : undefined,
        stderr: piped ? child.stderr : undefined,
        ended: child.status.then(({ code, signal }) => ({
          code,
          signal: signal ?? undefined,
        })),
      } satisfies ChildProcess;
    },

    startDetached(program, { args, env }) {
      closeGivenFiles();
      new Deno.Command(program, {
        args: [...args],
        env: { ...env },
        clearEnv: true,
        cwd: "/",
        stdin: "null",
        stdout: "null",
        stderr: "null",
        detached: true, // by setsid(2)
      }).spawn().unref();
    },

    kill(pid, signal) {
      try {
        Deno.kill(pid, signal);
        return true;
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return false;
        // macOS denies it if all of the group have ended but are not reaped.
        if (error instanceof Deno.errors.PermissionDenied) return false;
        throw error;
      }
    },

    onSignal(signal, handler) {
      const listener = ignoresSignal(signal, denoKernel) ? () => {} : handler;
      Deno.addSignalListener(signal, listener);
      return {
        [Symbol.dispose]: () => Deno.removeSignalListener(signal, listener),
      };
    },

    sha256: async (bytes) =>
      new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)),
    exit: (code) => Deno.exit(code),
    isTerminal: (stream) => Deno[stream].isTerminal(),

    isStdoutAbandoned: denoLibc.isStdoutAbandoned,
    wasStdoutClosed: () =>
      wasStdoutClosed(denoKernel, { marksReplacement: false }),

    serve: async (handler, options = {}) => {
      const wanted = { name: "net", host: "127.0.0.1" } as const;
      const { state } = await Deno.permissions.request(wanted);
      if (state !== "granted") {
        throw new Deno.errors.NotCapable(
          "Cannot serve on 127.0.0.1: run again with --allow-net",
        );
      }
      const { serve } = await import("../http_server.ts");
      const { denoListen } = await import("./listener.ts");
      const limit = connectionLimit(denoKernel);
      return serve(handler, options, { listen: denoListen, limit });
    },

    connections: denoConnections,

    terminalSize() {
      try {
        const size = Deno.consoleSize();
        // A terminal without a set size, such as that of `script`, reports 0.
        return size.columns > 0 && size.rows > 0 ? size : undefined;
      } catch {
        return undefined; // none of the standard streams is a terminal
      }
    },

    stdin: () => Deno.stdin.readable,

    hideInput() {
      Deno.stdin.setRaw(true, { cbreak: true });
      return { [Symbol.dispose]: () => Deno.stdin.setRaw(false) };
    },

    async writeTo(fd, bytes) {
      using file = await Deno.open(`/dev/fd/${fd}`, { append: true });
      for (let done = 0; done < bytes.length;) {
        done += await file.write(bytes.subarray(done));
      }
    },

    async write(stream, bytes) {
      for (let done = 0; done < bytes.length;) {
        try {
          done += await Deno[stream].write(bytes.subarray(done));
        } catch (error) {
          if (!(error instanceof Deno.errors.WouldBlock)) throw error;
          await waitWhileBusy();
        }
      }
    },
  };
}

/** Loads node:os, which takes 5 ms, only if `HOME` is not set. */
function os() {
  return globalThis.process.getBuiltinModule("node:os");
}

function runCommand(): string[] {
  const main = new URL(Deno.mainModule);
  const file = main.protocol === "file:"
    ? decodeURIComponent(main.pathname)
    : main.href;
  // Without `--quiet` Deno reports downloads on our stderr.
  return [Deno.execPath(), "run", "--quiet", "-A", file];
}

/** Read from proc(5) where possible: `process` takes 9 ms to load. */
function argv0(): string {
  const words = denoKernel.readText("/proc/self/cmdline");
  return words?.split("\0")[0] ?? globalThis.process.argv0;
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
