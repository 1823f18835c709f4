create or replace view report.channel_state as
select
	c.auth_corp_id,
	d.state,
	d.adds,
	d.half_adds,
	d.converted,
	d.lost,
	d.net,
	d.distinct_customers,
	d.retained_d1,
	d.retained_d7,
	d.retained_d30,
	d.first_at,
	d.last_at,
	d.transferred_away,
	d.old_enough_d1,
	d.old_enough_d7,
	d.old_enough_d30
from report.corp as c
cross join lateral report.channel_state_of(c.auth_corp_id) as d;

comment on view report.channel_state is 'What each channel brought, from the beginning until now. Relations of a member and a customer are counted (person-times) but where it says distinct.';
comment on column report.channel_state.auth_corp_id is 'The corp.';
comment on column report.channel_state.state is 'The channel (State); empty: by none.';
comment on column report.channel_state.adds is 'Relations by the channel that became whole, or whose begin was never told.';
comment on column report.channel_state.half_adds is 'Relations by the channel that began half, become whole or not.';
comment on column report.channel_state.converted is 'Of half_adds, those that became whole.';
comment on column report.channel_state.lost is 'Of adds, those that the member or the customer ended.';
comment on column report.channel_state.net is 'Of adds, those that are whole now: less lost and transferred_away.';
comment on column report.channel_state.distinct_customers is 'Customers who came by the channel, half or whole, each once.';
comment on column report.channel_state.retained_d1 is 'Of old_enough_d1, those that neither side had ended by the end of the day after.';
comment on column report.channel_state.retained_d7 is 'Of old_enough_d7, those that neither side had ended by the end of the 7th day after.';
comment on column report.channel_state.retained_d30 is 'Of old_enough_d30, those that neither side had ended by the end of the 30th day after.';
comment on column report.channel_state.first_at is 'First begin of a relation by the channel, half or whole; null when none was told.';
comment on column report.channel_state.last_at is 'Last begin of a relation by the channel, half or whole.';
comment on column report.channel_state.transferred_away is 'Of adds, those that ended because the customer was handed to another member.';
comment on column report.channel_state.old_enough_d1 is 'Of adds, those that became whole on a day after which one more day is over.';
comment on column report.channel_state.old_enough_d7 is 'Of adds, those that became whole on a day after which 7 more days are over.';
comment on column report.channel_state.old_enough_d30 is 'Of adds, those that became whole on a day after which 30 more days are over.';
