import { redisClock, targetsLua } from './admission-target.js';

/**
 * Answers each report with what changed by it, or an empty string. Its values: delivery, most in flight, µs between two
 * sends or 0, result, µs it took, ms of `Retry-After` or 0.
 */
export const settleLua = `${redisClock}${targetsLua}
  local results = {}

  local function open(t, long)
    t.open, t.probe, t.probed = long, nil, nil
    t.closed = max(t.closed, now + long)
  end

  local function close(t)
    t.open, t.closed, t.probe, t.probed = nil, nil, nil, nil
  end

  local function speedUp(t, r)
    if t.felt > 0 then t.slow, t.felt = floor(t.slow * 0.93), nil end
    if t.slow <= max(r.pace, t.took / r.cap, second / 100) or now > t.cut + 300 * second then t.slow = nil end
  end

  -- Half of its places are free, and those who wait were told to come much more slowly than it would take them now.
  local function idle(t, r)
    return t.busy <= r.cap / 2 and t.line > now + 5 * second and t.laid >= 8 * spacing(t, r)
  end

  function results.ok(t, r)
    t.failed = nil
    if t.open > 0 then
      close(t)
      t.took = r.took
      forgetLine(t)
      return 'closed'
    end
    speedUp(t, r)
    if not idle(t, r) then return '' end
    t.took = min(t.took, r.took)
    forgetLine(t)
    return 'recovered'
  end

  function results.failed(t, r)
    t.failed = t.failed + 1
    if t.open == 0 and t.failed >= 5 then
      open(t, 5 * second)
      return 'opened'
    end
    if t.open > 0 and t.probe == r.delivery then open(t, min(2 * t.open, 60 * second)) end
    return ''
  end

  function results.throttled(t, r)
    t.closed = max(t.closed, now + min(r.after, hour))
    -- It lives, but is not well.
    if t.open > 0 and t.probe == r.delivery then open(t, t.open) end
    -- What was sent before the last cut says nothing about it.
    if now - r.took >= t.cut then
      local apart = t.slow > 0 and t.slow or max(r.pace, second / max(t.rate, 1))
      t.slow, t.cut = floor(min(2 * apart, 5 * second)), now
    end
    return ''
  end

  local changes = {}
  for i = 1, #KEYS do
    local t, r, at = request(i)
    changes[i] = ''
    if t.taken[r.delivery] then
      t.taken[r.delivery], t.busy = nil, t.busy - 1
      r.took, r.after = tonumber(ARGV[at + 1]), ARGV[at + 2] * 1000
      t.took = floor(t.took == 0 and r.took or t.took + (r.took - t.took) / 8)
      changes[i] = results[ARGV[at]](t, r)
    end
  end
  save()
  return changes`;
