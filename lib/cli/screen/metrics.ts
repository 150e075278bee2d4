import type { AccountQuota, Counts } from "../../accounts/account_quota.ts";
import type { RotationState } from "../../accounts/account.ts";
import type { AccountStateName } from "../../accounts/standing.ts";
import { usedShare } from "../../quota/room.ts";
import { printable } from "./printable.ts";

/** What the metrics describe. */
export interface MetricsOptions {
  /** The accounts, ascending. */
  all: readonly AccountQuota[];
  /** The counts of switches. */
  stats: RotationState;
  /** The time, epoch milliseconds. */
  now: number;
  /** The agent of the accounts. */
  agent: string;
}

type Labels = Readonly<Record<string, string>>;

/** A metric: its name without prefix, type, help and samples. */
interface Metric {
  name: string;
  type: "counter" | "gauge";
  help: string;
  samples: readonly (readonly [labels: Labels, value: number])[];
}

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
  return metricsOf(options).filter((it) => it.samples.length > 0)
    .flatMap(({ name, type, help, samples }) => [
      `# HELP ${PREFIX}${name} ${help}`,
      `# TYPE ${PREFIX}${name} ${type}`,
      ...samples.map(([labels, value]) =>
        `${PREFIX}${name}${formatLabels(labels)} ${formatValue(value)}`
      ),
    ]);
}

const PREFIX = "account_qwen_";

function metricsOf({ all, stats, now, agent }: MetricsOptions): Metric[] {
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
  return [
    {
      name: "accounts",
      type: "gauge",
      help: "Accounts by state.",
      samples: STATES.map((state) => [
        { agent, state },
        all.filter(({ account }) => account.state === state).length,
      ]),
    },
    {
      name: "account_active",
      type: "gauge",
      help: "Whether the account is the active one.",
      samples: all.map((it) => [of(it), Number(it.account.active)]),
    },
    {
      name: "cooldown_seconds",
      type: "gauge",
      help: "Seconds until the account may be used again.",
      samples: all.map((it) => [of(it), secondsUntil(it, now)]),
    },
    {
      name: "switches_total",
      type: "counter",
      help: "Switches of the active account.",
      samples: [[{ agent }, stats.switchesTotal]],
    },
    {
      name: "requests_total",
      type: "counter",
      help: "Requests since 00:00 UTC.",
      samples: perModel((it) => it.requests),
    },
    {
      name: "request_errors_total",
      type: "counter",
      help: "Requests since 00:00 UTC that failed, by verdict.",
      samples: all.flatMap((it) =>
        it.traffic.models.flatMap(({ model, failures }) =>
          Object.entries(failures).map(([verdict, count]) =>
            [
              { ...of(it), gen_ai_request_model: model, error_type: verdict },
              count,
            ] as const
          )
        )
      ),
    },
    {
      name: "tokens_total",
      type: "counter",
      help: "Tokens since 00:00 UTC.",
      samples: TOKEN_TYPES.flatMap(([type, count]) =>
        perModel(count).map(([labels, value]) =>
          [{ ...labels, gen_ai_token_type: type }, value] as const
        )
      ),
    },
    {
      name: "cached_tokens_total",
      type: "counter",
      help: "Input tokens since 00:00 UTC that were read from a cache.",
      samples: perModel((it) => it.cachedTokens),
    },
    {
      name: "reasoning_tokens_total",
      type: "counter",
      help: "Output tokens since 00:00 UTC that were spent on reasoning.",
      samples: perModel((it) => it.reasoningTokens),
    },
    {
      name: "quota_used",
      type: "gauge",
      help: "What is used of a window, in its unit.",
      samples: windows.flatMap(({ window: { used }, labels }) =>
        used === undefined ? [] : [[labels, used] as const]
      ),
    },
    {
      name: "quota_used_ratio",
      type: "gauge",
      help: "What is used of a window, as a share of the expected limit.",
      samples: windows.flatMap(({ window, labels }) => {
        const share = usedShare(window, now);
        return share === undefined ? [] : [[labels, share] as const];
      }),
    },
    {
      name: "quota_limit",
      type: "gauge",
      help: "The limit of a window lies between these bounds.",
      samples: windows.flatMap(({ window: { limit }, labels }) =>
        limit
          ? (["lo", "hi"] as const).map((bound) =>
            [{ ...labels, bound }, limit[bound]] as const
          )
          : []
      ),
    },
    {
      name: "quota_reset_timestamp_seconds",
      type: "gauge",
      help: "When a window begins again.",
      samples: windows.flatMap(({ window: { resetsAt }, labels }) =>
        resetsAt === undefined ? [] : [[labels, resetsAt / 1000] as const]
      ),
    },
    {
      name: "quota_observed_timestamp_seconds",
      type: "gauge",
      help: "When the newest fact about a window was seen.",
      samples: windows.map(({ window, labels }) =>
        [labels, window.observedAt / 1000] as const
      ),
    },
  ];
}

const TOKEN_TYPES: readonly (readonly [string, (it: Counts) => number])[] = [
  ["input", (it) => it.inputTokens],
  ["output", (it) => it.outputTokens],
];

function secondsUntil({ account }: AccountQuota, now: number): number {
  const { cooldownUntil = now } = account;
  return Math.max(cooldownUntil - now, 0) / 1000;
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
