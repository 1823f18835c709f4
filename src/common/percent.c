/* Percent escapes, strictly: see percent.h. */
#include "percent.h"

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

enum status
percent_decode(struct span raw, bool plus_is_blank, struct arena *mem, struct span *ret)
{
	char *text = arena_alloc(mem, raw.n + 1);
	size_t n = 0;

	if (text == NULL)
		return ST_NOMEM;
	for (size_t i = 0; i < raw.n; i++) {
		if (raw.at[i] != '%') {
			text[n] = raw.at[i];
			if (plus_is_blank && text[n] == '+')
				text[n] = ' ';
			n++;
			continue;
		}
		int high = raw.n - i > 2 ? hex_digit(raw.at[i + 1]) : -1;
		int low = raw.n - i > 2 ? hex_digit(raw.at[i + 2]) : -1;

		if (high < 0 || low < 0)
			return ST_BAD_INPUT;
		text[n++] = (char)(high * 16 + low);
		i += 2;
	}
	*ret = (struct span){text, n};
	return ST_OK;
}

struct span
percent_take(struct span *rest, char mark)
{
	struct span taken = {rest->at, 0};

	while (taken.n < rest->n && rest->at[taken.n] != mark)
		taken.n++;
	rest->at += taken.n;
	rest->n -= taken.n;
	if (rest->n > 0) {
		rest->at++;
		rest->n--;
	}
	return taken;
}
