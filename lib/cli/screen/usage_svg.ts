import type { AccountQuota } from "../../accounts/account_quota.ts";
import { countsText, quotaName } from "./quota_screen.ts";
import { printable } from "./streams.ts";
import { DAY_MS, WEEKDAYS } from "./time.ts";
import { shorten } from "./wrap.ts";

const WIDTH = 720;
const LEFT = 220;
const ROW = 64;
const TOP = 40;
const BAR_HEIGHT = 36;
const GAP = 6;
/** The most columns of a name that fit to the left of the bars. */
const NAME_COLUMNS = 26;

/**
 * Draws the requests of each account in the last seven days (UTC) as an SVG
 * picture, whose texts and colors suit a light and a dark page.
 */
export function formatUsageSvg(
  all: readonly AccountQuota[],
  { now }: { now: number },
): string {
  const bottom = TOP + all.length * ROW + 8;
  const until = new Date(now).toISOString().slice(0, 16).replace("T", " ");
  const most = Math.max(
    1,
    ...all.flatMap((it) => it.traffic.days.map((day) => day.requests)),
  );
  const today = Math.floor(now / DAY_MS);
  const step = (WIDTH - LEFT - 16) / 7;
  const days = Array.from({ length: 7 }, (_, at) => {
    const day = WEEKDAYS[new Date(now - (6 - at) * DAY_MS).getUTCDay()];
    const x = fixed(LEFT + at * step + (step - GAP) / 2);
    return `<text class="t" x="${x}" y="24" text-anchor="middle">${day}</text>`;
  });
  const rows = all.flatMap((it, row) => {
    const y = TOP + row * ROW;
    const name = escapeXml(shorten(quotaName(it), NAME_COLUMNS));
    const used = escapeXml(`today: ${todayText(it)}`);
    const bars = it.traffic.days.flatMap(({ requests }, at) => {
      if (!isKnown(it, today - 6 + at)) return [];
      const size = requests === 0
        ? 1
        : Math.max(2, requests / most * BAR_HEIGHT);
      const place = `x="${fixed(LEFT + at * step)}" ` +
        `y="${fixed(y + BAR_HEIGHT - size)}" ` +
        `width="${fixed(step - GAP)}" height="${fixed(size)}"`;
      const count = `${requests} ${requests === 1 ? "request" : "requests"}`;
      return `<rect class="b" ${place} rx="2"><title>${count}</title></rect>`;
    });
    return [
      `<text class="n" x="16" y="${y + 16}">${name}</text>`,
      `<text class="t" x="16" y="${y + 34}">${used}</text>`,
      ...bars,
    ];
  });
  const box = `0 0 ${WIDTH} ${bottom + 16}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${box}" role="img" \
aria-label="Requests of each account in the last seven days">
<style>
text { font: 12px system-ui, sans-serif; fill: #57606a; }
.n { font-weight: 600; font-size: 13px; fill: #24292f; }
.b { fill: #2da44e; }
@media (prefers-color-scheme: dark) {
text { fill: #8b949e; } .n { fill: #e6edf3; } .b { fill: #3fb950; }
}
</style>
${[...days, ...rows].join("\n")}
<text class="t" x="${WIDTH - 22}" y="${bottom}" text-anchor="end">\
counted by account-qwen until ${until} UTC</text>
</svg>
`;
}

/** Before the first request that was counted, nothing is known of a day. */
function isKnown({ traffic: { since } }: AccountQuota, day: number): boolean {
  return since !== undefined && Math.floor(since / DAY_MS) <= day;
}

/** Of an account whose traffic was never counted, nothing is known. */
function todayText({ traffic: { today, observedAt } }: AccountQuota): string {
  if (observedAt === undefined) return "unknown";
  return countsText(today).split(", ")[0] ?? "";
}

function fixed(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** XML has no control characters at all. */
function escapeXml(text: string): string {
  return printable(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
