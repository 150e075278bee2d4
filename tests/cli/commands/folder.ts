import { tempDir } from "../../support/temp_dir.ts";

/** A home whose accounts and state are the same in every run. */
export interface FixedHome extends AsyncDisposable {
  /** The folder to use as `HOME`. */
  path: string;
  /** `~/.qwen` in it. */
  dir: string;
}

/** When the first account's token expires. */
const EXPIRES_AT = Date.UTC(2026, 11, 24, 18, 30);

const STATE = `current_index: 1
total_accounts: 3
last_switch: "2026-11-21T08:35:59.007Z"
switches_total: 12
accounts:
  account1:
    switches_count: 7
    last_used: "2026-11-21T08:35:59.007Z"
  account10:
    switches_count: 5
    last_used: "2026-11-20T23:59:00.000Z"
    blocked: login needed
    blocked_since: "2026-11-21T00:00:00.000Z"
`;

/**
 * Makes a home with the accounts 1, which is active, 2, whose slot is cut
 * short, and 10, whose token never expires but which needs a new login.
 */
export async function fixedHome(): Promise<FixedHome> {
  const home = await tempDir();
  const dir = `${home.path}/.qwen`;
  await Deno.mkdir(`${dir}/accounts`, { recursive: true, mode: 0o700 });
  await Deno.chmod(dir, 0o700);
  const slots = {
    1: credential("one", EXPIRES_AT),
    2: credential("two", EXPIRES_AT).slice(0, 40),
    10: credential("ten", 9e15),
  };
  for (const [index, text] of Object.entries(slots)) {
    const path = `${dir}/accounts/oauth_creds_${index}.json`;
    await Deno.writeTextFile(path, text, { mode: 0o600 });
  }
  await Deno.symlink("accounts/oauth_creds_1.json", `${dir}/oauth_creds.json`);
  await Deno.writeTextFile(`${dir}/state.yaml`, STATE, { mode: 0o600 });
  // An installed qwen from 0.15.6 on uses logins only with this setting.
  const settings = { security: { auth: { useExternal: true } } };
  await Deno.writeTextFile(`${dir}/settings.json`, JSON.stringify(settings));
  return {
    path: home.path,
    dir,
    [Symbol.asyncDispose]: () => home[Symbol.asyncDispose](),
  };
}

/** A credential file whose tokens contain `name`. */
export function credential(name: string, expiresAt: number): string {
  return JSON.stringify({
    access_token: `secret-access-${name}-${"aB3_".repeat(12)}`,
    refresh_token: `secret-refresh-${name}-${"aB3_".repeat(12)}`,
    token_type: "Bearer",
    resource_url: "http://provider.invalid/v1",
    expiry_date: expiresAt,
  });
}
