/** The clock of all admissions. Unit: µs. Tests run through hours by one of their own. */
export const redisClock = `
  local time = redis.call('TIME')
  local now = time[1] * 1000000 + time[2]`;

/**
 * The beginning of both scripts: reads and writes what is known of the targets, one key each. All times and durations
 * are in µs. What is not known or has passed is left out and reads as 0, so a target that does well needs few bytes.
 */
export const targetsLua = `
  local max, min, floor = math.max, math.min, math.floor
  local second = 1000000
  local hour = 3600 * second

  local unknown = { __index = {
    line = 0,   -- the last place that was given to those who wait
    near = 0,   -- the last place that was given to those who had one and came in vain
    laid = 0,   -- how far apart the places of the line are, at most
    sent = 0,   -- when the pace allows the next one
    closed = 0, -- nobody is admitted before
    failed = 0, -- attempts that failed, one after the other
    open = 0,   -- for how long the breaker was opened; 0: it is closed
    probe = 0,  -- the delivery that finds out whether the target lives
    probed = 0, -- and until when it has time
    took = 0,   -- how long an attempt takes, on average
    seen = 0,   -- when somebody was last admitted, or came for a place
    rate = 0,   -- admissions of the last second, each counting 1/e less with every second that passes
    slow = 0,   -- how far apart the target wants its requests, as far as we know from its 429s
    felt = 0,   -- 1: that has held somebody back since the last success
    cut = 0,    -- when we last heard of it
  } }

  -- 'taken' holds who is under way and until when at the latest, 'busy' counts them.
  local function read(packed)
    local t = setmetatable(packed and cmsgpack.unpack(packed) or {}, unknown)
    t.taken, t.busy = t.taken or {}, 0
    for delivery, ends in pairs(t.taken) do
      if ends > now then t.busy = t.busy + 1 else t.taken[delivery] = nil end
    end
    return t
  end

  local targets, keys = {}, {}
  for _, key in ipairs(KEYS) do
    if not targets[key] then targets[key], keys[#keys + 1] = true, key end
  end
  local wasOpen = {}
  for i, packed in ipairs(redis.call('MGET', unpack(keys))) do
    targets[keys[i]] = read(packed)
    wasOpen[keys[i]] = targets[keys[i]].open > 0
  end

  local function forgetLine(t)
    t.line, t.near, t.laid = nil, nil, nil
  end

  -- Ten quiet minutes, and the next attempt is made without prejudice.
  local function save()
    for key, t in pairs(targets) do
      local last = max(now, t.line, t.sent, t.closed)
      if t.line <= now then forgetLine(t) end
      if t.sent <= now then t.sent = nil end
      if not next(t.taken) then t.taken = nil end
      t.busy = nil
      local knownMs = math.ceil((last - now) / 1000) + 600000
      redis.call('SET', key, cmsgpack.pack(t), 'PX', knownMs)
      -- For whoever counts: the open ones, each until nothing is known of it any more.
      if t.open > 0 then
        redis.call('ZADD', '{gates}:open', floor(now / 1000) + knownMs, key)
        redis.call('PEXPIRE', '{gates}:open', 7200000 + knownMs)
      elseif wasOpen[key] then
        redis.call('ZREM', '{gates}:open', key)
      end
    end
  end

  -- The values all requests begin with, and the index of the next one.
  local width = #ARGV / #KEYS
  local function request(i)
    local at = (i - 1) * width
    local r = { delivery = ARGV[at + 1], cap = tonumber(ARGV[at + 2]), pace = tonumber(ARGV[at + 3]) }
    return targets[KEYS[i]], r, at + 4
  end

  -- How far apart those who wait should come: a tenth slower than the target serves them, so that those who come in
  -- vain are made up for. But twice as fast as its 429s allow, so that we see when it allows more.
  local function spacing(t, r)
    local apart = floor(max(r.pace, 1.1 * t.took / r.cap, t.slow / 2, t.open / 4))
    return apart > 0 and apart or second / 20
  end`;
