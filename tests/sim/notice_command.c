/* The events of the command callback (protocol section 8 and the seed document).  Text only; no logic. */
#include "notice.h"

#define SUITE(type)                                                                                                    \
	"<SuiteId>{suite}</SuiteId>\n"                                                                                 \
	"<InfoType>{=" type "}</InfoType>\n"                                                                           \
	"<TimeStamp>{#time}</TimeStamp>\n"
#define CORP(type)                                                                                                     \
	"<SuiteId>{suite}</SuiteId>\n"                                                                                 \
	"<AuthCorpId>{corp}</AuthCorpId>\n"                                                                            \
	"<InfoType>{=" type "}</InfoType>\n"                                                                           \
	"<TimeStamp>{#time}</TimeStamp>\n"
/* as the contact pages print it, with a blank between the element and its CDATA */
#define CONTACT(change)                                                                                                \
	"<SuiteId>{suite}</SuiteId>\n"                                                                                 \
	"<AuthCorpId>{corp}</AuthCorpId>\n"                                                                            \
	"<InfoType> {=change_contact}</InfoType>\n"                                                                    \
	"<TimeStamp>{#time}</TimeStamp>\n"                                                                             \
	"<ChangeType> {=" change "}</ChangeType>\n"
#define CUSTOMER(change)                                                                                               \
	CORP("change_external_contact")                                                                                \
	"<ChangeType>{=" change "}</ChangeType>\n"                                                                     \
	"<UserID>{user}</UserID>\n"                                                                                    \
	"<ExternalUserID>{customer}</ExternalUserID>\n"
#define CHAT(change)                                                                                                   \
	CORP("change_external_chat")                                                                                   \
	"<ChatId>{chat}</ChatId>\n"                                                                                    \
	"<ChangeType>{=" change "}</ChangeType>\n"
#define CHAT_UPDATE(detail) CHAT("update") "<UpdateDetail>{=" detail "}</UpdateDetail>\n"
#define CHAT_MEMBERS                                                                                                   \
	"<MemChangeCnt>{#count}</MemChangeCnt>\n"                                                                      \
	"<MemChangeList>\n{items}</MemChangeList>\n"                                                                   \
	"<LastMemVer>{#last}</LastMemVer>\n"                                                                           \
	"<CurMemVer>{#current}</CurMemVer>\n"
#define TAG(change)                                                                                                    \
	CORP("change_external_tag")                                                                                    \
	"<Id>{tag}</Id>\n"                                                                                             \
	"<TagType>{tag_type}</TagType>\n"                                                                              \
	"<ChangeType>{=" change "}</ChangeType>\n"
#define ACQUISITION(change) CORP("customer_acquisition") "<ChangeType>{=" change "}</ChangeType>\n"
#define PAID(type)                                                                                                     \
	"<SuiteId>{suite}</SuiteId>\n"                                                                                 \
	"<PaidCorpId>{corp}</PaidCorpId>\n"                                                                            \
	"<InfoType>{=" type "}</InfoType>\n"                                                                           \
	"<TimeStamp>{#time}</TimeStamp>\n"
#define SHARED(type)                                                                                                   \
	"<SuiteId>{suite}</SuiteId>\n"                                                                                 \
	"<InfoType>{=" type "}</InfoType>\n"                                                                           \
	"<TimeStamp>{#time}</TimeStamp>\n"                                                                             \
	"<AppId>1</AppId>\n"                                                                                           \
	"<CorpId>{corp}</CorpId>\n"                                                                                    \
	"<AgentId>{#agent}</AgentId>\n"

#define C ROUTE_COMMAND
#define WIDE NOTICE_SUITE_WIDE
#define ANY NOTICE_ANYTIME

const struct notice_kind notice_command_kinds[] = {
    {"suite_ticket", C, WIDE, "推送 suite_ticket", SUITE("suite_ticket") "<SuiteTicket>{ticket}</SuiteTicket>\n"},
    {"create_auth", C, WIDE, "企业安装应用",
	"<SuiteId>{suite}</SuiteId>\n"
	"<AuthCode>{code}</AuthCode>\n"
	"<InfoType>{=create_auth}</InfoType>\n"
	"<TimeStamp>{#time}</TimeStamp>\n"
	"<State>{state}</State>\n"
	"<ExtraInfo>{=}</ExtraInfo>\n"},
    {"change_auth", C, ANY, "授权变更", CORP("change_auth") "<State>{state}</State>\n<ExtraInfo>{=}</ExtraInfo>\n"},
    {"cancel_auth", C, 0, "企业卸载应用", CORP("cancel_auth")},
    {"reset_permanent_code", C, WIDE | ANY, "重置永久授权码",
	"<SuiteId>{suite}</SuiteId>\n"
	"<AuthCode>{code}</AuthCode>\n"
	"<InfoType>{=reset_permanent_code}</InfoType>\n"
	"<TimeStamp>{#time}</TimeStamp>\n"},

    {"change_contact/create_user", C, 0, "新增成员 {#user}",
	CONTACT("create_user") "<UserID>{user}</UserID>\n"
			       "<OpenUserID>{user}</OpenUserID>\n"
			       "<Name>{user}</Name>\n"
			       "<Department>{departments}</Department>\n"
			       "<MainDepartment>{#party}</MainDepartment>\n"
			       "<IsLeaderInDept>{=0,1}</IsLeaderInDept>\n"
			       "?other_user <DirectLeader>{other_user}</DirectLeader>\n"
			       "<Position>{=产品经理}</Position>\n"
			       "<Mobile>{=13800000000}</Mobile>\n"
			       "<Gender>1</Gender>\n"
			       "<Email>{=member@example.com}</Email>\n"
			       "<BizMail>{=member@example.com}</BizMail>\n"
			       "<Status>1</Status>\n"
			       "<Avatar>{=http://wx.qlogo.cn/mmopen/"
			       "ajNVdqHZLLA3WJ6DSZUfiakYe37PKnQhBIeOQBO4czqrnZDS79FH5Wm5m4X69TBicn/0}"
			       "</Avatar>\n"
			       "<Alias>{=别名}</Alias>\n"
			       "<Telephone>{=020-123456}</Telephone>\n"
			       "<ExtAttr>\n"
			       "<Item>\n<Name>{=爱好}</Name>\n<Type>0</Type>\n<Text>\n<Value>{=旅游}</Value>\n</"
			       "Text>\n</Item>\n"
			       "<Item>\n<Name>{=卡号}</Name>\n<Type>1</Type>\n<Web>\n<Title>{=企业微信}</Title>\n"
			       "<Url>{=https://work.weixin.qq.com/?a=1&b=2}</Url>\n</Web>\n</Item>\n"
			       "</ExtAttr>\n"},
    {"change_contact/update_user", C, 0, "成员变更 {#user}",
	CONTACT("update_user") "<UserID>{user}</UserID>\n"
			       "<OpenUserID>{user}</OpenUserID>\n"
			       "?new_user <NewUserID>{new_user}</NewUserID>\n"
			       "<Department>{departments}</Department>\n"
			       "<MainDepartment>{#party}</MainDepartment>\n"
			       "<IsLeaderInDept>{=0,0}</IsLeaderInDept>\n"
			       "?status <Status>{#status}</Status>\n"},
    {"change_contact/delete_user", C, 0, "删除成员 {#user}",
	CONTACT("delete_user") "<UserID>{user}</UserID>\n<OpenUserID>{user}</OpenUserID>\n"},
    {"change_contact/create_party", C, 0, "新增部门 {#party}",
	CONTACT("create_party") "<Id>{#party}</Id>\n<Name>{party}</Name>\n<ParentId>{parent}</"
				"ParentId>\n<Order>{#order}</Order>\n"},
    {"change_contact/update_party", C, 0, "部门变更 {#party}",
	CONTACT("update_party") "<Id>{#party}</Id>\n?parent <ParentId>{parent}</ParentId>\n"},
    {"change_contact/delete_party", C, 0, "删除部门 {#party}", CONTACT("delete_party") "<Id>{#party}</Id>\n"},
    {"change_contact/update_tag", C, ANY, "成员标签变更",
	CONTACT("update_tag") "<TagId>1</TagId>\n"
			      "<AddUserItems>{user}</AddUserItems>\n"
			      "<DelUserItems>{other_user}</DelUserItems>\n"
			      "<AddPartyItems>{=1,2}</AddPartyItems>\n"
			      "<DelPartyItems>{=3,4}</DelPartyItems>\n"},

    {"change_external_contact/add_external_contact", C, 0, "{#user} 添加客户 {#customer}",
	CUSTOMER(
	    "add_external_contact") "?state <State>{state}</State>\n?welcome <WelcomeCode>{welcome}</WelcomeCode>\n"},
    {"change_external_contact/add_half_external_contact", C, 0, "客户 {#customer} 免验证添加 {#user}",
	CUSTOMER("add_half_external_contact") "?state <State>{state}</State>\n?welcome "
					      "<WelcomeCode>{welcome}</WelcomeCode>\n"},
    {"change_external_contact/edit_external_contact", C, 0, "{#user} 编辑客户 {#customer}",
	CUSTOMER("edit_external_contact")},
    {"change_external_contact/del_external_contact", C, 0, "{#user} 删除客户 {#customer}",
	CUSTOMER("del_external_contact") "?source <Source>{source}</Source>\n"},
    {"change_external_contact/del_follow_user", C, 0, "客户 {#customer} 删除 {#user}", CUSTOMER("del_follow_user")},
    {"change_external_contact/transfer_fail", C, 0, "客户 {#customer} 接替失败 {#reason}",
	CORP("change_external_contact") "<ChangeType>{=transfer_fail}</ChangeType>\n"
					"<FailReason>{reason}</FailReason>\n"
					"<UserID>{user}</UserID>\n"
					"<ExternalUserID>{customer}</ExternalUserID>\n"},
    {"change_external_contact/msg_audit_approved", C, 0, "客户 {#customer} 同意存档",
	CUSTOMER("msg_audit_approved") "<WelcomeCode>{welcome}</WelcomeCode>\n"},

    {"change_external_chat/create", C, 0, "新群 {#chat}", CHAT("create")},
    {"change_external_chat/update/add_member", C, 0, "群 {#chat} 入群 {#count} 人",
	CHAT_UPDATE("add_member") "<JoinScene>{#scene}</JoinScene>\n<QuitScene>0</QuitScene>\n" CHAT_MEMBERS},
    {"change_external_chat/update/del_member", C, 0, "群 {#chat} 退群 {#count} 人",
	CHAT_UPDATE("del_member") "<QuitScene>{#scene}</QuitScene>\n" CHAT_MEMBERS},
    {"change_external_chat/update/change_owner", C, 0, "群 {#chat} 换群主", CHAT_UPDATE("change_owner")},
    {"change_external_chat/update/change_name", C, 0, "群 {#chat} 改名", CHAT_UPDATE("change_name")},
    {"change_external_chat/update/change_notice", C, 0, "群 {#chat} 改公告", CHAT_UPDATE("change_notice")},
    {"change_external_chat/dismiss", C, 0, "群 {#chat} 解散", CHAT("dismiss")},

    {"change_external_tag/create", C, 0, "新增 {#tag_type} {#tag}", TAG("create")},
    {"change_external_tag/update", C, 0, "修改 {#tag_type} {#tag}", TAG("update")},
    {"change_external_tag/delete", C, 0, "删除 {#tag_type} {#tag}", TAG("delete")},
    {"change_external_tag/shuffle", C, 0, "标签组 {#tag} 重排",
	CORP("change_external_tag") "<Id>{tag}</Id>\n<ChangeType>{=shuffle}</ChangeType>\n"},
    {"change_external_tag/shuffle/empty_id", C, 0, "全部标签重排",
	CORP("change_external_tag") "<Id>{=}</Id>\n<ChangeType>{=shuffle}</ChangeType>\n"},
    {"change_external_tag/shuffle/no_id", C, 0, "全部标签重排",
	CORP("change_external_tag") "<ChangeType>{=shuffle}</ChangeType>\n"},

    {"customer_acquisition/balance_low", C, ANY, "获客额度即将耗尽", ACQUISITION("balance_low")},
    {"customer_acquisition/balance_exhausted", C, ANY, "获客额度已耗尽", ACQUISITION("balance_exhausted")},
    {"customer_acquisition/balance_increased", C, ANY, "获客额度增加", ACQUISITION("balance_increased")},
    {"customer_acquisition/link_unavailable", C, ANY, "获客链接不可用",
	ACQUISITION("link_unavailable") "<LinkId>{link}</LinkId>\n"},
    {"customer_acquisition/delete_link", C, ANY, "获客链接删除",
	ACQUISITION("delete_link") "<LinkId>{link}</LinkId>\n"},
    {"customer_acquisition/open_profile", C, ANY, "获客链接打开",
	ACQUISITION("open_profile") "<LinkId>{link}</LinkId>\n<State>{state}</State>\n"},
    {"customer_acquisition/friend_request", C, ANY, "获客链接发起好友申请",
	ACQUISITION("friend_request") "<LinkId>{link}</LinkId>\n<State>{state}</State>\n"},
    {"customer_acquisition/customer_start_chat", C, ANY, "获客客户首次发消息",
	ACQUISITION("customer_start_chat") "<UserID>{user}</UserID>\n<ExternalUserID>{customer}</"
					   "ExternalUserID>\n<ChatKey>{token}</ChatKey>\n"},

    {"share_agent_change", C, ANY, "应用共享变更", SHARED("share_agent_change")},
    {"share_chain_change", C, ANY, "上下游共享变更", SHARED("share_chain_change")},
    {"corp_arch_auth", C, ANY, "授权组织架构信息", CORP("corp_arch_auth")},
    {"approve_special_auth", C, ANY, "获客助手权限确认",
	CORP("approve_special_auth") "<AuthType>{=customer_acquisition}</AuthType>\n"},
    {"cancel_special_auth", C, ANY, "获客助手权限取消",
	CORP("cancel_special_auth") "<AuthType>{=customer_acquisition}</AuthType>\n"},
    {"open_order", C, ANY, "下单 {#sale}",
	PAID("open_order") "<OrderId>{sale}</OrderId>\n<OperatorId>{user}</OperatorId>\n"},
    {"change_order", C, ANY, "改单 {#sale}",
	PAID("change_order") "<OldOrderId>{old_sale}</OldOrderId>\n<NewOrderId>{sale}</NewOrderId>\n"},
    {"pay_for_app_success", C, ANY, "支付成功 {#sale}", PAID("pay_for_app_success") "<OrderId>{sale}</OrderId>\n"},
    {"refund", C, ANY, "退款 {#sale}", PAID("refund") "<OrderId>{sale}</OrderId>\n"},
    {"change_editon", C, ANY, "应用版本变更", PAID("change_editon")},
    {"batch_job_result", C, ANY, "异步任务完成",
	CORP("batch_job_result") "<BatchJob>\n<JobId>{media}</JobId>\n<JobType>{=contact_id_translate}</JobType>\n</"
				 "BatchJob>\n"},
    {"conversation_new_message", C, ANY, "会话有新消息", CORP("conversation_new_message") "<Token>{token}</Token>\n"},
    {"unknown/corp", C, ANY, "未知类型的事件",
	CORP("an_info_type_of_the_future") "<ChangeType>{=an_unheard_of_change}</ChangeType>\n"
					   "<Nested>\n<Deeper>\n<Item>{user}</Item>\n<Item>{customer}</Item>\n</"
					   "Deeper>\n<Empty/>\n</Nested>\n"},
};
const size_t notice_command_kinds_n = sizeof(notice_command_kinds) / sizeof(notice_command_kinds[0]);
