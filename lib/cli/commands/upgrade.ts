import { program } from "../../program.ts";
import { redact } from "../../verdict/redact.ts";
import { runtime } from "../../system/mod.ts";
import { defineCommand } from "../line/command.ts";
import {
  findInstallation,
  findLatestVersion,
  howToUpgrade,
  isNewer,
  RELEASES_VARIABLE,
} from "../installation.ts";
import { JSON_FLAGS } from "../screen/json.ts";
import { VERSION } from "../version.ts";

/** `account-qwen upgrade`. */
export const upgrade = defineCommand({
  name: "upgrade",
  group: "care",
  summary: "Check for a newer version and show how to install it",
  onlyReads: true,
  flags: {
    check: {
      type: "boolean",
      summary: `Ask the address in ${RELEASES_VARIABLE} for the latest version`,
    },
    ...JSON_FLAGS,
  },
  notes: [
    "upgrade never downloads a program and changes nothing. Without --check " +
    "it does not use the network. " +
    `${RELEASES_VARIABLE} is the address of the releases, the same as for install.sh.`,
  ],
  examples: [`${program()} upgrade --check`],
  async run({ flags, answer }) {
    const releases = runtime.host.variable(RELEASES_VARIABLE) || undefined;
    const asks = flags.check && releases !== undefined;
    const latest = asks ? await findLatestVersion(releases) : undefined;
    const hasNewer = latest !== undefined && isNewer(latest, VERSION);
    const commands = howToUpgrade(await findInstallation(), {
      hasReleases: releases !== undefined,
    });
    const own = `${program()} ${VERSION}`;
    const howTo = ["to upgrade:", ...commands.map((it) => `  ${it}`)];
    answer(
      {
        version: VERSION,
        latest,
        is_newer: latest === undefined ? null : hasNewer,
        releases: releases && redact(releases),
        commands,
      },
      latest === undefined
        ? [
          own,
          ...(flags.check
            ? [`no release address is set: ${RELEASES_VARIABLE}`]
            : []),
          ...howTo,
        ]
        : hasNewer
        ? [`${own}: version ${latest} is available`, ...howTo]
        : isNewer(VERSION, latest)
        ? `${own} is newer than the latest release, ${latest}`
        : `${own} is the latest version`,
    );
  },
});
