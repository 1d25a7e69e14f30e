import { contentTypeComplaint, jsonComplaint } from './json-words.js';

/** What is said of a text that is no JSON. */
function complaintOf(text: string): string {
  try {
    JSON.parse(text);
  } catch (error) {
    return jsonComplaint((error as Error).message, text);
  }
  throw new Error(`${text} is JSON`);
}

const comma = / A comma may not stand before a closing bracket\.$/;

test.each([
  ['{\n  "label": "theft",\n}', /position 22 \(line 3, column 1\)\./],
  ['{"a": 1,}', /\(line 1, column 9\)\./],
  ['[1, 2, ]', /Unexpected token '\]'/],
])('%j has a comma too many', (text, place) => {
  expect(complaintOf(text)).toMatch(place);
  expect(complaintOf(text)).toMatch(comma);
});

test.each([
  ['{label: 1}', /\(line 1, column 2\)\.$/],
  ['{"a": 1\n"b": 2}', /\(line 2, column 1\)\.$/],
  ["{'a': 1}", /\(line 1, column 2\)\.$/],
  ['{"a": tru}', /"\{"a": tru\}" is not valid JSON\.$/],
  ['{"a": 1', /\.$/],
  ['label=theft', /Unexpected token 'l', "label=theft"/],
])('%j: where it is wrong', (text, place) => {
  expect(complaintOf(text)).toMatch(/^The body is not valid JSON: /);
  expect(complaintOf(text)).toMatch(place);
  expect(complaintOf(text)).not.toMatch(comma);
});

test('a newer Node gives line and column itself; they are told once', () => {
  const said = "Expected ',' or '}' after property value in JSON at position 8 (line 2 column 1)";
  expect(jsonComplaint(said, '{"a": 1\n"b": 2}')).toBe(
    "The body is not valid JSON: Expected ',' or '}' after property value in JSON at position 8 (line 2, column 1).",
  );
});

test.each([
  [undefined, /the request has no content type\.$/],
  ['text/plain', /must be application\/json, but the request has "text\/plain"\.$/],
  [
    'application/x-www-form-urlencoded',
    /curl -d sends that unless it is told -H 'content-type: application\/json'\.$/,
  ],
])('content type %s', (given, said) => {
  expect(contentTypeComplaint(given)).toMatch(said);
});
