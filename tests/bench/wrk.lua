-- wrk's client: posts callbacks that were encrypted before, in order, each once.  Reads the file named by the
-- environment's WECOM_BENCH_STOCK (a target and a body a line, a tab between them) and works no more than an index per
-- request.  Prints one line of numbers at the end.

local requests = {}
local at = 0

function setup(thread)
	thread:set("spent_s", 0)
end

function init()
	for line in io.lines(os.getenv("WECOM_BENCH_STOCK")) do
		local target, body = line:match("^(.-)\t(.*)$")
		requests[#requests + 1] = wrk.format("POST", target, {["Content-Type"] = "text/xml"}, body)
	end
	-- what the client spent before the first request
	spent_s = os.clock()
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
		latency:percentile(99), os.clock() * 1e6))
end
