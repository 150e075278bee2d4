import { assertEquals } from "@std/assert";
import {
  accountFolder,
  credential,
  NOW,
  text,
} from "../support/account_folder.ts";
import { strangers } from "../support/strangers.ts";
import { refresh, refreshed } from "./agent_writes.ts";
import { linkOf, managerOf } from "./managers.ts";
import { stashPaths } from "../support/kept_files.ts";

interface Content {
  /**
   * What the agent writes in the place of the live file while account 1 is
   * active.
   */
  bytes: Uint8Array;
  /** The content of the slots afterwards. */
  slots: Record<number, Uint8Array>;
  /** The content of the stash afterwards. */
  stash?: Uint8Array[];
}

const SAME = { 1: credential(1), 2: credential(2) };

const OLDER = credential(1, { accessToken: "earlier", expiresAt: NOW });

const NEWER_OF_2 = credential(2, {
  accessToken: "next",
  expiresAt: NOW + 9_000_000,
});

const CONTENTS: Record<string, Content> = {
  "new tokens": {
    bytes: refreshed(1),
    slots: { ...SAME, 1: refreshed(1) },
  },
  "nothing at all": { bytes: new Uint8Array(), slots: SAME },
  "a login that is cut short": whole(credential(1).subarray(0, 90)),
  "a login of another account": {
    bytes: NEWER_OF_2,
    slots: { ...SAME, 2: NEWER_OF_2 },
  },
  "a login that is older by expiry_date": { bytes: OLDER, slots: SAME },
  "the login that the slot has": { bytes: credential(1), slots: SAME },
  "a login without a refresh token": whole(without("refresh_token")),
  "a login without an access token": whole(without("access_token")),
  "a login without an expiry date": whole(without("expiry_date")),
  "a login whose expiry date is text": whole(
    bytesOf({ ...fields(), expiry_date: "2026-11-21T08:35:00Z" }),
  ),
  "a login whose expiry date is too large a number": whole(
    new TextEncoder().encode(
      text(credential(1)).replace(/"expiry_date":\d+/, '"expiry_date":1e999'),
    ),
  ),
  "a login with a BOM": whole(
    new TextEncoder().encode(`\uFEFF${text(refreshed(1))}`),
  ),
  "a login with NUL in it": whole(
    new TextEncoder().encode(text(refreshed(1)).replace("{", "{\0")),
  ),
  "a login that is not valid UTF-8": whole(
    new Uint8Array([...refreshed(1).subarray(0, -2), 0xff, 0x22, 0x7d]),
  ),
  "more bytes than a login can have": whole(
    new Uint8Array(64 * 1024 + 1).fill(0x20),
  ),
  "new tokens on lines with CRLF": {
    bytes: withCrlf(refreshed(1)),
    slots: { ...SAME, 1: withCrlf(refreshed(1)) },
  },
};

for (const [what, { bytes, slots, stash = [] }] of Object.entries(CONTENTS)) {
  Deno.test(`switchTo() puts ${what} where it belongs when the agent has written that`, async () => {
    await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
    using _strangers = strangers();
    const manager = managerOf(folder);
    await manager.switchTo(1);
    refresh(folder, bytes);
    await manager.switchTo(2);
    for (const [index, expected] of Object.entries(slots)) {
      assertEquals(await folder.slot(Number(index)), expected);
    }
    assertEquals(await folder.stash(), stash);
    assertEquals(await linkOf(folder), "accounts/oauth_creds_2.json");
  });
}

Deno.test("switchTo() keeps a login that is older by expiry_date as a generation", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  const manager = managerOf(folder);
  await manager.switchTo(1);
  refresh(folder, OLDER);
  await manager.switchTo(2);
  assertEquals(await folder.generations(1), [credential(1), OLDER]);
});

Deno.test("switchTo() says where it keeps a login whose owner is not proven", async () => {
  await using folder = await accountFolder({ accounts: [1, 2], active: 1 });
  const notices: string[] = [];
  const manager = managerOf(folder, { notices });
  await manager.switchTo(1);
  refresh(folder, without("refresh_token"));
  await manager.switchTo(2);
  const [path] = await stashPaths(folder.layout);
  assertEquals(notices, [
    `a login that qwen wrote has no refresh_token: kept as ${path}`,
  ]);
});

/**
 * A file that is not a usable login: it changes no slot and is stashed whole.
 */
function whole(bytes: Uint8Array): Content {
  return { bytes, slots: SAME, stash: [bytes] };
}

function fields(): Record<string, unknown> {
  return JSON.parse(text(refreshed(1)));
}

function without(name: string): Uint8Array {
  const { [name]: _, ...others } = fields();
  return bytesOf(others);
}

function bytesOf(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

function withCrlf(bytes: Uint8Array): Uint8Array {
  const lines = JSON.stringify(JSON.parse(text(bytes)), null, 2);
  return new TextEncoder().encode(`${lines}\n`.replaceAll("\n", "\r\n"));
}
