import type { Delivery } from '@signalbox/domain';
import { alertOf, headline, timeOf } from './alert.js';
import { cut } from './cut.js';

/** What comes from outside, before it is escaped: five times that fits everywhere. Unit: code points. */
const textLimit = 300;
/** Slack takes 3,000 in a section; a longer link is left out. Unit: characters. */
const linkLimit = 2900;

/** A message of an incoming webhook; `text` is what notifications show, and all that Mattermost knows of. */
export interface SlackMessage {
  text: string;
  blocks: object[];
}

/**
 * Says what happened where and when, with a link to the clip. What comes from outside is escaped, so that it cannot
 * mention anybody or link elsewhere.
 * Sources: docs.slack.dev/reference/block-kit/blocks/section-block, docs.slack.dev/messaging/formatting-message-text,
 * docs.mattermost.com/developers/integrate/slash-commands/slack.
 */
export function slackMessage(delivery: Delivery): SlackMessage {
  const { url, location } = alertOf(delivery);
  const title = escaped(headline(delivery));
  const link = linkTo(url);
  const fields = [
    ['Location', escaped(location)],
    ['Time', timeOf(delivery)],
    ['Severity', delivery.signal.severity],
  ].map(([name, value]) => mrkdwn(`*${name}*\n${value}`));
  return {
    text: [title, timeOf(delivery), ...link].join('\n'),
    blocks: [
      { type: 'section', text: mrkdwn(`*${title}*`) },
      { type: 'section', fields },
      ...link.map((text) => ({ type: 'section', text: mrkdwn(text) })),
    ],
  };
}

/** `verbatim`: Slack makes links and mentions only of what is marked as such. */
function mrkdwn(text: string): object {
  return { type: 'mrkdwn', text, verbatim: true };
}

function escaped(text: string): string {
  return entities(cut(text, textLimit));
}

function entities(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** One link, or none. A bar would end its URL. */
function linkTo(url: string): string[] {
  const href = entities(new URL(url).href.replaceAll('|', '%7C'));
  return href.length <= linkLimit ? [`<${href}|Watch the clip>`] : [];
}
