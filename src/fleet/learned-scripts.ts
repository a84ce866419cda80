import { NOW, Script } from './script.js';

/** When the counts of a status have grown by this part of the half-life, they are reduced. */
const STEP = 1 / 8;

/**
 * A part of scripts: the function `count(task, index, from)`, which adds observations to the counts of a
 * learned schedule and removes what the running task has counted so far.
 *
 * The counts of a key are a hash. A field is a kind, a bin and a status, such as `e52:running`. The kinds
 * are `e` for durations that have ended, `c` for those that were given up, and `r` for tasks that are
 * running. `n:running` is how many were added to `e` since the counts were last reduced. The index has
 * the keys in the order of their last count.
 *
 * ARGV from the number `from`: what the hashes' names start with, the half-life (0 for none), how many
 * keys are kept, and for how long after their last count (ms), then triples of a key, a field and a
 * weight.
 */
export const COUNT = `
  local function precise(number) return string.format('%.15g', number) end

  local function reduce(hash, status, factor)
    local counts = redis.call('HGETALL', hash)
    for i = 1, #counts, 2 do
      local kind, name = string.match(counts[i], '^(%a)%d+:(.*)$')
      if name == status and kind ~= 'r' then
        local weight = counts[i + 1] * factor
        if weight < 0.001 then redis.call('HDEL', hash, counts[i])
        else redis.call('HSET', hash, counts[i], precise(weight)) end
      end
    end
  end

  local function touch(index, prefix, key, limit, expiry)
    local last = redis.call('ZREVRANGE', index, 0, 0, 'WITHSCORES')[2] or 0
    redis.call('ZADD', index, text(math.max(micros, last + 1)), key)
    redis.call('PEXPIRE', index, expiry)
    redis.call('PEXPIRE', prefix .. key, expiry)
    local oldest = redis.call('ZRANGE', index, 0, 0, 'WITHSCORES')
    while redis.call('ZCARD', index) > tonumber(limit) or tonumber(oldest[2]) < micros - expiry * 1000 do
      redis.call('DEL', prefix .. oldest[1])
      redis.call('ZREM', index, oldest[1])
      oldest = redis.call('ZRANGE', index, 0, 0, 'WITHSCORES')
    end
  end

  local function unmark(task)
    local marks = redis.call('HGET', task, 'marks')
    if not marks then return end
    for _, mark in ipairs(cjson.decode(marks)) do
      local hash, field, weight = unpack(mark)
      local rest = redis.call('HINCRBYFLOAT', hash, field, precise(-weight))
      if tonumber(rest) < 0.000001 then redis.call('HDEL', hash, field) end
    end
    redis.call('HDEL', task, 'marks', 'marked')
  end

  local function count(task, index, from)
    unmark(task)
    if #ARGV < from then return end
    local prefix, halfLife, limit, expiry = unpack(ARGV, from, from + 3)
    local marks, counted = {}, {}
    for i = from + 4, #ARGV, 3 do
      local key, field, weight = unpack(ARGV, i, i + 2)
      local hash = prefix .. key
      local kind, status = string.match(field, '^(%a)%d+:(.*)$')
      counted[key] = true
      redis.call('HINCRBYFLOAT', hash, field, weight)
      if kind == 'r' then marks[#marks + 1] = { hash, field, tonumber(weight) }
      elseif kind == 'e' then
        local added = tonumber(redis.call('HINCRBYFLOAT', hash, 'n:' .. status, weight))
        if tonumber(halfLife) > 0 and added >= halfLife * ${STEP} then
          reduce(hash, status, 0.5 ^ (added / halfLife))
          redis.call('HDEL', hash, 'n:' .. status)
        end
      end
    end
    if #marks > 0 then redis.call('HSET', task, 'marks', cjson.encode(marks)) end
    for key in pairs(counted) do touch(index, prefix, key, limit, expiry) end
  end
`;

/**
 * Counts a running task: its status has lasted at least this long. It replaces the mark before it, and the
 * end of the status removes it.
 *
 * KEYS: the task, the index. ARGV: owner, the ordinal of the last change, how long the status has lasted
 * (ms), then those of `count`. Returns 0 if there is a newer owner or a newer change.
 */
export const MARK = new Script(`${NOW}${COUNT}
  local owner, ordinal = unpack(redis.call('HMGET', KEYS[1], 'owner', 'ordinal'))
  if owner ~= ARGV[1] or ordinal ~= ARGV[2] then return 0 end
  count(KEYS[1], KEYS[2], 4)
  redis.call('HSET', KEYS[1], 'marked', ARGV[3])
  return 1
`);

/**
 * Reads the counts that have changed, at most some keys at a time.
 *
 * KEYS: the index. ARGV: what the hashes' names start with, the version of the last key that was read, how
 * many keys are read. Returns the key, its version and its counts, for each of them.
 */
export const READ_COUNTS = new Script(`
  local last = redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2] or 0
  local since = ARGV[2]
  -- Redis has lost the index and begun a new one
  if tonumber(since) > tonumber(last) then since = 0 end
  local keys = redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. since, '+inf', 'WITHSCORES', 'LIMIT', 0, ARGV[3])
  local changed = {}
  for i = 1, #keys, 2 do
    changed[#changed + 1] = keys[i]
    changed[#changed + 1] = keys[i + 1]
    changed[#changed + 1] = redis.call('HGETALL', ARGV[1] .. keys[i])
  end
  return changed
`);
