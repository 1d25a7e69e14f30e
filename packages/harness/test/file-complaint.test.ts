import { fileComplaint } from '../bootstrap/file-complaint.mjs';

const failure = (code: string, path?: string) =>
  Object.assign(new Error(`${code}: so it is`), { code, ...(path && { path }) });

test.each([
  ['a full disk', failure('ENOSPC'), /^ENOSPC: so it is\n\nThe disk is full\. Make room/],
  ['a full disk, as npm says it', new Error('npm error ENOSPC: no space left'), /The disk is full/],
  [
    'a folder of another user, as npm says it',
    new Error("npm error EACCES: denied, mkdir '/nowhere/at/all'"),
    /belongs to user 0|may not write to \//,
  ],
  ['a read-only file system', failure('EROFS'), /cannot be written to.+SIGNALBOX_DATA_DIR/],
  [
    'a folder of another user',
    failure('EACCES', '/nowhere/at/all'),
    /(belongs to user 0|This user may not write to) ?/,
  ],
])('%s is told with what to do', (_, error, said) => {
  expect(fileComplaint(error)).toMatch(said);
});

test.each([new Error('something else'), failure('EADDRINUSE'), failure('EACCES')])(
  '%s is not about files',
  (error) => {
    expect(fileComplaint(error)).toBeNull();
  },
);
