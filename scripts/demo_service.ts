import type { WireCase } from "../tests/gateway/wires/case.ts";
import { MESSAGES } from "../tests/gateway/wires/anthropic_messages.ts";
import { RESPONSES } from "../tests/gateway/wires/openai_responses.ts";
import { eventStream } from "../tests/support/replies.ts";
import { QUOTA_EXCEEDED, startService } from "../tests/support/service.ts";
import { startUpstream } from "../tests/support/upstream.ts";

/** A service on loopback that plays the one of an agent. */
export interface DemoService extends AsyncDisposable {
  /** The address for its keys. */
  baseUrl: string;
  /** The model of its keys. */
  model: string;
  /** The agent's own arguments before the prompt. @default none */
  args?: readonly string[];
  /** Returns the key of each request so far, oldest first. */
  keysSeen(): string[];
}

/** What the service says. */
export interface Replies {
  /** The key that gets `answer`; all others are out of quota. */
  goodKey: string;
  /** The answer. */
  answer: string;
  /** The headers of an error. */
  headers: Record<string, string>;
  /** All keys. */
  keys: readonly string[];
}

/** Starts the service of each agent. */
export const SERVICES: Readonly<
  Record<string, (replies: Replies) => DemoService>
> = {
  qwen: startChat,
  codex: (replies) => ({
    ...startWire(RESPONSES, { ...replies, path: "/v1", model: "gpt-6.2-sol" }),
    // The home of the demo is not a project of git.
    args: ["exec", "--skip-git-repo-check"],
  }),
  claude: (replies) =>
    startWire(MESSAGES, { ...replies, path: "", model: "sonnet" }),
};

function startChat({ keys, goodKey, answer, headers }: Replies): DemoService {
  const service = startService({
    replies: Object.fromEntries(keys.map((key) => [
      key,
      key === goodKey ? { answer } : { ...QUOTA_EXCEEDED, headers },
    ])),
  });
  return {
    baseUrl: service.baseUrl,
    model: "qwen3",
    keysSeen: () => service.requests.map((it) => it.token),
    [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
  };
}

/** What else the service of a wire format needs. */
interface WireReplies extends Replies {
  /** The path of its base URL. */
  path: string;
  model: string;
}

function startWire(
  wire: WireCase,
  { goodKey, answer, headers, path, model }: WireReplies,
): DemoService {
  const { quota } = wire.errors;
  const id = "demo";
  const events = wire.opening(id) + wire.content(id) + wire.ending(id);
  const good = events.replaceAll(`text of ${id}`, answer);
  const service = startUpstream(({ method, headers: sent }) => {
    if (method !== "POST") return new Response(null, { status: 404 });
    return keyIn(sent) === goodKey
      ? eventStream([good])
      : Response.json(quota.body, { status: quota.status, headers });
  });
  return {
    baseUrl: new URL(service.url).origin + path,
    model,
    keysSeen: () =>
      service.requests.filter((it) => it.method === "POST")
        .map((it) => keyIn(it.headers)),
    [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
  };
}

function keyIn(headers: Headers): string {
  return headers.get("x-api-key") ??
    (headers.get("authorization") ?? "").replace(/^Bearer /i, "");
}
