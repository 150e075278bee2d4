import { program } from "../../program.ts";
import { redact } from "../../verdict/redact.ts";
import { runtime } from "../../system/mod.ts";
import { defineCommand } from "../line/command.ts";
import { EXIT } from "../exit.ts";
import {
  findInstallation,
  findLatestVersion,
  howToUpgrade,
  isNewer,
  RELEASES_VARIABLE,
} from "../installation.ts";
import { formatJson, JSON_FLAG, SCHEMA_FLAG } from "../screen/json.ts";
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
    json: JSON_FLAG,
    schema: SCHEMA_FLAG,
  },
  notes: [
    "upgrade never downloads a program and changes nothing. Without --check " +
    "it does not use the network. " +
    `${RELEASES_VARIABLE} is the address of the releases, the same as for install.sh.`,
  ],
  examples: [`${program()} upgrade --check`],
  async run({ flags, print }) {
    const releases = runtime.host.variable(RELEASES_VARIABLE) || undefined;
    const asks = flags.check && releases !== undefined;
    const latest = asks ? await findLatestVersion(releases) : undefined;
    const hasNewer = latest !== undefined && isNewer(latest, VERSION);
    const commands = howToUpgrade(await findInstallation(), {
      hasReleases: releases !== undefined,
    });
    if (flags.json) {
      print(formatJson({
        version: VERSION,
        latest: latest ?? null,
        is_newer: latest === undefined ? null : hasNewer,
        releases: releases === undefined ? null : redact(releases),
        commands,
      }));
      return EXIT.done;
    }
    if (latest === undefined) {
      print(`${program()} ${VERSION}`);
      if (flags.check) {
        print(`no release address is set: ${RELEASES_VARIABLE}`);
      }
    } else {
      print(
        hasNewer
          ? `${program()} ${VERSION}: version ${latest} is available`
          : isNewer(VERSION, latest)
          ? `${program()} ${VERSION} is newer than the latest release, ${latest}`
          : `${program()} ${VERSION} is the latest version`,
      );
    }
    if (latest === undefined || hasNewer) {
      print(["to upgrade:", ...commands.map((it) => `  ${it}`)]);
    }
    return EXIT.done;
  },
});
