import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { runCli } from "../support/cli.ts";
import { tempDir } from "../support/temp_dir.ts";

const READING = [
  ["list"],
  ["stats"],
  ["next"],
  ["next", "--dry-run"],
  ["cooldown"],
  ["switch", "1"],
  ["config"],
  ["doctor", "--fix"],
  ["exec", "--", "hello"],
  ["shim", "install"],
];

for (const args of READING) {
  Deno.test(`${args.join(" ")} exits with 2 and makes nothing when --dir does not exist`, async () => {
    await using home = await tempDir();
    const dir = `${home.path}/mistyped`;
    const { code, stdout, stderr } = await runCli([
      ...args.slice(0, 1),
      "--dir",
      dir,
      ...args.slice(1),
    ], {
      home: home.path,
    });
    assertEquals({ code, stdout, stderr }, {
      code: 2,
      stdout: "",
      stderr:
        `account-qwen: error: Cannot use --dir: "${dir}" does not exist\n` +
        "account-qwen: hint: use another folder, or add accounts there: " +
        `account-qwen setup --dir ${dir}\n`,
    });
    await assertRejects(() => Deno.lstat(dir), Deno.errors.NotFound);
  });
}

Deno.test("list exits with 2 when ACCOUNT_QWEN_DIR does not exist, or is a file", async () => {
  await using home = await tempDir();
  await Deno.writeTextFile(`${home.path}/file`, "");
  const list = async (dir: string) => {
    const env = { ACCOUNT_QWEN_DIR: dir };
    const { code, stderr } = await runCli(["list"], { home: home.path, env });
    assertEquals(code, 2);
    return stderr;
  };
  const absent = await list(`${home.path}/absent`);
  assertStringIncludes(absent, 'ACCOUNT_QWEN_DIR: "');
  assertStringIncludes(absent, "does not exist");
  for (const name of ["file", "file/below"]) {
    const stderr = await list(`${home.path}/${name}`);
    assertStringIncludes(stderr, `${name}" is not a directory`);
    assertStringIncludes(stderr, "hint: name the accounts folder");
  }
});

Deno.test("add creates the folder that --dir names", async () => {
  await using home = await tempDir();
  const dir = `${home.path}/new`;
  const args = [
    "add",
    "--dir",
    dir,
    "--preset",
    "dashscope",
    "--api-key-stdin",
  ];
  const { code } = await runCli(args, {
    home: home.path,
    stdin: "sk-1234567890abcdef",
  });
  assertEquals(code, 0);
  const list = await runCli(["list", "--dir", dir], { home: home.path });
  assertEquals(list.code, 0);
});
