-- Visitors for wrk: people on phones who tap an ad, each with a click ID and an address of their own.
--
--   wrk -t1 … -s visitors.lua URL -- FIRST AHEAD [COOKIES]
--
-- FIRST is the number of the first visitor; runs that share a database must not share numbers. With a file of COOKIES
-- (name=value a line) each request is by a random returning visitor. nginx and Konektor get the very same requests.
--
-- The load generator has one core only, and joining a request of 1 kB takes a fifth of its time: so AHEAD requests are
-- made before the clock runs, and only those beyond them as they are sent. There is no `response` function, since wrk
-- then parses every answer into Lua tables.

local number, cookies
local ahead, sent = {}, 0
local user_agents, octets, letters = {}, {}, {}
local before_click_id, after_click_id = {}, {}

local MODELS = {
  "SM-A546E Build/UP1A.231005.007", "SM-A155F Build/UP1A.231005.007", "SM-S918B Build/UP1A.231005.007",
  "CPH2477 Build/TP1A.220905.001", "CPH2591 Build/UKQ1.230924.001", "V2204 Build/TP1A.220624.014",
  "V2307 Build/UP1A.231005.007", "Redmi Note 12 Build/TKQ1.221114.001", "23053RN02A Build/UP1A.230620.001",
  "Infinix X6837 Build/TP1A.220624.014",
}
local CHROME = { "128.0.6613.127", "129.0.6668.100", "130.0.6723.107", "131.0.6778.200" }
local IOS = { "16_7", "17_5_1", "17_6_1", "18_0", "18_1", "18_1_1" }

-- 40 user agents: Chrome, and the in-app browsers of Facebook, Instagram and TikTok, on Android and iPhone
local function make_user_agents()
  local function add(text, ...) user_agents[#user_agents + 1] = string.format(text, ...) end
  for i, model in ipairs(MODELS) do
    local view = "Mozilla/5.0 (Linux; Android 13; " .. model .. "; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/"
      .. CHROME[i % #CHROME + 1] .. " Mobile Safari/537.36 "
    add("Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Mobile Safari/537.36", 122 + i)
    add("%s[FB_IAB/FB4A;FBAV/%d.0.0.66.81;]", view, 480 + i)
    if i <= 7 then
      add("%sInstagram %d.0.0.46.88 Android (33/13; 450dpi; 1080x2125; samsung; %s; id_ID; 674674763)", view, 350 + i, model)
    end
    if i <= 4 then
      add("%strill_370204 JsSdk/1.0 NetType/4G Channel/googleplay AppName/musical_ly app_version/37.%d.4 BytedanceWebview/d8a21c6", view, i)
    end
  end
  for i, ios in ipairs(IOS) do
    local phone = "Mozilla/5.0 (iPhone; CPU iPhone OS " .. ios .. " like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    add("%sVersion/%d.0 Mobile/15E148 Safari/604.1", phone, 15 + math.floor(i / 2))
    if i <= 3 then
      add("%sMobile/15E148 Instagram %d.0.0.35.82 (iPhone14,5; iOS %s; id_ID; id; scale=3.00; 1170x2532; 674117118)", phone, 358 + i, ios)
    end
  end
end

function init(args)
  number = tonumber(args[1])
  math.randomseed(number + 1)
  if args[3] then
    cookies = {}
    for line in io.lines(args[3]) do cookies[#cookies + 1] = "\r\nCookie: " .. line .. "\r\n\r\n" end
    assert(#cookies > 0, "no cookies in " .. args[3])
  end

  for click_id in (os.getenv("VISITORS_CLICK_IDS") or "gclid=Cj0KCQiA4fi7BhC5ARIsAEV1Yi"):gmatch("%S+") do
    before_click_id[#before_click_id + 1] = "GET " .. wrk.path
      .. "?utm_source=google&utm_medium=cpc&utm_campaign=lebaran&" .. click_id
  end
  make_user_agents()
  for i, user_agent in ipairs(user_agents) do
    after_click_id[i] = "kPyO_wcB HTTP/1.1\r\nHost: " .. wrk.host .. ":" .. wrk.port .. "\r\n"
      .. "User-Agent: " .. user_agent .. "\r\n"
      .. "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
      .. "Accept-Language: id-ID,id;q=0.9,en-US;q=0.8,en;q=0.7\r\nAccept-Encoding: gzip, deflate, br\r\n"
      .. "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n"
      .. "Referer: https://www.google.com/\r\nUpgrade-Insecure-Requests: 1\r\nX-Forwarded-For: "
  end

  -- 4096 pairs of letters: three of them make 69 thousand million click IDs
  local alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
  for i = 0, 4095 do
    local high, low = math.floor(i / 64) + 1, i % 64 + 1
    letters[i] = alphabet:sub(high, high) .. alphabet:sub(low, low)
  end
  for i = 0, 65535 do octets[i] = math.floor(i / 256) .. "." .. i % 256 end

  for i = 1, tonumber(args[2]) do ahead[i] = make_request() end
  collectgarbage()
  cpu_before_s = os.clock()
end

function request()
  sent = sent + 1
  return ahead[sent] or make_request()
end

function make_request()
  number = number + 1
  local low, high = number % 4096, math.floor(number / 4096)
  local click_id = letters[low] .. letters[high % 4096] .. letters[math.floor(high / 4096) % 4096]
  -- Neighbours in time come from networks far apart (36.0 to 115.251, whole /16 each), as on a real day; 268 million
  -- addresses before one comes again.
  local address = octets[9216 + low * 5] .. "." .. octets[(high * 40503) % 65536]
  local ending = cookies and cookies[math.random(#cookies)] or "\r\n\r\n"
  return before_click_id[number % #before_click_id + 1] .. click_id .. after_click_id[number % #after_click_id + 1] .. address .. ending
end

-- A load below the greatest: each connection waits before each request, this long on average and at most twice as long. Were it
-- always as long, all of them would soon come at once, one wave after the other: visitors do not know of each other.
local delay_ms = tonumber(os.getenv("VISITORS_DELAY_MS"))
if delay_ms then
  function delay() return math.floor(math.random() * 2 * delay_ms + 0.5) end
end

function setup(thread) only_thread = thread end

-- One line for the script that started wrk. os.clock is the CPU time of this whole process: near the duration means
-- that the load generator was the limit, not the server.
function done(summary, latency)
  local errors = summary.errors
  local cpu_s = os.clock() - only_thread:get("cpu_before_s") -- each thread has variables of its own
  print(string.format(
    'RESULT {"requests":%d,"duration_us":%d,"p50_us":%d,"p99_us":%d,"max_us":%d,"cpu_s":%.2f,"errors":{"connect":%d,"read":%d,"write":%d,"status":%d,"timeout":%d}}',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), latency.max, cpu_s,
    errors.connect, errors.read, errors.write, errors.status, errors.timeout))
end
