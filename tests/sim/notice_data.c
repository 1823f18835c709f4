/* Messages and events of the data callback (protocol section 9).  Text only; no logic. */
#include "notice.h"

#define HEAD(from, type)                                                                                               \
	"<ToUserName>{corp}</ToUserName>\n"                                                                            \
	"<FromUserName>{" from "}</FromUserName>\n"                                                                    \
	"<CreateTime>{#time}</CreateTime>\n"                                                                           \
	"<MsgType>{=" type "}</MsgType>\n"
#define MESSAGE(type) HEAD("user", type)
#define MESSAGE_END                                                                                                    \
	"<MsgId>{#msgid}</MsgId>\n"                                                                                    \
	"<AgentID>{#agent}</AgentID>\n"
#define EVENT(name) HEAD("user", "event") "<Event>{=" name "}</Event>\n"
#define EVENT_SYS(name) HEAD("=sys", "event") "<Event>{=" name "}</Event>\n"
#define AGENT "<AgentID>{#agent}</AgentID>\n"
#define PICTURES(name)                                                                                                 \
	EVENT(name)                                                                                                    \
	"<EventKey>{=key_6}</EventKey>\n"                                                                              \
	"<SendPicsInfo>\n<Count>1</Count>\n<PicList>\n<item>\n"                                                        \
	"<PicMd5Sum>{=1b5f7c23b5bf75682a53e7b6d163e185}</PicMd5Sum>\n"                                                 \
	"</item>\n</PicList>\n</SendPicsInfo>\n" AGENT
#define SCAN(name)                                                                                                     \
	EVENT(name)                                                                                                    \
	"<EventKey>{=key_1}</EventKey>\n"                                                                              \
	"<ScanCodeInfo>\n<ScanType>{=qrcode}</ScanType>\n<ScanResult>{=https://example.com/?a=1&b=2}</ScanResult>\n"   \
	"</ScanCodeInfo>\n" AGENT
#define CARD(name)                                                                                                     \
	EVENT(name)                                                                                                    \
	"<EventKey>{=key111}</EventKey>\n"                                                                             \
	"<TaskId>{media}</TaskId>\n"                                                                                   \
	"<CardType>{=vote_interaction}</CardType>\n"                                                                   \
	"<ResponseCode>{token}</ResponseCode>\n" AGENT

#define D ROUTE_DATA
#define ANY NOTICE_ANYTIME

const struct notice_kind notice_data_kinds[] = {
    {"text", D, ANY, "{#user} 发来文字", MESSAGE("text") "<Content>{content}</Content>\n" MESSAGE_END},
    {"image", D, ANY, "{#user} 发来图片",
	MESSAGE("image") "<PicUrl>{=https://example.com/pic.png}</PicUrl>\n<MediaId>{media}</MediaId>\n" MESSAGE_END},
    {"voice", D, ANY, "{#user} 发来语音",
	MESSAGE("voice") "<MediaId>{media}</MediaId>\n<Format>{=amr}</Format>\n" MESSAGE_END},
    {"video", D, ANY, "{#user} 发来视频",
	MESSAGE("video") "<MediaId>{media}</MediaId>\n<ThumbMediaId>{token}</ThumbMediaId>\n" MESSAGE_END},
    {"location", D, ANY, "{#user} 发来位置",
	MESSAGE(
	    "location") "<Location_X>23.134521</Location_X>\n<Location_Y>113.358803</Location_Y>\n<Scale>20</Scale>\n"
			"<Label>{=广州市海珠区客村艺苑路 12 号}</Label>\n" MESSAGE_END
			"<AppType>{=wxwork}</AppType>\n"},
    {"link", D, ANY, "{#user} 发来链接",
	MESSAGE("link") "<Title>{=这是 <标题> & 更多}</Title>\n<Description>{content}</Description>\n"
			"<Url>{=https://example.com/a?b=1&c=2}</Url>\n<PicUrl>{=https://example.com/pic.png}</"
			"PicUrl>\n" MESSAGE_END},

    {"event/subscribe", D, 0, "成员 {#user} 进入可见范围", EVENT("subscribe") "<EventKey>{=}</EventKey>\n" AGENT},
    {"event/unsubscribe", D, 0, "成员 {#user} 离开可见范围", EVENT("unsubscribe") "<EventKey>{=}</EventKey>\n" AGENT},
    {"event/enter_agent", D, ANY, "{#user} 进入应用", EVENT("enter_agent") "<EventKey>{=}</EventKey>\n" AGENT},
    {"event/LOCATION", D, ANY, "{#user} 上报位置",
	EVENT("LOCATION") "<Latitude>23.104105</Latitude>\n<Longitude>113.320107</Longitude>\n<Precision>65.000000</"
			  "Precision>\n" AGENT "<AppType>{=wxwork}</AppType>\n"},
    {"event/batch_job_result", D, ANY, "异步任务完成",
	EVENT_SYS("batch_job_result") "<BatchJob>\n<JobId>{media}</JobId>\n<JobType>{=invite_user}</"
				      "JobType>\n<ErrCode>0</ErrCode>\n"
				      "<ErrMsg>{=ok}</ErrMsg>\n</BatchJob>\n"},
    {"event/click", D, ANY, "{#user} 点击菜单", EVENT("click") "<EventKey>{=EVENTKEY}</EventKey>\n" AGENT},
    {"event/view", D, ANY, "{#user} 打开菜单链接",
	EVENT("view") "<EventKey>{=https://example.com/?x=1&y=2}</EventKey>\n" AGENT},
    {"event/view_miniprogram", D, ANY, "{#user} 打开小程序",
	EVENT("view_miniprogram") "<EventKey>{=pages/index}</EventKey>\n" AGENT},
    {"event/scancode_push", D, ANY, "{#user} 扫码", SCAN("scancode_push")},
    {"event/scancode_waitmsg", D, ANY, "{#user} 扫码等待", SCAN("scancode_waitmsg")},
    {"event/pic_sysphoto", D, ANY, "{#user} 拍照", PICTURES("pic_sysphoto")},
    {"event/pic_photo_or_album", D, ANY, "{#user} 选图", PICTURES("pic_photo_or_album")},
    {"event/pic_weixin", D, ANY, "{#user} 相册发图", PICTURES("pic_weixin")},
    {"event/location_select", D, ANY, "{#user} 选择位置",
	EVENT("location_select") "<EventKey>{=key_7}</EventKey>\n"
				 "<SendLocationInfo>\n<Location_X>{=23}</Location_X>\n<Location_Y>{=113}</"
				 "Location_Y>\n<Scale>{=15}</Scale>\n"
				 "<Label>{=广州市海珠区客村艺苑路 106 "
				 "号}</Label>\n<Poiname>{=}</Poiname>\n</SendLocationInfo>\n" AGENT
				 "<AppType>{=wxwork}</AppType>\n"},
    {"event/template_card_event", D, ANY, "{#user} 点击卡片",
	CARD("template_card_event") "<SelectedItems>\n"
				    "<SelectedItem>\n<QuestionKey>{=q1}</QuestionKey>\n<OptionIds>\n<OptionId>{=a1}</"
				    "OptionId>\n"
				    "<OptionId>{=a2}</OptionId>\n</OptionIds>\n</SelectedItem>\n"
				    "<SelectedItem>\n<QuestionKey>{=q2}</QuestionKey>\n<OptionIds>\n<OptionId>{=b1}</"
				    "OptionId>\n</OptionIds>\n"
				    "</SelectedItem>\n"
				    "</SelectedItems>\n"},
    {"event/template_card_menu_event", D, ANY, "{#user} 点击卡片菜单", CARD("template_card_menu_event")},
    {"event/open_approval_change", D, ANY, "审批状态变化",
	EVENT_SYS("open_approval_change") AGENT
	"<ApprovalInfo>\n"
	"<ThirdNo>{=201806010001}</ThirdNo>\n"
	"<OpenSpName>{=付款}</OpenSpName>\n"
	"<OpenTemplateId>{=1234567890}</OpenTemplateId>\n"
	"<OpenSpStatus>1</OpenSpStatus>\n"
	"<ApplyTime>{#time}</ApplyTime>\n"
	"<ApplyUserName>{user}</ApplyUserName>\n"
	"<ApplyUserId>{user}</ApplyUserId>\n"
	"<ApplyUserParty>{=产品部}</ApplyUserParty>\n"
	"<ApplyUserImage>{=https://example.com/a.png}</ApplyUserImage>\n"
	"<ApprovalNodes>\n"
	"<ApprovalNode>\n<NodeStatus>1</NodeStatus>\n<NodeAttr>1</NodeAttr>\n<NodeType>1</NodeType>\n<Items>\n"
	"<Item>\n<ItemName>{user}</ItemName>\n<ItemUserId>{user}</ItemUserId>\n<ItemImage>{=}</ItemImage>\n"
	"<ItemStatus>1</ItemStatus>\n<ItemSpeech>{=}</ItemSpeech>\n<ItemOpTime>0</ItemOpTime>\n</Item>\n"
	"<Item>\n<ItemName>{other_user}</ItemName>\n<ItemUserId>{other_user}</ItemUserId>\n"
	"<ItemStatus>1</ItemStatus>\n<ItemOpTime>0</ItemOpTime>\n</Item>\n"
	"</Items>\n</ApprovalNode>\n"
	"</ApprovalNodes>\n"
	"<NotifyNodes>\n<NotifyNode>\n<ItemName>{other_user}</ItemName>\n<ItemUserId>{other_user}</ItemUserId>\n"
	"</NotifyNode>\n</NotifyNodes>\n"
	"<approverstep>0</approverstep>\n"
	"</ApprovalInfo>\n"},
    {"event/change_app_admin", D, ANY, "应用管理员变更", EVENT_SYS("change_app_admin") AGENT},
    {"event/unlicensed_notify", D, ANY, "{#user} 无许可打开应用", EVENT("unlicensed_notify") AGENT},
    {"event/inactive_alert", D, ANY, "应用停用预警",
	EVENT_SYS("inactive_alert") "<EffectTime>{#later}</EffectTime>\n" AGENT},
    {"event/close_inactive_agent", D, ANY, "应用被停用", EVENT_SYS("close_inactive_agent") AGENT},
    {"event/reopen_inactive_agent", D, ANY, "应用重新启用", EVENT_SYS("reopen_inactive_agent") AGENT},
    {"event/low_active_alert", D, ANY, "低活跃预警",
	EVENT_SYS("low_active_alert") "<EffectTime>{#later}</EffectTime>\n" AGENT},
    {"event/low_active", D, ANY, "低活跃", EVENT_SYS("low_active") AGENT},
    {"event/active_restored", D, ANY, "活跃恢复", EVENT_SYS("active_restored") AGENT},
    {"event/program_notify", D, ANY, "专区程序通知",
	EVENT_SYS("program_notify") "<NotifyId>{token}</NotifyId>\n<NotifyScene>1</NotifyScene>\n"},
    {"event/share_agent_change", D, ANY, "应用共享变更", EVENT_SYS("share_agent_change") AGENT},
    {"event/share_chain_change", D, ANY, "上下游共享变更", EVENT_SYS("share_chain_change") AGENT},
    {"event/taskcard_click", D, ANY, "{#user} 点击任务卡片",
	EVENT("taskcard_click") "<EventKey>{=key111}</EventKey>\n<TaskId>{media}</TaskId>\n<AgentId>{#agent}</"
				"AgentId>\n"},
    {"device_data_auth_change", D, ANY, "设备数据授权变更",
	"<SuiteId>{suite}</SuiteId>\n"
	"<AuthCorpId>{corp}</AuthCorpId>\n"
	"<InfoType>{=device_data_auth_change}</InfoType>\n"
	"<TimeStamp>{#time}</TimeStamp>\n" AGENT},
    {"unknown/event", D, ANY, "未知类型的事件",
	EVENT("an_event_of_the_future") "<Detail>\n<Part>1</Part>\n<Part>2</Part>\n</Detail>\n" AGENT},
};
const size_t notice_data_kinds_n = sizeof(notice_data_kinds) / sizeof(notice_data_kinds[0]);
