import { assertEquals, assertRejects } from "@std/assert";
import { accountFolder, credential } from "../support/account_folder.ts";
import { managerOf } from "../accounts/managers.ts";
import { assertFails } from "../support/assert_fails.ts";
import { replaceFiles } from "../support/files.ts";
import { makePipe } from "../support/pipe.ts";

type Make = (path: string) => Promise<unknown>;

const PROBLEMS: Record<string, { make: Make; problem: string }> = {
  "there is no such file": {
    make: () => Promise.resolve(),
    problem: "is not there",
  },
  "it is empty": {
    make: (path) => Deno.writeTextFile(path, ""),
    problem: "is empty",
  },
  "it has only NUL bytes": {
    make: (path) => Deno.writeFile(path, new Uint8Array(300)),
    problem: "is not valid JSON",
  },
  "it is a list": {
    make: (path) => Deno.writeTextFile(path, "[]"),
    problem: "is not a JSON object",
  },
  "it is nested deeply": {
    make: (path) => Deno.writeTextFile(path, "[".repeat(60_000)),
    problem: "is not valid JSON",
  },
  "it is 1 GB large": {
    make: async (path) => {
      await Deno.writeTextFile(path, "");
      await Deno.truncate(path, 2 ** 30);
    },
    problem: "is too large",
  },
  "it is a folder": {
    make: (path) => Deno.mkdir(path),
    problem: "is a folder",
  },
  "it is a pipe": {
    make: makePipe,
    problem: "is not a file",
  },
  "it is a link to a device": {
    make: (path) => Deno.symlink("/dev/zero", path),
    problem: "is not a file",
  },
  "it is a broken link": {
    make: (path) => Deno.symlink("nothing", path),
    problem: "is not there",
  },
};

for (const [when, { make, problem }] of Object.entries(PROBLEMS)) {
  Deno.test(`addAccount() says why a file is not a credential when ${when}`, async () => {
    await using folder = await accountFolder({ accounts: [1] });
    const path = `${folder.path}/it`;
    await make(path);
    await assertFails(
      () => managerOf(folder).addAccount(path),
      "invalid-credential",
      `Cannot use "${path}" as a credential: it ${problem}`,
    );
  });
}

Deno.test("addAccount() says why a file is not a credential when it is a link to itself", async () => {
  await using folder = await accountFolder({ accounts: [1] });
  const path = `${folder.path}/it`;
  await Deno.symlink("it", path);
  const add = () => managerOf(folder).addAccount(path);
  await assertFails(add, "invalid-credential");
});

const CODES: Record<string, string | undefined> = {
  EACCES: "it cannot be read",
  EPERM: "it cannot be read",
  EIO: undefined,
};

for (const [code, problem] of Object.entries(CODES)) {
  Deno.test(`addAccount() ${problem ? "says why a file is not a credential" : "rejects"} when the system refuses it with ${code}`, async () => {
    await using folder = await accountFolder({ accounts: [1] });
    const path = `${folder.path}/it`;
    await folder.put(credential(9), path);
    using _ = replaceFiles((real) => ({
      read: (it, maxBytes) =>
        it === path
          ? Promise.reject(Object.assign(new Error("broken"), { code }))
          : real.read(it, maxBytes),
    }));
    const add = () => managerOf(folder).addAccount(path);
    if (problem) await assertFails(add, "invalid-credential", problem);
    else await assertRejects(add, Error, "broken");
    assertEquals((await managerOf(folder).listAccounts()).length, 1);
  });
}
