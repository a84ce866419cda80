import { describe, expect, test } from 'vitest';
import { checkTask, withResumed, type Answered } from './check.js';

/** `A running` is an answer that worker A has read, `A (running)` one that it may not have read. */
function answersOf(...texts: string[]): Answered[] {
  return texts.map((text) => {
    const [worker = '', word = ''] = text.split(' ');
    const bare = word.replace(/[()]/g, '');
    return {
      taskId: 'task_1',
      worker,
      word: bare === '503' ? undefined : bare,
      read: bare === word,
    };
  });
}

const NONE = new Set<string>();
const fine = { lost: [], wrong: 0, excused: 0 };

describe('the check of a task', () => {
  test('is satisfied if each change was delivered in order', () => {
    const answers = answersOf('A created', 'A created', 'A 503', 'B running', 'B finished');
    expect(checkTask(answers, ['created', 'running', 'finished'], NONE)).toEqual(fine);
  });

  test('finds a change that is missing in the middle', () => {
    const answers = answersOf('A created', 'A running', 'A paused', 'A running', 'A finished');
    const verdict = checkTask(answers, ['created', 'running', 'finished'], NONE);
    expect(verdict).toMatchObject({ lost: [2, 3], wrong: 0 });
  });

  test('finds an end that is missing', () => {
    const answers = answersOf('A running', 'A finished');
    expect(checkTask(answers, ['running'], NONE)).toMatchObject({ lost: [1] });
    expect(checkTask(answers, [], NONE)).toMatchObject({ lost: [0, 1] });
    expect(checkTask(answersOf('A running'), ['running'], NONE, 'timeout').lost).toEqual([1]);
  });

  test('finds changes in the wrong order, and changes that nobody has read', () => {
    const answers = answersOf('A created', 'A running', 'A finished');
    expect(checkTask(answers, ['running', 'created', 'finished'], NONE)).toMatchObject({
      wrong: 1,
    });
    const more = ['created', 'running', 'paused', 'finished'];
    expect(checkTask(answers, more, NONE)).toMatchObject({ lost: [], wrong: 1 });
    const twice = ['created', 'created', 'running', 'finished'];
    expect(checkTask(answers, twice, NONE)).toMatchObject({ lost: [], wrong: 1 });
  });

  test('excuses the last status that a crashed worker has read, and no other', () => {
    const crashed = new Set(['A']);
    const answers = answersOf('A created', 'A running', 'A paused', 'B running', 'B finished');
    const delivered = ['created', 'running', 'finished'];
    expect(checkTask(answers, delivered, crashed)).toEqual({ ...fine, excused: 1 });
    expect(checkTask(answers, delivered, NONE).lost).toHaveLength(2);
    const earlier = answersOf('A created', 'A running', 'A paused', 'A running', 'B finished');
    expect(checkTask(earlier, delivered, crashed).lost).toHaveLength(1);
  });

  test('does not excuse the last status of a worker that nobody has replaced', () => {
    const answers = answersOf('A running', 'A finished');
    expect(checkTask(answers, ['running'], new Set(['A']))).toMatchObject({ lost: [1] });
  });

  test('expects no change of an answer that may not have been read, and accepts it', () => {
    const answers = answersOf('A created', 'A (running)', 'B finished');
    expect(checkTask(answers, ['created', 'finished'], NONE)).toEqual(fine);
    expect(checkTask(answers, ['created', 'running', 'finished'], NONE)).toEqual(fine);
  });
});

describe('a worker that was frozen and goes on', () => {
  const delivered = ['created', 'running', 'finished'];
  const answers = answersOf('C created', 'A running', 'A paused', 'B running', 'B finished');

  /** How many changes are lost if A goes on after so many answers, with these claims of the task. */
  function lostWith(goesOnAfter: number, known: number, claims: number[]): number {
    const resumed = new Map([
      ['A', { answers: goesOnAfter, claims: new Map([['task_1', known]]) }],
    ]);
    const claimed = answers.map((answer, number) => ({
      ...answer,
      number,
      claim: claims[number]!,
    }));
    return checkTask(withResumed(claimed, resumed), delivered, new Set(['A'])).lost.length;
  }

  test('may lose what it reads with a claim from before', () => {
    expect(lostWith(2, 1, [1, 1, 1, 1, 1])).toBe(0);
    // it had claimed the task, and had not polled it yet
    expect(lostWith(1, 1, [1, 1, 1, 1, 1])).toBe(0);
    // it had polled the task, and had not said yet that it has claimed it
    expect(lostWith(2, 0, [1, 1, 1, 1, 1])).toBe(0);
  });

  test('must not lose what it reads with a new claim', () => {
    expect(lostWith(2, 1, [1, 1, 2, 1, 1])).toBe(1);
    expect(lostWith(1, 0, [1, 1, 1, 1, 1])).toBe(2);
  });
});
