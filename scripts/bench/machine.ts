/** The machine of a measurement; nothing here names it. */
export interface Machine {
  /** A hash that is the same on the same machine, and differs elsewhere. */
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

/** Describes the machine on which this runs. */
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
 * Checks that two measurements are from the same machine: times of two machines
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
    return ""; // does not exist on macOS
  }
}

async function hashOf(text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  const hash = await crypto.subtle.digest("SHA-256", bytes);
  return new Uint8Array(hash).toHex().slice(0, 16);
}
