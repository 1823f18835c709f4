/* Bytes with their length: compared, cut and read as numbers.  Never allocates, never trusts a NUL. */
#include "span.h"

#include <string.h>

struct span
span_of(const char *text)
{
	if (text == NULL)
		return (struct span){NULL, 0};
	return (struct span){text, strlen(text)};
}

bool
span_equal(struct span a, struct span b)
{
	if (a.n != b.n)
		return false;
	return a.n == 0 || memcmp(a.at, b.at, a.n) == 0;
}

bool
span_equal_constant_time(struct span a, struct span b)
{
	volatile unsigned char difference = 0;

	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		difference |= (unsigned char)(a.at[i] ^ b.at[i]);
	return difference == 0;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct span
span_trim(struct span s)
{
	while (s.n > 0 && is_blank(s.at[0])) {
		s.at++;
		s.n--;
	}
	while (s.n > 0 && is_blank(s.at[s.n - 1]))
		s.n--;
	return s;
}

int
span_compare(struct span a, struct span b)
{
	size_t shorter = a.n < b.n ? a.n : b.n;
	int order = shorter == 0 ? 0 : memcmp(a.at, b.at, shorter);

	if (order != 0)
		return order;
	return (a.n > b.n) - (a.n < b.n);
}

bool
span_number(struct span s, long long most, long long *ret)
{
	long long value = 0;

	if (s.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		int digit = s.at[i] - '0';

		if (digit < 0 || digit > 9)
			return false;
		if (value > (most - digit) / 10 || most < digit)
			return false;
		value = value * 10 + digit;
	}
	*ret = value;
	return true;
}
