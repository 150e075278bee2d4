import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import {
  forgetBinaries,
  gatherRelease,
  recordBinary,
} from "../../scripts/gather_release.ts";
import { binaryName, type Target } from "../../scripts/targets.ts";
import { run } from "../support/cli.ts";
import { tempDir } from "../support/temp_dir.ts";

Deno.test("gatherRelease() makes checksums of all released files", async () => {
  await using dir = await tempDir();
  await addBinary(dir.path, "linux-x64", "");
  await addBinary(dir.path, "darwin-arm64", "");
  const files = await gatherRelease({ folder: dir.path, mustHaveRun: true });
  assertEquals(files, [
    "account-qwen.js",
    binaryName(config.version, "linux-x64"),
    binaryName(config.version, "darwin-arm64"),
    `account-qwen-${config.version}.cdx.json`,
    "SHA256SUMS",
    "RELEASE_NOTES.md",
  ]);
  const sums = await Deno.readTextFile(`${dir.path}/SHA256SUMS`);
  assertEquals(sums.match(/^[0-9a-f]{64} {2}\S+$/gm)?.length, 4);
  const check = "shasum -a 256 -c SHA256SUMS || sha256sum -c SHA256SUMS";
  const { code, stderr } = await run("sh", ["-c", check], { home: dir.path });
  assertEquals(code, 0, stderr);
  const notes = await Deno.readTextFile(`${dir.path}/RELEASE_NOTES.md`);
  assertStringIncludes(notes, "Not in this release: linux-arm64,");
});

Deno.test("gatherRelease() throws when a binary was not run", async () => {
  await using dir = await tempDir();
  await addBinary(dir.path, "linux-x64", "");
  await addBinary(dir.path, "darwin-arm64", undefined);
  await assertRejects(
    () => gatherRelease({ folder: dir.path, mustHaveRun: true }),
    Error,
    `nobody has run ${binaryName(config.version, "darwin-arm64")}`,
  );
  await gatherRelease({ folder: dir.path });
});

Deno.test("gatherRelease() throws when there is no binary", async () => {
  await using dir = await tempDir();
  await addBinary(dir.path, "linux-x64", "");
  await forgetBinaries(dir.path);
  await assertRejects(
    () => gatherRelease({ folder: dir.path }),
    Error,
    "no binary is there",
  );
});

async function addBinary(
  folder: string,
  target: Target,
  ranWith: string | undefined,
): Promise<void> {
  const file = binaryName(config.version, target);
  await Deno.writeTextFile(`${folder}/${file}`, target);
  await Deno.writeTextFile(`${folder}/account-qwen.js`, "");
  await recordBinary({ file, target, engine: "bun", ranWith }, folder);
}
