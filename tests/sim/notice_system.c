/* The provider's system events (protocol section 10).  Text only; no logic. */
#include "notice.h"

#define SYSTEM(type)                                                                                                   \
	"<ServiceCorpId>{provider}</ServiceCorpId>\n"                                                                  \
	"<InfoType>{=" type "}</InfoType>\n"                                                                           \
	"<TimeStamp>{#time}</TimeStamp>\n"                                                                             \
	"<AuthCorpId>{corp}</AuthCorpId>\n"
#define REGISTER                                                                                                       \
	"<RegisterCode>{code}</RegisterCode>\n"                                                                        \
	"<AuthUserInfo>\n<UserId>{user}</UserId>\n</AuthUserInfo>\n"                                                   \
	"<State>{state}</State>\n"                                                                                     \
	"<TemplateId>{media}</TemplateId>\n"

#define S ROUTE_SYSTEM
#define ANY NOTICE_ANYTIME

const struct notice_kind notice_system_kinds[] = {
    {"register_corp", S, ANY, "推广二维码注册企业",
	SYSTEM("register_corp") "<ContactSync>\n<AccessToken>{token}</AccessToken>\n<ExpiresIn>7200</ExpiresIn>\n</"
				"ContactSync>\n" REGISTER},
    {"enter_register_package", S, ANY, "进入推广包", SYSTEM("enter_register_package") REGISTER},
    {"license_pay_success", S, ANY, "接口许可支付成功 {#sale}",
	SYSTEM("license_pay_success") "<OrderId>{sale}</OrderId>\n<BuyerUserId>{user}</BuyerUserId>\n"},
    {"license_refund", S, ANY, "接口许可退款 {#sale}",
	SYSTEM("license_refund") "<OrderId>{sale}</OrderId>\n<OrderStatus>1</OrderStatus>\n"},
    {"auto_activate", S, ANY, "接口许可自动激活",
	SYSTEM("auto_activate") "<Scene>1</Scene>\n"
				"<AccountList>\n<ActiveCode>{sale}</ActiveCode>\n<Type>1</Type>\n<ExpireTime>{#later}</"
				"ExpireTime>\n"
				"<UserId>{user}</UserId>\n<PreviousStatus>1</PreviousStatus>\n<PreviousActiveCode>{=}</"
				"PreviousActiveCode>\n"
				"</AccountList>\n"
				"<AccountList>\n<ActiveCode>{old_sale}</ActiveCode>\n<Type>2</"
				"Type>\n<ExpireTime>{#later}</ExpireTime>\n"
				"<UserId>{other_user}</UserId>\n<PreviousStatus>2</PreviousStatus>\n"
				"<PreviousActiveCode>{sale}</PreviousActiveCode>\n</AccountList>\n"},
    {"agree_external_userid_migration", S, ANY, "同意客户 id 迁移", SYSTEM("agree_external_userid_migration")},
};
const size_t notice_system_kinds_n = sizeof(notice_system_kinds) / sizeof(notice_system_kinds[0]);
