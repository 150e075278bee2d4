import { parseAmount } from "../../amounts.ts";
import { noAccount } from "../../common_errors.ts";
import { loadSettings, SETTING_FLAGS } from "../settings/settings.ts";
import { realSystem } from "../../system/system.ts";
import { accountsMeant } from "../line/named.ts";
import { EXIT } from "../exit.ts";
import { defineCommand } from "../line/command.ts";
import {
  describeGuard,
  findEnough,
  guardJson,
  type GuardResult,
} from "../screen/guard_screen.ts";
import { foldAnswer } from "../screen/wrap.ts";
import { JSON_FLAGS } from "../screen/json.ts";

/** `account-qwen guard [ACCOUNT]`. */
export const guard = defineCommand({
  name: "guard",
  group: "look",
  summary:
    "Tell by the exit code whether enough quota is left, for CI and hooks",
  usage: "[account]",
  args: { least: 0, most: 1 },
  offers: ["accounts"],
  onlyReads: true,
  flags: {
    need: {
      type: "text",
      value: "AMOUNT",
      form: {
        is: (text: string) => parseAmount(text) !== undefined,
        name: 'an amount (examples: "50 requests", "200000 tokens", 20%)',
      },
      summary: "What must be left, such as '50 requests' (default: anything)",
    },
    unknown: {
      type: "choice",
      words: ["ok"],
      value: "ok",
      summary: "Exit with 0 if it is unknown what is left",
    },
    for: SETTING_FLAGS.for,
    ...JSON_FLAGS,
  },
  notes: [
    "The exit code is 0 if an account that is ready, or the one that you name, " +
    "has enough left; 75 if none has; 3 if that is unknown. An account has " +
    "enough if every window whose limit is known has that much left. What is " +
    "reserved for others does not count.",
    "guard asks no service: it knows what quota shows.",
  ],
  examples: [
    "guard --need '50 requests'",
    "guard work --need 20%",
    "guard --need '200000 tokens' --unknown ok",
  ],
  async run({ args: [word], flags, reader, findIfGiven, answer }) {
    const index = await findIfGiven(word);
    const { settings } = await loadSettings({ dir: reader.dir, flags });
    const all = await reader.listAccounts();
    if (all.length === 0) throw noAccount(reader.layout.accounts);
    const asked = accountsMeant(all, index);
    const now = realSystem.now();
    const amount = flags.need === undefined
      ? undefined
      : parseAmount(flags.need);
    const result = findEnough(await reader.readQuota(asked), {
      readiness: await reader.readiness(),
      isNamed: index !== undefined,
      amount,
      reserve: settings.reserve,
      for: settings.for,
      now,
    });
    answer(
      guardJson(result),
      foldAnswer(describeGuard(result, { amount, now })),
    );
    const isOk = result.answer === "unknown" && flags.unknown === "ok";
    return isOk ? EXIT.done : EXIT_OF[result.answer];
  },
});

const EXIT_OF: Readonly<Record<GuardResult["answer"], number>> = {
  "enough": EXIT.done,
  "not enough": EXIT.notReady,
  "unknown": EXIT.unknown,
};
