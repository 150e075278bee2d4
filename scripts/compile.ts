/**
 * Makes binaries that need no Deno, Node or Bun, with their checksums, a list
 * of their parts, and the release notes, in `dist/`.
 *
 * `--target linux-arm64` names a machine and is repeatable; `--all` selects
 * every one; by default it is this one. A binary for this machine is run, and
 * kept only if it rotates accounts from end to end. `--run-with COMMAND` runs
 * one for another machine, such as
 * `--run-with "qemu-aarch64 -L /usr/aarch64-linux-gnu"`.
 *
 * `--engine bun` or `--engine deno` names the engine. The default is Deno if
 * its binary passes here, and otherwise Bun.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { buildBinary } from "./build_binary.ts";
import { DIST, makeBundle, makeParts, PARTS } from "./bundle.ts";
import {
  forgetBinaries,
  gatherRelease,
  recordBinary,
} from "./gather_release.ts";
import { ranIn } from "./release_notes.ts";
import { ENGINES, type Target, targetHere, TARGETS } from "./targets.ts";

const BUNDLE = `${DIST}/account-qwen.js`;

const flags = parseArgs(Deno.args, {
  boolean: ["all"],
  string: ["engine", "run-with", "target"],
  collect: ["target"],
  unknown: (word: string) => fail(`Unknown argument "${word}"`),
});
const named = flags.all ? TARGETS : flags.target.map(toTarget);
const targets = named.length > 0 ? named : [targetHere()];
const engine = ENGINES.find((it) => it === flags.engine);
if (flags.engine && !engine) fail(`No engine "${flags.engine}"`);
const runWith = (flags["run-with"] ?? "").split(" ").filter((it: string) => it);

await makeBundle(BUNDLE);
await makeParts(PARTS);
await forgetBinaries();
for (const target of targets) {
  const program = { bundle: BUNDLE, parts: PARTS };
  const options = { ...program, folder: DIST, engine, runWith };
  const binary = await buildBinary(target, options)
    .catch((error) => fail(error.message));
  await recordBinary(binary);
  console.log(`${binary.file}: ${binary.engine}, ${ranIn(binary)}`);
}
console.log((await gatherRelease()).join("\n"));

function toTarget(word: string): Target {
  const target = TARGETS.find((it) => it === word);
  return target ?? fail(`No target "${word}": ${TARGETS.join(", ")}`);
}

function fail(message: string): never {
  console.error(message);
  Deno.exit(1);
}
