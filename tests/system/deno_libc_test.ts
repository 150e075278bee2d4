import { assertEquals } from "@std/assert";
import { denoLibc } from "../../lib/system/deno/libc.ts";
import { namesIn } from "../support/account_folder.ts";
import { tempDir } from "../support/temp_dir.ts";

Deno.test("swapNames() swaps two files whose names are not ASCII", async () => {
  await using dir = await tempDir();
  const [a, b] = [`${dir.path}/ä ö`, `${dir.path}/b`];
  await Deno.writeTextFile(a, "a");
  await Deno.writeTextFile(b, "b");
  assertEquals(denoLibc.swapNames(a, b), true);
  assertEquals(await Deno.readTextFile(a), "b");
  assertEquals(await Deno.readTextFile(b), "a");
});

for (const missing of ["first", "second"]) {
  Deno.test(`swapNames() changes nothing when the ${missing} name is missing`, async () => {
    await using dir = await tempDir();
    await Deno.writeTextFile(`${dir.path}/there`, "content");
    const names = [`${dir.path}/there`, `${dir.path}/missing`] as const;
    const [a, b] = missing === "second" ? names : names.toReversed();
    assertEquals(denoLibc.swapNames(a ?? "", b ?? ""), false);
    assertEquals(await namesIn(dir.path), ["there"]);
  });
}

Deno.test("swapNames() is false when the process may not use FFI", async () => {
  await using dir = await tempDir();
  for (const name of ["a", "b"]) {
    await Deno.writeTextFile(`${dir.path}/${name}`, name);
  }
  const module = new URL("../../lib/system/deno/libc.ts", import.meta.url).href;
  const script = `import { denoLibc } from "${module}";
    console.log(denoLibc.swapNames("${dir.path}/a", "${dir.path}/b"));`;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "-RW",
      "data:text/typescript," + encodeURIComponent(script),
    ],
  }).output();
  assertEquals(new TextDecoder().decode(stdout), "false\n");
  assertEquals(await Deno.readTextFile(`${dir.path}/a`), "a");
});
