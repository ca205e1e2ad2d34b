/**
 * Which message goes when there is no room for another, as Lua functions of the scripts: `changed` is called when a room
 * has got or lost messages, `announce` and `settle` before and after one is stored, and `victim` with the oldest message
 * of all.
 */

/** The oldest message of all. */
export const oldestOfAll = `
local function changed() end
local function announce() end
local function settle() end
local function victim(oldest) return oldest end
`;

/**
 * The oldest message of the room that holds the most: see FairRing. The sorted set \`ranks\` has the rooms with messages in
 * the order in which they would lose one: by size, and then by their oldest message, with which the member begins. The hash
 * \`places\` holds the member of each room. Both can be missing or outdated, as without fairness nothing keeps them: \`meta\`
 * says up to which message all that were stored are counted (\`ranked\`), and how far the messages from before have been
 * surveyed. What has gone uncounted is noticed when its room comes first.
 */
export const fromLargestRoom = `
local ranks, places = ring .. ':ranks', ring .. ':places'
local isComing = false

local function changed(name)
  local former = redis.call('HGET', places, name)
  local oldest = redis.call('ZRANGE', rooms .. name, 0, 0)[1]
  local place = oldest and oldest .. ' ' .. name
  if former and former ~= place then redis.call('ZREM', ranks, former) end
  if not place then
    redis.call('HDEL', places, name)
    return
  end
  local size = redis.call('ZCARD', rooms .. name)
  if isComing and name == room then size = size + 1 end
  redis.call('ZADD', ranks, -size, place)
  if former ~= place then redis.call('HSET', places, name, place) end
end

-- Bounded, as Redis serves nobody else meanwhile: at first it may be the largest of the rooms found so far.
local function survey(from)
  local seen = {}
  local entries = redis.call('XRANGE', ring, from, '+', 'COUNT', 1000)
  for _, entry in ipairs(entries) do
    local name = entry[2][2]
    if not seen[name] then changed(name) end
    seen[name] = true
  end
  redis.call('HSET', meta, 'surveyed', #entries < 1000 and 'all' or entries[1000][1])
end

local newest, ranked, surveyed = unpack(redis.call('HMGET', meta, 'newest', 'ranked', 'surveyed'))
if newest ~= ranked or redis.call('EXISTS', ranks, places) < 2 then
  redis.call('UNLINK', ranks, places)
  redis.call('HSET', meta, 'ranked', newest)
  survey('-')
elseif surveyed ~= 'all' then
  survey(surveyed)
end

-- The room counts as having the message already, as it goes to make room for it.
local function announce()
  isComing = true
  changed(room)
end

local function settle(id)
  isComing = false
  changed(room)
  redis.call('HSET', meta, 'ranked', id)
end

local function victim(oldest)
  for _ = 1, 100 do
    local first = redis.call('ZRANGE', ranks, 0, 0)[1]
    if not first then return oldest end
    local position, name = string.sub(first, 1, 31), string.sub(first, 33)
    local entry = redis.call('XRANGE', ring, unpad(position), unpad(position))[1]
    if entry then return entry end
    redis.call('ZREM', rooms .. name, position)
    changed(name)
  end
  return oldest
end
`;
