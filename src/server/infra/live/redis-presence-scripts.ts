/**
 * A room is a sorted set of `kind, user, server`, ordered as text, so that one range query tells whether a user is
 * present at any server. A server's own records are a set of `room, kind, user`. The parts are separated by NUL, which
 * no name contains.
 */
const common = `
local rooms, records = ARGV[1], ARGV[2]

local function add(server, room, kind, name)
  redis.call('ZADD', rooms .. room, 0, kind .. '\\0' .. name .. '\\0' .. server)
  redis.call('SADD', records .. server, room .. '\\0' .. kind .. '\\0' .. name)
end

local function isPresent(room, kind, name)
  local user = '[' .. kind .. '\\0' .. name .. '\\0'
  return #redis.call('ZRANGEBYLEX', rooms .. room, user, user .. '\\255', 'LIMIT', 0, 1) > 0
end

-- Returns whether the user is present at no server any more.
local function remove(server, room, kind, name)
  redis.call('ZREM', rooms .. room, kind .. '\\0' .. name .. '\\0' .. server)
  redis.call('SREM', records .. server, room .. '\\0' .. kind .. '\\0' .. name)
  return not isPresent(room, kind, name)
end

local function removeAll(server, servers)
  local gone = {}
  for _, record in ipairs(redis.call('SMEMBERS', records .. server)) do
    local room, kind, name = string.match(record, '^(%d+)%z(%a)%z(.*)$')
    if remove(server, room, kind, name) then
      gone[#gone + 1] = room
      gone[#gone + 1] = kind
      gone[#gone + 1] = name
    end
  end
  redis.call('ZREM', servers, server)
  return gone
end
`;

/** Returns the users who are now offline, and those who have stopped typing, at all servers. */
export const postScript = `${common}
local server, room, change = ARGV[3], ARGV[4], cjson.decode(ARGV[5])
local offline, idle = {}, {}
for _, name in ipairs(change.online) do add(server, room, 'o', name) end
for _, name in ipairs(change.typing) do add(server, room, 't', name) end
for _, name in ipairs(change.offline) do
  if remove(server, room, 'o', name) then offline[#offline + 1] = name end
end
for _, name in ipairs(change.idle) do
  if remove(server, room, 't', name) then idle[#idle + 1] = name end
end
return {offline, idle}
`;

/** Returns those of the users who are online. */
export const onlineScript = `${common}
local room, online = ARGV[3], {}
for _, name in ipairs(cjson.decode(ARGV[4])) do
  if isPresent(room, 'o', name) then online[#online + 1] = name end
end
return online
`;

/** Returns whether this server was known, and the users gone with a server without heartbeats: room, kind, user. */
export const beatScript = `${common}
local servers, server, goneAfter = ARGV[3], ARGV[4], tonumber(ARGV[5])
local now = tonumber(redis.call('TIME')[1])
local isNew = redis.call('ZADD', servers, now, server)
local silent = redis.call('ZRANGEBYSCORE', servers, '-inf', now - goneAfter, 'LIMIT', 0, 1)[1]
return {1 - isNew, silent and removeAll(silent, servers) or {}}
`;

/** Returns the users gone with this server: room, kind, user. */
export const leaveScript = `${common}
return removeAll(ARGV[4], ARGV[3])
`;
