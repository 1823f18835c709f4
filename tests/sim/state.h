/* The whole truth as JSON: what is saved between runs, and what the control socket's dump gives.  It holds secrets. */
#ifndef SIM_STATE_H
#define SIM_STATE_H

#include <json-c/json.h>
#include <stdbool.h>

#include "fault.h"
#include "truth.h"

/* The truth is locked by the caller in all of these; past states of chats are left out. */
struct json_object *state_json(const struct truth *truth);
/* Into an uninitialised truth with keeps_gone; truth_done it in any case.  False: the JSON is none of ours. */
bool state_from_json(struct json_object *json, struct truth *ret_truth, struct fault *fault);

/* Written beside and renamed, mode 0600. */
bool state_save(const char *path, const struct truth *truth, struct fault *fault);
/* *ret_found false: there is no such file, and the truth is not initialised. */
bool state_load(const char *path, struct truth *ret_truth, bool *ret_found, struct fault *fault);

#endif
