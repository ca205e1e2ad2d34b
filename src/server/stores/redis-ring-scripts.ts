/**
 * Within the scripts positions are padded, so that they compare as text. `lost` says for each room the newest position
 * it has lost; for rooms it does not know, the `floor` counts. `silent` holds the rooms without messages in the order
 * in which they fell silent.
 */
const common = `
local ring, meta, lost, silent = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local run, rooms = ARGV[1], ARGV[2]
local now, ttl, capacity, silences = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local room = ARGV[7]

local function pad(id)
  local ms, seq = string.match(id, '^(%d+)-(%d+)$')
  return string.format('%015d-%015d', ms, seq)
end

local function unpad(position)
  return string.format('%d-%d', string.sub(position, 1, 15), string.sub(position, 17))
end

-- A new ring, or one whose end may be missing since Redis was restarted: whatever was before is in doubt.
if redis.call('HGET', meta, 'run') ~= run then
  -- Past all that can have been stored by now.
  local time = redis.call('TIME')
  local id = redis.pcall('XADD', ring, string.format('%d-0', time[1] * 1000 + math.floor(time[2] / 1000) + 1), 'r', '')
  if type(id) == 'table' then id = redis.call('XADD', ring, '*', 'r', '') end
  redis.call('XDEL', ring, id)
  redis.call('HSET', meta, 'run', run, 'newest', id, 'floor', pad(id))
  redis.call('DEL', lost, silent)
end

local function isExpired(fields)
  return now >= tonumber(fields[8]) + ttl
end

local function fallSilent(name)
  redis.call('ZADD', silent, redis.call('HINCRBY', meta, 'silences', 1), name)
  if redis.call('ZCARD', silent) <= silences then return end
  local longest = redis.call('ZPOPMIN', silent)[1]
  local position = redis.call('HGET', lost, longest)
  redis.call('HDEL', lost, longest)
  if position and position > redis.call('HGET', meta, 'floor') then redis.call('HSET', meta, 'floor', position) end
end

local function drop(id, name)
  local position = pad(id)
  redis.call('XDEL', ring, id)
  redis.call('ZREM', rooms .. name, position)
  redis.call('HSET', lost, name, position)
  if redis.call('EXISTS', rooms .. name) == 0 then fallSilent(name) end
end

-- In one go only so many, as nobody else is served meanwhile; what has expired is not given back in any case.
local function trim(most)
  for _ = 1, 10000 do
    local oldest = redis.call('XRANGE', ring, '-', '+', 'COUNT', 1)[1]
    if not oldest then return end
    if redis.call('XLEN', ring) <= most and not isExpired(oldest[2]) then return end
    drop(oldest[1], oldest[2][2])
  end
end
`;

/** Gives the id and how many messages are held. */
export const appendScript = `${common}
trim(capacity - 1)
local id = redis.call('XADD', ring, '*', 'r', room, 'u', ARGV[8], 't', ARGV[9], 'c', ARGV[3])
if redis.call('EXISTS', rooms .. room) == 0 then
  redis.call('ZREM', silent, room)
  redis.call('HSETNX', lost, room, redis.call('HGET', meta, 'floor'))
end
redis.call('ZADD', rooms .. room, 0, pad(id))
redis.call('HSET', meta, 'newest', id)
return {id, redis.call('XLEN', ring)}
`;

/** Gives how many messages are held, whether some are missing after the position, and those of the room after it. */
export const readScript = `${common}
trim(capacity)
local after, limit = ARGV[8], ARGV[9]
local from, floor = '-', ''
if after ~= '' then
  floor = pad(after)
  from = '(' .. floor
end
local found, whole = {}, true
for _, position in ipairs(redis.call('ZRANGEBYLEX', rooms .. room, from, '+', 'LIMIT', 0, limit)) do
  local entry = redis.call('XRANGE', ring, unpad(position), unpad(position))[1]
  if isExpired(entry[2]) then
    whole = false
  else
    found[#found + 1] = {entry[1], entry[2][4], entry[2][6], entry[2][8]}
  end
end
local newestLost = redis.call('HGET', lost, room) or redis.call('HGET', meta, 'floor')
return {redis.call('XLEN', ring), (not whole or floor < newestLost) and 1 or 0, found}
`;

export const newestScript = `${common}
return redis.call('HGET', meta, 'newest')
`;

/** Gives how many messages are held. */
export const forgetScript = `${common}
for _, position in ipairs(redis.call('ZRANGE', rooms .. room, 0, -1)) do
  redis.call('XDEL', ring, unpad(position))
end
redis.call('DEL', rooms .. room)
redis.call('HDEL', lost, room)
redis.call('ZREM', silent, room)
return redis.call('XLEN', ring)
`;
