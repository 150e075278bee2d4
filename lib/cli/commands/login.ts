import { pollForToken, requestDeviceCode } from "../../oauth/device_flow.ts";
import {
  type OAuthEndpoints,
  resolveEndpoints,
} from "../../oauth/endpoints.ts";
import { type Asked, OAuthError } from "../../oauth/errors.ts";
import { type CredentialContent, formatContent } from "../../oauth/token.ts";
import { DEFAULT_AGENT } from "../../agents/registry.ts";
import { nameOf } from "../../account_name.ts";
import { checkLabel } from "../../accounts/label.ts";
import { runtime } from "../../system/mod.ts";
import {
  type CommandContext,
  defineCommand,
  type Flags,
} from "../line/command.ts";
import { ENDING_SIGNALS, EXIT } from "../exit.ts";
import { LoginCountdown, showLogin } from "../login/login_screen.ts";
import { say } from "../screen/report.ts";
import { parseLabel } from "../line/parse_label.ts";
import { invocation, program } from "../../program.ts";

/** `account-qwen login`. */
export const login = defineCommand({
  name: "login",
  group: "accounts",
  summary: "Log in with a new account, or again with an existing one",
  usage: "[account]",
  args: { least: 0, most: 1 },
  offers: ["accounts"],
  makesFolder: true,
  flags: {
    label: { type: "text", value: "TEXT", summary: "The label of the account" },
    "no-browser": {
      type: "boolean",
      summary: "Show the address without opening a browser",
    },
  },
  examples: [
    `${program()} login --label work`,
    `${program()} login work --no-browser`,
  ],
  async run(context) {
    const { args: [word], flags, accounts, print, notify, labelOf } = context;
    const asked = word === undefined
      ? undefined
      : await context.findAccount(word);
    const label = flags.label === undefined
      ? undefined
      : parseLabel(flags.label, "login");
    // Checked before the login, because a granted login is saved in any case.
    checkLabel(label, await accounts.nameAccounts(), asked);
    const endpoints = resolveEndpoints(DEFAULT_AGENT.login.service);
    const named = asked === undefined
      ? undefined
      : await nameAsked(context, asked);
    await accounts.prepareLogin();
    const content = await logIn(endpoints, {
      opensBrowser: !flags["no-browser"],
      asked: named,
    });
    if (typeof content === "number") {
      notify("the login was canceled; nothing has changed");
      return content;
    }
    const options = { index: asked, label };
    const result = await accounts.addLogin(formatContent(content), options);
    const { index, added, active } = result;
    const name = nameOf(index, await labelOf(index));
    if (asked === undefined && !added) {
      notify(`the login belongs to ${name}, which now uses it`);
    }
    print(`${name} is logged in${active ? " and active" : ""}`);
    if (asked === undefined || asked === index) return EXIT.done;
    const whose = added ? "another user, who is now a new account" : name;
    notify(
      `the login belongs to ${whose}; to log in to ${named?.name}: ` +
        `${invocation()} login ${asked}`,
    );
    return EXIT.loginNeeded;
  },
});

/** Returns account `index` with its name, if a login for it is allowed. */
async function nameAsked(
  { accounts, labelOf }: Pick<CommandContext<Flags>, "accounts" | "labelOf">,
  index: number,
): Promise<Asked> {
  await accounts.allowLogin(index);
  return { index, name: nameOf(index, await labelOf(index)) };
}

/** Returns the new tokens, or the exit code if a signal ended the login. */
async function logIn(
  endpoints: OAuthEndpoints,
  { opensBrowser, asked }: {
    opensBrowser: boolean;
    asked: Asked | undefined;
  },
): Promise<CredentialContent | number> {
  const interrupt = new AbortController();
  const { signal } = interrupt;
  using listeners = new DisposableStack();
  for (const [name, code] of ENDING_SIGNALS) {
    const end = () => interrupt.abort(code);
    listeners.use(runtime.host.onSignal(name, end));
  }
  try {
    const begun = await requestDeviceCode(endpoints, { signal });
    await showLogin(begun, { opensBrowser });
    await using _countdown = new LoginCountdown(begun.expiresAt);
    const notify = (text: string) => void say(text);
    return await pollForToken(endpoints, begun, { notify, signal });
  } catch (error) {
    if (signal.aborted && error === signal.reason) return signal.reason;
    if (!asked || !(error instanceof OAuthError)) throw error;
    const { code, problem, cause } = error;
    throw new OAuthError("log in", code, problem, { asked, cause });
  }
}
