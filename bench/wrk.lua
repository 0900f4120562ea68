-- One line of JSON with the figures of the run. BODY_KIB (environment) makes it a POST of that many KiB.
local kib = tonumber(os.getenv("BODY_KIB") or "0")
if kib > 0 then
  wrk.method = "POST"
  wrk.body = string.rep("0123456789abcdef", 64 * kib)
  wrk.headers["content-type"] = "application/octet-stream"
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '\nFIGURES {"requests":%d,"duration_us":%d,"p50_us":%d,"p99_us":%d,"max_us":%d,"connect":%d,"read":%d,"write":%d,"status":%d,"timeout":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), latency.max,
    errors.connect, errors.read, errors.write, errors.status, errors.timeout))
end
