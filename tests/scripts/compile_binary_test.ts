import { assertEquals, assertRejects } from "@std/assert";
import { FIRST_PART } from "../../scripts/bundle.ts";
import { compileBinary, NoStubError } from "../../scripts/compile_binary.ts";
import { problemsOf } from "../../scripts/inspect_binary.ts";
import { targetHere } from "../../scripts/targets.ts";
import { run } from "../support/cli.ts";
import { tempDir } from "../support/temp_dir.ts";

const MARK = "only this program says so";

for (const engine of ["deno", "bun"] as const) {
  Deno.test(`compileBinary() embeds the program with ${engine}`, async () => {
    await using dir = await tempDir();
    // Deno itself is not a stub, but has the same format.
    using _stub = setStub(Deno.execPath());
    const target = targetHere();
    const output = `${dir.path}/it`;
    const bundle = await bundleIn(dir.path);
    await compileBinary({ target, engine, bundle, output });
    const bytes = await Deno.readFile(output);
    assertEquals(await problemsOf(bytes, target, [MARK]), []);
  });
}

Deno.test("compileBinary() makes the same bytes with Bun in every folder", async () => {
  const digests = [];
  for (const name of ["one", "two"]) {
    await using dir = await tempDir();
    const output = `${dir.path}/${name}`;
    const bundle = await bundleIn(dir.path);
    const target = targetHere();
    await compileBinary({ target, engine: "bun", bundle, output });
    const digest = await crypto.subtle.digest(
      "SHA-256",
      await Deno.readFile(output),
    );
    digests.push(new Uint8Array(digest).toHex());
  }
  assertEquals(digests[0], digests[1]);
});

Deno.test("compileBinary() embeds the parts of the program, with Bun", async () => {
  await using dir = await tempDir();
  await Deno.mkdir(`${dir.path}/parts`);
  const write = (name: string, text: string) =>
    Deno.writeTextFile(`${dir.path}/parts/${name}`, text);
  await write(FIRST_PART, 'console.log((await import("./b.js")).said);\n');
  await write("b.js", `export const said = "${MARK}";\n`);
  const output = `${dir.path}/it`;
  await compileBinary({
    ...{ target: targetHere(), engine: "bun", bundle: `${dir.path}/none.js` },
    ...{ parts: `${dir.path}/parts`, output },
  });
  await Deno.remove(`${dir.path}/parts`, { recursive: true });
  const { stdout } = await run(output, [], { home: dir.path });
  assertEquals(stdout, `${MARK}\n`);
});

for (const target of ["darwin-x64", "darwin-arm64"] as const) {
  Deno.test(`compileBinary() makes a binary for ${target} with a signature for each page`, async () => {
    await using dir = await tempDir();
    const output = `${dir.path}/it`;
    const bundle = await bundleIn(dir.path);
    await compileBinary({ target, engine: "bun", bundle, output });
    const bytes = await Deno.readFile(output);
    assertEquals(await problemsOf(bytes, target, [MARK]), []);
  });
}

Deno.test("compileBinary() throws when the stub of Deno is unavailable", async () => {
  await using dir = await tempDir();
  using _stub = setStub(`${dir.path}/missing`);
  const bundle = await bundleIn(dir.path);
  const output = `${dir.path}/it`;
  await assertRejects(
    () =>
      compileBinary({ target: targetHere(), engine: "deno", bundle, output }),
    NoStubError,
    "No such file",
  );
});

Deno.test("compileBinary() throws when Deno has no such target", async () => {
  await using dir = await tempDir();
  const bundle = await bundleIn(dir.path);
  const output = `${dir.path}/it`;
  await assertRejects(
    () =>
      compileBinary({
        target: "linux-x64-musl",
        engine: "deno",
        bundle,
        output,
      }),
    Error,
    "use Bun",
  );
});

async function bundleIn(folder: string): Promise<string> {
  const path = `${folder}/it.js`;
  await Deno.writeTextFile(path, `console.log("${MARK}");\n`);
  return path;
}

/** Names the stub of `deno compile`, until disposed of. */
function setStub(path: string): Disposable {
  Deno.env.set("DENORT_BIN", path);
  return { [Symbol.dispose]: () => Deno.env.delete("DENORT_BIN") };
}
