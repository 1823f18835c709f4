/* Authorisation codes (job_code.c): the job corp/code:<name> under suite:<suite_id>. */
#ifndef WECOM_SYNC_JOB_CODE_H
#define WECOM_SYNC_JOB_CODE_H

#include "arena.h"
#include "job.h"

#define CODE_PREFIX "code:"
#define SECRET_BYTES 1024	/* codes have at most 512; sealed ones a little more */

/* Exchange an auth code for the corp's permanent code, and keep that. */
void job_corp_code(struct job_context *context, const struct job *job, struct job_result *result);

/*
 * The secret of state.secret (hexadecimal, sealed for corp, kind and name) in clear, in `mem`; NULL: there is none, or it
 * cannot be opened with this master key, and ret_why says which.
 */
const char *secret_open(struct job_context *context, struct json_object *state, const char *corp, const char *kind,
    const char *name, struct arena *mem, const char **ret_why);
/* Overwrite a text member of JSON that is a secret. */
void secret_forget(struct json_object *object, const char *name);

#endif
