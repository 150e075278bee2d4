import { assertEquals } from "@std/assert";
import { readNotifySettings } from "../../lib/notify/targets.ts";
import { EVENT_TYPES } from "../../lib/notify/events.ts";

function read(section: unknown) {
  const fail = (problem: string, unknown?: { word: string }) =>
    new SyntaxError(problem + (unknown ? ` [${unknown.word}]` : ""));
  try {
    return readNotifySettings(section, fail);
  } catch (error) {
    if (error instanceof SyntaxError) return error.message;
    throw error;
  }
}

const HOOK = {
  type: "webhook",
  url: "https://example.org/hook",
  secret_file: "~/secret",
};

/** Returns the section with one target, which is HOOK with changes. */
function hook(more: Record<string, unknown>) {
  return { targets: { team: { ...HOOK, ...more } } };
}

Deno.test("readNotifySettings() tells a target everything by default", () => {
  const settings = read(hook({}));
  if (typeof settings === "string") throw new Error(settings);
  assertEquals(settings.targets.map((it) => it.events), [[...EVENT_TYPES]]);
  assertEquals(settings.thresholds, [0.8, 0.95]);
});

Deno.test("readNotifySettings() sorts thresholds, which may have a percent sign", () => {
  const settings = read({ quota_thresholds: [90, "50%", 12.5] });
  if (typeof settings === "string") throw new Error(settings);
  assertEquals(settings.thresholds, [0.125, 0.5, 0.9]);
});

for (
  const [name, section] of Object.entries({
    "HTTP on this machine": hook({ url: "http://127.0.0.1:8080/x" }),
    "an address in a file": hook({ url: undefined, url_file: "/run/url" }),
    "a chat that is a number": {
      targets: { t: { type: "telegram", chat: -100, token_file: "~/t" } },
    },
    "a program": {
      targets: { t: { type: "program", command: ["/bin/x", 1] } },
    },
    "nothing": null,
  })
) {
  Deno.test(`readNotifySettings() accepts ${name}`, () => {
    assertEquals(typeof read(section), "object");
  });
}

const MISTAKES: [section: unknown, problem: string][] = [
  ["x", "it must be a mapping"],
  [{ target: {} }, "target: unknown key [target]"],
  [{ targets: [] }, "targets must be a mapping"],
  [
    { targets: { "a b": HOOK } },
    "targets.a b: a name has only letters, digits, dots, dashes and underscores",
  ],
  [
    hook({ type: undefined }),
    "targets.team: type is missing (one of webhook, slack, discord, telegram, ntfy, plain, desktop, program)",
  ],
  [hook({ type: "slak" }), 'targets.team.type: unknown type "slak" [slak]'],
  [hook({ url_fil: "/x" }), "targets.team.url_fil: unknown key [url_fil]"],
  [hook({ command: ["x"] }), "targets.team.command: unknown key [command]"],
  [hook({ url: undefined }), "targets.team: url or url_file is missing"],
  [
    hook({ url_file: "/x" }),
    "targets.team: url and url_file cannot both be set",
  ],
  [hook({ secret_file: undefined }), "targets.team: secret_file is missing"],
  [
    hook({ secret_file: "secret" }),
    "targets.team.secret_file: a path must begin with / or ~/",
  ],
  [
    hook({ url: "http://example.org/T0KEN" }),
    "targets.team.url: the address must begin with https://, or with http:// and name this machine",
  ],
  [
    hook({ url: "T0KEN" }),
    "targets.team.url: the address must begin with https://, or with http:// and name this machine",
  ],
  [hook({ events: [] }), "targets.team.events: a list of events is needed"],
  [
    hook({ events: ["pool.empty"] }),
    'targets.team.events: unknown event "pool.empty" [pool.empty]',
  ],
  [
    { targets: { p: { type: "program", command: "ls -l" } } },
    "targets.p.command: a list is needed: the program and its arguments",
  ],
  [{ quota_thresholds: [0] }, "quota_thresholds: 0 is not a share such as 80%"],
  [
    { quota_thresholds: [0.8] },
    "quota_thresholds: 0.8 is not a share such as 80%",
  ],
  [
    { quota_thresholds: ["101%"] },
    'quota_thresholds: "101%" is not a share such as 80%',
  ],
];

for (const [section, problem] of MISTAKES) {
  Deno.test(`readNotifySettings() refuses ${JSON.stringify(section)}`, () => {
    assertEquals(read(section), problem);
  });
}
