/**
 * What services say, by meaning. Each list covers the known services in the
 * languages of their answers: English, Chinese (simplified and traditional),
 * Japanese, Korean, Spanish, Portuguese, French, German, Italian and Russian.
 *
 * @module
 */

import { once } from "./once.ts";

/** A pattern that is compiled when it is first used. */
export type Words = Pick<RegExp, "source" | "test">;

/** Joins the patterns that `list` returns into one that ignores case. */
export function anyOf(list: () => readonly RegExp[]): Words {
  const pattern = once(() =>
    new RegExp(list().map((it) => it.source).join("|"), "i")
  );
  return {
    get source() {
      return pattern().source;
    },
    test: (text) => pattern().test(text),
  };
}

/** A limit on the number of requests that are under way at the same time. */
export const CROWDED: Words = anyOf(() => [
  /concurren(?:t|cy)|in[-_ ]?flight|simultaneous|parallel[-_ ]requests?/,
  /并[发發]|同時(?:接続|実行|リクエスト)|동시/,
]);

/** A limit per minute or second, or on concurrent requests. */
export const SHORT_LIMIT: Words = anyOf(() => [
  /throttling\.(?:ratequota|burstrate)|(?<![a-z])[rt]p[ms]\b|\bqp[sm]\b/,
  /per[-_ ](?:minute|min|second|sec)\b|(?<!_per_day.*)_per_(?:minute|second)_(?!.*_per_day)|per (?:1|10|30|60) ?s(?:ec|econds)?\b/,
  /\/ ?(?:minute|min|second|sec)\b|by[-_]?(?:minute|second)\b/,
  /concurren(?:t|cy)|burst|in[-_ ]?flight|batch[-_ ]?size|simultaneous/,
  /too (?:quickly|frequent(?:ly)?|fast)\b/,
  /每分[钟鐘]|每秒|[频頻]繁|并[发發]|[请請]求[过過](?:多|快)|[频頻]率/,
  /毎分|毎秒|同時(?:接続|実行|リクエスト)|분당|초당|동시/,
  /por (?:minuto|segundo)|par (?:minute|seconde)|pro (?:minute|sekunde)/,
  /(?:al|per) (?:minuto|secondo)|в (?:минуту|секунду)/,
]);

/** The service is overloaded for everybody. */
export const BUSY: Words = anyOf(() => [
  /overload(?:ed)?\b|overloaded[-_]error/,
  /(?:system|server|service|infrastructure|engine|cluster|gpu|no|at|maximum|insufficient|model|tier)[-_ ]capacity/,
  /capacity[-_ ](?:limits?|exceeded|exhausted|constraints?|available)/,
  /(?:servers?|services?|engine|system|backend|upstream|pool|workers?|cluster|queue)\b.{0,20}\b(?:(?:too )?busy|saturated)\b/,
  /model[-_ ]?serving[-_ ]?(?:error|unknown)|high (?:load|traffic)\b/,
  /(?:experiencing|due to) (?:\w+ )?(?:high|heavy) demand/,
  /[负負][载載]|[过過][载載]|(?:系统|系統|服务|服務|服务器|伺服器|模型).{0,8}繁忙/,
  /[访訪][问問]量[过過]大|混雑|過負荷|혼잡|과부하|sobrecargad|surchargé|überlastet|перегружен/,
]);

/** A budget, quota or balance of the request, not of the account. */
export const OF_REQUEST: Words = anyOf(() => [
  /(?:thinking|reasoning|thoughts?)[-_ .:]{0,3}(?:\w+[-_ .:]{1,2})?budget|budget(?:[-_ ]?tokens| for (?:reasoning|thinking))|(?:quota|limit|allowance) of \d+ ?[kmg]i?b\b/,
  /^(?![^]*\b(?:daily|weekly|monthly|team|organi[sz]ation|api key)\b)[^]*\btokens?[-_ :]{1,2}budget/,
  /budget exceed(?:s|ed) (?:the |allowed |permitted )*(?:maximum|model)/,
  /context[-_ ](?:window|length|size|limit)|(?:input|prompt|output|completion) tokens? (?:count|length)/,
  /\bbalance (?:of |your |the )*(?:braces?|brackets?|parenthes[ie]s|quotes?|tags?|delimiters?)/,
  /\bschema\b|\btools?(?:[-_ ]calls?)?\b.{0,40}\b(?:arguments?|parameters?)/,
]);

/** Something that an account owns and that runs out. */
const THING =
  /(?:quota|allowance|allotment|credits?|balance|wallet|(?<!(?:thinking|reasoning|token)[-_ ])budget|funds?|(?:usage|spend(?:ing)?|credit|billing)[-_ ](?:\w+[-_ ])?(?:limit|cap)|free (?:usage|tier|quota|trial|allocation|messages?|requests?|generations?)|(?:daily|weekly|monthly|plan|included) (?:\w+ ){0,2}(?:allocation|messages|prompts))/
    .source;

/** Words for "used up", before or after the thing. */
const GONE_BEFORE =
  /(?:insufficient|exceed(?:ed|s|ing)?|exhausted|reached|hit|crossed|surpassed|used(?: up| all)?|consumed|depleted|spent|(?:run|ran) out of|out of|over|not enough|no (?:more|remaining|available)|(?:does not|doesn't|do not|don't) have (?:any|enough|sufficient)|top[- ]?up|recharge|add(?: more)?|purchase(?: more)?|unpaid|negative|lack of)/
    .source;
const GONE_AFTER =
  /(?:insufficient|exceeded|exhausted|reached|hit|used(?: up)?|consumed|depleted|spent|not enough|too low|empty|unpaid|overdue|expired|ended|is over|too small|negative|crossed|drained|(?:can ?not|can't|(?:does|do) ?n[o']t) cover|(?:is|are|at|of|:|=) ?[$¥€]?-?(?:0(?:\.0+)?(?![.\d])|zero)|has (?:run|gone) out)/
    .source;

/** A character of the same sentence; a dot may be part of an amount. */
const WITHIN = /(?:[^.]|\.(?=\d))/.source;

/** The same as {@linkcode THING} in Spanish, Portuguese, French, German and so on. */
const THING_ABROAD =
  /(?:budget|presupuesto|orçamento|бюджет|kontostand|kontingent|guthaben|saldo|solde|cr[ée]dit[oi]?s?|quota|cuota|cota|баланс|кредит|средств|probezeit|testphase)/
    .source;

/** The same as {@linkcode GONE_AFTER} in these languages. */
const GONE_ABROAD =
  /(?:épuisé|atteint|dépassé|trop bas|insuffisant|agot|insuficiente|superad|excedid|demasiado baj|esgotad|ultrapassad|muito baix|aufgebraucht|ausgeschöpft|erschöpft|überschritten|verbraucht|zu niedrig|zu gering|reicht nicht|nicht (?:mehr )?aus|abgelaufen|ne suffi\w* pas|acab(?:ou|ar|ad|ó)|esaurit|insufficiente|superat|troppo bass|исчерпан|превышен|законч|недостаточ|израсходован)/
    .source;

/** Words for money in these languages; a quota may be one per minute. */
const MONEY_ABROAD =
  /(?<![a-zà-ÿа-яё])(?:kontostand|guthaben|saldo|solde|cr[ée]dit[oi]?s?|баланс|кредит|средств)/
    .source;

/** The account has no money left: words without another meaning. */
export const MONEY: Words = anyOf(() => [
  /insufficient[-_ ](?:\w+[-_ ])?(?:account[-_ ])?(?:quota|balance|credits?|funds?)/,
  /(?<![\w])(?:quota|balance|credits?|funds?)[-_ ](?:is |are |was )?(?:not enough|insufficient|too low|depleted)/,
  /not enough (?:quota|balance|credits?|funds?|money)/,
  /budget[-_ ](?:has been |was |is )?exceeded|exceeded[-_ ]?\w{0,20}[-_ ]?budget|over[-_ ](?:its |the |your )?budget/,
  /arrearage|in arrears|account is in good standing/,
  /overdue[-_ ]?(?:balance|payment|bill|error)|(?:bill|balance|payment|invoice)s?\b.{0,30}\boverdue/,
  /commodity[-_ ]?(?:has |have )?not[-_ ]?(?:yet )?purchased/,
  /(?:out of|ran out of|run out of|no(?: more| remaining)?|don't have any|doesn't have any) credits?\b(?! card)/,
  /credits? (?:have |has )?(?:been )?(?:expired|used up|used|limit exceeded)|credit[-_ ]limit/,
  /pre[-_]?consume.{0,20}quota.{0,10}fail|billing[-_ ](?:hard[-_ ])?limit/,
  /suspended\b.{0,80}\b(?:balance|billing|spending|payment|invoices?)/,
  /no resource pack(?:age)?|resource[-_ ]?pack[-_ ]?(?:age[-_ ]?)?exhausted/,
  /(?:subscription|plan|trial)\b.{0,20}\b(?:(?:has |is )?expired|(?:has )?ended|is over)\b/,
  /(?:balance|credits?|wallet|saldo|solde|guthaben|kontostand)(?: is| are| of| =|:|=)? ?(?:-[$¥€£]?|[$¥€£]-) ?\d/,
  /(?:balance|credits?|wallet|funds?) ?[:=] ?[$¥€£]?0(?:\.0+)?(?![.\d])|[请請]先[购購][买買]|服[务務]未[开開]通/,
  /\b(?:0|no|zero) (?:\w+ )?(?:credits?|balance|funds?) (?:left|remaining|available)/,
  /please (?:purchase|recharge|top[- ]?up)|(?:recharge|top[- ]?up) (?:to|now|and|before|first)\b/,
  /service[-_ ]?not[-_ ]?(?:opened|open|purchased|activated)\b/,
  /bitte aufladen|チャージして|충전해|пополнит|\brecargu?[ae]r?\b|\brecharge[rz]\b|\bricarica/,
  /top[- ]?up (?:your|the) (?:account|balance)|(?:balance|credits?) (?:is|are|of|=|:) ?[$¥€]?-?(?:0(?:\.0+)?(?![.\d])|zero)/,
  /欠[费費]|[余餘][额額](?:不足|不[够夠])|余额/,
  /[额額]度.{0,6}(?:不足|不[够夠]|失[败敗])|[资資]源包(?:不足|已用|已耗)/,
  /(?:[额額]度|[余餘][额額]|配[额額]).{0,6}(?:[为為是:：]\s*[￥＄$¥]?(?:-|0(?!\.?\d*[1-9])|零|负|負))/,
  /套餐.{0,12}(?:到期|[过過]期)|(?:积分|積分|点数|點數).{0,4}不足|[请請](?:及[时時])?充值|儲值/,
  /(?:残高|残額|クレジット|ポイント)(?:が|の|は)?(?:不足|足り|ありません|なくなり|ゼロ)|잔액.{0,4}부족|크레딧.{0,4}부족/,
  new RegExp(`${MONEY_ABROAD}${WITHIN}{0,60}${GONE_ABROAD}`),
  new RegExp(`${GONE_ABROAD}${WITHIN}{0,30}${MONEY_ABROAD}`),
  /(?:\b(?:kein|keine|nicht genug|nicht genügend|sin|sem|no (?:tiene|hay)(?: suficiente)?|não (?:há|tem)|plus de|pas assez de|senza|нет) )(?:\w+ )?(?:guthaben|saldo|solde|cr[ée]dit[oi]?s?|средств|кредит)/,
]);

/** A used-up limit, in words that no refused request contains. */
export const SPENT: Words = anyOf(() => [
  new RegExp(`\\b${GONE_BEFORE}\\b${WITHIN}{0,60}\\b${THING}`),
  new RegExp(`(?<!\\w)${THING}(?![a-z])${WITHIN}{0,40}(?<![a-z])${GONE_AFTER}`),
  new RegExp(`${THING_ABROAD}${WITHIN}{0,40}${GONE_ABROAD}`),
  /\b(?:reached|exceeded|hit|exhausted)\b.{0,40}\b(?:monthly|weekly|daily)\b.{0,20}\blimits?\b/,
  /(?:monthly|weekly|daily) limits?\b.{0,30}\b(?:reached|exceeded|exhausted)|\bregain access\b/,
  /(?:预算|預算|予算|예산).{0,20}(?:不足|足り|透支|使い切|超過|초과|소진|부족)/,
  /(?:[额額]度|配[额額]|次[数數]|用量|预算|預算).{0,20}(?:用[尽盡完]|耗[尽盡]|上限|超出|超[过過]|超限)/,
]);

/** The account is out of quota for a long time. */
export const QUOTA: Words = anyOf(() => [
  new RegExp(SPENT.source),
  /allocationquota|quota[-_ ](?:exceeded|exhausted|reached)|freetieronly|free[-_ ]tier[-_ ]only/,
  /(?:exceeded|insufficient|no)[-_ ](?:current[-_ ])?quota|key limit (?:exceeded|reached)/,
  /quota\b.{0,60}\b(?:limit|exceed|exhaust)|free (?:tier|quota)\b.{0,60}\bhas been disc/,
  /billing (?:details|(?:hard )?limit|cycle)/,
  /\b(?:daily|monthly|weekly|hourly|usage|plan|spend|spending|credit|subscription|today'?s|\d+[- ]?h(?:ours?)?|session) (?:\w+ ){0,2}(?:limit|cap\b)/,
  /\b(?:used|reached|consumed) (?:up )?100 ?% of\b|\btomorrow\b/,
  // Neither limits per minute nor rates.
  /(?<!(?:rate|requests?|tokens?)[-_ ])\blimits? (?:will )?(?:be )?resets?\b(?!.{0,10}\b\d+ ?(?:s|m|secs?|seconds?|mins?|minutes?)\b|.{0,20}\b(?:the|next|every) (?:minute|second)\b)/,
  /l[íi]mite (?:de \w+ )?(?:diari[oa]|diári[oa]|mensual|semanal|mensal|giornalier|quotidien|journali[eè]r|mensuel|hebdomadaire|settimanal|mensil)/,
  /(?:täglich|wöchentlich|monatlich)\w* (?:\w+ )?(?:limit|kontingent|grenze)|(?:tages|wochen|monats)(?:limit|kontingent|grenze)/,
  /(?:дневн|суточн|недельн|месячн)\S* (?:лимит|квот)/,
  /(?:1日|一日|日次|月間|週間).{0,6}(?:上限|制限)|(?:일일|월간|주간).{0,6}한도/,
  /\bout of (?:tokens|requests|messages|prompts|generations)\b|\bno (?:remaining|more) (?:spend|usage)\b/,
  /\b0 of \d+ (?:\w+ ){0,2}(?:left|remaining)\b|\b(?:calls|requests|messages|prompts|generations)\b.{0,20}\bused up\b/,
  /usage[-_ ]limit|usage[-_ ]not[-_ ]included|limit[-_ ]reached\b.{0,40}\breset/,
  /\b(?:limit|allowance)\b.{0,30}\b(?:of|for) your (?:plan|subscription|account)|exceed.{0,20}\ballowance/,
  // Not a limit on the rate of requests.
  /\b(?:hit|reached|exceeded|over) (?:your|the|its|their)\b(?!.{0,30}\b(?:rate|requests?|tokens?|concurren\w+|speed)[-_ ]limit).{0,40}\b(?:limit|cap)\b/,
  /\b(?:used|made|sent|reached|exceeded|hit)\b.{0,60}\b(?:today|this (?:day|week|month)|for the (?:day|week|month|billing))/,
  /per[-_ ](?:day|week|month)(?![a-z])|\/ ?(?:day|week|month)\b|by[-_]?day\b|(?<![a-z])[rt]pd\b/,
  /per 86400 ?s|per[-_](?:model[-_])?per[-_]?day/,
  /set[-_ ](?:inference[-_ ])?limit|inference limit|no (?:active )?(?:subscription|coding plan)/,
  /included credits|good standing|overdue|in arrears|\byour (?:\w+ )?plan, upgrade to\b/,
  /(?:[额額]度|配[额額]|[余餘][额額]|次[数數]|今日|[当當]日|每日|每[周週月]|用量|流量|使用|限[额額]).{0,20}(?:用[尽盡完]|耗[尽盡]|上限|超出|超[过過]|超限)/,
  /(?:已[达達]|[达達]到|超出|超[过過]).{0,20}(?:使用|用量|[调調]用|[额額]度|配[额額]|限[额額]|上限)/,
  /(?:每日|每天|每[周週月]|今[日天]|本[日周週月]|[当當][日天]|花[费費]|消[费費]|[费費]用).{0,16}(?:限制|上限|封[顶頂])/,
  /(?:利用|使用)(?:量|回数)?(?:の)?(?:上限|制限)|上限に達|クォータ|枠を(?:使い切|超)/,
  /할당량|사용량? ?한도|한도(?:를|에|가)?.{0,6}(?:초과|도달|소진)/,
  /(?:cuota|cota|quota|contingente|l[íi]mite (?:de|d'|d’) ?(?:uso|utilisation|consumo)|límite (?:diario|mensual|semanal)|limite (?:di[áa]rio|mensal)).{0,40}(?:agotad|excedid|superad|alcan[zç]ad|atingid|esgotad|dépassé|épuisé|atteint|raggiunt|esaurit)/,
  /(?:alcanzado|excedido|superado|agotado|atingiu|excedeu|atteint|dépassé|épuisé|raggiunto|superato|esaurito).{0,40}(?:cuota|cota|quota|l[íi]mite (?:de|d'|d’) ?(?:uso|utilisation|consumo))/,
  /(?:kontingent|nutzungslimit|nutzungsgrenze|tageslimit|monatslimit).{0,40}(?:aufgebraucht|überschritten|erreicht|erschöpft)/,
  /(?:лимит|квот)\S*.{0,40}(?:превыш|исчерпан|достигнут)|(?:превыш|исчерпан|достигнут)\S*.{0,40}(?:лимит использ|квот)/,
]);

/** The account is rate-limited. */
export const RATE: Words = anyOf(() => [
  /rate[-_ ]?limit|too[-_ ]many[-_ ]?requests|throttl|limit[-_ ]requests/,
  /resource[-_ ](?:has been )?exhausted|cooling down|model_?cooldown/,
  /速率限制|限流|限速|レート制限|リクエスト(?:数)?が多すぎ|속도 제한|요청이 너무 많/,
  /demasiadas (?:solicitudes|peticiones)|muitas (?:solicitações|requisições)|trop de requêtes/,
  /zu viele anfragen|troppe richieste|слишком много запросов/,
]);

/**
 * Something that this account may not use with this program, but another
 * account may.
 */
export const ONLY_FOR_OTHERS: Words = anyOf(() => [
  /\b(?:only|exclusively|restricted|limited)\b.{0,60}\b(?:coding (?:agents?|tools?|clients?)|official (?:\w+ )?(?:clients?|tools?|apps?))/,
  // A coding agent named "... Code".
  /\b(?:only|exclusively|restricted|limited)\b.{0,60}\b(?:by|for|from|in|through|to|via|with) (?!(?:access|an?|any|coupon|error|exit|http|invit\w+|promo\w*|reason|response|source|status|that|the|this|verification|your) )[a-z]+ code\b/,
  /\bonly (?:\w+ )?(?:available|authorized|allowed|accessible|intended|supported|usable|for use)\b.{0,40}\b(?:agents?|cli|clients?|tools?|coding|plans?|users?|tier|region)/,
  /\buse (?:an? |the |our )?(?:official (?:\w+ )?|(?:supported|approved|authori[sz]ed) coding )(?:clients?|tools?|apps?|agents?|cli)\b/,
  /(?:direct|raw|third[- ]party|programmatic)(?: api)? (?:calls?|access|requests?|usage|use|clients?|tools?|apps?)\b.{0,40}\b(?:not|forbidden|prohibited|disallowed|blocked)\b/,
  /(?:\bnot|forbidden|prohibited)\b.{0,30}\b(?:direct|raw|third[- ]party|programmatic) (?:api|clients?|tools?|apps?)\b/,
  /[请請]使用官方|(?:不支持|禁止|不允[许許]).{0,10}(?:直接|第三方).{0,6}(?:调用|調用|使用|访问|客户端|工具)/,
  /no (?:allowed |available )?(?:endpoints?|providers?) (?:found )?(?:matching|available|for)|data policy|privacy settings/,
  /仅(?:限|支持|可).{0,30}(?:agent|智能体|工具|客户端|编程)|僅(?:限|支援|可).{0,30}(?:agent|工具)/,
]);

/** A model that this account or address does not have. */
export const MODEL_REFUSED: Words = anyOf(() => [
  /model[-_ ]?not[-_ ]?(?:found|exist|support(?:ed)?|available|allowed)/,
  /model\b.{0,80}\b(?:does not|doesn't|not) exist|model not exist/,
  /model\b.{0,80}\b(?:is )?not (?:supported|available|found|allowed|enabled|accessible|permitted|a valid model)/,
  /(?:unsupported|invalid|unknown|unrecognized|no such)[-_ ]model\b|not a valid model/,
  /not (?:authorized|entitled|permitted) (?:for|to use) (?:the |this )?model\b/,
  /(?:no|not have|without|denied) (?:access|permission)\b.{0,40}\bmodel|model access is denied/,
  /model[-_ ]access[-_ ]denied|not allowed to (?:access|use)\b.{0,20}\bmodel/,
  /(?:plan|subscription|tier|account|key|team|project)\b.{0,40}\b(?:not|no|cannot|isn't|doesn't|only|upgrade)\b.{0,60}\bmodels?\b/,
  /\bmodels?\b.{0,60}\b(?:not|cannot|only|requires?|upgrade)\b.{0,60}\b(?:plan|subscription|tier|account|key|access)\b/,
  /upgrade\b.{0,60}\bmodels?\b|(?:不支持|未知|[无無]效).{0,6}模型/,
  /not support(?:ed)?\b.{0,20}\bmodel|no available channels? for (?:model|group)/,
  /模型.{0,40}(?:不存在|不支持|不支援|未[开開]通|[无無][权權]|未授[权權]|未[开開]放|不可用|[权權]限)/,
  /(?:[无無][权權]|未[获獲]授[权權]|不能|不可|不允[许許]).{0,12}模型|(?:[无無]|没有|沒有)[权權]限?(?:使用|[访訪][问問]|存取|[调調]用).{0,40}模型/,
  /(?:[无無]|没有|沒有).{0,20}模型.{0,10}(?:[权權]限)|[无無]可用渠道|未[开開]放.{0,40}[权權]限/,
  /\bnot (?:included|part|covered|offered)\b.{0,20}\b(?:your|this|the) (?:\w+ )?(?:plan|subscription|tier)\b/,
  /モデル.{0,40}(?:存在しません|見つかりません|サポートされていません|利用できません|使用できません|権(?:限)?が)|모델.{0,40}(?:없|지원되지)/,
  /\bmodell?[oe]?\b.{0,60}\b(?:no (?:existe|está|es compatible)|não (?:existe|está|é|suportado)|non (?:esiste|è|disponibile))/,
  /\bmodell\b.{0,60}\b(?:existiert nicht|nicht (?:freigeschaltet|verfügbar|gefunden|unterstützt|erlaubt|zugelassen|enthalten))/,
  /\bmodèle.{0,60}(?:n['’]existe pas|n['’]est pas|introuvable|indisponible|non (?:autorisé|disponible))/,
  /модел.{0,60}(?:недоступн|не (?:найден|существует|поддерж))/,
]);

/** The service or the connection is broken. */
export const BROKEN: Words = anyOf(() => [
  /connection error|econn|enotfound|etimedout|eai_again|und_err/,
  /fetch failed|network error|socket|terminated|premature close/,
  /stream (?:disconnected|closed)|connection failed|error sending request/,
  /request timeout|timed out|due to timeout|\bcertificate\b|overloaded/,
  /internal[-_. ]?(?:server[-_. ]?)?error|empty response|stream ended|non-sse|could not parse/,
  /(?:unterminated|unexpected)\b.{0,40}\bjson/,
  /error when talking to api/, // for an empty stream
]);
