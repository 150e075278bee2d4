import type { AccountQuota, Counts } from "../../accounts/account_quota.ts";
import type { RotationState } from "../../accounts/account.ts";
import type { AccountStateName } from "../../accounts/standing.ts";
import { usedShare } from "../../quota/room.ts";
import { printable } from "./streams.ts";

/** What the metrics describe. */
interface MetricsOptions {
  all: readonly AccountQuota[];
  stats: RotationState;
  now: number;
  agent: string;
}

type Labels = Readonly<Record<string, string>>;

type Samples = readonly (readonly [labels: Labels, value: number])[];

const PREFIX = "account_qwen_";

/** The help of each metric, by its name without prefix. */
const HELP = {
  accounts: "Accounts by state.",
  account_active: "Whether the account is the active one.",
  cooldown_seconds: "Seconds until the account may be used again.",
  switches_total: "Switches of the active account.",
  requests_total: "Requests since 00:00 UTC.",
  request_errors_total: "Requests since 00:00 UTC that failed, by verdict.",
  tokens_total: "Tokens since 00:00 UTC.",
  cached_tokens_total:
    "Input tokens since 00:00 UTC that were read from a cache.",
  reasoning_tokens_total:
    "Output tokens since 00:00 UTC that were spent on reasoning.",
  quota_used: "What is used of a window, in its unit.",
  quota_used_ratio:
    "What is used of a window, as a share of the expected limit.",
  quota_limit: "The limit of a window lies between these bounds.",
  quota_reset_timestamp_seconds: "When a window begins again.",
  quota_observed_timestamp_seconds:
    "When the newest fact about a window was seen.",
} as const;

const STATES: readonly AccountStateName[] = [
  "ready",
  "resting",
  "disabled",
  "refused",
  "login-needed",
  "ended",
  "doubtful",
];

/**
 * Returns the lines of the Prometheus text format 0.0.4. Labels that have a
 * name in the conventions of OpenTelemetry for generative AI have that name,
 * with `_` for `.`: https://opentelemetry.io/docs/specs/semconv/gen-ai/
 */
export function formatMetrics(options: MetricsOptions): string[] {
  return Object.entries(samplesOf(options)).flatMap(([key, samples]) => {
    const name = PREFIX + key;
    const type = key.endsWith("_total") ? "counter" : "gauge";
    return samples.length === 0 ? [] : [
      `# HELP ${name} ${HELP[key as keyof typeof HELP]}`,
      `# TYPE ${name} ${type}`,
      ...samples.map(([labels, value]) =>
        `${name}${formatLabels(labels)} ${formatValue(value)}`
      ),
    ];
  });
}

/** Returns the samples of each metric, in the order of the output. */
function samplesOf(
  { all, stats, now, agent }: MetricsOptions,
): Record<keyof typeof HELP, Samples> {
  const of = ({ account }: AccountQuota): Labels => ({
    agent,
    account: String(account.index),
    label: account.label ?? "",
  });
  const perModel = (count: (counts: Counts) => number) =>
    all.flatMap((it) =>
      it.traffic.models.map((counts) =>
        [
          { ...of(it), gen_ai_request_model: counts.model },
          count(counts),
        ] as const
      )
    );
  const windows = all.flatMap((it) =>
    it.windows.map((window) => ({
      window,
      labels: {
        ...of(it),
        window: window.window,
        gen_ai_request_model: window.model ?? "",
        unit: window.unit,
        source: window.source,
      },
    }))
  );
  return {
    accounts: STATES.map((state) => [
      { agent, state },
      all.filter(({ account }) => account.state === state).length,
    ]),
    account_active: all.map((it) => [of(it), Number(it.account.active)]),
    cooldown_seconds: all.map((it) => [of(it), secondsUntil(it, now)]),
    switches_total: [[{ agent }, stats.switchesTotal]],
    requests_total: perModel((it) => it.requests),
    request_errors_total: all.flatMap((it) =>
      it.traffic.models.flatMap(({ model, failures }) =>
        Object.entries(failures).map(([verdict, count]) =>
          [
            { ...of(it), gen_ai_request_model: model, error_type: verdict },
            count,
          ] as const
        )
      )
    ),
    tokens_total: TOKEN_TYPES.flatMap(([type, count]) =>
      perModel(count).map(([labels, value]) =>
        [{ ...labels, gen_ai_token_type: type }, value] as const
      )
    ),
    cached_tokens_total: perModel((it) => it.cachedTokens),
    reasoning_tokens_total: perModel((it) => it.reasoningTokens),
    quota_used: windows.flatMap(({ window: { used }, labels }) =>
      used === undefined ? [] : [[labels, used] as const]
    ),
    quota_used_ratio: windows.flatMap(({ window, labels }) => {
      const share = usedShare(window, now);
      return share === undefined ? [] : [[labels, share] as const];
    }),
    quota_limit: windows.flatMap(({ window: { limit }, labels }) =>
      limit
        ? (["lo", "hi"] as const).map((bound) =>
          [{ ...labels, bound }, limit[bound]] as const
        )
        : []
    ),
    quota_reset_timestamp_seconds: windows.flatMap((
      { window: { resetsAt }, labels },
    ) => resetsAt === undefined ? [] : [[labels, resetsAt / 1000] as const]),
    quota_observed_timestamp_seconds: windows.map(({ window, labels }) =>
      [labels, window.observedAt / 1000] as const
    ),
  };
}

const TOKEN_TYPES: readonly (readonly [string, (it: Counts) => number])[] = [
  ["input", (it) => it.inputTokens],
  ["output", (it) => it.outputTokens],
];

function secondsUntil({ account }: AccountQuota, now: number): number {
  const reserved = account.state === "resting" ? account.until : undefined;
  const until = account.cooldownUntil ?? reserved ?? now;
  return Math.max(until - now, 0) / 1000;
}

function formatLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) =>
    `${name}="${escapeLabel(value)}"`
  );
  return `{${pairs.join(",")}}`;
}

/**
 * The format escapes a backslash and a quotation mark. Control characters are
 * made visible first: whatever prints the line would do so without an escape.
 */
function escapeLabel(text: string): string {
  return printable(text).replaceAll("\\", "\\\\").replaceAll('"', '\\"');
}

function formatValue(value: number): string {
  if (value === Infinity) return "+Inf";
  return String(value);
}
