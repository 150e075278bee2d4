import { pollForToken, requestDeviceCode } from "../../oauth/device_flow.ts";
import {
  type CredentialContent,
  formatContent,
  type OAuthEndpoints,
  resolveEndpoints,
} from "../../oauth/token.ts";
import { type Asked, OAuthError } from "../../oauth/errors.ts";
import { nameOf } from "../../account_name.ts";
import { checkLabel } from "../../accounts/label.ts";
import { withLink } from "../../disk/layout.ts";
import { runtime } from "../../system/mod.ts";
import {
  type CommandContext,
  defineCommand,
  type Flags,
} from "../line/command.ts";
import { ENDING_SIGNALS } from "../exit.ts";
import { LoginCountdown, showLogin } from "../screen/login_screen.ts";
import { say } from "../screen/report.ts";
import { flagsIf } from "../line/agent_words.ts";
import { logInWithAgent, reportLogin } from "../setup/agent_login.ts";
import { SETTING_FLAGS } from "../settings/settings.ts";
import { chosenAgent } from "../../agents/registry.ts";
import { parseLabel } from "../line/parse_label.ts";
import { agentInvocation } from "../../program.ts";

const { program: PROGRAM, homes: { login: HOME_LOGIN } } = chosenAgent();

/** What makes the agent log in without a browser. */
const DEVICE = HOME_LOGIN ? HOME_LOGIN.logIn.withoutBrowser : ["--no-browser"];

/** `account-qwen login`. */
export const login = defineCommand({
  name: "login",
  group: "accounts",
  summary: "Log in with a new account, or again with an existing one",
  usage: HOME_LOGIN ? `[account] [-- arguments of ${PROGRAM}]` : "[account]",
  args: { least: 0, most: HOME_LOGIN ? Infinity : 1 },
  offers: ["accounts"],
  passesOn: HOME_LOGIN !== undefined,
  makesFolder: true,
  flags: {
    label: { type: "text", value: "TEXT", summary: "The label of the account" },
    ...flagsIf(DEVICE.length > 0, {
      "no-browser": {
        type: "boolean",
        summary: "Show the address without opening a browser",
      },
    }),
    ...flagsIf(HOME_LOGIN !== undefined, { bin: SETTING_FLAGS.bin }),
  },
  notes: HOME_LOGIN
    ? [
      `${PROGRAM} itself logs in, in an empty folder, which becomes the account. ` +
      "No other login is touched, and none is revoked. If an account has the " +
      "same owner, the new login replaces its old one.",
    ]
    : [],
  examples: [
    `${agentInvocation()} login --label work`,
    ...(HOME_LOGIN ? [`${agentInvocation()} login work`] : []),
    ...(DEVICE.length > 0
      ? [`${agentInvocation()} login work --no-browser`]
      : []),
  ],
  async run(context) {
    const { args: [word], flags, accounts, notify } = context;
    const { login: format } = accounts.layout.agent.homes;
    if (format) return await logInWithAgent(format, context);
    const { service } = withLink(accounts.layout).agent.login;
    const asked = await context.findIfGiven(word);
    const label = parseLabel(flags.label);
    // Checked before the login, because a granted login is saved in any case.
    checkLabel(label, await accounts.nameAccounts(), asked);
    const endpoints = resolveEndpoints(service);
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
    return await reportLogin(result, context, asked);
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
