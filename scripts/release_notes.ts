import { type Engine, type Target, TARGETS } from "./targets.ts";

/** A binary of a release, and how it was tested. */
export interface BuiltBinary {
  /** The name of the file. */
  file: string;
  /** The machine. */
  target: Target;
  /** The engine. */
  engine: Engine;
  /**
   * The program that started it in the test, such as `qemu-aarch64`; empty if
   * the system did. Absent if it was not run.
   */
  ranWith?: string | undefined;
}

/** Says whether a binary was run, and how. */
export function ranIn({ ranWith }: BuiltBinary): string {
  if (ranWith === undefined) return "not run";
  const name = ranWith.slice(ranWith.lastIndexOf("/") + 1);
  return name ? `run with ${name}` : "run";
}

/**
 * Returns the notes of a release. They say which binaries were run, which were
 * only inspected, and which are missing.
 */
export function releaseNotes(
  version: string,
  binaries: readonly BuiltBinary[],
): string {
  const notRun = binaries.filter((it) => it.ranWith === undefined);
  const missing = TARGETS.filter((it) =>
    !binaries.some(({ target }) => target === it)
  );
  const paragraphs = [
    ...[TESTED, notRun.length > 0 ? inspected(notRun) : ""],
    missing.length > 0 ? left(missing) : "",
    binaries.some((it) => it.target.startsWith("darwin-")) ? MACOS : "",
  ];
  return `# account-qwen ${version}

| file | for | engine | tried |
| --- | --- | --- | --- |
${binaries.map(row).join("\n")}

Each file stands alone: no Deno, Node or Bun is needed. \`account-qwen.js\` is the
same program for Deno or Bun. Compare the checksums first, and with the GitHub
CLI the provenance:

    sha256sum --check --ignore-missing SHA256SUMS
    gh attestation verify FILE --repo OWNER/REPOSITORY

## What was tested

${paragraphs.filter((it) => it).join("\n\n")}
`;
}

const TESTED =
  `A binary that was run has rotated accounts from end to end where it was made,
with the real qwen 0.12.0 and a service on loopback: the first account was out
of quota, and the second one answered.`;

const MACOS =
  `The signature of the binaries for macOS has no name (ad hoc), and its
hashes of all pages are right. macOS asks before it opens a file that was
downloaded with a browser.`;

function row(binary: BuiltBinary): string {
  const { file, target, engine } = binary;
  return `| ${file} | ${target} | ${engine} | ${ranIn(binary)} |`;
}

function inspected(binaries: readonly BuiltBinary[]): string {
  return `Not run: ${targetsOf(binaries)}. Only the format, the processor, the
loader, the signature and the embedded program were checked.`;
}

function left(targets: readonly Target[]): string {
  return `Not in this release: ${targets.join(", ")}.`;
}

function targetsOf(binaries: readonly BuiltBinary[]): string {
  return binaries.map((it) => it.target).join(", ");
}
