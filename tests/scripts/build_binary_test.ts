import { assertEquals, assertRejects } from "@std/assert";
import { buildBinary, type BuildOptions } from "../../scripts/build_binary.ts";
import { type Engine, type Target, targetHere } from "../../scripts/targets.ts";
import { type TempDir, tempDir } from "../support/temp_dir.ts";

const HERE = targetHere();
const ELSEWHERE = HERE === "linux-arm64" ? "linux-x64" : "linux-arm64";

/** The fate of the binary of each engine. */
interface Fates {
  /** The error of the engine when it makes none. */
  compile?: Partial<Record<Engine, string>>;
  /** The problem of the file. */
  inspect?: Partial<Record<Engine, string>>;
  /** The failure when the binary is run. */
  tryOut?: Partial<Record<Engine, string>>;
}

interface Build extends AsyncDisposable {
  dir: TempDir;
  options: BuildOptions;
  log: string[];
  tried: string[][];
}

/** Options with which each file has the name of its engine as its content. */
async function build(
  fates: Fates = {},
  more: Partial<BuildOptions> = {},
): Promise<Build> {
  const dir = await tempDir();
  const log: string[] = [];
  const tried: string[][] = [];
  const engineOf = async (path: string) =>
    (await Deno.readTextFile(path)) as Engine;
  const options: BuildOptions = {
    bundle: `${dir.path}/it.js`,
    folder: dir.path,
    log: (line) => log.push(line),
    async compile({ engine, output }) {
      const problem = fates.compile?.[engine];
      if (problem) throw new Error(problem);
      await Deno.writeTextFile(output, engine);
    },
    async inspect(path) {
      const problem = fates.inspect?.[await engineOf(path)];
      return problem ? [problem] : [];
    },
    async tryOut(command) {
      tried.push([...command]);
      return fates.tryOut?.[await engineOf(command.at(-1) ?? "")];
    },
    ...more,
  };
  const dispose = () => dir[Symbol.asyncDispose]();
  return { dir, options, log, tried, [Symbol.asyncDispose]: dispose };
}

const CHOICES: [name: string, Target, Fates, Partial<BuildOptions>, Engine][] =
  [
    ["Deno when its binary passes here", HERE, {}, {}, "deno"],
    ["Bun when Deno makes none", HERE, { compile: { deno: "no" } }, {}, "bun"],
    ["Bun when Deno's is wrong", HERE, { inspect: { deno: "no" } }, {}, "bun"],
    [
      "Bun when Deno's does not rotate",
      HERE,
      { tryOut: { deno: "no" } },
      {},
      "bun",
    ],
    ["the named engine", HERE, {}, { engine: "bun" }, "bun"],
    ["Bun when no binary can be run here", ELSEWHERE, {}, {}, "bun"],
    ["Deno when something else can run it", ELSEWHERE, {}, {
      runWith: ["qemu"],
    }, "deno"],
  ];

for (const [name, target, fates, more, expected] of CHOICES) {
  Deno.test(`buildBinary() uses the engine of ${name}`, async () => {
    await using it = await build(fates, more);
    const { engine, file } = await buildBinary(target, it.options);
    assertEquals(engine, expected);
    assertEquals(await Deno.readTextFile(`${it.dir.path}/${file}`), expected);
  });
}

Deno.test("buildBinary() runs each binary that can be run, and says how", async () => {
  const runWith = ["/usr/bin/qemu", "-L", "/x"];
  await using it = await build({}, { runWith });
  const { file, ranWith } = await buildBinary(ELSEWHERE, it.options);
  assertEquals(it.tried, [[...runWith, `${it.dir.path}/${file}`]]);
  assertEquals(ranWith, "/usr/bin/qemu");
  await using here = await build();
  assertEquals((await buildBinary(HERE, here.options)).ranWith, "");
  await using other = await build();
  assertEquals(
    (await buildBinary(ELSEWHERE, other.options)).ranWith,
    undefined,
  );
});

Deno.test("buildBinary() leaves no binary behind when none passes", async () => {
  const problem = { deno: "it does not rotate", bun: "it does not rotate" };
  await using it = await build({ tryOut: problem });
  await assertRejects(
    () => buildBinary(HERE, it.options),
    Error,
    "no engine passes",
  );
  assertEquals(await Array.fromAsync(Deno.readDir(it.dir.path)), []);
  assertEquals(it.log.length, 2);
});

Deno.test("buildBinary() leaves no binary that could not be tried", async () => {
  await using made = await build({}, {
    tryOut: () => Promise.reject(new Error("it takes too long")),
  });
  await assertRejects(
    () => buildBinary(HERE, made.options),
    Error,
    "it takes too long",
  );
  assertEquals(await Array.fromAsync(Deno.readDir(made.dir.path)), []);
});
