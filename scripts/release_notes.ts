import type { Engine, Target } from "./targets.ts";

/** A binary of a release, and what was found out about it. */
export interface BuiltBinary {
  /** The name of the file. */
  file: string;
  /** The machine. */
  target: Target;
  /** What made it. */
  engine: Engine;
  /** Whether it was run where it was made. */
  wasRun: boolean;
}

/**
 * Returns the text that goes with a release. It tells which binaries were run,
 * and which were only looked at.
 */
export function releaseNotes(
  version: string,
  binaries: readonly BuiltBinary[],
): string {
  const run = binaries.filter((it) => it.wasRun);
  const notRun = binaries.filter((it) => !it.wasRun);
  return `# account-qwen ${version}

| file | for | engine | was it run? |
| --- | --- | --- | --- |
${binaries.map(row).join("\n")}

Each file stands alone: no Deno, Node or Bun is needed. \`account-qwen.js\` is the
same program for those who have Deno or Bun. Compare the checksums first:

    sha256sum --check --ignore-missing SHA256SUMS

## What was tested

${run.length > 0 ? tested(run) : "No binary was run where they were made."}

${notRun.length > 0 ? looked(notRun) : ""}
Not tested by anybody yet: macOS. The calls for it are in place, and the
binaries for ARM carry a signature without a name (ad hoc); macOS asks whether to
open a file that was downloaded with a browser.
${binaries.some((it) => it.engine === "deno") ? "" : NO_DENO}`;
}

const NO_DENO = `
No binary is made with Deno's engine: the part that it puts before the program
(denort) could not be had where these were made.
`;

function row({ file, target, engine, wasRun }: BuiltBinary): string {
  const word = wasRun ? "yes" : "no, only looked at";
  return `| ${file} | ${target} | ${engine} | ${word} |`;
}

function tested(binaries: readonly BuiltBinary[]): string {
  return `Run where it was made: ${targetsOf(binaries)}.`;
}

function looked(binaries: readonly BuiltBinary[]): string {
  return `Not run, for want of such a machine: ${
    targetsOf(binaries)
  }. Of these, the
format, the processor, the loader and the embedded program were checked.
`;
}

function targetsOf(binaries: readonly BuiltBinary[]): string {
  return binaries.map((it) => it.target).join(", ");
}
