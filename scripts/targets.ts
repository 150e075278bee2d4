/** The machines for which there are binaries. */
export const TARGETS = [
  "linux-x64",
  "linux-arm64",
  "linux-x64-musl",
  "linux-arm64-musl",
  "darwin-x64",
  "darwin-arm64",
] as const;

/** A machine for which there is a binary. */
export type Target = (typeof TARGETS)[number];

/** The engines that make the binaries. */
export const ENGINES = ["deno", "bun"] as const;

/** An engine that makes a binary. */
export type Engine = (typeof ENGINES)[number];

/** The targets in the words of `deno compile`, which has none for musl. */
export const DENO_TARGETS: Readonly<Partial<Record<Target, string>>> = {
  "linux-x64": "x86_64-unknown-linux-gnu",
  "linux-arm64": "aarch64-unknown-linux-gnu",
  "darwin-x64": "x86_64-apple-darwin",
  "darwin-arm64": "aarch64-apple-darwin",
};

/**
 * Returns the target of this machine.
 *
 * @throws {Error} If there is none.
 */
export function targetHere(
  { os, arch }: { os: string; arch: string } = Deno.build,
): Target {
  const name = `${os}-${arch === "x86_64" ? "x64" : "arm64"}`;
  const target = TARGETS.find((it) => it === name);
  if (!target) throw new Error(`Cannot make a binary for "${name}"`);
  return target;
}

/** Returns the name of a binary, such as `account-qwen-0.1.0-linux-x64`. */
export function binaryName(version: string, target: Target): string {
  return `account-qwen-${version}-${target}`;
}
