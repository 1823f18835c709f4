create or replace view mirror.event as
select
	e.event_id,
	e.auth_corp_id,
	e.route,
	e.info_type,
	e.change_type,
	e.event_time as event_at,
	e.received_at,
	e.deliveries,
	e.state,
	e.body
from wecom.event as e;

comment on view mirror.event is 'Every well-formed event received, once.';
comment on column mirror.event.event_id is 'UUID version 7 of the first delivery; sorts by arrival.';
comment on column mirror.event.auth_corp_id is 'The corp the event speaks of, or suite:<suite_id>.';
comment on column mirror.event.route is 'Callback route it came by: command, data or system.';
comment on column mirror.event.info_type is 'InfoType; MsgType on the data route.';
comment on column mirror.event.change_type is 'ChangeType; Event on the data route, null for messages.';
comment on column mirror.event.event_at is 'The time inside the event; 1970-01-01 when it has no usable one.';
comment on column mirror.event.received_at is 'When the first delivery arrived.';
comment on column mirror.event.deliveries is 'How often it was delivered.';
comment on column mirror.event.state is 'new: its work is still to be done; applied; noted: calls for no work; parked: could not be applied.';
comment on column mirror.event.body is 'Element names as sent, values as strings, lists of Item as arrays; secrets masked.';
