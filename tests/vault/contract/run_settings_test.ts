import { assertEquals } from "@std/assert";
import { randomHex } from "../../../lib/disk/names.ts";
import { runtime } from "../../../lib/system/mod.ts";
import {
  removeEndedSettings,
  saveRunSettings,
} from "../../../lib/vault/agent_settings.ts";
import { accountFolder, namesIn } from "../../support/account_folder.ts";
import { replaceFiles } from "../../support/files.ts";
import { recordRun } from "../../support/run_records.ts";
import { settled } from "../../accounts/watched.ts";

const SETTINGS = { env: { ANTHROPIC_API_KEY: "sk-test" } };

/** Whether the settings of a run stay that this process, or none, waits for. */
const CASES: Record<
  string,
  { process?: string | undefined; ageMs: number; stays: boolean }
> = {
  "a run that was killed": { process: "", ageMs: 0, stays: false },
  "a run that goes on for days": {
    process: runtime.host.identify(Deno.pid),
    ageMs: 172_800_000,
    stays: true,
  },
  "a run without an account that has just begun": { ageMs: 0, stays: true },
  "a run without an account that was killed": { ageMs: 61_000, stays: false },
};

for (const [what, { process, ageMs, stays }] of Object.entries(CASES)) {
  for (const holds of [true, false]) {
    Deno.test(`removeEndedSettings() ${stays ? "keeps" : "removes"} the settings of ${what}${holds ? "" : ", which reads the link"}`, async () => {
      await using folder = await accountFolder({ keys: [1] });
      const { layout } = folder;
      const id = randomHex(8);
      if (process !== undefined) {
        await recordRun(layout, { id, account: 1, process }, { holds });
      }
      const path = await saveRunSettings(layout, { id, settings: SETTINGS });
      assertEquals(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
      await removeEndedSettings(layout, Date.now() + ageMs);
      assertEquals(
        (await namesIn(layout.accounts)).includes(
          `cli_run_settings_${id}.json`,
        ),
        stays,
      );
    });
  }
}

Deno.test("saveRunSettings() does not fail when another command begins meanwhile", async () => {
  await using folder = await accountFolder({ accounts: [1], active: 1 });
  using _ = replaceFiles(({ create }) => ({
    async create(path, bytes, mode) {
      await create(path, bytes, mode);
      if (path.includes("run_settings")) await settled(folder);
    },
  }));
  const id = randomHex(8);
  const path = await saveRunSettings(folder.layout, { id, settings: SETTINGS });
  assertEquals(JSON.parse(await Deno.readTextFile(path)), SETTINGS);
});

Deno.test("settle() removes the settings of a run that was killed", async () => {
  await using folder = await accountFolder({ accounts: [1], active: 1 });
  const { layout } = folder;
  const id = randomHex(8);
  const killed = { id, account: 1, process: "" };
  await recordRun(layout, killed, { holds: true });
  await saveRunSettings(layout, { id, settings: SETTINGS });
  await settled(folder);
  const names = await namesIn(layout.accounts);
  assertEquals(names.filter((it) => it.includes("run_settings")), []);
});
