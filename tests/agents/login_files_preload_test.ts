import { assertEquals } from "@std/assert";
import { layoutAt } from "../../lib/disk/layout.ts";
import { tokenMark } from "../support/told.ts";
import { lineageOption } from "./lineage_module.ts";
import {
  type AccountFolder,
  accountFolder,
  namesIn,
} from "../support/account_folder.ts";
import { run } from "../support/cli.ts";
import { realQwen } from "../support/real_qwen.ts";

const { path: PATH } = await realQwen();

/** Definitions for every program. */
const BEGINNING = `
  import { exec, execSync, spawn } from "node:child_process";
  import fs from "node:fs";
  import { createReadStream, readFile, readFileSync, rename } from "node:fs";
  import * as promises from "node:fs/promises";
  import { pathToFileURL } from "node:url";
  import { promisify } from "node:util";
  import { Worker } from "node:worker_threads";
  const root = process.argv[2];
  const live = root + "/oauth_creds.json";
  const login = (name) => JSON.stringify({
    access_token: "access " + name,
    refresh_token: "refresh " + name,
  });
  const prepare = (name) => {
    const path = root + "/prepared";
    fs.writeFileSync(path, login(name));
    return path;
  };
  const put = (name) => fs.renameSync(prepare(name), live);
  // The link's target uses names that are not observed.
  const switchToSecond = () => {
    fs.rmSync(root + "/current");
    fs.symlinkSync("second", root + "/current");
  };
  const done = (start) => new Promise((resolve, reject) =>
    start((error, value) => error ? reject(error) : resolve(value)));
`;

/** What a program does, and which login it notes as the origin of which. */
const NOTES: Record<string, { code: string; notes?: string[] }> = {
  "reads and renames": { code: `readFileSync(live); put("new");` },
  "reads and renames with callbacks": {
    code: `await done((it) => readFile(live, "utf8", it));
      await done((it) => rename(prepare("new"), live, it));`,
  },
  "reads and renames with promises": {
    code: `await promises.readFile(live);
      await promises.rename(prepare("new"), live);`,
  },
  "reads a promise of fs and copies": {
    code: `await fs.promises.readFile(live, { encoding: "utf8" });
      fs.rmSync(live);
      await promises.copyFile(prepare("new"), live);`,
  },
  "names the file by a URL": {
    code: `readFileSync(pathToFileURL(live));
      fs.renameSync(prepare("new"), pathToFileURL(live));`,
  },
  "names the file by bytes and from its folder": {
    code: `readFileSync(Buffer.from(live));
      process.chdir(root);
      fs.renameSync(prepare("new"), "oauth_creds.json");`,
  },
  "writes without a temporary file": {
    code: `readFileSync(live); fs.rmSync(live);
      await promises.writeFile(live, login("new"));`,
  },
  "looks only where the link points": {
    code: `fs.readlinkSync(live); put("new");`,
  },
  "reads the slot itself": {
    code: `readFileSync(fs.realpathSync(live)); put("new");`,
  },
  "reads its login again": {
    code: `readFileSync(live); fs.readlinkSync(live); readFileSync(live);
      put("new");`,
  },
  "refreshes after a switch": {
    code: `readFileSync(live); switchToSecond(); put("new");`,
  },
  "refreshes twice": {
    code: `readFileSync(live); put("between"); readFileSync(live); put("new");`,
    notes: ["1 between", "between new"],
  },
};

for (const [what, { code, notes = ["1 new"] }] of Object.entries(NOTES)) {
  Deno.test(`the lineage module notes whose login a program writes that ${what}`, async () => {
    await using folder = await accountFolder({ accounts: [] });
    const { told } = await runProgram(folder, code);
    assertEquals(told, await namesOf(notes));
  });
}

/** What a program does that hides the origin of its login. */
const NO_NOTES: Record<string, string> = {
  "reads none": `put("new");`,
  "reads another one after a switch":
    `readFileSync(live); switchToSecond(); readFileSync(live); put("new");`,
  "looks at the link after a switch":
    `readFileSync(live); switchToSecond(); fs.readlinkSync(live); put("new");`,
  "opens it":
    `readFileSync(live); fs.closeSync(fs.openSync(live)); put("new");`,
  "opens it with a promise":
    `readFileSync(live); await (await promises.open(live)).close(); put("new");`,
  "reads it as a stream": `readFileSync(live); switchToSecond();
    for await (const _ of createReadStream(live)); put("new");`,
  "reads a copy of it": `readFileSync(live); switchToSecond();
    fs.copyFileSync(live, root + "/copy"); readFileSync(root + "/copy");
    put("new");`,
  "reads it in base64": `readFileSync(live, "base64"); put("new");`,
  "starts a program": `readFileSync(live);
    await done((it) => spawn("true").on("exit", it)); put("new");`,
  "starts a program and waits": `readFileSync(live); execSync("true");
    put("new");`,
  "starts a program with a promise":
    `readFileSync(live); await promisify(exec)("true"); put("new");`,
  "starts a thread": `readFileSync(live);
    await done((it) => new Worker("", { eval: true }).on("exit", it));
    put("new");`,
  "puts a link there": `readFileSync(live);
    fs.renameSync(root + "/second", live);`,
  "asks for a new login": `readFileSync(live);
    await fetch("http://127.0.0.1:1/", {
      method: "POST",
      body: "grant_type=device_code",
    }).catch(() => {});
    put("new");`,
  "writes what is not a login": `readFileSync(live);
    fs.writeFileSync(live, "no login");`,
  "writes another file": `readFileSync(live);
    fs.renameSync(prepare("new"), root + "/other_creds.json");`,
  "uses a file of this name elsewhere": `fs.mkdirSync(root + "/x/accounts",
      { recursive: true });
    const other = root + "/x/oauth_creds.json";
    fs.writeFileSync(other, login("1"));
    readFileSync(other);
    put("new");`,
};

for (const [what, code] of Object.entries(NO_NOTES)) {
  Deno.test(`the lineage module reports no login when a program ${what}`, async () => {
    await using folder = await accountFolder({ accounts: [] });
    const { told } = await runProgram(folder, code);
    assertEquals(told, []);
  });
}

Deno.test("the lineage module does not watch the files of the real qwen", async () => {
  await using folder = await accountFolder({ accounts: [] });
  const code = `readFileSync(live); put("new");`;
  const parent = `${folder.path}/@qwen-code/qwen-code`;
  await Deno.mkdir(parent, { recursive: true });
  await Deno.writeTextFile(`${parent}/package.json`, '{"type":"module"}');
  const program = "@qwen-code/qwen-code/cli.js";
  const { told } = await runProgram(folder, code, program);
  assertEquals(told, ["tells_0123456789abcdef"]);
});

Deno.test("the lineage module changes neither results nor errors of fs", async () => {
  await using folder = await accountFolder({ accounts: [] });
  const { stdout } = await runProgram(
    folder,
    `const codes = [];
    const note = (error) => codes.push(error.code);
    console.log(readFileSync(live, "utf8") === login("1"));
    console.log(await done((it) => readFile(live, "utf8", it)) === login("1"));
    console.log(await promises.readFile(live, "utf8") === login("1"));
    console.log(fs.readlinkSync(live), typeof readFileSync(live));
    fs.rmSync(live);
    try { readFileSync(live); } catch (error) { note(error); }
    await done((it) => readFile(live, it)).catch(note);
    await promises.readFile(live).catch(note);
    try { fs.renameSync(root + "/none", live); } catch (error) { note(error); }
    await promises.rename(root + "/none", live).catch(note);
    try { readFileSync(); } catch (error) { note(error); }
    console.log(codes.join());`,
  );
  assertEquals(
    stdout,
    "true\ntrue\ntrue\ncurrent object\n" +
      "ENOENT,ENOENT,ENOENT,ENOENT,ENOENT,ERR_INVALID_ARG_TYPE\n",
  );
});

/** Runs `code` with two logins, of which the first is active. */
async function runProgram(
  { path, layout }: AccountFolder,
  code: string,
  program = "program.mjs",
): Promise<{ told: string[]; stdout: string }> {
  await Deno.mkdir(layout.runs, { recursive: true });
  for (const index of [1, 2]) {
    const login = {
      access_token: `access ${index}`,
      refresh_token: `refresh ${index}`,
    };
    const slot = `${layout.accounts}/oauth_creds_${index}.json`;
    await Deno.writeTextFile(slot, JSON.stringify(login));
  }
  await Deno.symlink("current", layout.live);
  await Deno.symlink("first", `${path}/current`);
  await Deno.symlink("accounts/oauth_creds_1.json", `${path}/first`);
  await Deno.symlink("accounts/oauth_creds_2.json", `${path}/second`);
  await Deno.writeTextFile(`${path}/${program}`, BEGINNING + code);
  const { code: exitCode, stdout, stderr } = await run(
    "node",
    [`${path}/${program}`, path],
    {
      home: path,
      env: {
        PATH,
        NODE_OPTIONS: await lineageOption(layoutAt(path)),
        ACCOUNT_QWEN_RUN: "0123456789abcdef",
      },
    },
  );
  assertEquals(exitCode, 0, stderr);
  return { told: await namesIn(layout.runs), stdout };
}

/** Returns the names of the notes that `"1 new"` stands for. */
async function namesOf(notes: readonly string[]): Promise<string[]> {
  const names = await Promise.all(notes.map(async (it) => {
    const [sent, granted] = it.split(" ");
    const tokens = [
      `refresh ${sent}`,
      `access ${granted}`,
      `refresh ${granted}`,
    ];
    return ["lineage", ...await Promise.all(tokens.map(tokenMark))].join("_");
  }));
  return names.sort();
}
