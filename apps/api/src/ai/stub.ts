import type { Severity } from '@signalbox/domain';
import { firstSentence } from './first-sentence.js';

/** What is said of a text. */
export interface Verdict {
  summary: string;
  severity: Severity;
}

/** Says what a text is about and how grave it sounds, by its words alone: the same text, the same answer. */
export function stub(text: string): Verdict {
  return { summary: firstSentence(text), severity: severityOf(text.toLowerCase()) };
}

function severityOf(text: string): Severity {
  if (affirms(text, over) && !affirms(text, goingOn)) return 'info';
  if (affirms(text, critical)) return 'critical';
  return affirms(text, warning) ? 'warning' : 'info';
}

const critical = words([
  'outages?',
  'downtime',
  // Not what slows down, is scaled down, or is down by a tenth.
  '(?<!(?:slow(?:ed|ing|s)?|cool(?:ed|ing)?|scal(?:ed?|ing)|count(?:ing)?|narrow(?:ed|ing)?|drop)[ -])down(?! (?:by|from|to))',
  'unavailab\\w*',
  'unreachable',
  'not responding',
  '(?:stopped|stops) (?:working|responding|processing)',
  "(?:cannot|can not|can't|unable to|could not|couldn't) (?:be )?(?:process|pay|charge|connect|reach|log ?in)\\w*",
  '(?:data|record)s? (?:loss|lost|corrupt\\w*)',
  'lost data',
  'breach\\w*',
  'compromised',
  'ransomware',
  'leak(?:s|ed|ing)?',
  'security incident',
  'theft\\w*',
  'stolen',
  'robbery',
  'shoplift\\w*',
  'intru(?:sion|der)s?',
  'crash\\w*',
  'emergency',
  'critical',
  'fatal',
  'major (?:incident|outage|impact|disruption|problem|issue)s?',
  'sev-?[01]',
  'p[01]',
  '(?:multiple|many|most|all|every|widespread|mass)\\b[^.!?\\n]{0,40}\\bfail\\w*',
  '(?:payment|payout|charge|transaction|checkout|transfer)s?\\b[^.!?\\n]{0,12}\\b(?:fail|reject)\\w*',
  'fail\\w* (?:to process )?(?:payment|payout|charge|transaction|checkout|transfer)s?',
]);

const warning = words([
  'degrad\\w*',
  'latenc\\w*',
  'slow\\w*',
  'elevated',
  'errors?',
  'delay\\w*',
  'retr(?:y|ies|ied|ying)',
  'intermittent\\w*',
  'time(?:d|s)?[ -]?outs?',
  'timing out',
  'partial\\w*',
  'minor',
  'unstable',
  'fail\\w*',
  'declin\\w*',
  'disput\\w*',
  'chargebacks?',
  'suspicious',
  'unusual',
  'anomal\\w*',
  'rate[ -]limit\\w*',
  'throttl\\w*',
  'backlogs?',
  'stuck',
  'expir\\w*',
  'dropp(?:ed|ing)',
  'packet loss',
  'warnings?',
  'impact\\w*',
  'disrupt\\w*',
  'sev-?[23]',
  'p[23]',
]);

/** Words that say the trouble is past. */
const over = words([
  'resolved',
  'recovered',
  'restored',
  'fixed',
  'mitigated',
  'back (?:to normal|online|up)',
  'all clear',
  'all systems operational',
  'operating normally',
  'false alarm',
]);

/** Words that take that back. */
const goingOn = words([
  'still',
  'ongoing',
  'again',
  'continu(?:es?|ing)',
  'recurr\\w*',
  'until',
  'working (?:on|to)',
  'partially',
  'to be (?:resolved|restored|fixed)',
  'being (?:resolved|restored|fixed)',
]);

const negated =
  /(?:\b(?:no|not|never|without|zero|0|nor|neither)|n['’]t)(?: (?:a|an|any|yet|been|being|be|sign|signs|of|longer|currently|fully|further|more)){0,4} $|\bnon-$/;

/** Whether one of the words stands in the text without a "no" or "not" before it. */
function affirms(text: string, pattern: RegExp): boolean {
  for (const { index } of text.matchAll(pattern)) {
    if (!negated.test(text.slice(Math.max(0, index - 48), index))) return true;
  }
  return false;
}

function words(list: string[]): RegExp {
  return new RegExp(`(?<!\\w)(?:${list.join('|')})(?!\\w)`, 'g');
}
