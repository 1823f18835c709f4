/*
 * What is remembered of each corp while the program runs: limits and counts of each API, its token.  Also the gate that
 * every call passes.  Thread safe.
 */
#ifndef WECOM_API_CORP_H
#define WECOM_API_CORP_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "api.h"
#include "api_limit.h"

#define API_CORP_BYTES 160	/* an id is at most 128 bytes; suite:<suite_id> */
#define API_TOKEN_BYTES 1024

/* One API of one corp. */
struct api_lane {
	struct api_limit limit;
	int64_t calls, errors, limited, saved;	/* since they were last written */
};

/* Why a token could not be had, for those who ask right after. */
struct api_failure {
	int64_t until_ms;	/* CLOCK_MONOTONIC; 0: none */
	enum api_outcome outcome;
	int code;
	char why[240];
};

/* The corp's access_token, or under suite:<suite_id> the suite_access_token. */
struct api_token {
	char *text;		/* owned, API_TOKEN_BYTES; NULL: none */
	int64_t generation;	/* of wecom.token; 0: only in memory */
	int64_t renew_us;	/* WeCom's clock: time to renew it … */
	int64_t expires_us;	/* … and the end of its life */
	bool is_refreshing;	/* one thread is at it; others use what there is, or wait */
	struct api_failure failure;
	int64_t refused_ticket_us;	/* of the suite: this suite_ticket was refused, only a newer one is of use */
};

struct api_corp {
	struct api_corp *next;
	int users_n;		/* threads that hold it */
	int64_t used_ms;
	int64_t counted_ms;	/* since when counts wait to be written; 0: none do */
	struct api_lane *lanes[API_N];	/* NULL: not called yet */
	struct api_token token;
	pthread_cond_t changed;	/* a call ended, or a refresh */
	char id[];
};

struct api_corps;

/* conf is borrowed.  NULL: no memory. */
struct api_corps *api_corps_new(const struct conf *conf);
void api_corps_free(struct api_corps *corps);

/* Found, or made; NULL: no memory, or an id longer than API_CORP_BYTES.  Given back with api_corps_leave. */
struct api_corp *api_corps_use(struct api_corps *corps, const char *id);
void api_corps_leave(struct api_corps *corps, struct api_corp *corp);

/* The lock of everything in here, and a timed wait for corp->changed under it. */
void api_corps_lock(struct api_corps *corps);
void api_corps_unlock(struct api_corps *corps);
void api_corps_wait(struct api_corps *corps, struct api_corp *corp, int64_t until_ms);

/*
 * Ask for a call to begin; waits a little when that helps.
 * 0: it has begun, and ends with api_gate_leave.  Else: not before so many milliseconds; -1: no memory.
 */
int64_t api_gate_enter(struct api_corps *corps, struct api_corp *corp, enum api_name name, const _Atomic bool *stopping);
void api_gate_leave(struct api_corps *corps, struct api_corp *corp, enum api_name name, int64_t begun_ms,
    enum api_limit_hit hit, bool is_error);

/* How long WeCom's refusal keeps this API of this corp closed from now on; 0: not. */
int64_t api_gate_closed_ms(struct api_corps *corps, struct api_corp *corp, enum api_name name);

/* Forget tokens and limits; counts that wait to be written stay. */
void api_corps_forget(struct api_corps *corps, const char *id);

void api_corps_count_saved(struct api_corps *corps, const char *id, enum api_name name, int64_t calls_n);

/* Counts taken out to be written. */
struct api_counts {
	int64_t calls, errors, limited, saved;
};

/*
 * Take the counts of one corp whose oldest has waited for least_ms (its id into ret_id); false: there is none left.
 * api_corps_give_back adds them again when they could not be written.
 */
bool api_corps_take_counts(struct api_corps *corps, int64_t least_ms, char ret_id[API_CORP_BYTES],
    struct api_counts ret_counts[API_N]);
void api_corps_give_back(struct api_corps *corps, const char *id, const struct api_counts counts[API_N]);

#endif
