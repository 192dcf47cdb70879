/**
 * What LuaJIT has and Lua 5.3 has not, or has otherwise, written in Lua; and what would reach past the proxy is taken out. Run once in
 * every virtual machine. `host` is what vm.ts gives it.
 */
export const PRELUDE = `
local host = ...
local floats, read, maxString = host.floats, host.read, host.maxString
local raw_load, type, error, select = load, type, error, select
local upvaluejoin, getupvalue, getinfo = debug.upvaluejoin, debug.getupvalue, debug.getinfo
local rep, floor, tostring = string.rep, math.floor, tostring

function load(chunk, name, mode, ...)
  if type(chunk) == "function" then
    local parts, n = {}, 0
    while true do
      local piece = chunk()
      if piece == nil or piece == "" then break end
      n = n + 1
      parts[n] = piece
    end
    chunk = table.concat(parts)
    name = name or "=(load)"
  elseif type(chunk) == "number" then
    chunk = tostring(chunk)
  end
  if type(chunk) ~= "string" then error("bad argument #1 to 'load' (string expected, got " .. type(chunk) .. ")", 2) end
  if select("#", ...) > 0 then return raw_load(floats(chunk), name or chunk, "t", (...)) end
  return raw_load(floats(chunk), name or chunk, "t")
end
loadstring = load

function loadfile(path, mode, ...)
  local text, why = read(path)
  if text == nil then return nil, why end
  if text:sub(1, 1) == "#" then text = "--" .. text end
  return load(text, "@" .. path, mode, ...)
end
function dofile(path)
  local f, why = loadfile(path)
  if f == nil then error(why, 0) end
  return f()
end
package.searchers[3] = nil
package.searchers[4] = nil
package.searchers[2] = function(name)
  local path, why = package.searchpath(name, package.path)
  if path == nil then return why end
  local f, wrong = loadfile(path)
  if f == nil then error("error loading module '" .. name .. "' from file '" .. path .. "':\\n\\t" .. wrong, 0) end
  return f, path
end
package.loaders = package.searchers
package.loadlib = nil
package.cpath = ""
package.jspath = nil

local function env_upvalue(f)
  if type(f) == "number" then f = getinfo(f + 2, "f").func end
  for i = 1, 255 do
    local name = getupvalue(f, i)
    if name == nil then return f end
    if name == "_ENV" then return f, i end
  end
end
function setfenv(f, t)
  local func, i = env_upvalue(f)
  if i ~= nil then upvaluejoin(func, i, function() return t end, 1) end
  return func
end
function getfenv(f)
  if f == nil then f = 1 end
  if f == 0 then return _G end
  local func, i = env_upvalue(f)
  if i == nil then return _G end
  local _, value = getupvalue(func, i)
  return value
end

_VERSION = "Lua 5.1"
local raw_pairs, raw_next, rawlen, rawget, getmetatable = pairs, next, rawlen, rawget, getmetatable
-- A list comes in its order, as in LuaJIT; what else is in the table follows.
function pairs(t)
  if type(t) ~= "table" then return raw_pairs(t) end
  local n = rawlen(t)
  local mt = getmetatable(t)
  if n == 0 or (type(mt) == "table" and mt.__pairs ~= nil) then return raw_pairs(t) end
  local i, key = 0, nil
  return function()
    while i < n do
      i = i + 1
      local v = rawget(t, i)
      if v ~= nil then return i, v end
    end
    while true do
      local v
      key, v = raw_next(t, key)
      if key == nil then return nil end
      if type(key) ~= "number" or key < 1 or key > n or key % 1 ~= 0 then return key, v end
    end
  end, t, nil
end

unpack = table.unpack
function gcinfo() return 0 end
function table.getn(t) return #t end
function table.maxn(t)
  local max = 0
  for k in pairs(t) do if type(k) == "number" and k > max then max = k end end
  return max
end
function table.foreach(t, f)
  for k, v in pairs(t) do
    local r = f(k, v)
    if r ~= nil then return r end
  end
end
function table.foreachi(t, f)
  for i = 1, #t do
    local r = f(i, t[i])
    if r ~= nil then return r end
  end
end
function string.rep(s, n, sep)
  if (#s + #(sep or "")) * n > maxString then error("resulting string too large", 2) end
  return rep(s, n, sep)
end

for name, f in pairs(host.math) do math[name] = f end
bit = host.bit

local function taken_out(name)
  return function() error(name .. " is not available", 2) end
end
os.exit, os.execute = taken_out("os.exit"), taken_out("os.execute")
debug.debug, debug.sethook = taken_out("debug.debug"), taken_out("debug.sethook")
debug.getregistry = taken_out("debug.getregistry")

local file = {}
file.__index = file
function file:read(format)
  format = tostring(format or "*l"):gsub("^%*", "")
  local text, at = self.text, self.at
  if format == "a" then
    self.at = #text + 1
    return text:sub(at)
  end
  if at > #text then return nil end
  if format == "l" or format == "L" then
    local stop = text:find("\\n", at, true) or #text + 1
    self.at = stop + 1
    return text:sub(at, format == "L" and stop or stop - 1)
  end
  local n = tonumber(format)
  if n == nil then error("bad argument #1 to 'read' (invalid format)", 2) end
  self.at = at + n
  return text:sub(at, at + n - 1)
end
function file:lines() return function() return self:read("*l") end end
function file:close() return true end
file.write = taken_out("writing to a file")
io = {
  open = function(path, mode)
    if mode ~= nil and not mode:match("^rb?$") then error("files can only be read", 2) end
    local text, why = read(path)
    if text == nil then return nil, why, 2 end
    return setmetatable({ text = text, at = 1 }, file)
  end,
  lines = function(path)
    local f, why = io.open(path)
    if f == nil then error(why, 2) end
    return f:lines()
  end,
  type = function(f) return getmetatable(f) == file and "file" or nil end,
}
for _, name in ipairs({ "close", "flush", "input", "output", "popen", "read", "tmpfile", "write" }) do
  io[name] = taken_out("io." .. name)
end
`;
