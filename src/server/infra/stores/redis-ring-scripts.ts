/**
 * The scripts pad positions, so that they compare as text. The hash `meta` holds the `newest` id, for each room the newest
 * position that it has lost (`lost:<room>`), the `floor`, which applies to all other rooms, and up to
 * where anything may have been lost with the data (`doubt`). The sorted set `empty` holds the rooms without messages in the order
 * in which they became empty, besides one member that marks its existence.
 *
 * Entries of the stream do not change. What has become of a message since is in the hash `states`: the places of its latest
 * edit and of the latest change of its reactions, or 0-0, and its fields as JSON; for a deleted message `deleted`, when that was,
 * and what its sender called it. The sorted set `changes` has the places of all of them by room, and `deletions` those of
 * deleted messages.
 */
const common = (eviction: string) => `
local ring, meta, empty = KEYS[1], KEYS[2], KEYS[3]
local run, rooms = ARGV[1], ARGV[2]
local now, ttl, capacity, maxEmpty = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local room = ARGV[7]
local index = rooms .. room
local named = ring .. ':named'
local states, changes, deletions = ring .. ':states', ring .. ':changes', ring .. ':deletions'

local function pad(id)
  local ms, seq = string.match(id, '^(%d+)-(%d+)$')
  return string.format('%015d-%015d', ms, seq)
end

local function unpad(position)
  return string.format('%d-%d', string.sub(position, 1, 15), string.sub(position, 17))
end

-- Whatever was stored before is in doubt: the floor is set above it. Messages that are still there stay.
local function startRun()
  local time = redis.call('TIME')
  local ms = time[1] * 1000 + math.floor(time[2] / 1000) + 1
  local newest = redis.call('HGET', meta, 'newest')
  if newest then ms = math.max(ms, tonumber(string.match(newest, '^%d+')) + 1) end
  local id = redis.pcall('XADD', ring, string.format('%d-0', ms), 'r', '')
  if type(id) == 'table' then id = redis.call('XADD', ring, '*', 'r', '') end
  redis.call('XDEL', ring, id)
  redis.call('DEL', meta, empty)
  if redis.call('XLEN', ring) == 0 then redis.call('DEL', named, states, changes, deletions) end
  redis.call('HSET', meta, 'run', run, 'newest', id, 'floor', pad(id), 'doubt', pad(id))
  redis.call('ZADD', empty, 0, '')
end

-- A new ring, one whose end may be missing since Redis was restarted, or one that has lost a key.
if redis.call('HGET', meta, 'run') ~= run or redis.call('EXISTS', ring, empty) < 2 then startRun() end

-- How many messages the stream has, as it is asked often.
local held = redis.call('XLEN', ring)

local function take(id)
  held = held - redis.call('XDEL', ring, id)
end

local function isExpired(fields)
  return now >= tonumber(fields[8]) + ttl
end

local function becomeEmpty(name)
  redis.call('ZADD', empty, redis.call('HINCRBY', meta, 'emptied', 1), name)
  if redis.call('ZCARD', empty) <= maxEmpty + 1 then return end
  local oldest = redis.call('ZRANGE', empty, 1, 1)[1]
  local position = redis.call('HGET', meta, 'lost:' .. oldest)
  redis.call('ZREM', empty, oldest)
  redis.call('HDEL', meta, 'lost:' .. oldest)
  if position and position > redis.call('HGET', meta, 'floor') then redis.call('HSET', meta, 'floor', position) end
end

-- Entries have the fields room, user, text, time and owner of the room's id, in this order; named ones and replies also the
-- name, the id of the other message, how that begins, whom they mention and the event of a system message, which may be empty.
local function forgetName(id, fields)
  local key = fields[12]
  if not key or key == '' then return end
  key = key .. ' ' .. fields[4]
  if redis.call('HGET', named, key) == id then redis.call('HDEL', named, key) end
end

-- Members sort by room, and within a room by place.
local function changeOf(name, place, kind, id)
  return name .. ' ' .. pad(place) .. ' ' .. kind .. ' ' .. id
end

-- What an evicted message takes along.
local function forgetState(name, id)
  local state = redis.call('HGET', states, id)
  if not state then return end
  local edited, reacted = string.match(state, '^(%S+) (%S+) ')
  redis.call('ZREM', changes, changeOf(name, edited, 'edited', id), changeOf(name, reacted, 'reaction', id))
  redis.call('HDEL', states, id)
end

-- A deletion that is forgotten is a loss as well, and can come after those of later messages.
local function raise(record, position)
  local known = redis.call('HGET', meta, record)
  if not known or position > known then redis.call('HSET', meta, record, position) end
end

${eviction}
local function remove(id)
  local entry = redis.call('XRANGE', ring, id, id)[1]
  if not entry then return end
  forgetName(id, entry[2])
  forgetState(entry[2][2], id)
  take(id)
end

local function drop(id, fields)
  local name = fields[2]
  local position = pad(id)
  forgetName(id, fields)
  forgetState(name, id)
  take(id)
  redis.call('ZREM', rooms .. name, position)
  raise('lost:' .. name, position)
  changed(name)
  if redis.call('EXISTS', rooms .. name) == 0 then becomeEmpty(name) end
end

-- A reader that has not heard of it is told of a gap.
local function dropDeletion(member)
  local position, name, id = string.match(member, '^(%S+) (%S+) (%S+)$')
  local key = string.match(redis.call('HGET', states, id) or '', '^deleted %d+ (.+)$')
  if key and redis.call('HGET', named, key) == id then redis.call('HDEL', named, key) end
  redis.call('HDEL', states, id)
  redis.call('ZREM', deletions, member)
  redis.call('ZREM', changes, name .. ' ' .. position .. ' deleted ' .. id)
  raise(redis.call('HEXISTS', meta, 'lost:' .. name) == 1 and 'lost:' .. name or 'floor', position)
end

local function trimDeletions()
  for _ = 1, 1000 do
    local oldest = redis.call('ZRANGE', deletions, 0, 0)[1]
    if not oldest then return end
    local state = redis.call('HGET', states, string.match(oldest, '%S+$')) or ''
    local deletedAt = tonumber(string.match(state, '^deleted (%d+)') or 0)
    if redis.call('ZCARD', deletions) <= capacity and now < deletedAt + ttl then return end
    dropDeletion(oldest)
  end
end

-- Bounded, as Redis serves nobody else meanwhile. Expired messages that remain are not returned by reads.
local function trim(most)
  for _ = 1, 10000 do
    local oldest = redis.call('XRANGE', ring, '-', '+', 'COUNT', 1)[1]
    if not oldest then return end
    if not isExpired(oldest[2]) then
      if held <= most then return end
      oldest = victim(oldest)
    end
    drop(oldest[1], oldest[2])
  end
end

-- The index of a room that holds messages may have been lost. Bounded, as above; the rest counts as lost.
local function restoreIndex()
  if redis.call('EXISTS', index) == 1 or redis.call('HEXISTS', meta, 'lost:' .. room) == 0 then return end
  if redis.call('ZSCORE', empty, room) then return end
  local entries = redis.call('XREVRANGE', ring, '+', '-', 'COUNT', 10000)
  for _, entry in ipairs(entries) do
    if entry[2][2] == room then redis.call('ZADD', index, 0, pad(entry[1])) end
  end
  if #entries == 10000 then raise('lost:' .. room, pad(entries[10000][1])) end
  changed(room)
  if redis.call('EXISTS', index) == 0 then becomeEmpty(room) end
end
`;

/** The entry with an id, unless it is gone, has expired or belongs to another room. */
const find = `
local function find(id, owner)
  local entry = redis.call('XRANGE', ring, id, id)[1]
  if not entry or isExpired(entry[2]) or entry[2][2] ~= room or (entry[2][10] and entry[2][10] ~= owner) then return end
  return entry
end

-- An entry with what has become of it, whether what it replies to is still held, and what has become of that.
local function row(entry, owner)
  local id, fields = entry[1], entry[2]
  local quoted = fields[14]
  local shows = quoted and quoted ~= '' and find(quoted, owner)
  local quotedState = shows and redis.call('HGET', states, quoted) or ''
  return {id, fields, redis.call('HGET', states, id) or '', shows and 1 or 0, quotedState}
end
`;

/** The scripts, all with the same rule of what goes when there is no room for another message. */
export function ringScripts(eviction: string) {
  const start = common(eviction);
  return {
    /** Returns the entry with this id, or nothing. */
    find: `${start}${find}
local entry = find(ARGV[8], ARGV[9])
return entry and row(entry, ARGV[9])
`,

    /**
     * Stores messages one after the other, and signals each room that has got any in the channel that begins with ARGV[7]. Returns
     * the number of messages held, and for each message its id; for a name that was used, that entry; and for a reply to a
     * message that is not held, or a name of a message that was deleted, 'missing'.
     */
    append: `${start}${find}
local channel, newest = ARGV[7], nil
local told, signalled = {}, {}

local function store(user, text, time, owner, more)
  announce()
  -- What has expired was looked for before the first message.
  if not newest or held >= capacity then trim(capacity - 1) end
  restoreIndex()
  local id = redis.call('XADD', ring, '*', 'r', room, 'u', user, 't', text, 'c', time, 'o', owner, unpack(more))
  held = held + 1
  if redis.call('EXISTS', index) == 0 then
    redis.call('ZREM', empty, room)
    redis.call('HSETNX', meta, 'lost:' .. room, redis.call('HGET', meta, 'floor'))
  end
  redis.call('ZADD', index, 0, pad(id))
  newest = id
  settle(id)
  if channel ~= '' and not signalled[room] then
    signalled[room] = true
    signalled[#signalled + 1] = room
  end
  return id
end

local function storeNamed(user, text, time, owner, key, quoted, preview, mentions, event, files)
  local name = key .. ' ' .. user
  local first = key ~= '' and redis.call('HGET', named, name)
  local known = first and redis.call('XRANGE', ring, first, first)[1]
  if known and not isExpired(known[2]) then return row(known, owner) end
  if first and not known then
    trimDeletions()
    if redis.call('HEXISTS', states, first) == 1 then return 'missing' end
  end
  if quoted ~= '' and not find(quoted, owner) then return 'missing' end
  local id = store(user, text, time, owner,
    {'k', key, 'q', quoted, 'p', preview, 'm', mentions, 's', event, 'f', files})
  if key ~= '' then redis.call('HSET', named, name, id) end
  return id
end

local at = 8
while at <= #ARGV do
  room = ARGV[at]
  index = rooms .. room
  local user, text, time, owner, isNamed = unpack(ARGV, at + 1, at + 5)
  at = at + 6
  if isNamed == '' then
    told[#told + 1] = store(user, text, time, owner, {})
  else
    told[#told + 1] = storeNamed(user, text, time, owner, unpack(ARGV, at, at + 5))
    at = at + 6
  end
end
if newest then redis.call('HSET', meta, 'newest', newest) end
for _, name in ipairs(signalled) do redis.call('PUBLISH', channel .. name, '') end
return {held, told}
`,

    /** Returns whether what had this name was deleted, as 1 or 0. */
    isDeleted: `${start}
trimDeletions()
local id = redis.call('HGET', named, ARGV[8])
return id and string.find(redis.call('HGET', states, id) or '', '^deleted ') and 1 or 0
`,

    /**
     * Reads rooms one after the other, until what was found is as much as Redis should be kept with. Returns the number of messages
     * held, the newest id, and for each room that it came to: whether some are missing after the position, and those of the
     * room after it; with `resume` also the changes after it. Then a position above the newest belongs to another run, and all
     * messages of the room are missing after it.
     */
    read: `${start}${find}
trim(capacity)
trimDeletions()
local newest, doubt = unpack(redis.call('HMGET', meta, 'newest', 'doubt'))

local function read(after, limit, mode, owner)
  restoreIndex()
  local from, floor = '-', ''
  if after ~= '' then
    floor = pad(after)
    from = '(' .. floor
  end
  if mode == 'resume' and floor > pad(newest) then
    from, floor = '-', ''
  end

  local found, whole, stale
  repeat
    found, whole, stale = {}, true, {}
    for _, position in ipairs(redis.call('ZRANGEBYLEX', index, from, '+', 'LIMIT', 0, limit)) do
      local entry = redis.call('XRANGE', ring, unpad(position), unpad(position))[1]
      if not entry or (entry[2][10] and entry[2][10] ~= owner) then
        stale[#stale + 1] = position
      elseif isExpired(entry[2]) then
        whole = false
      else
        found[#found + 1] = row(entry, owner)
      end
    end
    -- Lost with the ring, or of an earlier room with the same id.
    for _, position in ipairs(stale) do
      remove(unpad(position))
      redis.call('ZREM', index, position)
    end
    if #stale > 0 then changed(room) end
  until #stale == 0
  local lost = redis.call('HGET', meta, 'lost:' .. room) or redis.call('HGET', meta, 'floor')
  local told = {}
  if mode == 'resume' and floor ~= '' then
    local first, last = '(' .. room .. ' ' .. floor .. '~', '(' .. room .. '!'
    for _, member in ipairs(redis.call('ZRANGEBYLEX', changes, first, last, 'LIMIT', 0, limit)) do
      local position, kind, id = string.match(member, '^%S+ (%S+) (%S+) (%S+)$')
      local entry = kind ~= 'deleted' and find(id, owner)
      -- Left behind by a server of an earlier version, which evicts messages without their changes.
      if kind ~= 'deleted' and not entry and #redis.call('XRANGE', ring, id, id) == 0 then
        redis.call('ZREM', changes, member)
        redis.call('HDEL', states, id)
      end
      told[#told + 1] = {unpad(position), kind, id, entry and row(entry, owner)}
    end
  end
  return {(not whole or floor < lost or floor < (doubt or '')) and 1 or 0, found, told}
end

local answers, rows = {}, 0
for at = 8, #ARGV, 5 do
  room = ARGV[at]
  index = rooms .. room
  local answer = read(unpack(ARGV, at + 1, at + 4))
  answers[#answers + 1] = answer
  rows = rows + #answer[2] + #answer[3]
  if rows >= 1000 then break end
end
return {held, newest, answers}
`,

    /**
     * Returns 'done' or, if there is no such message, 'missing', or, if its state is not the one given, 'changed'; and the number
     * of messages held.
     */
    revise: `${start}${find}
restoreIndex()
local id, owner, expected, kind, fields = ARGV[8], ARGV[9], ARGV[10], ARGV[11], ARGV[12]
local entry = find(id, owner)
if not entry then return {'missing', held} end
local state = redis.call('HGET', states, id) or ''
if state ~= expected then return {'changed', held} end
-- The place is one that a message would have got.
local place = redis.call('XADD', ring, '*', 'r', '')
redis.call('XDEL', ring, place)
redis.call('HSET', meta, 'newest', place)
if kind == 'deleted' then
  forgetState(room, id)
  take(id)
  redis.call('ZREM', index, pad(id))
  local key = entry[2][12] or ''
  local name = key ~= '' and key .. ' ' .. entry[2][4] or ''
  redis.call('HSET', states, id, 'deleted ' .. ARGV[3] .. ' ' .. name)
  redis.call('ZADD', deletions, 0, pad(place) .. ' ' .. room .. ' ' .. id)
  if redis.call('EXISTS', index) == 0 then becomeEmpty(room) end
else
  local edited, reacted = string.match(state, '^(%S+) (%S+) ')
  if not edited then edited, reacted = '0-0', '0-0' end
  redis.call('ZREM', changes, changeOf(room, kind == 'edited' and edited or reacted, kind, id))
  if kind == 'edited' then edited = place else reacted = place end
  redis.call('HSET', states, id, edited .. ' ' .. reacted .. ' ' .. fields)
end
redis.call('ZADD', changes, 0, changeOf(room, place, kind, id))
settle(place)
trimDeletions()
return {'done', held}
`,

    newest: `${start}
return redis.call('HGET', meta, 'newest')
`,

    /** Returns the number of messages held. */
    forget: `${start}
restoreIndex()
for _, position in ipairs(redis.call('ZRANGE', index, 0, -1)) do
  remove(unpad(position))
end
redis.call('DEL', index)
changed(room)
for _, member in ipairs(redis.call('ZRANGEBYLEX', changes, '(' .. room .. ' ', '(' .. room .. '!')) do
  local position, kind, id = string.match(member, '^%S+ (%S+) (%S+) (%S+)$')
  if kind == 'deleted' then
    dropDeletion(position .. ' ' .. room .. ' ' .. id)
  else
    redis.call('ZREM', changes, member)
  end
end
redis.call('HDEL', meta, 'lost:' .. room)
redis.call('ZREM', empty, room)
return held
`,
  };
}
