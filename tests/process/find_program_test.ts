import { assertEquals } from "@std/assert";
import {
  findProgram,
  isOurProgram,
  SHIM_MARK,
} from "../../lib/process/find_program.ts";
import { runtime } from "../../lib/system/mod.ts";
import { tempDir } from "../support/temp_dir.ts";

const REAL = "#!/bin/sh\necho real\n";
const SHIM = `#!/bin/sh\n# ${SHIM_MARK}: runs qwen\n`;

/** The content of the folder `first`, which is ahead on the `PATH`. */
const SKIPPED: Record<string, (first: string) => Promise<void>> = {
  "a shim": (first) => write(`${first}/qwen`, SHIM),
  "a link to a shim": async (first) => {
    await write(`${first}/shim`, SHIM);
    await Deno.symlink("shim", `${first}/qwen`);
  },
  "a link to our own executable": (first) =>
    Deno.symlink(own(), `${first}/qwen`),
  "a link to a link to our own executable": async (first) => {
    await Deno.symlink(own(), `${first}/account-qwen`);
    await Deno.symlink("account-qwen", `${first}/qwen`);
  },
  "a file that cannot be executed": (first) =>
    write(`${first}/qwen`, REAL, 0o644),
  "a folder": (first) => Deno.mkdir(`${first}/qwen`),
  "a broken link": (first) => Deno.symlink("nowhere", `${first}/qwen`),
  "a link to itself": (first) => Deno.symlink("qwen", `${first}/qwen`),
};

for (const [what, put] of Object.entries(SKIPPED)) {
  Deno.test(`findProgram() skips ${what}`, async () => {
    await using dir = await tempDir();
    const first = `${dir.path}/first`;
    const second = `${dir.path}/second`;
    await Deno.mkdir(first);
    await Deno.mkdir(second);
    await put(first);
    await write(`${second}/qwen`, REAL);
    const PATH = `:${dir.path}/missing:${first}:${second}`;
    assertEquals(await findProgram("qwen", { PATH }), `${second}/qwen`);
    assertEquals(await findProgram("qwen", { PATH: first }), undefined);
  });
}

Deno.test("findProgram() returns a path unchanged", async () => {
  assertEquals(await findProgram("./qwen", { PATH: "/bin" }), "./qwen");
});

Deno.test("findProgram() searches the default path when there is no PATH", async () => {
  assertEquals(await findProgram("sh", {}), "/bin/sh");
});

Deno.test("isOurProgram() recognizes a hard link to our own file", async () => {
  const [name = ""] = own().split("/").slice(-1);
  const folder = own().slice(0, -name.length);
  await using dir = await tempDir();
  // In the same folder, because a hard link cannot cross file systems.
  const path = `${folder}.${dir.path.split("/").at(-1)}`;
  await Deno.link(own(), path);
  try {
    assertEquals(await isOurProgram(path), true);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("isOurProgram() treats an unreadable file as another program", async () => {
  await using dir = await tempDir();
  assertEquals(await isOurProgram(`${dir.path}/nothing`), false);
});

/** The file that is being executed. */
function own(): string {
  return runtime.host.command().at(-1) ?? "";
}

async function write(path: string, text: string, mode = 0o755): Promise<void> {
  await Deno.writeTextFile(path, text);
  await Deno.chmod(path, mode);
}
