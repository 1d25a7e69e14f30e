import { closing } from './closing.js';

function recorder() {
  const closed: string[] = [];
  const open = (name: string) => async () => {
    await Promise.resolve();
    closed.push(name);
  };
  return { closed, open };
}

test('last opened is closed first, and each once', async () => {
  const { closed, open } = recorder();
  const { add, closeAll } = closing();
  add(open('redis'));
  add(open('api'));
  await Promise.all([closeAll(), closeAll()]);
  expect(closed).toEqual(['api', 'redis']);
});

test('what is opened too late is closed too', async () => {
  const { closed, open } = recorder();
  const { add, closeAll } = closing();
  await closeAll();
  add(open('late'));
  await closeAll();
  expect(closed).toEqual(['late']);
});
