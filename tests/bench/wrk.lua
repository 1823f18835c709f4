-- wrk's client: posts callbacks that were encrypted before, in order, each once.  Reads the file named by the
-- environment's WECOM_BENCH_STOCK (a target and a body a line, a tab between them) and does no more than count per
-- request.  Prints one line of numbers at the end.

local requests = {}
local at = 0
local threads = {}

function setup(thread)
	threads[#threads + 1] = thread
end

function init()
	for line in io.lines(os.getenv("WECOM_BENCH_STOCK")) do
		local target, body = line:match("^(.-)\t(.*)$")
		requests[#requests + 1] = wrk.format("POST", target, {["Content-Type"] = "text/xml"}, body)
	end
	-- CPU time that the client spent before the first request
	prepared_us = os.clock() * 1e6
end

function request()
	at = at + 1
	-- behind the last one it begins anew: repeats, which the benchmark notices in the stored rows
	if at > #requests then at = 1 end
	return requests[at]
end

function done(summary, latency)
	local errors = summary.errors
	io.write(string.format("BENCH %d %d %d %d %d %d %d\n", summary.requests, errors.status,
		errors.connect + errors.read + errors.write + errors.timeout, summary.duration, latency:percentile(50),
		latency:percentile(99), threads[1]:get("prepared_us")))
end
