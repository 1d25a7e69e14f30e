import { type Answered, answersAre, type Check } from '@signalbox/api/openapi/testing';

let check: Check | undefined;

/**
 * Asks an API like `fetch`. What it answers must be as it documents it.
 * @throws an Error that says what is not
 */
export async function askApi(url: string, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(url, init);
  check ??= await documentOf(url, init);
  const [type = ''] = (response.headers.get('content-type') ?? '').split(';');
  const { origin, pathname, search } = new URL(url);
  const asked = { method: init.method ?? 'GET', path: pathname + search };
  const text = await response.clone().text();
  const mistakes = check?.({ ...asked, status: response.status, type, text } satisfies Answered) ?? [];
  if (mistakes.length > 0)
    throw new Error(`${origin} does not answer as documented:\n${mistakes.join('\n')}`);
  return response;
}

/** All APIs of one checkout have the same; it is asked for again where the caller may not read it. */
async function documentOf(url: string, { headers = {} }: RequestInit): Promise<Check | undefined> {
  const { authorization } = headers as Record<string, string>;
  const asked = { headers: { ...(authorization && { authorization }) } };
  const response = await fetch(new URL('/openapi.json', url), asked);
  return response.ok ? answersAre(JSON.parse(await response.text())) : undefined;
}
