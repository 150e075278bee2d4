import { NEW_STATE } from "../../lib/ledger/state.ts";
import { formatState } from "../../lib/ledger/state_yaml.ts";
import { writeKeySlot } from "../../tests/support/account_folder.ts";
import { type TestHome, testHome } from "../../tests/support/home.ts";

/** A line of `rotation.log`. */
const LOG_LINE = JSON.stringify({
  timestamp: "2026-11-21T08:35:00.123Z",
  level: "info",
  event: "account_switch",
  from: 1,
  to: 2,
  reason: "asked for",
}) + "\n";

const LINES_AT_ONCE = 10_000;

/**
 * Makes a home of `accounts` logins or keys that have all been used, and a log
 * of `logLines` lines.
 */
export async function makeHome(
  { accounts, kind = "login", logLines = 0 }: {
    accounts: number;
    kind?: "login" | "key";
    logLines?: number;
  },
): Promise<TestHome> {
  const baseUrl = "http://provider.invalid/v1";
  const isLogin = kind === "login";
  const home = await testHome({ accounts: isLogin ? accounts : 0, baseUrl });
  if (!isLogin) {
    await Deno.remove(`${home.dir}/oauth_creds.json`);
    for (let it = 1; it <= accounts; it++) await writeKeySlot(home.dir, it);
  }
  const used = Array.from({ length: accounts }, (_, at) => {
    const state = {
      ...{ label: undefined, blocked: undefined, blockedSince: undefined },
      ...{ switchesCount: 3, lastUsed: "2026-11-21T08:35:00.123Z" },
      ...{ cooldowns: [], extra: {} },
    };
    return [at + 1, state] as const;
  });
  const text = formatState({
    ...NEW_STATE,
    ...(isLogin ? { currentIndex: 1 } : { activeKey: 1 }),
    totalAccounts: accounts,
    switchesTotal: 3 * accounts,
    accounts: new Map(used),
    linked: isLogin,
  });
  await Deno.writeTextFile(`${home.dir}/state.yaml`, text, { mode: 0o600 });
  if (logLines > 0) await writeLog(`${home.dir}/rotation.log`, logLines);
  return home;
}

async function writeLog(path: string, lines: number): Promise<void> {
  const bytes = new TextEncoder().encode(LOG_LINE.repeat(LINES_AT_ONCE));
  using file = await Deno.open(path, {
    write: true,
    create: true,
    mode: 0o600,
  });
  for (let done = 0; done < lines; done += LINES_AT_ONCE) {
    for (let at = 0; at < bytes.length;) {
      at += await file.write(bytes.subarray(at));
    }
  }
}
