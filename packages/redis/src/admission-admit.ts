import { redisClock, targetsLua } from './admission-target.js';

/**
 * Answers each request with 0 or how many ms to wait. Its values: delivery, most in flight, µs between two sends or 0,
 * 1 if it has a place already, ms of its lease.
 */
export const admitLua = `${redisClock}${targetsLua}
  -- Whoever comes for a place may be so late that it meets the next ones.
  local tolerance = second / 4

  local function see(t, admitted)
    t.rate = t.rate * math.exp((t.seen - now) / second) + admitted
    t.seen = now
  end

  local function take(t, r)
    if not t.taken[r.delivery] then t.busy = t.busy + 1 end
    t.taken[r.delivery] = now + r.lease
    return 0
  end

  local function admit(t, r)
    see(t, 1)
    t.sent = max(t.sent, now) + max(r.pace, t.slow)
    if t.open > 0 then t.probe, t.probed = r.delivery, now + r.lease end
    return take(t, r)
  end

  -- For how long those who fill all places have done so, in the median. Nothing else tells of a target that hangs.
  local function filledFor(t, r)
    if t.busy < r.cap then return nil end
    local ends = {}
    for _, at in pairs(t.taken) do ends[#ends + 1] = at end
    table.sort(ends)
    return max(0, now + r.lease - ends[floor(#ends / 2) + 1])
  end

  -- A newcomer stands behind all who wait, except to probe. If nobody came for long, nobody is there any more.
  local function newcomersTurn(t, r)
    if now - max(t.seen, t.closed) > 4 * t.laid + 2 * second then forgetLine(t) end
    if t.open > 0 or t.line == 0 then return t.sent end
    return max(t.sent, t.line + max(r.pace, t.slow))
  end

  local function mayGo(t, r)
    return now >= (r.reserved and t.sent - tolerance or newcomersTurn(t, r))
  end

  -- At the end of the line, but near its beginning for those who had a place and found the target busy.
  local function place(t, r, blocked, filled)
    local again = blocked and r.reserved
    local after = again and t.near or t.line
    if blocked then after = max(after, t.closed, now) end
    local apart = max(spacing(t, r), floor(filled / r.cap))
    local at = max(after + apart, t.sent)
    -- A pace is certain. Whatever else we expect is looked at again within an hour.
    if r.pace == 0 and at > max(now, t.closed) + hour then at, t.line = at - hour / 2, 0 end
    t.laid = max(t.line > now and t.laid or 0, apart)
    t.line = max(t.line, at)
    if again then t.near = at end
    return math.ceil((at - now) / 1000)
  end

  local function ask(t, r)
    if r.reserved then see(t, 0) end
    local filled = filledFor(t, r)
    local blocked = filled or now < t.closed or (t.open > 0 and now < t.probed)
    if not blocked and mayGo(t, r) then return admit(t, r) end
    if t.taken[r.delivery] then return take(t, r) end
    if not blocked and t.sent > now then t.felt = 1 end
    return place(t, r, blocked, filled or 0)
  end

  local waits = {}
  for i = 1, #KEYS do
    local t, r, at = request(i)
    r.reserved, r.lease = ARGV[at] == '1', ARGV[at + 1] * 1000
    waits[i] = ask(t, r)
  end
  save()
  return waits`;
