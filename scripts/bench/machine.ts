/** Where something was measured; nothing of it names the machine. */
export interface Machine {
  /** The same on the same machine, another one elsewhere: a hash. */
  fingerprint: string;
  /** The system and the architecture. */
  system: string;
  /** How many processors there are. */
  processors: number;
  /** The memory, GiB. */
  memoryGiB: number;
  /** The version of Deno. */
  deno: string;
}

/** Describes the machine that this runs on. */
export async function describeMachine(): Promise<Machine> {
  const { os, arch } = Deno.build;
  const processors = navigator.hardwareConcurrency;
  const { total } = Deno.systemMemoryInfo();
  const parts = [
    os,
    arch,
    Deno.osRelease(),
    processors,
    total,
    Deno.hostname(),
    await firstMatch("/proc/cpuinfo", /^model name.*$/m),
    await firstMatch("/etc/machine-id", /^.*$/m),
  ];
  return {
    fingerprint: await hashOf(parts.join("\n")),
    system: `${os} ${arch}`,
    processors,
    memoryGiB: Math.round(total / 2 ** 30),
    deno: Deno.version.deno,
  };
}

/**
 * Makes sure that both were measured on the same machine: times of two machines
 * say nothing about the program.
 *
 * @throws {Error} If they were not.
 */
export function requireSameMachine(a: Machine, b: Machine): void {
  if (a.fingerprint !== b.fingerprint) {
    throw new Error(
      `Cannot compare: measured on another machine (${b.system}, ` +
        `${b.processors} processors, ${b.fingerprint})`,
    );
  }
}

async function firstMatch(path: string, pattern: RegExp): Promise<string> {
  try {
    return pattern.exec(await Deno.readTextFile(path))?.[0] ?? "";
  } catch {
    return ""; // not there on macOS
  }
}

async function hashOf(text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  const hash = await crypto.subtle.digest("SHA-256", bytes);
  return new Uint8Array(hash).toHex().slice(0, 16);
}
