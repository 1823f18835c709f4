/*
 * What a browser sees of WeCom (protocol sections 12.2 and 13): the pages on which a person says who he is, an admin
 * installs the app, and the admin console from which one jumps to the app's business settings.  The real ones ask for a
 * phone; these list everybody, and one click is enough.  GET:
 *   /connect/oauth2/authorize?appid&redirect_uri&response_type=code&scope&state
 *   /wwlogin/sso/login?login_type=ServiceApp&appid&redirect_uri&state
 *   /3rdapp/install?suite_id&pre_auth_code&redirect_uri&state
 *   /admin
 * The click is the same address with sim_corp= and sim_user= added: 302 back to the app.  What WeCom refuses is a page
 * with its error code, and leads nowhere.
 */
#ifndef SIM_PAGE_H
#define SIM_PAGE_H

#include <microhttpd.h>
#include <stdbool.h>

struct api;

bool page_is_known(const char *path);
enum MHD_Result page_serve(struct api *api, struct MHD_Connection *connection, const char *method, const char *path);

#endif
