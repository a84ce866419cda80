import { COUNT } from './learned-scripts.js';
import { NOW, Script } from './script.js';

/** The fields of a task that belong to one watch of it: they are removed when it is watched again. */
const OF_WATCH = `'ended', 'kind', 'word', 'due', 'seen', 'failures', 'changedAt', 'seenAt', 'marks', 'marked'`;

/**
 * Prepares tasks for the queue. A task that is new, or has ended, gets a new generation.
 *
 * KEYS: the tasks. Returns the generation of each task.
 */
export const ADD = new Script(`${NOW}
  local generations = {}
  for i, key in ipairs(KEYS) do
    local generation, ended = unpack(redis.call('HMGET', key, 'generation', 'ended'))
    if not generation or ended then
      generation = text(math.max(micros, tonumber(generation or 0) + 1))
      redis.call('HDEL', key, ${OF_WATCH})
      redis.call('HSET', key, 'generation', generation, 'since', now)
      redis.call('PERSIST', key)
    end
    generations[i] = generation
  end
  return generations
`);

/**
 * Makes a worker the owner of a task.
 *
 * The owner number is the time in microseconds, and higher than the previous one. So no number is used
 * twice, even if Redis loses its last second or the state of the task has expired.
 *
 * KEYS: the task. ARGV: the generation of the job. Returns the owner number and the state, or 0 if the
 * job is obsolete.
 */
export const CLAIM = new Script(`${NOW}
  local generation, owner = unpack(redis.call('HMGET', KEYS[1], 'generation', 'owner'))
  generation = tonumber(generation or 0)
  if generation > tonumber(ARGV[1]) then return { '0' } end
  if generation < tonumber(ARGV[1]) then
    redis.call('HDEL', KEYS[1], ${OF_WATCH})
    redis.call('HSET', KEYS[1], 'generation', ARGV[1], 'since', now)
    redis.call('PERSIST', KEYS[1])
  end
  owner = text(math.max(micros, tonumber(owner or 0) + 1))
  redis.call('HSET', KEYS[1], 'owner', owner)
  local state = redis.call('HMGET', KEYS[1],
    'ordinal', 'kind', 'word', 'ended', 'since', 'due', 'seen', 'failures', 'changedAt', 'seenAt', 'marked')
  redis.call('HDEL', KEYS[1], 'due', 'seen', 'failures')
  local ordinal, kind, word, ended, since, due, seen, failures, changedAt, seenAt, marked = unpack(state)
  local elapsed, lastSeen = '', ''
  if changedAt then
    elapsed = text(math.max(0, now - changedAt))
    lastSeen = text(math.max(0, (seenAt or changedAt) - changedAt))
  end
  return { owner, ordinal or '0', kind or '', word or '', ended or '',
    text(now - (since or now)), text(math.max(0, (due or now) - now)), seen or '0', failures or '0',
    elapsed, lastSeen, marked or '0' }
`);

/**
 * Writes a change to the state of a task and to the stream, and adds how long the status before it lasted
 * to the counts.
 *
 * Nothing is written if there is a newer owner, if the change is there already, or if Redis has lost
 * changes of this owner that come before it.
 *
 * KEYS: the task, the stream, the sequence, the index of the counts. ARGV: owner, the ordinal at its claim,
 * the ordinal of the change, the task's id, kind, word, 1 for an end, the age of the change (ms), the
 * length of the stream, the expiry of an ended task (ms), then those of `count`, if any. Returns a code
 * and the last ordinal: 0 not the owner, 1 done, 2 earlier changes are missing.
 */
export const PUBLISH = new Script(`${NOW}${COUNT}
  local owner, base, ordinal, task, kind, word, ended, age, length, expiry = unpack(ARGV, 1, 10)
  local state = redis.call('HMGET', KEYS[1], 'owner', 'ordinal')
  if tonumber(state[1] or 0) > tonumber(owner) then return { 0, 0 } end
  local last = tonumber(state[2] or 0)
  if last >= tonumber(ordinal) then return { 1, last } end
  last = math.max(last, tonumber(base))
  if last + 1 < tonumber(ordinal) then return { 2, last } end
  redis.call('HSET', KEYS[1], 'owner', owner, 'ordinal', ordinal, 'kind', kind, 'word', word,
    'changedAt', text(now - age), 'seenAt', text(now - age))
  local sequence = redis.call('INCR', KEYS[3])
  redis.call('XADD', KEYS[2], 'MAXLEN', '~', length, '*', 'sequence', sequence, 'task', task,
    'owner', owner, 'ordinal', ordinal, 'kind', kind, 'word', word, 'at', text(now - age))
  if ended == '1' then
    redis.call('HSET', KEYS[1], 'ended', 1)
    redis.call('PEXPIRE', KEYS[1], expiry)
  end
  -- an error here must not refuse the change
  pcall(count, KEYS[1], KEYS[4], 11)
  return { 1, tonumber(ordinal) }
`);

/**
 * Stores when a task that gives its slot back is due.
 *
 * KEYS: the task. ARGV: owner, ms until it is due, how often its status was seen, its failures in a row,
 * how long ago its status was last seen (ms), or -1 if this worker has not seen it.
 */
export const REST = new Script(`${NOW}
  if tonumber(redis.call('HGET', KEYS[1], 'owner') or 0) > tonumber(ARGV[1]) then return 0 end
  redis.call('HSET', KEYS[1], 'due', text(now + ARGV[2]), 'seen', ARGV[3], 'failures', ARGV[4])
  if tonumber(ARGV[5]) >= 0 then redis.call('HSET', KEYS[1], 'seenAt', text(now - ARGV[5])) end
  return 1
`);

/**
 * Moves a job from the front of the waiting jobs to their end.
 *
 * KEYS: the list of waiting jobs. ARGV: the job.
 */
export const MOVE_TO_END = new Script(`
  if redis.call('LREM', KEYS[1], -1, ARGV[1]) == 0 then return 0 end
  redis.call('LPUSH', KEYS[1], ARGV[1])
  return 1
`);

/**
 * Decides how many of the requests of a worker may be sent.
 *
 * KEYS: the gate, the slot, the tasks. ARGV: ms between slots (0 for no limit), how far ahead slots are
 * given (ms), the owner number for each task, the first and the longest delay between the requests in a
 * pause (ms). Returns how many may be sent, ms until the first of them or until the next question, the
 * state of the gate (0 open, 1 held, 2 paused, 3 paused and this request finds out whether it is over),
 * and the indexes of the tasks that have a newer owner.
 */
export const ADMIT = new Script(`${NOW}
  local interval, ahead = tonumber(ARGV[1]), tonumber(ARGV[2])
  local lost = {}
  for i = 3, #KEYS do
    if tonumber(redis.call('HGET', KEYS[i], 'owner') or 0) > tonumber(ARGV[i]) then
      lost[#lost + 1] = i - 3
    end
  end
  local count = #KEYS - 2 - #lost
  if count == 0 then return { 0, 0, 0, lost } end
  local held, paused, probeAt, probes =
    unpack(redis.call('HMGET', KEYS[1], 'heldUntil', 'pausedSince', 'probeAt', 'probes'))
  if tonumber(held or 0) > now then return { 0, tonumber(held) - now, 1, lost } end
  if paused then
    if tonumber(probeAt) > now then return { 0, tonumber(probeAt) - now, 2, lost } end
    local delay = math.min(ARGV[#ARGV - 1] * 2 ^ (probes + 1), tonumber(ARGV[#ARGV]))
    redis.call('HSET', KEYS[1], 'probeAt', text(now + delay), 'probes', probes + 1)
    return { 1, 0, 3, lost }
  end
  if interval == 0 then return { count, 0, 0, lost } end
  local free = math.max(now, tonumber(redis.call('GET', KEYS[2]) or 0))
  count = math.min(count, math.floor((now + ahead - free) / interval) + 1)
  if count < 1 then return { 0, math.ceil(free - now - ahead), 0, lost } end
  redis.call('SET', KEYS[2], string.format('%.3f', free + count * interval),
    'PX', math.ceil(free - now + count * interval) + 60000)
  return { count, math.ceil(free - now), 0, lost }
`);

/** Holds all requests for ARGV[1] ms. It does not shorten a longer hold. KEYS: the gate. */
export const HOLD = new Script(`${NOW}
  local finish = now + ARGV[1]
  if finish <= tonumber(redis.call('HGET', KEYS[1], 'heldUntil') or 0) then return 0 end
  redis.call('HSET', KEYS[1], 'heldUntil', text(finish))
  return 1
`);

/**
 * Pauses all requests, until one of the requests that are tried again succeeds.
 *
 * KEYS: the gate. ARGV: how long ago the rejected request was sent, the first delay (ms). Returns 1 if
 * the pause is new.
 */
export const PAUSE = new Script(`${NOW}
  local paused, resumed = unpack(redis.call('HMGET', KEYS[1], 'pausedSince', 'resumedAt'))
  if paused or now - ARGV[1] < tonumber(resumed or 0) then return 0 end
  redis.call('HSET', KEYS[1], 'pausedSince', now, 'probeAt', text(now + ARGV[2]), 'probes', 0)
  return 1
`);

/**
 * Ends a pause, if the request that succeeded was sent after it began.
 *
 * KEYS: the gate. ARGV: how long ago the request was sent. Returns 1 if there is no pause any more.
 */
export const RESUME = new Script(`${NOW}
  local paused = redis.call('HGET', KEYS[1], 'pausedSince')
  if not paused then return 0 end
  if now - ARGV[1] < tonumber(paused) then return -1 end
  redis.call('HDEL', KEYS[1], 'pausedSince', 'probeAt', 'probes')
  redis.call('HSET', KEYS[1], 'resumedAt', now)
  return 1
`);

/**
 * Saves the position of a consumer, unless a later one is saved.
 *
 * KEYS: the position, the received changes of this day. ARGV: the id and the sequence of the last entry,
 * the expiry of the day (ms), then pairs of a task and its last change.
 */
export const SAVE_POSITION = new Script(`
  local saved = redis.call('HGET', KEYS[1], 'id')
  local function parts(id)
    local ms, number = string.match(id, '^(%d+)-(%d+)$')
    return tonumber(ms), tonumber(number)
  end
  local savedMs, savedNumber = parts(saved or '0-0')
  local ms, number = parts(ARGV[1])
  if not saved or ms > savedMs or (ms == savedMs and number > savedNumber) then
    redis.call('HSET', KEYS[1], 'id', ARGV[1], 'sequence', ARGV[2])
  end
  for i = 4, #ARGV, 2 do redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1]) end
  redis.call('PEXPIRE', KEYS[2], ARGV[3])
`);

/**
 * Finds out whether changes were removed that a consumer has not read, if there is none to read.
 *
 * KEYS: the stream, the sequence. ARGV: where to read on, the sequence of the last entry that was read.
 * Returns how many are missing, and the time.
 */
export const FIND_GAP = new Script(`${NOW}
  if #redis.call('XRANGE', KEYS[1], ARGV[1], '+', 'COUNT', 1) > 0 then return { 0, text(now) } end
  return { tonumber(redis.call('GET', KEYS[2]) or 0) - ARGV[2], text(now) }
`);
