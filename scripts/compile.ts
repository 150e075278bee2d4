/**
 * Makes binaries that need no Deno, Node or Bun, with their checksums, a list
 * of what is in them, and the notes of a release, in `dist/`.
 *
 * `--target linux-arm64` names a machine, as often as wanted; `--all` is every
 * one; else it is this one. `--engine bun` or `--engine deno` names what makes
 * them; else it is Deno where its runtime stub can be had (by the network or
 * `DENORT_BIN`), and Bun elsewhere.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import config from "../deno.json" with { type: "json" };
import { BUN_VERSION } from "./bun_package.ts";
import { DIST, makeBundle } from "./bundle.ts";
import { compileBinary, NoStubError } from "./compile_binary.ts";
import { problemsOf } from "./inspect_binary.ts";
import { type BuiltBinary, releaseNotes } from "./release_notes.ts";
import { type LockFile, sbomOf } from "./sbom.ts";
import {
  binaryName,
  DENO_TARGETS,
  type Engine,
  ENGINES,
  type Target,
  targetHere,
  TARGETS,
} from "./targets.ts";

const { version } = config;

/** What only the program itself says. */
const CONTENTS = ["where one is out of quota", version];

const BUNDLE = `${DIST}/account-qwen.js`;

if (import.meta.main) {
  const flags = parseArgs(Deno.args, {
    boolean: ["all"],
    string: ["engine", "target"],
    collect: ["target"],
    unknown: (word: string) => fail(`Unknown argument "${word}"`),
  });
  const targets = flags.all ? TARGETS : flags.target.map(toTarget);
  const engine = ENGINES.find((it) => it === flags.engine);
  if (flags.engine && !engine) fail(`No engine "${flags.engine}"`);
  await release(targets.length > 0 ? targets : [targetHere()], engine);
}

async function release(
  targets: readonly Target[],
  engine: Engine | undefined,
): Promise<void> {
  await makeBundle(BUNDLE);
  const built: BuiltBinary[] = [];
  for (const target of targets) {
    const binary = await build(target, engine);
    built.push(binary);
    const how = binary.wasRun ? "run here" : "not run here, format checked";
    console.log(`${binary.file}: ${binary.engine}, ${how}`);
  }
  const sbom = await writeSbom(built);
  const files = ["account-qwen.js", ...built.map((it) => it.file), sbom];
  const sums = await Promise.all(files.toSorted().map(checksumLine));
  await Deno.writeTextFile(`${DIST}/SHA256SUMS`, sums.join(""));
  const notes = releaseNotes(version, built);
  await Deno.writeTextFile(`${DIST}/RELEASE_NOTES.md`, notes);
  console.log(`${sbom}, SHA256SUMS, RELEASE_NOTES.md`);
}

async function build(
  target: Target,
  engine: Engine | undefined,
): Promise<BuiltBinary> {
  const file = binaryName(version, target);
  const output = `${DIST}/${file}`;
  const used = await compile(target, engine, output);
  const problems = await problemsOf(
    await Deno.readFile(output),
    target,
    CONTENTS,
  );
  if (problems.length > 0) fail(`${file} is wrong: ${problems.join(", ")}`);
  const isOurs = target === targetHere();
  if (isOurs && await versionOf(output) !== version) {
    fail(`${file} does not say its version when it is run`);
  }
  return { file, target, engine: used, wasRun: isOurs };
}

/** Returns the engine that made it. */
async function compile(
  target: Target,
  engine: Engine | undefined,
  output: string,
): Promise<Engine> {
  const first = engine ?? (DENO_TARGETS[target] ? "deno" : "bun");
  try {
    await compileBinary({ target, engine: first, bundle: BUNDLE, output });
    return first;
  } catch (error) {
    if (!(error instanceof NoStubError)) throw error;
    const help = "set DENORT_BIN, or go where there is a network";
    if (engine) fail(`${error.message}\n${help}, or use --engine bun`);
    console.error(`${error.message}\nSo it is made with Bun; ${help}.`);
  }
  await compileBinary({ target, engine: "bun", bundle: BUNDLE, output });
  return "bun";
}

async function versionOf(program: string): Promise<string> {
  const { stdout } = await new Deno.Command(program, {
    args: ["--version"],
    clearEnv: true,
    stdin: "null",
  }).output();
  return new TextDecoder().decode(stdout).trim();
}

async function writeSbom(built: readonly BuiltBinary[]): Promise<string> {
  const lock: LockFile = JSON.parse(
    await Deno.readTextFile(`${DIST}/../deno.lock`),
  );
  const versions = { deno: Deno.version.deno, bun: BUN_VERSION };
  const runtimes = ENGINES.filter((it) => built.some((b) => b.engine === it))
    .map((name) => ({ name, version: versions[name] }));
  const { license } = config;
  const sbom = sbomOf(lock, {
    name: "account-qwen",
    version,
    license,
    runtimes,
  });
  const file = `account-qwen-${version}.cdx.json`;
  const text = `${JSON.stringify(sbom, undefined, 2)}\n`;
  await Deno.writeTextFile(`${DIST}/${file}`, text);
  return file;
}

/** As sha256sum(1) writes it. */
async function checksumLine(file: string): Promise<string> {
  const bytes = await Deno.readFile(`${DIST}/${file}`);
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return `${new Uint8Array(digest).toHex()}  ${file}\n`;
}

function toTarget(word: string): Target {
  const target = TARGETS.find((it) => it === word);
  return target ?? fail(`No target "${word}": ${TARGETS.join(", ")}`);
}

function fail(message: string): never {
  console.error(message);
  Deno.exit(1);
}
