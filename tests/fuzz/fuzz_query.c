/* The query string: any bytes, as GET (first byte odd) or POST. */
#include <stdint.h>
#include <stdlib.h>

#include "query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Every byte of a result must be readable. */
static void
touch(struct span s)
{
	volatile char sum = 0;

	for (size_t i = 0; i < s.n; i++)
		sum = (char)(sum ^ s.at[i]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena mem;
	struct query query;
	struct detail why;
	bool is_verify;

	if (n == 0)
		return 0;
	is_verify = (data[0] & 1) != 0;
	arena_init(&mem, (size_t)64 << 10);
	if (query_parse((struct span){(const char *)data + 1, n - 1}, is_verify, &mem, &query, &why) == ST_OK) {
		touch(query.msg_signature);
		touch(query.timestamp);
		touch(query.nonce);
		touch(query.echostr);
		if (query.nonce.at == NULL || (query.echostr.at != NULL) != is_verify)
			abort();
	}
	arena_done(&mem);
	return 0;
}
