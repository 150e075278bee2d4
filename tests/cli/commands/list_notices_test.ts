import { assertEquals } from "@std/assert";
import { describeTree } from "../../support/describe_tree.ts";
import { runCli } from "../../support/cli.ts";
import { credential, type FixedHome, fixedHome } from "./folder.ts";

const EXPIRES_AT = Date.UTC(2027, 0, 1);

const NOTICES: Record<
  string,
  { spoil: (home: FixedHome) => Promise<void>; notice: string }
> = {
  "a login in the stash": {
    spoil: async ({ dir }) => {
      await Deno.mkdir(`${dir}/accounts/stash`, { mode: 0o700 });
      const path = `${dir}/accounts/stash/oauth_creds.20261121T1-ab.json`;
      await Deno.writeTextFile(path, credential("stashed", EXPIRES_AT));
    },
    notice:
      "logins in the stash whose account is unknown: 1 (account-qwen doctor)",
  },
  "a login of qwen": {
    spoil: async ({ dir }) => {
      await Deno.remove(`${dir}/oauth_creds.json`);
      const path = `${dir}/oauth_creds.json`;
      await Deno.writeTextFile(path, credential("live", EXPIRES_AT));
    },
    notice:
      "oauth_creds.json is a new login written by qwen: account-qwen doctor --fix saves it",
  },
};

for (const [what, { spoil, notice }] of Object.entries(NOTICES)) {
  for (const args of [["list"], ["list", "--json"], ["stats"]]) {
    Deno.test(`${args.join(" ")} reports ${what} on stderr and changes nothing`, async () => {
      await using home = await fixedHome();
      await spoil(home);
      const before = await describeTree(home.dir);
      const { code, stderr } = await runCli(args, { home: home.path });
      assertEquals({ code, stderr }, {
        code: 0,
        stderr: `account-qwen: ${notice}\n`,
      });
      assertEquals(await describeTree(home.dir), before);
    });
  }
}
