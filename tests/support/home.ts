import { tempDir } from "./temp_dir.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;

/** The accounts of a home. */
export interface TestHomeOptions {
  /** How many OAuth accounts there are, numbered from 1. */
  accounts: number;
  /** The API base that each credential names, including `/v1`. */
  baseUrl: string;
}

/** A temporary home folder that is removed after the test. */
export interface TestHome extends AsyncDisposable {
  /** The folder to use as `HOME`. */
  path: string;
  /** `~/.qwen` in it. */
  dir: string;
  /**
   * The target of `oauth_creds.json`, such as `accounts/oauth_creds_1.json`.
   */
  link(): Promise<string>;
  /** The file of account `index`. */
  slot(index: number): string;
}

/** The access token of account `index`. */
export function accessToken(index: number): string {
  return `secret-access-token-${index}-x7Kq`;
}

/** The refresh token of account `index`. */
export function refreshToken(index: number): string {
  return `secret-refresh-token-${index}-x7Kq`;
}

/** Makes a home with OAuth accounts, the first of which is active. */
export async function testHome(options: TestHomeOptions): Promise<TestHome> {
  const home = await tempDir();
  const dir = `${home.path}/.qwen`;
  const slot = (index: number) => `${dir}/accounts/oauth_creds_${index}.json`;
  const live = `${dir}/oauth_creds.json`;

  await Deno.mkdir(`${dir}/accounts`, { recursive: true });
  await Deno.chmod(dir, 0o700);
  await Deno.chmod(`${dir}/accounts`, 0o700);
  for (let index = 1; index <= options.accounts; index++) {
    const credential = {
      access_token: accessToken(index),
      refresh_token: refreshToken(index),
      token_type: "Bearer",
      resource_url: options.baseUrl,
      expiry_date: Date.now() + 30 * DAY_MS,
    };
    await Deno.writeTextFile(slot(index), JSON.stringify(credential), {
      mode: 0o600,
    });
  }
  await Deno.symlink("accounts/oauth_creds_1.json", live);
  // From 0.15.6 on, OAuth accounts run headless only with this setting.
  const auth = { selectedType: "qwen-oauth", useExternal: true };
  const settings = { security: { auth } };
  await Deno.writeTextFile(`${dir}/settings.json`, JSON.stringify(settings));

  return {
    path: home.path,
    dir,
    link: () => Deno.readLink(live),
    slot,
    [Symbol.asyncDispose]: () => home[Symbol.asyncDispose](),
  };
}
