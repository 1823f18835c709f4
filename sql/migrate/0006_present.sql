-- Who was in a chat when it was first seen stands with the member: a row less for each, and three entries of indexes.

alter table wecom.group_chat_member
	add column present_at timestamptz;
comment on column wecom.group_chat_member.present_at is 'Was there when the chat was first seen, which is not a join: join time, else begin of that pull; null: came later.';
comment on column wecom.group_chat_ledger.action is 'join or quit.';

update wecom.group_chat_member as m
set present_at = l.at
from wecom.group_chat_ledger as l
where l.auth_corp_id = m.auth_corp_id
	and l.chat_id = m.chat_id
	and l.member_id = m.member_id
	and l.action = 'present';
-- who was there at first sight and left before the roster was stored had no row
insert into wecom.group_chat_member as m (auth_corp_id, chat_id, member_id, is_present, left_at, present_at)
select l.auth_corp_id, l.chat_id, l.member_id, false, coalesce((
		select max(q.at)
		from wecom.group_chat_ledger as q
		where q.auth_corp_id = l.auth_corp_id
			and q.chat_id = l.chat_id
			and q.member_id = l.member_id
			and q.action = 'quit'
	), l.at), l.at
from wecom.group_chat_ledger as l
where l.action = 'present'
on conflict (auth_corp_id, chat_id, member_id) do nothing;
delete from wecom.group_chat_ledger
where action = 'present';
